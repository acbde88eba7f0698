//! Events as they happen.

use std::time::Duration;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;

use super::Rig;
use super::api::ingest;
use crate::model::token::Role;

/// A stream that is being read.
struct Reader {
    body: Body,
    text: String,
}

impl Reader {
    async fn open(rig: &Rig, token: &str, query: &str, last: Option<&str>) -> Self {
        let mut request =
            Request::get(format!("/api/v1/events{query}")).header("authorization", format!("Bearer {token}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = rig.raw(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    /// Reads until so many ids came.
    async fn ids(&mut self, many: usize) -> Vec<String> {
        loop {
            let ids: Vec<_> =
                self.text.lines().filter_map(|line| line.strip_prefix("id: ")).map(str::to_owned).collect();
            if ids.len() >= many {
                return ids;
            }
            let frame =
                tokio::time::timeout(Duration::from_secs(10), self.body.frame()).await.expect("in time");
            let frame = frame.expect("the stream goes on").expect("a frame");
            self.text.push_str(&String::from_utf8_lossy(frame.data_ref().expect("data")));
        }
    }
}

#[tokio::test]
async fn a_stream_begins_where_it_is_told_and_goes_on_with_what_happens_next() {
    let rig = Rig::new(&[]).await;
    let (connection, token) = (rig.connection().await, rig.token(Role::ReadOnly).await);
    ingest(&rig, &connection, 1).await;
    let mut reader = Reader::open(&rig, &token, "?after=0", None).await;
    let past = reader.ids(2).await;
    ingest(&rig, &connection, 2).await;
    let all = reader.ids(4).await;
    assert_eq!(all[..2], past);
    assert!(reader.text.contains("event: message-received") && reader.text.contains("wrote: Where is it?"));

    let mut resumed = Reader::open(&rig, &token, "?after=0", Some(&all[1])).await;
    assert_eq!(resumed.ids(2).await, all[2..], "the header outranks the address");
}

#[tokio::test]
async fn without_a_place_only_what_happens_from_now_on_is_sent() {
    let rig = Rig::new(&[]).await;
    let (connection, token) = (rig.connection().await, rig.token(Role::ReadOnly).await);
    ingest(&rig, &connection, 1).await;
    let last = rig.store.last_seq().await.expect("a place");
    let mut reader = Reader::open(&rig, &token, "", None).await;
    ingest(&rig, &connection, 2).await;
    let first: i64 = reader.ids(2).await[0].parse().expect("a number");
    assert!(first > last);
}

#[tokio::test]
async fn many_events_at_once_arrive_each_once_and_in_order() {
    let rig = Rig::new(&[]).await;
    let (connection, token) = (rig.connection().await, rig.token(Role::ReadOnly).await);
    let mut reader = Reader::open(&rig, &token, "?after=0", None).await;
    for number in 0..60 {
        ingest(&rig, &connection, number).await;
    }
    let ids: Vec<i64> = reader.ids(120).await.iter().map(|id| id.parse().expect("a number")).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

#[tokio::test]
async fn a_stream_ends_when_the_hub_stops() {
    let rig = Rig::new(&[]).await;
    let token = rig.token(Role::ReadOnly).await;
    let mut reader = Reader::open(&rig, &token, "", None).await;
    rig.shutdown.cancel();
    let end = tokio::time::timeout(Duration::from_secs(10), reader.body.frame()).await.expect("in time");
    assert!(end.is_none());
}

#[tokio::test]
async fn a_place_that_is_none_is_refused() {
    let rig = Rig::new(&[]).await;
    let token = rig.token(Role::ReadOnly).await;
    let request = Request::get("/api/v1/events")
        .header("authorization", format!("Bearer {token}"))
        .header("last-event-id", "yesterday");
    let response = rig.raw(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(response.status(), 400);
}
