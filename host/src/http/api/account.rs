//! Who works with the hub: accounts and teams, for whoever assigns work to them.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::problem::Problem;
use super::super::state::Http;
use super::page::Paged;
use super::time::Timestamp;
use crate::model::account;
use crate::model::token::Role;

/// Somebody who works with the hub.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Account {
    /// Its id.
    #[schema(example = "acct_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// The mail address that signs in.
    #[schema(example = "ada@example.com")]
    pub login: String,
    /// What colleagues call them.
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    /// What they may do: `read-only`, `agent`, `supervisor`, `operator` or `owner`.
    #[schema(value_type = String, example = "agent")]
    pub role: Role,
    /// Whether they are `invited`, `active` or `disabled`.
    #[schema(value_type = String, example = "active")]
    pub state: account::State,
    /// When they were last heard of, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
}

impl From<account::Account> for Account {
    fn from(account: account::Account) -> Self {
        Self {
            state: account.state(),
            id: account.id.into(),
            login: account.login.into(),
            name: account.name,
            role: account.role,
            seen_at: account.seen_at.map(Timestamp),
        }
    }
}

/// Accounts that share work.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Team {
    /// Its id.
    #[schema(example = "team_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// What people call it.
    #[schema(example = "Returns")]
    pub name: String,
    /// The ids of the accounts in it.
    pub members: Vec<String>,
}

impl From<account::Team> for Team {
    fn from(team: account::Team) -> Self {
        let members = team.members.into_iter().map(Into::into).collect();
        Self { id: team.id.into(), name: team.name, members }
    }
}

/// Everybody who works with the hub, by name.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts",
    responses((status = 200, body = Paged<Account>)))]
pub(in super::super) async fn list(State(http): State<Http>) -> Result<axum::Json<Paged<Account>>, Problem> {
    let accounts = http.store().accounts().await?;
    Ok(axum::Json(Paged::whole(accounts.into_iter().map(Into::into).collect())))
}

/// Every team, by name.
#[utoipa::path(get, path = "/api/v1/teams", tag = "accounts",
    responses((status = 200, body = Paged<Team>)))]
pub(in super::super) async fn teams(State(http): State<Http>) -> Result<axum::Json<Paged<Team>>, Problem> {
    let teams = http.store().teams().await?;
    Ok(axum::Json(Paged::whole(teams.into_iter().map(Into::into).collect())))
}
