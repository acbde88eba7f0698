//! A guest that looks around on the machine: it finds nothing there.

use super::{connect, hub, says};

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_files() {
    let app = hub("snoop", &[]).await;
    let bad = connect(&app, "snoop").await;
    assert_eq!(says(&app, &bad, "/files", "{}").await, "0 of 7 worked");
    assert!(!std::path::Path::new("/tmp/snoop").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_environment_and_no_input() {
    let app = hub("snoop", &[]).await;
    let bad = connect(&app, "snoop").await;
    assert_eq!(says(&app, &bad, "/environment", "{}").await, "0 variables, 0 arguments");
    assert_eq!(says(&app, &bad, "/input", "{}").await, "0 bytes, true");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_processes_and_no_threads() {
    let app = hub("snoop", &[]).await;
    let bad = connect(&app, "snoop").await;
    assert_eq!(says(&app, &bad, "/processes", "{}").await, "threads false commands false");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_sockets_and_no_names() {
    let app = hub("snoop", &[]).await;
    let bad = connect(&app, "snoop").await;
    let address = app.running().addr.to_string();
    assert_eq!(says(&app, &bad, "/network", &address).await, "0 of 4 worked");
}

#[tokio::test(flavor = "multi_thread")]
async fn randomness_is_handed_out_in_pieces_of_a_known_size() {
    let app = hub("snoop", &[]).await;
    let bad = connect(&app, "snoop").await;
    assert_eq!(says(&app, &bad, "/random?size=65536", "{}").await, "65536 bytes");
    let told = super::parks(&app, &bad, "/random?size=65537", "{}").await;
    // Numbers are covered where an operator reads them.
    assert!(told.contains("requested len ") && told.contains(" exceeds limit "), "{told}");
    super::others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_the_hubs_in_milliseconds() {
    let app = hub("snoop", &[]).await;
    let bad = connect(&app, "snoop").await;
    let before = app.running().hub.ambient().now_ms();
    let told: i64 = says(&app, &bad, "/clock", "{}").await.parse().expect("a time");
    assert!((before..=app.running().hub.ambient().now_ms()).contains(&told), "{told}");
}
