//! Who may change what at the same time, where several processes write: on PostgreSQL.
//!
//! SQLite has one writer, and none of this. On PostgreSQL every change holds one of two locks until it is
//! committed. What is *alone* waits until no other change is under way, and keeps others out: decisions,
//! folding people anew, whatever reads much and then writes. What is *beside* others goes on with them: a
//! group of events, and changes of single rows. Two groups that name the same, or the same people, still go
//! one after the other: each first locks the names that its events say, then whoever has them by then. So
//! nobody waits for a person that is none of theirs, and a person's events are numbered in the order of their
//! commits.
//!
//! Every statement sees what was committed before it began (`READ COMMITTED`), so what is read under a lock
//! is up to date. The locks are the database's own, end with the transaction and with its process, and are
//! taken in the order of their numbers, so that two groups cannot wait for each other.

use std::collections::BTreeSet;

use super::StoreError;
use super::batch::{Batch, row};
use super::engine::{Database, Engine};

/// Tags of what is locked, in the first 16 bits of a number.
const WHOLE: i64 = 0x5342 << 48;
const NAME: i64 = 0x5343 << 48;
const PERSON: i64 = 0x5344 << 48;
/// Places in the log that are being taken: see [`super::order`].
pub(super) const PLACES: i64 = 0x5345 << 48;
/// What one process does for all of them: see [`super::lead`].
pub(super) const DUTY: i64 = 0x5346 << 48;

/// How a change stands to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// No other change goes on meanwhile.
    Alone,
    /// Others go on, of other rows.
    Beside,
}

/// Begins a transaction that writes.
pub(super) async fn begin(database: &mut Database, stand: Stand) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    batch.begin();
    if database.engine() == Engine::Postgres {
        match stand {
            Stand::Alone => batch.add("SELECT pg_advisory_xact_lock(?)", row![WHOLE]),
            Stand::Beside => batch.add("SELECT pg_advisory_xact_lock_shared(?)", row![WHOLE]),
        }
    }
    batch.execute(database).await.map(drop)
}

/// Names to lock, and those that are locked.
#[derive(Default)]
pub(super) struct Locks {
    held: BTreeSet<i64>,
    wanted: BTreeSet<i64>,
}

impl Locks {
    /// Wants a name: an identifier's, a message's, a record's, an intent's, a delivery's, in a space of its own.
    pub(super) fn name(&mut self, space: &str, name: &str) {
        self.want(number(NAME, space, name));
    }

    /// Wants a person.
    pub(super) fn person(&mut self, id: &str) {
        self.want(number(PERSON, "", id));
    }

    fn want(&mut self, number: i64) {
        if !self.held.contains(&number) {
            self.wanted.insert(number);
        }
    }

    /// Takes what is wanted, in order; says whether there was anything. Nothing on SQLite.
    pub(super) async fn take(&mut self, database: &mut Database) -> Result<bool, StoreError> {
        let wanted = std::mem::take(&mut self.wanted);
        if wanted.is_empty() || database.engine() == Engine::Sqlite {
            return Ok(false);
        }
        let numbers = wanted.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let mut batch = Batch::default();
        batch.add(
            "SELECT count(pg_advisory_xact_lock(CAST(number AS BIGINT))) \
             FROM unnest(string_to_array(?, ',')) WITH ORDINALITY AS wanted (number, n)",
            row![numbers],
        );
        batch.execute(database).await?;
        self.held.extend(wanted);
        Ok(true)
    }
}

/// The number of a name: FNV-1a, which every version of the program works out alike
/// (<http://www.isthe.com/chongo/tech/comp/fnv/>). Two names of one number only wait for each other.
pub(super) fn number(tag: i64, space: &str, name: &str) -> i64 {
    let bytes = space.bytes().chain([0]).chain(name.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    tag | i64::try_from(hash & 0xffff_ffff_ffff).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_same_number_for_ever_and_another_one_in_another_space() {
        assert_eq!(number(NAME, "", "a") & 0xffff_ffff_ffff, number(PERSON, "", "a") & 0xffff_ffff_ffff);
        assert_ne!(number(NAME, "", "a"), number(PERSON, "", "a"));
        assert_ne!(number(NAME, "message", "a"), number(NAME, "record", "a"));
        assert_eq!(number(NAME, "message", "a") >> 48, 0x5343);
    }
}
