//! A channel that says exactly what a request tells it to say, and sends to an address of the settings.

use serde::Deserialize;
use switchboard_sdk::{
    Error, Event, Evidence, Identifier, Message, Result, Sender, Webhook, events, http, register, sender,
    settings, webhook,
};

struct Courier;
register!(Courier: webhook, sender);

/// What a request tells.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Told {
    /// Somebody wrote.
    Message { id: String, at: i64, text: String, who: Vec<Name> },
    /// News of a message.
    Status { id: String, at: i64, state: String, correlation: Option<String>, reason: Option<String> },
}

#[derive(Deserialize)]
struct Name {
    namespace: String,
    value: String,
    evidence: String,
}

#[derive(Deserialize)]
struct Settings {
    base_url: String,
}

impl Webhook for Courier {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let told: Vec<Told> = request.json()?;
        Ok(webhook::Outcome::events(told.into_iter().map(event).collect::<Result<Vec<_>>>()?))
    }
}

fn event(told: Told) -> Result<Event> {
    Ok(match told {
        Told::Message { id, at, text, who } => {
            let names = who.into_iter().map(|name| {
                let evidence = match &*name.evidence {
                    "verified" => Evidence::Verified,
                    "recorded" => Evidence::Recorded,
                    _ => Evidence::Claimed,
                };
                Identifier::new(name.namespace, name.value, evidence)
            });
            Event::message_received(at, Message::new(id).text(text)).about(names)
        }
        Told::Status { id, at, state, correlation, reason } => {
            let state = match &*state {
                "sent" => events::DeliveryState::Sent,
                "delivered" => events::DeliveryState::Delivered,
                "read" => events::DeliveryState::Read,
                "failed" => events::DeliveryState::Failed,
                _ => return Err(Error::reject("no such state")),
            };
            Event::message_status(at, events::MessageStatus { message: id, state, correlation, reason })
        }
    })
}

impl Sender for Courier {
    fn send(message: sender::Outbound) -> Result<sender::Receipt> {
        let settings: Settings = settings::get()?;
        let sender::Content::Text(text) = &message.content else { return Err(Error::reject("only text")) };
        let to = message.to.first().map(|to| &to.value);
        let body = serde_json::json!({
            "correlation": message.correlation, "to": to, "text": text, "attempt": message.attempt,
        });
        let answer = http::post(format!("{}/send", settings.base_url.trim_end_matches('/')))
            .bearer_secret("token")
            .json(&body)?
            .send()?
            .success()?;
        let answer: serde_json::Value = serde_json::from_str(&answer.text())?;
        Ok(sender::Receipt::new(answer["id"].as_str().unwrap_or_default()))
    }
}
