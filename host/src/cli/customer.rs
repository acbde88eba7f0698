//! A customer on a terminal: who, from where each value came, orders, messages with their mood, timeline.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::output::{table, time};
use crate::model::consent::ConsentEntry;
use crate::model::id::ConnectionId;
use crate::model::message::Direction;
use crate::model::profile::{MessageView, Profile, RecordView, Source, TimelineEntry};
use crate::store::{PageRequest, RecordFilter, Store, StoreError};

/// How many lines of each list are shown.
const SHOWN: u32 = 50;

/// Everything that is shown of a customer.
pub(super) struct Customer {
    profile: Profile,
    timeline: Vec<TimelineEntry>,
    orders: Vec<RecordView>,
    messages: Vec<MessageView>,
    titles: HashMap<ConnectionId, String>,
}

impl Customer {
    /// Reads it.
    pub(super) async fn load(store: &Store, profile: Profile) -> Result<Self, StoreError> {
        let page = PageRequest::first(SHOWN);
        let filter =
            RecordFilter { profile: Some(profile.id.clone()), kind: Some("order".into()), connection: None };
        Ok(Self {
            timeline: store.timeline(&profile.id, &page).await?.items,
            orders: store.records(&filter, &page).await?.items,
            messages: store.messages(&profile.id, &page).await?.items,
            titles: store.connections().await?.into_iter().map(|c| (c.id, c.title)).collect(),
            profile,
        })
    }

    /// For programs.
    pub(super) fn data(&self) -> Value {
        json!({
            "profile": self.profile, "orders": self.orders, "messages": self.messages, "timeline": self.timeline,
        })
    }

    fn title(&self, connection: &ConnectionId) -> String {
        self.titles.get(connection).cloned().unwrap_or_else(|| connection.to_string())
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        let profile = &self.profile;
        let name = profile.attribute("name").unwrap_or("Somebody without a name");
        let mut out = format!("{name}\n{}  {}\n", "=".repeat(name.chars().count()), profile.id);
        let mut part = |title: &str, text: String| {
            if !text.is_empty() {
                let indented: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
                out.push_str(&format!("\n{title}\n{}\n", indented.join("\n")));
            }
        };
        part("Known as", self.identifiers());
        part("Typed by somebody, not proven", self.claims());
        part("What is known, and who says so", self.attributes());
        part("Leave to be contacted", self.consents());
        part("Orders", self.order_lines());
        part("Messages", self.message_lines());
        part("Timeline, latest first (UTC)", self.timeline_lines());
        out.trim_end().to_owned()
    }

    fn identifiers(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .profile
            .identifiers
            .iter()
            .map(|known| {
                let until = known.until.map(|at| format!(", somebody else's from {} on", time(at)));
                let since = format!("{}{}", time(known.seen), until.unwrap_or_default());
                vec![known.identifier.to_string(), known.evidence.as_str().into(), since]
            })
            .collect();
        if rows.is_empty() { String::new() } else { table(&["identifier", "evidence", "since (UTC)"], &rows) }
    }

    fn claims(&self) -> String {
        let line = |claim: &crate::model::profile::ClaimedIdentifier| {
            format!("{}  on {}, {}", claim.identifier, self.title(&claim.connection), time(claim.at))
        };
        self.profile.claims.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn attributes(&self) -> String {
        let mut rows = Vec::new();
        for view in &self.profile.attributes {
            let instead = |replaced: &Option<String>| match replaced {
                Some(value) => format!(", instead of {value}"),
                None => String::new(),
            };
            let by = |source: &Source| format!("{}, {}", source.title, time(source.at));
            for (at, held) in view.values.iter().enumerate() {
                let field = if at == 0 { view.field.clone() } else { String::new() };
                let sources = held.sources.iter().map(by).collect::<Vec<_>>().join("; ");
                rows.push(vec![field, held.value.clone(), format!("{sources}{}", instead(&held.replaced))]);
            }
            for other in &view.others {
                let said = if other.value.is_empty() { "(none)" } else { &other.value };
                let source = format!("{}{}", by(&other.source), instead(&other.replaced));
                rows.push(vec![String::new(), format!("not: {said}"), source]);
            }
        }
        if rows.is_empty() { String::new() } else { table(&["field", "value", "source"], &rows) }
    }

    fn consents(&self) -> String {
        let mut rows = Vec::new();
        let row = |place: String, stands: &str, entry: &ConsentEntry| {
            let proof = entry.proof.clone().unwrap_or_else(|| "-".to_owned());
            vec![place, stands.to_owned(), proof, format!("{}, {}", entry.source(), time(entry.at))]
        };
        for view in &self.profile.consents {
            let stands = match (view.granted, view.decisive.given) {
                (true, _) => "yes",
                (false, false) => "withdrawn",
                (false, true) => "not yet",
            };
            rows.push(row(format!("{} by {}", view.purpose, view.channel), stands, &view.decisive));
            for entry in &view.earlier {
                rows.push(row(String::new(), if entry.given { "before: yes" } else { "before: no" }, entry));
            }
        }
        if rows.is_empty() {
            String::new()
        } else {
            table(&["leave for", "stands", "proof", "source"], &rows)
        }
    }

    fn order_lines(&self) -> String {
        let mut lines = Vec::new();
        for order in &self.orders {
            let total = order.total.as_ref().map(|money| format!("  {} {}", money.amount, money.currency));
            let said = self.timeline.iter().find(|entry| entry.event == order.event);
            let summary = said.map_or_else(
                || format!("{} is {}{}", order.name, order.state, total.unwrap_or_default()),
                |entry| entry.summary.clone(),
            );
            lines.push(format!("{summary}  [{}]", self.title(&order.connection)));
            for item in &order.parts {
                let said = self.timeline.iter().find(|entry| entry.event == item.event);
                lines.push(format!(
                    "  └ {}",
                    said.map_or(item.state.as_str(), |entry| entry.summary.as_str())
                ));
            }
        }
        lines.join("\n")
    }

    fn message_lines(&self) -> String {
        let mut lines = Vec::new();
        for view in self.messages.iter().rev() {
            let Some(content) = &view.message.content else { continue };
            let arrow = if content.direction == Direction::In { "→" } else { "←" };
            let place = self.title(&view.message.connection);
            lines.push(format!("{} {arrow} {}  [{place}]", time(content.at), view.message.text()));
            let mut insights: Vec<_> = view.insights.iter().collect();
            insights.sort_by(|a, b| a.insight.kind.cmp(&b.insight.kind));
            let said: Vec<String> = insights
                .iter()
                .map(|view| match view.insight.score {
                    Some(score) => format!("{} {} ({score:+.2})", view.insight.kind, view.insight.label),
                    None => format!("{} {}", view.insight.kind, view.insight.label),
                })
                .collect();
            if !said.is_empty() {
                lines.push(format!("                   ╰ {}", said.join(" · ")));
            }
        }
        lines.join("\n")
    }

    fn timeline_lines(&self) -> String {
        let shown = self.timeline.iter().filter(|entry| entry.kind != "insight");
        let line = |entry: &TimelineEntry| {
            format!("{}  {}  [{}]", time(entry.at), entry.summary, self.title(&entry.connection))
        };
        shown.map(line).collect::<Vec<_>>().join("\n")
    }
}
