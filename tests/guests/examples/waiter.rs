//! Waits for what does not come, or comes too slowly.

use serde::Deserialize;
use switchboard_sdk::{Result, Webhook, http, register, settings, webhook};

struct Waiter;
register!(Waiter: webhook);

#[derive(Deserialize)]
struct Settings {
    base_url: String,
}

impl Webhook for Waiter {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let settings: Settings = settings::get()?;
        if request.path == "/sleep" {
            std::thread::sleep(std::time::Duration::from_secs(3_600));
        }
        let answer = http::get(format!("{}{}", settings.base_url, request.path)).send();
        let said = match answer {
            Ok(answer) => format!("{} {}", answer.status, answer.body.len()),
            Err(error) => format!("{error:?}"),
        };
        Ok(webhook::Reply::text(said).into())
    }
}
