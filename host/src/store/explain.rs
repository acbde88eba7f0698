//! Why a person is one person, read from all that was said of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::nodes::Keys;
use super::refold::{self, Seeds};
use super::{Store, StoreError};
use crate::model::event::Event;
use crate::model::fold::{Explanation, Node};
use crate::model::id::{EventId, ProfileId};
use crate::model::identifier::Identifier;
use crate::store::batch::{Batch, row};

/// Why a person is one person, with the events that say so.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Who it is now.
    pub profile: ProfileId,
    /// The reasons.
    pub explanation: Explanation,
    /// The events that the reasons name.
    pub events: BTreeMap<EventId, Event>,
}

impl Store {
    /// Why a person is one person; a former id finds the person it became part of. `None`: there is nobody.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn explain(&self, id: &ProfileId) -> Result<Option<Explained>, StoreError> {
        let Some(profile) = self.current(id.as_str()).await? else { return Ok(None) };
        let rules = self.rules().await?;
        let key = &self.inner.key;
        let mut connection = self.inner.readers.acquire().await?;
        let seeds = Seeds { people: BTreeSet::from([profile.clone()]), ..Seeds::default() };
        let (closure, identity) = refold::look(&mut connection, key, &rules, seeds).await?;
        let mut ids = Keys::new(key);
        let mut people: HashMap<ProfileId, ProfileId> =
            identity.nodes.iter().map(|(node, known)| (ids.of(node), known.profile.clone())).collect();
        for (matter, (_, owner)) in &identity.matters {
            people.insert(ids.of(&Node::first(Identifier::clone(matter))), owner.clone());
        }
        let explanation = identity.explain(&rules, &profile, |name| people.get(name).cloned());
        let named = explanation.reasons.iter().map(|reason| &reason.edge.event);
        let named = named.chain(explanation.doubts.iter().map(|doubt| &doubt.edge.event));
        let events = named.filter_map(|id| Some((id.clone(), closure.event(id)?.clone()))).collect();
        Ok(Some(Explained { profile, explanation, events }))
    }

    /// The ids by which a decision names everything that a person is known by: identifiers, and matters
    /// that nobody else is named in.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn names_of(&self, id: &ProfileId) -> Result<Vec<(Identifier, ProfileId)>, StoreError> {
        let Some(profile) = self.current(id.as_str()).await? else { return Ok(Vec::new()) };
        let mut ids = Keys::new(&self.inner.key);
        let mut batch = Batch::default();
        batch.add(
            &format!("SELECT {} FROM identifiers i WHERE i.profile = ?", super::nodes::IDENTIFIER),
            row![profile.as_str()],
        );
        let mut names = Vec::new();
        for row in self.read(batch).await? {
            let (known, _) = super::nodes::known(&row, 0)?;
            let id = ids.of(&known.node);
            names.push((known.node.identifier, id));
        }
        Ok(names)
    }
}
