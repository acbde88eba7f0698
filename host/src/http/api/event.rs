//! Events as they happen, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event as Line, Sse};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior};
use utoipa::{IntoParams, ToSchema};

use super::super::auth::Caller;
use super::super::extract::Query;
use super::super::problem::Problem;
use super::super::state::Http;
use super::time::Timestamp;
use crate::model::event::Event as Logged;
use crate::model::id::ConversationId;
use crate::model::timeline::summary;
use crate::store::{Appended, LoggedEvent, StoreError};

/// How often a stream says that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How many events are read from the log at once.
const BATCH: u32 = 100;

/// An event of the log. It is the `data` of a server-sent event whose `id` is the place in the log and
/// whose `event` is the kind.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    /// Its place in the log: what `after` and `Last-Event-ID` take.
    pub seq: i64,
    /// Its id.
    #[schema(example = "evt_0123456789abcdefghjkmnpqrs")]
    pub event: String,
    /// Which kind (`wit/events.wit`).
    #[schema(example = "message-received")]
    pub kind: String,
    /// Whom it is about, where it is about somebody.
    pub profile: Option<String>,
    /// In which conversation, where it is about one of its messages.
    pub conversation: Option<String>,
    /// Which connection said so.
    pub connection: String,
    /// When it happened.
    pub at: Timestamp,
    /// When the hub took it.
    pub received_at: Timestamp,
    /// What happened, in words.
    pub summary: String,
}

impl Event {
    fn of(logged: LoggedEvent, conversation: Option<ConversationId>) -> Self {
        let Logged { id, connection, received_at, said, .. } = logged.event;
        Self {
            seq: logged.seq,
            event: id.into(),
            kind: logged.kind.as_str().to_owned(),
            profile: logged.profile.map(Into::into),
            conversation: conversation.map(Into::into),
            connection: connection.into(),
            at: Timestamp(said.occurred_at),
            received_at: Timestamp(received_at),
            summary: summary(&said.body),
        }
    }
}

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// Begin after this place in the log; 0 is the beginning. Without it, and without the header
    /// `Last-Event-ID` that browsers send when they come back, only what happens from now on.
    #[param(minimum = 0)]
    after: Option<i64>,
}

/// Events as they happen: a stream of server-sent events that can be resumed without a gap.
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(EventQuery, ("Last-Event-ID" = Option<i64>, Header, description = "Outranks `after`")),
    responses((status = 200, body = Event, content_type = "text/event-stream")))]
pub(in super::super) async fn stream(
    State(http): State<Http>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    Query(query): Query<EventQuery>,
) -> Result<impl IntoResponse, Problem> {
    let header = match headers.get("last-event-id") {
        None => None,
        Some(value) => {
            Some(value.to_str().ok().and_then(|text| text.trim().parse::<i64>().ok()).ok_or_else(|| {
                Problem::bad_request("`Last-Event-ID` must be the id of an event of this stream")
            })?)
        }
    };
    // First listen, then look at the log: what is appended between the two is seen in both, and the
    // place in the log tells it apart.
    let news = http.store().subscribe();
    let after = match header.or(query.after) {
        Some(after) if after >= 0 => after,
        Some(_) => return Err(Problem::bad_request("`after` is a place in the log: 0 or greater")),
        None => http.store().last_seq().await?,
    };
    let mut beat = tokio::time::interval(HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat.reset();
    let follow = Follow { http, caller, news, after, batch: Vec::new().into_iter(), look: true, beat };
    Ok(Sse::new(futures_util::stream::unfold(follow, Follow::next)).into_response())
}

/// A reader that follows the log.
struct Follow {
    http: Http,
    caller: Caller,
    news: Receiver<Appended>,
    after: i64,
    batch: std::vec::IntoIter<(LoggedEvent, Option<ConversationId>)>,
    /// Whether the log may hold more than was read.
    look: bool,
    beat: Interval,
}

impl Follow {
    /// The next line of the stream; `None` ends it. The reader comes back with the last id it saw.
    async fn next(mut self) -> Option<(Result<Line, Infallible>, Self)> {
        loop {
            if let Some((logged, conversation)) = self.batch.next() {
                self.after = logged.seq;
                return Some((Ok(line(logged, conversation)), self));
            }
            if self.look {
                // The log alone says what is sent; news only says when to look. So nothing is lost where
                // news comes faster than it is read.
                let read = match read(&self.http, self.after).await {
                    Ok(read) => read,
                    Err(error) => {
                        tracing::warn!(error = %error, "an event stream ends: the log cannot be read");
                        return None;
                    }
                };
                self.look = read.len() >= BATCH as usize;
                self.batch = read.into_iter();
                continue;
            }
            let shutdown = self.http.options.shutdown.clone();
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return None,
                _ = self.beat.tick() => {
                    if !self.caller.still_stands(&self.http).await {
                        return None;
                    }
                    // Another process (the command line) may have appended something.
                    self.look = true;
                    return Some((Ok(Line::default().comment("still here")), self));
                }
                news = self.news.recv() => match news {
                    Ok(appended) => self.look = appended.seq > self.after,
                    Err(RecvError::Lagged(_)) => self.look = true,
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }
}

/// The next events, each with its conversation.
async fn read(http: &Http, after: i64) -> Result<Vec<(LoggedEvent, Option<ConversationId>)>, StoreError> {
    let read = http.store().events_after(after, BATCH).await?;
    let conversations = http.store().conversations_of_events(&read).await?;
    Ok(read.into_iter().zip(conversations).collect())
}

fn line(logged: LoggedEvent, conversation: Option<ConversationId>) -> Line {
    let (seq, kind) = (logged.seq, logged.kind);
    let data = serde_json::to_string(&Event::of(logged, conversation)).unwrap_or_default();
    Line::default().id(seq.to_string()).event(kind.as_str()).data(data)
}
