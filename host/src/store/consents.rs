//! Leave to be contacted: what events say of it, and what people record by hand.

use std::collections::BTreeSet;

use super::audit::Audit;
use super::batch::{Batch, Value, row};
use super::decide::{append_own, in_force};
use super::engine::{Database, Row};
use super::error::corrupt;
use super::nodes;
use super::profiles::current;
use super::{Store, StoreError};
use crate::model::consent::{Sourced, Statement};
use crate::model::event::{Body, Consent, Event, NewEvent};
use crate::model::fold::Known;
use crate::model::id::{EventId, IdKey, ProfileId};
use crate::model::identifier::{Evident, Identifier};
use crate::model::rules::Rules;

/// Leave that somebody records by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConsent {
    /// Whose.
    pub profile: ProfileId,
    /// On which channel.
    pub channel: String,
    /// For what.
    pub purpose: String,
    /// Given, or withdrawn.
    pub granted: bool,
    /// How it was given.
    pub proof: Option<String>,
    /// By which of the person's names it is kept, so that it goes with that name when people are parted; `None`:
    /// the one that fits the channel best.
    pub identifier: Option<Identifier>,
    /// Who records it.
    pub by: String,
}

/// Why leave cannot be recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unrecorded {
    /// Nobody has, or ever had, the id.
    #[error("nobody has, or ever had, the id {0}")]
    Nobody(ProfileId),
    /// There is no name to keep it by.
    #[error(
        "nothing is known for sure by which this person could be told from others, so no consent can be kept"
    )]
    Nameless,
    /// The name is not the person's.
    #[error("{0} is not surely and only this person's: name one of {1}")]
    NotTheirs(Identifier, String),
}

/// The columns of what [`rows`] makes.
const COLUMNS: &str = "event, profile, channel, purpose, granted, at, connection, proof, recorded_by";

/// Adds the question how leave of these people stands: `n`, the person, and what [`sourced`] reads from the third
/// column on. Of what was said of one channel and purpose it finds what decides at `now`, in the order of
/// [`stand`](crate::model::consent::stand), and at most `earlier` that came before.
pub(super) fn ask(batch: &mut Batch, n: i64, ids: &[ProfileId], now: i64, earlier: i64) {
    let before = format!(
        "SELECT {n}, t.* FROM (SELECT s.profile, s.channel, s.purpose, s.granted, s.at, s.event, s.connection, s.proof, \
         s.recorded_by, coalesce(c.title, '') AS title, coalesce(c.priority, 0) AS priority, \
         row_number() OVER (PARTITION BY s.profile, s.channel, s.purpose ORDER BY \
         CASE WHEN s.granted <> 0 AND s.recorded_by IS NULL AND s.at > ? THEN 1 ELSE 0 END, s.at DESC, s.granted, \
         coalesce(c.priority, 0) DESC, s.event DESC) AS place \
         FROM consents s LEFT JOIN connections c ON c.id = s.connection WHERE s.profile IN"
    );
    let after = format!(") AS t WHERE t.place <= {}", earlier.saturating_add(1));
    batch.keyed_within(&before, row![now], ids.iter().map(|id| row![id.as_str()]).collect(), &after);
}

/// The row of a statement.
pub(super) fn row_of(profile: &ProfileId, said: Statement) -> [Value; 9] {
    row![
        said.event.as_str(),
        profile.as_str(),
        said.channel,
        said.purpose,
        said.granted,
        said.at,
        said.connection.as_str(),
        said.proof,
        said.recorded_by,
    ]
}

/// Writes statements; one that is there already belongs to whom the row says.
pub(super) fn write(batch: &mut Batch, rows: Vec<[Value; 9]>) {
    batch.rows(
        &format!("INSERT INTO consents ({COLUMNS})"),
        rows,
        "ON CONFLICT (event) DO UPDATE SET profile = excluded.profile",
    );
}

/// Reads a statement with its source, beginning at column `at`.
pub(super) fn sourced(row: &Row, at: usize) -> Result<Sourced, StoreError> {
    let bad = corrupt("consents");
    Ok(Sourced {
        statement: Statement {
            channel: row.get(at),
            purpose: row.get(at + 1),
            granted: row.get::<i64, _>(at + 2) != 0,
            at: row.get(at + 3),
            event: row.get::<String, _>(at + 4).parse().map_err(|e| bad(&e))?,
            connection: row.get::<String, _>(at + 5).parse().map_err(|e| bad(&e))?,
            proof: row.get(at + 6),
            recorded_by: row.get(at + 7),
        },
        title: row.get(at + 8),
        priority: row.get(at + 9),
    })
}

impl Store {
    /// Records by hand that a person gave or withdrew leave. It follows everything that was said of the same
    /// before, whatever clocks say; recording the opposite undoes it.
    ///
    /// # Errors
    /// `Ok(Err(…))` when it cannot be kept; [`StoreError`] when it cannot be committed now.
    pub async fn record_consent(&self, new: NewConsent) -> Result<Result<EventId, Unrecorded>, StoreError> {
        let (key, connection) = (self.inner.key.clone(), self.own_connection());
        let external_id = format!("consent:{}", hex::encode(self.inner.ambient.random16()));
        let id = EventId::derived(&key, &[connection.as_str(), &external_id]);
        let now = self.inner.ambient.now_ms();
        let done = self
            .inner
            .writer
            .transact(move |database| {
                Box::pin(async move {
                    let rules = in_force(database).await?;
                    let person = match current(database, new.profile.as_str()).await? {
                        Some(person) => person,
                        None => return Ok(Err(Unrecorded::Nobody(new.profile))),
                    };
                    let subject = match name(database, &rules, &person, &new).await? {
                        Ok(subject) => subject,
                        Err(why) => return Ok(Err(why)),
                    };
                    let occurred_at = after(database, &person, &new, now).await?;
                    let body = Body::Consent(Consent {
                        channel: new.channel.clone(),
                        purpose: new.purpose.clone(),
                        granted: new.granted,
                        proof: new.proof.clone(),
                        recorded_by: Some(new.by.clone()),
                    });
                    let said = NewEvent {
                        external_id,
                        occurred_at,
                        subject: vec![subject],
                        attributes: Vec::new(),
                        body,
                        source: None,
                    };
                    let event = Event { id, connection, delivery: None, received_at: now, said };
                    let appended = record(database, &key, &rules, &event, person, &new).await?;
                    Ok(Ok((event.id, appended)))
                })
            })
            .await?;
        Ok(done.map(|(id, appended)| {
            self.inner.tells.tell(std::iter::once(&appended));
            id
        }))
    }
}

async fn record(
    database: &mut Database,
    key: &IdKey,
    rules: &Rules,
    event: &Event,
    person: ProfileId,
    new: &NewConsent,
) -> Result<super::Appended, StoreError> {
    // The proof may tell of the person, so it stands in the event alone, which can be erased.
    let audit = Audit {
        who: new.by.clone(),
        action: if new.granted { "consent-given" } else { "consent-withdrawn" },
        detail: format!("{} {} on {}", event.id, new.purpose, new.channel),
    };
    let mut batch = Batch::default();
    audit.write(&mut batch, event.received_at, person.as_str());
    append_own(database, key, rules, event, batch, BTreeSet::from([person])).await
}

/// The time of what is recorded now: after all that was said of the same.
async fn after(
    database: &mut Database,
    person: &ProfileId,
    new: &NewConsent,
    now: i64,
) -> Result<i64, StoreError> {
    let mut batch = Batch::default();
    batch.add(
        "SELECT max(at) FROM consents WHERE profile = ? AND channel IN (?, 'all') AND purpose IN (?, 'all')",
        row![person.as_str(), new.channel.as_str(), new.purpose.as_str()],
    );
    let last: Option<i64> = batch.fetch(database).await?.first().and_then(|row| row.get(0));
    Ok(last.map_or(now, |last| now.max(last.saturating_add(1))))
}

/// The name by which it is kept: one that surely, and by now only, means this person.
async fn name(
    database: &mut Database,
    rules: &Rules,
    person: &ProfileId,
    new: &NewConsent,
) -> Result<Result<Evident, Unrecorded>, StoreError> {
    let mut batch = Batch::default();
    batch.add(
        &format!(
            "SELECT {} FROM identifiers i WHERE i.profile = ? AND i.shared = 0 AND NOT EXISTS \
             (SELECT 1 FROM identifiers n WHERE n.key = i.key AND n.since > i.since)",
            nodes::IDENTIFIER
        ),
        row![person.as_str()],
    );
    let mut names: Vec<Known> = Vec::new();
    for row in batch.fetch(database).await? {
        let (known, _) = nodes::known(&row, 0)?;
        let identifier = &known.node.identifier;
        if !rules.of(&identifier.namespace).device && rules.joins(identifier, known.evidence) {
            names.push(known);
        }
    }
    let channel = &*new.channel;
    let fits = |known: &Known| {
        let namespace = &*known.node.identifier.namespace;
        let scope = namespace.split(':').next().unwrap_or_default();
        let fits = match channel {
            "sms" | "phone" => scope == "phone",
            _ => scope == channel,
        };
        // A chat network that is no namespace of its own reaches people by their phones.
        if fits { 2 } else { u8::from(scope == "phone") }
    };
    names.sort_by(|a, b| {
        let rank = |known: &Known| (fits(known), known.evidence);
        rank(b).cmp(&rank(a)).then(a.seen.cmp(&b.seen)).then(a.node.cmp(&b.node))
    });
    let found = match &new.identifier {
        None => names.into_iter().next().ok_or(Unrecorded::Nameless),
        Some(asked) => match names.iter().find(|known| known.node.identifier == *asked) {
            Some(known) => Ok(known.clone()),
            None if names.is_empty() => Err(Unrecorded::Nameless),
            None => {
                let list: Vec<String> = names.iter().map(|known| known.node.identifier.to_string()).collect();
                Err(Unrecorded::NotTheirs(asked.clone(), list.join(", ")))
            }
        },
    };
    Ok(found.map(|known| Evident { identifier: known.node.identifier, evidence: known.evidence }))
}
