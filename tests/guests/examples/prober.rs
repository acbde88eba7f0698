//! Goes to the address it was given, on to wherever the answer points, and tells what it met.

use serde::Deserialize;
use switchboard_sdk::{Result, Webhook, http, register, settings, webhook};

struct Prober;
register!(Prober: webhook);

#[derive(Deserialize)]
struct Settings {
    base_url: String,
}

impl Webhook for Prober {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let settings: Settings = settings::get()?;
        let base = settings.base_url.trim_end_matches('/');
        let mut url = match request.text()? {
            "" | "{}" => format!("{base}{}", request.path),
            url => url.to_owned(),
        };
        let mut said = String::new();
        for _ in 0..5 {
            match http::get(&url).send() {
                Ok(answer) => {
                    said += &format!("{} {} ", answer.status, answer.text());
                    match answer.header("location") {
                        Some(next) => url = next.to_owned(),
                        None => break,
                    }
                }
                Err(error) => {
                    said += &format!("{error:?}");
                    break;
                }
            }
        }
        Ok(webhook::Reply::text(said).into())
    }
}
