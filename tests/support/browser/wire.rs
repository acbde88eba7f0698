//! The DevTools protocol over one WebSocket: commands, their answers, and what pages said meanwhile.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;

use super::PATIENCE;

/// What a page said or asked for by itself.
#[derive(Debug, Default, Clone)]
pub(super) struct Seen {
    /// Exceptions, `console.error`, and what the browser itself reports as an error, such as a blocked request.
    pub(super) errors: Vec<String>,
    /// Everything that was asked for, as `host:port`.
    pub(super) hosts: BTreeSet<String>,
}

/// A connection to a running browser.
pub(super) struct Wire {
    out: mpsc::UnboundedSender<Message>,
    next: AtomicU64,
    pending: Mutex<HashMap<u64, oneshot::Sender<Result<Value, String>>>>,
    /// By session, of which every page has one.
    seen: Mutex<HashMap<String, Seen>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Wire {
    /// Connects to the address that the browser wrote down.
    pub(super) async fn connect(url: &str) -> Result<Arc<Self>, String> {
        let config = tokio_tungstenite::tungstenite::protocol::WebSocketConfig::default()
            .max_message_size(None)
            .max_frame_size(None);
        let (socket, _) = tokio_tungstenite::connect_async_with_config(url, Some(config), true)
            .await
            .map_err(|error| format!("{url}: {error}"))?;
        let (mut write, mut read) = socket.split();
        let (out, mut queue) = mpsc::unbounded_channel();
        let wire = Arc::new(Self {
            out,
            next: AtomicU64::new(1),
            pending: Mutex::default(),
            seen: Mutex::default(),
        });
        tokio::spawn(async move {
            while let Some(message) = queue.recv().await {
                if write.send(message).await.is_err() {
                    return;
                }
            }
        });
        let reader = Arc::downgrade(&wire);
        tokio::spawn(async move {
            while let Some(Ok(message)) = read.next().await {
                let (Message::Text(text), Some(wire)) = (message, reader.upgrade()) else { continue };
                wire.take(text.as_str());
            }
            // Whoever still waits is told that nothing comes any more.
            if let Some(wire) = reader.upgrade() {
                locked(&wire.pending).clear();
            }
        });
        Ok(wire)
    }

    /// Has the browser, or one page of it, do something.
    pub(super) async fn ask(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        locked(&self.pending).insert(id, answer);
        self.post(id, session, method, params)?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(result)) => result.map_err(|why| format!("{method}: {why}")),
            Ok(Err(_)) => Err(format!("{method}: the browser ended")),
            Err(_) => Err(format!("{method}: the browser does not answer")),
        }
    }

    fn post(&self, id: u64, session: Option<&str>, method: &str, params: Value) -> Result<(), String> {
        let mut command = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        self.out.send(Message::text(command.to_string())).map_err(|_| "the browser ended".to_owned())
    }

    fn take(&self, text: &str) {
        let Ok(mut said) = serde_json::from_str::<Value>(text) else { return };
        if let Some(id) = said["id"].as_u64() {
            if let Some(waiting) = locked(&self.pending).remove(&id) {
                let result = match said["error"]["message"].as_str() {
                    Some(why) => Err(why.to_owned()),
                    None => Ok(said["result"].take()),
                };
                let _ = waiting.send(result);
            }
            return;
        }
        let Some(session) = said["sessionId"].as_str() else { return };
        let params = &said["params"];
        let mut seen = locked(&self.seen);
        let seen = seen.entry(session.to_owned()).or_default();
        match said["method"].as_str().unwrap_or_default() {
            "Network.requestWillBeSent" => seen.hosts.extend(authority(&params["request"]["url"])),
            "Runtime.exceptionThrown" => seen.errors.push(thrown(&params["exceptionDetails"])),
            "Runtime.consoleAPICalled" if ["error", "assert"].iter().any(|kind| params["type"] == *kind) => {
                let words = params["args"].as_array().into_iter().flatten().map(spoken);
                seen.errors.push(words.collect::<Vec<_>>().join(" "));
            }
            "Log.entryAdded" if params["entry"]["level"] == "error" => {
                let entry = &params["entry"];
                seen.errors.push(format!("{} {}", plain(&entry["text"]), plain(&entry["url"])));
            }
            // A page that asks is answered yes: nobody sits before it.
            "Page.javascriptDialogOpening" => {
                let id = self.next.fetch_add(1, Ordering::Relaxed);
                let _ =
                    self.post(id, Some(session), "Page.handleJavaScriptDialog", json!({ "accept": true }));
            }
            _ => {}
        }
    }

    /// What a page said so far.
    pub(super) fn seen(&self, session: &str) -> Seen {
        locked(&self.seen).get(session).cloned().unwrap_or_default()
    }

    /// Forgets what a page said so far.
    pub(super) fn forget(&self, session: &str) {
        locked(&self.seen).remove(session);
    }
}

/// Why a script ended with an exception.
pub(super) fn thrown(details: &Value) -> String {
    let exception = &details["exception"];
    let words = [&exception["description"], &exception["value"], &details["text"]];
    words.into_iter().find(|words| !words.is_null()).map_or_else(|| "an exception".to_owned(), plain)
}

fn spoken(argument: &Value) -> String {
    let words = [&argument["value"], &argument["description"]];
    words.into_iter().find(|words| !words.is_null()).map_or_else(|| argument.to_string(), plain)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `host:port` of an address; nothing for what is no request to a host, such as `data:`.
fn authority(url: &Value) -> Option<String> {
    let (scheme, rest) = url.as_str()?.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    (["http", "https", "ws", "wss"].contains(&scheme) && !host.is_empty()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_taken_with_its_port() {
        for (url, host) in [
            ("http://127.0.0.1:80/a", Some("127.0.0.1:80")),
            ("https://a.example?b", Some("a.example")),
            ("data:image/png;base64,AA", None),
            ("blob:http://a.example/1", None),
            ("about:blank", None),
        ] {
            assert_eq!(authority(&url.into()).as_deref(), host, "{url}");
        }
    }
}
