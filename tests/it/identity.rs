//! What people decide of who is who, why a person is one, and other rules, beside a hub that serves.

use serde_json::{Value, json};
use switchboard_tests::{Program, TestApp, plugins};

use crate::courier::Courier;
use crate::vendors::{courier, wrote};

const PHONE: (&str, &str, &str) = ("phone", "+491701234567", "verified");
const MAIL: (&str, &str, &str) = ("email", "ada@example.com", "recorded");

fn customer(n: &'static str) -> (&'static str, &'static str, &'static str) {
    ("courier:shop:customer", n, "recorded")
}

fn path(person: &Value, verb: &str) -> String {
    format!("/api/v1/profiles/{}/{verb}", person["id"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_by_hand_can_be_undone_and_a_split_takes_the_messages_along() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    for (id, who) in [("1", PHONE), ("2", MAIL)] {
        app.deliver(&courier, json!([wrote(id, 1_000, "hello", &[who])]).to_string(), &[]).await.expect(200);
    }
    let (one, other) = (app.person("phone:+491701234567").await, app.person("email:ada@example.com").await);
    let body = json!({"with": other["id"], "reason": "she said so on the phone"});
    let merged = app.post(&path(&one, "merge"), &body).await.expect(200).json();
    let both = app.person("email:ada@example.com").await;
    assert_eq!(app.messages(&both).await.len(), 2);
    for id in [&one["id"], &other["id"]] {
        let found = app.get(&format!("/api/v1/profiles/{}", id.as_str().unwrap_or_default())).await;
        assert_eq!(found["id"], both["id"], "every former id finds the person");
    }
    let again = app.post(&path(&one, "merge"), &body).await.expect(409).json();
    assert!(again["detail"].as_str().is_some_and(|why| why.contains("one person already")), "{again}");
    let told = app.get(&path(&both, "explain")).await;
    assert_eq!(
        (&told["reasons"], &told["doubts"]),
        (&json!([]), &json!([])),
        "only somebody's word joins them"
    );
    let decision = told["decisions"][0]["text"].as_str().unwrap_or_default();
    assert!(decision.contains("tok_") && decision.ends_with(": she said so on the phone"), "{decision}");
    assert_eq!(told["decisions"][0]["event"], merged["event"]);

    // Undone, they are two again; taking that back, one.
    let undo = |event: &Value| format!("/api/v1/decisions/{}/undo", event.as_str().unwrap_or_default());
    let undone = app.post(&undo(&merged["event"]), &json!({})).await.expect(200).json();
    assert_ne!(
        app.person("phone:+491701234567").await["id"],
        app.person("email:ada@example.com").await["id"]
    );
    app.post(&undo(&undone["event"]), &json!({})).await.expect(200);
    let both = app.person("email:ada@example.com").await;
    assert_eq!(app.person("phone:+491701234567").await["id"], both["id"]);

    // Split, each has their own conversation; and what is said of both afterwards joins them no more.
    let out = json!({"identifiers": ["email:ada@example.com"], "reason": "her sister's"});
    app.post(&path(&both, "split"), &out).await.expect(200);
    let (one, other) = (app.person("phone:+491701234567").await, app.person("email:ada@example.com").await);
    assert_ne!(one["id"], other["id"]);
    assert_eq!((app.messages(&one).await.len(), app.messages(&other).await.len()), (1, 1));
    let named = json!([wrote("3", 3_000, "both", &[PHONE, MAIL])]).to_string();
    app.deliver(&courier, named, &[]).await.expect(200);
    let (one, other) = (app.person("phone:+491701234567").await, app.person("email:ada@example.com").await);
    assert_ne!(one["id"], other["id"]);
    let told = app.get(&path(&one, "explain")).await;
    let doubt = told["doubts"][0]["text"].as_str().unwrap_or_default();
    assert!(doubt.contains("a person decided that they are different people"), "{told:#}");
    let audit = app.get("/api/v1/audit").await.to_string();
    for action in ["profiles-merged", "profiles-parted", "decision-undone"] {
        assert!(audit.contains(action), "{audit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_split_must_name_some_of_the_persons_identifiers_and_not_all() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    let body = json!([wrote("1", 1_000, "hello", &[PHONE, MAIL])]).to_string();
    app.deliver(&courier, body, &[]).await.expect(200);
    let person = app.person("phone:+491701234567").await;
    for (identifiers, word) in [
        (json!([]), "no identifier"),
        (json!(["phone:+491701234567", "email:ada@example.com"]), "every identifier"),
        (json!(["email:bob@example.com"]), "theirs are"),
        (json!(["nonsense"]), "namespace:value"),
    ] {
        let body = json!({"identifiers": identifiers});
        let refused = app.post(&path(&person, "split"), &body).await.expect(422).json().to_string();
        assert!(refused.contains(word), "{refused}");
    }
    let nobody = json!({"with": "prof_00000000000000000000000000"});
    app.post(&path(&person, "merge"), &nobody).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_of_one_shop_that_share_a_telephone_stay_two_and_it_is_told_why() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    let shared = ("phone", "+491701234567", "recorded");
    for (id, at, who) in [("1", 1_000, customer("42")), ("2", 2_000, customer("43"))] {
        let body = json!([wrote(id, at, "hello", &[who, shared])]).to_string();
        app.deliver(&courier, body, &[]).await.expect(200);
    }
    let one = app.person("courier:shop:customer:42").await;
    let other = app.person("courier:shop:customer:43").await;
    assert_ne!(one["id"], other["id"]);
    assert_eq!(app.person("phone:+491701234567").await["id"], one["id"], "whose it was first");
    let told = app.get(&path(&other, "explain")).await;
    let doubt = told["doubts"][0]["text"].as_str().unwrap_or_default();
    assert!(
        doubt.contains("each has another courier:shop:customer, and one person has one")
            && doubt.contains(one["id"].as_str().unwrap_or_default()),
        "{told:#}"
    );
    let told = app.get(&path(&one, "explain")).await;
    let reason = told["reasons"][0]["text"].as_str().unwrap_or_default();
    assert!(reason.contains("the phone number +491701234567") && reason.contains("“Courier”"), "{told:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_rules_are_tried_before_they_are_put_into_force_and_the_log_is_folded_anew() {
    let wasm = plugins::guest("courier", &switchboard_tests::plugins::manifest("courier"));
    let mut program = Program::new(&[("courier", wasm.clone())], &[]);
    let courier = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
    program.serve();
    let addr = program.address().await;
    let shared = ("phone", "+491701234567", "recorded");
    for (id, at, who) in [("1", 1_000, customer("42")), ("2", 2_000, customer("43"))] {
        let body = json!([wrote(id, at, "hello", &[who, shared])]).to_string();
        assert_eq!(courier.deliver(addr, &body).await, Some(200));
    }
    let person = |program: &Program, n: &str| {
        program.told(&["profile", "show", &format!("courier:shop:customer:{n}")])["profile"]["id"].clone()
    };
    let (one, other) = (person(&program, "42"), person(&program, "43"));
    assert_ne!(one, other);
    let verified = program.told(&["profile", "rebuild", "--verify"]);
    assert_eq!((&verified["differed"], &verified["events"]), (&json!(0), &json!(2)));

    program.set("identity.namespaces=phone limit=5");
    let tried = program.told(&["profile", "rules", "--dry-run"]);
    assert_eq!(tried["changes"].as_array().map(Vec::len), Some(1), "{tried}");
    assert_ne!(person(&program, "42"), person(&program, "43"), "nothing was changed");
    let refused = program.refused(&["profile", "rules", "--apply"]);
    assert!(refused.contains("--yes"), "{refused}");
    let applied = program.told(&["profile", "rules", "--apply", "--yes"]);
    assert_eq!(applied["changes"], tried["changes"]);
    assert_eq!(person(&program, "42"), person(&program, "43"));
    // The hub that serves goes by them at once.
    let body = json!([wrote("3", 3_000, "hello", &[customer("44"), shared])]).to_string();
    assert_eq!(courier.deliver(addr, &body).await, Some(200));
    assert_eq!(person(&program, "42"), person(&program, "44"));
    assert_eq!(program.told(&["profile", "rebuild", "--verify"])["differed"], 0);
    let told = program.told(&["profile", "explain", "phone:+491701234567"]);
    assert_eq!(told["reasons"].as_array().map(Vec::len), Some(3), "{told}");
    program.stop().await;
}
