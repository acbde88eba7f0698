//! What a group changed, as statements.

use super::changes::{Changes, Insighted, Settled};
use crate::model::fold::Resolution;
use crate::model::id::{ConversationId, IdKey, MessageId, ProfileId};
use crate::model::identifier::Identifier;
use crate::model::message::{Direction, MessageState};
use crate::model::outbox::OutboxState;
use crate::store::StoreError;
use crate::store::batch::{Batch, Value, row};
use crate::store::consents;
use crate::store::conversations;
use crate::store::engine::Engine;
use crate::store::error::corrupt;
use crate::store::follow::moved;
use crate::store::nodes::{self, Keys};

impl Changes {
    /// Everything as statements, the transaction still open.
    pub(super) fn batch(
        self,
        engine: Engine,
        key: &IdKey,
        resolution: &Resolution,
        size: usize,
    ) -> Result<Batch, StoreError> {
        let mut batch = Batch::for_group(size);
        for (old, new) in &resolution.moved {
            rename(&mut batch, engine, old, new);
        }
        batch.rows("INSERT INTO events", self.events, "");
        let mut ids = Keys::new(key);
        nodes::write(
            &mut batch,
            &mut ids,
            resolution.changed.iter().map(|(known, profile)| (known, profile)),
        );
        nodes::write_edges(&mut batch, &mut ids, resolution.edges.iter().map(|(ends, edge)| (ends, edge)));
        let people = self.people.into_iter().map(|(id, person)| {
            row![id.as_str(), person.root.seen, person.root.name, person.active_at, person.contested]
        });
        batch.replace("profiles", "id", PROFILES, people.collect());
        let attributes = self.attributes.into_iter().map(|((profile, ..), candidate)| {
            row![
                profile.as_str(),
                candidate.field,
                candidate.connection.as_str(),
                candidate.value,
                candidate.first.0,
                candidate.first.1.as_str(),
                candidate.last.0,
                candidate.last.1.as_str(),
                candidate.place,
            ]
        });
        batch.rows("INSERT INTO attributes", attributes.collect(), &again(engine));
        let claims = self.claims.into_iter().map(|((profile, ..), claim)| {
            let Identifier { namespace, value } = claim.identifier;
            row![
                profile.as_str(),
                namespace,
                value,
                claim.connection.as_str(),
                claim.event.as_str(),
                claim.at
            ]
        });
        batch.rows("INSERT INTO claims", claims.collect(), CLAIMS);
        consents::write(&mut batch, self.consents);
        for id in self.gone {
            batch.add("DELETE FROM messages WHERE id = ?", row![id.as_str()]);
        }
        let mut messages = Vec::with_capacity(self.messages.len());
        for (id, entry) in self.messages {
            messages.push(message_row(
                &id,
                &entry.message,
                entry.owner.as_ref(),
                entry.conversation.as_ref(),
            )?);
        }
        batch.replace("messages", "id", MESSAGES, messages);
        let desks = self.desks.iter().filter(|(person, _)| !self.unclear.contains(*person));
        conversations::write(
            &mut batch,
            desks.flat_map(|(person, desk)| conversations::rows(person, desk)).collect(),
        );
        let aliases = self.aliases.into_iter().map(|(alias, message)| row![alias.as_str(), message.as_str()]);
        batch.replace("message_aliases", "id", "message", aliases.collect());
        for (outbox, news) in self.settled {
            let (state, error) = match news {
                Settled::Sent => (OutboxState::Sent, None),
                Settled::Failed(why) => (OutboxState::Failed, Some(why)),
            };
            batch.add(
                "UPDATE outbox SET state = ?, error = ? WHERE id = ? AND state <> 'sent'",
                row![state.as_str(), error, outbox.as_str()],
            );
        }
        let records = self.records.into_values().map(|(record, profile)| {
            let total = record.total.as_ref().map(|money| format!("{} {}", money.amount, money.currency));
            row![
                record.connection.as_str(),
                record.kind,
                record.vendor_id,
                profile.as_ref().map(ProfileId::as_str),
                record.order,
                record.changed_at,
                record.event.as_str(),
                record.name,
                record.state,
                total,
            ]
        });
        let others = "profile, of_order, changed_at, event, name, state, total";
        batch.replace("records", "connection, kind, vendor_id", others, records.collect());
        let insights = self.insights.into_iter().map(|((message, connection, kind), insight)| {
            let Insighted { at, event, text } = insight;
            row![message.as_str(), connection.as_str(), kind, at, event.as_str(), text]
        });
        batch.rows("INSERT INTO insights", insights.collect(), INSIGHTS);
        batch.rows(
            "INSERT INTO jobs (id, connection, event, state, due_at, attempts, error)",
            self.jobs,
            "ON CONFLICT DO NOTHING",
        );
        batch.rows(
            "INSERT INTO privacy_requests \
             (event, connection, asks, state, received_at, due_at, attempts, profile, outcome)",
            self.requests,
            "ON CONFLICT DO NOTHING",
        );
        Ok(batch)
    }
}

/// The row of a message.
pub(in crate::store) fn message_row(
    id: &MessageId,
    message: &MessageState,
    owner: Option<&ProfileId>,
    conversation: Option<&ConversationId>,
) -> Result<[Value; 6], StoreError> {
    let state = serde_json::to_string(message).map_err(|e| corrupt("a message")(&e))?;
    let at = message.content.as_ref().map(|content| content.at);
    let inbound = message.content.as_ref().map(|content| content.direction == Direction::In);
    let conversation = conversation.map(ConversationId::as_str);
    Ok(row![id.as_str(), owner.map(ProfileId::as_str), at, state, conversation, inbound])
}

/// The columns of a message after the id.
pub(in crate::store) const MESSAGES: &str = "profile, at, state, conversation, inbound";

/// The columns of a person after the id.
pub(in crate::store) const PROFILES: &str = "root_seen, root_name, active_at, contested";

/// The same statement said again: the earliest and the latest time of it stay.
const ATTRIBUTES: &str = "DO UPDATE SET \
    first_event = CASE WHEN (excluded.first_at, excluded.first_event) < (attributes.first_at, attributes.first_event) \
    THEN excluded.first_event ELSE attributes.first_event END, \
    first_at = CASE WHEN excluded.first_at < attributes.first_at THEN excluded.first_at ELSE attributes.first_at END, \
    last_place = CASE WHEN (excluded.last_at, excluded.last_event) > (attributes.last_at, attributes.last_event) \
    THEN excluded.last_place ELSE attributes.last_place END, \
    last_event = CASE WHEN (excluded.last_at, excluded.last_event) > (attributes.last_at, attributes.last_event) \
    THEN excluded.last_event ELSE attributes.last_event END, \
    last_at = CASE WHEN excluded.last_at > attributes.last_at THEN excluded.last_at ELSE attributes.last_at END";

/// What becomes of an attribute that is stated again. PostgreSQL's indexes take no long values, so there the
/// hash of one stands in its place.
pub(in crate::store) fn again(engine: Engine) -> String {
    let value = match engine {
        Engine::Sqlite => "value",
        Engine::Postgres => "md5(value)",
    };
    format!("ON CONFLICT (profile, field, connection, {value}) {ATTRIBUTES}")
}

/// The same identifier typed again: the first time stays.
pub(in crate::store) const CLAIMS: &str = "ON CONFLICT (profile, namespace, value, connection) DO UPDATE SET \
    event = excluded.event, at = excluded.at WHERE (excluded.at, excluded.event) < (claims.at, claims.event)";

/// An assistant's newer answer replaces its older one.
const INSIGHTS: &str = "ON CONFLICT (message, connection, kind) DO UPDATE SET at = excluded.at, \
    event = excluded.event, insight = excluded.insight \
    WHERE (excluded.at, excluded.event) > (insights.at, insights.event)";

/// One profile became part of another: everything that is the one's is the other's.
fn rename(batch: &mut Batch, engine: Engine, old: &ProfileId, new: &ProfileId) {
    let (old, new) = (old.as_str(), new.as_str());
    for table in
        ["events", "identifiers", "matters", "records", "consents", "outbox", "conversations", "mentions"]
    {
        batch.add(&format!("UPDATE {table} SET profile = ? WHERE profile = ?"), row![new, old]);
    }
    // Only what is shown has somebody to belong to; saying so lets the index find it.
    batch.add("UPDATE messages SET profile = ? WHERE profile = ? AND at IS NOT NULL", row![new, old]);
    batch.add(
        &format!(
            "INSERT INTO attributes SELECT ?, field, connection, value, first_at, first_event, last_at, last_event, last_place \
             FROM attributes WHERE profile = ? {}",
            again(engine)
        ),
        row![new, old],
    );
    batch.add(
        &format!(
            "INSERT INTO claims SELECT ?, namespace, value, connection, event, at FROM claims WHERE profile = ? {CLAIMS}"
        ),
        row![new, old],
    );
    for table in ["attributes", "claims"] {
        batch.add(&format!("DELETE FROM {table} WHERE profile = ?"), row![old]);
    }
    batch.add("DELETE FROM profiles WHERE id = ?", row![old]);
    moved(batch, [old]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{StoreOptions, schema};

    #[tokio::test]
    async fn a_merge_reads_no_table_from_end_to_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = StoreOptions::at(folder.path().join("hub.db"));
        let mut database = schema::open(&options).await.expect("opened").writer;
        let mut batch = Batch::default();
        rename(&mut batch, Engine::Sqlite, &ProfileId::random([1; 16]), &ProfileId::random([2; 16]));
        for statement in batch.text().split_terminator(';') {
            let mut explain = Batch::default();
            explain.add(&format!("EXPLAIN QUERY PLAN {statement}"), row![]);
            for step in explain.fetch(&mut database).await.expect("planned") {
                let step: String = step.get("detail");
                assert!(!step.starts_with("SCAN"), "{statement}: {step}");
            }
        }
    }
}
