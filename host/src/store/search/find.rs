//! What is asked of the search. Every step is bounded by a limit that is named here.

use std::collections::HashMap;

use super::super::batch::{Batch, Value, row};
use super::super::engine::{Database, Row};
use super::super::error::corrupt;
use super::super::profiles::{current, load, profile_id};
use super::super::{Page, PageRequest, Store, StoreError};
use super::text;
use crate::model::consent::EARLIER;
use crate::model::id::{ConnectionId, MessageId, ProfileId};
use crate::model::message::MessageState;
use crate::model::search::{
    A_MESSAGE, Hit, Match, Place, Query, RecordRef, THE_ID, THE_NAME, THE_ORDER, Terms, lookups, snippet,
};

/// The most people that one index finds: beyond these, more has to be typed.
const PEOPLE: u32 = 500;
/// The most people of one name of whom the last heard of are found, and the most among whom those are looked
/// for who are called all that was typed.
const NAMESAKES: u32 = 2_000;
const CROWD: u32 = 20_000;
/// The most words that what is typed may mean, all together; one block of a batch.
const MEANT: usize = 64;
/// The most words that begin as a word that is typed, and that share a deletion with it.
const BEGIN_SO: u32 = 64;
const LIKE_IT: u32 = 5_000;
/// Up to how many people who bear a word are counted, to begin with the rarest.
const COUNTED: u32 = 5_000;
/// The most handles that begin as what is typed.
const HANDLES: u32 = 200;
/// The most records, and the most messages.
const RECORDS: u32 = 200;
const MESSAGES: u32 = 200;
/// How many matches are shown of one person.
const SHOWN: usize = 5;

/// Who was found.
#[derive(Debug)]
pub struct Found {
    /// A page of them, the best first.
    pub page: Page<Hit>,
    /// How many events the index has not seen yet.
    pub behind: u64,
}

/// A message that fits.
struct Said {
    message: MessageId,
    state: String,
    at: i64,
}

/// Somebody who may be meant.
#[derive(Default)]
struct Candidate {
    score: u32,
    records: Vec<Match>,
    said: Vec<Said>,
}

/// Everybody who may be meant.
#[derive(Default)]
struct Candidates(HashMap<ProfileId, Candidate>);

impl Candidates {
    fn add(&mut self, profile: ProfileId, score: u32) -> &mut Candidate {
        let candidate = self.0.entry(profile).or_default();
        candidate.score = candidate.score.max(score);
        candidate
    }
}

impl Store {
    /// Who is meant by what was typed, the best first and of equals the last heard of; with what fitted. `places`
    /// says where to look; everywhere where it is empty.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn search(
        &self,
        query: &Query,
        places: &[Place],
        page: &PageRequest,
    ) -> Result<Found, StoreError> {
        let behind = self.behind().await?;
        let after = page.after()?;
        let wanted = |place| places.is_empty() || places.contains(&place);
        // One snapshot, so that whoever is found is there to be shown.
        let mut database = self.inner.readers.begin().await?;
        let mut found = Candidates::default();
        if wanted(Place::Identifier) {
            identifiers(&mut database, query, &mut found).await?;
        }
        if wanted(Place::Name) {
            names(&mut database, query, &mut found).await?;
        }
        if wanted(Place::Order) {
            records(&mut database, query, &mut found).await?;
        }
        if wanted(Place::Message) && !query.said.is_empty() {
            messages(&mut database, query, &mut found).await?;
        }
        let mut ranked = ranked(&mut database, &found).await?;
        ranked.retain(|one| after.as_ref().is_none_or(|(rank, id)| (one.0, one.1.as_str()) < (*rank, id)));
        let shown = Page::of(ranked, page, |(rank, id)| (*rank, id.to_string()));
        let ids = shown.items.into_iter().map(|(_, id)| id).collect();
        let people = load(&mut database, ids, self.inner.ambient.now_ms(), EARLIER).await?;
        let mut hits = Vec::with_capacity(people.len());
        for profile in people {
            let mut matches = query.matches(&profile);
            matches.retain(|fit| wanted(fit.place));
            let candidate = found.0.remove(&profile.id).unwrap_or_default();
            matches.extend(candidate.records);
            for said in candidate.said.into_iter().take(SHOWN) {
                matches.push(shown_message(said, &query.said)?);
            }
            matches.sort_by_key(|fit| std::cmp::Reverse((fit.score, fit.at)));
            matches.truncate(SHOWN);
            hits.push(Hit { profile, matches });
        }
        Ok(Found { page: Page { items: hits, next: shown.next }, behind })
    }
}

/// Everybody with a number to rank them by, the best first.
async fn ranked(database: &mut Database, found: &Candidates) -> Result<Vec<(i64, ProfileId)>, StoreError> {
    /// Bits for the time somebody was last heard of: milliseconds up to the year 2248.
    const TIME: u32 = 43;
    let mut look = Batch::default();
    look.keyed(
        "SELECT id, active_at FROM profiles WHERE id IN",
        found.0.keys().map(|id| row![id.as_str()]).collect(),
    );
    if look.is_empty() {
        return Ok(Vec::new());
    }
    let mut ranked = Vec::with_capacity(found.0.len());
    for row in look.fetch(database).await? {
        let id = profile_id(&row, 0)?;
        let active = row.get::<i64, _>(1).clamp(0, (1 << TIME) - 1);
        let score = found.0.get(&id).map_or(0, |candidate| i64::from(candidate.score));
        ranked.push(((score << TIME) | active, id));
    }
    ranked.sort_by(|a, b| b.cmp(a));
    // The blocks of a batch may repeat a row.
    ranked.dedup();
    Ok(ranked)
}

async fn identifiers(
    database: &mut Database,
    query: &Query,
    found: &mut Candidates,
) -> Result<(), StoreError> {
    if let Some(id) = &query.profile
        && let Some(id) = current(database, id.as_str()).await?
    {
        found.add(id, THE_ID);
    }
    let mut look = Batch::default();
    among(
        &mut look,
        "SELECT handle, profile FROM search_handles WHERE handle IN",
        query.handles().into_iter().map(|handle| row![handle]).collect(),
        &format!("LIMIT {PEOPLE}"),
    );
    for beginning in query.beginnings() {
        look.add(
            "SELECT handle, profile FROM search_handles WHERE handle >= ? AND handle < ? ORDER BY handle LIMIT ?",
            row![&*beginning, after_all(&beginning), HANDLES],
        );
    }
    if look.is_empty() {
        return Ok(());
    }
    for row in look.fetch(database).await? {
        if let Some(score) = query.known_as(row.get(0)) {
            found.add(profile_id(&row, 1)?, score);
        }
    }
    Ok(())
}

/// Adds `before (VALUES (…),(…)) after`; nothing where there are no keys. The last key is repeated up to a power of
/// two, so that few texts occur.
fn among<const N: usize>(look: &mut Batch, before: &str, mut keys: Vec<[Value; N]>, after: &str) {
    let Some(last) = keys.last().cloned() else { return };
    keys.resize(keys.len().next_power_of_two(), last);
    let marks = format!("({})", ["?"; N].join(","));
    let rows = vec![marks; keys.len()].join(",");
    look.add_all(&format!("{before} (VALUES {rows}) {after}"), keys.into_iter().flatten().collect());
}

/// What stands after every text that begins with this one.
fn after_all(beginning: &str) -> String {
    format!("{beginning}{}", char::MAX)
}

/// The words that each typed word may mean, the likeliest first.
async fn meant(database: &mut Database, query: &Query) -> Result<Vec<Vec<(u32, String)>>, StoreError> {
    let mut meant = vec![Vec::new(); query.words.len()];
    let mut look = Batch::default();
    for (at, word) in query.words.iter().enumerate() {
        look.add(&format!("SELECT {at}, word FROM search_words WHERE word = ?"), row![&**word]);
        if query.begins(at) {
            look.add(
                &format!(
                    "SELECT {at}, word FROM search_words WHERE word > ? AND word < ? ORDER BY word LIMIT {BEGIN_SO}"
                ),
                row![&**word, after_all(word)],
            );
        }
        among(
            &mut look,
            &format!("SELECT {at}, word FROM search_deletions WHERE deletion IN"),
            lookups(word).into_iter().map(|deletion| row![deletion]).collect(),
            &format!("LIMIT {LIKE_IT}"),
        );
    }
    if look.is_empty() {
        return Ok(meant);
    }
    for row in look.fetch(database).await? {
        let at = usize::try_from(row.get::<i64, _>(0)).unwrap_or(0);
        let word: String = row.get(1);
        if let Some(score) = query.likeness(at, &word) {
            meant[at].push((score, word));
        }
    }
    for words in &mut meant {
        words.sort_by(|a, b| b.cmp(a));
        words.dedup();
        words.truncate(MEANT / query.words.len());
    }
    Ok(meant)
}

async fn names(database: &mut Database, query: &Query, found: &mut Candidates) -> Result<(), StoreError> {
    let meant = meant(database, query).await?;
    if meant.is_empty() || meant.iter().any(Vec::is_empty) {
        return Ok(());
    }
    let look = match &*meant {
        [words] => called_one(words),
        several => {
            let rarest = rarest(database, several).await?;
            called_all(several, rarest)
        }
    };
    let mut people = Vec::new();
    for row in look.fetch(database).await? {
        people.push(row![row.get::<String, _>(0)]);
    }
    let mut look = Batch::default();
    look.keyed("SELECT profile, terms FROM search_people WHERE profile IN", people);
    if look.is_empty() {
        return Ok(());
    }
    for row in look.fetch(database).await? {
        if let Some(score) = query.called(Terms::read(row.get(1)).words.iter()) {
            found.add(profile_id(&row, 0)?, score);
        }
    }
    Ok(())
}

/// Who is called one of the words: first those who are called so exactly.
fn called_one(words: &[(u32, String)]) -> Batch {
    let mut look = Batch::default();
    for exact in [true, false] {
        let words = words.iter().filter(|(score, _)| (*score == THE_NAME) == exact);
        among(
            &mut look,
            "SELECT x.profile FROM (SELECT b.profile AS profile FROM search_bearers b WHERE b.word IN",
            words.map(|(_, word)| row![&**word]).collect(),
            &format!(
                "LIMIT {NAMESAKES}) x JOIN profiles p ON p.id = x.profile ORDER BY p.active_at DESC LIMIT {PEOPLE}"
            ),
        );
    }
    look
}

/// Who is called one of the words of each list, looked for among those who are called one of the rarest.
fn called_all(meant: &[Vec<(u32, String)>], rarest: usize) -> Batch {
    let rows = meant.iter().enumerate().flat_map(|(at, words)| {
        words.iter().map(move |(_, word)| row![i64::try_from(at).unwrap_or(i64::MAX), &**word])
    });
    let others = (0..meant.len()).filter(|at| *at != rarest).map(|at| {
        format!(
            "EXISTS (SELECT 1 FROM q JOIN search_bearers c ON c.word = q.word WHERE q.slot = {at} \
             AND c.profile = x.profile)"
        )
    });
    let mut look = Batch::default();
    among(
        &mut look,
        "WITH q (slot, word) AS",
        rows.collect(),
        &format!(
            "SELECT x.profile FROM (SELECT DISTINCT b.profile AS profile FROM q JOIN search_bearers b ON b.word = q.word \
             WHERE q.slot = {rarest} LIMIT {CROWD}) x JOIN profiles p ON p.id = x.profile WHERE {} \
             ORDER BY p.active_at DESC LIMIT {PEOPLE}",
            others.collect::<Vec<_>>().join(" AND ")
        ),
    );
    look
}

/// The list whose words the fewest people bear.
async fn rarest(database: &mut Database, meant: &[Vec<(u32, String)>]) -> Result<usize, StoreError> {
    let mut look = Batch::default();
    for (at, words) in meant.iter().enumerate() {
        among(
            &mut look,
            &format!(
                "SELECT {at}, count(*) FROM (SELECT b.word AS word FROM search_bearers b WHERE b.word IN"
            ),
            words.iter().map(|(_, word)| row![&**word]).collect(),
            &format!("LIMIT {COUNTED}) x"),
        );
    }
    let counts = look.fetch(database).await?;
    let least = counts.iter().min_by_key(|row| row.get::<i64, _>(1)).map_or(0, |row| row.get::<i64, _>(0));
    Ok(usize::try_from(least).unwrap_or(0))
}

async fn records(database: &mut Database, query: &Query, found: &mut Candidates) -> Result<(), StoreError> {
    let columns = "r.connection, r.kind, r.vendor_id, r.name, r.changed_at, r.profile";
    let mut look = Batch::default();
    for name in &query.orders {
        look.add(
            &format!(
                "SELECT {columns} FROM records r WHERE r.kind = 'order' AND lower(r.name) = ? \
                 AND r.profile IS NOT NULL LIMIT {RECORDS}"
            ),
            row![&**name],
        );
    }
    for id in &query.ids {
        // By the key of the table: connections are few.
        look.add(
            &format!(
                "SELECT {columns} FROM connections c JOIN records r ON r.connection = c.id WHERE r.kind IN \
                 ('order', 'fulfilment', 'refund', 'cart', 'ticket', 'payment', 'subscription') \
                 AND r.vendor_id = ? AND r.profile IS NOT NULL LIMIT {RECORDS}"
            ),
            row![&**id],
        );
    }
    if look.is_empty() {
        return Ok(());
    }
    for row in look.fetch(database).await? {
        let fit = record(&row)?;
        let candidate = found.add(profile_id(&row, 5)?, THE_ORDER);
        if !candidate.records.contains(&fit) {
            candidate.records.push(fit);
        }
    }
    Ok(())
}

fn record(row: &Row) -> Result<Match, StoreError> {
    let connection: ConnectionId = row.get::<String, _>(0).parse().map_err(|e| corrupt("records")(&e))?;
    let record = RecordRef { connection, kind: row.get(1), vendor_id: row.get(2) };
    let name: String = row.get(3);
    let text = if name.is_empty() { record.vendor_id.clone() } else { name };
    Ok(Match { record: Some(record), at: Some(row.get(4)), ..Match::new(Place::Order, text, THE_ORDER) })
}

async fn messages(database: &mut Database, query: &Query, found: &mut Candidates) -> Result<(), StoreError> {
    let mut look = Batch::default();
    text::messages(&mut look, database.engine(), &query.said, query.said_open, MESSAGES);
    for row in look.fetch(database).await? {
        let message = row.get::<String, _>(0).parse().map_err(|e| corrupt("messages")(&e))?;
        let said = Said { message, state: row.get(1), at: row.get(3) };
        found.add(profile_id(&row, 2)?, A_MESSAGE).said.push(said);
    }
    Ok(())
}

fn shown_message(said: Said, words: &[String]) -> Result<Match, StoreError> {
    let state: MessageState = serde_json::from_str(&said.state).map_err(|e| corrupt("messages")(&e))?;
    let subject = state.content.as_ref().and_then(|content| content.message.subject.as_deref());
    let text =
        subject.map_or_else(|| state.text().to_owned(), |subject| format!("{subject}: {}", state.text()));
    Ok(Match {
        message: Some(said.message),
        at: Some(said.at),
        ..Match::new(Place::Message, snippet(&text, words), A_MESSAGE)
    })
}
