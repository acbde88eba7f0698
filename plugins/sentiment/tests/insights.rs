//! What the plugin says of a message, natively.

use sentiment::{Sentiment, insight};
use switchboard_sdk::Assistant;
use switchboard_sdk::assistant::{Author, Input, Insight};

fn said(text: &str) -> Vec<Insight> {
    Sentiment::analyse(Input::message(Author::Customer, 0, text)).unwrap()
}

fn kinds(text: &str) -> Vec<String> {
    said(text).into_iter().map(|insight| insight.kind).collect()
}

#[test]
fn an_unknown_language_is_told_as_unknown_without_a_mood() {
    assert_eq!(kinds("Dzień dobry, gdzie jest moja paczka?"), ["urgency", "language"]);
    assert_eq!(said("Dzień dobry, gdzie jest moja paczka?")[1].label, insight::UNKNOWN);
    assert_eq!(kinds("Where is my parcel?"), ["sentiment", "urgency", "language"]);
    assert_eq!(kinds("😡"), ["sentiment", "urgency", "language"]);
}

#[test]
fn nothing_is_said_of_no_text() {
    assert_eq!(said(""), []);
    assert_eq!(said(" \n"), []);
}

#[test]
fn the_bounds_of_urgency_belong_to_the_higher_label() {
    let rows =
        [(0.0, "low"), (0.2499, "low"), (0.25, "medium"), (0.5999, "medium"), (0.6, "high"), (1.0, "high")];
    for (level, label) in rows {
        assert_eq!(insight::degree(level), label, "{level}");
    }
    assert_eq!(said("This is urgent")[1].label, "high");
}

#[test]
fn a_long_mail_names_twelve_words_of_a_sort_at_most() {
    let words = "good great nice happy fantastic wonderful excellent lovely perfect amazing awesome brilliant \
                 superb delightful terrific";
    let text = format!("It was {} and that is what I wanted to tell you.", words.replace(' ', " and "));
    let details: serde_json::Value =
        serde_json::from_str(said(&text)[0].details.as_deref().unwrap()).unwrap();
    assert_eq!(details["pleasant"].as_array().unwrap().len(), 12, "{details}");
}
