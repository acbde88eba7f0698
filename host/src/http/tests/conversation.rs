//! What is done with conversations over the API.

use serde_json::json;

use super::Rig;
use super::api::ingest;
use crate::model::token::Role;

#[tokio::test]
async fn a_conversation_is_resolved_tagged_noted_and_listed_by_what_was_done() {
    let rig = Rig::new(&[]).await;
    let (connection, token) = (rig.connection().await, rig.token(Role::Agent).await);
    ingest(&rig, &connection, 1).await;
    let open = rig.get("/api/v1/conversations?view=open&sort=waiting", &token).await.json();
    let id = open["items"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/conversations/{id}/actions");
    let actions = json!({"actions": [
        {"do": "tag", "tag": " late "},
        {"do": "priority", "priority": "urgent"},
        {"do": "note", "text": "her third parcel"},
        {"do": "resolve"},
    ]});
    let done = rig.ask("POST", &path, Some(&token), Some(&actions.to_string())).await.json();
    assert_eq!(done["events"].as_array().map(Vec::len), Some(4), "{done}");
    let conversation = &done["conversation"];
    assert_eq!((&conversation["state"], &conversation["priority"]), (&"resolved".into(), &"urgent".into()));
    assert_eq!((&conversation["tags"], &conversation["notes"]), (&json!(["late"]), &1.into()));
    for (query, count) in
        [("view=open", 0), ("view=resolved", 1), ("tag=late", 1), ("tag=other", 0), ("priority=urgent", 1)]
    {
        let found = rig.get(&format!("/api/v1/conversations?{query}"), &token).await.json();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(count), "{query}");
    }
    let reopen =
        json!({"conversations": [id, "conv_00000000000000000000000000"], "actions": [{"do": "reopen"}]});
    let many =
        rig.ask("POST", "/api/v1/conversations/actions", Some(&token), Some(&reopen.to_string())).await;
    let many = many.json();
    assert_eq!(many["items"][0]["error"], json!(null), "{many}");
    assert!(many["items"][1]["error"].as_str().is_some_and(|why| why.contains("no conversation")), "{many}");
    assert_eq!(rig.get("/api/v1/conversations/counts", &token).await.json()["open"], 1);
    for wrong in [
        json!({"actions": [{"do": "snooze", "until": "2001-01-01T00:00:00Z"}]}),
        json!({"actions": [{"do": "tag", "tag": ""}]}),
        json!({"actions": [{"do": "dance"}]}),
    ] {
        let said = rig.ask("POST", &path, Some(&token), Some(&wrong.to_string())).await;
        assert_eq!(said.problem(), "invalid", "{wrong}");
    }
    let said = rig.get("/api/v1/conversations?view=mine", &token).await;
    assert_eq!(said.problem(), "bad-request", "a token is no account");
}

#[tokio::test]
async fn a_macro_is_run_and_a_template_tells_what_it_cannot_fill() {
    let rig = Rig::new(&[]).await;
    let (connection, token) = (rig.connection().await, rig.token(Role::Owner).await);
    ingest(&rig, &connection, 1).await;
    let open = rig.get("/api/v1/conversations", &token).await.json();
    let id = open["items"][0]["id"].as_str().expect("an id").to_owned();
    let keep = async |kind: &str, content: &str| {
        let new = json!({"kind": kind, "title": kind, "content": content, "shared": true});
        let kept = rig.ask("POST", "/api/v1/shortcuts", Some(&token), Some(&new.to_string())).await;
        kept.json()["id"].as_str().unwrap_or_else(|| panic!("{}", kept.text)).to_owned()
    };
    let text = keep("template", "Hi {{customer.first_name}}, {{order.name}} {{weather}}").await;
    let filled = rig.get(&format!("/api/v1/conversations/{id}/templates/{text}"), &token).await.json();
    assert_eq!(filled["text"], "Hi Ada, #1001 {{weather}}", "{filled}");
    assert_eq!(filled["gaps"].as_array().map(Vec::len), Some(1));
    let run = keep("macro", r#"[{"do":"tag","tag":"parcel"},{"do":"resolve"}]"#).await;
    let done = rig.ask("POST", &format!("/api/v1/conversations/{id}/macros/{run}"), Some(&token), None).await;
    assert_eq!(done.json()["conversation"]["state"], "resolved");
    let bad = json!({"kind": "macro", "title": "m", "content": "[{\"do\":\"dance\"}]", "shared": true});
    let said = rig.ask("POST", "/api/v1/shortcuts", Some(&token), Some(&bad.to_string())).await;
    assert_eq!(said.problem(), "invalid");
}
