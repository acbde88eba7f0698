//! Who is who: what joins two vendors' deliveries into one person, and what never does.

use serde_json::json;
use switchboard::model::token::Role;
use switchboard_tests::TestApp;

use crate::vendors::{NOON, chat, courier, deliver_shop, order, shop, text, wrote};

#[tokio::test(flavor = "multi_thread")]
async fn chat_and_shop_become_one_customer_in_either_order() {
    for chat_first in [true, false] {
        let app = TestApp::start(&["whatsapp", "shopify"]).await;
        let (chat, shop) = (chat(&app).await, shop(&app).await);
        let message = text("491701234567", "wamid.1", NOON, "Where is #1001?");
        let order = order("6012345678901234567", 1001, "+491701234567", "ada@example.com");
        if chat_first {
            app.deliver(&chat, &message, &[]).await.expect(200);
        }
        deliver_shop(&app, &shop, "orders/create", "w-1", &order).await.expect(200);
        if !chat_first {
            app.deliver(&chat, &message, &[]).await.expect(200);
        }
        app.settled().await;
        let person = app.person("phone:+491701234567").await;
        assert_eq!(person["id"], app.person("email:ada@example.com").await["id"], "chat first: {chat_first}");
        assert_eq!(app.get("/api/v1/profiles").await["items"].as_array().map(Vec::len), Some(1));
        let orders =
            app.get(&format!("/api/v1/orders?profile={}", person["id"].as_str().unwrap_or_default())).await;
        assert_eq!(orders["items"][0]["vendor-id"], "6012345678901234567", "ids keep every digit: {orders}");
        assert_eq!(orders["items"][0]["total"], json!({"amount": "89.70", "currency": "EUR"}));
        assert_eq!(app.messages(&person).await.len(), 1);
        let kinds: Vec<_> = app.timeline(&person).await.iter().map(|e| e["kind"].to_string()).collect();
        assert!(
            kinds.contains(&"\"order\"".to_owned()) && kinds.contains(&"\"message-received\"".to_owned()),
            "{kinds:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_account_that_anybody_could_have_opened_joins_nobody() {
    let app = TestApp::start(&["whatsapp", "shopify"]).await;
    let chat = chat(&app).await;
    let settings = json!({"shop": "acme", "poll": false});
    let shop = app.connect("shopify", settings, &[("client_secret", "a-client-secret-nobody-may-see")]).await;
    app.deliver(&chat, text("491701234567", "wamid.1", NOON, "hi"), &[]).await.expect(200);
    let account = json!({"id": 7, "email": "ada@example.com", "verified_email": false, "phone": "+491701234567",
        "first_name": "Mallory", "created_at": "2026-01-30T12:00:00Z", "updated_at": "2026-01-30T12:00:00Z"});
    deliver_shop(&app, &shop, "customers/create", "w-1", &account.to_string()).await.expect(200);
    let account = app.person("shopify:acme:customer:7").await;
    assert_ne!(account["id"], app.person("phone:+491701234567").await["id"]);
    let mut typed: Vec<_> = account["claims"].as_array().expect("claims").iter().collect();
    typed.sort_by_key(|claim| claim["identifier"].to_string());
    let typed: Vec<_> = typed.iter().map(|claim| &claim["identifier"]).collect();
    assert_eq!(typed, ["email:ada@example.com", "phone:+491701234567"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_and_address_that_holds_is_listed_with_who_says_so() {
    let app = TestApp::start(&["whatsapp", "shopify"]).await;
    let (chat, shop) = (chat(&app).await, shop(&app).await);
    app.deliver(&chat, text("491701234567", "wamid.1", NOON, "hi"), &[]).await.expect(200);
    for (version, street) in [("2026-01-30T12:00:00Z", "3 Old Rd"), ("2026-01-30T13:00:00Z", "1 Main St")] {
        let record = json!({"id": 7, "email": "ada@example.com", "verified_email": true, "phone": "+491701234567",
            "first_name": "Ada", "created_at": "2026-01-30T12:00:00Z", "updated_at": version,
            "default_address": {"address1": street, "city": "Leeds", "country_code": "GB", "default": true}});
        deliver_shop(&app, &shop, "customers/update", version, &record.to_string()).await.expect(200);
    }
    let person = app.person("email:ada@example.com").await;
    let field = |name: &str| {
        let all = person["attributes"].as_array().expect("attributes").iter();
        all.clone().find(|attribute| attribute["field"] == name).unwrap_or_else(|| panic!("{name}: {person}"))
    };
    let phone = &field("phone")["values"][0];
    assert_eq!(
        (&phone["value"], phone["sources"].as_array().map(Vec::len)),
        (&"+491701234567".into(), Some(2))
    );
    let address = field("address");
    let values: Vec<_> =
        address["values"].as_array().expect("values").iter().map(|one| &one["value"]).collect();
    assert_eq!(values, ["1 Main St, Leeds, GB"], "she moved");
    assert_eq!(address["values"][0]["replaced"], "3 Old Rd, Leeds, GB");
    assert_eq!(address["others"][0]["value"], "3 Old Rd, Leeds, GB");
    let name = field("name");
    assert_eq!(
        (name["values"].as_array().map(Vec::len), &name["values"][0]["replaced"]),
        (Some(1), &"Ada".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_are_found_to_be_one_keep_both_ids() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    let say = |id: &str, at, who: &[(&str, &str, &str)]| json!([wrote(id, at, "hello", who)]).to_string();
    let phone = ("phone", "+491701234567", "verified");
    let mail = ("email", "ada@example.com", "recorded");
    app.deliver(&courier, say("1", 1_000, &[phone]), &[]).await.expect(200);
    app.deliver(&courier, say("2", 2_000, &[mail]), &[]).await.expect(200);
    let (one, other) = (app.person("phone:+491701234567").await, app.person("email:ada@example.com").await);
    assert_ne!(one["id"], other["id"]);
    app.deliver(&courier, say("3", 3_000, &[phone, mail]), &[]).await.expect(200);
    let both = app.person("email:ada@example.com").await;
    for id in [&one["id"], &other["id"]] {
        let found = app.get(&format!("/api/v1/profiles/{}", id.as_str().unwrap_or_default())).await;
        assert_eq!(found["id"], both["id"], "every former id finds the person");
    }
    assert_eq!(app.messages(&both).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_mail_joins_nobody() {
    let app = TestApp::start(&["courier"]).await;
    let courier = courier(&app, "http://127.0.0.1:9").await;
    let owner = json!([wrote("1", 1_000, "it is mine", &[("email", "ada@example.com", "verified")])]);
    let typed = ("email", "ada@example.com", "claimed");
    let visitor =
        json!([wrote("2", 2_000, "it is mine too", &[("phone", "+447700900123", "verified"), typed])]);
    let nobody = json!([wrote("3", 3_000, "and mine", &[typed])]);
    for body in [owner, visitor, nobody] {
        app.deliver(&courier, body.to_string(), &[]).await.expect(200);
    }
    let person = app.person("email:ada@example.com").await;
    assert_eq!(app.messages(&person).await.len(), 1, "only what the owner wrote");
    let visitor = app.person("phone:+447700900123").await;
    assert_ne!(visitor["id"], person["id"]);
    assert_eq!(visitor["claims"][0]["identifier"], "email:ada@example.com", "the claim is kept: {visitor}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_argentine_customers_shop_number_and_chat_number_are_one_customer() {
    let app = TestApp::start(&["whatsapp", "shopify"]).await;
    let (chat, shop) = (chat(&app).await, shop(&app).await);
    let bought = order("6012345678901234567", 1001, "+54 11 15 2345-6789", "ada@example.com");
    deliver_shop(&app, &shop, "orders/create", "w-1", &bought).await.expect(200);
    app.deliver(&chat, text("5491123456789", "wamid.1", NOON, "Where is #1001?"), &[]).await.expect(200);
    app.settled().await;
    let person = app.person("phone:+5491123456789").await;
    assert_eq!(app.messages(&person).await.len(), 1, "{person}");
    assert_eq!(person["id"], app.person("email:ada@example.com").await["id"]);
    for spelling in ["phone:+54 11 15 2345-6789", "phone:+541123456789", "phone:0054 9 11 2345 6789"] {
        assert_eq!(app.person(spelling).await["id"], person["id"], "asked for as {spelling}");
    }
    assert_eq!(app.get("/api/v1/profiles").await["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mailbox_in_two_shops_is_one_customer_however_it_was_typed() {
    let app = TestApp::start(&["courier"]).await;
    let (one, other) = (courier(&app, "http://127.0.0.1:9").await, courier(&app, "http://127.0.0.1:9").await);
    for (shop, mail) in [(&one, "Ada.Lovelace+shop@gmail.com"), (&other, "adalovelace@googlemail.com")] {
        let said = json!([wrote("1", 1_000, "hello", &[("email", mail, "recorded")])]);
        app.deliver(shop, said.to_string(), &[]).await.expect(200);
    }
    let person = app.person("email:ada.lovelace@gmail.com").await;
    assert_eq!(app.messages(&person).await.len(), 2);
    assert_eq!(app.get("/api/v1/profiles").await["items"].as_array().map(Vec::len), Some(1));
    let elsewhere = json!([wrote("2", 2_000, "hi", &[("email", "ada.lovelace@example.com", "recorded")])]);
    app.deliver(&one, elsewhere.to_string(), &[]).await.expect(200);
    assert_eq!(app.person("email:adalovelace@example.com").await, json!(null), "dots matter elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_names_no_country_is_dialled_in_the_connections_region_or_joins_nobody() {
    let app = TestApp::start(&["courier"]).await;
    let (at_home, unsure) =
        (courier(&app, "http://127.0.0.1:9").await, courier(&app, "http://127.0.0.1:9").await);
    let path = format!("/api/v1/connections/{}/region", at_home.id);
    let set = app
        .api_as(Some(&app.token(Role::Operator).await), "PUT", &path, Some(&json!({"region": "DE"})))
        .await;
    assert_eq!(set.expect(200).json()["region"], "DE");
    for courier in [&at_home, &unsure] {
        let who = [("phone", "0170 1234567", "recorded")];
        let said = json!([wrote("1", 1_000, "hello", &who)]).to_string();
        app.deliver(courier, said, &[]).await.expect(200);
    }
    let person = app.person("phone:+491701234567").await;
    assert_eq!(app.messages(&person).await.len(), 1);
    let own = app.person(&format!("courier:{}:phone:0170 1234567", unsure.id)).await;
    assert_ne!(own["id"], person["id"]);
    assert_eq!(app.messages(&own).await.len(), 1, "the delivery was taken all the same");
    let refused = app
        .api_as(Some(&app.token(Role::Operator).await), "PUT", &path, Some(&json!({"region": "ZZ"})))
        .await;
    assert!(refused.status == 422 || refused.status == 400, "{}", refused.text);
    assert!(refused.text.contains("two letters"), "{}", refused.text);
}
