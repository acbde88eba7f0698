//! Two stores with the same key are told the same history: one event after another, and in any order, with
//! repetitions, in any groups, with a restart in between. Everything they can be asked must agree, and agree
//! with the fold in memory.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use switchboard::ambient::Entropy;
use switchboard::model::consent::{Sourced, stand};
use switchboard::model::conversation::id_of;
use switchboard::model::fold::Node;
use switchboard::model::id::AccountId;
use switchboard::model::rules::Rules;
use switchboard::store::{Filter, Sort, Undecidable, View};

use super::*;

/// Gives every store the same key, so that derived ids can be compared.
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

/// The rules of these stores: a message reopens what was resolved no longer than 150 ms before.
pub(super) fn rules() -> Rules {
    Rules::default().reopening(150)
}

pub(super) async fn open_fixed(folder: &tempfile::TempDir) -> Store {
    let ambient = Ambient { clock: Arc::new(ManualClock::at(1_000_000)), entropy: Arc::new(Fixed) };
    Store::open(&StoreOptions { rules: rules(), ..options(folder.path()) }, ambient).await.expect("a store")
}

fn mail(n: u32, evidence: Evidence) -> Evident {
    named("email", &format!("person{n}@example.com"), evidence)
}

fn order(id: u32, version: i64) -> Order {
    Order {
        id: id.to_string(),
        number: format!("#{id}"),
        state: if version % 2 == 0 { "open" } else { "closed" }.into(),
        payment_state: None,
        fulfilment_state: None,
        total: None,
        placed_at: None,
        updated_at: version,
        items: Vec::new(),
        url: None,
    }
}

fn viewed() -> Body {
    Body::PageViewed(Page { url: "https://shop.example/".into(), title: None, referrer: None })
}

fn customer_of(source: u8, n: u32) -> Evident {
    named(&format!("shop:{}:customer", source % 3), &(n + 1).to_string(), Evidence::Recorded)
}

fn device(n: u32) -> Evident {
    named("site:visitor", &format!("device {n}"), Evidence::Verified)
}

/// What is told of a history: by a connection, or by a person who decides.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Said(u8, Box<NewEvent>),
    Decided { external_id: String, at: i64, decision: Decision },
    Handled { external_id: String, at: i64, handling: Handling },
    Noted { external_id: String, at: i64, note: Note },
}

/// The one message of a number on a connection, in the messages that [`happening`] tells of.
fn message_of(key: &IdKey, source: u8, n: u32) -> MessageId {
    let (source, name) = match n % 3 {
        0 => (source % 6, format!("m{}", n % 6)),
        _ => (source % 6, format!("w{}", n % 40)),
    };
    MessageId::derived(key, &[connection(source).as_str(), &name])
}

/// The one thing of a kind and number that somebody does with a conversation.
pub(super) fn handled(store: &Store, source: u8, kind: u8, n: u32) -> Step {
    let key = store.id_key();
    let (message, at) = (message_of(key, source, n), i64::from(n * 29 % 113) * 10);
    let external_id = format!("handled:{source}-{kind}-{n}");
    let account = |n: u32| AccountId::random([n as u8 % 3; 16]);
    let deed = match kind {
        0 | 1 => Deed::Resolve,
        2 if n.is_multiple_of(3) => Deed::Reopen,
        2 => Deed::Snooze(at + 100),
        3 if n.is_multiple_of(2) => Deed::Assign(Some(account(n))),
        3 => Deed::Tag(format!("t{}", n % 4)),
        4 if n.is_multiple_of(2) => Deed::Priority(Priority::ALL[n as usize % 4]),
        4 => Deed::Untag(format!("t{}", n % 4)),
        5 => Deed::Split,
        6 => Deed::Merge(message_of(key, source + n as u8, n / 2)),
        7 => {
            let undone = handled(store, source, 5 + (n % 2) as u8, n / 2);
            let Step::Handled { external_id, .. } = undone else { unreachable!("something done") };
            let own = store.own_connection();
            Deed::Undo(EventId::derived(key, &[own.as_str(), &external_id]))
        }
        _ => {
            let note =
                Note { by: "anna".into(), message, text: format!("note {n}"), mentions: vec![account(n)] };
            return Step::Noted { external_id, at, note };
        }
    };
    Step::Handled { external_id, at, handling: Handling { by: "anna".into(), message, deed } }
}

/// The one decision of a number.
pub(super) fn decided(store: &Store, kind: u8, n: u32) -> Step {
    let key = store.id_key();
    let name = |evident: Evident| Node::first(evident.identifier).key(key);
    let (a, b) = (n % PEOPLE, n * 5 % PEOPLE);
    let verdict = match kind {
        0 => Verdict::Merge { left: name(phone(a)), right: name(phone(b)) },
        1 => Verdict::Merge { left: name(phone(a)), right: name(customer_of(1, b)) },
        2 => Verdict::Apart { left: vec![name(phone(a))], right: vec![name(mail(b, Evidence::Recorded))] },
        3 => Verdict::Apart {
            left: vec![name(phone(a)), name(phone(a / 3))],
            right: vec![name(phone(b)), name(customer_of(0, b)), name(customer_of(2, a))],
        },
        _ => {
            let undone = decided(store, (n % 4) as u8, n / 4);
            let Step::Decided { external_id, decision, .. } = undone else { unreachable!("a decision") };
            let own = store.own_connection();
            let decision_id = EventId::derived(key, &[own.as_str(), &external_id]);
            Verdict::Undo { decision: decision_id, people: decision.verdict.names().cloned().collect() }
        }
    };
    let decision = Decision { by: "anna".into(), reason: None, verdict };
    Step::Decided { external_id: format!("{kind}-{n}"), at: i64::from(n * 31 % 97) * 10, decision }
}

/// How many people there are to be talked of, some of whom turn out to be one.
const PEOPLE: u32 = 44;

/// The one event of a kind and number on a connection: whoever says it again says the same.
pub(super) fn happening(key: &IdKey, source: u8, kind: u8, n: u32) -> NewEvent {
    let at = match n % 19 {
        // Clocks of vendors are wrong, and some things are told long after.
        7 => 4_102_444_800_000 + i64::from(n),
        11 => -i64::from(n),
        _ => i64::from(n * 37 % 101) * 10 + i64::from(kind) % 3,
    };
    let (a, b) = (n % PEOPLE, (n * 7 + u32::from(source)) % PEOPLE);
    let about = format!("m{}", n % 6);
    let id = format!("{kind}-{n}");
    let vendor = |who: u32| named(&format!("vendor:{source}"), &who.to_string(), Evidence::Recorded);
    let customer = || Body::CustomerUpdated(Customer { id: a.to_string(), state: None, updated_at: None });
    let mut event = match kind {
        0 => {
            let who = vec![phone(n % 6), mail(b, Evidence::Claimed)];
            let body = Body::MessageReceived(message(&about, "the webhook's words"));
            said(&id, i64::from(n % 6) * 20, who, body)
        }
        // A poll brings some of the same messages under other keys and times.
        1 => said(
            &format!("poll:{id}"),
            at,
            vec![phone(n % 6)],
            Body::MessageReceived(message(&about, "the poll's words")),
        ),
        2 => {
            let states =
                [DeliveryState::Sent, DeliveryState::Delivered, DeliveryState::Read, DeliveryState::Failed];
            let news = MessageStatus {
                message: about,
                state: states[n as usize % 4],
                correlation: None,
                reason: None,
            };
            said(&id, at, Vec::new(), Body::MessageStatus(news))
        }
        3 => said(
            &id,
            at,
            Vec::new(),
            Body::MessageEdited(MessageEdit { id: about, text: format!("edit {n}") }),
        ),
        4 if n.is_multiple_of(5) => said(&id, at, Vec::new(), Body::MessageDeleted(MessageRef { id: about })),
        4 => {
            let reaction = Reaction { message: about, emoji: ["", "+1", "-1"][n as usize % 3].into() };
            said(&id, at, vec![phone(a)], Body::Reaction(reaction))
        }
        5 => said(&id, at, vec![vendor(a), phone(a)], customer()),
        6 => said(&id, at, vec![vendor(a), mail(b, Evidence::Recorded)], customer()),
        7 => said(&id, at, vec![vendor(a)], Body::Order(order(n % 4, at))),
        8 => {
            let parcel = Fulfilment {
                id: (n % 3).to_string(),
                order: (n % 4).to_string(),
                state: format!("state {n}"),
                carrier: None,
                tracking_numbers: Vec::new(),
                tracking_urls: Vec::new(),
                updated_at: at,
            };
            said(&id, at, Vec::new(), Body::Fulfilment(parcel))
        }
        9 => said(&id, at, vec![mail(a, Evidence::Claimed)], Body::Order(order(n % 4, at))),
        10 => {
            let change = IdentifierChange { previous: phone(a), current: phone(b) };
            said(&id, at, vec![phone(b)], Body::IdentifierChanged(change))
        }
        11 => {
            let merge =
                CustomerMerge { kept: a.to_string(), merged: vec![vendor(b), mail(3, Evidence::Claimed)] };
            said(&id, at, vec![vendor(a)], Body::CustomerMerged(merge))
        }
        12 => said(&id, at, vec![mail(a, Evidence::Claimed)], viewed()),
        // Further messages both ways, some of which answer others.
        27.. => {
            let w = n % 40;
            let mut words = message(&format!("w{w}"), "further words");
            words.reply_to = w.is_multiple_of(3).then(|| format!("m{}", w % 6));
            words.thread = (w % 4 == 1).then(|| "a thread".to_owned());
            let body = if w % 5 == 2 { Body::MessageSent(words) } else { Body::MessageReceived(words) };
            said(&format!("w:{w}"), i64::from(w * 13 % 97) * 10, vec![phone(w % 6)], body)
        }
        // Two accounts of one shop that share a telephone, and many that share one.
        13 => said(&id, at, vec![customer_of(source, a), phone(a / 3)], customer()),
        14 => said(&id, at, vec![customer_of(source, a), phone(48)], customer()),
        // A device that several people use, and that is used by nobody in particular.
        15 => said(&id, at, vec![customer_of(source, a), device(n % 5)], viewed()),
        16 => said(&id, at, vec![device(n % 5)], viewed()),
        17 => said(&id, at, vec![phone(a)], Body::CustomerDeleted(CustomerRef { id: a.to_string() })),
        18 => said(&id, at, vec![named("phone", "+000000000", Evidence::Recorded)], viewed()),
        20 => {
            let who = [phone(a), customer_of(source, a), vendor(a), mail(b, Evidence::Recorded)];
            let consent = Consent {
                channel: ["email", "SMS", "all"][n as usize % 3].into(),
                purpose: ["marketing", "service"][n as usize % 2].into(),
                granted: !n.is_multiple_of(5),
                proof: n.is_multiple_of(4).then(|| format!("form {n}")),
                recorded_by: None,
            };
            said(&id, at, vec![who[n as usize % 4].clone()], Body::Consent(consent))
        }
        _ => {
            let insight = Insight {
                message: MessageId::derived(key, &[connection(source % 4).as_str(), &about]),
                kind: ["sentiment", "urgency"][n as usize % 2].into(),
                label: format!("label {n}"),
                score: None,
                confidence: None,
                details: None,
            };
            said(&id, at, vec![phone(n % 6)], Body::Insight(insight))
        }
    };
    if matches!(kind, 0 | 5 | 6) {
        let value = ["Ada", "Ada L.", "", "Grace"][n as usize % 4];
        event.attributes.push(Attribute { field: "name".into(), value: value.into() });
        event
            .attributes
            .push(Attribute { field: "language".into(), value: ["en", "de"][n as usize % 2].into() });
    }
    event
}

/// Tells a store a group of steps; answers those that it cannot take yet, because what they decide of has
/// not been heard of.
pub(super) async fn take(store: &Store, group: &[Step]) -> Vec<Step> {
    let mut early = Vec::new();
    // What goes on at once queues up, and the writer commits it together.
    let said = group.iter().filter_map(|step| match step {
        Step::Said(source, event) => {
            Some(store.ingest(ingest(connection(*source), vec![NewEvent::clone(event)])))
        }
        Step::Decided { .. } | Step::Handled { .. } | Step::Noted { .. } => None,
    });
    for taken in join_all(said).await {
        taken.expect("taken");
    }
    for step in group {
        let done = match step {
            Step::Handled { external_id, at, handling } => {
                store.handle_at(handling.clone(), external_id.clone(), *at).await.expect("taken").err()
            }
            Step::Noted { external_id, at, note } => {
                store.note_at(note.clone(), external_id.clone(), *at).await.expect("taken").err()
            }
            _ => None,
        };
        if done.is_some() {
            early.push(step.clone());
        }
        let Step::Decided { external_id, at, decision } = step else { continue };
        let told = store.decide_at(decision.clone(), external_id.clone(), *at).await.expect("taken");
        match told {
            Ok(_) | Err(Undecidable::Same(_)) => {}
            Err(Undecidable::Nobody(_) | Undecidable::NoDecision(_)) => early.push(step.clone()),
            Err(other) => panic!("{other}"),
        }
    }
    early
}

/// Everything a store can be asked, in words that do not depend on the order of the log.
async fn answers(store: &Store) -> Vec<String> {
    let all = PageRequest::first(1_000);
    let mut out = Vec::new();
    for person in store.profiles(None, &all).await.expect("read").items {
        let mut timeline: Vec<_> = store.timeline(&person.id, &all).await.expect("read").items;
        timeline.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
        for entry in timeline {
            out.push(format!("{} {} {} {} {}", person.id, entry.event, entry.at, entry.kind, entry.summary));
        }
        for message in store.messages(&person.id, &all).await.expect("read").items {
            out.push(format!("{} {message:?}", person.id));
        }
        out.push(format!("{person:?}"));
        out.push(format!("{:?}", store.conversation_of(&person.id).await.expect("read")));
    }
    for view in store.conversations(&Filter::of(View::All), Sort::Latest, &all).await.expect("read").items {
        let messages = store.conversation_messages(&view, &all).await.expect("read").items;
        let ids: Vec<_> = messages.into_iter().map(|view| view.message.id).collect();
        out.push(format!("{view:?} {ids:?}"));
    }
    let everything = RecordFilter { profile: None, kind: None, connection: None };
    for record in store.records(&everything, &all).await.expect("read").items {
        out.push(format!("{record:?}"));
    }
    out.sort();
    out
}

/// What the fold in memory says, compared with what the store says.
async fn agrees(store: &Store, world: &World) -> Result<(), TestCaseError> {
    for logged in store.events_after(0, 10_000).await.expect("read") {
        let home = world.identity.homes.get(&logged.event.id);
        prop_assert_eq!(logged.profile.as_ref(), home, "whose is {:?}", logged.event.said);
    }
    let told = store.profiles(None, &PageRequest::first(1_000)).await.expect("read").items;
    let expected: BTreeSet<_> = world.people.keys().cloned().collect();
    prop_assert_eq!(told.iter().map(|person| person.id.clone()).collect::<BTreeSet<_>>(), expected);
    for person in told {
        let folded = &world.people[&person.id];
        let timeline = store.timeline(&person.id, &PageRequest::first(1_000)).await.expect("read").items;
        prop_assert_eq!(
            &timeline.into_iter().map(|entry| entry.event).collect::<BTreeSet<_>>(),
            &folded.events
        );
        let stated = folded.attributes.values().map(|candidate| Stated {
            field: candidate.field.clone(),
            value: candidate.value.clone(),
            priority: 0,
            place: candidate.place,
            source: Source {
                connection: candidate.connection.clone(),
                title: String::new(),
                event: candidate.last.1.clone(),
                at: candidate.last.0,
                since: candidate.first.0,
            },
        });
        let now_theirs = person.identifiers.iter().filter(|known| known.until.is_none());
        let now_theirs: Vec<_> = now_theirs.map(|known| known.identifier.clone()).collect();
        prop_assert_eq!(&person.attributes, &choose(stated.collect(), &now_theirs));
        let known: BTreeSet<_> = person.identifiers.iter().map(|known| known.identifier.clone()).collect();
        let of = world.identity.nodes.iter().filter(|(_, standing)| standing.profile == person.id);
        prop_assert_eq!(&of.map(|(node, _)| node.identifier.clone()).collect::<BTreeSet<_>>(), &known);
        let typed = folded.claims.values().filter(|claim| !known.contains(&claim.identifier));
        let mut typed: Vec<_> = typed.map(|claim| (&claim.identifier, &claim.event, claim.at)).collect();
        let mut claims: Vec<_> =
            person.claims.iter().map(|claim| (&claim.identifier, &claim.event, claim.at)).collect();
        typed.sort();
        claims.sort();
        prop_assert_eq!(claims, typed);
        let leave = folded.consents.iter().cloned();
        let leave = leave.map(|statement| Sourced { statement, title: String::new(), priority: 0 });
        prop_assert_eq!(&person.consents, &stand(leave.collect(), 1_000_000));
    }
    for (id, (state, owner)) in world.messages.iter().filter(|(_, (state, _))| state.content.is_some()) {
        let stored = store.message(id).await.expect("read").expect("known");
        prop_assert_eq!((&stored.message, &stored.profile), (state, owner));
    }
    let all = Filter::of(View::All);
    let told = store.conversations(&all, Sort::Latest, &PageRequest::first(1_000)).await.expect("read").items;
    let mut expected = 0;
    for (person, folded) in &world.conversations {
        let mut told: Vec<_> = told.iter().filter(|view| view.profile == *person).collect();
        told.sort_by(|a, b| a.conversation.first.cmp(&b.conversation.first));
        let folded_ones: Vec<_> = folded.conversations.iter().map(|(one, _)| one).collect();
        prop_assert_eq!(told.iter().map(|view| &view.conversation).collect::<Vec<_>>(), folded_ones);
        for (one, messages) in &folded.conversations {
            for id in messages {
                let stored = store.message(id).await.expect("read").expect("known");
                prop_assert_eq!(stored.conversation, Some(one.id()));
                // The id of every message leads to its conversation.
                let found = store.conversation(&id_of(id)).await.expect("read").expect("found");
                prop_assert_eq!(found.id, one.id());
            }
            expected += 1;
        }
    }
    prop_assert_eq!(told.len(), expected);
    let everything = RecordFilter { profile: None, kind: None, connection: None };
    let records = store.records(&everything, &PageRequest::first(1_000)).await.expect("read").items;
    for ((connection, kind, vendor_id), (record, owner)) in &world.records {
        let parts = records.iter().flat_map(|record| &record.parts);
        let mut stored = records.iter().chain(parts).filter(|stored| {
            (&stored.connection, stored.kind.as_str(), &stored.vendor_id) == (connection, *kind, vendor_id)
        });
        let stored = stored.next().expect("every record is listed");
        prop_assert_eq!(
            (&stored.profile, &stored.state, stored.changed_at),
            (owner, &record.state, record.changed_at)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if ON_A_SERVER { 12 } else { 48 }, ..ProptestConfig::default() })]

    #[test]
    fn every_order_repetition_grouping_and_restart_gives_the_same_answers(
        steps in proptest::collection::vec((0_u8..6, 0_u8..41, 0_u32..144), 1..140),
        order in proptest::collection::vec(any::<u32>(), 180),
        cuts in proptest::collection::vec(1_usize..17, 8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
            let (straight, mut shuffled) = (open_fixed(&folders[0]).await, open_fixed(&folders[1]).await);
            let key = straight.id_key().clone();
            let history: Vec<Step> = steps.iter().map(|(source, kind, n)| match kind {
                0..21 | 27..31 => Step::Said(*source, Box::new(happening(&key, *source, *kind, *n))),
                31.. => handled(&straight, *source, kind - 31, *n),
                _ => decided(&straight, kind - 21, *n),
            }).collect();
            let mut early = Vec::new();
            for one in &history {
                early.extend(take(&straight, std::slice::from_ref(one)).await);
            }
            settle(&straight, early).await;
            // What could not be decided of anybody who was heard of was not said.
            let folded = log(&straight).await;
            let world = World::of(&key, &rules(), &folded);
            let repeated = history.iter().chain(history.iter().step_by(3)).cloned();
            let mut keyed: Vec<_> = repeated.enumerate().map(|(at, one)| (order[at % order.len()], one)).collect();
            keyed.sort_by_key(|(place, _)| *place);
            let all: Vec<_> = keyed.into_iter().map(|(_, one)| one).collect();
            let (mut rest, half) = (all.as_slice(), all.len() / 2);
            let mut early = Vec::new();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (group, tail) = rest.split_at((*cut).min(rest.len()));
                early.extend(take(&shuffled, group).await);
                if rest.len() > half && tail.len() <= half {
                    shuffled.close().await;
                    shuffled = open_fixed(&folders[1]).await;
                }
                rest = tail;
            }
            settle(&shuffled, early).await;
            agrees(&straight, &world).await?;
            let reordered = log(&shuffled).await;
            let ids = |log: &[Event]| log.iter().map(|event| event.id.clone()).collect::<BTreeSet<_>>();
            if ids(&reordered) == ids(&folded) {
                agrees(&shuffled, &world).await?;
                prop_assert_eq!(answers(&straight).await, answers(&shuffled).await);
            } else {
                // Another order left another decision without anything to decide.
                agrees(&shuffled, &World::of(&key, &rules(), &reordered)).await?;
            }
            // From the log alone, the same; and by other rules, what those make of it.
            let rebuilt = shuffled.rebuild(true, |_| {}).await.expect("folded anew");
            prop_assert_eq!((rebuilt.differed, rebuilt.events), (0, reordered.len() as u64));
            let other = Rules::parse(&["phone limit=2", "email joins=verified", "shop:1:* limit=3"], &["phone .*7"], 9);
            let other = other.expect("rules").reopening(40);
            let tried = straight.try_rules(&other, |_| {}).await.expect("tried");
            agrees(&straight, &world).await?;
            let set = straight.set_rules(&other, |_| {}).await.expect("folded anew");
            prop_assert_eq!((tried.differed, &tried.changes), (set.differed, &set.changes));
            agrees(&straight, &World::of(&key, &other, &folded)).await?;
            prop_assert_eq!(straight.rebuild(true, |_| {}).await.expect("folded anew").differed, 0);
            Ok(())
        })?;
    }
}

/// Tells a store what it could not take before, until nothing of it is new.
async fn settle(store: &Store, mut early: Vec<Step>) {
    loop {
        let before = early.len();
        early = take(store, &early).await;
        if early.len() == before {
            return;
        }
    }
}

/// Everything in the log.
async fn log(store: &Store) -> Vec<Event> {
    let logged = store.events_after(0, 10_000).await.expect("read");
    logged.into_iter().map(|logged| logged.event).collect()
}

#[tokio::test]
async fn a_value_that_turns_out_to_be_used_by_many_leaves_nobody_stored_otherwise_than_the_log_has_it() {
    for later in [false, true] {
        for at_once in [false, true] {
            let scene = Scene::new().await;
            let mut events = Vec::new();
            for n in 0..8_u32 {
                let customer = named("shop:acme:customer", &(n + 1).to_string(), Evidence::Recorded);
                let who = vec![customer, mail(0, Evidence::Recorded)];
                let at = if later { 100 - i64::from(n) } else { i64::from(n) };
                let body =
                    Body::CustomerUpdated(Customer { id: n.to_string(), state: None, updated_at: None });
                events.push(said(&format!("c{n}"), at, who.clone(), body));
                let body = Body::Order(order(n, at));
                events.push(said(&format!("o{n}"), at + 200, who, body));
                events.push(said(&format!("v{n}"), at + 300, vec![mail(0, Evidence::Recorded)], viewed()));
            }
            if at_once {
                scene.store.ingest(ingest(connection(1), events)).await.expect("taken");
            } else {
                for event in events {
                    scene.store.ingest(ingest(connection(1), vec![event])).await.expect("taken");
                }
            }
            let rebuilt = scene.store.rebuild(true, |_| {}).await.expect("folded anew");
            assert_eq!(rebuilt.differed, 0, "later {later}, at once {at_once}: {:?}", rebuilt.changes);
        }
    }
}
