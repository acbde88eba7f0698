//! Numbers and addresses that vendors really wrote, from captured payloads in the folder that
//! `SWITCHBOARD_CORPUS` names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use switchboard::model::identifier::Evidence;
use switchboard::model::normal::{Normal, Refusal, normal};

/// The values of captured JSON under keys that hold a number, a number without its plus, or an address.
#[derive(Default)]
struct Captured {
    phones: BTreeSet<String>,
    network_ids: BTreeSet<String>,
    mails: BTreeSet<String>,
}

impl Captured {
    fn walk(&mut self, key: &str, value: &serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => fields.iter().for_each(|(key, value)| self.walk(key, value)),
            serde_json::Value::Array(items) => items.iter().for_each(|value| self.walk(key, value)),
            serde_json::Value::String(text) if !text.trim().is_empty() => {
                let list = match key {
                    "phone" | "contact_phone" => &mut self.phones,
                    "wa_id" | "recipient_id" | "display_phone_number" => &mut self.network_ids,
                    "email" | "contact_email" | "customer_email" => &mut self.mails,
                    _ => return,
                };
                list.insert(text.clone());
            }
            _ => {}
        }
    }
}

fn captured() -> Option<Captured> {
    let Some(folder) = std::env::var_os("SWITCHBOARD_CORPUS") else {
        eprintln!("SKIPPED: SWITCHBOARD_CORPUS is not set, so no captured number or address was read");
        return None;
    };
    let mut found = Captured::default();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                if let Ok(document) = serde_json::from_str(&text) {
                    found.walk("", &document);
                }
            }
        }
    }
    Some(found)
}

/// How many were read, and how many were refused for which reason.
fn tell(what: &str, read: impl Iterator<Item = Result<Normal, Refusal>>) -> (usize, usize) {
    let (mut good, mut refused) = (0, BTreeMap::<_, usize>::new());
    for one in read {
        match one {
            Ok(_) => good += 1,
            Err(why) => *refused.entry(why.as_str()).or_default() += 1,
        }
    }
    println!("captured {what}: {good} read, refused {refused:?}");
    (good, refused.values().sum())
}

fn read(namespace: &str, text: &str, evidence: Evidence) -> Result<Normal, Refusal> {
    normal(namespace, text, evidence, "US".parse().ok()).expect("a namespace with one form")
}

#[test]
fn captured_numbers_and_addresses_are_read_or_refused_for_a_reason() {
    let Some(captured) = captured() else { return };
    let mails = captured.mails.iter().map(|text| read("email", text, Evidence::Recorded));
    assert_eq!(tell("mail addresses", mails).1, 0, "every captured address is one");
    let phones = captured.phones.iter().map(|text| read("phone", text, Evidence::Recorded));
    let (good, refused) = tell("phone numbers of records", phones);
    assert!(good > refused, "most captured numbers are read: {good} of {}", good + refused);
    let digits = captured.network_ids.iter().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let ids = digits.map(|text| read("phone", &format!("+{text}"), Evidence::Verified));
    let (good, refused) = tell("ids of a phone network", ids);
    assert!(good > 0 && refused == 0, "what a network proved is believed: {refused} were not");
}
