//! Suggestions: who may be one person, found by an index that follows what is stored, and decided by people.
//!
//! The index keeps nothing that could be read: keys are hidden with the installation's secret, and a suggestion
//! is two ids and a number. Its reasons are made when it is shown, so they tell what is known now.

mod apart;
mod index;
mod keys;
mod people;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;

use super::batch::{Batch, row};
use super::decide::{Decided, Undecidable};
use super::engine::{Database, Row};
use super::error::corrupt;
use super::follow::moved;
use super::profiles::{current, profile_id};
use super::{Page, PageRequest, Store, StoreError};
use crate::model::event::Verdict;
use crate::model::id::{ProfileId, SuggestionId};
use crate::model::suggest::{Field, Level, Said, compare};

pub(super) use index::clear;
use index::{Plan, Rule};

/// That two people may be one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// Its id: the same two people always have the same.
    pub id: SuggestionId,
    /// How likely the two are one person, 0 to 1.
    pub score: f64,
    /// The same in a word: `almost certain` from 0.99 on, `likely` from 0.9 on, else `possible`.
    pub sure: &'static str,
    /// What speaks for it, in bits, less what speaks against: suggestions are ranked by it.
    pub bits: f64,
    /// The two.
    pub people: [Suggested; 2],
    /// Why, the strongest first; what speaks against stands among it.
    pub reasons: Vec<Grounds>,
    /// When it was found: milliseconds since the epoch, UTC.
    pub found_at: i64,
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggested {
    /// Who.
    pub profile: ProfileId,
    /// What the person is called, where anybody said.
    pub name: Option<String>,
}

/// A reason for or against, and where both values come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Grounds {
    /// What was compared.
    pub field: Field,
    /// How far it agrees.
    pub level: Level,
    /// What that is worth, in bits: above zero it speaks for one person, below against.
    pub bits: f64,
    /// The reason in words.
    pub text: String,
    /// Who says so of each of the two, the latest first.
    pub said: [Vec<Said>; 2],
}

/// A row of the table.
struct Found {
    id: SuggestionId,
    a: ProfileId,
    b: ProfileId,
    rank: i64,
    found_at: i64,
}

/// The index's name among those that follow the log.
pub(super) const NAME: &str = "suggestions";

/// The shape of the index; another one has it built anew.
const SHAPE: i64 = 1;

/// The version of the index for a limit (`identity.people_per_key`): with another limit it is another index.
pub(super) fn version(people_per_key: u32) -> i64 {
    SHAPE << 32 | i64::from(people_per_key)
}

/// What is to be written so that index and suggestions say of people what the database says now.
pub(super) async fn plan(
    store: &Store,
    database: &mut Database,
    people: &BTreeSet<ProfileId>,
) -> Result<Batch, StoreError> {
    let rule = Rule {
        key: store.inner.key.clone(),
        people_per_key: store.inner.people_per_key,
        now: store.inner.ambient.now_ms(),
    };
    let Plan { batch, people, compared } = index::plan(database, &rule, people).await?;
    if people > 0 {
        tracing::debug!(people, compared, "suggestions were found anew");
    }
    Ok(batch)
}

/// Deletes what the index holds of a person, in the transaction that is open. Whom that concerns is looked at
/// anew by whoever follows.
pub(super) async fn forget(database: &mut Database, profile: &ProfileId) -> Result<(), StoreError> {
    let mut look = Batch::default();
    look.add("SELECT version FROM followers WHERE name = ?", row![NAME]);
    let version = look.fetch(database).await?.first().map_or(0, |row| row.get::<i64, _>(0));
    // The limit that the index was made with. One that is being emptied has none, and concerns nobody.
    let people_per_key = u32::try_from(version & i64::from(u32::MAX)).unwrap_or(u32::MAX);
    let concerned = index::forget(database, people_per_key, profile).await?;
    let mut batch = Batch::default();
    moved(&mut batch, concerned.iter().map(ProfileId::as_str));
    if !batch.is_empty() {
        batch.execute(database).await?;
    }
    Ok(())
}

/// The columns that [`found`] reads; both people are still there.
const COLUMNS: &str = "s.id, s.a, s.b, s.bits, s.found_at FROM suggestions s JOIN profiles x ON x.id = s.a \
    JOIN profiles y ON y.id = s.b";

fn found(row: &Row) -> Result<Found, StoreError> {
    Ok(Found {
        id: row.get::<String, _>(0).parse().map_err(|e| corrupt("suggestions")(&e))?,
        a: profile_id(row, 1)?,
        b: profile_id(row, 2)?,
        rank: row.get(3),
        found_at: row.get(4),
    })
}

impl Store {
    /// Suggestions, the surest first.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn suggestions(&self, page: &PageRequest) -> Result<Page<Suggestion>, StoreError> {
        let (bits, id) = page.after()?.unwrap_or((i64::MAX, String::new()));
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "SELECT {COLUMNS} WHERE (s.bits, s.id) < (?, ?) ORDER BY s.bits DESC, s.id DESC LIMIT ?"
            ),
            row![bits, id, page.rows()],
        );
        let mut database = self.inner.readers.begin().await?;
        listed(&mut database, batch, page).await
    }

    /// Suggestions of one person, the surest first; a former id finds the person it became part of.
    ///
    /// # Errors
    /// When the cursor is none, or the database cannot be read.
    pub async fn suggestions_of(
        &self,
        profile: &ProfileId,
        page: &PageRequest,
    ) -> Result<Page<Suggestion>, StoreError> {
        let (bits, id) = page.after()?.unwrap_or((i64::MAX, String::new()));
        let mut database = self.inner.readers.begin().await?;
        let Some(profile) = current(&mut database, profile.as_str()).await? else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let mut batch = Batch::default();
        let one = |side| format!("SELECT {COLUMNS} WHERE s.{side} = ? AND (s.bits, s.id) < (?, ?)");
        batch.add(
            &format!("SELECT * FROM ({} UNION ALL {}) f ORDER BY 4 DESC, 1 DESC LIMIT ?", one("a"), one("b")),
            row![profile.as_str(), bits, id.as_str(), profile.as_str(), bits, id.as_str(), page.rows()],
        );
        listed(&mut database, batch, page).await
    }

    /// Decides that the two of a suggestion are one person.
    ///
    /// # Errors
    /// `Ok(Err(…))` when there is no such suggestion; [`StoreError`] when it cannot be committed now.
    pub async fn confirm_suggestion(
        &self,
        id: &SuggestionId,
        by: &str,
        reason: Option<String>,
    ) -> Result<Result<Decided, Undecidable>, StoreError> {
        match self.suggested(id).await? {
            Some((left, right)) => self.decide(by, reason, Verdict::Merge { left, right }).await,
            None => Ok(Err(Undecidable::NoSuggestion(id.clone()))),
        }
    }

    /// Decides that the two of a suggestion are two people: neither is suggested to be the other again, whoever
    /// they are merged with, until the decision is undone.
    ///
    /// # Errors
    /// `Ok(Err(…))` when there is no such suggestion; [`StoreError`] when it cannot be committed now.
    pub async fn reject_suggestion(
        &self,
        id: &SuggestionId,
        by: &str,
        reason: Option<String>,
    ) -> Result<Result<Decided, Undecidable>, StoreError> {
        let Some((left, right)) = self.suggested(id).await? else {
            return Ok(Err(Undecidable::NoSuggestion(id.clone())));
        };
        let (left, right) = (self.all_names(left).await?, self.all_names(right).await?);
        self.decide(by, reason, Verdict::Apart { left, right }).await
    }

    /// Every name of a person as decisions name it, so that one holds whichever of them are parted later.
    async fn all_names(&self, person: ProfileId) -> Result<Vec<ProfileId>, StoreError> {
        let names = self.names_of(&person).await?.into_iter().map(|(_, name)| name);
        let names: BTreeSet<ProfileId> = names.chain([person]).collect();
        Ok(names.into_iter().collect())
    }

    /// The two of a suggestion.
    async fn suggested(&self, id: &SuggestionId) -> Result<Option<(ProfileId, ProfileId)>, StoreError> {
        let mut batch = Batch::default();
        batch.add(&format!("SELECT {COLUMNS} WHERE s.id = ?"), row![id.as_str()]);
        let row = self.read(batch).await?;
        row.first().map(|row| found(row).map(|found| (found.a, found.b))).transpose()
    }
}

/// Reads a page, and compares the people on it to say why.
async fn listed(
    database: &mut Database,
    batch: Batch,
    page: &PageRequest,
) -> Result<Page<Suggestion>, StoreError> {
    let rows = batch.fetch(database).await?;
    let rows = rows.iter().map(found).collect::<Result<Vec<_>, _>>()?;
    let Page { items, next } = Page::of(rows, page, |found| (found.rank, found.id.to_string()));
    let weights = index::weights(keys::highest(database).await?);
    let ids: BTreeSet<ProfileId> = items.iter().flat_map(|found| [&found.a, &found.b]).cloned().collect();
    let mut people = people::load(database, &ids).await?;
    people::tell_sources(database, &mut people).await?;
    let mut suggestions = Vec::with_capacity(items.len());
    for Found { id, a, b, found_at, .. } in items {
        let (Some(one), Some(other)) = (people.get(&a), people.get(&b)) else { continue };
        let found = compare(&one.facts(), &other.facts(), &weights);
        let reasons = found.reasons.iter().map(|reason| Grounds {
            field: reason.field,
            level: reason.level,
            bits: reason.bits,
            text: reason.text.clone(),
            said: [said(one, &reason.by[0]), said(other, &reason.by[1])],
        });
        suggestions.push(Suggestion {
            id,
            score: found.score,
            sure: found.sure(),
            bits: found.bits,
            people: [one, other].map(|person| Suggested { profile: person.id.clone(), name: person.name() }),
            reasons: reasons.collect(),
            found_at,
        });
    }
    Ok(Page { items: suggestions, next })
}

/// Who says so, the latest first.
fn said(person: &people::Person, by: &[u32]) -> Vec<Said> {
    let all: Vec<&Said> = person.said().collect();
    let mut said: Vec<Said> =
        by.iter().filter_map(|at| all.get(*at as usize)).map(|said| (*said).clone()).collect();
    said.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.cmp(b)));
    said.dedup();
    said
}
