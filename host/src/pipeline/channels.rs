//! On which connections a person can be answered.

use super::Hub;
use super::send::{Asked, SendError, reach, reachable};
use crate::model::consent::SERVICE;
use crate::model::id::{ConnectionId, ProfileId};

/// A connection that carries messages, and whether it reaches a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The connection.
    pub connection: ConnectionId,
    /// What people call it.
    pub title: String,
    /// The plugin's word for the channel.
    pub channel: Option<String>,
    /// When the person last wrote on it: milliseconds since the epoch, UTC.
    pub received_at: Option<i64>,
    /// The names by which it reaches the person, the surest first.
    pub reaches: Vec<String>,
    /// Why no answer can go out over it now; `None`: it can.
    pub obstacle: Option<String>,
}

impl Hub {
    /// The connections that carry messages: those on which the person can be answered first, the one that was used
    /// last before others.
    ///
    /// # Errors
    /// When there is no such person, or the store cannot be read.
    pub async fn channels(&self, profile: &ProfileId) -> Result<Vec<Channel>, SendError> {
        let person = self.store().profile(profile).await?;
        let person = person.ok_or_else(|| SendError::UnknownProfile(profile.clone()))?;
        let asked = Asked { person: &person, contacts: true, purpose: SERVICE };
        let snapshot = self.snapshot();
        let mut channels = Vec::new();
        for live in snapshot.lives().filter(|live| live.plugin.capabilities.sender) {
            let (id, title) = (live.connection.id.clone(), live.connection.title.clone());
            let reaches = reachable(live, &person);
            let obstacle = if !live.active() {
                Some(SendError::Paused(title.clone()).to_string())
            } else if reaches.is_empty() {
                Some(SendError::Unreachable { title: title.clone(), reach: reach(live) }.to_string())
            } else {
                self.refusal(live, asked)
            };
            channels.push(Channel {
                received_at: self.store().last_received(&person.id, &id).await?,
                connection: id,
                title,
                channel: live.plugin.manifest.channel.as_ref().map(|channel| channel.name.to_string()),
                reaches: reaches.into_iter().map(|evident| evident.identifier.to_string()).collect(),
                obstacle,
            });
        }
        channels.sort_by(|a, b| {
            let rank = |one: &Channel| (one.obstacle.is_none(), one.received_at);
            rank(b).cmp(&rank(a)).then_with(|| a.title.cmp(&b.title))
        });
        Ok(channels)
    }
}
