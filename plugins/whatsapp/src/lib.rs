//! WhatsApp through Meta's Cloud API: messages, statuses and account news in, messages out.

mod answer;
mod events;
mod field;
mod message;
mod notice;
mod payload;
mod person;
mod request;
mod send;
mod split;
mod status;
mod sundry;

use switchboard_sdk::sender::{Outbound, Receipt};
use switchboard_sdk::webhook::{Outcome, Reply, Request};
use switchboard_sdk::{Error, Result, Sender, Webhook, http, lenient, record, settings, time};

record! {
    /// What the operator sets; `plugin.toml` says where each value is found, and the host fills in defaults.
    pub(crate) struct Settings {
        phone_number_id: field::Text<'a>,
        api_version: field::Text<'a>,
    }
}

impl Settings<'_> {
    fn messages_url(&self) -> String {
        let version = self.api_version.some().unwrap_or("v25.0");
        format!("https://graph.facebook.com/{version}/{}/messages", &*self.phone_number_id)
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
        let settings = settings::json();
        let settings: Settings<'_> = lenient::read(&settings).unwrap_or_default();
        let request =
            http::post(settings.messages_url()).bearer_secret("access_token").body("application/json", body);
        answer::read(&message, &request.send()?)
    }
}

switchboard_sdk::register!(WhatsApp: webhook, sender);
