//! Asks another system for an access token: RFC 6749, sections 4.4 and 6.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use serde::Deserialize;
use wasmtime_wasi_http::Error;
use zeroize::Zeroizing;

use super::grant::allowed;
use crate::model::manifest::ClientAuth;
use crate::model::signature::form;
use crate::plugin::binding::OAuthGrant;
use crate::plugin::state::Call;

/// Bytes of an answer: a token has a few thousand at most.
const LARGEST: usize = 64 << 10;

/// Why there is no token; the log has the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The other side does not give one.
    Refused,
    /// It could not be asked, or could not answer now.
    Unreachable,
}

impl Failure {
    /// What the plugin's request meets.
    pub(super) fn error(self) -> Error {
        match self {
            Self::Refused => Error::ConfigurationError,
            Self::Unreachable => Error::DestinationUnavailable,
        }
    }
}

/// What the other side gave.
pub(super) struct Answer {
    pub(super) access: Zeroizing<String>,
    /// Milliseconds, where it says.
    pub(super) lifetime: Option<i64>,
    pub(super) refresh: Option<Zeroizing<String>>,
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    expires_in: Option<serde_json::Value>,
    refresh_token: Option<String>,
}

/// Section 5.2. Its description may repeat what was sent, so only the code is read.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// Asks for a token: for the refresh token where there is one, else for the client's secret.
pub(super) async fn token(
    call: &Call,
    grant: &OAuthGrant,
    client: &str,
    secret: Option<&Vec<u8>>,
    refresh: Option<&str>,
) -> Result<Answer, Failure> {
    let told = |failure: Failure, why: &str| {
        tracing::warn!(
            plugin = call.core.name(), connection = %call.binding.connection(), token = grant.name,
            url = grant.token_url, why, "there is no access token"
        );
        failure
    };
    let uri: Uri = grant.token_url.parse().map_err(|_| told(Failure::Refused, "its address is not one"))?;
    let to =
        allowed(call, &Method::POST, &uri).map_err(|_| told(Failure::Refused, "its host is not granted"))?;
    let request = request(grant, uri, client, secret, refresh)
        .ok_or_else(|| told(Failure::Refused, "client or secret cannot stand in a request"))?;
    let limits = &call.shared.options.http;
    let response = call.shared.http.send(request, to.private);
    let response = tokio::time::timeout(limits.connect_timeout + limits.response_timeout, response).await;
    let response = match response {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(told(Failure::Unreachable, &format!("{error:?}"))),
        Err(_) => return Err(told(Failure::Unreachable, "it did not answer in time")),
    };
    let status = response.status();
    let body =
        tokio::time::timeout(limits.response_timeout, Limited::new(response.into_body(), LARGEST).collect());
    let body = match body.await {
        Ok(Ok(body)) => Zeroizing::new(body.to_bytes().to_vec()),
        _ => return Err(told(Failure::Unreachable, "its answer broke off")),
    };
    if status.is_success() {
        return given(&body).ok_or_else(|| told(Failure::Refused, "its answer holds no `access_token`"));
    }
    let failure = match status.as_u16() {
        408 | 425 | 429 | 500..=599 => Failure::Unreachable,
        _ => Failure::Refused,
    };
    Err(told(failure, &format!("it answered with status {status}{}", code(&body))))
}

fn request(
    grant: &OAuthGrant,
    uri: Uri,
    client: &str,
    secret: Option<&Vec<u8>>,
    refresh: Option<&str>,
) -> Option<http::Request<wasmtime_wasi_http::WasiBody>> {
    let secret = secret.map(|secret| Zeroizing::new(String::from_utf8_lossy(secret).into_owned()));
    let kind = if refresh.is_some() { "refresh_token" } else { "client_credentials" };
    let mut fields = vec![("grant_type", kind)];
    fields.extend(refresh.map(|refresh| ("refresh_token", refresh)));
    fields.extend(grant.scope.as_deref().map(|scope| ("scope", scope)));
    let mut request = http::Request::post(uri)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json");
    match (grant.auth, &secret) {
        (ClientAuth::Basic, Some(secret)) => {
            let pair = Zeroizing::new(format!("{}:{}", form::encode(client), form::encode(secret)));
            let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)));
            let mut value = HeaderValue::from_str(&value).ok()?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        _ => {
            fields.push(("client_id", client));
            fields.extend(secret.as_ref().map(|secret| ("client_secret", secret.as_str())));
        }
    }
    let body: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", form::encode(value))).collect();
    let body = Full::new(Bytes::from(body.join("&"))).map_err(|never| match never {}).boxed_unsync();
    request.body(body).ok()
}

fn given(body: &[u8]) -> Option<Answer> {
    let given: Given = serde_json::from_slice(body).ok()?;
    let seconds = match &given.expires_in {
        Some(serde_json::Value::Number(number)) => number.as_f64(),
        Some(serde_json::Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "at most a century of milliseconds")]
    let lifetime = seconds.filter(|s| (0.0..=3e9).contains(s)).map(|seconds| (seconds * 1e3) as i64);
    let access = Zeroizing::new(given.access_token);
    let legal = !access.is_empty() && access.bytes().all(|b| b.is_ascii_graphic());
    let refresh = given.refresh_token.filter(|token| !token.is_empty()).map(Zeroizing::new);
    legal.then_some(Answer { access, lifetime, refresh })
}

/// The code of a refusal, where it is one.
fn code(body: &[u8]) -> String {
    let refusal = serde_json::from_slice::<Refusal>(body).ok().map(|refusal| refusal.error);
    let plain = |code: &String| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    refusal.filter(plain).map_or_else(String::new, |code| format!(" ({code})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_or_without_its_lifetime() {
        let life = |text: &str| given(text.as_bytes()).map(|answer| answer.lifetime);
        assert_eq!(life(r#"{"access_token":"a","expires_in":86399}"#), Some(Some(86_399_000)));
        assert_eq!(life(r#"{"access_token":"a","expires_in":"60"}"#), Some(Some(60_000)));
        assert_eq!(life(r#"{"access_token":"a","scope":"x"}"#), Some(None));
        for none in [r#"{"access_token":""}"#, r#"{"access_token":"a\nb"}"#, "{}", "a=b"] {
            assert_eq!(life(none), None, "{none}");
        }
    }

    #[test]
    fn a_refusal_is_told_by_its_code_alone() {
        let told = |text: &str| code(text.as_bytes());
        assert_eq!(told(r#"{"error":"invalid_client","error_description":"s3cret"}"#), " (invalid_client)");
        assert_eq!(told(r#"{"error":"The secret S3CRET is wrong"}"#), "");
    }
}
