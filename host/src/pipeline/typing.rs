//! Somebody types: the other side is shown it where a channel has a page of its own, and it is kept nowhere.
//!
//! A person's name, as `namespace:value`, is a topic of the connection that may publish to it: the plugin tells there
//! that the person types, and the hub that an agent does (`realtime` in the contract).

use super::Hub;
use super::live::Listen;
use super::send::reachable;
use crate::model::id::ConnectionId;
use crate::model::profile::Profile;

impl Hub {
    /// Tells whatever page `person` has open that an agent types, or has stopped to.
    pub fn agent_types(&self, person: &Profile, on: bool) {
        for (connection, topic) in self.rooms(person) {
            self.publish(&connection, &topic, format!(r#"{{"typing":{on},"of":"agent"}}"#));
        }
    }

    /// Hears what is told to and of the pages that `person` has open: whether they type
    /// (`{"typing":true,"of":"visitor"}`), and whatever else their plugin publishes there. Where too many listen
    /// already, it is left out.
    #[must_use]
    pub fn overhear(&self, person: &Profile) -> Vec<Listen> {
        let rooms = self.rooms(person).into_iter();
        rooms.filter_map(|(connection, topic)| self.inner.bus.join(connection.as_str(), topic).ok()).collect()
    }

    /// The topics that are `person`'s own.
    fn rooms(&self, person: &Profile) -> Vec<(ConnectionId, String)> {
        let snapshot = self.snapshot();
        let mut rooms = Vec::new();
        for live in snapshot.lives().filter(|live| live.active()) {
            for known in reachable(live, person) {
                let topic = known.identifier.to_string();
                if live.plugin.manifest.may_publish(&topic) {
                    rooms.push((live.connection.id.clone(), topic));
                }
            }
        }
        rooms
    }
}
