//! What vendors ask on behalf of people, until it is answered.

use serde::Serialize;

use super::audit::Audit;
use super::batch::{Batch, row};
use super::error::corrupt;
use super::profiles::current;
use super::{Store, StoreError};
use crate::model::event::PrivacyRight;
use crate::model::id::{ConnectionId, EventId, ProfileId};
use crate::store::engine::Row;

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestState {
    /// The hub has not come to it yet.
    Queued,
    /// A person has to answer it.
    Waiting,
    /// It is answered.
    Done,
}

impl RequestState {
    const ALL: [Self; 3] = [Self::Queued, Self::Waiting, Self::Done];

    /// The word the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::Done => "done",
        }
    }
}

/// What a vendor asks on behalf of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AskedRight {
    /// The event that asks; it names the request.
    pub event: EventId,
    /// Who asks.
    pub connection: ConnectionId,
    /// Which right.
    pub asks: PrivacyRight,
    /// How far it has come.
    pub state: RequestState,
    /// When it came: milliseconds since the epoch, UTC.
    pub received_at: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// Of whom, as they are now; `None` where nobody is left.
    pub profile: Option<ProfileId>,
    /// What came of it, in words that name nobody.
    pub outcome: Option<String>,
    /// When it was answered: milliseconds since the epoch, UTC.
    pub done_at: Option<i64>,
}

const COLUMNS: &str = "r.event, r.connection, r.asks, r.state, r.received_at, r.attempts, coalesce(e.profile, r.profile), \
    r.outcome, r.done_at FROM privacy_requests r LEFT JOIN events e ON e.id = r.event";

fn read(row: &Row) -> Result<AskedRight, StoreError> {
    let bad = corrupt("privacy_requests");
    let state: &str = row.get(3);
    Ok(AskedRight {
        event: row.get::<String, _>(0).parse().map_err(|e| bad(&e))?,
        connection: row.get::<String, _>(1).parse().map_err(|e| bad(&e))?,
        asks: PrivacyRight::from_name(row.get(2)).ok_or_else(|| bad(&"an unknown right"))?,
        state: RequestState::ALL
            .into_iter()
            .find(|known| known.as_str() == state)
            .ok_or_else(|| bad(&"an unknown state"))?,
        received_at: row.get(4),
        attempts: u32::try_from(row.get::<i64, _>(5)).unwrap_or(u32::MAX),
        profile: row.get::<Option<String>, _>(6).map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        outcome: row.get(7),
        done_at: row.get(8),
    })
}

impl Store {
    /// Up to `limit` requests that the hub has to carry out now, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn due_requests(&self, limit: u32) -> Result<Vec<AskedRight>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            &format!("SELECT {COLUMNS} WHERE r.state = 'queued' AND r.due_at <= ? ORDER BY r.due_at LIMIT ?"),
            row![self.inner.ambient.now_ms(), limit],
        );
        self.asked(batch).await
    }

    /// Requests in some state or in all, the newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn privacy_requests(
        &self,
        state: Option<RequestState>,
        limit: u32,
    ) -> Result<Vec<AskedRight>, StoreError> {
        let mut batch = Batch::default();
        let which = state.map_or_else(String::new, |state| format!("WHERE r.state = '{}' ", state.as_str()));
        batch.add(&format!("SELECT {COLUMNS} {which}ORDER BY r.n DESC LIMIT ?"), row![limit]);
        self.asked(batch).await
    }

    async fn asked(&self, batch: Batch) -> Result<Vec<AskedRight>, StoreError> {
        let mut found = self.read(batch).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut database = self.inner.readers.acquire().await?;
        for request in &mut found {
            if let Some(id) = request.profile.take() {
                request.profile = current(&mut database, id.as_str()).await?;
            }
        }
        Ok(found)
    }

    /// Notes what came of a request, for the audit log, too. `subject` is whom it was about.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn settle_request(
        &self,
        event: &EventId,
        state: RequestState,
        outcome: &str,
        subject: &str,
        audit: Audit,
    ) -> Result<(), StoreError> {
        let now = self.inner.ambient.now_ms();
        let done = (state == RequestState::Done).then_some(now);
        let mut batch = Batch::default();
        audit.write(&mut batch, now, subject);
        batch.add(
            "UPDATE privacy_requests SET state = ?, outcome = ?, done_at = ?, attempts = attempts + 1 WHERE event = ?",
            row![state.as_str(), outcome, done, event.as_str()],
        );
        self.write(batch).await.map(drop)
    }

    /// Tries a request again at a time, in milliseconds since the epoch, UTC.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn retry_request(&self, event: &EventId, at: i64) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "UPDATE privacy_requests SET due_at = ?, attempts = attempts + 1 WHERE event = ? AND state = 'queued'",
            row![at, event.as_str()],
        );
        self.write(batch).await.map(drop)
    }

    /// Notes that a person answered a request. Says whether it waited for that.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn answer_request(&self, event: &EventId, by: &str) -> Result<bool, StoreError> {
        let waits = self.privacy_requests(Some(RequestState::Waiting), u32::MAX).await?;
        let Some(request) = waits.into_iter().find(|request| request.event == *event) else {
            return Ok(false);
        };
        let subject = request.profile.as_ref().map_or(event.as_str(), ProfileId::as_str);
        let audit =
            Audit { who: by.to_owned(), action: "privacy-request-answered", detail: event.to_string() };
        let outcome = request.outcome.as_deref().unwrap_or_default();
        self.settle_request(event, RequestState::Done, outcome, subject, audit).await?;
        Ok(true)
    }
}
