//! The files that a plugin carries: `/hooks/{connection}/assets/…`.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::extract::Path;
use super::hooks::{STRANGER, no_connection};
use super::problem::Problem;
use super::state::Http;
use crate::model::id::ConnectionId;

/// Serves one file. Anybody may load it, from any page: it is the public part of a plugin.
pub(super) async fn one(
    State(http): State<Http>,
    Path((connection, path)): Path<(ConnectionId, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let live = http.hub.connection(&connection).ok_or_else(no_connection)?;
    let asset =
        live.plugin.asset(&path).ok_or_else(|| Problem::not_found("the plugin carries no such file"))?;
    let packed = asset.packed.as_ref().filter(|_| unpacks(&headers));
    // The files are part of the plugin's file, so its hash tells their versions apart.
    let form = if packed.is_some() { "-gzip" } else { "" };
    let etag = HeaderValue::try_from(format!("\"{}{form}\"", live.plugin.hash)).ok();
    let fresh = etag.as_ref().is_some_and(|etag| same(&headers, etag));

    let bytes = packed.unwrap_or(&asset.bytes).clone();
    let mut response = Response::new(if fresh { Body::empty() } else { Body::from(bytes) });
    *response.status_mut() = if fresh { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let out = response.headers_mut();
    if let Some(etag) = etag {
        out.insert(ETAG, etag);
    }
    if asset.packed.is_some() {
        out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if packed.is_some() && !fresh {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let mime = HeaderValue::try_from(asset.mime.as_str());
    out.insert(CONTENT_TYPE, mime.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    out.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=0, must-revalidate"));
    out.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(CONTENT_SECURITY_POLICY, STRANGER);
    out.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

/// Whether the caller takes gzip, which `gzip;q=0` denies.
fn unpacks(headers: &HeaderMap) -> bool {
    let given = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|list| list.split(',')).any(|one| {
        let (name, rest) = one.split_once(';').unwrap_or((one, ""));
        let refused = rest.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// Whether the caller has this version already.
fn same(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let (Some(given), Ok(etag)) =
        (headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()), etag.to_str())
    else {
        return false;
    };
    given.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == etag || one == "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_goes_to_those_who_take_it() {
        let takes = [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0, br", false),
            ("gzip; q=0.0", false),
            ("", false),
            ("br", false),
        ];
        for (given, expected) in takes {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(given))]);
            assert_eq!(unpacks(&headers), expected, "{given}");
        }
        assert!(!unpacks(&HeaderMap::new()));
    }

    #[test]
    fn a_version_the_caller_has_is_recognised_among_several_and_as_a_weak_one() {
        let etag = HeaderValue::from_static("\"abc\"");
        for (given, expected) in
            [("\"abc\"", true), ("W/\"abc\"", true), ("\"x\", \"abc\"", true), ("\"x\"", false)]
        {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(given))]);
            assert_eq!(same(&headers, &etag), expected, "{given}");
        }
        assert!(!same(&HeaderMap::new(), &etag));
    }
}
