//! What is stated of a person, field by field: which values hold, who says so, and what each replaced.
//!
//! Of most fields one value holds, the one with the highest (source priority, time, event id). Of those that people
//! have several of, several do: of [`EMAIL`] and [`PHONE`] every one that the person is known by, of `address` those
//! that each source stated last. The same rule ranks them, and what is one value in two spellings stands once.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::id::{ConnectionId, EventId};
use super::identifier::Identifier;
use super::normal::{EMAIL, PHONE};

/// The field of postal addresses, each in one line.
const ADDRESS: &str = "address";

/// The values that hold for a field, and the ones that do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttributeView {
    /// The field.
    pub field: String,
    /// The first of the values that hold.
    pub value: String,
    /// Who says so.
    pub source: Source,
    /// Every value that holds, the best first: one, or of a field that people have several of as many as there are.
    pub values: Vec<HeldValue>,
    /// Every other value that was stated, the next best first.
    pub others: Vec<OtherValue>,
}

/// A value that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldValue {
    /// The value, as its best source spells it.
    pub value: String,
    /// Everybody who says so, the best first.
    pub sources: Vec<Source>,
    /// The value that held before the best source said it last.
    pub replaced: Option<String>,
}

/// A value that was stated and does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherValue {
    /// The value; empty where it was stated that there is none.
    pub value: String,
    /// Who says so.
    pub source: Source,
    /// The value that held before; `None` too where this one never held.
    pub replaced: Option<String>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Which connection.
    pub connection: ConnectionId,
    /// What people call it.
    pub title: String,
    /// In which event it was said last.
    pub event: EventId,
    /// When it was said last: milliseconds since the epoch, UTC.
    pub at: i64,
    /// When it was said first: milliseconds since the epoch, UTC.
    pub since: i64,
}

/// A candidate for a field, as [`choose`] takes it.
#[derive(Debug, Clone)]
pub struct Stated {
    /// The field.
    pub field: String,
    /// The value.
    pub value: String,
    /// The priority of who says so.
    pub priority: i32,
    /// Where it stood among the values of the event that said it last, from 0.
    pub place: u32,
    /// Who says so.
    pub source: Source,
}

impl Stated {
    fn rank(&self) -> (i32, i64, &EventId, Reverse<u32>) {
        (self.priority, self.source.at, &self.source.event, Reverse(self.place))
    }

    /// The form by which it is compared with other values of its field.
    fn folded(&self) -> String {
        if self.field != ADDRESS {
            return self.value.trim().to_owned();
        }
        let words = self.value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
    }
}

/// What holds of each field. `known` are the names that mean the person now. A field of which nothing holds is
/// left out.
#[must_use]
pub fn choose(stated: Vec<Stated>, known: &[Identifier]) -> Vec<AttributeView> {
    let mut fields: BTreeMap<String, Vec<Stated>> = BTreeMap::new();
    for candidate in stated {
        fields.entry(candidate.field.clone()).or_default().push(candidate);
    }
    fields.into_iter().filter_map(|(field, stated)| view(field, stated, known)).collect()
}

fn view(field: String, mut stated: Vec<Stated>, known: &[Identifier]) -> Option<AttributeView> {
    stated.sort_by(|a, b| b.rank().cmp(&a.rank()));
    let folded: Vec<String> = stated.iter().map(Stated::folded).collect();
    let (holds, mut replaced): (Vec<bool>, Vec<Option<String>>) = match &*field {
        EMAIL | PHONE => {
            let theirs =
                |value: &str| known.iter().any(|name| name.namespace == field && name.value == value);
            (stated.iter().map(|one| theirs(&one.value)).collect(), vec![None; stated.len()])
        }
        ADDRESS => {
            let last = last(&stated);
            let replaced = predecessors(&stated, &last);
            (stated.iter().zip(&last).map(|(one, last)| *last && !one.value.is_empty()).collect(), replaced)
        }
        _ => {
            let same = |fold: &String| *fold == folded[0] && !folded[0].is_empty();
            let holds: Vec<bool> =
                folded.iter().zip(last(&stated)).map(|(fold, last)| last && same(fold)).collect();
            (holds, before(&stated, &folded))
        }
    };
    let mut values: Vec<(String, HeldValue)> = Vec::new();
    let mut others = Vec::new();
    for (at, one) in stated.into_iter().enumerate() {
        let replaced = replaced[at].take().filter(|value: &String| !value.is_empty());
        if !holds[at] {
            others.push(OtherValue { value: one.value, source: one.source, replaced });
            continue;
        }
        match values.iter_mut().find(|(fold, _)| *fold == folded[at]) {
            Some((_, held)) => held.sources.push(one.source),
            None => {
                let held = HeldValue { value: one.value, sources: vec![one.source], replaced };
                values.push((folded[at].clone(), held));
            }
        }
    }
    let values: Vec<HeldValue> = values.into_iter().map(|(_, held)| held).collect();
    let best = values.first()?;
    Some(AttributeView {
        value: best.value.clone(),
        source: best.sources.first()?.clone(),
        field,
        values,
        others,
    })
}

/// Whether each was stated by the last event in which its source said anything of the field.
fn last(stated: &[Stated]) -> Vec<bool> {
    let mut latest: BTreeMap<&ConnectionId, (i64, &EventId)> = BTreeMap::new();
    for Stated { source, .. } in stated {
        let said = (source.at, &source.event);
        latest.entry(&source.connection).and_modify(|have| *have = said.max(*have)).or_insert(said);
    }
    stated.iter().map(|one| latest[&one.source.connection] == (one.source.at, &one.source.event)).collect()
}

/// What each replaced where sources do not replace each other's values: what its own source stated before.
fn predecessors(stated: &[Stated], last: &[bool]) -> Vec<Option<String>> {
    let mut order: Vec<usize> = (0..stated.len()).collect();
    order.sort_by_key(|at| {
        let Stated { source, place, .. } = &stated[*at];
        (&source.connection, source.at, &source.event, Reverse(*place))
    });
    let mut replaced = vec![None; stated.len()];
    let mut former: Option<&Stated> = None;
    for at in order {
        let one = &stated[at];
        let same = former.filter(|former| former.source.connection == one.source.connection);
        if let Some(former) = same.filter(|former| former.source.event != one.source.event) {
            replaced[at] = Some(former.value.clone());
        }
        if !last[at] {
            former = Some(one);
        }
    }
    replaced
}

/// What each replaced where one value holds: the best of what had been said when it was said last. What was said
/// several times is known by the first and the last of them.
fn before(stated: &[Stated], folded: &[String]) -> Vec<Option<String>> {
    type Word<'a> = (i32, i64, &'a EventId, Reverse<usize>);
    let mut said: Vec<(i64, usize)> = Vec::with_capacity(stated.len() * 2);
    for (at, Stated { source, .. }) in stated.iter().enumerate() {
        said.push((source.since, at));
        said.push((source.at, at));
    }
    said.sort_unstable();
    // The best, and the best that says something else.
    let (mut best, mut second): (Option<Word<'_>>, Option<Word<'_>>) = (None, None);
    let mut replaced = vec![None; stated.len()];
    for instant in said.chunk_by(|a, b| a.0 == b.0) {
        for (_, at) in instant.iter().filter(|(time, at)| stated[*at].source.at == *time) {
            let other = [best, second].into_iter().flatten().find(|word| folded[word.3.0] != folded[*at]);
            // Against a source that outranks it, it never held.
            let held = other.filter(|word| word.0 <= stated[*at].priority);
            replaced[*at] = held.map(|word| stated[word.3.0].value.clone());
        }
        for (time, at) in instant {
            let word = (stated[*at].priority, *time, &stated[*at].source.event, Reverse(*at));
            if best.is_none_or(|best| folded[best.3.0] == folded[*at]) {
                best = best.max(Some(word));
            } else if Some(word) > best {
                second = best.replace(word);
            } else {
                second = second.max(Some(word));
            }
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(connection: u8, since: i64, at: i64) -> Source {
        let event = EventId::random([u8::try_from(at.rem_euclid(250)).unwrap_or(0); 16]);
        Source { connection: ConnectionId::random([connection; 16]), title: String::new(), event, at, since }
    }

    /// Field, value, connection (whose number is its priority), first and last time.
    fn said(field: &str, value: &str, connection: u8, since: i64, at: i64) -> Stated {
        Stated {
            field: field.into(),
            value: value.into(),
            priority: i32::from(connection),
            place: 0,
            source: source(connection, since, at),
        }
    }

    fn one(stated: Vec<Stated>) -> AttributeView {
        choose(stated, &[]).into_iter().next().expect("a field")
    }

    fn values(view: &AttributeView) -> Vec<&str> {
        view.values.iter().map(|held| held.value.as_str()).collect()
    }

    fn others(view: &AttributeView) -> Vec<(&str, Option<&str>)> {
        view.others.iter().map(|other| (other.value.as_str(), other.replaced.as_deref())).collect()
    }

    #[test]
    fn the_last_writer_of_the_highest_priority_holds_and_says_what_it_replaced() {
        let view = one(vec![
            said("name", "Ada", 1, 10, 10),
            said("name", "Ada L.", 1, 20, 20),
            said("name", "Countess", 0, 30, 30),
        ]);
        assert_eq!((values(&view), view.values[0].replaced.as_deref()), (vec!["Ada L."], Some("Ada")));
        assert_eq!(others(&view), [("Ada", None), ("Countess", None)], "what never held replaced nothing");
    }

    #[test]
    fn a_value_that_came_back_replaced_what_held_meanwhile() {
        let view = one(vec![said("name", "Ada", 1, 10, 30), said("name", "Grace", 1, 20, 20)]);
        assert_eq!((&*view.value, view.values[0].replaced.as_deref()), ("Ada", Some("Grace")));
        assert_eq!(others(&view), [("Grace", Some("Ada"))]);
    }

    #[test]
    fn who_says_the_same_stands_beside_it_and_who_changed_their_mind_does_not() {
        let view = one(vec![
            said("name", "Ada", 2, 10, 10),
            said("name", "Ada", 1, 20, 20),
            said("name", "Ada", 0, 5, 5),
            said("name", "Grace", 0, 30, 30),
        ]);
        assert_eq!(view.values.len(), 1);
        let by: Vec<_> = view.values[0].sources.iter().map(|source| source.at).collect();
        assert_eq!(by, [10, 20]);
        assert_eq!(others(&view), [("Grace", None), ("Ada", None)]);
    }

    #[test]
    fn an_empty_text_is_no_value_and_the_best_of_what_is_left_does_not_take_its_place() {
        assert_eq!(choose(vec![said("note", "", 1, 20, 20), said("note", "VIP", 0, 30, 30)], &[]), []);
        let view = one(vec![said("note", "", 1, 20, 20), said("note", "VIP", 1, 30, 30)]);
        assert_eq!((view.values[0].replaced.as_deref(), others(&view)), (None, vec![("", None)]));
    }

    #[test]
    fn of_addresses_hold_those_that_each_source_stated_last_in_the_order_it_named_them() {
        let home = said("address", "1 Main St, 10115 Berlin, DE", 1, 20, 20);
        let work = Stated { place: 1, ..said("address", "2 High St, Leeds, GB", 1, 20, 20) };
        let former = said("address", "3 Old Rd, Leeds, GB", 1, 10, 10);
        let again = said("address", "1 main st. 10115 BERLIN (DE)", 0, 40, 40);
        let elsewhere = said("address", "4 Side St, Paris, FR", 0, 40, 40);
        let view = one(vec![elsewhere, former, again, work, home]);
        assert_eq!(
            values(&view),
            ["1 Main St, 10115 Berlin, DE", "2 High St, Leeds, GB", "4 Side St, Paris, FR"]
        );
        assert_eq!(view.values[0].sources.len(), 2, "one address in two spellings stands once");
        assert_eq!(view.values[0].replaced.as_deref(), Some("3 Old Rd, Leeds, GB"));
        assert_eq!(others(&view), [("3 Old Rd, Leeds, GB", None)]);
        let gone = choose(vec![said("address", "1 Main St", 1, 10, 10), said("address", "", 1, 20, 20)], &[]);
        assert_eq!(gone, []);
    }

    #[test]
    fn every_mail_address_that_means_the_person_holds_and_the_one_used_last_stands_first() {
        let name = |value: &str| Identifier { namespace: "email".into(), value: value.into() };
        let stated = vec![
            said("email", "a@example.com", 0, 10, 10),
            said("email", "b@example.com", 0, 20, 20),
            said("email", "office@example.com", 0, 30, 30),
        ];
        let views = choose(stated, &[name("a@example.com"), name("b@example.com")]);
        assert_eq!(values(&views[0]), ["b@example.com", "a@example.com"]);
        assert_eq!(others(&views[0]), [("office@example.com", None)], "shared by many");
    }

    #[test]
    fn a_long_history_of_one_field_is_chosen_from_quickly() {
        let stated = (0..20_000_i64).map(|at| said("plan", &format!("plan {at}"), 1, at, at)).collect();
        let view = one(stated);
        assert_eq!(view.values[0].replaced.as_deref(), Some("plan 19998"));
        assert_eq!(view.others.len(), 19_999);
    }
}
