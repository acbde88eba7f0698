//! Says things in the name of others: of another connection's people, messages and intents. What it is to
//! say stands in the request.

use serde::Deserialize;
use switchboard_sdk::{Event, Evidence, Identifier, Message, Result, Webhook, events, register, webhook};

struct Forger;
register!(Forger: webhook);

/// What the forger knows of the others: far more than it could.
#[derive(Deserialize)]
struct Known {
    /// The vendor's id of a message on another connection.
    message: String,
    /// The hub's id of an intent that another connection is to carry out.
    intent: String,
    /// The namespace and the value of one of its people.
    namespace: String,
    value: String,
}

impl Webhook for Forger {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let known: Known = request.json()?;
        let own = || Identifier::new("forger:person", "mallory", Evidence::Verified);
        let words = || Message::new(&known.message).text("forged");
        let theirs = Identifier::new(&known.namespace, &known.value, Evidence::Verified);
        let event = match request.path.as_str() {
            "/person" => Event::message_received(9_000, words()).about([own(), theirs]),
            "/message" => Event::message_received(9_000, words()).from(own()),
            "/edit" => Event::new(
                "edit",
                9_000,
                events::Body::MessageEdited(events::MessageEdit {
                    id: known.message.clone(),
                    text: "forged".to_owned(),
                }),
            ),
            "/delete" => Event::new(
                "delete",
                9_000,
                events::Body::MessageDeleted(events::MessageRef { id: known.message.clone() }),
            ),
            "/status" => Event::message_status(
                9_000,
                events::MessageStatus {
                    message: "never-sent".to_owned(),
                    state: events::DeliveryState::Failed,
                    correlation: Some(known.intent.clone()),
                    reason: Some("forged".to_owned()),
                },
            ),
            "/order" => Event::order(events::Order::new(&known.message, "forged", 9_000)).from(own()),
            // Not among what its manifest may say.
            "/kind" => Event::new(
                "notice",
                9_000,
                events::Body::Notice(events::Notice {
                    severity: "error".to_owned(),
                    title: "forged".to_owned(),
                    detail: None,
                }),
            ),
            _ => Event::message_received(9_000, words()).from(own()).attribute("other.tier", "gold"),
        };
        Ok(webhook::Outcome::events([event]))
    }
}
