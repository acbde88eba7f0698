//! Keeps and writes more than it may: in the key-value store, in the log, in live updates, in whatever it is
//! asked, and goes on as if nothing had happened.

use switchboard_sdk::{
    Actions, Assistant, Poller, Result, Sender, Webhook, actions, assistant, key_value, log, poller,
    realtime, register, sender, webhook,
};

struct Packrat;
register!(Packrat: webhook, sender, poller, actions, assistant);

/// Sets values of 1,000 bytes for ever.
fn fill() {
    for number in 0_u32.. {
        let _ = key_value::set(&format!("k{number:05}"), [7; 1_000], None);
    }
}

/// Writes lines for ever.
fn chatter() {
    for number in 0_u32.. {
        log::info(format!("packrat line {number}"));
    }
}

impl Webhook for Packrat {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let done = match request.path.as_str() {
            "/fill" => {
                fill();
                None
            }
            "/log" => {
                chatter();
                None
            }
            "/small" => Some(key_value::set("one", "small", None)),
            "/value" => Some(key_value::set("one", vec![7; request.body.len() * 1_000], None)),
            "/key" => Some(key_value::set(&"k".repeat(600), "one", None)),
            "/once" => Some(key_value::set_if_absent("one", vec![7; 20_000], None).map(drop)),
            "/publish" => Some(realtime::publish("room", &format!("\"{}\"", "x".repeat(70_000)))),
            "/delete" => Some(key_value::delete("one")),
            _ => None,
        };
        let told = match done {
            Some(done) => format!("{done:?}"),
            None => {
                let keys = key_value::keys("", None, 1_000)?;
                let mut sizes = Vec::new();
                for key in &keys {
                    sizes.push(key_value::get(key)?.map_or(0, |value| value.len()));
                }
                format!("{} {:?}", keys.join(" "), sizes)
            }
        };
        Ok(webhook::Reply::text(told).into())
    }
}

impl Sender for Packrat {
    fn send(message: sender::Outbound) -> Result<sender::Receipt> {
        fill();
        Ok(sender::Receipt::new(message.correlation))
    }
}

impl Poller for Packrat {
    fn poll(_: Option<String>) -> Result<poller::Page> {
        chatter();
        Ok(poller::Page::new(Vec::new(), "0"))
    }
}

impl Actions for Packrat {
    fn call(_: &str, _: &str, _: &str) -> Result<actions::Outcome> {
        chatter();
        Ok(actions::Outcome::new("{}"))
    }
}

impl Assistant for Packrat {
    fn analyse(_: assistant::Input) -> Result<Vec<assistant::Insight>> {
        chatter();
        Ok(Vec::new())
    }
}
