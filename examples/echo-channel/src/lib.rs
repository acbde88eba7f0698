//! The smallest channel: a JSON message in, an event out; an answer goes to a URL from the settings.

use serde::{Deserialize, Serialize};
use switchboard_sdk::{
    Error, Event, Evidence, Identifier, Message, Result, Sender, Webhook, http, register, sender,
    settings, webhook,
};

struct Echo;
register!(Echo: webhook, sender);

/// What the other system posts to us.
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
        Ok(webhook::Outcome::events([Event::message_received(
            incoming.at,
            message,
        )
        .about(from)]))
    }
}

/// The plugin's settings, as plugin.toml describes them.
#[derive(Deserialize)]
struct Settings {
    url: String,
}

/// What we post to the other system.
#[derive(Serialize)]
struct Outgoing<'a> {
    id: &'a str,
    to: &'a str,
    text: &'a str,
}

impl Sender for Echo {
    fn send(message: sender::Outbound) -> Result<sender::Receipt> {
        let settings: Settings = settings::get()?;
        let to = message
            .reach(&["echo:user"])
            .ok_or_else(|| Error::reject("the person has no echo user id"))?;
        let sender::Content::Text(text) = &message.content else {
            return Err(Error::reject("the echo channel carries text only"));
        };
        let body = Outgoing {
            id: &message.correlation,
            to,
            text,
        };
        http::post(settings.url)
            .bearer_secret("token")
            .json(&body)?
            .send()?
            .success()?;
        Ok(sender::Receipt::new(&message.correlation))
    }
}
