//! Guests that take too much: time, stack, memory, tables, answers, calls, log lines, handles.

use switchboard_tests::{TestApp, log};

use super::network::{Manner, vendor};
use super::{connect, connect_to, hub, names_budget, others_work, parked, parks};

/// A guest that computes without end is ended with its computing time, wherever it does so.
async fn is_ended(guest: &str, path: &str) {
    let app = hub(guest, &[]).await;
    let bad = connect(&app, guest).await;
    let told = parks(&app, &bad, path, "{}").await;
    names_budget(&told, "150ms", "computing time", "plugin.limits.cpu");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_ends_with_its_computing_time() {
    is_ended("loop", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_start_ends_with_its_computing_time() {
    is_ended("start-loop", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_allocator_ends_with_its_computing_time() {
    is_ended("realloc-loop", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_clean_up_ends_with_its_computing_time() {
    is_ended("post-loop", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_asks_for_the_time_for_ever_ends_with_its_computing_time() {
    is_ended("snoop", "/clock-loop").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_draws_random_bytes_for_ever_ends_with_its_computing_time() {
    is_ended("snoop", "/random-loop").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_has_the_hub_compute_for_it_ends_with_its_computing_time() {
    is_ended("nagger", "/sign").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_recursion_ends_with_its_stack() {
    let app = hub("recursion", &[]).await;
    let bad = connect(&app, "recursion").await;
    let told = parks(&app, &bad, "", "{}").await;
    assert!(told.contains("crashed") && told.contains("stack exhausted"), "{told}");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_bomb_ends_with_its_memory() {
    let app = hub("memory-bomb", &["plugin.limits.memory=8 MiB"]).await;
    let bad = connect(&app, "memory-bomb").await;
    let told = parks(&app, &bad, "", "{}").await;
    names_budget(&told, "8 MiB", "memory", "plugin.limits.memory");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_bomb_ends_with_its_table_elements() {
    let app = hub("table-bomb", &[]).await;
    let bad = connect(&app, "table-bomb").await;
    let told = parks(&app, &bad, "", "{}").await;
    names_budget(&told, "50 000", "table elements", "plugin.limits.table_elements");
    others_work(&app).await;
}

/// A file that could never run is not installed, and says which limit it is about.
async fn is_not_installed(guest: &str, words: &[&str]) {
    let app = TestApp::with(&[guest, "courier"], &[]).await;
    let shown = app.get(&format!("/api/v1/plugins/{guest}")).await;
    let problem = shown["problem"].as_str().expect("a problem");
    assert!(words.iter().all(|word| problem.contains(word)) && shown["about"].is_null(), "{shown}");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_claims_more_memory_than_it_may_is_not_installed() {
    is_not_installed("memory-claim", &["memory", "plugin.max_memory"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_claims_a_larger_table_than_it_may_is_not_installed() {
    is_not_installed("table-claim", &["table", "plugin.limits.table_elements"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_wants_what_no_hub_offers_is_not_installed() {
    is_not_installed("stranger", &["foreign:machine/shell", "build it with the SDK"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_return_ends_with_what_may_be_handed_back() {
    let app = hub("huge-return", &[]).await;
    let bad = connect(&app, "huge-return").await;
    let told = parks(&app, &bad, "", "{}").await;
    names_budget(&told, "8 MiB", "data handed back", "plugin.limits.hand_back");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_little_memory_that_stands_for_much_counts_as_much() {
    let app = hub("many-in-one", &[]).await;
    let bad = connect(&app, "many-in-one").await;
    let told = parks(&app, &bad, "", "{}").await;
    names_budget(&told, "8 MiB", "data handed back", "plugin.limits.hand_back");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_of_host_calls_ends_with_its_calls() {
    // With writes that need not be earned, so that it does not take long.
    let sets = [
        "plugin.limits.host_calls=200",
        "plugin.limits.cpu=10s",
        "plugin.limits.wall=20s",
        "plugin.kv_rate=1000000",
    ];
    let app = hub("nagger", &sets).await;
    let bad = connect(&app, "nagger").await;
    for path in ["/settings", "/read", "/write", "/list"] {
        let told = parks(&app, &bad, path, "{}").await;
        names_budget(&told, "200", "calls to the hub", "plugin.limits.host_calls");
    }
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_for_its_writes_until_its_end_names_their_rate() {
    let app = hub("nagger", &["plugin.kv_rate=10", "plugin.limits.wall=3s"]).await;
    let bad = connect(&app, "nagger").await;
    let told = parks(&app, &bad, "/write", "{}").await;
    names_budget(&told, "10", "writes to the key-value store a second", "plugin.kv_rate");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_is_denied_for_ever_ends_and_fills_no_log() {
    let app = hub("nagger", &["plugin.limits.log_lines=7"]).await;
    let bad = connect(&app, "nagger").await;
    let told = parks(&app, &bad, "/denied", "{}").await;
    assert!(told.contains("exceeded its budget") && told.contains("raise `plugin.limits."), "{told}");
    let of = |words: &str| {
        let lines = log::text();
        lines.lines().filter(|line| line.contains(bad.id.as_str()) && line.contains(words)).count()
    };
    assert_eq!(of("not-granted.example"), 2 * 7, "the delivery and its replay");
    assert_eq!(of("were counted and not told"), 2);
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_huge_log_ends_with_its_lines() {
    let app = hub("chatterbox", &["plugin.limits.log_lines=10", "plugin.limits.log_line=100 B"]).await;
    let bad = connect(&app, "chatterbox").await;
    app.deliver_at(&bad, "/log?size=10", "{}", &[]).await.expect(200);
    assert!(parked(&app, &bad).await.is_empty(), "as many as may be");
    let told = parks(&app, &bad, "/log?size=500", "{}").await;
    names_budget(&told, "10", "log lines", "plugin.limits.log_lines");
    let lines = log::text();
    let of = |words: &str| {
        lines
            .lines()
            .filter(|line| line.contains(bad.id.as_str()) && line.contains(words))
            .collect::<Vec<_>>()
    };
    let written = of("chatter chatter");
    assert_eq!(
        written.len(),
        3 * 10,
        "what came before the limit stays: of one delivery, the next, its replay"
    );
    assert!(written.iter().all(|line| line.len() < 600), "and each is cut");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_is_one_line_of_a_known_length() {
    let app = hub("chatterbox", &["plugin.limits.log_lines=10"]).await;
    let bad = connect(&app, "chatterbox").await;
    app.deliver_at(&bad, "/print?size=500", "{}", &[]).await.expect(200);
    let lines = log::text();
    let own: Vec<_> =
        lines.lines().filter(|line| line.contains(bad.id.as_str()) && line.contains("printed")).collect();
    assert_eq!(own.len(), 1, "{own:?}");
    assert!(own[0].len() < 17_000 + 1_000, "16 KiB of what was printed: {}", own[0].len());
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_line_cannot_pretend_to_be_the_hubs() {
    let app = hub("chatterbox", &[]).await;
    let bad = connect(&app, "chatterbox").await;
    app.deliver_at(&bad, "/forge?size=1", "{}", &[]).await.expect(200);
    let lines = log::text();
    let mut forged = lines.lines().filter(|line| line.contains("forged"));
    let line = forged.next().expect("it is in the log");
    assert!(line.contains(bad.id.as_str()) && line.contains("chatter {"), "as the plugin's own line: {line}");
    assert!(forged.next().is_none() && !lines.contains('\u{1b}') && !line.contains("\\u001b"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_gives_nothing_back_ends_with_what_it_may_hold() {
    let app = hub("hoarder", &[]).await;
    let bad = connect(&app, "hoarder").await;
    let told = parks(&app, &bad, "/fields", "{}").await;
    names_budget(&told, "2 000", "things of the hub held at once", "plugin.limits.handles");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_headers_of_one_request_have_an_end() {
    let app = hub("hoarder", &[]).await;
    let bad = connect(&app, "hoarder").await;
    let told = parks(&app, &bad, "/large", "{}").await;
    names_budget(&told, "16 KiB", "headers of one request", "plugin.limits.headers");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_nobody_waits_for_are_no_more_than_may_be_under_way() {
    let vendor = vendor(Manner::Silent).await;
    let app = hub("hoarder", &[&vendor.allowed(), "plugin.http.concurrent=3"]).await;
    let bad = connect_to(&app, "hoarder", &vendor.url()).await;
    super::says(&app, &bad, "/requests", &vendor.addr.to_string()).await;
    assert!(vendor.visits() <= 3, "{} at once", vendor.visits());
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sleep_ends_with_its_time() {
    let app = hub("waiter", &["plugin.limits.wall=700ms"]).await;
    let bad = connect(&app, "waiter").await;
    let told = parks(&app, &bad, "/sleep", "{}").await;
    names_budget(&told, "700ms", "wall-clock time", "plugin.limits.wall");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_host_call_ends_at_its_deadline() {
    let vendor = vendor(Manner::Silent).await;
    let app = hub("waiter", &[&vendor.allowed(), "plugin.limits.wall=700ms"]).await;
    let bad = connect_to(&app, "waiter", &vendor.url()).await;
    let told = parks(&app, &bad, "/never", "{}").await;
    names_budget(&told, "700ms", "wall-clock time", "plugin.limits.wall");
    assert_eq!(vendor.visits(), 2, "the delivery and its replay");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_drips_is_waited_for_no_longer_than_the_deadline() {
    let vendor = vendor(Manner::Dripping).await;
    let app = hub("waiter", &[&vendor.allowed(), "plugin.limits.wall=900ms"]).await;
    let bad = connect_to(&app, "waiter", &vendor.url()).await;
    let told = parks(&app, &bad, "/drip", "{}").await;
    names_budget(&told, "900ms", "wall-clock time", "plugin.limits.wall");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_identifiers_is_refused() {
    let app = hub("flooder", &[]).await;
    let bad = connect(&app, "flooder").await;
    app.deliver_at(&bad, "/identifiers?size=50", "{}", &[]).await.expect(200);
    assert!(parked(&app, &bad).await.is_empty(), "as many as may be");
    let told = parks(&app, &bad, "/identifiers?size=51", "{}").await;
    assert!(
        told.contains("51 identifiers of one person, more than 50 (`plugin.limits.identifiers`)"),
        "{told}"
    );
    let person = app.person("flooder:person:50").await;
    assert!(person.is_null(), "nothing of it is kept: {person}");
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_events_statements_or_files_is_refused() {
    let app = hub("flooder", &["plugin.limits.events=100"]).await;
    let bad = connect(&app, "flooder").await;
    for (path, words) in [
        ("/events?size=101", "101 events in one answer"),
        ("/attributes?size=101", "101 attributes of one event"),
        ("/attachments?size=101", "101 attachments"),
    ] {
        let told = parks(&app, &bad, path, "{}").await;
        assert!(told.contains(words) && told.contains("more than 100 (`plugin.limits.events`)"), "{told}");
    }
    assert!(app.events().await.is_empty());
    others_work(&app).await;
}
