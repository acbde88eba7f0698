//! Says far too much at once: names, statements, events, files.

use switchboard_sdk::{Attachment, Event, Evidence, Identifier, Message, Result, Webhook, register, webhook};

struct Flooder;
register!(Flooder: webhook);

impl Webhook for Flooder {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let size: usize = request.query("size").and_then(|size| size.parse().ok()).unwrap_or(0);
        let said = || Event::message_received(1_000, Message::new("m").text("flood"));
        let name = |n| Identifier::new("flooder:person", format!("{n}"), Evidence::Verified);
        Ok(webhook::Outcome::events(match request.path.as_str() {
            "/identifiers" => vec![said().about((0..size).map(name))],
            "/attributes" => {
                let stated = |event: Event, n| event.attribute(format!("flooder.field-{n}"), "x");
                vec![(0..size).fold(said().from(name(0)), stated)]
            }
            "/attachments" => {
                let file =
                    |message: Message, n: usize| message.attach(Attachment::new("a/b").id(n.to_string()));
                let message = (0..size).fold(Message::new("m").text("flood"), file);
                vec![Event::message_received(1_000, message).from(name(0))]
            }
            _ => (0..size).map(|n| said().keyed(n.to_string()).from(name(n))).collect(),
        }))
    }
}
