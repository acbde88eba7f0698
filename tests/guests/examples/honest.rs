//! A plugin that does everything a plugin can do, and does it right.

use switchboard_sdk::{
    Actions, Assistant, Error, Event, Poller, Result, Sender, Webhook, actions, assistant, poller, register,
    sender, webhook,
};

struct Honest;
register!(Honest: webhook, sender, poller, actions, assistant);

impl Webhook for Honest {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        Ok(webhook::Outcome::events(switchboard_guests::translate(request.text()?)?))
    }
}

impl Sender for Honest {
    fn send(message: sender::Outbound) -> Result<sender::Receipt> {
        match &message.content {
            sender::Content::Text(text) if text == "later" => Err(Error::Retry(Some(1_500))),
            sender::Content::Text(text) => {
                Ok(sender::Receipt::new(format!("sent:{}", message.correlation)).detail("text", text))
            }
            _ => Err(Error::reject("only text")),
        }
    }
}

impl Poller for Honest {
    fn poll(cursor: Option<String>) -> Result<poller::Page> {
        let page: u32 = cursor.as_deref().unwrap_or("0").parse().map_err(|_| Error::other("not a cursor"))?;
        let event = Event::other(format!("page:{page}"), 0, "page", page.to_string());
        Ok(poller::Page::new(vec![event], (page + 1).to_string()).more(page < 2))
    }
}

impl Actions for Honest {
    fn call(name: &str, input: &str, key: &str) -> Result<actions::Outcome> {
        let output = match name {
            "echo" => serde_json::json!({ "input": input, "key": key }),
            _ => serde_json::json!("not what the schema says"),
        };
        Ok(actions::Outcome::new(output.to_string()))
    }
}

impl Assistant for Honest {
    fn analyse(input: assistant::Input) -> Result<Vec<assistant::Insight>> {
        let words = input.message.text.split_whitespace().count();
        Ok(vec![assistant::Insight::new("words", words.to_string()).confidence(1.0)])
    }
}
