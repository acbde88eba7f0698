//! What the forms of the inbox do with conversations.

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::list::Which;
use super::page::load;
use crate::http::api::handling::{Action, carry_out, checked};
use crate::http::auth::Caller;
use crate::http::extract::{Path, Query};
use crate::http::{Http, Problem};
use crate::inbox::form::Fields;
use crate::inbox::frame::{Again, Frame};
use crate::model::event::Priority;
use crate::model::id::{ConversationId, ShortcutId};
use crate::store::ShortcutKind;

/// Does one thing with a conversation, and shows it again.
pub(super) async fn one(
    State(http): State<Http>,
    frame: Frame,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
    Query(which): Query<Which>,
    fields: Fields,
) -> Result<Response, Problem> {
    let seen = fields.text("seen").parse().ok();
    let done = match asked(&http, &caller, &fields).await {
        Ok(actions) => match checked(&http, &actions) {
            Ok(steps) => carry_out(&http, &caller, id.clone(), steps, seen).await,
            Err(problem) => Err(problem),
        },
        Err(problem) => Err(problem),
    };
    match done {
        Ok((_, id)) => Ok(Redirect::to(&format!("/conversations/{id}{}", which.query())).into_response()),
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let page = load(&http, frame, &caller, which, Some(id), None, &problem.words()).await?;
            Ok(Again(page).into_response())
        }
    }
}

/// Does one thing with every conversation that is chosen, and shows the list again.
pub(super) async fn many(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Query(which): Query<Which>,
    fields: Fields,
) -> Result<Response, Problem> {
    let most = http.hub.config().conversation.bulk;
    let steps = checked(&http, &asked(&http, &caller, &fields).await?)?;
    let chosen: Vec<ConversationId> = fields.all("conversation").filter_map(|id| id.parse().ok()).collect();
    if chosen.len() > most {
        return Err(Problem::bad_request(format!(
            "{} conversations at once; choose at most {most} (`conversation.bulk`)",
            chosen.len()
        )));
    }
    for id in chosen {
        match carry_out(&http, &caller, id, steps.clone(), None).await {
            Err(problem) if problem.status().is_server_error() => return Err(problem),
            // One that is gone meanwhile keeps nothing from the others.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(Redirect::to(&format!("/inbox{}", which.query())).into_response())
}

/// What a form asks for.
async fn asked(http: &Http, caller: &Caller, fields: &Fields) -> Result<Vec<Action>, Problem> {
    let unknown = || Problem::bad_request("this form asks for nothing that is known: load the page again");
    Ok(vec![match fields.text("do") {
        "resolve" => Action::Resolve,
        "reopen" => Action::Reopen,
        "snooze" => {
            let hours: i64 = fields.text("hours").parse().map_err(|_| unknown())?;
            let until = http.hub.ambient().now_ms().saturating_add(hours.saturating_mul(3_600_000));
            let until = jiff::Timestamp::from_millisecond(until).map_err(|_| unknown())?;
            Action::Snooze { until: until.to_string() }
        }
        "take" => Action::Assign { account: Some(caller.account.clone().ok_or_else(unknown)?) },
        "drop" => Action::Assign { account: None },
        "priority" => {
            let priority = Priority::from_name(fields.text("priority")).ok_or_else(unknown)?;
            Action::Priority { priority }
        }
        "tag" => Action::Tag { tag: fields.text("tag").to_owned() },
        "untag" => Action::Untag { tag: fields.text("tag").to_owned() },
        "macro" => {
            let id: ShortcutId = fields.text("macro").parse().map_err(|_| unknown())?;
            let kept = http.store().shortcut(&id).await?.filter(|kept| {
                kept.kind == ShortcutKind::Macro && (kept.account.is_none() || kept.account == caller.account)
            });
            return serde_json::from_str(&kept.ok_or_else(unknown)?.content).map_err(|_| unknown());
        }
        _ => return Err(unknown()),
    }])
}
