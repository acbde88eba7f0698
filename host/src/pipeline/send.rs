//! A message is to go out: over which channel, and into the outbox.

use std::sync::Arc;

use super::Hub;
use super::connection::Live;
use crate::model::consent::{Lack, Need, SERVICE, lack};
use crate::model::grant::Ask;
use crate::model::id::{ConnectionId, ConversationId, ProfileId};
use crate::model::identifier::{Evident, Identifier};
use crate::model::manifest::Manifest;
use crate::model::outbox::{OutboundContent, OutboxItem};
use crate::model::profile::{KnownIdentifier, Profile};
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
    /// Nobody says what such a message needs.
    #[error(
        "`{purpose}` is no purpose here: a message is for one of {known}; `[consent]` of the configuration names more"
    )]
    UnknownPurpose {
        /// What it was said to be for.
        purpose: String,
        /// What there is.
        known: String,
    },
    /// The person has not agreed to it.
    #[error("{0}")]
    NoConsent(String),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A message to a person.
#[derive(Debug, Clone, PartialEq)]
pub struct ToSend {
    /// To whom.
    pub profile: ProfileId,
    /// Over which connection; `None`: the best that reaches the person and may be used for it.
    pub connection: Option<ConnectionId>,
    /// What.
    pub content: OutboundContent,
    /// The vendor's id of the message it answers.
    pub reply_to: Option<String>,
    /// The subject line; mail only.
    pub subject: Option<String>,
    /// What it is for: one of `[consent]` of the configuration.
    pub purpose: String,
    /// In which conversation; `None`: the one that it joins by itself.
    pub within: Option<ConversationId>,
    /// Who writes it, where somebody does. It can then be taken back for `conversation.undo_send`.
    pub by: Option<String>,
}

impl ToSend {
    /// An answer, over the best channel.
    #[must_use]
    pub fn answer(profile: ProfileId, content: OutboundContent) -> Self {
        Self {
            profile,
            connection: None,
            content,
            reply_to: None,
            subject: None,
            purpose: SERVICE.to_owned(),
            within: None,
            by: None,
        }
    }
}

impl Hub {
    /// Puts a message into the outbox. Without a connection it goes over the channel on which the person
    /// wrote last, of those that reach the person by an identifier that was verified or recorded and on which
    /// they agreed to such a message, where it needs that.
    ///
    /// # Errors
    /// When it cannot be sent at all; what happens later is the outbox's affair and told in its item.
    pub async fn send(&self, new: ToSend) -> Result<OutboxItem, SendError> {
        let ToSend { profile, connection, content, reply_to, subject, purpose, within, by } = new;
        if matches!(&content, OutboundContent::Text(text) if text.trim().is_empty()) {
            return Err(SendError::Empty);
        }
        if self.config().consent.need(&purpose).is_none() {
            let known = self.config().consent.words();
            return Err(SendError::UnknownPurpose { purpose, known });
        }
        let store = self.store();
        let person = store.profile(&profile).await?.ok_or(SendError::UnknownProfile(profile))?;
        let asked = Asked { person: &person, contacts: content.contacts(), purpose: &purpose };
        let live = match &connection {
            Some(connection) => self.this_channel(asked, connection)?,
            None => self.best_channel(asked).await?,
        };
        let undo = i64::try_from(self.config().conversation.undo_send.as_millis()).unwrap_or(i64::MAX);
        let item = store
            .enqueue(NewOutbound {
                connection: live.connection.id.clone(),
                profile: person.id,
                content,
                reply_to,
                subject,
                purpose,
                within,
                wait: by.as_ref().map_or(0, |_| undo),
                by,
            })
            .await?;
        self.wake();
        Ok(item)
    }

    fn this_channel(&self, asked: Asked<'_>, connection: &ConnectionId) -> Result<Arc<Live>, SendError> {
        let live =
            self.connection(connection).ok_or_else(|| SendError::UnknownConnection(connection.clone()))?;
        let title = || live.connection.title.clone();
        if !live.plugin.capabilities.sender {
            return Err(SendError::NoSender(title()));
        }
        if !live.active() {
            return Err(SendError::Paused(title()));
        }
        if reachable(&live, asked.person).is_empty() {
            return Err(SendError::Unreachable { title: title(), reach: reach(&live) });
        }
        match self.refusal(&live, asked) {
            Some(why) => Err(SendError::NoConsent(why)),
            None => Ok(live),
        }
    }

    async fn best_channel(&self, asked: Asked<'_>) -> Result<Arc<Live>, SendError> {
        let (snapshot, person) = (self.snapshot(), asked.person);
        let mut best: Option<(bool, i64, i32, Arc<Live>)> = None;
        let mut channels = Vec::new();
        for live in snapshot.lives().filter(|live| live.plugin.capabilities.sender && live.active()) {
            channels.push(format!("“{}” by {}", live.connection.title, reach(live)));
            if reachable(live, person).is_empty() {
                continue;
            }
            let heard =
                self.store().last_received(&person.id, &live.connection.id).await?.unwrap_or(i64::MIN);
            let (allowed, priority) = (self.refusal(live, asked).is_none(), live.connection.priority);
            let better = best.as_ref().is_none_or(|(yes, at, rank, other)| {
                (allowed, heard, priority, &other.connection.id) > (*yes, *at, *rank, &live.connection.id)
            });
            if better {
                best = Some((allowed, heard, priority, Arc::clone(live)));
            }
        }
        let Some((_, _, _, live)) = best else {
            channels.sort();
            return Err(SendError::NoChannel(if channels.is_empty() {
                "there is none; add a connection whose plugin carries messages".to_owned()
            } else {
                format!("{}, and nothing of that kind is known for sure of the person", channels.join(", "))
            }));
        };
        match self.refusal(&live, asked) {
            Some(why) => Err(SendError::NoConsent(why)),
            None => Ok(live),
        }
    }

    /// Why the person must not be written to over a connection for that purpose, and what to do; `None`: they
    /// may be.
    pub(super) fn refusal(&self, live: &Live, asked: Asked<'_>) -> Option<String> {
        let Asked { person, contacts, purpose } = asked;
        let channel = live.plugin.manifest.channel.as_ref()?.name.as_str();
        // A purpose that the configuration no longer names needs an opt-in: nobody says that it may do without.
        let need = self.config().consent.need(purpose).unwrap_or(Need::OptIn);
        let lack = contacts.then(|| lack(&person.consents, need, channel, purpose))??;
        let id = &person.id;
        let record = format!(
            "`switchboard profile consent {id} {channel} {purpose} grant --proof HOW`, or POST \
             /api/v1/profiles/{id}/consents, records it when they do"
        );
        Some(match lack {
            Lack::NeverGiven => format!("{id} has not agreed to `{purpose}` on `{channel}`; {record}"),
            Lack::Withdrawn(entry) => {
                let at = jiff::Timestamp::from_millisecond(entry.at)
                    .map_or_else(|_| "an impossible time".to_owned(), |at| at.to_string());
                format!(
                    "{id} withdrew leave for `{purpose}` on `{channel}` at {at}, as {} says ({}); {}",
                    entry.source(),
                    entry.event,
                    record.replacen("when they do", "should they agree again", 1)
                )
            }
        })
    }
}

/// Who is to be written to, and what for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) person: &'a Profile,
    /// Whether it reaches the person at all.
    pub(super) contacts: bool,
    pub(super) purpose: &'a str,
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
    // A number that was replaced is somebody else's by now.
    let surely = |known: &&KnownIdentifier| known.evidence.joins() && known.until.is_none();
    let known = person.identifiers.iter().filter(surely);
    let mut known: Vec<_> = known.filter(|known| fits(&known.identifier)).collect();
    known.sort_by(|a, b| b.evidence.cmp(&a.evidence).then(b.seen.cmp(&a.seen)));
    known
        .into_iter()
        .map(|known| Evident { identifier: known.identifier.clone(), evidence: known.evidence })
        .collect()
}
