//! What people are searched by, as rows.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::super::StoreError;
use super::super::batch::{Batch, Value, row};
use super::super::engine::Database;
use super::super::error::corrupt;
use super::super::follow::Touched;
use super::text;
use crate::model::id::{MessageId, ProfileId};
use crate::model::identifier::Identifier;
use crate::model::message::MessageState;
use crate::model::search::{FIELDS, Terms, deletions, message_words};

/// How many rows are deleted at a time when the index is emptied.
const PART: u32 = 5_000;

/// What is to be written so that the index says of `touched` what the database says.
pub(in crate::store) async fn plan(database: &mut Database, touched: &Touched) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    people(database, &touched.people, &mut batch).await?;
    messages(database, &touched.messages, &mut batch).await?;
    Ok(batch)
}

/// Deletes a part of the index, in the transaction that is open; whether there may be more.
pub(in crate::store) async fn clear(database: &mut Database) -> Result<bool, StoreError> {
    for (table, key) in [
        ("search_people", "profile"),
        ("search_handles", "handle, profile"),
        ("search_words", "word"),
        ("search_deletions", "deletion, word"),
        ("search_bearers", "word, profile"),
        ("search_messages", "n"),
    ] {
        if table == "search_messages" {
            let mut batch = Batch::default();
            text::emptying(&mut batch, database.engine());
            batch.execute(database).await?;
        }
        let mut batch = Batch::default();
        batch.add(
            &format!("DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} LIMIT ?)"),
            row![PART],
        );
        if batch.execute(database).await? > 0 {
            return Ok(true);
        }
    }
    let mut batch = Batch::default();
    text::emptied(&mut batch, database.engine());
    batch.execute(database).await?;
    Ok(false)
}

/// Deletes everything that a person is found by, in the transaction that is open: their names and identifiers,
/// the words that nobody else bears, and the words of their messages. To be called before the person's messages
/// are deleted.
pub(in crate::store) async fn forget(database: &mut Database, profile: &ProfileId) -> Result<(), StoreError> {
    let mut look = Batch::default();
    look.add("SELECT terms FROM search_people WHERE profile = ?", row![profile.as_str()]);
    let have = look.fetch(database).await?.first().map(|row| Terms::read(row.get(0))).unwrap_or_default();
    let mut batch = Batch::default();
    let mut changes = Changes::default();
    changes.person(profile, &have, &Terms::default());
    changes.write(&mut batch, &HashSet::new());
    batch.add(
        "DELETE FROM search_messages WHERE message IN (SELECT id FROM messages WHERE profile = ?)",
        row![profile.as_str()],
    );
    batch.execute(database).await.map(drop)
}

/// What changes for people.
#[derive(Default)]
struct Changes {
    people: Vec<[Value; 2]>,
    gone: Vec<[Value; 1]>,
    bearers: Vec<[Value; 2]>,
    no_bearers: Vec<[Value; 2]>,
    handles: Vec<[Value; 2]>,
    no_handles: Vec<[Value; 2]>,
    /// Words that somebody bears from now on, and that somebody bears no longer.
    words: BTreeSet<String>,
    no_words: BTreeSet<String>,
}

impl Changes {
    /// A person is found by other terms than before.
    fn person(&mut self, profile: &ProfileId, have: &Terms, want: &Terms) {
        let profile = profile.as_str();
        if want.is_empty() {
            self.gone.push(row![profile]);
        } else {
            self.people.push(row![profile, want.to_string()]);
        }
        for word in want.words.difference(&have.words) {
            self.bearers.push(row![&**word, profile]);
            self.words.insert(word.clone());
        }
        for word in have.words.difference(&want.words) {
            self.no_bearers.push(row![&**word, profile]);
            self.no_words.insert(word.clone());
        }
        self.handles.extend(want.handles.difference(&have.handles).map(|handle| row![&**handle, profile]));
        self.no_handles.extend(have.handles.difference(&want.handles).map(|handle| row![&**handle, profile]));
    }

    /// Everything as statements; `known` are words that are in the vocabulary already.
    fn write(self, batch: &mut Batch, known: &HashSet<String>) {
        batch.rows(
            "INSERT INTO search_people",
            self.people,
            "ON CONFLICT (profile) DO UPDATE SET terms = excluded.terms",
        );
        batch.keyed("DELETE FROM search_people WHERE profile IN", self.gone);
        batch.rows("INSERT INTO search_handles", self.handles, "ON CONFLICT (handle, profile) DO NOTHING");
        batch.keyed("DELETE FROM search_handles WHERE (handle, profile) IN", self.no_handles);
        batch.rows("INSERT INTO search_bearers", self.bearers, "ON CONFLICT (word, profile) DO NOTHING");
        batch.keyed("DELETE FROM search_bearers WHERE (word, profile) IN", self.no_bearers);
        let under = |word: &String| {
            deletions(word).into_iter().map(|deletion| row![deletion, &**word]).collect::<Vec<_>>()
        };
        let new: Vec<&String> = self.words.iter().filter(|word| !known.contains(*word)).collect();
        batch.rows(
            "INSERT INTO search_words",
            new.iter().map(|word| row![word.as_str()]).collect(),
            "ON CONFLICT (word) DO NOTHING",
        );
        batch.rows(
            "INSERT INTO search_deletions",
            new.into_iter().flat_map(under).collect(),
            "ON CONFLICT (deletion, word) DO NOTHING",
        );
        // A word that nobody bears any more says who was here: it goes.
        batch.keyed(
            "DELETE FROM search_words WHERE NOT EXISTS (SELECT 1 FROM search_bearers b WHERE b.word = search_words.word) \
             AND word IN",
            self.no_words.iter().map(|word| row![&**word]).collect(),
        );
        batch.keyed(
            "DELETE FROM search_deletions WHERE NOT EXISTS (SELECT 1 FROM search_words w \
             WHERE w.word = search_deletions.word) AND (deletion, word) IN",
            self.no_words.iter().flat_map(under).collect(),
        );
    }
}

/// What people are found by from now on.
async fn people(
    database: &mut Database,
    people: &BTreeSet<ProfileId>,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let keys = || people.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
    let fields = FIELDS.map(|field| format!("'{field}'")).join(", ");
    let mut look = Batch::default();
    look.keyed("SELECT 0, profile, terms, '' FROM search_people WHERE profile IN", keys());
    look.keyed("SELECT 1, profile, namespace, value FROM identifiers WHERE profile IN", keys());
    look.keyed("SELECT 2, profile, namespace, value FROM claims WHERE profile IN", keys());
    look.keyed(
        &format!("SELECT 3, profile, '', value FROM attributes WHERE field IN ({fields}) AND profile IN"),
        keys(),
    );
    if look.is_empty() {
        return Ok(());
    }
    let mut have: BTreeMap<String, String> = BTreeMap::new();
    let mut want: BTreeMap<String, Terms> = BTreeMap::new();
    let mut claims = Vec::new();
    for row in look.fetch(database).await? {
        let profile: String = row.get(1);
        match row.get::<i64, _>(0) {
            0 => {
                have.insert(profile, row.get(2));
            }
            3 => want.entry(profile).or_default().add_name(row.get(3)),
            kind => {
                let identifier = Identifier { namespace: row.get(2), value: row.get(3) };
                if kind == 1 {
                    want.entry(profile).or_default().add_identifier(&identifier);
                } else {
                    claims.push((profile, identifier));
                }
            }
        }
    }
    for (profile, identifier) in claims {
        want.entry(profile).or_default().add_claim(&identifier);
    }
    let mut changes = Changes::default();
    for id in people {
        let want = want.remove(id.as_str()).unwrap_or_default();
        let have = have.get(id.as_str());
        if have.map_or(want.is_empty(), |have| *have == want.to_string()) {
            continue;
        }
        changes.person(id, &have.map(|have| Terms::read(have)).unwrap_or_default(), &want);
    }
    let mut look = Batch::default();
    look.keyed(
        "SELECT word FROM search_words WHERE word IN",
        changes.words.iter().map(|word| row![&**word]).collect(),
    );
    let known = match look.is_empty() {
        true => HashSet::new(),
        false => look.fetch(database).await?.iter().map(|row| row.get(0)).collect(),
    };
    changes.write(batch, &known);
    Ok(())
}

/// What messages are found by from now on.
async fn messages(
    database: &mut Database,
    messages: &BTreeSet<MessageId>,
    batch: &mut Batch,
) -> Result<(), StoreError> {
    let keys = |ids: &BTreeSet<String>| ids.iter().map(|id| row![&**id]).collect::<Vec<_>>();
    let mut ids: BTreeSet<String> = messages.iter().map(ToString::to_string).collect();
    let mut look = Batch::default();
    look.keyed("SELECT message FROM message_aliases WHERE id IN", keys(&ids));
    if look.is_empty() {
        return Ok(());
    }
    // Both: what was said under the vendor's id is the hub's own message now.
    ids.extend(look.fetch(database).await?.iter().map(|row| row.get::<String, _>(0)));
    let mut look = Batch::default();
    look.keyed("SELECT 0, message, words FROM search_messages WHERE message IN", keys(&ids));
    look.keyed("SELECT 1, id, state FROM messages WHERE at IS NOT NULL AND id IN", keys(&ids));
    look.add("SELECT 2, coalesce(max(n), 0) FROM search_messages", row![]);
    let mut last = 0_i64;
    let mut have: BTreeMap<String, String> = BTreeMap::new();
    let mut want: BTreeMap<String, String> = BTreeMap::new();
    for row in look.fetch(database).await? {
        match row.get::<i64, _>(0) {
            0 => {
                have.insert(row.get(1), row.get(2));
                continue;
            }
            2 => {
                last = row.get(1);
                continue;
            }
            _ => {}
        }
        let state: MessageState = serde_json::from_str(row.get(2)).map_err(|e| corrupt("messages")(&e))?;
        let words = words(&state);
        if !words.is_empty() {
            want.insert(row.get(1), words);
        }
    }
    let gone =
        have.iter().filter(|(id, words)| want.get(*id) != Some(*words)).map(|(id, _)| row![&**id]).collect();
    want.retain(|id, words| have.get(id) != Some(words));
    batch.keyed("DELETE FROM search_messages WHERE message IN", gone);
    // What has other words now gets another place, for a row must not be rewritten in a statement that adds others:
    // SQLite's full text, where what is deleted leaves nothing (`secure-delete`) and no positions are kept
    // (`detail = 'none'`), then loses the rows after it for the words that it had and has (3.51.3, where
    // `fts5FlushOneHash` stops reading).
    let rows = (last + 1..).zip(want).map(|(n, (id, words))| row![n, id, words]);
    batch.rows("INSERT INTO search_messages (n, message, words)", rows.collect(), "");
    Ok(())
}

/// The words that a message is found by: of its text and its subject, while it is not taken back.
fn words(message: &MessageState) -> String {
    let Some(content) = message.content.as_ref().filter(|_| message.deleted_at.is_none()) else {
        return String::new();
    };
    let subject = content.message.subject.as_deref().unwrap_or_default();
    message_words(&format!("{subject} {}", message.text())).into_iter().collect::<Vec<_>>().join(" ")
}
