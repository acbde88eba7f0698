//! Calls the hub without end.

use std::hint::black_box;

use switchboard_sdk::{Result, Webhook, http, key_value, register, settings, signing, webhook};

struct Nagger;
register!(Nagger: webhook);

impl Webhook for Nagger {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        loop {
            match request.path.as_str() {
                "/settings" => drop(black_box(settings::json())),
                "/read" => drop(black_box(key_value::get("key"))),
                "/write" => drop(black_box(key_value::set("key", vec![7; 100_000], None))),
                "/list" => drop(black_box(key_value::keys("", None, u32::MAX))),
                "/denied" => drop(black_box(http::get("https://not-granted.example/").send())),
                _ => {
                    drop(black_box(signing::sign("signing", signing::Algorithm::HmacSha512, &[0; 1_000_000])))
                }
            }
        }
    }
}
