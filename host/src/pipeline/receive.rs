//! A request comes in: size, rate, method, signature, plugin, commit, answer.
//!
//! Nothing of a request that was not verified is kept, and no plugin runs on one that was refused. A plugin
//! that fails on a verified request parks it: the vendor is told that all is well, the operator sees it.

use bytes::Bytes;
use governor::clock::{Clock as _, DefaultClock};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::Hub;
use super::connection::{Inbound, Live};
use super::registry::{Entry, with_sources};
use crate::model::delivery::RecordedRequest;
use crate::model::signature::{Request, Verdict, form};
use crate::plugin::{CallError, PluginSaid, Reply, WebhookRequest};
use crate::store::{Ingest, NewDelivery};

/// A request to a connection, as whoever serves HTTP read it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The method.
    pub method: Method,
    /// What follows `/hooks/{connection}`, undecoded: empty, or it begins with `/`.
    pub path: String,
    /// The query as it was received, without `?`; empty when there is none.
    pub raw_query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, byte by byte.
    pub body: Bytes,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// A status with a word for whoever reads the vendor's log.
    #[must_use]
    pub fn text(status: StatusCode, text: &'static str) -> Self {
        let mut headers = HeaderMap::with_capacity(2);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        Self { status, headers, body: Bytes::from_static(text.as_bytes()) }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// What the plugin answered.
    fn of(reply: Reply) -> Self {
        let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
        let headers = reply.headers.into_iter().filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::try_from(value).ok()?))
        });
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(name, value);
        }
        Self { status, headers: all, body: reply.body.into() }
    }
}

/// What is said of a request that a plugin failed on, or that came for a paused connection: it is kept.
const KEPT: &str = "kept";

/// Why a delivery was kept without running the plugin.
const LEFT_ALONE: &str =
    "the plugin failed again and again and was left alone; the hub runs this by itself when it works again";

impl Hub {
    /// The largest body that a connection takes, in bytes; `None` when there is no such connection.
    #[must_use]
    pub fn body_limit(&self, connection: &str) -> Option<usize> {
        match self.snapshot().connections.get(connection)? {
            Entry::Live(live) => Some(live.inbound.as_ref().map_or(0, |inbound| inbound.max_body)),
            Entry::Broken(_) => Some(self.inner.config.receive.max_body),
        }
    }

    /// Takes a request in. An answer of 2xx means that what it said is committed.
    pub async fn receive(&self, connection: &str, incoming: Incoming) -> Answer {
        let snapshot = self.snapshot();
        let live = match snapshot.connections.get(connection) {
            Some(Entry::Live(live)) => live,
            Some(Entry::Broken(_)) => return self.later("this connection does not work now"),
            None => return Answer::text(StatusCode::NOT_FOUND, "there is no such connection"),
        };
        let Some(inbound) = &live.inbound else {
            return Answer::text(StatusCode::NOT_FOUND, "this connection takes no requests");
        };
        if incoming.body.len() > inbound.max_body {
            live.counts.limited.increment(1);
            return Answer::text(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is larger than this connection takes",
            );
        }
        if let Err(full) = live.receiving.check() {
            live.counts.limited.increment(1);
            let wait = full.wait_time_from(DefaultClock::default().now());
            return Answer::text(StatusCode::TOO_MANY_REQUESTS, "too many requests")
                .with(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
        }
        if let Some(answer) = refuse_method(inbound, &incoming.method) {
            return answer;
        }
        let now = self.inner.ambient.now_ms();
        match self.verify(live, inbound, &incoming, now) {
            Ok(verdict) => self.handle(live, &snapshot.assistants, inbound, incoming, verdict, now).await,
            Err(answer) => *answer,
        }
    }

    /// Says who vouches for a request, or with what it is refused.
    fn verify(
        &self,
        live: &Live,
        inbound: &Inbound,
        incoming: &Incoming,
        now: i64,
    ) -> Result<Verdict, Box<Answer>> {
        let Ok(verifier) = &inbound.verifier else {
            live.counts.unavailable.increment(1);
            return Err(Box::new(self.later("requests to this connection cannot be verified now")));
        };
        let mark = if incoming.raw_query.is_empty() { "" } else { "?" };
        let url = [&inbound.url, &incoming.path, mark, &incoming.raw_query].concat();
        let from = inbound.url.len() - inbound.path.len();
        let request = Request {
            method: incoming.method.as_str(),
            path: &url[from..inbound.url.len() + incoming.path.len()],
            url: &url,
            query_raw: &incoming.raw_query,
            headers: &incoming.headers,
            body: &incoming.body,
        };
        match verifier.check(&request, now) {
            Ok(verdict) => Ok(verdict),
            Err(refusal) => {
                if let Some(verdict) = inbound.by_former(&request, now) {
                    tracing::debug!(connection = %live.connection.id, "a request is signed with a secret that was replaced");
                    return Ok(verdict);
                }
                live.counts.unverified.increment(1);
                if live.binding.may_log() {
                    tracing::info!(connection = %live.connection.id, %refusal, "a request was refused");
                }
                Err(Box::new(Answer::text(StatusCode::UNAUTHORIZED, "the request could not be verified")))
            }
        }
    }

    async fn handle(
        &self,
        live: &Live,
        assistants: &std::sync::Arc<[crate::store::Subscription]>,
        inbound: &Inbound,
        incoming: Incoming,
        verdict: Verdict,
        now: i64,
    ) -> Answer {
        let verified = verdict == Verdict::Verified;
        let query = pairs(&incoming.raw_query);
        let request = record(live, inbound, incoming, verified);
        if !live.active() {
            return if verified {
                self.hold(
                    live,
                    NewDelivery { received_at: now, request, replay_of: None },
                    "the connection is paused",
                )
                .await
            } else {
                self.later("this connection is paused")
            };
        }
        let permit = match live.guard.enter(now) {
            // Whoever cannot prove who he is must not be able to have a plugin left alone.
            Ok(permit) => Some(permit).filter(|_| verified),
            Err(_) if verified => {
                let delivery = NewDelivery { received_at: now, request, replay_of: None };
                return self.hold(live, delivery, LEFT_ALONE).await;
            }
            Err(_) => return self.later("the plugin of this connection does not work now"),
        };
        let outcome = live.plugin.webhook(&live.binding, webhook_request(&request, &query)).await;
        if let Some(permit) = permit {
            permit.ended(self, live, &outcome).await;
        }
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                return self
                    .failed(live, NewDelivery { received_at: now, request, replay_of: None }, &error)
                    .await;
            }
        };
        if verdict == Verdict::Unsigned {
            if outcome.events.is_empty() {
                return Answer::of(outcome.reply);
            }
            live.counts.unverified.increment(1);
            if live.binding.may_log() {
                tracing::warn!(
                    connection = %live.connection.id, events = outcome.events.len(),
                    "the plugin made events of a request that nobody signed; they were refused"
                );
            }
            return Answer::text(StatusCode::UNAUTHORIZED, "the request could not be verified");
        }
        if outcome.events.is_empty() && request.body.is_empty() {
            // A handshake: nothing was said, nothing needs to be kept.
            return Answer::of(outcome.reply);
        }
        let ingest = Ingest {
            connection: live.connection.id.clone(),
            delivery: Some(NewDelivery { received_at: now, request, replay_of: None }),
            events: outcome.events,
            cursor: None,
            finishes: None,
            assistants: std::sync::Arc::clone(assistants),
        };
        match self.append(live, ingest).await {
            Ok(ingested) => {
                live.counts.done.increment(1);
                live.counts.events.increment(ingested.appended.len() as u64);
                if ingested.duplicates > 0 {
                    live.counts.duplicates.increment(ingested.duplicates as u64);
                }
                if ingested.work > 0 {
                    self.wake();
                }
                Answer::of(outcome.reply)
            }
            Err(error) => {
                live.counts.unavailable.increment(1);
                if error.passes() {
                    tracing::debug!(connection = %live.connection.id, %error, "a delivery could not be committed");
                } else {
                    tracing::error!(connection = %live.connection.id, error = with_sources(&error), "a delivery could not be committed");
                }
                self.later("the hub cannot commit now")
            }
        }
    }

    /// A plugin failed on a request.
    async fn failed(&self, live: &Live, delivery: NewDelivery, error: &CallError) -> Answer {
        let (id, told) = (&live.connection.id, live.binding.may_log());
        match error {
            CallError::Plugin(PluginSaid::Reject(_)) => {
                live.counts.rejected.increment(1);
                if told {
                    tracing::info!(connection = %id, "the plugin rejected a request");
                }
                Answer::text(StatusCode::BAD_REQUEST, "the request makes no sense to this connection")
            }
            // It was not run at all, so the vendor may well try again: nothing is gained by keeping it.
            CallError::Unavailable(why) => {
                live.counts.unavailable.increment(1);
                if told {
                    tracing::warn!(connection = %id, why, "a request could not be handled now");
                }
                self.later("the hub is busy")
            }
            _ if !delivery.request.verified => {
                live.counts.unavailable.increment(1);
                if told {
                    tracing::warn!(connection = %id, error = error.logged(), outcome = error.outcome(), "the plugin failed on an unsigned request");
                }
                self.later("the request could not be handled")
            }
            _ => {
                if told {
                    tracing::warn!(connection = %id, error = error.logged(), outcome = error.outcome(), "the plugin failed; the delivery is parked");
                }
                self.park(live, delivery, &error.to_string()).await
            }
        }
    }

    /// Keeps a delivery that the plugin failed on.
    async fn park(&self, live: &Live, delivery: NewDelivery, why: &str) -> Answer {
        self.keep(live, delivery, why, true).await
    }

    /// Keeps a delivery that the plugin was not run on; the hub does so itself when the connection works
    /// again.
    async fn hold(&self, live: &Live, delivery: NewDelivery, why: &str) -> Answer {
        self.keep(live, delivery, why, false).await
    }

    async fn keep(&self, live: &Live, delivery: NewDelivery, why: &str, ran: bool) -> Answer {
        let (store, connection) = (&self.inner.store, &live.connection.id);
        let kept = match self.may_park(live, delivery.request.body.len()).await {
            Ok(true) if ran => store.park(connection, delivery, why).await,
            Ok(true) => store.hold(connection, delivery, why).await,
            Ok(false) => {
                live.counts.unavailable.increment(1);
                return self.later("no more can be kept for this connection now");
            }
            Err(error) => Err(error),
        };
        match kept {
            Ok(_) => {
                live.counts.parked.increment(1);
                Answer::text(StatusCode::OK, KEPT)
            }
            Err(error) => {
                live.counts.unavailable.increment(1);
                if error.passes() {
                    tracing::debug!(connection = %live.connection.id, %error, "a delivery could not be parked");
                } else {
                    tracing::error!(connection = %live.connection.id, error = with_sources(&error), "a delivery could not be parked");
                }
                self.later("the hub cannot commit now")
            }
        }
    }

    /// 503: nothing was kept, try again.
    fn later(&self, why: &'static str) -> Answer {
        let wait = self.inner.config.receive.retry_after.as_secs().max(1);
        Answer::text(StatusCode::SERVICE_UNAVAILABLE, why).with(header::RETRY_AFTER, HeaderValue::from(wait))
    }
}

/// 405 where no rule is for the method.
fn refuse_method(inbound: &Inbound, method: &Method) -> Option<Answer> {
    let methods = inbound.methods.as_ref().filter(|methods| !methods.contains(method))?;
    let names: Vec<_> = methods.iter().map(Method::as_str).collect();
    let allow = HeaderValue::try_from(names.join(", ")).ok()?;
    let answer = Answer::text(StatusCode::METHOD_NOT_ALLOWED, "no request with this method is expected here");
    Some(answer.with(header::ALLOW, allow))
}

/// What a plugin is shown and the store keeps: everything but credentials.
fn record(live: &Live, inbound: &Inbound, incoming: Incoming, verified: bool) -> RecordedRequest {
    let kept = incoming.headers.iter().filter(|(name, _)| live.keeps(name));
    let headers = kept
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    RecordedRequest {
        method: incoming.method.as_str().to_owned(),
        path: incoming.path,
        query: without(incoming.raw_query, &inbound.places.query),
        headers,
        body: incoming.body.into(),
        verified,
    }
}

/// A recorded request as a plugin takes it. `query` is its query, decoded.
pub(super) fn webhook_request<'a>(
    request: &'a RecordedRequest,
    query: &'a [(String, String)],
) -> WebhookRequest<'a> {
    WebhookRequest {
        method: &request.method,
        path: &request.path,
        query,
        headers: &request.headers,
        body: &request.body,
        verified: request.verified,
    }
}

/// A query, decoded.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let text = |bytes: std::borrow::Cow<'_, [u8]>| String::from_utf8_lossy(&bytes).into_owned();
    form::pairs(query.as_bytes()).map(|(key, value)| (text(key), text(value))).collect()
}

/// A query without the parameters that hold a secret.
fn without(query: String, secret: &[String]) -> String {
    if secret.is_empty() || query.is_empty() {
        return query;
    }
    let named = |pair: &&str| {
        let key = pairs(pair).into_iter().next().map(|(key, _)| key);
        !key.is_some_and(|key| secret.contains(&key))
    };
    query.split('&').filter(named).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_the_query_is_not_kept_however_its_name_is_written() {
        let secret = ["hub.verify_token".to_owned()];
        let query = "hub.mode=subscribe&hub.verify_token=s&hub%2Everify_token=s&x=1".to_owned();
        assert_eq!(without(query, &secret), "hub.mode=subscribe&x=1");
        assert_eq!(without("a=1".into(), &[]), "a=1");
    }

    #[test]
    fn a_query_is_decoded_in_order() {
        assert_eq!(pairs("b=1+2&a=%C3%A4"), [("b".into(), "1 2".into()), ("a".into(), "ä".to_owned())]);
    }

    #[test]
    fn a_reply_of_the_plugin_goes_out_as_it_is() {
        let reply = Reply {
            status: 202,
            headers: vec![
                ("content-type".into(), "text/xml".into()),
                ("x-a".into(), "1".into()),
                ("x-a".into(), "2".into()),
            ],
            body: b"<r/>".to_vec(),
        };
        let answer = Answer::of(reply);
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (202, &b"<r/>"[..]));
        assert_eq!(answer.headers.get_all("x-a").iter().count(), 2);
    }
}
