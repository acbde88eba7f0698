//! Sessions: browsers in which somebody is signed in, each known by 256 random bits of which only the hash is kept.

use super::accounts::{COLUMNS, TABLES, read};
use super::batch::{Batch, row};
use super::engine::Row;
use super::error::corrupt;
use super::links::{hash, secret};
use super::{Audit, Store, StoreError};
use crate::model::account::Account;
use crate::model::id::{AccountId, SessionId};

/// How often it is written down that a session is used, in milliseconds.
const SEEN: i64 = 60_000;

/// The longest description of a browser that is kept, in characters.
const BROWSER: usize = 200;

/// How long sessions last, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Without being used.
    pub idle: i64,
    /// In all.
    pub most: i64,
    /// Until the second factor is shown.
    pub half: i64,
}

/// What is still to be done in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing: somebody is signed in.
    Whole,
    /// The password was right; the second factor is still to be shown.
    Factor,
    /// Signed in, and a second factor must be set up before anything else.
    Enrol,
}

impl Stage {
    const ALL: [Self; 3] = [Self::Whole, Self::Factor, Self::Enrol];

    fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Factor => "factor",
            Self::Enrol => "enrol",
        }
    }
}

/// A browser of somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// What is still to be done.
    pub stage: Stage,
    /// What the browser calls itself.
    pub browser: String,
    /// When it began: milliseconds since the epoch, UTC.
    pub created_at: i64,
    /// When it was last used, to the minute: milliseconds since the epoch, UTC.
    pub seen_at: i64,
}

fn session(row: &Row) -> Result<Session, StoreError> {
    let bad = corrupt("sessions");
    let stage: &str = row.get(1);
    Ok(Session {
        id: row.get::<String, _>(0).parse().map_err(|e| bad(&e))?,
        stage: Stage::ALL
            .into_iter()
            .find(|known| known.as_str() == stage)
            .ok_or_else(|| bad(&"an unknown stage"))?,
        browser: row.get(2),
        created_at: row.get(3),
        seen_at: row.get(4),
    })
}

impl SessionLimits {
    /// Whether a session still counts.
    fn hold(&self, session: &Session, now: i64) -> bool {
        let half = session.stage == Stage::Factor && now >= session.created_at.saturating_add(self.half);
        !half
            && now < session.created_at.saturating_add(self.most)
            && now < session.seen_at.saturating_add(self.idle)
    }
}

impl Store {
    /// Begins a session of an account that proved itself; the text that its browser keeps. `how` says by what, for
    /// the audit log, where nothing is left to be shown.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn begin_session(
        &self,
        account: &AccountId,
        stage: Stage,
        browser: &str,
        limits: SessionLimits,
        how: &str,
    ) -> Result<String, StoreError> {
        let ambient = &self.inner.ambient;
        let (secret, now) = (secret(ambient), ambient.now_ms());
        let id = SessionId::random(ambient.random16());
        let browser: String = browser.chars().filter(|c| !c.is_control()).take(BROWSER).collect();
        let mut batch = Batch::default();
        batch.add(
            "DELETE FROM sessions WHERE created_at <= ? OR seen_at <= ?",
            row![now.saturating_sub(limits.most), now.saturating_sub(limits.idle)],
        );
        if stage != Stage::Factor {
            batch.add("UPDATE accounts SET seen_at = ? WHERE id = ?", row![now, account.as_str()]);
            let audit = Audit { who: account.to_string(), action: "signed-in", detail: how.to_owned() };
            audit.write(&mut batch, now, account.as_str());
        }
        batch.add(
            "INSERT INTO sessions (hash, id, account, stage, browser, created_at, seen_at) VALUES (?,?,?,?,?,?,?)",
            row![hash(&secret), id.as_str(), account.as_str(), stage.as_str(), browser, now, now],
        );
        self.write(batch).await?;
        Ok(secret)
    }

    /// Whose session that text is, if it still counts; notes now and then that it is used.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn session_by_secret(
        &self,
        secret: &str,
        limits: SessionLimits,
    ) -> Result<Option<(Session, Account)>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "SELECT s.id, s.stage, s.browser, s.created_at, s.seen_at, {COLUMNS} FROM {TABLES} \
                 JOIN sessions s ON s.account = a.id WHERE s.hash = ? AND a.disabled_at IS NULL"
            ),
            row![hash(secret)],
        );
        let rows = self.read(batch).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (session, account, now) = (session(row)?, read(row, 5)?, self.inner.ambient.now_ms());
        if !limits.hold(&session, now) {
            return Ok(None);
        }
        if now >= session.seen_at.saturating_add(SEEN) {
            let mut batch = Batch::default();
            batch.add("UPDATE sessions SET seen_at = ? WHERE hash = ?", row![now, self::hash(secret)]);
            batch.add("UPDATE accounts SET seen_at = ? WHERE id = ?", row![now, account.id.as_str()]);
            // A hub that cannot write now still shows what there is.
            if let Err(error) = self.write(batch).await {
                tracing::debug!(%error, "it was not noted that a session is used");
            }
        }
        Ok(Some((session, account)))
    }

    /// The sessions of an account that still count, the one used last first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions(
        &self,
        account: &AccountId,
        limits: SessionLimits,
    ) -> Result<Vec<Session>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT id, stage, browser, created_at, seen_at FROM sessions WHERE account = ? \
             ORDER BY seen_at DESC, id",
            row![account.as_str()],
        );
        let now = self.inner.ambient.now_ms();
        let all: Result<Vec<_>, _> = self.read(batch).await?.iter().map(session).collect();
        Ok(all?.into_iter().filter(|one| limits.hold(one, now)).collect())
    }

    /// Ends a session of an account's; says whether there was one.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn end_session(&self, account: &AccountId, id: &SessionId) -> Result<bool, StoreError> {
        let mut batch = Batch::default();
        batch.add("DELETE FROM sessions WHERE id = ? AND account = ?", row![id.as_str(), account.as_str()]);
        Ok(self.write(batch).await? > 0)
    }

    /// Ends the session of that text, where there is one.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn end_session_by_secret(&self, secret: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add("DELETE FROM sessions WHERE hash = ?", row![hash(secret)]);
        self.write(batch).await.map(drop)
    }

    /// Ends every session of an account. `by` did it.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn end_sessions(&self, account: &AccountId, by: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let audit = Audit { who: by.to_owned(), action: "signed-out-everywhere", detail: String::new() };
        audit.write(&mut batch, self.inner.ambient.now_ms(), account.as_str());
        super::accounts::end_sessions(&mut batch, account);
        self.write(batch).await.map(drop)
    }
}
