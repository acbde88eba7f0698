//! Macros, templates and saved views.

use axum::Extension;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::extract::{Json, Path};
use super::super::problem::Problem;
use super::super::state::Http;
use super::conversation::find;
use super::handling::{Action, Outcome, carry_out, checked};
use super::page::Paged;
use super::time::Timestamp;
use crate::model::conversation::template::{fill, first_name};
use crate::model::id::{ConversationId, ShortcutId};
use crate::model::token::Role;
use crate::store::{PageRequest, RecordFilter, Shortcut as Kept, ShortcutKind};

/// The longest title, in characters.
const TITLE: usize = 100;

/// A macro, a template or a saved view.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Shortcut {
    /// Its id.
    #[schema(example = "cut_0123456789abcdefghjkmnpqrs")]
    pub id: String,
    /// `macro`, `template` or `view`.
    pub kind: String,
    /// Whether everybody has it, or only the account that asks.
    pub shared: bool,
    /// What it is called.
    pub title: String,
    /// Of a macro its actions as JSON, of a template its text, of a view the query of its list.
    pub content: String,
    /// When it was changed.
    pub changed_at: Timestamp,
}

impl From<Kept> for Shortcut {
    fn from(kept: Kept) -> Self {
        Self {
            id: kept.id.into(),
            kind: kept.kind.as_str().to_owned(),
            shared: kept.account.is_none(),
            title: kept.title,
            content: kept.content,
            changed_at: Timestamp(kept.changed_at),
        }
    }
}

/// One to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NewShortcut {
    /// `macro`, `template` or `view`.
    kind: String,
    /// Whether everybody has it; needs the role `supervisor`.
    #[serde(default)]
    shared: bool,
    /// What it is called: 1 to 100 characters.
    title: String,
    /// Of a macro its actions as JSON, of a template its text with gaps such as `{{customer.first_name}}`, of a view
    /// the query of its list.
    content: String,
}

/// Macros, templates and saved views: everybody's, and those of the account that asks.
#[utoipa::path(get, path = "/api/v1/shortcuts", tag = "conversations",
    responses((status = 200, body = Paged<Shortcut>)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
) -> Result<axum::Json<Paged<Shortcut>>, Problem> {
    let kept = http.store().shortcuts(caller.account.as_ref()).await?;
    Ok(axum::Json(Paged::whole(kept.into_iter().map(Into::into).collect())))
}

/// Keeps one.
#[utoipa::path(post, path = "/api/v1/shortcuts", tag = "conversations", request_body = NewShortcut,
    responses((status = 201, body = Shortcut), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub(in super::super) async fn create(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Json(new): Json<NewShortcut>,
) -> Result<(StatusCode, axum::Json<Shortcut>), Problem> {
    let invalid = |why: String| Problem::invalid(why, Vec::new());
    let kind = ShortcutKind::from_name(&new.kind);
    let kind = kind.ok_or_else(|| invalid("`kind` is `macro`, `template` or `view`".to_owned()))?;
    let title = new.title.trim().to_owned();
    if title.is_empty() || title.chars().count() > TITLE {
        return Err(invalid(format!("`title` has 1 to {TITLE} characters")));
    }
    let (most, count) = {
        let limits = &http.hub.config().conversation;
        (limits.text, limits.shortcuts)
    };
    if new.content.is_empty() || new.content.len() > most {
        return Err(invalid(format!("`content` has 1 to {most} bytes (`conversation.text`)")));
    }
    if kind == ShortcutKind::Macro {
        checked(&http, &actions(&new.content)?)?;
    }
    if new.shared && caller.role < Role::Supervisor {
        return Err(Problem::forbidden(caller.role, Role::Supervisor));
    }
    let account = match (new.shared, &caller.account) {
        (true, _) => None,
        (false, Some(account)) => Some(account.clone()),
        (false, None) => return Err(Problem::conflict("a token is no account: say `\"shared\": true`")),
    };
    let have = http.store().shortcuts(account.as_ref()).await?;
    if have.iter().filter(|one| one.account == account).count() >= count {
        return Err(Problem::conflict(format!(
            "there are {count} already (`conversation.shortcuts`): let one go first"
        )));
    }
    let (id, changed_at) = (ShortcutId::random(http.hub.ambient().random16()), http.hub.ambient().now_ms());
    let kept = Kept { id, kind, account, title, content: new.content, changed_at };
    http.store().keep_shortcut(&kept).await?;
    Ok((StatusCode::CREATED, axum::Json(kept.into())))
}

/// Lets one go.
#[utoipa::path(delete, path = "/api/v1/shortcuts/{shortcut}", tag = "conversations",
    params(("shortcut" = String, Path, description = "Its id")),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(in super::super) async fn remove(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ShortcutId>,
) -> Result<StatusCode, Problem> {
    let kept = mine(&http, &caller, &id).await?;
    if kept.account.is_none() && caller.role < Role::Supervisor {
        return Err(Problem::forbidden(caller.role, Role::Supervisor));
    }
    http.store().drop_shortcut(&kept.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A template with its gaps filled for a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Filled {
    /// The text. What could not be filled stays as it is written.
    pub text: String,
    /// What could not be filled, and why; such a text is not to be sent as it is.
    pub gaps: Vec<String>,
}

/// Fills a template for a conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}/templates/{shortcut}", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id"),
        ("shortcut" = String, Path, description = "The template's id")),
    responses((status = 200, body = Filled), (status = 404, body = Problem)))]
pub(in super::super) async fn filled(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path((id, shortcut)): Path<(ConversationId, ShortcutId)>,
) -> Result<axum::Json<Filled>, Problem> {
    let kept = mine(&http, &caller, &shortcut).await?;
    let conversation = find(&http, &caller, &id).await?;
    let person = http.store().profile(&conversation.profile).await?;
    let said = |field: &str| person.as_ref().and_then(|person| person.attribute(field)).unwrap_or_default();
    let filter =
        RecordFilter { profile: Some(conversation.profile), kind: Some("order".into()), connection: None };
    let orders = http.store().records(&filter, &PageRequest::first(1)).await?;
    let name = said("name").to_owned();
    let values = [
        ("customer.first_name", first_name(&name)),
        ("customer.language", said("language").to_owned()),
        ("customer.name", name),
        ("order.name", orders.items.into_iter().next().map(|order| order.name).unwrap_or_default()),
        ("agent.name", caller.name.clone()),
    ];
    let (text, gaps) = fill(&kept.content, &values.into());
    Ok(axum::Json(Filled { text, gaps: gaps.iter().map(ToString::to_string).collect() }))
}

/// Does what a macro says with a conversation.
#[utoipa::path(post, path = "/api/v1/conversations/{conversation}/macros/{shortcut}", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id"),
        ("shortcut" = String, Path, description = "The macro's id")),
    responses((status = 200, body = Outcome), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(in super::super) async fn run(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path((id, shortcut)): Path<(ConversationId, ShortcutId)>,
) -> Result<axum::Json<Outcome>, Problem> {
    let kept = mine(&http, &caller, &shortcut).await?;
    let steps = checked(&http, &actions(&kept.content)?)?;
    let (events, id) = carry_out(&http, &caller, id, steps, None).await?;
    let conversation = find(&http, &caller, &id).await?.into();
    Ok(axum::Json(Outcome { events: events.into_iter().map(Into::into).collect(), conversation }))
}

/// The actions of a macro.
fn actions(content: &str) -> Result<Vec<Action>, Problem> {
    let why = |error| Problem::invalid(format!("a macro is a list of actions: {error}"), Vec::new());
    serde_json::from_str(content).map_err(why)
}

/// One that the account may use.
async fn mine(http: &Http, caller: &Caller, id: &ShortcutId) -> Result<Kept, Problem> {
    let kept = http.store().shortcut(id).await?;
    let kept = kept.filter(|kept| kept.account.is_none() || kept.account == caller.account);
    kept.ok_or_else(|| Problem::not_found(format!("there is no shortcut {id}")))
}
