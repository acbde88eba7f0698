//! What is compared of people, read from what is stored of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::event::NewEvent;
use crate::model::id::{IdKey, ProfileId};
use crate::model::identifier::{Evident, Identifier};
use crate::model::suggest::{Facts, MAX_VALUES, Said};
use crate::store::StoreError;
use crate::store::batch::{Batch, row};
use crate::store::engine::{Database, Row};
use crate::store::error::corrupt;
use crate::store::nodes;
use crate::store::profiles::profile_id;

/// Identifiers and typed ones of one person that are compared; more has only a shared till.
const MAX_IDENTIFIERS: usize = MAX_VALUES * MAX_VALUES;

/// One row that states something of a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Statement {
    /// What is stated: a field, an identifier that the person is known by, or one that was typed.
    what: What,
    value: String,
    /// Whether it is the latest of those that say so; the latest come first.
    late: std::cmp::Reverse<(i64, String)>,
    said: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Field(String),
    Known(String),
    Typed(String),
}

/// Everything that is compared of one person.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// Who.
    pub(super) id: ProfileId,
    /// Whether anything was refused or decided of the person.
    pub(super) contested: bool,
    statements: Vec<Statement>,
    priorities: Vec<i64>,
}

impl Person {
    /// What is compared. Reasons name statements by their places in [`said`](Self::said).
    pub(super) fn facts(&self) -> Facts {
        let mut facts = Facts::new();
        if let Some(name) = self.name() {
            facts.call(&name);
        }
        for (at, Statement { what, value, .. }) in self.statements.iter().enumerate() {
            facts.said_by(u32::try_from(at).unwrap_or(u32::MAX));
            let identifier =
                |namespace: &String| Identifier { namespace: namespace.clone(), value: value.clone() };
            match what {
                What::Field(field) => facts.add_attribute(field, value),
                What::Known(namespace) => facts.add_known(&identifier(namespace)),
                What::Typed(namespace) => facts.add_claimed(&identifier(namespace)),
            }
        }
        facts
    }

    /// Who said each statement, and when.
    pub(super) fn said(&self) -> impl Iterator<Item = &Said> {
        self.statements.iter().map(|statement| &statement.said)
    }

    /// What the person is called: by whoever has the highest priority, then said so last.
    pub(super) fn name(&self) -> Option<String> {
        let best = |field: &str| {
            let named = self.statements.iter().zip(&self.priorities);
            let named =
                named.filter(|(statement, _)| matches!(&statement.what, What::Field(have) if have == field));
            let best = named.max_by_key(|(statement, priority)| (**priority, &statement.late.0));
            best.map(|(statement, _)| statement.value.trim())
        };
        best("name").map(str::to_owned).or_else(|| {
            let halves: Vec<&str> = [best("first-name"), best("last-name")].into_iter().flatten().collect();
            (!halves.is_empty()).then(|| halves.join(" "))
        })
    }

    /// A number that stays the same as long as nothing that is compared changes. `apart` are the people who
    /// were decided to be others.
    pub(super) fn digest(&self, key: &IdKey, apart: &BTreeSet<ProfileId>) -> i64 {
        let stated: BTreeSet<String> = self
            .statements
            .iter()
            .map(|Statement { what, value, .. }| {
                let (kind, name) = match what {
                    What::Field(field) => ("f", field),
                    What::Known(namespace) => ("k", namespace),
                    What::Typed(namespace) => ("t", namespace),
                };
                format!("{kind}\u{1f}{name}\u{1f}{value}")
            })
            .chain(apart.iter().map(|id| format!("a\u{1f}{id}")))
            .collect();
        key.number("suggest-digest", &stated.into_iter().collect::<Vec<_>>().join("\u{1e}"))
    }

    /// Keeps the latest of what is too much, in an order that stays when the same is said again.
    fn settle(&mut self) {
        let mut all: Vec<(Statement, i64)> = std::mem::take(&mut self.statements)
            .into_iter()
            .zip(std::mem::take(&mut self.priorities))
            .collect();
        all.sort_by(|(a, _), (b, _)| (&a.late, &a.what, &a.value).cmp(&(&b.late, &b.what, &b.value)));
        let mut values: BTreeMap<What, BTreeSet<String>> = BTreeMap::new();
        all.retain(|(statement, _)| {
            let most = if matches!(statement.what, What::Field(_)) { MAX_VALUES } else { MAX_IDENTIFIERS };
            let have = values.entry(statement.what.clone()).or_default();
            have.contains(&statement.value) || (have.len() < most && have.insert(statement.value.clone()))
        });
        all.sort();
        (self.statements, self.priorities) = all.into_iter().unzip();
    }
}

/// Reads people by their ids as they are stored; whoever is not there is left out.
pub(super) async fn load(
    database: &mut Database,
    ids: &BTreeSet<ProfileId>,
) -> Result<HashMap<ProfileId, Person>, StoreError> {
    let keys = || ids.iter().map(|id| row![id.as_str()]).collect::<Vec<_>>();
    let mut batch = Batch::default();
    batch.keyed("SELECT 0, id, contested FROM profiles WHERE id IN", keys());
    // What many use says nothing of who it is, nor does what means somebody else by now.
    batch.keyed(
        "SELECT 1, i.profile, i.namespace, i.value, i.seen, '', '', 0, i.since, f.starts FROM identifiers i \
         LEFT JOIN identifiers f ON f.key = i.key AND f.since = CAST('-9223372036854775808' AS BIGINT) \
         WHERE i.shared = 0 AND i.profile IN",
        keys(),
    );
    batch.keyed(
        "SELECT 2, s.profile, s.namespace, s.value, s.at, s.event, coalesce(c.title, ''), 0 FROM claims s \
         LEFT JOIN connections c ON c.id = s.connection WHERE s.profile IN",
        keys(),
    );
    batch.keyed(
        "SELECT 3, s.profile, s.field, s.value, s.last_at, s.last_event, coalesce(c.title, ''), \
         coalesce(c.priority, 0) FROM attributes s LEFT JOIN connections c ON c.id = s.connection \
         WHERE s.value <> '' AND s.field IN ('name', 'first-name', 'last-name', 'birthday', 'address', 'company') \
         AND s.profile IN",
        keys(),
    );
    let mut people: HashMap<ProfileId, Person> = HashMap::new();
    if batch.is_empty() {
        return Ok(people);
    }
    for row in batch.fetch(database).await? {
        let id = profile_id(&row, 1)?;
        if row.get::<i64, _>(0) == 0 {
            let contested = row.get::<i64, _>(2) != 0;
            let person = Person { id: id.clone(), contested, statements: Vec::new(), priorities: Vec::new() };
            people.insert(id, person);
        } else if let Some(person) = people.get_mut(&id) {
            if row.get::<i64, _>(0) == 1 {
                let since: i64 = row.get(8);
                if nodes::starts(row.get(9))?.into_iter().any(|start| start > since) {
                    continue;
                }
            }
            let (statement, priority) = statement(&row);
            person.statements.push(statement);
            person.priorities.push(priority);
        }
    }
    people.values_mut().for_each(Person::settle);
    Ok(people)
}

fn statement(row: &Row) -> (Statement, i64) {
    let name: String = row.get(2);
    let (what, typed) = match row.get::<i64, _>(0) {
        1 => (What::Known(name), false),
        2 => (What::Typed(name), true),
        _ => (What::Field(name), false),
    };
    let (at, event): (i64, String) = (row.get(4), row.get(5));
    let title = Some(row.get::<String, _>(6)).filter(|title| !title.is_empty());
    let said = Said { title, at, typed };
    (Statement { what, value: row.get(3), late: std::cmp::Reverse((at, event)), said }, row.get(7))
}

/// Finds out which connection named each identifier first, to tell where it comes from.
pub(super) async fn tell_sources(
    database: &mut Database,
    people: &mut HashMap<ProfileId, Person>,
) -> Result<(), StoreError> {
    let known = |statement: &&Statement| matches!(statement.what, What::Known(_));
    let mut wanted: BTreeSet<(&str, i64)> = BTreeSet::new();
    for (id, person) in &*people {
        wanted.extend(person.statements.iter().filter(known).map(|one| (id.as_str(), one.said.at)));
    }
    let mut batch = Batch::default();
    batch.keyed(
        "SELECT e.profile, e.occurred_at, e.said, c.title FROM events e JOIN connections c ON c.id = e.connection \
         WHERE e.profile IS NOT NULL AND (e.profile, e.occurred_at) IN",
        wanted.into_iter().map(|(id, at)| row![id, at]).collect(),
    );
    if batch.is_empty() {
        return Ok(());
    }
    for row in batch.fetch(database).await? {
        let (id, at) = (profile_id(&row, 0)?, row.get::<i64, _>(1));
        let said: NewEvent = serde_json::from_str(row.get(2)).map_err(|e| corrupt("events")(&e))?;
        let Some(person) = people.get_mut(&id) else { continue };
        for statement in person.statements.iter_mut().filter(|one| one.said.at == at) {
            let What::Known(namespace) = &statement.what else { continue };
            let names = |one: &Evident| {
                (&one.identifier.namespace, &one.identifier.value) == (namespace, &statement.value)
            };
            if said.subject.iter().any(names) {
                statement.said.title = Some(row.get(3));
            }
        }
    }
    Ok(())
}
