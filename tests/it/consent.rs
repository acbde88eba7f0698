//! Leave to be contacted: what needs it is refused without it, when it is asked for and when it would go out.

use serde_json::{Value, json};
use switchboard::model::token::Role;
use switchboard_tests::{Answer, Program, TestApp, Vendor, plugins};

use crate::courier::Courier;
use crate::vendors::{chat, courier, preference, wrote};

/// A hub with a courier on which Ada has written, her profile's path and where to answer her.
async fn rig(vendor: &Vendor) -> (TestApp, String, String) {
    let app = TestApp::with(&["courier"], &[&vendor.allowed(), "outbox.first_wait=100ms"]).await;
    let courier = courier(&app, &vendor.url()).await;
    let ada = [("phone", "+491701234567", "verified")];
    app.deliver(&courier, json!([wrote("m1", 1_000, "hello?", &ada)]).to_string(), &[]).await.expect(200);
    let person = app.person("phone:+491701234567").await;
    let profile = format!("/api/v1/profiles/{}", person["id"].as_str().expect("an id"));
    let answer = format!(
        "/api/v1/conversations/{}/messages",
        person["conversation"].as_str().expect("a conversation")
    );
    (app, profile, answer)
}

async fn send(app: &TestApp, path: &str, purpose: &str) -> Answer {
    app.post(path, &json!({"content": {"text": "Half price today"}, "purpose": purpose})).await
}

async fn record(app: &TestApp, profile: &str, channel: &str, purpose: &str, granted: bool) -> Value {
    let said = json!({"channel": channel, "purpose": purpose, "granted": granted, "proof": "form 17"});
    app.post(&format!("{profile}/consents"), &said).await.expect(200).json()
}

async fn state(app: &TestApp, item: &Value) -> Value {
    app.get(&format!("/api/v1/outbox/{}", item["id"].as_str().expect("an id"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn marketing_is_refused_until_the_person_agreed_and_again_after_they_withdrew() {
    let vendor = Vendor::start().await;
    let (app, profile, path) = rig(&vendor).await;
    let refused = send(&app, &path, "marketing").await.expect(409);
    let told = refused.json();
    assert_eq!(told["type"], "urn:switchboard:problem:no-consent");
    let detail = told["detail"].as_str().expect("a detail");
    let id = profile.rsplit('/').next().expect("an id");
    for word in [id, "`marketing` on `courier`", "profile consent", &format!("POST {profile}/consents")] {
        assert!(detail.contains(word), "{word}: {detail}");
    }
    let typo = send(&app, &path, "marketting").await.expect(422);
    assert!(typo.text.contains("`service`, `marketing`"), "{}", typo.text);

    record(&app, &profile, "email", "marketing", true).await;
    send(&app, &path, "marketing").await.expect(409);
    let granted = record(&app, &profile, "courier", "marketing", true).await;
    assert_eq!((&granted["granted"], &granted["decisive"]["proof"]), (&true.into(), &"form 17".into()));
    let item = send(&app, &path, "marketing").await.expect(202).json();
    assert_eq!(item["purpose"], "marketing");
    app.settled().await;
    assert_eq!(state(&app, &item).await["state"], "sent");

    let withdrawn = record(&app, &profile, "courier", "marketing", false).await;
    assert_eq!(
        (&withdrawn["granted"], withdrawn["earlier"].as_array().map(Vec::len)),
        (&false.into(), Some(1))
    );
    let refused = send(&app, &path, "marketing").await.expect(409);
    let event = withdrawn["decisive"]["event"].as_str().expect("an event");
    assert!(refused.text.contains("withdrew leave") && refused.text.contains(event), "{}", refused.text);
    assert_eq!(vendor.sent().len(), 1);
    let shown = app.get(&profile).await;
    assert_eq!(shown["consents"].as_array().map(Vec::len), Some(2), "{shown}");
    let audit = app.get(&format!("/api/v1/audit?subject={id}")).await.to_string();
    assert!(audit.contains("consent-given") && audit.contains("consent-withdrawn"), "{audit}");
    assert!(!audit.contains("form 17"), "the proof may be personal: {audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withdrawn_while_a_message_waits_is_never_sent() {
    let vendor = Vendor::start().await;
    vendor.replies([(429, vec![("retry-after", "2")], String::new())]);
    let (app, profile, path) = rig(&vendor).await;
    record(&app, &profile, "courier", "marketing", true).await;
    let item = send(&app, &path, "marketing").await.expect(202).json();
    app.until("the vendor to put it off", || async { state(&app, &item).await["attempts"] == 1 }).await;
    app.until("it to wait", || async { state(&app, &item).await["state"] == "queued" }).await;
    record(&app, &profile, "courier", "all", false).await;
    app.until("it to fail", || async { state(&app, &item).await["state"] == "failed" }).await;
    let failed = state(&app, &item).await;
    assert!(failed["error"].as_str().is_some_and(|why| why.contains("withdrew leave")), "{failed}");
    let message = app.get(&format!("/api/v1/messages/{}", item["message"].as_str().expect("an id"))).await;
    assert_eq!(message["status"]["state"], "failed");
    assert_eq!(vendor.sent().len(), 1, "only the attempt before");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_needs_no_opt_in_and_goes_no_longer_out_after_an_opt_out() {
    let vendor = Vendor::start().await;
    let (app, profile, path) = rig(&vendor).await;
    record(&app, &profile, "courier", "marketing", false).await;
    app.post(&path, &json!({"content": {"text": "It is on its way"}})).await.expect(202);
    app.settled().await;
    record(&app, &profile, "all", "all", false).await;
    for purpose in ["service", "marketing"] {
        send(&app, &path, purpose).await.expect(409);
    }
    record(&app, &profile, "courier", "service", true).await;
    send(&app, &path, "service").await.expect(202);
    app.settled().await;
    assert_eq!(vendor.sent().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_says_what_needs_an_opt_in() {
    let vendor = Vendor::start().await;
    let sets = [&*vendor.allowed(), "consent.opt_in=service", "consent.opt_out=parcels"];
    let app = TestApp::with(&["courier"], &sets).await;
    let courier = courier(&app, &vendor.url()).await;
    let ada = [("phone", "+491701234567", "verified")];
    app.deliver(&courier, json!([wrote("m1", 1_000, "hello?", &ada)]).to_string(), &[]).await.expect(200);
    let person = app.person("phone:+491701234567").await;
    let path = format!("/api/v1/conversations/{}/messages", person["conversation"].as_str().expect("one"));
    send(&app, &path, "service").await.expect(409);
    send(&app, &path, "marketing").await.expect(422);
    send(&app, &path, "parcels").await.expect(202);
    app.settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_person_tells_the_vendor_counts_with_the_vendors_proof() {
    let app = TestApp::start(&["whatsapp"]).await;
    let chat = chat(&app).await;
    for (at, verb) in [(1_769_860_800, "resume"), (1_769_860_900, "stop"), (1_769_860_850, "resume")] {
        app.deliver(&chat, preference("491701234567", at, verb), &[]).await.expect(200);
    }
    let person = app.person("phone:+491701234567").await;
    let consent = &person["consents"][0];
    assert_eq!(
        (&consent["channel"], &consent["purpose"]),
        (&"whatsapp".into(), &"marketing".into()),
        "{person}"
    );
    assert_eq!(
        (&consent["granted"], &consent["decisive"]["at"]),
        (&false.into(), &"2026-01-31T12:01:40.000Z".into())
    );
    assert_eq!(consent["decisive"]["proof"], "User requested to stop marketing messages");
    assert_eq!(consent["earlier"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn leave_goes_with_the_name_by_which_it_was_given_when_people_are_parted() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    let (phone, mail) = (("phone", "+491701234567", "verified"), ("email", "ada@example.com", "recorded"));
    for (id, name) in [("1", phone), ("2", mail)] {
        app.deliver(&courier, json!([wrote(id, 1_000, "hi", &[name])]).to_string(), &[]).await.expect(200);
    }
    let owner = app.person("email:ada@example.com").await;
    let path = |person: &Value| format!("/api/v1/profiles/{}", person["id"].as_str().expect("an id"));
    record(&app, &path(&owner), "email", "marketing", true).await;
    let other = app.person("phone:+491701234567").await;
    app.post(&format!("{}/merge", path(&other)), &json!({"with": owner["id"]})).await.expect(200);
    let both = app.person("phone:+491701234567").await;
    assert_eq!(both["consents"][0]["granted"], true, "{both}");
    record(&app, &path(&both), "sms", "marketing", true).await;
    let strange = json!({"channel": "sms", "purpose": "marketing", "granted": false,
        "identifier": "phone:+4917099999999"});
    let refused = app.post(&format!("{}/consents", path(&both)), &strange).await.expect(422);
    assert!(refused.text.contains("email:ada@example.com"), "{}", refused.text);
    let split = json!({"identifiers": ["email:ada@example.com"]});
    app.post(&format!("{}/split", path(&both)), &split).await.expect(200);
    let channels = |person: &Value| {
        person["consents"].as_array().map(|all| all.iter().map(|c| c["channel"].clone()).collect::<Vec<_>>())
    };
    assert_eq!(channels(&app.person("email:ada@example.com").await), Some(vec!["email".into()]));
    assert_eq!(channels(&app.person("phone:+491701234567").await), Some(vec!["sms".into()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn leave_is_recorded_on_the_command_line_beside_a_hub_that_serves() {
    let wasm = plugins::guest("courier", &plugins::manifest("courier"));
    let mut program = Program::new(&[("courier", wasm.clone())], &[]);
    let courier = Courier::connect(&program, &wasm, "http://127.0.0.1:9");
    program.serve();
    let addr = program.address().await;
    let ada = [("phone", "+491701234567", "verified")];
    assert_eq!(
        courier.deliver(addr, &json!([wrote("1", 1_000, "hello", &ada)]).to_string()).await,
        Some(200)
    );
    let consent = ["profile", "consent", "phone:+491701234567", "courier", "marketing"];
    let unproven = program.refused(&[&consent[..], &["grant"]].concat());
    assert!(unproven.contains("how it was given"), "{unproven}");
    let granted = program.told(&[&consent[..], &["grant", "--proof", "form 17"]].concat());
    assert_eq!(granted["consent"]["granted"], true, "{granted}");
    let withdrawn = program.told(&[&consent[..], &["withdraw"]].concat());
    assert_eq!(withdrawn["consent"]["granted"], false);
    assert!(withdrawn["consent"]["recorded-by"].as_str().is_some_and(|by| by.starts_with("command line")));
    let shown = program.told(&["profile", "show", "phone:+491701234567"]);
    assert_eq!(shown["profile"]["consents"], json!([withdrawn["consent"]]));
    assert_eq!(program.told(&["profile", "rebuild", "--verify"])["differed"], 0);
    program.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_read_records_nothing_and_a_grant_needs_its_proof() {
    let vendor = Vendor::start().await;
    let (app, profile, _) = rig(&vendor).await;
    let path = format!("{profile}/consents");
    let said = json!({"channel": "courier", "purpose": "marketing", "granted": true});
    let reader = app.token(Role::ReadOnly).await;
    app.api_as(Some(&reader), "POST", &path, Some(&said)).await.expect(403);
    let refused = app.post(&path, &said).await.expect(422).json();
    assert_eq!(refused["errors"][0]["at"], "/proof");
    let shouted = json!({"channel": "E-Mail", "purpose": "marketing", "granted": false});
    assert_eq!(app.post(&path, &shouted).await.expect(422).json()["errors"][0]["at"], "/channel");
    let nobody = "/api/v1/profiles/prof_00000000000000000000000000/consents";
    let said = json!({"channel": "courier", "purpose": "marketing", "granted": false});
    app.post(nobody, &said).await.expect(404);
}
