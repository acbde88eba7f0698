//! A browser's session: its cookie, and that what it sends was asked for by a page of this hub.

use std::net::IpAddr;

use axum::body::{Body, BodyDataStream, Bytes, to_bytes};
use axum::extract::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt as _;
use http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use super::problem::Problem;
use super::state::Http;

/// The header in which scripts send what forms carry in the field `csrf`.
const TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// What browsers say of where a request was begun.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The field of a form, and where it stands in one with files: before them.
const FIELD: &str = "csrf";

/// How much of a form with files is looked through for the field, in bytes.
const LOOK: usize = 8 * 1024;

/// A cookie of the hub's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Who is signed in.
    Session,
    /// A sign-in at the identity provider that was begun.
    Oidc,
}

impl Cookie {
    /// Its name. Where it is only sent over TLS the name says so, and browsers hold it to that: nobody on a
    /// neighbouring name can set it.
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-switchboard",
            (Self::Session, false) => "switchboard",
            (Self::Oidc, true) => "__Host-switchboard-oidc",
            (Self::Oidc, false) => "switchboard-oidc",
        }
    }

    /// What a browser sent of it.
    pub(crate) fn read<'a>(self, http: &Http, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.name(secure(http));
        let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(own, _)| *own == name).map(|(_, value)| value).find(|value| !value.is_empty())
    }

    /// Has the browser keep it for so many seconds; none takes it away.
    pub(crate) fn write(self, http: &Http, headers: &mut HeaderMap, value: &str, seconds: u64) {
        let secure = secure(http);
        let mark = if secure { "; Secure" } else { "" };
        let name = self.name(secure);
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{mark}");
        // Made of letters that a header may have.
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.append(SET_COOKIE, value);
        }
    }
}

/// Whether the public address leads to this machine alone.
fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(url::Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// Whether cookies go over TLS alone: unless the hub is reached without, on this machine or because its operator said
/// so.
fn secure(http: &Http) -> bool {
    let url = http.hub.public_url().parse::<Url>();
    !url.is_ok_and(|url| {
        url.scheme() == "http" && (loopback(&url) || http.hub.config().accounts.allow_plain_http)
    })
}

/// Whether people can sign in: where cookies go over TLS alone, the hub must be reached over it.
pub(crate) fn usable(http: &Http) -> bool {
    !secure(http) || http.hub.public_url().starts_with("https://")
}

/// What forms of a session carry: it follows from the session's secret, and nothing of that from it.
pub(super) fn csrf(secret: &str) -> String {
    let mut hash = Sha256::new();
    hash.update("what forms carry: ");
    hash.update(secret);
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// Whether a page of this hub, or a person at the address bar, began this request, as far as the browser says.
pub(crate) fn own(http: &Http, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().and_then(|origin| origin.parse::<Url>().ok()) else {
        return false;
    };
    let public = http.hub.public_url().parse::<Url>().is_ok_and(|public| public.origin() == origin.origin());
    let authority = &origin[url::Position::BeforeHost..url::Position::AfterPort];
    public || text(HOST).is_some_and(|host| host.eq_ignore_ascii_case(authority))
}

/// Checks that a request which changes something was made by a page of this session; hands it on whole.
pub(super) async fn guard(
    http: &Http,
    request: Request,
    expected: &str,
    limit: usize,
) -> Result<Request, Problem> {
    if !own(http, request.headers()) {
        return Err(Problem::forged());
    }
    let (request, said) = match request.headers().get(TOKEN).map(|value| value.to_str().map(str::to_owned)) {
        Some(said) => (request, said.ok()),
        None => field(request, limit).await?,
    };
    if said.is_some_and(|said| said.as_bytes().ct_eq(expected.as_bytes()).into()) {
        Ok(request)
    } else {
        Err(Problem::forged())
    }
}

/// What a form carries in its field, and the request with its body as it was.
async fn field(request: Request, limit: usize) -> Result<(Request, Option<String>), Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = kind.split_once(';').unwrap_or((kind, ""));
    match kind.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => {
            let (parts, body) = request.into_parts();
            let bytes = to_bytes(body, limit).await.map_err(|_| Problem::too_large(Some(limit)))?;
            let said = url::form_urlencoded::parse(&bytes).find(|(name, _)| name == FIELD);
            let said = said.map(|(_, value)| value.into_owned());
            Ok((Request::from_parts(parts, Body::from(bytes)), said))
        }
        "multipart/form-data" => {
            let boundary = parameters.split(';').find_map(|part| part.trim().strip_prefix("boundary="));
            let boundary = boundary.map(|boundary| boundary.trim_matches('"').to_owned());
            let (parts, body) = request.into_parts();
            let (start, rest) = beginning(body.into_data_stream()).await?;
            let said = boundary.and_then(|boundary| first_part(&start, &boundary));
            let stream = futures_util::stream::iter([Ok(start)]).chain(rest);
            Ok((Request::from_parts(parts, Body::from_stream(stream)), said))
        }
        _ => Ok((request, None)),
    }
}

/// The beginning of a body, and what follows it.
async fn beginning(mut body: BodyDataStream) -> Result<(Bytes, BodyDataStream), Problem> {
    let mut start = Vec::new();
    while start.len() < LOOK {
        match body.next().await {
            Some(Ok(piece)) => start.extend_from_slice(&piece),
            Some(Err(_)) => return Err(Problem::bad_request("the body ended before it was whole")),
            None => break,
        }
    }
    Ok((start.into(), body))
}

/// The value of the field where it is the first part of a form with files (RFC 7578).
fn first_part(start: &[u8], boundary: &str) -> Option<String> {
    let text = String::from_utf8_lossy(&start[..start.len().min(LOOK)]);
    let rest = text.strip_prefix("--")?.strip_prefix(boundary)?.strip_prefix("\r\n")?;
    let (head, rest) = rest.split_once("\r\n\r\n")?;
    let named = head.split("\r\n").any(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-disposition:") && line.contains(&format!("name=\"{FIELD}\""))
    });
    let (value, _) = rest.split_once(&format!("\r\n--{boundary}"))?;
    named.then(|| value.to_owned())
}

/// Where somebody may be sent after signing in: a page of this hub, and no address that leads elsewhere. Of
/// anything else, the beginning.
pub(crate) fn safe(next: &str) -> &str {
    let inside = next.starts_with('/') && !next.starts_with("//");
    let plain = next.chars().all(|c| !c.is_control() && c != '\\' && !c.is_whitespace());
    let door = ["/sign-in", "/sign-out", "/setup"].iter().any(|door| next.starts_with(door));
    if inside && plain && !door { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_a_page_of_this_hub_alone() {
        for inside in ["/", "/people?search=a%20b", "/conversations/conv_1#end"] {
            assert_eq!(safe(inside), inside);
        }
        for outside in [
            "",
            "people",
            "https://elsewhere.example",
            "//elsewhere.example",
            "/\\elsewhere.example",
            "\\\\elsewhere.example",
            "/\t/elsewhere.example",
            "/a\r\nLocation: x",
            "/sign-out",
            "javascript:alert(1)",
        ] {
            assert_eq!(safe(outside), "/", "{outside}");
        }
    }

    fn form(kind: &str, body: &str) -> Request {
        let request = Request::post("/x").header(CONTENT_TYPE, kind);
        request.body(Body::from(body.to_owned())).expect("a request")
    }

    async fn read(kind: &str, body: &str) -> (Option<String>, String) {
        let (request, said) = field(form(kind, body), 1_000_000).await.expect("read");
        let bytes = to_bytes(request.into_body(), usize::MAX).await.expect("whole");
        (said, String::from_utf8(bytes.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn the_field_of_a_form_is_read_and_the_body_is_handed_on_as_it_was() {
        let plain = "a=b&csrf=x%2By&c=d";
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(read(kind, plain).await, (Some("x+y".into()), plain.to_owned()));
        assert_eq!(read(kind, "a=b").await.0, None);
        let files = format!(
            "--B\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nxyz\r\n--B\r\nContent-Disposition: \
             form-data; name=\"file\"; filename=\"a\"\r\n\r\n{}\r\n--B--\r\n",
            "long ".repeat(10_000)
        );
        assert_eq!(
            read("multipart/form-data; boundary=B", &files).await,
            (Some("xyz".into()), files.clone())
        );
        assert_eq!(read("multipart/form-data; boundary=\"B\"", &files).await.0, Some("xyz".into()));
        let late = files.replace("name=\"csrf\"", "name=\"other\"");
        assert_eq!(read("multipart/form-data; boundary=B", &late).await, (None, late.clone()));
        assert_eq!(read("application/json", "{\"csrf\":\"x\"}").await.0, None);
    }

    #[tokio::test]
    async fn a_form_that_is_too_large_is_refused_with_the_limit() {
        let refused =
            field(form("application/x-www-form-urlencoded", "csrf=x"), 3).await.expect_err("too large");
        assert_eq!(refused.status(), http::StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn what_forms_carry_follows_from_the_session_and_is_another_for_each() {
        assert_eq!(csrf("a"), csrf("a"));
        assert_ne!(csrf("a"), csrf("b"));
    }

    #[test]
    fn this_machine_is_known_by_every_name() {
        for (url, own) in [
            ("http://localhost:8080", true),
            ("http://hub.localhost", true),
            ("http://127.1.2.3", true),
            ("http://[::1]:80", true),
            ("http://192.168.0.2", false),
            ("http://localhost.example.com", false),
        ] {
            assert_eq!(loopback(&url.parse().expect("an address")), own, "{url}");
        }
    }
}
