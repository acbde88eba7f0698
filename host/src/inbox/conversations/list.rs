//! Which conversations are listed, and how.

use serde::Deserialize;

use crate::http::auth::Caller;
use crate::inbox::address;
use crate::inbox::clock::Moment;
use crate::inbox::frame::Frame;
use crate::inbox::people::Face;
use crate::model::conversation::{ConversationView, Status};
use crate::model::event::Priority;
use crate::model::id::ConversationId;
use crate::model::message::Direction;
use crate::store::{Counts, Filter, Sort, View};

/// Which conversations, and in which order.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    pub(super) view: String,
    #[serde(default)]
    pub(super) sort: String,
    #[serde(default)]
    pub(super) tag: String,
    pub(super) cursor: Option<String>,
}

/// A link to another list.
pub(super) struct Link {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) count: String,
    pub(super) here: bool,
}

impl Which {
    fn view(&self) -> &str {
        match &*self.view {
            known @ ("mine" | "unassigned" | "snoozed" | "resolved" | "mentions" | "all") => known,
            _ => "open",
        }
    }

    fn sort(&self) -> &str {
        match &*self.sort {
            known @ ("waiting" | "priority") => known,
            _ => "latest",
        }
    }

    /// What to ask of the store. A token is no account: nothing is its own.
    pub(super) fn filter(&self, caller: &Caller) -> (Filter, Sort) {
        let view = match (self.view(), &caller.account) {
            ("mine", Some(account)) => View::Mine(account.clone()),
            ("mentions", Some(account)) => View::Mentions(account.clone()),
            ("unassigned", _) => View::Unassigned,
            ("snoozed", _) => View::Snoozed,
            ("resolved", _) => View::Resolved,
            ("all", _) => View::All,
            _ => View::Open,
        };
        let sort = match self.sort() {
            "waiting" => Sort::Waiting,
            "priority" => Sort::Priority,
            _ => Sort::Latest,
        };
        let tag = Some(self.tag.clone()).filter(|tag| !tag.is_empty());
        (Filter { tag, reader: caller.account.clone(), ..Filter::of(view) }, sort)
    }

    /// As what follows an address; empty for the usual list.
    pub(super) fn query(&self) -> String {
        self.with(self.view(), self.sort())
    }

    fn with(&self, view: &str, sort: &str) -> String {
        let view = if view == "open" { "" } else { view };
        let sort = if sort == "latest" { "" } else { sort };
        address::with("", &[("view", view), ("sort", sort), ("tag", &self.tag)])
    }

    pub(super) fn title(&self, frame: &Frame) -> String {
        let view = frame.words.of("inbox-view", self.view());
        if self.tag.is_empty() { view } else { format!("{view} · {}", self.tag) }
    }

    pub(super) fn sorts(&self, frame: &Frame) -> Vec<Link> {
        let link = |sort: &str| Link {
            path: format!("/inbox{}", self.with(self.view(), sort)),
            title: frame.words.of("inbox-sort", sort),
            count: String::new(),
            here: sort == self.sort(),
        };
        ["latest", "waiting", "priority"].map(link).into()
    }
}

/// The views, with how many conversations are in each.
pub(super) fn views(which: &Which, counts: &Counts, caller: &Caller, frame: &Frame) -> Vec<Link> {
    let own = ["mine", "mentions"].into_iter().filter(|_| caller.account.is_some());
    let views = ["open"].into_iter().chain(own).chain(["unassigned", "snoozed", "resolved", "all"]);
    let link = |view: &str| {
        let count = match view {
            "open" => counts.open,
            "mine" => counts.mine,
            "mentions" => counts.mentions,
            "unassigned" => counts.unassigned,
            "snoozed" => counts.snoozed,
            _ => 0,
        };
        Link {
            path: format!("/inbox{}", Which { tag: String::new(), ..which.clone() }.with(view, which.sort())),
            title: frame.words.of("inbox-view", view),
            count: if count == 0 { String::new() } else { frame.words.number(&count) },
            here: view == which.view(),
        }
    };
    views.map(link).collect()
}

/// A conversation in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) face: Face,
    pub(super) text: String,
    pub(super) ours: bool,
    pub(super) at: Moment,
    pub(super) unread: String,
    pub(super) badges: Vec<(&'static str, String)>,
    pub(super) here: bool,
}

impl Row {
    pub(super) fn new(
        view: &ConversationView,
        query: &str,
        open: Option<&ConversationId>,
        frame: &Frame,
    ) -> Self {
        let one = &view.conversation;
        let name = view.name.clone().unwrap_or_else(|| frame.say("person-nobody"));
        let mut badges = Vec::new();
        match one.status {
            Status::Open => {}
            Status::Snoozed(_) => badges.push(("warn", frame.words.of("inbox-state", "snoozed"))),
            Status::Resolved(_) => badges.push(("good", frame.words.of("inbox-state", "resolved"))),
        }
        if one.priority != Priority::Normal {
            let look = if one.priority > Priority::Normal { "bad" } else { "" };
            badges.push((look, frame.words.of("inbox-priority", one.priority.as_str())));
        }
        badges.extend(one.tags.iter().map(|tag| ("", tag.clone())));
        let unread = view.unread.filter(|count| *count > 0);
        Self {
            id: view.id.to_string(),
            path: format!("/conversations/{}{query}", view.id),
            face: Face::named(&name),
            text: view.last.as_ref().map(|last| last.text.clone()).unwrap_or_default(),
            ours: view.last.as_ref().is_some_and(|last| last.direction == Direction::Out),
            at: frame.time(one.last.at),
            unread: unread.map(|count| frame.words.number(&count)).unwrap_or_default(),
            badges,
            here: open == Some(&view.id),
        }
    }
}

#[cfg(test)]
impl Link {
    pub(super) fn samples() -> Vec<Self> {
        let link = |title: &str, here| Self {
            path: "/inbox?view=mine".to_owned(),
            title: title.to_owned(),
            count: "3".to_owned(),
            here,
        };
        vec![link("Open", true), link("Mine", false)]
    }
}

#[cfg(test)]
impl Row {
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let row = |id: &str, name: &str, here| Self {
            id: id.to_owned(),
            path: format!("/conversations/{id}"),
            face: Face::named(name),
            text: "Where is my <kettle>?".to_owned(),
            ours: here,
            at: frame.time(frame.clock.now),
            unread: "2".to_owned(),
            badges: vec![("bad", "urgent".to_owned()), ("", "late".to_owned())],
            here,
        };
        vec![row("conv_1", "Ada Lovelace", true), row("conv_2", "+491701234567", false)]
    }
}
