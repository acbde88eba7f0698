//! The index held against comparing everybody with everybody.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::index::weights;
use super::*;
use crate::model::event::{Decision, Verdict};
use crate::model::fold::{Node, in_force};
use crate::model::id::EventId;

impl Store {
    async fn write_forget(&self, gone: &ProfileId) {
        let gone = gone.clone();
        let forget = self
            .inner
            .writer
            .transact(move |database| Box::pin(async move { forget(database, &gone).await }));
        forget.await.expect("taken out");
    }
}

/// What comparing everybody with everybody gives.
async fn brute(store: &Store, most: u32) -> BTreeSet<(ProfileId, ProfileId, i64, bool)> {
    let mut database = store.inner.readers.begin().await.expect("a snapshot");
    let all = people::load(&mut database, &everybody(store).await).await.expect("read");
    let all: BTreeMap<_, _> = all.into_iter().map(|(id, person)| (id, person.facts())).collect();
    let weights = weights(keys::highest(&mut database).await.expect("read"));
    drop(database);
    let mut sharing: BTreeMap<String, BTreeSet<&ProfileId>> = BTreeMap::new();
    for (id, facts) in &all {
        for key in facts.keys() {
            sharing.entry(key).or_default().insert(id);
        }
    }
    sharing.retain(|_, people| people.len() <= most as usize);
    let log = store.events_after(0, 10_000).await.expect("read");
    let mut apart: BTreeSet<(ProfileId, ProfileId)> = BTreeSet::new();
    for made in in_force(log.iter().map(|logged| &logged.event)) {
        let Verdict::Apart { left, right } = made.decision.verdict else { continue };
        for a in &left {
            for b in &right {
                let now = (store.current(a.as_str()).await, store.current(b.as_str()).await);
                let (Ok(Some(a)), Ok(Some(b))) = now else { panic!("both are somebody") };
                apart.extend([(a.clone(), b.clone()), (b, a)]);
            }
        }
    }
    let mut found = BTreeSet::new();
    for (a, one) in &all {
        for (b, other) in
            all.range::<ProfileId, _>((std::ops::Bound::Excluded(a), std::ops::Bound::Unbounded))
        {
            let near = sharing.values().any(|people| people.contains(a) && people.contains(b));
            let told = compare(one, other, &weights);
            let enough = told.is_claimed() || told.evidence >= weights.asked();
            if near && enough && !apart.contains(&(a.clone(), b.clone())) {
                found.insert((a.clone(), b.clone(), (told.evidence * 1000.0) as i64, told.is_claimed()));
            }
        }
    }
    found
}

#[derive(Debug, Clone)]
enum Step {
    Said(u8, Box<NewEvent>),
    Decided { external_id: String, at: i64, decision: Decision },
}

/// The one thing of a kind and number: whoever says it again says the same.
fn step(store: &Store, kind: u8, n: u32) -> Step {
    let source = (n % 3) as u8;
    let person = n % 11;
    let at = i64::from(n * 37 % 101) * 10;
    let id = format!("{kind}-{n}");
    let key = |evident: Evident| Node::first(evident.identifier).key(store.id_key());
    let name = [("Anna", "Meier"), ("Anne", "Maier"), ("Jon", "Smith"), ("John", "Smyth"), ("Anna", "Smith")];
    let (first, last) = name[(n % 5) as usize];
    let birthday = ["1987-05-04", "1987-05-05", "1962-11-30"][(n % 7 % 3) as usize];
    let decided = |verdict| Step::Decided {
        external_id: id.clone(),
        at,
        decision: Decision { by: "anna".into(), reason: None, verdict },
    };
    let subject = |n| vec![customer(source, n)];
    match kind {
        0 | 1 => Step::Said(
            source,
            Box::new(said(
                &id,
                at,
                subject(person),
                &[("first-name", first), ("last-name", last), ("birthday", birthday)],
            )),
        ),
        2 => Step::Said(
            source,
            Box::new(said(&id, at, subject(person), &[("name", &format!("{last}, {first}"))])),
        ),
        3 => {
            let address =
                ["Hauptstr. 12, 10115 Berlin", "Hauptstraße 12, 10115 Berlin", "Ring 3, 20095 Hamburg"];
            Step::Said(
                source,
                Box::new(said(&id, at, subject(person), &[("address", address[(n % 3) as usize])])),
            )
        }
        4 => {
            let mut who = subject(person);
            who.push(named("email", &format!("anna{}@example.com", n % 4), Evidence::Claimed));
            Step::Said(source, Box::new(said(&id, at, who, &[])))
        }
        5 => {
            let mut who = subject(person);
            who.push(named("email", &format!("anna{}@example.com", n % 9), Evidence::Recorded));
            Step::Said(source, Box::new(said(&id, at, who, &[])))
        }
        // Nothing that is compared.
        6 => Step::Said(source, Box::new(said(&id, at, subject(person), &[("language", "de")]))),
        7 => decided(Verdict::Merge {
            left: key(customer(source, person)),
            right: key(customer(n as u8 % 2, n * 5 % 11)),
        }),
        8 => decided(Verdict::Apart {
            left: vec![key(customer(source, person))],
            right: vec![key(customer(0, n * 5 % 11)), key(customer(1, n * 3 % 11))],
        }),
        _ => {
            let Step::Decided { external_id, decision, .. } = step(store, 7 + (n % 2) as u8, n / 2) else {
                unreachable!("a decision")
            };
            let own = store.own_connection();
            let undone = EventId::derived(store.id_key(), &[own.as_str(), &external_id]);
            decided(Verdict::Undo { decision: undone, people: decision.verdict.names().cloned().collect() })
        }
    }
}

async fn take(store: &Store, step: &Step) {
    match step.clone() {
        Step::Said(source, event) => tell(store, source, vec![*event]).await,
        // What cannot be decided of anybody who was heard of is not decided.
        Step::Decided { external_id, at, decision } => {
            drop(store.decide_at(decision, external_id, at).await.expect("taken"));
        }
    }
}

async fn decisions(store: &Store) -> BTreeSet<EventId> {
    let log = store.events_after(0, 10_000).await.expect("read");
    log.into_iter().map(|logged| logged.event.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn after_any_order_of_events_the_suggestions_are_those_of_comparing_all_with_all(
        steps in proptest::collection::vec((0_u8..10, 0_u32..132), 1..60),
        order in proptest::collection::vec(any::<u32>(), 60),
        cuts in proptest::collection::vec(1_usize..9, 8),
        most in prop_oneof![Just(2_u32), Just(3), Just(5), Just(64)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
            let (straight, shuffled) = (open_with(&folders[0], most).await, open_with(&folders[1], most).await);
            let history: Vec<Step> = steps.iter().map(|(kind, n)| step(&straight, *kind, *n)).collect();
            let mut next = cuts.iter().cycle();
            let mut left = 1;
            for one in &history {
                take(&straight, one).await;
                left -= 1;
                if left == 0 {
                    follow(&straight, most, everybody(&straight).await).await;
                    prop_assert_eq!(stored(&straight).await, brute(&straight, most).await);
                    left = next.next().copied().unwrap_or(1);
                }
            }
            follow(&straight, most, everybody(&straight).await).await;
            prop_assert_eq!(stored(&straight).await, brute(&straight, most).await);
            let again = follow(&straight, most, everybody(&straight).await).await;
            prop_assert_eq!(again, (0, 0), "nothing changed");

            let mut keyed: Vec<(u32, &Step)> = order.iter().copied().cycle().zip(&history).collect();
            keyed.sort_by_key(|(place, _)| *place);
            for (_, one) in keyed {
                take(&shuffled, one).await;
                // Only what the log says to have changed.
                shuffled.follow_to_end(|_, _| {}).await.expect("followed");
            }
            prop_assert_eq!(stored(&shuffled).await, brute(&shuffled, most).await);
            let wanted = follow(&shuffled, most, everybody(&shuffled).await).await;
            prop_assert_eq!(wanted, (0, 0), "the log left nobody out");
            if decisions(&shuffled).await == decisions(&straight).await {
                prop_assert_eq!(stored(&shuffled).await, stored(&straight).await);
            }
            // Somebody is taken out at once, and the rest is as if they had never been there.
            if let Some(gone) = everybody(&shuffled).await.into_iter().next() {
                shuffled.write_forget(&gone).await;
                prop_assert!(stored(&shuffled).await.iter().all(|(a, b, ..)| ![a, b].contains(&&gone)));
            }
            shuffled.follow_anew().await.expect("emptied");
            shuffled.follow_to_end(|_, _| {}).await.expect("followed");
            prop_assert_eq!(stored(&shuffled).await, brute(&shuffled, most).await, "built anew");
            Ok(())
        })?;
    }
}
