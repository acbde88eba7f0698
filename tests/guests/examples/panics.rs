//! Panics in whatever it is asked.

use switchboard_sdk::{
    Actions, Assistant, Poller, Result, Sender, Webhook, actions, assistant, poller, register, sender,
    webhook,
};

struct Panics;
register!(Panics: webhook, sender, poller, actions, assistant);

impl Webhook for Panics {
    fn handle(_: webhook::Request) -> Result<webhook::Outcome> {
        panic!("in the webhook")
    }
}

impl Sender for Panics {
    fn send(_: sender::Outbound) -> Result<sender::Receipt> {
        panic!("in the sender")
    }
}

impl Poller for Panics {
    fn poll(_: Option<String>) -> Result<poller::Page> {
        panic!("in the poller")
    }
}

impl Actions for Panics {
    fn call(_: &str, _: &str, _: &str) -> Result<actions::Outcome> {
        panic!("in an action")
    }
}

impl Assistant for Panics {
    fn analyse(_: assistant::Input) -> Result<Vec<assistant::Insight>> {
        panic!("in the assistant")
    }
}
