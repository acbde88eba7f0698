//! People, as they are shown: values with where each came from, and their timeline.

use std::collections::HashMap;

use super::batch::{Batch, row};
use super::engine::{Database, Row};
use super::error::corrupt;
use super::{Page, PageRequest, Store, StoreError, consents, events, nodes};
use crate::model::consent::{EARLIER, Sourced, stand};
use crate::model::fold::Node;
use crate::model::id::ProfileId;
use crate::model::identifier::Identifier;
use crate::model::profile::{
    ClaimedIdentifier, KnownIdentifier, Profile, Source, Stated, TimelineEntry, choose,
};
use crate::model::search::{Place, Query};
use crate::model::timeline;

pub(super) fn profile_id(row: &Row, column: usize) -> Result<ProfileId, StoreError> {
    row.get::<String, _>(column).parse().map_err(|e| corrupt("profiles")(&e))
}

impl Store {
    /// The id that a person has now, whichever id of theirs is given.
    pub(super) async fn current(&self, id: &str) -> Result<Option<ProfileId>, StoreError> {
        let mut database = self.inner.readers.acquire().await?;
        current(&mut database, id).await
    }

    /// One person; a former id finds the person it became part of.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn profile(&self, id: &ProfileId) -> Result<Option<Profile>, StoreError> {
        self.profile_with(id, EARLIER).await
    }

    /// The same with so much of what was said of leave to be contacted before.
    pub(super) async fn profile_with(
        &self,
        id: &ProfileId,
        earlier: i64,
    ) -> Result<Option<Profile>, StoreError> {
        // In one transaction, so that a merge in between is seen wholly or not at all.
        let mut database = self.inner.readers.begin().await?;
        let Some(id) = current(&mut database, id.as_str()).await? else { return Ok(None) };
        let found = load(&mut database, vec![id], self.inner.ambient.now_ms(), earlier).await?;
        Ok(found.into_iter().next())
    }

    /// The person with an identifier; only identifiers that join are looked at, never claims.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn profile_by(&self, identifier: &Identifier) -> Result<Option<Profile>, StoreError> {
        // Whoever had it before another did is not asked for.
        let mut batch = Batch::default();
        let id = Node::first(identifier.clone()).key(&self.inner.key);
        batch.add(
            "SELECT profile FROM identifiers WHERE key = ? ORDER BY since DESC LIMIT 1",
            row![id.as_str()],
        );
        let mut database = self.inner.readers.begin().await?;
        match batch.fetch(&mut database).await?.first() {
            Some(row) => {
                let ids = vec![profile_id(row, 0)?];
                Ok(load(&mut database, ids, self.inner.ambient.now_ms(), EARLIER).await?.into_iter().next())
            }
            None => Ok(None),
        }
    }

    /// People, those last heard of first; with `search`, those who are meant by it, the best first, without what
    /// only stands in a message.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn profiles(
        &self,
        search: Option<&Query>,
        page: &PageRequest,
    ) -> Result<Page<Profile>, StoreError> {
        if let Some(query) = search {
            let found = self.search(query, &[Place::Name, Place::Identifier, Place::Order], page).await?;
            return Ok(found.page.map(|hit| hit.profile));
        }
        let (at, id) = page.after()?.unwrap_or((i64::MAX, String::new()));
        let mut batch = Batch::default();
        batch.add(
            "SELECT p.id, p.active_at FROM profiles p WHERE (p.active_at, p.id) < (?, ?) \
             ORDER BY p.active_at DESC, p.id DESC LIMIT ?",
            row![at, id, page.rows()],
        );
        let mut database = self.inner.readers.begin().await?;
        let rows = batch.fetch(&mut database).await?;
        let found = rows.iter().map(|row| Ok((profile_id(row, 0)?, row.get::<i64, _>(1))));
        let ids =
            Page::of(found.collect::<Result<Vec<_>, StoreError>>()?, page, |(id, at)| (*at, id.to_string()));
        let next = ids.next;
        let ids = ids.items.into_iter().map(|(id, _)| id).collect();
        let items = load(&mut database, ids, self.inner.ambient.now_ms(), EARLIER).await?;
        Ok(Page { items, next })
    }

    /// How many people there are; counts them, which takes a while of many.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn people(&self) -> Result<u64, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT count(*) FROM profiles", row![]);
        let rows = self.read(batch).await?;
        Ok(rows.first().map_or(0, |row| row.get::<i64, _>(0).unsigned_abs()))
    }

    /// What happened with a person, the latest first.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn timeline(
        &self,
        id: &ProfileId,
        page: &PageRequest,
    ) -> Result<Page<TimelineEntry>, StoreError> {
        let after = page.after()?;
        let (at, seq) = match &after {
            Some((at, seq)) => (*at, seq.parse().map_err(|_| StoreError::Cursor(seq.clone()))?),
            None => (i64::MAX, i64::MAX),
        };
        let mut database = self.inner.readers.begin().await?;
        let Some(id) = current(&mut database, id.as_str()).await? else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "SELECT {} FROM events e WHERE e.profile = ? AND (e.occurred_at, e.seq) < (?, ?) \
                 ORDER BY e.occurred_at DESC, e.seq DESC LIMIT ?",
                events::COLUMNS
            ),
            row![id.as_str(), at, seq, page.rows()],
        );
        let mut entries = Vec::new();
        for row in batch.fetch(&mut database).await? {
            let logged = events::read(&row, 0)?;
            entries.push(TimelineEntry {
                event: logged.event.id,
                seq: logged.seq,
                kind: logged.kind.as_str().to_owned(),
                at: logged.event.said.occurred_at,
                connection: logged.event.connection,
                summary: timeline::summary(&logged.event.said.body),
                said: serde_json::value::to_raw_value(&logged.event.said)
                    .map_err(|e| corrupt("events")(&e))?,
            });
        }
        Ok(Page::of(entries, page, |entry| (entry.at, entry.seq.to_string())))
    }
}

/// Finds the person that an id leads to, given three times.
pub(super) const CURRENT: &str = "SELECT profile FROM (SELECT 0 AS n, profile FROM identifiers WHERE key = ? \
    AND since = CAST('-9223372036854775808' AS BIGINT) UNION ALL SELECT 1, i.profile FROM later l JOIN identifiers i \
    ON i.key = l.key AND i.since = l.since WHERE l.id = ? UNION ALL SELECT 2, profile FROM matters WHERE key = ?) AS found \
    ORDER BY n LIMIT 1";

/// The id that a person has now, whichever id of theirs is given.
pub(super) async fn current(database: &mut Database, id: &str) -> Result<Option<ProfileId>, StoreError> {
    let mut batch = Batch::default();
    batch.add(CURRENT, row![id, id, id]);
    batch.fetch(database).await?.first().map(|row| profile_id(row, 0)).transpose()
}

/// Loads people by their current ids, in that order, in one call; of leave to be contacted with so much of what
/// was said before.
pub(super) async fn load(
    database: &mut Database,
    ids: Vec<ProfileId>,
    now: i64,
    earlier: i64,
) -> Result<Vec<Profile>, StoreError> {
    let keys = || ids.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
    let mut batch = Batch::default();
    batch.keyed("SELECT 0, id, active_at FROM profiles WHERE id IN", keys());
    batch.keyed(
        "SELECT 5, profile, id, state, message_at, message FROM conversations WHERE head = 1 AND profile IN",
        keys(),
    );
    batch.keyed(
        "SELECT 1, i.profile, i.namespace, i.value, i.evidence, i.seen, i.since, f.starts FROM identifiers i \
         LEFT JOIN identifiers f ON f.key = i.key AND f.since = CAST('-9223372036854775808' AS BIGINT) WHERE i.profile IN",
        keys(),
    );
    batch.keyed(
        "SELECT 2, profile, namespace, value, connection, event, at FROM claims WHERE profile IN",
        keys(),
    );
    batch.keyed(
        "SELECT 3, a.profile, a.field, a.value, a.connection, coalesce(c.title, ''), coalesce(c.priority, 0), \
         a.last_event, a.last_at, a.first_at, a.last_place FROM attributes a LEFT JOIN connections c ON c.id = a.connection \
         WHERE a.profile IN",
        keys(),
    );
    consents::ask(&mut batch, 4, &ids, now, earlier);
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let mut people: HashMap<String, Profile> = HashMap::new();
    let mut stated: HashMap<String, Vec<Stated>> = HashMap::new();
    let mut talks: HashMap<String, (bool, i64, String, String)> = HashMap::new();
    let mut leave: HashMap<String, Vec<Sourced>> = HashMap::new();
    for row in batch.fetch(database).await? {
        let owner: String = row.get(1);
        if row.get::<i64, _>(0) == 0 {
            people.insert(owner, begin(&row)?);
        } else if row.get::<i64, _>(0) == 3 {
            stated.entry(owner).or_default().push(statement(&row)?);
        } else if row.get::<i64, _>(0) == 4 {
            leave.entry(owner).or_default().push(consents::sourced(&row, 2)?);
        } else if row.get::<i64, _>(0) == 5 {
            // One that is not done with before one that is, then the one with the latest message.
            let talk = (row.get::<&str, _>(3) != "resolved", row.get(4), row.get(5), row.get(2));
            let best = talks.entry(owner).or_insert_with(|| talk.clone());
            *best = talk.max(best.clone());
        } else if let Some(person) = people.get_mut(&owner) {
            name(person, &row)?;
        }
    }
    let mut found = Vec::with_capacity(ids.len());
    for id in &ids {
        let Some(mut person) = people.remove(id.as_str()) else { continue };
        let talk = talks.remove(id.as_str()).map(|(.., id)| id.parse()).transpose();
        person.conversation = talk.map_err(|e| corrupt("conversations")(&e))?;
        person.identifiers.sort_by(|a, b| (a.seen, &a.identifier).cmp(&(b.seen, &b.identifier)));
        let known: Vec<Identifier> = person.identifiers.iter().map(|k| k.identifier.clone()).collect();
        person.claims.retain(|claim| !known.contains(&claim.identifier));
        // A database hands rows out as they lie there.
        person.claims.sort_by(|a, b| (&a.identifier, &a.connection).cmp(&(&b.identifier, &b.connection)));
        let now_theirs = person.identifiers.iter().filter(|known| known.until.is_none());
        let now_theirs: Vec<Identifier> = now_theirs.map(|known| known.identifier.clone()).collect();
        person.attributes = choose(stated.remove(id.as_str()).unwrap_or_default(), &now_theirs);
        person.consents = stand(leave.remove(id.as_str()).unwrap_or_default(), now);
        found.push(person);
    }
    Ok(found)
}

fn begin(row: &Row) -> Result<Profile, StoreError> {
    let id = profile_id(row, 1)?;
    Ok(Profile {
        id,
        conversation: None,
        active_at: row.get(2),
        identifiers: Vec::new(),
        claims: Vec::new(),
        attributes: Vec::new(),
        consents: Vec::new(),
    })
}

fn name(person: &mut Profile, row: &Row) -> Result<(), StoreError> {
    let identifier = Identifier { namespace: row.get(2), value: row.get(3) };
    if row.get::<i64, _>(0) == 1 {
        let evidence = nodes::evidence(row.get(4))?;
        let starts = nodes::starts(row.get(7))?;
        let until = starts.into_iter().filter(|start| *start > row.get::<i64, _>(6)).min();
        person.identifiers.push(KnownIdentifier { identifier, evidence, seen: row.get(5), until });
        return Ok(());
    }
    let bad = corrupt("claims");
    person.claims.push(ClaimedIdentifier {
        identifier,
        connection: row.get::<String, _>(4).parse().map_err(|e| bad(&e))?,
        event: row.get::<String, _>(5).parse().map_err(|e| bad(&e))?,
        at: row.get(6),
    });
    Ok(())
}

fn statement(row: &Row) -> Result<Stated, StoreError> {
    let bad = corrupt("attributes");
    Ok(Stated {
        field: row.get(2),
        value: row.get(3),
        priority: row.get(6),
        source: Source {
            connection: row.get::<String, _>(4).parse().map_err(|e| bad(&e))?,
            title: row.get(5),
            event: row.get::<String, _>(7).parse().map_err(|e| bad(&e))?,
            at: row.get(8),
            since: row.get(9),
        },
        place: row.get(10),
    })
}
