//! Signing in at the identity provider.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::come_in;
use super::sign_in::{SignInPage, Wanted};
use crate::access::OidcError;
use crate::http::session::{Cookie, own, safe, usable};
use crate::http::{Http, Problem};
use crate::inbox::address::with;
use crate::inbox::frame::{Frame, Page};

/// Where the provider sends people back to.
const BACK: &str = "/sign-in/oidc/callback";

/// With what it sends them.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
    error: Option<String>,
    /// Who the provider says it is (RFC 9207).
    iss: Option<String>,
}

fn back(http: &Http) -> String {
    format!("{}{BACK}", http.hub.public_url())
}

/// Sends a browser to the provider. It is a link and no form: what a form leads to must be the hub's own, by the
/// policy of its pages.
pub(super) async fn start(
    State(http): State<Http>,
    frame: Frame,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let next = safe(&wanted.next).to_owned();
    if !own(&http, &headers) {
        return Ok(Redirect::to(&with("/sign-in", &[("next", &next)])).into_response());
    }
    if !usable(&http) {
        let page = SignInPage::new(&http, frame, &next, "", None).await?;
        return Ok((StatusCode::FORBIDDEN, Page(page)).into_response());
    }
    let config = &http.hub.config().accounts;
    match http.gate().oidc_start(&back(&http), &next, config).await {
        Ok(started) => {
            let mut response = Redirect::to(&started.url).into_response();
            let seconds = config.second_factor_wait.as_secs();
            Cookie::Oidc.write(&http, response.headers_mut(), &started.kept, seconds);
            Ok(response)
        }
        Err(error) => told(&http, frame, &next, error).await,
    }
}

pub(super) async fn finish(
    State(http): State<Http>,
    frame: Frame,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Problem> {
    let kept = Cookie::Oidc.read(&http, &headers).unwrap_or_default();
    let mut response = match http.gate().oidc_pending(kept, &answer.state) {
        Err(error) => told(&http, frame, "/", error).await?,
        Ok(pending) => {
            let config = &http.hub.config().accounts;
            let stranger = |iss: &String| config.oidc.as_ref().is_some_and(|oidc| oidc.issuer != *iss);
            let came = match &answer.error {
                Some(error) => Err(OidcError::Denied(error.chars().take(80).collect())),
                None if answer.iss.as_ref().is_some_and(stranger) => Err(OidcError::Pending),
                None => http.gate().oidc_finish(&pending, &answer.code, &back(&http), config).await,
            };
            match came {
                Ok(entrance) => {
                    let how = "at the identity provider";
                    come_in(&http, &headers, &entrance, how, &pending.next).await?
                }
                Err(error) => told(&http, frame, &pending.next, error).await?,
            }
        }
    };
    // A code and what belongs to it are used up, whatever came of it.
    Cookie::Oidc.write(&http, response.headers_mut(), "", 0);
    Ok(response)
}

/// The page to sign in on, with why this did not work.
async fn told(http: &Http, frame: Frame, next: &str, error: OidcError) -> Result<Response, Problem> {
    let (key, status) = match &error {
        OidcError::Store(_) => return Err(Problem::unavailable(&error)),
        OidcError::Off => ("oidc-off", StatusCode::NOT_FOUND),
        OidcError::Provider(why) => {
            // What is wrong with the provider, its operator mends.
            tracing::warn!(why, "signing in at the identity provider did not work");
            ("oidc-provider", StatusCode::BAD_GATEWAY)
        }
        OidcError::Pending => ("oidc-pending", StatusCode::BAD_REQUEST),
        OidcError::Denied(_) => ("oidc-denied", StatusCode::FORBIDDEN),
        OidcError::Unverified => ("oidc-unverified", StatusCode::FORBIDDEN),
        OidcError::Nobody(_) => ("oidc-nobody", StatusCode::FORBIDDEN),
        OidcError::Barred => ("oidc-barred", StatusCode::FORBIDDEN),
    };
    let wrong = frame.say(key);
    let page = SignInPage::new(http, frame, next, "", Some(wrong)).await?;
    Ok((status, Page(page)).into_response())
}
