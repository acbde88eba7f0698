//! The smallest channel: a JSON message in, an event out; an answer is posted to an address.

use serde::Deserialize;
use switchboard_sdk::{
    Error, Event, Evidence, Identifier, Message, Result, Sender, Webhook, http, register, sender, settings,
    webhook,
};

/// The plugin.
pub struct Echo;
register!(Echo: webhook, sender);

#[derive(Deserialize)]
struct Incoming {
    id: String,
    at: i64,
    from: String,
    text: String,
}

impl Webhook for Echo {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let incoming: Incoming = request.json()?;
        let message = Message::new(incoming.id).text(incoming.text);
        let from = Identifier::vendor("echo:user", &incoming.from, Evidence::Verified);
        let event = Event::message_received(incoming.at, message).about(from);
        Ok(webhook::Outcome::events([event]))
    }
}

#[derive(Deserialize)]
struct Settings {
    url: String,
}

impl Sender for Echo {
    fn send(message: sender::Outbound) -> Result<sender::Receipt> {
        let settings: Settings = settings::get()?;
        let Some(to) = message.reach(&["echo:user"]) else {
            return Err(Error::reject("the person has no echo user id"));
        };
        let sender::Content::Text(text) = &message.content else {
            return Err(Error::reject("the echo channel carries text only"));
        };
        let body = serde_json::json!({ "id": message.correlation, "to": to, "text": text });
        let request = http::post(settings.url).bearer_secret("token").json(&body)?;
        request.send()?.success()?;
        Ok(sender::Receipt::new(message.correlation))
    }
}
