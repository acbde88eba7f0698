//! A plugin that does whatever the request's path says, and most of it is bad.

use std::hint::black_box;

use serde::Deserialize;
use switchboard_sdk::{
    Event, Evidence, Identifier, Message, Money, Result, Webhook, events, http, key_value, log, realtime,
    register, settings, signing, webhook,
};

struct Misdeeds;
register!(Misdeeds: webhook);

#[derive(Deserialize)]
struct Settings {
    /// Where `/fetch` and its siblings go.
    base_url: String,
}

impl Webhook for Misdeeds {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let size: usize = request.query("size").and_then(|size| size.parse().ok()).unwrap_or(0);
        match request.path.as_str() {
            "/trap" => trap(),
            "/panic" => panic!("as it was told"),
            "/exit" => std::process::exit(3),
            "/loop" => loop {
                black_box(0);
            },
            "/memory" => {
                let mut all = Vec::new();
                loop {
                    all.push(black_box(vec![1_u8; 1 << 20]));
                }
            }
            "/recursion" => said(recurse(1).to_string()),
            "/sleep" => {
                std::thread::sleep(std::time::Duration::from_millis(size as u64));
                said("slept")
            }
            "/huge" => Ok(webhook::Reply::body("text/plain", vec![b'x'; size]).into()),
            "/status" => Ok(webhook::Reply::status(42).into()),
            "/header" => Ok(webhook::Reply::status(200).header("x-split", "a\r\nset-cookie: b").into()),
            "/see" => said(format!("{:?} {:?}", request.headers, request.query)),
            "/log" => {
                for line in 0..size {
                    log::info(format!("line {line} {}", "long ".repeat(2_000)));
                }
                said("logged")
            }
            "/print" => {
                println!("{}", "p".repeat(size));
                said("printed")
            }
            "/ask" => {
                for _ in 0..size {
                    black_box(settings::json());
                }
                said("asked")
            }
            "/world" => said(format!(
                "env {} args {} file {} now {}",
                std::env::vars().count(),
                std::env::args().count(),
                std::fs::read("/etc/hostname").is_ok(),
                switchboard_sdk::time::now(),
            )),
            path if path.starts_with("/events/") => Ok(webhook::Outcome::events(events(&path[8..], size))),
            path if path.starts_with("/http/") => fetch(&path[6..]),
            path => said(format!("{:?}", ask(path, &request, size))),
        }
    }
}

fn said(text: impl Into<String>) -> Result<webhook::Outcome> {
    Ok(webhook::Reply::text(text).into())
}

fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

fn recurse(depth: u64) -> u64 {
    let local = black_box([depth; 64]);
    if local[7] == 0 { 0 } else { recurse(depth + 1).wrapping_add(local[3]) }
}

/// Things the host may refuse.
fn ask(path: &str, request: &webhook::Request, size: usize) -> Result<String> {
    match path {
        "/kv/set" => {
            let key = request.query("key").unwrap_or("key");
            key_value::set(key, vec![7; size], None)?;
            Ok("set".to_owned())
        }
        "/kv/get" => Ok(format!("{:?}", key_value::get("key")?.map(|value| value.len()))),
        "/kv/once" => {
            let first = key_value::set_if_absent("once", "1", None)?;
            Ok(format!("{first} {}", key_value::set_if_absent("once", "2", None)?))
        }
        "/kv/keys" => Ok(key_value::keys("", None, 10)?.join(",")),
        "/sign" => {
            let name = request.query("secret").unwrap_or("signing");
            let mac = signing::sign(name, signing::Algorithm::HmacSha256, b"data")?;
            let good = signing::verify(name, signing::Algorithm::HmacSha256, b"data", &mac)?;
            let bad = signing::verify(name, signing::Algorithm::HmacSha256, b"date", &mac)?;
            Ok(format!("{} {good} {bad}", signing::hex(&mac)))
        }
        "/publish" => {
            realtime::publish(
                request.query("topic").unwrap_or_default(),
                request.query("payload").unwrap_or("{}"),
            )?;
            Ok("published".to_owned())
        }
        _ => Ok("nothing".to_owned()),
    }
}

fn fetch(what: &str) -> Result<webhook::Outcome> {
    let settings: Settings = settings::get()?;
    let base = settings.base_url.trim_end_matches('/');
    let request = match what {
        "elsewhere" => http::get("https://elsewhere.example/steal"),
        "secret" => http::get(format!("{base}/echo?key={{{{secret:token}}}}")).bearer_secret("token"),
        "other-secret" => http::get(format!("{base}/echo")).bearer_secret("signing"),
        "no-secret" => http::get(format!("{base}/echo")).bearer_secret("unheard-of"),
        "delete" => http::delete(format!("{base}/echo")),
        "post" => http::post(format!("{base}/echo")).body("text/plain", "posted"),
        path => http::get(format!("{base}/{path}")),
    };
    match request.send() {
        Ok(response) => {
            said(format!("{} {} {}", response.status, response.body.len(), head(&response.text())))
        }
        Err(error) => said(format!("{error:?}")),
    }
}

fn head(text: &str) -> String {
    text.chars().take(2_000).collect()
}

/// Events that break a rule.
fn events(what: &str, size: usize) -> Vec<Event> {
    let good = || Event::message_received(0, Message::new("m1").text("hello"));
    let order = |amount: &str, currency: &str| events::Order {
        id: "1".to_owned(),
        number: "#1".to_owned(),
        state: "open".to_owned(),
        payment_state: None,
        fulfilment_state: None,
        total: Some(Money { amount: amount.to_owned(), currency: currency.to_owned() }),
        placed_at: None,
        updated_at: 0,
        items: Vec::new(),
        url: None,
    };
    match what {
        "good" => vec![good()],
        "many" => (0..size).map(|n| good().keyed(n.to_string())).collect(),
        "kind" => vec![Event::message_status(
            0,
            events::MessageStatus {
                message: "m1".to_owned(),
                state: events::DeliveryState::Read,
                correlation: None,
                reason: None,
            },
        )],
        "namespace" => vec![good().from(Identifier::new("Not Legal", "x", Evidence::Verified))],
        "value" => vec![good().from(Identifier::new("phone", "x".repeat(600), Evidence::Verified))],
        "external-id" => vec![good().keyed("x".repeat(600))],
        "no-external-id" => vec![good().keyed("")],
        "attribute" => vec![good().attribute("Shoe Size", "43")],
        "foreign-attribute" => vec![good().attribute("other.size", "43")],
        "own-attribute" => vec![good().attribute("misdeeds.size", "43")],
        "source" => vec![good().source("{not json")],
        "deep" => vec![good().source(format!("{}{}", "[".repeat(size), "]".repeat(size)))],
        "money" => vec![Event::order(order("1e3", "EUR"))],
        "currency" => vec![Event::order(order("1.00", "euro"))],
        "order" => vec![Event::order(order("1.00", "EUR"))],
        "time" => vec![Event::message_received(i64::MAX, Message::new("m1"))],
        _ => Vec::new(),
    }
}
