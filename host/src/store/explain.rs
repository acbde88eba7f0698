//! Why a person is one person, read from all that was said of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::nodes::Keys;
use super::refold::{self, Seeds};
use super::{PageRequest, Store, StoreError, Suggestion};
use crate::model::event::Event;
use crate::model::explain::{self, Sentence};
use crate::model::fold::{Explanation, Node};
use crate::model::id::{ConnectionId, EventId, ProfileId};
use crate::model::identifier::Identifier;
use crate::store::batch::{Batch, row};

/// Why a person is one person, in words.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// Who it is now.
    pub profile: ProfileId,
    /// What joins the names.
    pub reasons: Vec<Sentence>,
    /// What is not followed, and why.
    pub doubts: Vec<Sentence>,
    /// What people decided, the latest first.
    pub decisions: Vec<Sentence>,
    /// Who else may be the same person, the surest first: the first few.
    pub suggestions: Vec<Suggestion>,
}

/// How many suggestions are told with the reasons.
const SUGGESTIONS: u32 = 5;

impl Store {
    /// Why a person is one person; a former id finds the person it became part of. `None`: there is nobody.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn told_why(&self, id: &ProfileId) -> Result<Option<Explained>, StoreError> {
        let Some(profile) = self.current(id.as_str()).await? else { return Ok(None) };
        let rules = self.rules().await?;
        let key = &self.inner.key;
        let mut connection = self.inner.readers.acquire().await?;
        let seeds = Seeds { people: BTreeSet::from([profile.clone()]), ..Seeds::default() };
        let (closure, identity) = refold::look(&mut connection, key, &rules, seeds).await?;
        let mut ids = Keys::new(key);
        let mut people: HashMap<ProfileId, ProfileId> = HashMap::new();
        let mut names: HashMap<ProfileId, String> = HashMap::new();
        for (node, known) in &identity.nodes {
            let id = ids.of(node);
            names.insert(id.clone(), explain::name(node));
            people.insert(id, known.profile.clone());
        }
        for (matter, (_, owner)) in &identity.matters {
            people.insert(ids.of(&Node::first(Identifier::clone(matter))), owner.clone());
        }
        let explanation = identity.explain(&rules, &profile, |name| people.get(name).cloned());
        let events = explanation.reasons.iter().map(|reason| &reason.edge.event);
        let events = events.chain(explanation.doubts.iter().map(|doubt| &doubt.edge.event));
        let told: BTreeMap<EventId, Event> =
            events.filter_map(|id| Some((id.clone(), closure.event(id)?.clone()))).collect();
        drop(connection);
        let titles: BTreeMap<ConnectionId, String> =
            self.connections().await?.into_iter().map(|one| (one.id, one.title)).collect();
        let source = |event: Option<&Event>| match event.and_then(|event| titles.get(&event.connection)) {
            Some(title) => format!("“{title}”"),
            None => "a connection that was removed".to_owned(),
        };
        let Explanation { reasons, doubts, decisions } = &explanation;
        let reasons = reasons.iter().map(|reason| {
            let event = told.get(&reason.edge.event);
            explain::reason(reason, event, &source(event))
        });
        let doubts = doubts.iter().map(|doubt| {
            let event = told.get(&doubt.edge.event);
            explain::doubt(doubt, event, &source(event))
        });
        let called = |id: &ProfileId| names.get(id).cloned().unwrap_or_else(|| id.to_string());
        Ok(Some(Explained {
            reasons: reasons.collect(),
            doubts: doubts.collect(),
            decisions: decisions.iter().map(|made| explain::decision(made, called)).collect(),
            suggestions: self.suggestions_of(&profile, &PageRequest::first(SUGGESTIONS)).await?.items,
            profile,
        }))
    }

    /// The identifiers of a person, each with the id by which a decision names it.
    pub(super) async fn names_of(&self, id: &ProfileId) -> Result<Vec<(Identifier, ProfileId)>, StoreError> {
        let Some(profile) = self.current(id.as_str()).await? else { return Ok(Vec::new()) };
        let mut ids = Keys::new(&self.inner.key);
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "SELECT {} FROM identifiers i WHERE i.profile = ? ORDER BY i.key, i.since",
                super::nodes::IDENTIFIER
            ),
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
