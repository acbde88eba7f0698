//! Checks the token of a request against the table in [`roles`](super::roles).

use std::sync::Arc;

use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use super::looks::look;
use super::problem::Problem;
use super::roles::{self, Access};
use super::state::Http;
use crate::model::id::AccountId;
use crate::model::token::Role;

/// Who makes a request: in the request's extensions on every route that is not open.
#[derive(Clone)]
pub struct Caller {
    /// The id of the account or token, for the audit log.
    pub(crate) who: String,
    /// What people call the account or token.
    pub(crate) name: String,
    /// What it may do.
    pub(crate) role: Role,
    /// The account; `None` for a token.
    pub(crate) account: Option<AccountId>,
    /// The language that the account reads (`de`), where it chose one.
    pub(crate) locale: Option<String>,
    /// The IANA time zone that the account lives in, where it chose one.
    pub(crate) zone: Option<String>,
    csrf: Arc<str>,
    secret: Arc<Zeroizing<String>>,
}

impl Caller {
    /// What every form of a page carries in its field `csrf`, and every script's request in the header
    /// `x-csrf-token`; empty for a token, which needs none.
    pub(crate) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Whether the token still stands: a stream outlives the check at its beginning.
    pub(crate) async fn still_stands(&self, http: &Http) -> bool {
        // Where the store cannot tell, the stream goes on; it has nothing to show then either.
        http.store().token_by_secret(&self.secret).await.map_or(true, |found| found.is_some())
    }
}

/// Lets a request through to its handler, or refuses it.
pub(super) async fn check(
    State(http): State<Http>,
    parameters: RawPathParams,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    // Without a route there is nothing to guard: the fallback answers.
    let Some(route) = request.extensions().get::<MatchedPath>().cloned() else {
        return Ok(next.run(request).await);
    };
    let least = match roles::access(request.method(), route.as_str()) {
        Some(Access::Open) => return Ok(next.run(request).await),
        Some(Access::Metrics) if http.hub.config().http.open_metrics => return Ok(next.run(request).await),
        Some(Access::Metrics) => Role::ReadOnly,
        Some(Access::Least(role, _)) => role,
        None => return Err(refusal(route.as_str())),
    };
    let secret = bearer(request.headers())?;
    let found = http.store().token_by_secret(&secret).await?;
    let token = found.ok_or_else(|| {
        Problem::unauthorized("the token is not known: it may have been revoked, or belong to another hub")
    })?;
    let who = token.id.to_string();
    let caller = Caller {
        who: who.clone(),
        name: token.title,
        role: token.role,
        account: None,
        locale: None,
        zone: None,
        csrf: "".into(),
        secret: Arc::new(secret),
    };
    // The page of a problem says to whom it is shown.
    if caller.role < least {
        let mut refused = Problem::forbidden(caller.role, least).into_response();
        refused.extensions_mut().insert(caller);
        return Ok(refused);
    }
    request.extensions_mut().insert(caller.clone());
    let looked = look(request.method(), route.as_str(), &parameters);
    let mut response = next.run(request).await;
    response.extensions_mut().insert(caller);
    if let Some((profile, action)) = looked.filter(|_| response.status().is_success()) {
        http.hub.looked(&who, action, &profile);
    }
    Ok(response)
}

/// A route that takes other methods, or one that is missing from the table and so is closed.
fn refusal(route: &str) -> Problem {
    match roles::methods(route).as_slice() {
        [] => Problem::not_found("there is nothing at this path"),
        methods => Problem::method_not_allowed(methods),
    }
}

/// The token that a request carries.
fn bearer(headers: &HeaderMap) -> Result<Zeroizing<String>, Problem> {
    const HOW: &str = "send the header `Authorization: Bearer TOKEN`; `switchboard token create` makes one";
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, secret) =
        value.and_then(|value| value.split_once(' ')).ok_or_else(|| Problem::unauthorized(HOW))?;
    if !scheme.eq_ignore_ascii_case("bearer") || secret.trim().is_empty() {
        return Err(Problem::unauthorized(HOW));
    }
    Ok(Zeroizing::new(secret.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, StatusCode};

    fn with(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        assert_eq!(*bearer(&with("Bearer abc")).expect("a token"), "abc");
        assert_eq!(*bearer(&with("bearer  abc ")).expect("a token"), "abc");
    }

    #[test]
    fn everything_else_is_unauthorized() {
        for headers in [HeaderMap::new(), with("abc"), with("Basic abc"), with("Bearer  ")] {
            let problem = bearer(&headers).expect_err("no token");
            assert_eq!(problem.status(), StatusCode::UNAUTHORIZED);
        }
    }
}
