//! Guests whose answers are no answers: what does not fit the contract's own encoding.

use super::{connect, hub, others_work, parks};

/// What such a guest hands back is refused before the hub looks at it.
async fn is_refused(guest: &str, words: &str) {
    let app = hub(guest, &[]).await;
    let bad = connect(&app, guest).await;
    let told = parks(&app, &bad, "", "{}").await;
    assert!(told.contains(words), "{told}");
    assert!(app.events().await.is_empty());
    others_work(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_is_not_utf_8_is_refused() {
    is_refused("bad-utf8", "utf-8").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_character_is_refused() {
    is_refused("lone-surrogate", "surrogate").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pointer_out_of_memory_is_refused() {
    is_refused("wild-pointer", "out of bounds").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allocator_that_points_out_of_memory_is_refused() {
    is_refused("realloc-wild", "realloc return: beyond end of memory").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_neither_success_nor_error_is_refused() {
    is_refused("no-such-case", "discriminant").await;
}
