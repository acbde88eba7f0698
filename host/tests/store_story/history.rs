//! One store is told a history in order, the fold in memory the same in any order and grouping: both say
//! the same of everybody.

use super::*;

/// A history of a few people over a few connections, with shared phones, typed mails and late times.
fn history() -> impl Strategy<Value = Vec<(u8, NewEvent)>> {
    let one = (0_u8..4, 0_u32..30, 0_u32..20, 0_u32..20, 0_i64..1_000, 0_u8..9);
    proptest::collection::vec(one, 1..60).prop_map(|steps| {
        let step = |(source, n, a, b, at, kind): (u8, u32, u32, u32, i64, u8)| {
            let vendor = named(&format!("vendor:{source}"), &a.to_string(), Evidence::Recorded);
            let id = format!("e{n}-{kind}");
            // Everything that shares an external id must be the same event: derive all from it.
            let (a, b, at) =
                (u32::from(source) + n % 7, (n * 7 + b / 20) % 11, i64::from(n) * 31 % 500 + at / 1_000);
            let event = match kind {
                0..=3 => received(&id, at, phone(a), "text"),
                4 => said(
                    &id,
                    at,
                    vec![vendor_of(source, a), phone(b)],
                    Body::CustomerDeleted(CustomerRef { id: a.to_string() }),
                ),
                5 => said(
                    &id,
                    at,
                    vec![vendor_of(source, b), named("email", "x@y.example", Evidence::Claimed)],
                    Body::CustomerDeleted(CustomerRef { id: b.to_string() }),
                ),
                6 => {
                    let mut event =
                        said(&id, at, vec![phone(a)], Body::CustomerDeleted(CustomerRef { id: "n".into() }));
                    event
                        .attributes
                        .push(Attribute { field: "name".into(), value: format!("Name {}", n % 3) });
                    event
                }
                7 => status(&format!("e{}-0", n), DeliveryState::Read, at, None),
                _ => said(
                    &id,
                    at,
                    vec![phone(b)],
                    Body::IdentifierChanged(IdentifierChange { previous: phone(a), current: phone(b) }),
                ),
            };
            let _ = vendor;
            (source, event)
        };
        let mut unique: BTreeMap<(u8, String), NewEvent> = BTreeMap::new();
        for (source, event) in steps.into_iter().map(step) {
            unique.entry((source, event.external_id.clone())).or_insert(event);
        }
        unique.into_iter().map(|((source, _), event)| (source, event)).collect()
    })
}

fn vendor_of(source: u8, n: u32) -> Evident {
    named(&format!("vendor:{source}"), &n.to_string(), Evidence::Recorded)
}

/// What is said of every person, by identifier: ids, identifiers, attributes, claims and event counts.
async fn told(store: &Store) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let people = store.profiles(None, &PageRequest::first(1_000)).await.expect("read");
    for person in people.items {
        let timeline = store.timeline(&person.id, &PageRequest::first(1_000)).await.expect("read");
        let mut events: Vec<String> = timeline.items.iter().map(|entry| entry.event.to_string()).collect();
        events.sort();
        let attributes: Vec<_> = person
            .attributes
            .iter()
            .map(|a| (&a.field, &a.value, a.source.at, a.source.since, a.others.len()))
            .collect();
        let text = format!(
            "{:?} {:?} {attributes:?} {events:?} {}",
            person.identifiers, person.claims, person.active_at
        );
        out.insert(person.id.to_string(), text);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_order_duplication_and_grouping_tells_the_same_people(
        history in history(),
        order in proptest::collection::vec(any::<u32>(), 60),
        cuts in proptest::collection::vec(1_usize..9, 60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let straight = Scene::new().await;
            for (source, event) in &history {
                straight.store.ingest(ingest(connection(*source), vec![event.clone()])).await.expect("taken");
            }
            // The same installation key, so that ids can be compared: begin from a copy without events.
            let mut shuffled: Vec<(u8, NewEvent)> = history.iter().chain(history.iter().take(7)).cloned().collect();
            let mut keyed: Vec<(u32, (u8, NewEvent))> = shuffled.drain(..).enumerate().map(|(i, e)| (order[i % order.len()].wrapping_mul(i as u32 + 1), e)).collect();
            keyed.sort_by_key(|(key, _)| *key);
            let key = straight.store.id_key().clone();
            let mut world = World::default();
            let mut all: Vec<Event> = Vec::new();
            for (_, (source, said)) in &keyed {
                let id = EventId::derived(&key, &[connection(*source).as_str(), &said.external_id]);
                all.push(Event { id, connection: connection(*source), delivery: None, received_at: 0, said: said.clone() });
            }
            let mut rest = all.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (group, tail) = rest.split_at((*cut).min(rest.len()));
                world.absorb(&key, group);
                rest = tail;
            }
            let told = told(&straight.store).await;
            let mut expected: Vec<String> = world.people.iter().filter(|(_, p)| !p.events.is_empty()).map(|(id, _)| id.to_string()).collect();
            expected.sort();
            prop_assert_eq!(told.keys().cloned().collect::<Vec<_>>(), expected);
            for (id, person) in &world.people {
                let told = &told[id.as_str()];
                for event in &person.events {
                    prop_assert!(told.contains(event.as_str()), "{} lacks {}", id, event);
                }
            }
            for (identifier, (node, profile)) in &world.identifiers {
                if switchboard::model::fold::identity::is_inner(identifier) { continue; }
                let stored = straight.store.profile_by(identifier).await.expect("read").expect("known");
                prop_assert_eq!(&stored.id, profile);
                let known = stored.identifiers.iter().find(|k| k.identifier == *identifier).expect("listed");
                prop_assert_eq!((known.seen, known.evidence), (node.seen, node.evidence));
            }
            for (message, (state, owner)) in world.messages.iter().filter(|(_, (state, _))| state.content.is_some()) {
                let stored = straight.store.message(message).await.expect("read").expect("known");
                prop_assert_eq!(&stored.message, state);
                prop_assert_eq!(&stored.profile, owner);
            }
            Ok(())
        })?;
    }
}
