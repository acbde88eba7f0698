//! A channel whose vendor puts the proof inside the body, so that only the plugin can find and check it.

use serde::Deserialize;
use switchboard_sdk::signing::{self, Algorithm};
use switchboard_sdk::{Error, Event, Evidence, Identifier, Message, Result, Webhook, register, webhook};

struct Prover;
register!(Prover: webhook);

#[derive(Deserialize)]
struct Sent {
    id: String,
    at: i64,
    from: String,
    text: String,
    /// The HMAC with SHA-256 of the text, in hex.
    proof: String,
}

impl Webhook for Prover {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let sent: Sent = request.json()?;
        let right = signing::sign("entry", Algorithm::HmacSha256, sent.text.as_bytes())?;
        if signing::hex(&right) != sent.proof {
            return Err(Error::reject("the proof is wrong"));
        }
        if sent.text == "break down" {
            panic!("as it was told");
        }
        let who = Identifier::new("phone", sent.from, Evidence::Verified);
        let message = Message::new(sent.id).text(sent.text);
        Ok(webhook::Outcome::events(vec![Event::message_received(sent.at, message).from(who)]))
    }
}
