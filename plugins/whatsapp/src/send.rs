//! Messages to people, in the form the Cloud API takes, and the limits it sets.

use switchboard_sdk::lenient::array;
use switchboard_sdk::sender::{Buttons, Content, Link, Menu, OptionItem, Outbound, Template};
use switchboard_sdk::{Error, Evidence, Result, Timestamp, time};

use crate::person::{PARENT, USER};
use crate::request::{
    Action, Approved, Body, Button, Component, Context, File, Interactive, Language, Parameter, Reaction,
    Read, Row, Section, Text, Words,
};

/// Refuses free text once the person's last message is older than 24 hours: Meta would take the request and
/// fail the message later. Without a known last message Meta decides. Groups have no window.
pub(crate) fn check_window(message: &Outbound, now: Timestamp) -> Result<()> {
    let bound = matches!(
        message.content,
        Content::Text(_) | Content::Media(_) | Content::Buttons(_) | Content::Menu(_)
    );
    let Some(last) = message.last_received_at.filter(|_| bound && message.thread.is_none()) else {
        return Ok(());
    };
    if now.saturating_sub(last) <= time::DAY as i64 {
        return Ok(());
    }
    Err(Error::reject(format!(
        "The 24-hour window is closed: the person last wrote at {}. Send an approved template instead; when they \
         answer, the window opens again.",
        time::to_rfc3339(last)
    )))
}

/// The body of the request that sends it.
pub(crate) fn body(message: &Outbound) -> Result<Vec<u8>> {
    let body = match &message.content {
        Content::ReadReceipt(id) => {
            return Ok(serde_json::to_vec(&Read {
                messaging_product: "whatsapp",
                status: "read",
                message_id: id,
            })?);
        }
        Content::Text(text) => {
            limit("The text", text, 1, 4_096)?;
            let preview_url = text.contains("https://") || text.contains("http://");
            Body { kind: "text", text: Some(Text { body: text, preview_url }), ..Body::default() }
        }
        Content::Media(link) => media(link)?,
        Content::Buttons(buttons) => {
            Body { kind: "interactive", interactive: Some(reply_buttons(buttons)?), ..Body::default() }
        }
        Content::Menu(menu) => {
            Body { kind: "interactive", interactive: Some(list(menu)?), ..Body::default() }
        }
        Content::Template(template) => {
            Body { kind: "template", template: Some(approved(template)?), ..Body::default() }
        }
        Content::Reaction(reaction) => {
            let reaction = Reaction { message_id: &reaction.message, emoji: &reaction.emoji };
            Body { kind: "reaction", reaction: Some(reaction), ..Body::default() }
        }
    };
    // A reaction names its message itself.
    let answers = message.reply_to.as_deref().filter(|_| body.kind != "reaction");
    let to = address(message)?;
    Ok(serde_json::to_vec(&Body {
        messaging_product: "whatsapp",
        recipient_type: if matches!(to, To::Group(_)) { "group" } else { "individual" },
        to: if let To::Group(id) | To::Phone(id) = to { Some(id) } else { None },
        recipient: if let To::User(id) = to { Some(id) } else { None },
        context: answers.map(|message_id| Context { message_id }),
        biz_opaque_callback_data: &message.correlation,
        ..body
    })?)
}

/// Where to send: the one member of the request that says it differs.
enum To<'a> {
    Group(&'a str),
    Phone(&'a str),
    User(&'a str),
}

/// The group; else a phone number the person proved to be theirs, as Meta advises, so that their number
/// stays visible in later webhooks; else whatever was used last.
fn address(message: &Outbound) -> Result<To<'_>> {
    if let Some(group) = &message.thread {
        return Ok(To::Group(group));
    }
    let proved = message.to.iter().find(|to| to.namespace == "phone" && to.evidence == Evidence::Verified);
    let to =
        proved.or_else(|| message.to.iter().find(|to| ["phone", USER, PARENT].contains(&&*to.namespace)));
    match to {
        Some(to) if to.namespace == "phone" => Ok(To::Phone(&to.value)),
        Some(to) => Ok(To::User(&to.value)),
        None => {
            Err(Error::reject("The person has neither a phone number nor a WhatsApp user id to send to."))
        }
    }
}

fn media(link: &Link) -> Result<Body<'_>> {
    if !link.url.starts_with("https://") && !link.url.starts_with("http://") {
        return Err(Error::reject(
            "WhatsApp fetches a file by its public http or https address, and this one has none.",
        ));
    }
    let caption = link.caption.as_deref().filter(|caption| !caption.is_empty());
    limit("The caption", caption.unwrap_or(""), 0, 1_024)?;
    let file = File { link: &link.url, caption, filename: None };
    let mime = link.mime.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let silent = |body| match caption {
        Some(_) => Err(Error::reject(format!(
            "WhatsApp shows no caption with a file of type {mime}: send the words as a message of their own."
        ))),
        None => Ok(body),
    };
    match &*mime {
        "image/jpeg" | "image/png" => Ok(Body { kind: "image", image: Some(file), ..Body::default() }),
        "video/mp4" | "video/3gpp" => Ok(Body { kind: "video", video: Some(file), ..Body::default() }),
        "image/webp" => silent(Body { kind: "sticker", sticker: Some(file), ..Body::default() }),
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" | "audio/opus" => {
            silent(Body { kind: "audio", audio: Some(file), ..Body::default() })
        }
        // Every other type goes as a document, which WhatsApp carries as it is.
        _ => {
            let file = File { filename: link.name.as_deref(), ..file };
            Ok(Body { kind: "document", document: Some(file), ..Body::default() })
        }
    }
}

fn reply_buttons(buttons: &Buttons) -> Result<Interactive<'_>> {
    limit("The text above the buttons", &buttons.text, 1, 1_024)?;
    several("buttons", "button", &buttons.items, 3, 20, 256)?;
    if buttons.items.iter().any(|item| item.description.as_ref().is_some_and(|line| !line.is_empty())) {
        return Err(Error::reject(
            "WhatsApp's buttons have no second line: leave the descriptions out, or send a list.",
        ));
    }
    let button = |item| Button { kind: "reply", reply: Row::of(item) };
    let action = Action { buttons: buttons.items.iter().map(button).collect(), ..Action::default() };
    Ok(Interactive { kind: "button", body: Words { text: &buttons.text }, action })
}

fn list(menu: &Menu) -> Result<Interactive<'_>> {
    limit("The text above the list", &menu.text, 1, 4_096)?;
    limit("The label that opens the list", &menu.button, 1, 20)?;
    several("lines", "line", &menu.items, 10, 24, 200)?;
    for item in &menu.items {
        limit("The second line of a list's line", item.description.as_deref().unwrap_or(""), 0, 72)?;
    }
    let rows = menu.items.iter().map(Row::of).collect();
    let action = Action { button: Some(&menu.button), sections: vec![Section { rows }], ..Action::default() };
    Ok(Interactive { kind: "list", body: Words { text: &menu.text }, action })
}

fn approved(template: &Template) -> Result<Approved<'_>> {
    if template.name.is_empty() || template.language.is_empty() {
        return Err(Error::reject(
            "A template needs its name and its language as Meta approved them: `order_update`, `en_US`.",
        ));
    }
    let parameters: Vec<_> =
        template.parameters.iter().map(|text| Parameter { kind: "text", text }).collect();
    let mut components = Vec::new();
    if !parameters.is_empty() {
        components.push(Component::Body { kind: "body", parameters });
    }
    if let Some(more) = &template.components {
        let more =
            array(more).ok_or_else(|| Error::reject("A template's components must be a JSON array."))?;
        components.extend(more.into_iter().map(Component::Other));
    }
    Ok(Approved { name: &template.name, language: Language { code: &template.language }, components })
}

/// Checks the length in characters.
fn limit(what: &str, text: &str, least: usize, most: usize) -> Result<()> {
    match text.chars().count() {
        0 if least > 0 => Err(Error::reject(format!("{what} is empty, and WhatsApp demands one."))),
        count if count > most => Err(Error::reject(format!(
            "{what} has {count} characters, and WhatsApp allows {most}: shorten it."
        ))),
        _ => Ok(()),
    }
}

/// Checks number, titles and ids of buttons or list lines.
fn several(all: &str, one: &str, items: &[OptionItem], most: usize, title: usize, id: usize) -> Result<()> {
    if items.is_empty() || items.len() > most {
        return Err(Error::reject(format!(
            "WhatsApp takes 1 to {most} {all}, and these are {}.",
            items.len()
        )));
    }
    for (at, item) in items.iter().enumerate() {
        limit(&format!("The title of {one} {}", at + 1), &item.title, 1, title)?;
        limit(&format!("The id of {one} {}", at + 1), &item.id, 1, id)?;
        if items[..at].iter().any(|other| other.id == item.id || (most == 3 && other.title == item.title)) {
            return Err(Error::reject(format!(
                "Two {all} have the same id or title, and WhatsApp demands different ones."
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_sdk::Identifier;

    fn outbound(content: Content) -> Outbound {
        Outbound::new("msg_1", vec![Identifier::new("phone", "+491701234567", Evidence::Verified)], content)
    }

    fn written(message: &Outbound) -> String {
        String::from_utf8(body(message).unwrap()).unwrap()
    }

    fn refused(message: &Outbound) -> String {
        match body(message).unwrap_err() {
            Error::Reject(why) => why,
            other => panic!("{other:?}"),
        }
    }

    fn items(titles: &[&str]) -> Vec<OptionItem> {
        titles
            .iter()
            .map(|t| OptionItem { id: format!("id-{t}"), title: (*t).to_owned(), description: None })
            .collect()
    }

    #[test]
    fn text_goes_to_the_phone_with_correlation_and_context() {
        let mut message = outbound(Content::Text("Hi".to_owned()));
        message.reply_to = Some("wamid.1".to_owned());
        assert_eq!(
            written(&message),
            r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"+491701234567","context":{"message_id":"wamid.1"},"biz_opaque_callback_data":"msg_1","type":"text","text":{"body":"Hi","preview_url":false}}"#
        );
    }

    #[test]
    fn a_person_without_a_number_is_reached_by_user_id() {
        let mut message = outbound(Content::Text("Hi".to_owned()));
        message.to = vec![Identifier::new(USER, "US.1349", Evidence::Verified)];
        assert!(written(&message).contains(r#""recipient":"US.1349""#));
        assert!(!written(&message).contains(r#""to""#));
    }

    #[test]
    fn a_proved_number_goes_before_a_recorded_one_and_before_a_user_id() {
        let mut message = outbound(Content::Text("Hi".to_owned()));
        message.to.insert(0, Identifier::new(USER, "US.1349", Evidence::Verified));
        message.to.insert(0, Identifier::new("phone", "+4930123456", Evidence::Recorded));
        assert!(written(&message).contains(r#""to":"+491701234567""#));
        message.to.truncate(2);
        assert!(written(&message).contains(r#""to":"+4930123456""#));
        message.to.clear();
        assert!(refused(&message).contains("neither a phone number"));
    }

    #[test]
    fn a_group_is_addressed_as_a_group() {
        let mut message = outbound(Content::Text("Hi".to_owned()));
        message.thread = Some("Y2FwaV9ncm91cA".to_owned());
        assert!(written(&message).contains(r#""recipient_type":"group","to":"Y2FwaV9ncm91cA""#));
    }

    #[test]
    fn a_file_goes_as_the_kind_its_type_says() {
        let link = |mime: &str| Link {
            url: "https://x.example/f".into(),
            mime: mime.into(),
            name: Some("f.pdf".into()),
            caption: None,
        };
        for (mime, kind) in [
            ("image/jpeg", "image"),
            ("IMAGE/PNG", "image"),
            ("image/gif", "document"),
            ("image/webp", "sticker"),
            ("video/mp4", "video"),
            ("audio/ogg; codecs=opus", "audio"),
            ("application/pdf", "document"),
            ("", "document"),
        ] {
            let body = written(&outbound(Content::Media(link(mime))));
            assert!(
                body.contains(&format!(r#""type":"{kind}","{kind}":{{"link":"https://x.example/f""#)),
                "{mime}: {body}"
            );
            assert_eq!(body.contains("f.pdf"), kind == "document", "{mime}");
        }
        let captioned = Link { caption: Some("Hear".into()), ..link("audio/ogg") };
        assert!(refused(&outbound(Content::Media(captioned))).contains("no caption"));
        let local = Link { url: "file:///x".into(), ..link("image/png") };
        assert!(refused(&outbound(Content::Media(local))).contains("public http"));
    }

    #[test]
    fn buttons_over_the_limit_are_refused_before_any_request() {
        let buttons = |items| outbound(Content::Buttons(Buttons { text: "Which?".to_owned(), items }));
        assert!(body(&buttons(items(&["Yes", "No", "12345678901234567890"]))).is_ok());
        assert!(refused(&buttons(items(&["1", "2", "3", "4"]))).contains("1 to 3 buttons, and these are 4"));
        assert!(
            refused(&buttons(items(&["123456789012345678901"])))
                .contains("21 characters, and WhatsApp allows 20")
        );
        assert!(refused(&buttons(items(&["Yes", "Yes"]))).contains("same id or title"));
        assert!(refused(&buttons(items(&[]))).contains("these are 0"));
        assert!(refused(&buttons(items(&[""]))).contains("button 1 is empty"));
    }

    #[test]
    fn a_list_keeps_its_second_lines_and_its_limits() {
        let menu = |items| {
            outbound(Content::Menu(Menu { text: "Pick".to_owned(), button: "Open".to_owned(), items }))
        };
        let mut lines = items(&["Small", "Large"]);
        lines[1].description = Some("Up to 5 kg".to_owned());
        assert!(written(&menu(lines)).contains(
            r#""action":{"button":"Open","sections":[{"rows":[{"id":"id-Small","title":"Small"},{"id":"id-Large","title":"Large","description":"Up to 5 kg"}]}]}"#
        ));
        assert!(
            refused(&menu(items(&["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"])))
                .contains("1 to 10 lines")
        );
        assert!(refused(&menu(items(&["1234567890123456789012345"]))).contains("allows 24"));
    }

    #[test]
    fn a_template_takes_its_gaps_and_the_vendors_own_components() {
        let template = |components: Option<&str>| {
            outbound(Content::Template(Template {
                name: "order_update".to_owned(),
                language: "en_US".to_owned(),
                parameters: vec!["Ada".to_owned()],
                components: components.map(str::to_owned),
            }))
        };
        let body = written(&template(Some(r#"[{"type":"button","index":9007199254740993}]"#)));
        assert!(body.contains(r#""template":{"name":"order_update","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ada"}]},{"type":"button","index":9007199254740993}]}"#));
        assert!(refused(&template(Some("{}"))).contains("JSON array"));
    }

    #[test]
    fn free_text_ends_24_hours_after_the_persons_last_message_and_templates_do_not() {
        let mut message = outbound(Content::Text("Hi".to_owned()));
        message.last_received_at = Some(1_769_860_800_000);
        let later = |hours: i64| 1_769_860_800_000 + hours * 3_600_000;
        assert_eq!(check_window(&message, later(24)), Ok(()));
        let Err(Error::Reject(why)) = check_window(&message, later(24) + 1) else { panic!("not refused") };
        assert!(why.contains("2026-01-31T12:00:00Z") && why.contains("template"), "{why}");
        message.content = Content::ReadReceipt("wamid.1".to_owned());
        assert_eq!(check_window(&message, later(48)), Ok(()));
        message.content = Content::Text("Hi".to_owned());
        message.last_received_at = None;
        assert_eq!(check_window(&message, later(48)), Ok(()));
    }
}
