//! Conversations.

use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::auth::Caller;
use super::super::extract::{Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::message::Way;
use super::page::{PageQuery, Paged};
use super::time::Timestamp;
use crate::model::conversation::{ConversationView, Status};
use crate::model::event::Priority;
use crate::model::id::{AccountId, ConnectionId, ConversationId, ProfileId, TeamId};
use crate::store::{Filter, Sort, View};

/// One matter with a person, over any channels.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Conversation {
    /// Its id: that of its first message. Every id that it ever had finds it.
    #[schema(example = "conv_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// With whom.
    pub profile: String,
    /// What the person is called, where anybody said.
    pub name: Option<String>,
    /// `open`, `snoozed` or `resolved`.
    #[schema(example = "open")]
    pub state: String,
    /// Until when it is left alone.
    pub snoozed_until: Option<Timestamp>,
    /// Since when it is done with.
    pub resolved_at: Option<Timestamp>,
    /// When its first message was written.
    pub first_at: Timestamp,
    /// When the last message was written.
    pub message_at: Timestamp,
    /// When the person last wrote.
    pub received_at: Option<Timestamp>,
    /// On which connection the person last wrote.
    pub received_on: Option<String>,
    /// When the business last wrote.
    pub sent_at: Option<Timestamp>,
    /// Since when the person waits for an answer.
    pub waiting_since: Option<Timestamp>,
    /// Whose it is.
    pub assignee: Option<String>,
    /// Which team's it is.
    pub team: Option<String>,
    /// `low`, `normal`, `high` or `urgent`.
    #[schema(example = "normal")]
    pub priority: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// How many messages it holds.
    pub messages: u32,
    /// How many notes.
    pub notes: u32,
    /// How many of the person's messages the account that asks has not read, up to 100.
    pub unread: Option<u32>,
    /// The last message.
    pub last: Option<LastMessage>,
}

/// The last message of a conversation, as a list shows it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LastMessage {
    /// Its id.
    pub id: String,
    /// Which way it went.
    pub direction: Way,
    /// What it says.
    pub text: String,
}

impl From<ConversationView> for Conversation {
    fn from(view: ConversationView) -> Self {
        let ConversationView { id, profile, name, conversation: one, last, unread } = view;
        let (snoozed_until, resolved_at) = match one.status {
            Status::Open => (None, None),
            Status::Snoozed(until) => (Some(Timestamp(until)), None),
            Status::Resolved(since) => (None, Some(Timestamp(since))),
        };
        let (received_at, received_on) =
            one.received.map(|heard| (Timestamp(heard.place.at), heard.connection.into())).unzip();
        let last = last.map(|last| LastMessage {
            id: last.id.into(),
            direction: last.direction.into(),
            text: last.text,
        });
        Self {
            id: id.into(),
            profile: profile.into(),
            name,
            state: one.status.as_str().to_owned(),
            snoozed_until,
            resolved_at,
            first_at: Timestamp(one.first.at),
            message_at: Timestamp(one.last.at),
            received_at,
            received_on,
            sent_at: one.sent_at.map(Timestamp),
            waiting_since: one.waiting_since.map(Timestamp),
            assignee: one.assignee.map(Into::into),
            team: one.team.map(Into::into),
            priority: one.priority.as_str().to_owned(),
            tags: one.tags.into_iter().collect(),
            messages: one.messages,
            notes: one.notes,
            unread,
            last,
        }
    }
}

/// Which conversations, and in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConversationQuery {
    /// `all` unless told, or `open`, `mine`, `unassigned`, `team`, `snoozed`, `resolved`, `mentions`.
    #[param(example = "open")]
    view: Option<String>,
    /// Whose, of `mine` and `mentions`; the account that asks, unless told.
    #[param(value_type = Option<String>)]
    account: Option<AccountId>,
    /// Which, of `team`.
    #[param(value_type = Option<String>)]
    team: Option<TeamId>,
    /// Only with this tag.
    tag: Option<String>,
    /// Only of this priority.
    priority: Option<String>,
    /// Only those in which the person last wrote on this connection.
    #[param(value_type = Option<String>)]
    connection: Option<ConnectionId>,
    /// Only with this person.
    #[param(value_type = Option<String>)]
    profile: Option<ProfileId>,
    /// `latest` unless told, or `waiting` (who has waited longest for an answer), `priority`.
    sort: Option<String>,
    /// Where to go on: `next` of the page before. The first page without it.
    cursor: Option<String>,
    /// How many conversations at most.
    #[param(minimum = 1, example = 50)]
    limit: Option<u32>,
}

impl ConversationQuery {
    /// What to ask of the store.
    ///
    /// # Errors
    /// When a word is none that is known, or an account or a team is missing.
    fn filter(&self, caller: &Caller) -> Result<(Filter, Sort), Problem> {
        let account = || {
            let own = self.account.clone().or_else(|| caller.account.clone());
            own.ok_or_else(|| Problem::bad_request("a token is no account: name one with `account`"))
        };
        let view = match self.view.as_deref() {
            None | Some("all") => View::All,
            Some("open") => View::Open,
            Some("mine") => View::Mine(account()?),
            Some("unassigned") => View::Unassigned,
            Some("team") => {
                let team = self.team.clone();
                View::Team(team.ok_or_else(|| Problem::bad_request("name the team with `team`"))?)
            }
            Some("snoozed") => View::Snoozed,
            Some("resolved") => View::Resolved,
            Some("mentions") => View::Mentions(account()?),
            Some(other) => {
                return Err(Problem::bad_request(format!(
                    "`{other}` is no view: write `all`, `open`, `mine`, `unassigned`, `team`, `snoozed`, `resolved` or \
                     `mentions`"
                )));
            }
        };
        let order = match self.sort.as_deref() {
            None | Some("latest") => Sort::Latest,
            Some("waiting") => Sort::Waiting,
            Some("priority") => Sort::Priority,
            Some(other) => {
                return Err(Problem::bad_request(format!(
                    "`{other}` is no order: write `latest`, `waiting` or `priority`"
                )));
            }
        };
        let priority = self.priority.as_deref().map(|word| {
            Priority::from_name(word).ok_or_else(|| {
                Problem::bad_request(format!(
                    "`{word}` is no priority: write `low`, `normal`, `high` or `urgent`"
                ))
            })
        });
        let filter = Filter {
            view,
            tag: self.tag.clone(),
            priority: priority.transpose()?,
            connection: self.connection.clone(),
            profile: self.profile.clone(),
            reader: caller.account.clone(),
        };
        Ok((filter, order))
    }
}

/// Conversations, those with the latest message first unless told otherwise.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", params(ConversationQuery),
    responses((status = 200, body = Paged<Conversation>), (status = 400, body = Problem)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<ConversationQuery>,
) -> Result<axum::Json<Paged<Conversation>>, Problem> {
    let (filter, order) = query.filter(&caller)?;
    let page = PageQuery { cursor: query.cursor, limit: query.limit }.request(http.pages())?;
    Ok(axum::Json(Paged::of(http.store().conversations(&filter, order, &page).await?)))
}

/// How many conversations there are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Open ones.
    pub open: u64,
    /// Open ones of the account that asks.
    pub mine: u64,
    /// Open ones of nobody.
    pub unassigned: u64,
    /// Those that are left alone for a while.
    pub snoozed: u64,
    /// Those in which a note mentions the account that asks, and that are not done with.
    pub mentions: u64,
}

/// How many conversations there are by view, each up to a thousand.
#[utoipa::path(get, path = "/api/v1/conversations/counts", tag = "conversations",
    responses((status = 200, body = Counts)))]
pub(in super::super) async fn counts(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
) -> Result<axum::Json<Counts>, Problem> {
    let counts = http.store().conversation_counts(caller.account.as_ref()).await?;
    Ok(axum::Json(Counts {
        open: counts.open,
        mine: counts.mine,
        unassigned: counts.unassigned,
        snoozed: counts.snoozed,
        mentions: counts.mentions,
    }))
}

/// One conversation, by any id that ever stood for it.
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id")),
    responses((status = 200, body = Conversation), (status = 404, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
) -> Result<axum::Json<Conversation>, Problem> {
    let found = find(&http, &caller, &id).await?;
    http.hub.looked(&caller.who, "conversation-viewed", &found.profile);
    Ok(axum::Json(found.into()))
}

/// The conversation of that id.
pub(crate) async fn find(
    http: &Http,
    caller: &Caller,
    id: &ConversationId,
) -> Result<ConversationView, Problem> {
    let found = http.store().conversation_for(id, caller.account.as_ref()).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no conversation {id}")))
}
