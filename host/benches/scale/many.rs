//! Many people.

use std::path::Path;
use std::time::Duration;

use switchboard::generate::{History, Plan};
use switchboard::model::identifier::Identifier;
use switchboard::store::{Ingest, Progress, Store};

use super::engine::Engine;
use super::figure::{self, Target, median, ms};
use super::{ingest, memory, page, sources, taken};

/// Events of one turn of full and empty.
const TURN: usize = 5_000;
/// Events that both take by turns, at most; the engine writes their rows.
const BOTH: usize = 100_000;
/// How many people are looked up.
const SAMPLE: usize = 1_000;
/// How long folding anew is watched; its rate is told of what was done by then.
const WATCHED: Duration = Duration::from_secs(240);

pub(super) async fn run(given: &[String], folder: &Path, plan: Plan) {
    let full = Engine::of(given, folder, "full").await;
    let empty = Engine::of(given, folder, "empty").await;
    let (store, fresh) = (full.open().await, empty.open().await);
    let sources = sources(&store);
    let mut history = History::new(plan, sources.clone()).expect("a plan");
    println!("{}: {} people, {} events", full.title(), plan.people, plan.events);
    let group = full.options().group;
    let both = BOTH.min(plan.events as usize / 10);
    let before = plan.events as usize - both;
    let window = before / 19;
    let (mut filled, begun) = (0, figure::now());
    let (mut windows, mut took, mut counted) = (Vec::new(), Duration::ZERO, 0);
    while filled < before {
        let some: Vec<Ingest> =
            history.by_ref().take(TURN.min(before - filled)).map(|one| taken(&sources, one)).collect();
        filled += some.len();
        counted += some.len();
        took += ingest(&store, some, 2 * group).await;
        if counted >= window || filled == before {
            windows.push(counted as f64 / took.as_secs_f64());
            println!(
                "  {filled} events after {:.0} s: {:.0}/s",
                begun.elapsed().as_secs_f64(),
                windows[windows.len() - 1]
            );
            (took, counted) = (Duration::ZERO, 0);
        }
    }
    let drift = windows[windows.len() - 1] / windows[0];
    println!("  ingest, the last window beside the first: {drift:.2} (whatever else the machine did)");

    let (mut in_full, mut in_empty, mut count) = (Vec::new(), Vec::new(), 0);
    loop {
        let some: Vec<Ingest> = history.by_ref().take(TURN).map(|one| taken(&sources, one)).collect();
        if some.is_empty() {
            break;
        }
        let size = some.len() as f64;
        count += some.len();
        in_full.push(size / ingest(&store, some.clone(), 2 * group).await.as_secs_f64());
        in_empty.push(size / ingest(&fresh, some, 2 * group).await.as_secs_f64());
    }
    fresh.close().await;
    let (in_full, in_empty) = (median(in_full), median(in_empty));
    let copy = Engine::of(given, folder, "copy").await;
    copy.open().await.close().await;
    let (took, rows) = copy.bulk(&empty, group * 8).await;
    let bulk = count as f64 / took.as_secs_f64();
    println!(
        "  ingest by turns: full {in_full:.0}/s, empty {in_empty:.0}/s, ratio {:.2} ({})",
        in_full / in_empty,
        Target::AtLeast(0.8).judge(in_full / in_empty)
    );
    println!(
        "  the engine's own bulk insert of the same rows ({:.1} an event): {bulk:.0} events/s; beside it empty {:.2}, full {:.2}",
        rows as f64 / count as f64,
        in_empty / bulk,
        in_full / bulk
    );
    let bytes = store.bytes().await.expect("reads");
    store.close().await;
    println!("  {} MiB, {:.0} bytes an event", bytes >> 20, bytes as f64 / plan.events as f64);

    let store = full.open().await;
    look(&store).await;
    rebuild(&store).await;
    store.close().await;
    println!("  memory at most: {} MiB", memory());
}

/// Looks people up, as often as they have events, spread over the whole log.
async fn look(store: &Store) {
    let last = store.last_seq().await.expect("reads");
    let (mut found, mut pages) = (Vec::new(), Vec::new());
    for at in 0..SAMPLE as i64 {
        let event = store.events_after(at * (last / SAMPLE as i64), 1).await.expect("reads").remove(0);
        let joins = |named: &&switchboard::model::identifier::Evident| named.evidence.joins();
        let Some(named) = event.event.said.subject.iter().find(joins) else { continue };
        let identifier: Identifier = named.identifier.clone();
        let begun = figure::now();
        let profile = store.profile_by(&identifier).await.expect("reads").expect("everybody is there");
        found.push(ms(begun.elapsed()));
        pages.push(ms(page(store, &profile.id).await));
    }
    for (what, mut times, target) in
        [("look-up by identifier", found, 1.0), ("a profile page's data", pages, 5.0)]
    {
        let middle = median(times.iter().copied());
        times.sort_unstable_by(f64::total_cmp);
        let p99 = times[times.len() * 99 / 100];
        println!(
            "  {what}: median {middle:.3} ms, p99 {p99:.3} ms ({})",
            Target::AtMost(target).judge(middle)
        );
    }
}

/// Folds everybody anew and compares, or as many as there is time for.
async fn rebuild(store: &Store) {
    let (begun, mut at, mut reading) = (figure::now(), Progress::default(), Duration::ZERO);
    let done = store.rebuild(true, |progress| {
        if progress.folded == 0 {
            reading = begun.elapsed();
        }
        at = progress;
    });
    let done = tokio::time::timeout(WATCHED, done).await;
    let took = begun.elapsed();
    let differed = match done {
        Ok(done) => format!("{} people stored otherwise", done.expect("folds").differed),
        Err(_) => format!("{} of {} events folded when it was cut short", at.folded, at.of),
    };
    println!(
        "  rebuild --verify: {:.0} events/s read, {:.0} events/s folded; {differed}",
        at.read as f64 / reading.as_secs_f64(),
        at.folded as f64 / (took - reading).as_secs_f64().max(f64::EPSILON)
    );
}
