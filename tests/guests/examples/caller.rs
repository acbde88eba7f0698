//! A guest that makes exactly the outgoing requests that a request tells it to make, and repeats all it hears.

use serde::Deserialize;
use switchboard_sdk::{Result, Webhook, http, register, webhook};

struct Caller;
register!(Caller: webhook);

/// One outgoing request.
#[derive(Deserialize)]
struct Call {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

impl Webhook for Caller {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let calls: Vec<Call> = request.json()?;
        let mut told = String::new();
        for call in calls {
            let mut outgoing = http::Request::new(&call.method, call.url);
            for (name, value) in call.headers {
                outgoing = outgoing.header(&name, value);
            }
            if !call.body.is_empty() {
                outgoing = outgoing.body("text/plain", call.body);
            }
            match outgoing.send() {
                Ok(answer) => {
                    told.push_str(&format!("{}", answer.status));
                    for header in &answer.headers {
                        told.push_str(&format!("\n{}: {}", header.name, header.value));
                    }
                    told.push_str(&format!("\n\n{}\n", answer.text()));
                }
                Err(error) => told.push_str(&format!("{error:?}\n")),
            }
        }
        Ok(webhook::Outcome::reply(webhook::Reply::text(told)))
    }
}
