//! The assistant, natively.

use keyword_assistant::Keywords;
use switchboard_sdk::Assistant;
use switchboard_sdk::assistant::{Author, Input, Insight};
use switchboard_sdk::testing::Host;

fn about(text: &str) -> Vec<Insight> {
    let topics = r#"{"topics":{"refund":["refund","money back"],"shipping":["parcel",""]}}"#;
    let _host = Host::with_settings(topics);
    Keywords::analyse(Input::message(Author::Customer, 0, text)).unwrap()
}

#[test]
fn the_topic_with_most_words_wins() {
    let insights = about("My parcel broke: MONEY  back! Refund!");
    assert_eq!(insights[0].label, "refund");
    assert_eq!(insights[0].details.as_deref(), Some(r#"{"words":["refund","money back"]}"#));
}

#[test]
fn a_part_of_a_word_is_no_word() {
    assert_eq!(about("refunding parcels"), []);
}
