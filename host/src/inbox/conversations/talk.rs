//! One conversation: what was said and done, and the form of an answer.

use crate::http::auth::Caller;
use crate::http::{Http, Problem};
use crate::inbox::clock::Moment;
use crate::inbox::form::{Fields, Offer};
use crate::inbox::frame::Frame;
use crate::inbox::people::Face;
use crate::inbox::people::happened::Happened;
use crate::inbox::titles;
use crate::model::conversation::{ConversationView, Status};
use crate::model::event::{Body, Deed, EventKind, NewEvent, Priority};
use crate::model::message::{Direction, SendState};
use crate::model::profile::{MessageView, TimelineEntry};
use crate::store::{PageRequest, ShortcutKind};

/// How many messages, and how much else, a conversation shows.
const SHOWN: u32 = 100;

/// For how many hours a conversation can be left alone: an hour to a week.
const HOURS: [u64; 5] = [1, 4, 24, 72, 168];

/// A conversation.
pub(super) struct Talk {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) face: Face,
    pub(super) state: (&'static str, String),
    pub(super) resolved: bool,
    /// Whether it is the reader's, and whether anybody can be assigned at all.
    pub(super) mine: bool,
    pub(super) account: String,
    pub(super) assigned: bool,
    pub(super) priorities: Vec<Offer>,
    pub(super) tags: Vec<String>,
    pub(super) lines: Vec<Line>,
    /// Where the person's earlier history is, where it does not fit.
    pub(super) earlier: Option<String>,
    /// The last message that is shown, for a resolution that knows what was seen.
    pub(super) seen: String,
    pub(super) channels: Vec<Offer>,
    /// Why nothing can be answered, or which channels cannot be used.
    pub(super) obstacles: Vec<(String, String)>,
    pub(super) macros: Vec<Offer>,
    /// For how many hours it can be left alone.
    pub(super) hours: [u64; 5],
    pub(super) text: String,
    pub(super) wrong: String,
}

/// Something that was said or done.
pub(super) struct Line {
    pub(super) look: &'static str,
    pub(super) what: String,
    pub(super) text: String,
    pub(super) files: Vec<String>,
    pub(super) at: Moment,
    pub(super) source: String,
    /// How far a message of ours has come.
    pub(super) state: Option<(&'static str, String)>,
    pub(super) reason: String,
    /// The intent that can be taken back, or tried again.
    pub(super) back: Option<String>,
    pub(super) again: Option<String>,
}

impl Talk {
    pub(super) async fn load(
        http: &Http,
        frame: &Frame,
        caller: &Caller,
        view: &ConversationView,
        typed: Option<&Fields>,
        wrong: &str,
    ) -> Result<Self, Problem> {
        let store = http.store();
        let names = titles(http).await?;
        let page = PageRequest::first(SHOWN);
        let said = store.conversation_messages(view, &page).await?;
        let happened = store.timeline(&view.profile, &page).await?;
        let begins = if said.next.is_some() {
            said.items.last().and_then(|last| last.message.content.as_ref()).map_or(i64::MIN, |last| last.at)
        } else {
            view.conversation.first.at
        };
        let mut lines = Vec::new();
        let mut writers = std::collections::HashMap::new();
        for entry in &happened.items {
            if let Some((message, by)) = written(entry) {
                writers.insert(message, by);
            } else if entry.at >= begins && beside(entry) {
                let told = Happened::of(entry, frame.words);
                lines.push((
                    entry.at,
                    Line::done(told, names.of(&entry.connection, frame.words), entry, frame),
                ));
            }
        }
        for message in &said.items {
            let Some(content) = &message.message.content else { continue };
            let source = match writers.get(message.message.id.as_str()) {
                Some(by) => format!("{by} · {}", names.of(&message.message.connection, frame.words)),
                None => names.of(&message.message.connection, frame.words),
            };
            lines.push((content.at, Line::said(message, source, frame)));
        }
        lines.sort_by_key(|(at, _)| *at);
        let one = &view.conversation;
        let channels = http.hub.channels(&view.profile).await?;
        let chosen = typed.map(|typed| typed.text("connection").to_owned());
        let usable = channels.iter().filter(|channel| channel.obstacle.is_none());
        let offers = usable.enumerate().map(|(place, channel)| {
            let id = channel.connection.as_str();
            let chosen = chosen.as_deref().map_or(place == 0, |chosen| chosen == id);
            Offer::new(id, channel.title.as_str(), chosen)
        });
        let offers = offers.collect();
        let obstacles = channels.into_iter().filter_map(|channel| Some((channel.title, channel.obstacle?)));
        let mut text = typed.map(|typed| typed.text("text").to_owned()).unwrap_or_default();
        if let (None, Some(account)) = (typed, &caller.account)
            && let Some(draft) = store.draft(&view.id, account).await?
        {
            text = draft.text;
        }
        let shortcuts = store.shortcuts(caller.account.as_ref()).await?;
        let macros = shortcuts.into_iter().filter(|one| one.kind == ShortcutKind::Macro);
        let name = view.name.clone().unwrap_or_else(|| frame.say("person-nobody"));
        let look = match one.status {
            Status::Open => "",
            Status::Snoozed(_) => "warn",
            Status::Resolved(_) => "good",
        };
        Ok(Self {
            id: view.id.to_string(),
            path: format!("/conversations/{}", view.id),
            face: Face::named(&name),
            state: (look, frame.words.of("inbox-state", one.status.as_str())),
            resolved: !one.status.is_live(),
            mine: one.assignee.is_some() && one.assignee == caller.account,
            account: caller.account.as_ref().map(ToString::to_string).unwrap_or_default(),
            assigned: one.assignee.is_some(),
            priorities: Priority::ALL
                .map(|word| {
                    let title = frame.words.of("inbox-priority", word.as_str());
                    Offer::new(word.as_str(), title, word == one.priority)
                })
                .into(),
            tags: one.tags.iter().cloned().collect(),
            lines: lines.into_iter().map(|(_, line)| line).collect(),
            earlier: (said.next.is_some() || happened.next.is_some())
                .then(|| format!("/people/{}", view.profile)),
            seen: one.last.id.to_string(),
            channels: offers,
            obstacles: obstacles.collect(),
            macros: macros.map(|one| Offer::new(one.id.as_str(), one.title, false)).collect(),
            hours: HOURS,
            text,
            wrong: wrong.to_owned(),
        })
    }
}

/// Who wrote which message of the hub's, where an entry says so.
fn written(entry: &TimelineEntry) -> Option<(String, String)> {
    if entry.kind != EventKind::Conversation.as_str() {
        return None;
    }
    let said: NewEvent = serde_json::from_str(entry.said.get()).ok()?;
    match said.body {
        Body::Conversation(handling) if handling.deed == Deed::Send => {
            Some((handling.message.into(), handling.by))
        }
        _ => None,
    }
}

/// Whether an entry stands beside the messages: these stand for themselves, with all that became of them.
fn beside(entry: &TimelineEntry) -> bool {
    use EventKind as K;
    let own = [
        K::MessageReceived,
        K::MessageSent,
        K::MessageEdited,
        K::MessageDeleted,
        K::Reaction,
        K::MessageStatus,
    ];
    own.iter().all(|kind| kind.as_str() != entry.kind)
}

impl Line {
    fn done(told: Happened, source: String, entry: &TimelineEntry, frame: &Frame) -> Self {
        Self {
            look: told.look,
            what: told.what,
            text: told.text,
            files: Vec::new(),
            at: frame.time(entry.at),
            source,
            state: None,
            reason: String::new(),
            back: None,
            again: None,
        }
    }

    fn said(view: &MessageView, source: String, frame: &Frame) -> Self {
        let message = &view.message;
        let ours = message.content.as_ref().is_some_and(|content| content.direction == Direction::Out);
        let sent_by_hub = message.content.as_ref().is_some_and(|content| content.event.is_none());
        let files = message.content.iter().filter_map(|content| match &content.message.content {
            crate::model::event::Content::Media(files) => Some(files),
            _ => None,
        });
        let name =
            |file: &crate::model::event::Attachment| file.name.clone().unwrap_or_else(|| file.mime.clone());
        let state = message.state.as_ref().filter(|_| ours);
        let look = |state: SendState| match state {
            SendState::Failed => "bad",
            SendState::Delivered | SendState::Read => "good",
            SendState::Queued | SendState::Accepted | SendState::Sent => "",
        };
        // The hub's own messages are named by their intent.
        let intent =
            message.content.as_ref().filter(|_| sent_by_hub).map(|content| content.message.id.clone());
        let is = |wanted| state.is_some_and(|(state, _)| *state == wanted);
        let key = if ours { "happened-sent" } else { "happened-wrote" };
        Self {
            look: if ours { "ours" } else { "from" },
            what: frame.say(if message.deleted_at.is_some() { "happened-deleted" } else { key }),
            text: message.text().to_owned(),
            files: files.flatten().map(name).collect(),
            at: frame.time(message.content.as_ref().map_or(0, |content| content.at)),
            source,
            state: state.map(|(state, _)| (look(*state), frame.words.of("inbox-sent", word(*state)))),
            reason: state
                .filter(|(state, _)| *state == SendState::Failed)
                .map(|(_, said)| said.text.clone())
                .unwrap_or_default(),
            back: intent.clone().filter(|_| is(SendState::Queued)),
            again: intent.filter(|_| is(SendState::Failed)),
        }
    }
}

/// The word for how far a message has come.
fn word(state: SendState) -> &'static str {
    match state {
        SendState::Queued => "queued",
        SendState::Accepted => "accepted",
        SendState::Sent => "sent",
        SendState::Failed => "failed",
        SendState::Delivered => "delivered",
        SendState::Read => "read",
    }
}

#[cfg(test)]
impl Talk {
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let line = |look, state: Option<(&'static str, String)>, back: bool| Line {
            look,
            what: "Wrote".to_owned(),
            text: "Where is my <kettle>?".to_owned(),
            files: vec!["<b>bold.png".to_owned()],
            at: frame.time(frame.clock.now),
            source: "Support".to_owned(),
            again: state.as_ref().map(|_| "out_1".to_owned()).filter(|_| !back),
            reason: state.as_ref().map(|_| "the window is closed".to_owned()).unwrap_or_default(),
            back: back.then(|| "out_2".to_owned()),
            state,
        };
        let talk = |resolved, channels: Vec<Offer>| Self {
            id: "conv_1".to_owned(),
            path: "/conversations/conv_1".to_owned(),
            face: Face::named("Ada Lovelace"),
            state: ("good", "resolved".to_owned()),
            resolved,
            mine: resolved,
            account: "acct_1".to_owned(),
            assigned: resolved,
            priorities: vec![Offer::new("high", "high", true), Offer::new("low", "low", false)],
            tags: vec!["late".to_owned()],
            lines: vec![
                line("from", None, false),
                line("ours", Some(("bad", "failed".to_owned())), false),
                line("ours", Some(("", "queued".to_owned())), true),
            ],
            earlier: Some("/people/prof_1".to_owned()),
            seen: "msg_1".to_owned(),
            obstacles: vec![("Mail".to_owned(), "nothing of that kind is known".to_owned())],
            channels,
            macros: vec![Offer::new("cut_1", "Late parcel", false)],
            hours: HOURS,
            text: "Dear Ada".to_owned(),
            wrong: "The message is empty.".to_owned(),
        };
        let channel = Offer::new("conn_1", "Chat", true);
        vec![talk(false, vec![channel]), talk(true, Vec::new())]
    }
}
