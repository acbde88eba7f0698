//! Nothing of a delivery is lost, and nothing makes the plugin fail: with the deliveries in the folder
//! `SWITCHBOARD_CORPUS`, when it is set, and with those in `requests/`, whole and damaged.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use switchboard_sdk::webhook::Outcome;
use switchboard_sdk::{Body, Webhook, testing};
use whatsapp::WhatsApp;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder)
        .expect("the corpus can be read")
        .map(|entry| entry.expect("an entry").path())
    {
        match entry.is_dir() {
            true => files(&entry, found),
            false if entry.extension().is_some_and(|extension| extension == "json") => found.push(entry),
            false => {}
        }
    }
}

/// Every string, number and boolean, with the name it stands under.
fn leaves(name: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| leaves(name, value, found)),
        Value::Array(elements) => elements.iter().for_each(|value| leaves(name, value, found)),
        Value::Null => {}
        scalar => {
            found.insert(format!("{name} = {scalar}"));
        }
    }
}

fn handled(body: &str) -> Outcome {
    WhatsApp::handle(testing::request("POST", body)).expect("every JSON object is accepted")
}

/// Asserts that every leaf of the body stands in the source of an event, and answers how many events there are.
fn lossless(body: &str, about: &str) -> usize {
    let events = handled(body).events;
    assert!(!events.is_empty(), "{about}: no event");
    if let [only] = &events[..] {
        assert_eq!(only.source, None, "{about}: the body itself is the source of a single event");
        return 1;
    }
    let (mut all, mut kept) = (BTreeSet::new(), BTreeSet::new());
    leaves("", &serde_json::from_str(body).unwrap(), &mut all);
    for event in &events {
        let source = event
            .source
            .as_deref()
            .unwrap_or_else(|| panic!("{about}: an event of several without a source"));
        leaves("", &serde_json::from_str(source).unwrap(), &mut kept);
    }
    let lost: Vec<_> = all.difference(&kept).collect();
    assert!(lost.is_empty(), "{about}: lost {lost:?}");
    events.len()
}

#[test]
fn every_delivery_of_the_corpus_becomes_events_and_nothing_of_it_is_lost() {
    let Some(corpus) = std::env::var_os("SWITCHBOARD_CORPUS") else {
        eprintln!("SKIPPED: set SWITCHBOARD_CORPUS to the folder of recorded deliveries to run this test");
        return;
    };
    let mut paths = Vec::new();
    files(&Path::new(&corpus).join("whatsapp"), &mut paths);
    assert!(!paths.is_empty(), "the corpus has no whatsapp folder");
    let mut events = 0;
    let mut bodies = Vec::new();
    for path in &paths {
        let body = std::fs::read_to_string(path).unwrap();
        events += lossless(&body, &path.display().to_string());
        bodies.push(body);
    }
    eprintln!("{} deliveries became {events} events", paths.len());

    // The same deliveries as one, as Meta may batch them.
    let entries: Vec<Value> = bodies
        .iter()
        .flat_map(|body| {
            serde_json::from_str::<Value>(body).unwrap()["entry"].as_array().cloned().unwrap_or_default()
        })
        .collect();
    let batch = serde_json::json!({ "object": "whatsapp_business_account", "entry": entries, "unknown": [1, { "deep": true }] });
    let batched = lossless(&batch.to_string(), "all in one");
    assert_eq!(batched, events, "a batch makes the events that its parts make");
}

#[test]
fn a_piece_of_a_batch_replayed_by_itself_makes_the_same_event() {
    let body = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{
        "metadata":{"phone_number_id":"5"},
        "contacts":[{"wa_id":"491700000002","profile":{"name":"Bo"}},{"wa_id":"491700000001","profile":{"name":"Ada"}}],
        "messages":[
            {"from":"491700000001","id":"wamid.1","timestamp":"1749416383","type":"text","text":{"body":"one"}},
            {"from":"491700000002","id":"wamid.2","timestamp":"1749416384","type":"text","text":{"body":"two"}},
            {"from":"491700000001","id":"wamid.3","timestamp":"1749416385","type":"hologram","hologram":{"x":1.50}}],
        "statuses":[{"id":"wamid.0","status":"read","timestamp":"1749416386","recipient_id":"491700000001"}]}}]}]}"#;
    let events = handled(body).events;
    assert_eq!(events.len(), 4);
    for event in events {
        let source = event.source.clone().expect("a source");
        let mut again = handled(&source).events;
        assert_eq!(again.len(), 1);
        let alone = again.remove(0);
        assert_eq!(
            (alone.external_id, alone.occurred_at, alone.subject),
            (event.external_id, event.occurred_at, event.subject)
        );
        assert_eq!((alone.attributes, alone.body), (event.attributes, event.body));
    }
}

#[test]
fn what_no_one_names_is_kept_with_the_first_event() {
    let body = r#"{"entry":[{"changes":[{"field":"messages","value":{
        "contacts":[{"wa_id":"491700000009","profile":{"name":"Nobody here"}}],"novelty":{"a":[1.10]},
        "messages":[{"from":"491700000001","id":"wamid.1","type":"text","text":{"body":"one"}},
                    {"from":"491700000001","id":"wamid.2","type":"text","text":{"body":"two"}}]}}]}]}"#;
    assert_eq!(lossless(body, "inline"), 2);
    let events = handled(body).events;
    assert!(
        events[0].source.as_deref().unwrap().contains(r#""novelty":{"a":[1.10]}"#),
        "verbatim, digits and all"
    );
    assert!(events[0].attributes.is_empty(), "a stranger's name is nobody else's");
    assert!(matches!(&events[1].body, Body::MessageReceived(message) if message.text == "two"));
}

/// The places in a document, as JSON pointers, deepest first.
fn places(here: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| {
                places(&format!("{here}/{}", name.replace('~', "~0").replace('/', "~1")), value, found)
            });
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(at, value)| places(&format!("{here}/{at}"), value, found));
        }
        _ => {}
    }
    found.push(here.to_owned());
}

#[test]
fn a_delivery_with_any_part_missing_or_of_another_shape_still_becomes_events_without_loss() {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("requests"), &mut paths);
    let mut tried = 0;
    for path in paths {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let body = match &case["webhook"]["body"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            body => body.clone(),
        };
        let mut found = Vec::new();
        places("", &body, &mut found);
        for place in found.iter().filter(|place| !place.is_empty()) {
            let others = [
                Value::Null,
                7.into(),
                1.5.into(),
                "odd".into(),
                true.into(),
                serde_json::json!([{"a": [1]}, 2]),
                serde_json::json!({"b": {"c": 3}}),
            ];
            for other in others {
                let mut damaged = body.clone();
                *damaged.pointer_mut(place).unwrap() = other;
                lossless(&damaged.to_string(), &format!("{} with another {place}", path.display()));
                tried += 1;
            }
            let (parent, name) = place.rsplit_once('/').unwrap();
            let mut damaged = body.clone();
            if let Some(members) = damaged.pointer_mut(parent).and_then(Value::as_object_mut) {
                members.remove(&name.replace("~1", "/").replace("~0", "~"));
                lossless(&damaged.to_string(), &format!("{} without {place}", path.display()));
                tried += 1;
            }
        }
    }
    assert!(tried > 10_000, "{tried}");
}
