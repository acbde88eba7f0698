//! Erasing a person: what may stay of what others said, and where traces of the person stand.
//!
//! Events of the person lose everything ([`NewEvent::erased`]). Somebody else's event that names the person
//! loses those names and the vendor's own words; a decision that names the person loses that side.

use std::collections::BTreeSet;

use super::event::{Body, Decision, NewEvent, Verdict};
use super::id::ProfileId;
use super::identifier::Identifier;

mod trace;

pub use trace::Traces;

/// Every identifier that an event names, in its subject or in its body.
pub fn names(event: &NewEvent) -> impl Iterator<Item = &Identifier> {
    let in_body: Vec<&Identifier> = match &event.body {
        Body::CustomerMerged(merge) => merge.merged.iter().map(|evident| &evident.identifier).collect(),
        Body::IdentifierChanged(change) => vec![&change.previous.identifier, &change.current.identifier],
        _ => Vec::new(),
    };
    event.subject.iter().map(|evident| &evident.identifier).chain(in_body)
}

/// Somebody else's event without the names that are `gone`; `None` where it names none of them. `at` is now,
/// in milliseconds since the epoch, UTC.
///
/// The vendor's own words go with them: they may say more of the person.
#[must_use]
pub fn without(event: &NewEvent, gone: impl Fn(&Identifier) -> bool, at: i64) -> Option<NewEvent> {
    names(event).any(&gone).then(|| {
        let mut kept = event.clone();
        kept.source = None;
        kept.subject.retain(|evident| !gone(&evident.identifier));
        match &mut kept.body {
            Body::CustomerMerged(merge) => merge.merged.retain(|name| !gone(&name.identifier)),
            Body::IdentifierChanged(change)
                if gone(&change.previous.identifier) || gone(&change.current.identifier) =>
            {
                kept = NewEvent { subject: kept.subject, attributes: kept.attributes, ..event.erased(at) };
            }
            _ => {}
        }
        kept
    })
}

/// A decision without some people; `None` where nothing is left that it decides.
///
/// What was said as the reason goes, too: it may say more of the person.
#[must_use]
pub fn decision_without(decision: &Decision, gone: &BTreeSet<ProfileId>) -> Option<Decision> {
    let rest = |ids: &[ProfileId]| ids.iter().filter(|id| !gone.contains(*id)).cloned().collect::<Vec<_>>();
    let verdict = match &decision.verdict {
        Verdict::Merge { left, right } if gone.contains(left) || gone.contains(right) => return None,
        merge @ Verdict::Merge { .. } => merge.clone(),
        Verdict::Apart { left, right } => Verdict::Apart { left: rest(left), right: rest(right) },
        Verdict::Undo { decision, people } => {
            Verdict::Undo { decision: decision.clone(), people: rest(people) }
        }
    };
    let empty = match &verdict {
        Verdict::Merge { .. } => false,
        Verdict::Apart { left, right } => left.is_empty() || right.is_empty(),
        Verdict::Undo { people, .. } => people.is_empty(),
    };
    (!empty).then(|| Decision { by: decision.by.clone(), reason: None, verdict })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{CustomerMerge, EventKind, IdentifierChange};
    use crate::model::identifier::{Evidence, Evident};

    fn named(namespace: &str, value: &str) -> Evident {
        let identifier = Identifier::new(namespace, value).expect("an identifier");
        Evident { identifier, evidence: Evidence::Recorded }
    }

    fn event(subject: Vec<Evident>, body: Body) -> NewEvent {
        NewEvent {
            external_id: "e".into(),
            occurred_at: 5,
            subject,
            attributes: Vec::new(),
            body,
            source: serde_json::value::to_raw_value(&1).ok(),
        }
    }

    #[test]
    fn an_erased_event_keeps_its_time_and_kind_and_says_nothing() {
        let merge = CustomerMerge { kept: "42".into(), merged: vec![named("shop:customer", "43")] };
        let erased = event(vec![named("email", "ada@example.com")], Body::CustomerMerged(merge)).erased(9);
        assert!(erased.is_erased());
        assert_eq!((erased.occurred_at, erased.body.kind()), (5, EventKind::CustomerMerged));
        let text = serde_json::to_string(&erased).expect("written");
        for gone in ["ada", "42", "43", "\"e\""] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        assert_eq!(serde_json::from_str::<NewEvent>(&text).expect("read back").body, erased.body);
    }

    #[test]
    fn anothers_event_loses_the_names_and_keeps_the_rest() {
        let gone = |name: &Identifier| *name == named("phone", "+4917000000001").identifier;
        let both = event(
            vec![named("phone", "+4917000000001"), named("email", "bob@example.com")],
            Body::CustomerMerged(CustomerMerge {
                kept: "1".into(),
                merged: vec![named("phone", "+4917000000001"), named("phone", "+4917000000002")],
            }),
        );
        let kept = without(&both, gone, 9).expect("it names the person");
        assert_eq!(
            names(&kept).map(ToString::to_string).collect::<Vec<_>>(),
            ["email:bob@example.com", "phone:+4917000000002"]
        );
        assert!(kept.source.is_none());
        let change = IdentifierChange {
            previous: named("phone", "+4917000000001"),
            current: named("phone", "+4917000000002"),
        };
        let changed = event(vec![named("phone", "+4917000000002")], Body::IdentifierChanged(change));
        let kept = without(&changed, gone, 9).expect("it names the person");
        assert!(kept.is_erased() && kept.subject.len() == 1);
        assert!(without(&event(vec![named("phone", "+4917000000002")], both.body), gone, 9).is_some());
        assert!(without(&kept, gone, 9).is_none());
    }

    #[test]
    fn a_decision_stands_as_long_as_it_says_something_of_others() {
        let id = |n: u8| ProfileId::random([n; 16]);
        let decision = |verdict| Decision { by: "anna".into(), reason: Some("Ada said so".into()), verdict };
        let gone = BTreeSet::from([id(1)]);
        let merge = decision(Verdict::Merge { left: id(1), right: id(2) });
        assert_eq!(decision_without(&merge, &gone), None);
        let apart = decision(Verdict::Apart { left: vec![id(1), id(3)], right: vec![id(2)] });
        let kept = decision_without(&apart, &gone).expect("two sides are left");
        assert_eq!(kept.verdict, Verdict::Apart { left: vec![id(3)], right: vec![id(2)] });
        assert_eq!(kept.reason, None);
        let apart = decision(Verdict::Apart { left: vec![id(1)], right: vec![id(2)] });
        assert_eq!(decision_without(&apart, &gone), None);
    }
}
