//! Answers to visitors: shown in every window that they have open, and kept for those who are away.

use switchboard_sdk::sender::{Content, OptionItem, Outbound, Receipt};
use switchboard_sdk::{Error, Result, json, realtime, time};

use crate::history::{self, Choice, File, Row};
use crate::settings::Settings;
use crate::visitor::Visitor;

/// Carries one message. The same one again, after a call whose end nobody heard of, is shown once: it has the same id.
pub(crate) fn send(message: &Outbound, settings: &Settings) -> Result<Receipt> {
    let visitor = message.to.iter().find_map(Visitor::named).ok_or_else(|| {
        Error::reject(
            "The person never wrote in this chat: a visitor of another website's chat is reached there.",
        )
    })?;
    let receipt = Receipt::new(format!("{}/{}", visitor.id(), message.correlation));
    let row = match &message.content {
        Content::Text(text) => Row { text: text.clone(), ..Row::default() },
        Content::Media(link) => {
            if !link.url.starts_with("https://") && !link.url.starts_with("http://") {
                return Err(Error::reject(
                    "A browser opens a file by its http or https address, and this one has none.",
                ));
            }
            let file =
                File { url: link.url.clone(), mime: link.mime.clone(), name: link.name.clone(), size: None };
            Row { text: link.caption.clone().unwrap_or_default(), file: Some(file), ..Row::default() }
        }
        Content::Buttons(buttons) => {
            Row { text: buttons.text.clone(), options: options(&buttons.items)?, ..Row::default() }
        }
        Content::Menu(menu) => {
            Row { text: menu.text.clone(), options: options(&menu.items)?, ..Row::default() }
        }
        Content::ReadReceipt(id) => {
            let id = id.rsplit('/').next().unwrap_or_default();
            realtime::publish(&visitor.topic(), &format!("{{\"read\":{}}}", json::quote(id)))?;
            return Ok(receipt);
        }
        Content::Template(_) => {
            return Err(Error::reject("A chat has no templates: send the words as text."));
        }
        Content::Reaction(_) => {
            return Err(Error::reject("The chat shows no reactions: answer in words."));
        }
    };
    let row = Row { id: message.correlation.clone(), at: time::now(), answer: true, ..row };
    history::keep(settings, &visitor, &row, &history::slots(&visitor)?)?;
    Ok(receipt)
}

fn options(items: &[OptionItem]) -> Result<Vec<Choice>> {
    if items.is_empty() || items.len() > 20 {
        return Err(Error::reject("A message offers 1 to 20 choices."));
    }
    let choice = |item: &OptionItem| Choice {
        id: item.id.clone(),
        title: item.title.clone(),
        description: item.description.clone(),
    };
    Ok(items.iter().map(choice).collect())
}
