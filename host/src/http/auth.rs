//! Who makes a request, and whether the table in [`roles`](super::roles) lets them: the holder of a token, or whoever
//! is signed in with a browser.

use std::sync::Arc;

use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};
use zeroize::Zeroizing;

use super::looks::look;
use super::problem::Problem;
use super::roles::{self, Access};
use super::session::{self, Cookie};
use super::state::Http;
use crate::model::id::{AccountId, SessionId};
use crate::model::scope::{Area, Scope};
use crate::model::token::Role;
use crate::store::Stage;

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
    /// The browser's session; `None` for a token.
    pub(crate) session: Option<SessionId>,
    /// What a token is confined to; nothing is everything that its role may.
    scopes: Arc<[Scope]>,
    csrf: Arc<str>,
    proof: Arc<Proof>,
}

/// What a request proved itself with.
enum Proof {
    Token(Zeroizing<String>),
    Session(Zeroizing<String>),
}

impl Caller {
    /// What every form of a page carries in its field `csrf`, and every script's request in the header
    /// `x-csrf-token`; empty for a token, which needs none.
    pub(crate) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Whether whoever calls may hand on rights to these scopes: no more than they have. Nothing is everything.
    pub(crate) fn may_grant(&self, scopes: &[Scope]) -> bool {
        let covered = |needed: &Scope| self.scopes.iter().any(|own| own.covers(*needed));
        self.scopes.is_empty() || !scopes.is_empty() && scopes.iter().all(covered)
    }

    /// Whether the token or session still stands with the same role: a stream outlives the check at its beginning.
    pub(crate) async fn still_stands(&self, http: &Http) -> bool {
        // Where the store cannot tell, the stream goes on; it has nothing to show then either.
        match &*self.proof {
            Proof::Token(secret) => {
                let now = http.hub.ambient().now_ms();
                let found = http.store().token_by_secret(secret).await;
                found.map_or(true, |found| found.is_some_and(|token| !token.expired(now)))
            }
            Proof::Session(secret) => {
                let limits = http.hub.config().accounts.sessions();
                let found = http.store().session_by_secret(secret, limits).await;
                found.map_or(true, |found| found.is_some_and(|(_, account)| account.role == self.role))
            }
        }
    }
}

/// Lets a request through to its handler, or refuses it.
pub(super) async fn check(
    State(http): State<Http>,
    parameters: RawPathParams,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    // Without a route there is nothing to guard: the fallback answers.
    let Some(route) = request.extensions().get::<MatchedPath>().cloned() else {
        return Ok(next.run(request).await);
    };
    let access = match roles::access(request.method(), route.as_str()) {
        None => return Err(refusal(route.as_str())),
        Some(Access::Metrics) if http.hub.config().http.open_metrics => Access::Open,
        Some(Access::Metrics) => Access::Least(Role::ReadOnly, Area::Metrics),
        Some(access) => access,
    };
    match access {
        Access::Open => return Ok(next.run(request).await),
        Access::Door if request.method().is_safe() || session::own(&http, request.headers()) => {
            return Ok(next.run(request).await);
        }
        Access::Door => return Err(Problem::forged()),
        _ => {}
    }
    let (mut request, caller) = match admitted(&http, request, access).await? {
        Admitted::In(request, caller) => (*request, caller),
        Admitted::Away(response) => return Ok(response),
        Admitted::Refused(caller, problem) => {
            let mut refused = problem.into_response();
            refused.extensions_mut().insert(caller);
            return Ok(refused);
        }
    };
    request.extensions_mut().insert(caller.clone());
    let looked = look(request.method(), route.as_str(), &parameters);
    let mut response = next.run(request).await;
    if let Some((profile, action)) = looked.filter(|_| response.status().is_success()) {
        http.hub.looked(&caller.who, action, &profile);
    }
    response.extensions_mut().insert(caller);
    Ok(response)
}

/// What becomes of a request that needs somebody.
enum Admitted {
    /// It goes on.
    In(Box<Request>, Caller),
    /// The browser is sent to another page first.
    Away(Response),
    /// Who it is may not do this.
    Refused(Caller, Problem),
}

/// Finds out who makes a request, and holds it against what the table says.
async fn admitted(http: &Http, request: Request, access: Access) -> Result<Admitted, Problem> {
    if request.headers().contains_key(AUTHORIZATION) {
        return by_token(http, request, access).await;
    }
    let secret = Cookie::Session.read(http, request.headers()).map(|text| Zeroizing::new(text.to_owned()));
    let Some(secret) = secret else { return stranger(&request, access, "/sign-in") };
    let limits = http.hub.config().accounts.sessions();
    let Some((session, account)) = http.store().session_by_secret(&secret, limits).await? else {
        return stranger(&request, access, "/sign-in");
    };
    if session.stage == Stage::Factor {
        return stranger(&request, access, "/sign-in/second-factor");
    }
    let caller = Caller {
        who: account.id.to_string(),
        name: account.name,
        role: account.role,
        account: Some(account.id),
        locale: account.locale,
        zone: account.zone,
        session: Some(session.id),
        scopes: Arc::new([]),
        csrf: session::csrf(&secret).into(),
        proof: Arc::new(Proof::Session(secret)),
    };
    if session.stage == Stage::Enrol && access != Access::Enrol {
        return Ok(if navigates(&request, access) {
            Admitted::Away(Redirect::to("/account/second-factor").into_response())
        } else {
            Admitted::Refused(caller, Problem::factor_first())
        });
    }
    let request = if request.method().is_safe() {
        request
    } else {
        session::guard(http, request, caller.csrf(), super::API_BODY).await?
    };
    Ok(match access {
        Access::Least(least, _) if caller.role < least => {
            let problem = Problem::forbidden(caller.role, least);
            Admitted::Refused(caller, problem)
        }
        _ => Admitted::In(Box::new(request), caller),
    })
}

async fn by_token(http: &Http, request: Request, access: Access) -> Result<Admitted, Problem> {
    let secret = bearer(request.headers())?;
    let found = http.store().token_by_secret(&secret).await?;
    let token = found.ok_or_else(|| {
        Problem::unauthorized("the token is not known: it may have been revoked, or belong to another hub")
    })?;
    if let Some(until) = token.expires_at.filter(|_| token.expired(http.hub.ambient().now_ms())) {
        let until = super::api::time::Timestamp(until);
        return Err(Problem::unauthorized(format!(
            "the token expired at {until}; an owner can make a new one"
        )));
    }
    let caller = Caller {
        who: token.id.to_string(),
        name: token.title.clone(),
        role: token.role,
        account: None,
        locale: None,
        zone: None,
        session: None,
        scopes: token.scopes.clone().into(),
        csrf: "".into(),
        proof: Arc::new(Proof::Token(secret)),
    };
    let Access::Least(least, area) = access else {
        return Ok(Admitted::Refused(caller, Problem::not_for_tokens()));
    };
    let needed = roles::needed(request.method(), area);
    Ok(if token.role < least {
        Admitted::Refused(caller, Problem::forbidden(token.role, least))
    } else if !token.reaches(needed) {
        Admitted::Refused(caller, Problem::out_of_scope(&token, needed))
    } else {
        Admitted::In(Box::new(request), caller)
    })
}

/// Whether a browser asks for a page, to show it, rather than a script or a program for data.
fn navigates(request: &Request, access: Access) -> bool {
    let page = matches!(access, Access::Own | Access::Enrol | Access::Least(_, Area::Pages));
    let script = request.headers().get("sec-fetch-dest").is_some_and(|dest| dest == "empty");
    page && !script
}

/// Somebody who is nobody yet: shown the way in where a page was asked for.
fn stranger(request: &Request, access: Access, door: &str) -> Result<Admitted, Problem> {
    if !navigates(request, access) {
        return Err(Problem::unauthorized(HOW));
    }
    let next = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let door = if request.method() == Method::GET && next != "/" {
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        format!("{door}?next={next}")
    } else {
        door.to_owned()
    };
    Ok(Admitted::Away(Redirect::to(&door).into_response()))
}

/// A route that takes other methods, or one that is missing from the table and so is closed.
fn refusal(route: &str) -> Problem {
    match roles::methods(route).as_slice() {
        [] => Problem::not_found("there is nothing at this path"),
        methods => Problem::method_not_allowed(methods),
    }
}

/// What a request without proof is told.
const HOW: &str = "send the header `Authorization: Bearer TOKEN` (`switchboard token create` makes one), or sign in with a browser";

/// The token that a request carries.
fn bearer(headers: &HeaderMap) -> Result<Zeroizing<String>, Problem> {
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
