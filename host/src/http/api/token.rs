//! Tokens of the API; owners only.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::extract::{Json, Path};
use super::super::problem::{Invalid, Problem};
use super::super::state::Http;
use super::page::Paged;
use super::time::Timestamp;
use crate::model::id::TokenId;
use crate::model::token::{self, Role};

/// The longest title, in characters.
const MAX_TITLE: usize = 200;

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
    /// When it was made.
    pub created_at: Timestamp,
}

impl From<token::Token> for Token {
    fn from(token: token::Token) -> Self {
        Self {
            id: token.id.into(),
            title: token.title,
            role: token.role,
            created_at: Timestamp(token.created_at),
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
    let made = http.store().create_token(title, new.role).await?;
    Ok((StatusCode::CREATED, axum::Json(MadeToken { token: made.token.into(), secret: made.secret })))
}

/// Revokes a token: from now on it opens nothing.
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", tag = "tokens",
    params(("token" = String, Path, description = "The token's id")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(in super::super) async fn revoke(
    State(http): State<Http>,
    Path(id): Path<TokenId>,
) -> Result<StatusCode, Problem> {
    if http.store().revoke_token(&id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found(format!("there is no token {id}")))
    }
}
