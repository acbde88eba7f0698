//! WhatsApp through Meta's Cloud API: messages, statuses and account news in, messages out.
#![warn(missing_docs)]

mod answer;
mod events;
mod lenient;
mod message;
mod notice;
mod payload;
mod person;
mod send;
mod split;
mod status;
mod sundry;

use serde::Deserialize;
use switchboard_sdk::sender::{Outbound, Receipt};
use switchboard_sdk::webhook::{Outcome, Reply, Request};
use switchboard_sdk::{Error, Result, Sender, Webhook, http, settings, time};

/// What the operator sets; `plugin.toml` says where each value is found.
#[derive(Deserialize)]
struct Settings {
    phone_number_id: String,
    #[serde(default = "Settings::api_version")]
    api_version: String,
}

impl Settings {
    fn api_version() -> String {
        "v25.0".to_owned()
    }

    fn messages_url(&self) -> String {
        format!("https://graph.facebook.com/{}/{}/messages", self.api_version, self.phone_number_id)
    }
}

/// The plugin.
pub struct WhatsApp;

impl Webhook for WhatsApp {
    fn handle(request: Request) -> Result<Outcome> {
        match request.method.as_str() {
            // Meta asks once whether the address is ours; the host has compared the token.
            "GET" => match request.query("hub.challenge") {
                Some(challenge) => Ok(Reply::text(challenge).into()),
                None => Err(Error::reject("a GET without hub.challenge is no handshake of Meta's")),
            },
            "POST" => Ok(events::translate(request.text()?)?.into()),
            _ => Ok(Reply::status(405).header("allow", "GET, POST").into()),
        }
    }
}

impl Sender for WhatsApp {
    fn send(message: Outbound) -> Result<Receipt> {
        send::check_window(&message, time::now())?;
        let body = send::body(&message)?;
        let settings: Settings = settings::get()?;
        let request = http::post(settings.messages_url()).bearer_secret("access_token").body("application/json", body);
        answer::read(&message, &request.send()?)
    }
}

switchboard_sdk::register!(WhatsApp: webhook, sender);
