//! A guest that wants a secret, by every way there is.

use switchboard::model::connection::Connection;
use switchboard_tests::{TestApp, log};

use super::network::{Manner, Visited, vendor};
use super::{ENTRY, SIGNING, TOKEN, connect_to, hub, parked, parks, says};

/// What a secret may look like on its way out: as it is, and as vendors write it.
fn spellings() -> Vec<String> {
    use std::fmt::Write as _;
    let mut all = Vec::new();
    for secret in [ENTRY, TOKEN, SIGNING] {
        let mut percent = String::new();
        let mut hex = String::new();
        for byte in secret.bytes() {
            let _ = write!(hex, "{byte:02x}");
            match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                true => percent.push(char::from(byte)),
                false => drop(write!(percent, "%{byte:02X}")),
            }
        }
        all.extend([secret.to_owned(), percent, hex, secret.chars().rev().collect()]);
    }
    all
}

fn free_of_secrets(place: &str, text: &str) {
    for spelling in spellings() {
        assert!(!text.contains(&spelling), "{place} holds `{spelling}`: {text}");
    }
}

struct Rig {
    app: TestApp,
    thief: Connection,
    vendor: Visited,
    other: Visited,
}

/// A thief, its vendor that echoes all it is sent, and a host that it was not granted.
async fn rig() -> Rig {
    let other = vendor(Manner::Echoing).await;
    let vendor = vendor(Manner::Pointing(other.url())).await;
    let allowed = format!("plugin.http.allow_private_hosts={},{}", vendor.addr, other.addr);
    let app = hub("thief", &[&allowed]).await;
    let thief = connect_to(&app, "thief", &vendor.url()).await;
    Rig { app, thief, vendor, other }
}

impl Rig {
    async fn says(&self, path: &str) -> String {
        let said = says(&self.app, &self.thief, path, &self.other.url()).await;
        free_of_secrets(path, &said);
        said
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_environment_and_requests_hold_no_secret() {
    let rig = rig().await;
    assert!(rig.says("/settings").await.contains("base_url"));
    assert_eq!(rig.says("/environment").await, "[] Args { inner: [] }");
    assert!(rig.says("/request").await.contains("content-type"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_echoes_a_secret_is_redacted() {
    let rig = rig().await;
    let said = rig.says("/echo").await;
    assert!(said.starts_with("200 ") && said.contains("***"), "{said}");
    assert!(rig.vendor.heard().contains(&format!("Bearer {TOKEN}")), "the vendor itself got it");
    let said = rig.says("/echo-basic").await;
    assert!(said.starts_with("200 ") && said.contains("Basic dGhpZWY6***"), "the name may be seen: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_goes_to_no_host_that_was_not_granted() {
    let rig = rig().await;
    for path in ["/elsewhere", "/elsewhere-path", "/not-for-it", "/unheard-of"] {
        let said = rig.says(path).await;
        assert!(said.contains("AccessDenied"), "{path}: {said}");
    }
    assert_eq!((rig.vendor.visits(), rig.other.visits()), (0, 0), "nobody was even asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_to_another_host_takes_no_secret_along() {
    let rig = rig().await;
    let said = rig.says("/redirect").await;
    assert!(said.starts_with("302 then ") && said.contains("AccessDenied"), "{said}");
    assert_eq!(rig.other.visits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_and_a_forged_host_header_carry_no_secret() {
    let rig = rig().await;
    let said = rig.says("/body").await;
    assert!(said.contains("{{secret:token}} {{basic:thief:token}}"), "as it was written: {said}");
    free_of_secrets("the vendor", &rig.vendor.heard());
    let said = rig.says("/host-header").await;
    assert!(!rig.vendor.heard().contains("elsewhere.example"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_errors_events_and_stored_values_hold_no_secret() {
    let rig = rig().await;
    rig.says("/log").await;
    for path in ["/error", "/misconfigured"] {
        let told = parks(&rig.app, &rig.thief, path, "{}").await;
        assert!(told.contains("{{secret:token}}"), "as it was written: {told}");
        free_of_secrets(path, &told);
    }
    rig.says("/event").await;
    let events = format!("{:?}", rig.app.events().await);
    assert!(events.contains("{{secret:token}}"), "as it was written: {events}");
    free_of_secrets("the event", &events);
    let said = rig.says("/stored").await;
    assert!(said.ends_with("None"), "{said}");
    let mine = |line: &&str| line.contains(rig.thief.id.as_str());
    let lines = log::text();
    for words in ["thief {{secret:token}}", "thief {{secret:entry}}", "thief {{basic:thief:token}}"] {
        assert!(
            lines.lines().filter(mine).any(|line| line.contains(words)),
            "`{words}` is in the log as written"
        );
    }
    free_of_secrets("the log", &lines.lines().filter(mine).collect::<Vec<_>>().join("\n"));
    free_of_secrets("what is parked", &format!("{:?}", parked(&rig.app, &rig.thief).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_is_no_way_to_a_secret() {
    let rig = rig().await;
    let said = rig.says("/sign").await;
    assert!(said.starts_with("signing: Ok(\""), "the one that may sign does: {said}");
    for name in ["token", "entry"] {
        assert!(
            said.contains(&format!("{name}: Err(Error::AccessDenied"))
                || said.contains(&format!("{name}: Err(AccessDenied")),
            "{said}"
        );
    }
    assert!(rig.says("/verify").await.contains("AccessDenied"));
}
