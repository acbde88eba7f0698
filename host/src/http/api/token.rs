//! Tokens of the API; owners only.

use axum::Extension;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::extract::{Json, Path};
use super::super::problem::{Invalid, Problem};
use super::super::state::Http;
use super::page::Paged;
use super::time::Timestamp;
use crate::model::id::TokenId;
use crate::model::scope::Scope;
use crate::model::token::{self, Role};
use crate::store::TokenAsk;

/// The longest title, in characters.
pub(crate) const MAX_TITLE: usize = 200;

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Token {
    /// Its public part.
    #[schema(example = "tok_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What its holder may do: `read-only`, `agent`, `supervisor`, `operator` or `owner`; each may all that the one
    /// before it may.
    #[schema(value_type = String, example = "agent")]
    pub role: Role,
    /// What it is confined to: `AREA:read`, or `AREA:write` to change things too. Nothing here is everything that
    /// its role may.
    #[schema(value_type = Vec<String>, example = json!(["people:read", "conversations:write"]))]
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; without it, it works until it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl From<token::Token> for Token {
    fn from(token: token::Token) -> Self {
        Self {
            id: token.id.into(),
            title: token.title,
            role: token.role,
            scopes: token.scopes,
            created_at: Timestamp(token.created_at),
            expires_at: token.expires_at.map(Timestamp),
        }
    }
}

/// A token that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NewToken {
    /// What people shall call it: who uses it, and what for.
    #[schema(example = "Reporting")]
    title: String,
    /// What its holder may do: `read-only`, `agent`, `supervisor`, `operator` or `owner`.
    #[schema(value_type = String, example = "read-only")]
    role: Role,
    /// What it shall be confined to: `AREA:read`, or `AREA:write` to change things too, with one of the areas
    /// `people`, `conversations`, `orders`, `events`, `connections`, `plugins`, `deliveries`, `privacy`, `audit`,
    /// `tokens`, `accounts`, `metrics`. Without it, everything that its role may.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["people:read", "conversations:write"]))]
    scopes: Vec<Scope>,
    /// When it shall stop working; without it, it works until it is revoked.
    expires_at: Option<Timestamp>,
}

/// A token that was made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MadeToken {
    /// The token.
    pub token: Token,
    /// What stands after `Bearer`. It is shown this once.
    pub secret: String,
}

/// Every token.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens",
    responses((status = 200, body = Paged<Token>)))]
pub(in super::super) async fn list(State(http): State<Http>) -> Result<axum::Json<Paged<Token>>, Problem> {
    let tokens = http.store().tokens().await?;
    Ok(axum::Json(Paged::whole(tokens.into_iter().map(Into::into).collect())))
}

/// Makes a token.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = MadeToken), (status = 422, body = Problem)))]
pub(in super::super) async fn create(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, axum::Json<MadeToken>), Problem> {
    let title = new.title.trim();
    if title.is_empty() || title.chars().count() > MAX_TITLE {
        let message = format!("say in 1 to {MAX_TITLE} characters who uses the token");
        return Err(Problem::invalid(
            "the token was not made",
            vec![Invalid { at: "/title".to_owned(), message }],
        ));
    }
    let expires_at = new.expires_at.map(|at| at.0);
    if expires_at.is_some_and(|at| at <= http.hub.ambient().now_ms()) {
        let message = "name a time that is still to come".to_owned();
        return Err(Problem::invalid(
            "the token was not made",
            vec![Invalid { at: "/expires-at".to_owned(), message }],
        ));
    }
    if !caller.may_grant(&new.scopes) {
        let message = "name scopes, and none that the token which asks does not have itself".to_owned();
        return Err(Problem::invalid(
            "the token was not made: a token can hand on no more than it may itself",
            vec![Invalid { at: "/scopes".to_owned(), message }],
        ));
    }
    let ask = TokenAsk { title: title.to_owned(), role: new.role, scopes: new.scopes, expires_at };
    let made = http.store().create_token(ask, &caller.who).await?;
    Ok((StatusCode::CREATED, axum::Json(MadeToken { token: made.token.into(), secret: made.secret })))
}

/// Revokes a token: from now on it opens nothing.
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", tag = "tokens",
    params(("token" = String, Path, description = "The token's id")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(in super::super) async fn revoke(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<TokenId>,
) -> Result<StatusCode, Problem> {
    if http.store().revoke_token(&id, &caller.who).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(format!("there is no token {id}")))
    }
}
