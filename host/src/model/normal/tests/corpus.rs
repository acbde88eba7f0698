//! Numbers and addresses that vendors really wrote, from captured payloads in the folder that
//! `SWITCHBOARD_CORPUS` names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::*;

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
            serde_json::Value::String(text) if !text.trim().is_empty() => match key {
                "phone" | "contact_phone" => drop(self.phones.insert(text.clone())),
                "wa_id" | "recipient_id" | "display_phone_number" => {
                    drop(self.network_ids.insert(text.clone()))
                }
                "email" | "contact_email" | "customer_email" => drop(self.mails.insert(text.clone())),
                _ => {}
            },
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
fn tell<T>(what: &str, read: impl Iterator<Item = Result<T, Refusal>>) -> (usize, usize) {
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

#[test]
fn captured_numbers_and_addresses_are_read_or_refused_for_a_reason() {
    let Some(captured) = captured() else { return };
    let mails = tell("mail addresses", captured.mails.iter().map(|text| mail::read(text)));
    assert_eq!(mails.1, 0, "every captured address is one");
    let region = "US".parse().ok();
    let phones = captured.phones.iter();
    let (read, refused) =
        tell("phone numbers of records", phones.map(|text| phone::read(text, region, false)));
    assert!(read > refused, "most captured numbers are read: {read} of {}", read + refused);
    let digits = captured.network_ids.iter().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let (read, refused) =
        tell("ids of a phone network", digits.map(|text| phone::read(&format!("+{text}"), None, true)));
    assert!(read > 0 && refused == 0, "what a network proved is believed: {refused} were not");
}
