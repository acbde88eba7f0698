//! The row of a conversation.

use std::collections::BTreeSet;

use crate::model::conversation::{Conversation, Desk, Heard, Place, Status, Upto};
use crate::model::event::Priority;
use crate::model::id::{ConversationId, ProfileId};
use crate::store::StoreError;
use crate::store::batch::{Batch, Value, row};
use crate::store::engine;
use crate::store::error::corrupt;

/// The columns that [`read`] reads, of `conversations c`.
pub(in crate::store) const COLUMNS: &str = "c.profile, c.state, c.id, c.first_at, c.message_at, c.message, \
    c.received_at, c.received, c.received_on, c.sent_at, c.waiting_since, c.assignee, c.team, c.priority, c.tags, \
    c.snoozed_until, c.resolved_at, c.messages, c.inbound, c.notes, c.head, c.upto_at, c.upto_id";

/// The columns after the id, in the order of [`rows`].
const OTHERS: &str = "profile, state, first_at, message_at, message, received_at, received, received_on, sent_at, \
    waiting_since, assignee, team, priority, tags, snoozed_until, resolved_at, messages, inbound, notes, head, \
    upto_at, upto_id";

/// A conversation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Row {
    /// With whom.
    pub(in crate::store) profile: ProfileId,
    pub(in crate::store) conversation: Conversation,
    /// Whether what comes next can join it.
    pub(in crate::store) head: bool,
    /// How far what is known of the person's conversations reached when it was written.
    pub(in crate::store) upto: Upto,
}

/// Reads [`COLUMNS`] beginning at column `at`.
pub(in crate::store) fn read(row: &engine::Row, at: usize) -> Result<Row, StoreError> {
    let bad = corrupt("conversations");
    let text = |column: usize| row.get::<Option<String>, _>(at + column);
    let number = |column: usize| row.get::<Option<i64>, _>(at + column);
    let id: ConversationId = row.get::<String, _>(at + 2).parse().map_err(|e| bad(&e))?;
    let received = match (number(6), text(7), text(8)) {
        (Some(at), Some(id), Some(connection)) => Some(Heard {
            place: Place { at, id: id.parse().map_err(|e| bad(&e))? },
            connection: connection.parse().map_err(|e| bad(&e))?,
        }),
        _ => None,
    };
    let status = match (row.get::<&str, _>(at + 1), number(15), number(16)) {
        ("open", ..) => Status::Open,
        ("snoozed", Some(until), _) => Status::Snoozed(until),
        ("resolved", _, Some(since)) => Status::Resolved(since),
        _ => return Err(bad(&"an unknown state")),
    };
    let place = row.get::<i64, _>(at + 13);
    let priority = usize::try_from(place).ok().and_then(|place| Priority::ALL.get(place).copied());
    let conversation = Conversation {
        first: Place { at: row.get(at + 3), id: crate::model::conversation::message_of(&id) },
        last: Place { at: row.get(at + 4), id: row.get::<String, _>(at + 5).parse().map_err(|e| bad(&e))? },
        received,
        sent_at: number(9),
        waiting_since: number(10),
        status,
        assignee: text(11).map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        team: text(12).map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        priority: priority.ok_or_else(|| bad(&"an unknown priority"))?,
        tags: text(14).iter().flat_map(|tags| tags.lines()).map(str::to_owned).collect(),
        messages: row.get(at + 17),
        inbound: row.get(at + 18),
        notes: row.get(at + 19),
    };
    Ok(Row {
        profile: row.get::<String, _>(at).parse().map_err(|e| bad(&e))?,
        conversation,
        head: row.get::<i64, _>(at + 20) != 0,
        upto: Upto { at: row.get(at + 21), id: row.get(at + 22) },
    })
}

/// The rows of what stands on a person's desk.
pub(in crate::store) fn rows(profile: &ProfileId, desk: &Desk) -> Vec<[Value; 23]> {
    let Some(upto) = &desk.upto else { return Vec::new() };
    let all = desk.conversations.iter().zip(desk.heads());
    all.map(|(conversation, head)| values(profile, conversation, head, upto)).collect()
}

/// Writes rows; one that is there is replaced.
pub(in crate::store) fn write(batch: &mut Batch, rows: Vec<[Value; 23]>) {
    batch.replace("conversations", "id", OTHERS, rows);
}

/// Writes the tags of conversations, in place of those that they had.
pub(in crate::store) fn write_tags(batch: &mut Batch, tagged: &[(ConversationId, &BTreeSet<String>)]) {
    batch.keyed(
        "DELETE FROM conversation_tags WHERE conversation IN",
        tagged.iter().map(|(id, _)| row![id.as_str()]).collect(),
    );
    let tags = tagged.iter().flat_map(|(id, tags)| tags.iter().map(|tag| row![tag.as_str(), id.as_str()]));
    batch.rows("INSERT INTO conversation_tags (tag, conversation)", tags.collect(), "ON CONFLICT DO NOTHING");
}

pub(super) fn values(
    profile: &ProfileId,
    conversation: &Conversation,
    head: bool,
    upto: &Upto,
) -> [Value; 23] {
    let (snoozed, resolved) = match conversation.status {
        Status::Open => (None, None),
        Status::Snoozed(until) => (Some(until), None),
        Status::Resolved(since) => (None, Some(since)),
    };
    let received = conversation.received.as_ref();
    let tags = conversation.tags.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    row![
        conversation.id().as_str(),
        profile.as_str(),
        conversation.status.as_str(),
        conversation.first.at,
        conversation.last.at,
        conversation.last.id.as_str(),
        received.map(|heard| heard.place.at),
        received.map(|heard| heard.place.id.as_str()),
        received.map(|heard| heard.connection.as_str()),
        conversation.sent_at,
        conversation.waiting_since,
        conversation.assignee.as_ref().map(|id| id.as_str()),
        conversation.team.as_ref().map(|id| id.as_str()),
        conversation.priority as i64,
        Some(tags).filter(|tags| !tags.is_empty()),
        snoozed,
        resolved,
        conversation.messages,
        conversation.inbound,
        conversation.notes,
        head,
        upto.at,
        upto.id.as_str(),
    ]
}
