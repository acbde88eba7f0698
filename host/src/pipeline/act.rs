//! An agent has a plugin do something in the other system.

use std::sync::Arc;

use super::Hub;
use crate::model::event::Json;
use crate::model::id::ConnectionId;
use crate::plugin::CallError;
use crate::store::{Ingest, StoreError};

/// Why an action was not done, or its outcome is not known.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// There is no such connection, or it does not work.
    #[error(
        "the connection {0} does not exist or does not work; `switchboard connection list` tells which do"
    )]
    UnknownConnection(ConnectionId),
    /// The plugin has no such action.
    #[error("there is no action `{action}` here; there is {known}")]
    UnknownAction {
        /// What was asked for.
        action: String,
        /// What there is.
        known: String,
    },
    /// The connection is paused.
    #[error("the connection “{0}” is paused; resume it first")]
    Paused(String),
    /// The input does not match the action's schema.
    #[error("the input does not fit: {}", .0.join("; "))]
    Input(Vec<String>),
    /// The plugin did not do it.
    #[error(transparent)]
    Call(#[from] CallError),
    /// It was done, and what is now known could not be committed. Repeat it with the same key.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hub {
    /// Does an action of a connection's plugin, commits what is now known and gives the answer. Repeat a call
    /// whose answer did not come with the same `key`.
    ///
    /// # Errors
    /// When the input does not fit the action, or the plugin did not do it.
    pub async fn act(
        &self,
        connection: &ConnectionId,
        action: &str,
        input: &Json,
        key: &str,
    ) -> Result<Json, ActError> {
        let live =
            self.connection(connection).ok_or_else(|| ActError::UnknownConnection(connection.clone()))?;
        let manifest = &live.plugin.manifest;
        let declared = manifest.action(action).ok_or_else(|| {
            let known: Vec<_> = manifest.actions.iter().map(|action| format!("`{}`", action.name)).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            ActError::UnknownAction { action: action.to_owned(), known }
        })?;
        if !live.active() {
            return Err(ActError::Paused(live.connection.title.clone()));
        }
        let value =
            serde_json::from_str(input.get()).map_err(|why| ActError::Input(vec![why.to_string()]))?;
        let problems: Vec<_> = declared.input.problems(&value).iter().map(ToString::to_string).collect();
        if !problems.is_empty() {
            return Err(ActError::Input(problems));
        }
        let Ok(permit) = live.guard.enter(self.ambient().now_ms()) else {
            let why = "the plugin failed again and again and is left alone for a while; try again later";
            return Err(CallError::Unavailable(why.to_owned()).into());
        };
        let outcome = live.plugin.act(&live.binding, action, input, key).await;
        permit.ended(self, &live, &outcome).await;
        let outcome = outcome?;
        if !outcome.events.is_empty() {
            let ingest = Ingest {
                connection: connection.clone(),
                delivery: None,
                events: outcome.events,
                cursor: None,
                finishes: None,
                assistants: Arc::clone(&self.snapshot().assistants),
            };
            self.append(&live, ingest).await?;
            self.wake();
        }
        Ok(outcome.output)
    }
}
