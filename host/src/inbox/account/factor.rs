//! Somebody's second factor: set up with an authenticator, taken away, its recovery codes.

use std::fmt::Write as _;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use qrcodegen::{QrCode, QrCodeEcc};

use super::{account, keep, told};
use crate::access::{Entrance, FactorError};
use crate::http::auth::Caller;
use crate::http::{Http, Problem};
use crate::inbox::form::Fields;
use crate::inbox::frame::{Again, Frame, Page};
use crate::model::account::Account;
use crate::model::totp;
use crate::store::Stage;

/// What authenticators show above the codes.
const ISSUER: &str = "Switchboard";

/// White around a QR code, in modules (ISO/IEC 18004).
const MARGIN: i32 = 4;

/// How the second factor stands, and what can be done about it.
#[derive(Template)]
#[template(path = "account/second-factor.html")]
pub(super) struct FactorPage {
    pub(super) frame: Frame,
    /// What is typed into the app where it cannot see the picture; nothing where a second factor is there.
    pub(super) secret: Option<String>,
    /// Whether nothing else goes on before it is set up.
    pub(super) first: bool,
    /// Whether the hub asks the account to have one.
    pub(super) needed: bool,
    pub(super) codes_left: i64,
    pub(super) wrong: Option<String>,
}

/// The recovery codes, this once.
#[derive(Template)]
#[template(path = "account/recovery-codes.html")]
pub(super) struct CodesPage {
    pub(super) frame: Frame,
    pub(super) codes: Vec<String>,
}

impl FactorPage {
    async fn load(http: &Http, frame: Frame, account: &Account) -> Result<Self, Problem> {
        let store = http.store();
        let needed = http.hub.config().accounts.needs_factor(account.role);
        let secret = if account.has_factor {
            None
        } else {
            let begun = match store.factor(&account.id).await? {
                Some(begun) => Some(begun.secret),
                None => store.begin_factor(&account.id).await?,
            };
            begun.map(|secret| spaced(&totp::written(&secret)))
        };
        let codes_left = store.recovery_codes_left(&account.id).await?;
        Ok(Self { first: needed && secret.is_some(), secret, needed, codes_left, wrong: None, frame })
    }
}

/// In groups of four, as people read it off.
fn spaced(text: &str) -> String {
    text.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

/// A QR code as an SVG without script or style, black on white whatever the page looks like.
fn svg(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size() + 2 * MARGIN;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            // Writing to a text cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", x + MARGIN, y + MARGIN);
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path d=\"{path}\"/></svg>"
    ))
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let account = account(&http, &caller).await?;
    Ok(Page(FactorPage::load(&http, frame, &account).await?).into_response())
}

pub(super) async fn picture(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let account = account(&http, &caller).await?;
    let begun = http.store().factor(&account.id).await?.filter(|factor| !factor.confirmed);
    let drawn = begun.and_then(|begun| svg(&totp::uri(&begun.secret, ISSUER, account.login.as_str())));
    let drawn = drawn.ok_or_else(|| Problem::not_found("no second factor is being set up"))?;
    let mut response = drawn.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    Ok(response)
}

pub(super) async fn confirm(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let account = account(&http, &caller).await?;
    let config = &http.hub.config().accounts;
    let wrong = match http.gate().confirm_factor(&account, fields.text("code"), config).await {
        Ok(confirmed) => {
            // Every browser is signed out; this one showed the code just now.
            let mut response = Page(CodesPage { frame, codes: confirmed.recovery_codes }).into_response();
            let entrance = Entrance { account, stage: Stage::Whole };
            keep(&http, &headers, &entrance, "with a new second factor", &mut response).await?;
            return Ok(response);
        }
        Err(FactorError::None) => return Ok(Redirect::to("/account/second-factor").into_response()),
        Err(FactorError::Code) => frame.say("factor-wrong-new"),
        Err(FactorError::Tried(error)) => told(&frame, error, "factor-wrong")?,
    };
    let mut page = FactorPage::load(&http, frame, &account).await?;
    page.wrong = Some(wrong);
    Ok(Again(page).into_response())
}

/// Checks a code before something is done to the second factor; the page with what is wrong where it is none.
async fn shown(
    http: &Http,
    frame: Frame,
    account: &Account,
    code: &str,
) -> Result<Result<Frame, Response>, Problem> {
    match http.gate().show_factor(account, code, &http.hub.config().accounts).await {
        Ok(()) => Ok(Ok(frame)),
        Err(error) => {
            let wrong = told(&frame, error, "factor-wrong")?;
            let mut page = FactorPage::load(http, frame, account).await?;
            page.wrong = Some(wrong);
            Ok(Err(Again(page).into_response()))
        }
    }
}

pub(super) async fn remove(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let account = account(&http, &caller).await?;
    if http.hub.config().accounts.needs_factor(account.role) {
        return Err(Problem::conflict("this hub asks the account to have a second factor"));
    }
    if let Err(page) = shown(&http, frame, &account, fields.text("code")).await? {
        return Ok(page);
    }
    http.store().remove_factor(&account.id, &caller.who).await?;
    let mut response = Redirect::to("/account?done=factor-removed").into_response();
    let entrance = Entrance { account, stage: Stage::Whole };
    keep(&http, &headers, &entrance, "without a second factor from now on", &mut response).await?;
    Ok(response)
}

pub(super) async fn renew(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
    fields: Fields,
) -> Result<Response, Problem> {
    let account = account(&http, &caller).await?;
    let frame = match shown(&http, frame, &account, fields.text("code")).await? {
        Ok(frame) => frame,
        Err(page) => return Ok(page),
    };
    let codes = http.store().renew_recovery_codes(&account.id, &caller.who).await?;
    Ok(Page(CodesPage { frame, codes }).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_with_white_around_it_and_nothing_that_a_policy_would_refuse() {
        let drawn = svg("otpauth://totp/Switchboard:ada%40example.com?secret=MZXW6YTB").expect("drawn");
        assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>"));
        assert!(!drawn.contains("style") && !drawn.contains("script"));
        // The corner of the finder pattern.
        assert!(drawn.contains("M4 4h1v1h-1z") && !drawn.contains("M3 "));
        assert_eq!(spaced("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }
}
