//! One person with very many events, beside one with few.

use std::collections::BTreeSet;
use std::path::Path;

use switchboard::generate::{END, History, Plan, Said, Source, Sources};
use switchboard::model::event::{Body, IdentifierChange, NewEvent};
use switchboard::model::identifier::{Evidence, Evident, Identifier};
use switchboard::store::{Ingest, Store};

use super::engine::Engine;
use super::figure::{self, Target, median, ms};
use super::{ingest, page, sources, taken};

/// The events of the one person.
const MANY: usize = 10_000;
/// Further events of both, by turns.
const FURTHER: usize = 2_000;
/// How often both are looked up.
const LOOKS: usize = 300;

pub(super) async fn run(given: &[String], folder: &Path) {
    let engine = Engine::of(given, folder, "one").await;
    let store = engine.open().await;
    let sources = sources(&store);
    let group = engine.options().group;
    let everybody = History::new(Plan { people: 2_000, events: 20_000, seed: 1 }, sources.clone());
    ingest(&store, everybody.expect("a plan").map(|one| taken(&sources, one)).collect(), 2 * group).await;
    let (mut many, few) = (person(&sources, 2, MANY + FURTHER), person(&sources, 1_000, FURTHER));
    let further = many.split_off(MANY);
    let (large, small) = (phone(&many), phone(&few));
    ingest(&store, many, 2 * group).await;
    println!("{}: one person with {MANY} events beside one with few", engine.title());

    for depth in [1, 64] {
        let (mut of_large, mut of_small) = (Vec::new(), Vec::new());
        let half = FURTHER / 2;
        let range = if depth == 1 { 0..half } else { half..FURTHER };
        for (a, b) in further[range.clone()].chunks(100).zip(few[range].chunks(100)) {
            of_large.push(100.0 / ingest(&store, a.to_vec(), depth).await.as_secs_f64());
            of_small.push(100.0 / ingest(&store, b.to_vec(), depth).await.as_secs_f64());
        }
        let (of_large, of_small) = (median(of_large), median(of_small));
        let ratio = of_small / of_large;
        println!(
            "  ingest, {depth} at once: {of_large:.0}/s beside {of_small:.0}/s, {ratio:.2} times as long ({})",
            Target::AtMost(2.0).judge(ratio)
        );
    }
    let ids = [id(&store, &large).await, id(&store, &small).await];
    let mut times: [[Vec<f64>; 2]; 2] = Default::default();
    for _ in 0..LOOKS {
        for (at, name) in [&large, &small].into_iter().enumerate() {
            let begun = figure::now();
            store.profile_by(name).await.expect("reads").expect("somebody");
            times[at][0].push(ms(begun.elapsed()));
            times[at][1].push(ms(page(&store, &ids[at]).await));
        }
    }
    let [of_large, of_small] = times;
    for (what, (a, b)) in
        ["look-up by identifier", "a profile page's data"].into_iter().zip(of_large.into_iter().zip(of_small))
    {
        let (a, b) = (median(a), median(b));
        println!(
            "  {what}: {a:.3} ms beside {b:.3} ms, {:.2} times as long ({})",
            a / b,
            Target::AtMost(2.0).judge(a / b)
        );
    }
    // What has everything that was ever said of them looked at, which is rare.
    for (who, name) in [("many", &large), ("few", &small)] {
        let begun = figure::now();
        ingest(&store, vec![change(&sources, name)], 1).await;
        println!("  a number change of the one with {who}: {:.0} ms", ms(begun.elapsed()));
    }
    store.close().await;
}

async fn id(store: &Store, name: &Identifier) -> switchboard::model::id::ProfileId {
    store.profile_by(name).await.expect("reads").expect("somebody").id
}

/// The events of one person who has shop, chat and web site, from the first such seed on.
fn person(sources: &Sources, seed: u64, events: usize) -> Vec<Ingest> {
    let wanted = BTreeSet::from([Source::Chat, Source::Shop, Source::Web]);
    for seed in seed.. {
        let plan = Plan { people: 1, events: events as u64, seed };
        let history = || History::new(plan, sources.clone()).expect("a plan");
        let used: BTreeSet<Source> = history().take(100).map(|said| said.source).collect();
        if used.is_superset(&wanted) {
            return history().take(events).map(|one| taken(sources, one)).collect();
        }
    }
    unreachable!("one person in thirty has them");
}

fn phone(events: &[Ingest]) -> Identifier {
    let mut named = events.iter().flat_map(|one| &one.events).flat_map(|event| &event.subject);
    let phone = named.find(|named| named.identifier.namespace == "phone").expect("a telephone");
    phone.identifier.clone()
}

fn change(sources: &Sources, phone: &Identifier) -> Ingest {
    let verified = |value: String| Evident {
        identifier: Identifier::new("phone", value).expect("an identifier"),
        evidence: Evidence::Verified,
    };
    let (previous, current) = (verified(phone.value.clone()), verified(format!("{}0", phone.value)));
    let event = NewEvent {
        external_id: format!("change of {phone}"),
        occurred_at: END,
        subject: vec![current.clone()],
        attributes: Vec::new(),
        body: Body::IdentifierChanged(IdentifierChange { previous, current }),
        source: None,
    };
    taken(sources, Said { source: Source::Chat, event })
}
