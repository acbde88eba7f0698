//! The channel's two handlers, natively.

use echo_channel::Echo;
use switchboard_sdk::testing::{self, Host};
use switchboard_sdk::{Body, Error, Evidence, Identifier, Sender, Webhook, sender};

fn outbound(namespace: &str) -> sender::Outbound {
    let to = vec![Identifier::new(namespace, "ada", Evidence::Verified)];
    sender::Outbound::text("msg_1", to, "Hi Ada")
}

#[test]
fn a_message_becomes_an_event_about_its_sender() {
    let body = r#"{"id":"m1","at":1,"from":"ada","text":"Hello"}"#;
    let outcome = Echo::handle(testing::request("POST", body)).unwrap();
    let [event] = &outcome.events[..] else { panic!("{outcome:?}") };
    assert_eq!(event.subject, [Identifier::new("echo:user", "ada", Evidence::Verified)]);
    assert!(matches!(&event.body, Body::MessageReceived(message) if message.text == "Hello"));
}

#[test]
fn a_message_is_posted_with_a_token_the_plugin_never_sees() {
    let host = Host::with_settings(r#"{"url":"https://echo.example/in"}"#);
    host.answer("POST", "https://echo.example/in", 202, "");
    assert_eq!(Echo::send(outbound("echo:user")).unwrap().id, "msg_1");
    assert_eq!(host.requests()[0].headers[0].value, "Bearer {{secret:token}}");
}

#[test]
fn a_person_without_an_echo_id_is_rejected() {
    let _host = Host::with_settings(r#"{"url":"https://echo.example/in"}"#);
    assert!(matches!(Echo::send(outbound("phone")), Err(Error::Reject(_))));
}
