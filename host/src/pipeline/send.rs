//! A message is to go out: over which channel, and into the outbox.

use std::sync::Arc;

use super::Hub;
use super::connection::Live;
use crate::model::grant::Ask;
use crate::model::id::{ConnectionId, ProfileId};
use crate::model::identifier::{Evident, Identifier};
use crate::model::manifest::Manifest;
use crate::model::outbox::{OutboundContent, OutboxItem};
use crate::model::profile::Profile;
use crate::store::{NewOutbound, StoreError};

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// There is no such person.
    #[error("there is no profile {0}")]
    UnknownProfile(ProfileId),
    /// There is no such connection, or it does not work.
    #[error(
        "the connection {0} does not exist or does not work; `switchboard connection list` tells which do"
    )]
    UnknownConnection(ConnectionId),
    /// The connection's plugin carries no messages.
    #[error("the connection “{0}” carries no messages; choose one whose plugin is a channel")]
    NoSender(String),
    /// The connection is paused.
    #[error("the connection “{0}” is paused; resume it, or choose another")]
    Paused(String),
    /// The connection cannot reach the person.
    #[error(
        "the connection “{title}” reaches people by {reach}, and nothing of that kind is known for sure of this person"
    )]
    Unreachable {
        /// What people call the connection.
        title: String,
        /// By what it reaches people.
        reach: String,
    },
    /// No connection reaches the person.
    #[error("no active channel reaches this person: {0}")]
    NoChannel(String),
    /// There is nothing to send.
    #[error("the message is empty")]
    Empty,
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hub {
    /// Puts a message into the outbox. Without `connection` it goes over the channel on which the person
    /// wrote last, of those that reach the person by an identifier that was verified or recorded.
    ///
    /// # Errors
    /// When it cannot be sent at all; what happens later is the outbox's affair and told in its item.
    pub async fn send(
        &self,
        profile: &ProfileId,
        connection: Option<&ConnectionId>,
        content: OutboundContent,
        reply_to: Option<String>,
        subject: Option<String>,
    ) -> Result<OutboxItem, SendError> {
        if matches!(&content, OutboundContent::Text(text) if text.trim().is_empty()) {
            return Err(SendError::Empty);
        }
        let store = self.store();
        let person =
            store.profile(profile).await?.ok_or_else(|| SendError::UnknownProfile(profile.clone()))?;
        let live = match connection {
            Some(connection) => self.this_channel(&person, connection)?,
            None => self.best_channel(&person).await?,
        };
        let item = store
            .enqueue(NewOutbound {
                connection: live.connection.id.clone(),
                profile: person.id,
                content,
                reply_to,
                subject,
            })
            .await?;
        self.wake();
        Ok(item)
    }

    fn this_channel(&self, person: &Profile, connection: &ConnectionId) -> Result<Arc<Live>, SendError> {
        let live =
            self.connection(connection).ok_or_else(|| SendError::UnknownConnection(connection.clone()))?;
        let title = || live.connection.title.clone();
        if !live.plugin.capabilities.sender {
            return Err(SendError::NoSender(title()));
        }
        if !live.active() {
            return Err(SendError::Paused(title()));
        }
        if reachable(&live, person).is_empty() {
            return Err(SendError::Unreachable { title: title(), reach: reach(&live) });
        }
        Ok(live)
    }

    async fn best_channel(&self, person: &Profile) -> Result<Arc<Live>, SendError> {
        let snapshot = self.snapshot();
        let mut best: Option<(i64, i32, Arc<Live>)> = None;
        let mut channels = Vec::new();
        for live in snapshot.lives().filter(|live| live.plugin.capabilities.sender && live.active()) {
            channels.push(format!("“{}” by {}", live.connection.title, reach(live)));
            if reachable(live, person).is_empty() {
                continue;
            }
            let heard =
                self.store().last_received(&person.id, &live.connection.id).await?.unwrap_or(i64::MIN);
            let priority = live.connection.priority;
            let better = best.as_ref().is_none_or(|(at, rank, other)| {
                (heard, priority, &other.connection.id) > (*at, *rank, &live.connection.id)
            });
            if better {
                best = Some((heard, priority, Arc::clone(live)));
            }
        }
        best.map(|(_, _, live)| live).ok_or_else(|| {
            channels.sort();
            SendError::NoChannel(if channels.is_empty() {
                "there is none; add a connection whose plugin carries messages".to_owned()
            } else {
                format!("{}, and nothing of that kind is known for sure of the person", channels.join(", "))
            })
        })
    }
}

/// By what a connection reaches people, in words; and what of it was not granted.
pub(super) fn reach(live: &Live) -> String {
    let of = |manifest: &Manifest| {
        manifest.channel.iter().flat_map(|channel| channel.reach.clone()).collect::<Vec<_>>()
    };
    let granted = of(&live.plugin.manifest);
    let withheld: Vec<_> = of(live.plugin.asks())
        .into_iter()
        .filter(|names| !granted.contains(names))
        .map(|names| format!("`{}`", Ask::Reach(names.to_string())))
        .collect();
    let names: Vec<_> = granted.iter().map(ToString::to_string).collect();
    let mut words = if names.is_empty() { "nothing".to_owned() } else { names.join(" or ") };
    if !withheld.is_empty() {
        words.push_str(&format!(
            " ({} was not granted: `switchboard plugin approve {}` grants everything that it asks for)",
            withheld.join(", "),
            live.plugin.manifest.name
        ));
    }
    words
}

/// The names by which a connection reaches a person: never a claim; the surest first, then the one learned
/// last.
pub(super) fn reachable(live: &Live, person: &Profile) -> Vec<Evident> {
    let fits = |identifier: &Identifier| live.plugin.manifest.reaches(&identifier.namespace).is_some();
    let mut known: Vec<_> =
        person.identifiers.iter().filter(|known| known.evidence.joins() && fits(&known.identifier)).collect();
    known.sort_by(|a, b| b.evidence.cmp(&a.evidence).then(b.seen.cmp(&a.seen)));
    known
        .into_iter()
        .map(|known| Evident { identifier: known.identifier.clone(), evidence: known.evidence })
        .collect()
}
