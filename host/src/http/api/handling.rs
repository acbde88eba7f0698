//! What is done with conversations.

use axum::Extension;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::extract::{Json, Path};
use super::super::problem::{Invalid, Problem};
use super::super::state::Http;
use super::conversation::{Conversation, find};
use crate::model::conversation::message_of;
use crate::model::event::{Deed, Priority};
use crate::model::id::{AccountId, ConversationId, EventId, MessageId, TeamId};
use crate::store::{NewHandling, Unhandled};

/// One thing to do with a conversation.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "do", deny_unknown_fields)]
pub enum Action {
    /// It is done with, unless the person wrote after the message `seen`.
    Resolve,
    /// It is not done with after all.
    Reopen,
    /// It is left alone until then, or until the person writes.
    Snooze {
        /// RFC 3339.
        #[schema(example = "2026-03-01T09:30:00Z")]
        until: String,
    },
    /// It is this account's, or with `null` nobody's.
    Assign {
        /// Whose.
        #[schema(value_type = Option<String>)]
        account: Option<AccountId>,
    },
    /// It is this team's, or with `null` no team's.
    Team {
        /// Which.
        #[schema(value_type = Option<String>)]
        team: Option<TeamId>,
    },
    /// How much it matters.
    Priority {
        /// `low`, `normal`, `high` or `urgent`.
        #[schema(value_type = String)]
        priority: Priority,
    },
    /// It gets a tag: up to 50 characters on one line.
    Tag {
        /// Which.
        tag: String,
    },
    /// It loses a tag.
    Untag {
        /// Which.
        tag: String,
    },
    /// It and another one of the same person are one.
    Merge {
        /// The other one.
        #[schema(value_type = String)]
        conversation: ConversationId,
    },
    /// A message and all after it are a conversation of their own.
    Split {
        /// The message.
        #[schema(value_type = String)]
        from: MessageId,
    },
    /// A merge or split does not count any more; undoing that lets it count again.
    Undo {
        /// The event that answered it.
        #[schema(value_type = String)]
        event: EventId,
    },
    /// A note that the person never sees.
    Note {
        /// What.
        text: String,
        /// Whom it mentions.
        #[serde(default)]
        #[schema(value_type = Vec<String>)]
        mentions: Vec<AccountId>,
    },
}

/// The longest tag, in characters.
const TAG: usize = 50;

/// How many accounts one note mentions at most.
const MENTIONS: usize = 50;

/// What to do with a conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Actions {
    /// What, in this order.
    pub(in super::super) actions: Vec<Action>,
    /// The last message that was seen; what the person wrote after it keeps the conversation open. Without it, the
    /// last one that there is.
    #[schema(value_type = Option<String>)]
    pub(in super::super) seen: Option<MessageId>,
}

/// What to do with several conversations.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bulk {
    /// Which; at most `conversation.bulk`.
    #[schema(value_type = Vec<String>)]
    conversations: Vec<ConversationId>,
    /// What, in this order.
    actions: Vec<Action>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    /// The events that hold it, one for each action; undoing names one.
    pub events: Vec<String>,
    /// The conversation now.
    pub conversation: Conversation,
}

/// What came of it for one of several.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BulkOutcome {
    /// The conversation as it was named.
    pub conversation: String,
    /// Why it was not changed, or not wholly.
    pub error: Option<String>,
}

/// What came of it for all.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BulkOutcomes {
    /// One for each.
    pub items: Vec<BulkOutcome>,
}

/// Does something with a conversation: resolves, snoozes, assigns, tags, notes …
#[utoipa::path(post, path = "/api/v1/conversations/{conversation}/actions", tag = "conversations",
    params(("conversation" = String, Path, description = "The conversation's id")), request_body = Actions,
    responses((status = 200, body = Outcome), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub(in super::super) async fn act(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<ConversationId>,
    Json(asked): Json<Actions>,
) -> Result<axum::Json<Outcome>, Problem> {
    let deeds = checked(&http, &asked.actions)?;
    let (events, id) = carry_out(&http, &caller, id, deeds, asked.seen).await?;
    let conversation = find(&http, &caller, &id).await?.into();
    Ok(axum::Json(Outcome { events: events.into_iter().map(Into::into).collect(), conversation }))
}

/// Does the same with several conversations. What does not go for one goes for the others all the same.
#[utoipa::path(post, path = "/api/v1/conversations/actions", tag = "conversations", request_body = Bulk,
    responses((status = 200, body = BulkOutcomes), (status = 422, body = Problem)))]
pub(in super::super) async fn act_on_many(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    Json(asked): Json<Bulk>,
) -> Result<axum::Json<BulkOutcomes>, Problem> {
    let most = http.hub.config().conversation.bulk;
    if asked.conversations.len() > most {
        return Err(invalid(
            "/conversations",
            format!(
                "{} conversations at once; send at most {most} (`conversation.bulk`)",
                asked.conversations.len()
            ),
        ));
    }
    let deeds = checked(&http, &asked.actions)?;
    let mut items = Vec::with_capacity(asked.conversations.len());
    for id in asked.conversations {
        let done = carry_out(&http, &caller, id.clone(), deeds.clone(), None).await;
        let error = match done {
            Ok(_) => None,
            Err(problem) if problem.status().is_server_error() => return Err(problem),
            Err(problem) => Some(problem.words()),
        };
        items.push(BulkOutcome { conversation: id.into(), error });
    }
    Ok(axum::Json(BulkOutcomes { items }))
}

/// Something to do, once it was checked.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Deed(Deed),
    Merge(ConversationId),
    Split(MessageId),
    Note(String, Vec<AccountId>),
}

fn invalid(at: &str, message: String) -> Problem {
    Problem::invalid(message.clone(), vec![Invalid { at: at.to_owned(), message }])
}

/// What is asked for, if all of it makes sense.
pub(crate) fn checked(http: &Http, actions: &[Action]) -> Result<Vec<Step>, Problem> {
    let now = http.hub.ambient().now_ms();
    let most = http.hub.config().conversation.text;
    let tag = |tag: &str| {
        let tag = tag.trim().to_owned();
        let long = tag.chars().count() > TAG;
        if tag.is_empty() || long || tag.chars().any(char::is_control) {
            return Err(invalid("/actions", format!("a tag is one line of 1 to {TAG} characters")));
        }
        Ok(tag)
    };
    let step = |action: &Action| {
        Ok(match action.clone() {
            Action::Resolve => Step::Deed(Deed::Resolve),
            Action::Reopen => Step::Deed(Deed::Reopen),
            Action::Snooze { until } => {
                let time: Result<jiff::Timestamp, _> = until.parse();
                let until = time.map(jiff::Timestamp::as_millisecond).ok().filter(|until| *until > now);
                let wrong = "`until` is a time to come, such as 2026-03-01T09:30:00Z";
                Step::Deed(Deed::Snooze(until.ok_or_else(|| invalid("/actions", wrong.to_owned()))?))
            }
            Action::Assign { account } => Step::Deed(Deed::Assign(account)),
            Action::Team { team } => Step::Deed(Deed::Team(team)),
            Action::Priority { priority } => Step::Deed(Deed::Priority(priority)),
            Action::Tag { tag: word } => Step::Deed(Deed::Tag(tag(&word)?)),
            Action::Untag { tag: word } => Step::Deed(Deed::Untag(word.trim().to_owned())),
            Action::Merge { conversation } => Step::Merge(conversation),
            Action::Split { from } => Step::Split(from),
            Action::Undo { event } => Step::Deed(Deed::Undo(event)),
            Action::Note { text, mentions } => {
                if text.trim().is_empty() || text.len() > most || mentions.len() > MENTIONS {
                    let why = format!(
                        "a note has 1 to {most} bytes (`conversation.text`) and mentions at most {MENTIONS} accounts"
                    );
                    return Err(invalid("/actions", why));
                }
                Step::Note(text, mentions)
            }
        })
    };
    actions.iter().map(step).collect()
}

/// Does one after another; the events, and the conversation's id then.
pub(crate) async fn carry_out(
    http: &Http,
    caller: &Caller,
    mut id: ConversationId,
    steps: Vec<Step>,
    seen: Option<MessageId>,
) -> Result<(Vec<EventId>, ConversationId), Problem> {
    let store = http.store();
    let mut events = Vec::with_capacity(steps.len());
    for step in steps {
        let handling =
            |deed, seen| NewHandling { conversation: id.clone(), by: caller.name.clone(), seen, deed };
        let done = match step {
            Step::Note(text, mentions) => store.note_in(&id, caller.name.clone(), text, mentions).await?,
            Step::Merge(other) => match store.conversation(&other).await? {
                Some(other) => store.handle(handling(Deed::Merge(message_of(&other.id)), None)).await?,
                None => Err(Unhandled::NoConversation(other)),
            },
            Step::Split(from) => store.handle(handling(Deed::Split, Some(from))).await?,
            Step::Deed(deed @ (Deed::Resolve | Deed::Snooze(_))) => {
                store.handle(handling(deed, seen.clone())).await?
            }
            Step::Deed(deed) => store.handle(handling(deed, None)).await?,
        }?;
        // A split is looked at from what is left.
        if !events.is_empty() || done.conversation != id {
            let now = store.conversation(&id).await?;
            id = now.map_or(done.conversation, |now| now.id);
        }
        events.push(done.event);
    }
    Ok((events, id))
}
