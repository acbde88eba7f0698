//! Events as they happen, resumed without a gap.

use std::time::Duration;

use switchboard_tests::TestApp;

use crate::vendors::{NOON, chat, text};

/// Reads a stream until so many ids came.
async fn ids(response: &mut reqwest::Response, many: usize) -> Vec<i64> {
    let mut text = String::new();
    loop {
        let ids: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix("id: ")?.trim().parse().ok()).collect();
        if ids.len() >= many {
            return ids;
        }
        let piece = tokio::time::timeout(Duration::from_secs(20), response.chunk()).await.expect("in time");
        text.push_str(&String::from_utf8_lossy(&piece.expect("it goes on").expect("a piece")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_broke_off_is_resumed_without_a_gap() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    let say = |number: i64| text("491701234567", &format!("wamid.{number}"), NOON + number, "hello");
    let mut live = app.stream("/api/v1/events?after=0", None).await;
    assert_eq!(live.headers()["content-type"], "text/event-stream");
    for number in 0..5 {
        app.deliver(&chat, say(number), &[]).await.expect(200);
    }
    let seen = ids(&mut live, 3).await;
    let last = *seen.last().expect("an id");
    drop(live);
    for number in 5..10 {
        app.deliver(&chat, say(number), &[]).await.expect(200);
    }
    let all: Vec<i64> = app.events().await.iter().map(|logged| logged.seq).collect();
    let missed: Vec<i64> = all.iter().copied().filter(|seq| *seq > last).collect();
    let mut resumed = app.stream("/api/v1/events", Some(&last.to_string())).await;
    assert_eq!(ids(&mut resumed, missed.len()).await, missed);
    // And it goes on with what happens now.
    app.deliver(&chat, say(10), &[]).await.expect(200);
    let next = ids(&mut resumed, 1).await;
    assert!(next[0] > *all.last().expect("events"));
}
