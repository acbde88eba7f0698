//! What a running plugin can ask of the hub, as a trait: the pipeline implements it over the store,
//! the plugin test harness in memory.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

use zeroize::Zeroizing;

use crate::model::id::ConnectionId;

/// The future that a service answers with.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why a service could not do what a plugin asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// The connection would have more stored than it may: the call is ended, and nothing of the value kept.
    #[error("the quota of {quota} bytes for stored values is used up")]
    Quota {
        /// How many bytes the connection may store.
        quota: u64,
    },
    /// It may work later (the store is busy, nobody can listen now); the plugin hears `retry`.
    #[error("{0}")]
    Busy(String),
    /// Anything else; the plugin hears `other` without the detail, which the runtime logs.
    #[error("{0}")]
    Failed(String),
}

/// What the hub does for plugins. Every call names the connection; the runtime has checked grants,
/// sizes and names before it asks.
pub trait HostServices: Send + Sync + 'static {
    /// The value under a key; `None` when there is none or its time is over.
    fn kv_get<'a>(
        &'a self,
        connection: &'a ConnectionId,
        key: &'a str,
    ) -> Answer<'a, Result<Option<Vec<u8>>, ServiceError>>;

    /// Sets a value for ever or for so many milliseconds, keeping the connection's keys and values
    /// within `quota` bytes; with `if_absent` only where the key has none. Says whether it was set.
    fn kv_set<'a>(
        &'a self,
        connection: &'a ConnectionId,
        key: &'a str,
        value: Vec<u8>,
        keep_for: Option<u64>,
        if_absent: bool,
        quota: u64,
    ) -> Answer<'a, Result<bool, ServiceError>>;

    /// Removes a key; no error when there is none.
    fn kv_delete<'a>(
        &'a self,
        connection: &'a ConnectionId,
        key: &'a str,
    ) -> Answer<'a, Result<(), ServiceError>>;

    /// The keys that begin with `prefix`, sorted, at most `limit`, those after `after`.
    fn kv_keys<'a>(
        &'a self,
        connection: &'a ConnectionId,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Result<Vec<String>, ServiceError>>;

    /// A secret's value; `None` when the operator has not set it. It never reaches the plugin.
    fn secret<'a>(
        &'a self,
        connection: &'a ConnectionId,
        name: &'a str,
    ) -> Answer<'a, Result<Option<Zeroizing<Vec<u8>>>, ServiceError>>;

    /// The values that a secret had before; what a vendor answers is searched for them too. They never reach
    /// the plugin.
    fn former_secrets<'a>(
        &'a self,
        connection: &'a ConnectionId,
        name: &'a str,
    ) -> Answer<'a, Result<Vec<Zeroizing<Vec<u8>>>, ServiceError>> {
        let _ = (connection, name);
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// What was last kept of an access token; `None` when nothing was. It never reaches the plugin. Nothing is
    /// the answer of services that also answer from recordings, where no token is ever fetched.
    fn kept_token<'a>(
        &'a self,
        connection: &'a ConnectionId,
        name: &'a str,
    ) -> Answer<'a, Result<Option<Zeroizing<Vec<u8>>>, ServiceError>> {
        let _ = (connection, name);
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Keeps what must outlast a restart of an access token, sealed; the future ends when it is on the disk.
    fn keep_token<'a>(
        &'a self,
        connection: &'a ConnectionId,
        name: &'a str,
        value: Zeroizing<Vec<u8>>,
    ) -> Answer<'a, Result<(), ServiceError>> {
        let _ = (connection, name, value);
        Box::pin(std::future::ready(Ok(())))
    }

    /// A ticket that lets its holder listen to `topic` for `valid_for` milliseconds.
    fn ticket<'a>(
        &'a self,
        connection: &'a ConnectionId,
        topic: &'a str,
        valid_for: u64,
    ) -> Answer<'a, Result<String, ServiceError>>;

    /// Sends a JSON payload to everyone who listens to `topic` now.
    fn publish<'a>(
        &'a self,
        connection: &'a ConnectionId,
        topic: &'a str,
        payload: String,
    ) -> Answer<'a, Result<(), ServiceError>>;

    /// The addresses of a host's name, asked for before every new connection of an outgoing request; by
    /// default those that the system knows. The runtime drops those that may not be connected to.
    fn addresses<'a>(&'a self, name: &'a str) -> Answer<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
        })
    }

    /// Recorded answers to outgoing requests; `None` (the default) sends them over the network.
    fn recordings(&self) -> Option<&dyn Recordings> {
        None
    }
}

/// Answers outgoing requests from recordings instead of the network. Policy (allowed hosts, methods,
/// secrets) has been applied before.
pub trait Recordings: Send + Sync {
    /// The recorded answer to a request.
    ///
    /// # Errors
    /// When nothing was recorded for it: the text says what was asked and what is near. The plugin
    /// meets a connection error; the harness fails the case.
    fn answer(&self, request: &ReplayedRequest) -> Result<ReplayedResponse, String>;
}

/// An outgoing request as recordings see it: secrets stand as `{{secret:NAME}}`, as the plugin wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A recorded answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedResponse {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}
