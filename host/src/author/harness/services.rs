//! What a plugin under test is given instead of a hub: values in memory, secrets from the case, and the
//! vendor's recorded answers.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use zeroize::Zeroizing;

use super::case::Exchange;
use super::compare;
use crate::model::id::ConnectionId;
use crate::plugin::{Answer, HostServices, Recordings, ReplayedRequest, ReplayedResponse, ServiceError};

/// The services of one case. The runtime outlives cases, so what belongs to a case is set by
/// [`Bench::begin`].
#[derive(Default)]
pub(super) struct Bench {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    values: BTreeMap<String, Vec<u8>>,
    secrets: BTreeMap<String, String>,
    /// Recorded exchanges that were not asked for yet.
    waiting: Vec<Exchange>,
    /// Requests that nothing was recorded for.
    misses: Vec<String>,
    published: Vec<(String, String)>,
}

impl Bench {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the last case and takes what the next one brings.
    pub(super) fn begin(&self, secrets: BTreeMap<String, String>, http: Vec<Exchange>) {
        *self.state() = State { secrets, waiting: http, ..State::default() };
    }

    /// What went wrong with the vendor's requests: those nothing was recorded for, and recordings that
    /// nobody asked for.
    #[must_use]
    pub(super) fn complaints(&self) -> Vec<String> {
        let state = self.state();
        let unasked = state.waiting.iter().map(|exchange| {
            format!("the plugin never asked {} {}", exchange.request.method, exchange.request.url)
        });
        state.misses.iter().cloned().chain(unasked).collect()
    }

    /// What was published to live topics, as `(topic, payload)`.
    #[must_use]
    pub(super) fn published(&self) -> Vec<(String, String)> {
        self.state().published.clone()
    }
}

impl HostServices for Bench {
    fn kv_get<'a>(
        &'a self,
        _: &'a ConnectionId,
        key: &'a str,
    ) -> Answer<'a, Result<Option<Vec<u8>>, ServiceError>> {
        Box::pin(async move { Ok(self.state().values.get(key).cloned()) })
    }

    fn kv_set<'a>(
        &'a self,
        _: &'a ConnectionId,
        key: &'a str,
        value: Vec<u8>,
        _keep_for: Option<u64>,
        if_absent: bool,
        quota: u64,
    ) -> Answer<'a, Result<bool, ServiceError>> {
        Box::pin(async move {
            let mut state = self.state();
            if if_absent && state.values.contains_key(key) {
                return Ok(false);
            }
            let others = state.values.iter().filter(|(other, _)| *other != key);
            let used: usize = others.map(|(other, value)| other.len() + value.len()).sum();
            if (used + key.len() + value.len()) as u64 > quota {
                return Err(ServiceError::Quota { quota });
            }
            state.values.insert(key.to_owned(), value);
            Ok(true)
        })
    }

    fn kv_delete<'a>(&'a self, _: &'a ConnectionId, key: &'a str) -> Answer<'a, Result<(), ServiceError>> {
        Box::pin(async move {
            self.state().values.remove(key);
            Ok(())
        })
    }

    fn kv_keys<'a>(
        &'a self,
        _: &'a ConnectionId,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Result<Vec<String>, ServiceError>> {
        Box::pin(async move {
            let state = self.state();
            let keys = state.values.keys().filter(|key| key.starts_with(prefix));
            Ok(keys
                .filter(|key| after.is_none_or(|after| key.as_str() > after))
                .take(limit as usize)
                .cloned()
                .collect())
        })
    }

    fn secret<'a>(
        &'a self,
        _: &'a ConnectionId,
        name: &'a str,
    ) -> Answer<'a, Result<Option<Zeroizing<Vec<u8>>>, ServiceError>> {
        Box::pin(async move {
            Ok(self.state().secrets.get(name).map(|value| Zeroizing::new(value.clone().into_bytes())))
        })
    }

    fn ticket<'a>(
        &'a self,
        _: &'a ConnectionId,
        topic: &'a str,
        valid_for: u64,
    ) -> Answer<'a, Result<String, ServiceError>> {
        Box::pin(async move { Ok(format!("ticket:{topic}:{valid_for}")) })
    }

    fn publish<'a>(
        &'a self,
        _: &'a ConnectionId,
        topic: &'a str,
        payload: String,
    ) -> Answer<'a, Result<(), ServiceError>> {
        Box::pin(async move {
            self.state().published.push((topic.to_owned(), payload));
            Ok(())
        })
    }

    fn recordings(&self) -> Option<&dyn Recordings> {
        Some(self)
    }
}

impl Recordings for Bench {
    fn answer(&self, request: &ReplayedRequest) -> Result<ReplayedResponse, String> {
        let mut state = self.state();
        let found =
            state.waiting.iter().position(|exchange| mismatch(exchange, request, &state.secrets).is_none());
        let Some(found) = found else {
            let asked = format!("{} {}", request.method, request.url);
            let near = state.waiting.first().and_then(|exchange| mismatch(exchange, request, &state.secrets));
            let hint = near.map_or("no exchange is left".to_owned(), |why| {
                format!("the next recorded one differs: {why}")
            });
            let miss = format!("nothing was recorded for {asked}: {hint}");
            state.misses.push(miss.clone());
            return Err(miss);
        };
        let response = state.waiting.remove(found).response;
        let mut headers: Vec<(String, String)> =
            response.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Ok(ReplayedResponse { status: response.status, headers, body: response.bytes() })
    }
}

/// In what a request differs from a recorded one.
///
/// A recording may name a secret as the plugin does, `{{secret:NAME}}`, or hold its made-up value.
fn mismatch(
    exchange: &Exchange,
    request: &ReplayedRequest,
    secrets: &BTreeMap<String, String>,
) -> Option<String> {
    let fill = |text: &str| {
        secrets.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{{secret:{name}}}}}"), value)
        })
    };
    let want = &exchange.request;
    if !want.method.eq_ignore_ascii_case(&request.method) || fill(&want.url) != fill(&request.url) {
        return Some(format!("it is {} {}", want.method, want.url));
    }
    for (name, value) in &want.headers {
        let sent = request.headers.iter().find(|(sent, _)| sent.eq_ignore_ascii_case(name));
        match sent {
            Some((_, sent)) if sent == value || fill(sent) == fill(value) => {}
            Some((_, sent)) => return Some(format!("header `{name}` is `{sent}`, not `{value}`")),
            None => return Some(format!("header `{name}` is missing")),
        }
    }
    match &want.body {
        None => None,
        Some(Value::String(text)) => (text.as_bytes() != request.body)
            .then(|| format!("the body is `{}`", String::from_utf8_lossy(&request.body))),
        Some(expected) => match serde_json::from_slice::<Value>(&request.body) {
            Ok(sent) => compare::difference(expected, &sent).map(|diff| format!("the body:\n{diff}")),
            Err(_) => Some("the body is not JSON".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(body: Value) -> Exchange {
        serde_json::from_value(serde_json::json!({
            "request": {"method": "POST", "url": "https://v.example/send", "headers": {"x-a": "1"}, "body": body},
            "response": {"status": 201, "body": {"id": 9_007_199_254_740_993_u64}}
        }))
        .expect("a well-formed exchange")
    }

    fn request(body: &str) -> ReplayedRequest {
        ReplayedRequest {
            method: "POST".into(),
            url: "https://v.example/send".into(),
            headers: vec![("x-a".into(), "1".into()), ("x-b".into(), "2".into())],
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn a_recorded_request_is_answered_once_and_digit_by_digit() {
        let bench = Bench::default();
        bench.begin(BTreeMap::new(), vec![exchange(serde_json::json!({"to": "x"}))]);
        let answer = bench.answer(&request(r#"{"to":"x","more":1}"#)).expect("it was recorded");
        assert_eq!((answer.status, answer.body.as_slice()), (201, br#"{"id":9007199254740993}"#.as_slice()));
        assert!(bench.answer(&request(r#"{"to":"x"}"#)).is_err());
        assert_eq!(bench.complaints().len(), 1);
    }

    #[test]
    fn a_miss_says_in_what_the_request_differs() {
        let bench = Bench::default();
        bench.begin(BTreeMap::new(), vec![exchange(serde_json::json!({"to": "x"}))]);
        let miss = bench.answer(&request(r#"{"to":"y"}"#)).expect_err("another body");
        assert!(miss.contains("-   \"to\": \"x\"") && miss.contains("+   \"to\": \"y\""), "{miss}");
        assert_eq!(bench.complaints().len(), 2, "the miss, and the recording nobody asked for");
    }
}
