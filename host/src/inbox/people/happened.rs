//! What happened, as a line of a time line says it in the reader's language.

use crate::inbox::words::Words;
use crate::model::event::{Body, Content, Deed, LineItem, Message, Money, NewEvent, Verdict};
use crate::model::profile::TimelineEntry;

/// A line of a time line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happened {
    /// Its look: `from` the person, `ours`, `trade`, `insight`, or none.
    pub(crate) look: &'static str,
    /// What happened.
    pub(crate) what: String,
    /// What was said or else belongs to it; possibly empty.
    pub(crate) text: String,
    /// Whether somebody decided it, and may take it back.
    pub(crate) decided: bool,
}

impl Happened {
    /// What an entry says. One that cannot be read any more is told by its summary.
    pub(crate) fn of(entry: &TimelineEntry, words: Words) -> Self {
        match serde_json::from_str::<NewEvent>(entry.said.get()) {
            Ok(said) => tell(&said.body, words),
            Err(_) => line("", entry.summary.clone(), String::new()),
        }
    }
}

fn line(look: &'static str, what: String, text: String) -> Happened {
    Happened { look, what, text, decided: false }
}

fn tell(body: &Body, words: Words) -> Happened {
    let state = |state: &str| words.of("state", state);
    match body {
        Body::MessageReceived(message) => line("from", words.say("happened-wrote"), said(message, words)),
        Body::MessageSent(message) => line("ours", words.say("happened-sent"), said(message, words)),
        Body::MessageEdited(edit) => line("", words.say("happened-edited"), edit.text.clone()),
        Body::MessageDeleted(_) => line("", words.say("happened-deleted"), String::new()),
        Body::Reaction(one) if one.emoji.is_empty() => {
            line("", words.say("happened-unreacted"), String::new())
        }
        Body::Reaction(one) => line("", words.say1("happened-reacted", "emoji", &one.emoji), String::new()),
        Body::MessageStatus(news) => {
            let word = format!("{:?}", news.state).to_lowercase();
            line("", words.of("happened-status", &word), news.reason.clone().unwrap_or_default())
        }
        Body::Call(call) => {
            let key = if call.inbound { "happened-called" } else { "happened-was-called" };
            let length = call.duration.map(|ms| words.length(ms));
            line("from", words.say(key), join([Some(state(&call.state)), length]))
        }
        Body::CustomerUpdated(one) => {
            line("", words.say("happened-customer"), one.state.as_deref().map(state).unwrap_or_default())
        }
        Body::CustomerMerged(_) => line("", words.say("happened-customers-merged"), String::new()),
        Body::CustomerDeleted(_) => line("", words.say("happened-customer-deleted"), String::new()),
        Body::IdentifierChanged(change) => {
            let (old, new) = (&change.previous.identifier.value, &change.current.identifier.value);
            line("", words.say2("happened-renamed", ("old", old), ("new", new)), String::new())
        }
        Body::Consent(one) => {
            let key = if one.granted { "happened-agreed" } else { "happened-withdrew" };
            let (purpose, channel) = (words.of("purpose", &one.purpose), words.of("channel", &one.channel));
            let what = words.say2(key, ("purpose", &purpose), ("channel", &channel));
            line("", what, one.proof.clone().unwrap_or_default())
        }
        Body::PageViewed(page) | Body::ArticleViewed(page) => {
            let article = matches!(body, Body::ArticleViewed(_));
            let key = if article { "happened-article" } else { "happened-page" };
            line("", words.say(key), page.title.clone().unwrap_or_else(|| page.url.clone()))
        }
        Body::SurveyAnswer(answer) => {
            let score = answer.score.map(|score| words.number(&score));
            let what = words.say1("happened-survey", "survey", &answer.survey);
            line("from", what, join([score, answer.comment.clone()]))
        }
        Body::PrivacyRequest(request) => {
            line("", words.of("happened-privacy", request.right.as_str()), String::new())
        }
        Body::Notice(notice) => line("", notice.title.clone(), notice.detail.clone().unwrap_or_default()),
        Body::Other(other) => line("", words.say1("happened-other", "kind", &other.kind), String::new()),
        Body::Insight(one) => {
            let (kind, label) = (words.of("insight", &one.kind), words.of("label", &one.label));
            line("insight", words.say2("happened-insight", ("kind", &kind), ("label", &label)), String::new())
        }
        Body::Decision(decision) => {
            let key = match decision.verdict {
                Verdict::Merge { .. } => "happened-merged",
                Verdict::Apart { .. } => "happened-parted",
                Verdict::Undo { .. } => "happened-undone",
            };
            let reason = decision.reason.clone().unwrap_or_default();
            Happened { decided: true, ..line("ours", words.say1(key, "by", &decision.by), reason) }
        }
        Body::Conversation(handling) => {
            let what = words.of("happened-handled", handling.deed.as_str());
            let more = match &handling.deed {
                Deed::Tag(tag) | Deed::Untag(tag) => Some(tag.clone()),
                Deed::Priority(priority) => Some(words.of("inbox-priority", priority.as_str())),
                _ => None,
            };
            line("", what, join([Some(handling.by.clone()), more]))
        }
        Body::Note(note) => line("ours", words.say("happened-note"), format!("{}: {}", note.by, note.text)),
        Body::Erased(_) => line("", words.say("happened-erased"), String::new()),
        _ => trade(body, words),
    }
}

/// What business systems tell of.
fn trade(body: &Body, words: Words) -> Happened {
    let state = |state: &str| words.of("state", state);
    let (what, text) = match body {
        Body::Order(order) => {
            let states = [order.payment_state.as_deref(), order.fulfilment_state.as_deref()];
            let [paid, sent] = states.map(|one| one.map(state));
            let now = state(&order.state);
            let what = words.say2("happened-order", ("number", &order.number), ("state", &now));
            (what, join([paid, sent, amount(order.total.as_ref(), words), items(&order.items)]))
        }
        Body::Fulfilment(parcel) => {
            let what = words.say1("happened-parcel", "state", &state(&parcel.state));
            (what, join([parcel.carrier.clone(), parcel.tracking_numbers.first().cloned()]))
        }
        Body::Refund(refund) => (
            words.say("happened-refund"),
            join([amount(refund.amount.as_ref(), words), refund.reason.clone()]),
        ),
        Body::Cart(cart) => (
            words.say1("happened-cart", "state", &state(&cart.state)),
            join([amount(cart.total.as_ref(), words), items(&cart.items)]),
        ),
        Body::Ticket(ticket) => {
            (words.say1("happened-ticket", "state", &state(&ticket.state)), ticket.subject.clone())
        }
        Body::Payment(payment) => (
            words.say1("happened-payment", "state", &state(&payment.state)),
            join([amount(payment.amount.as_ref(), words)]),
        ),
        Body::Subscription(one) => {
            (words.say1("happened-subscription", "state", &state(&one.state)), one.plan.clone())
        }
        other => (crate::model::timeline::summary(other), String::new()),
    };
    line("trade", what, text)
}

/// What a message says, and what it carries.
fn said(message: &Message, words: Words) -> String {
    let carried = match &message.content {
        Content::Text | Content::Choice(_) => None,
        Content::Media(files) => Some(words.say1("happened-files", "count", &files.len())),
        Content::Location(place) => Some(
            place
                .name
                .clone()
                .or_else(|| place.address.clone())
                .unwrap_or_else(|| words.say("happened-place")),
        ),
        Content::Contacts(_) => Some(words.say("happened-contacts")),
        Content::Products(_) => Some(words.say("happened-products")),
        Content::Unsupported(_) => Some(words.say("happened-unsupported")),
    };
    let text = Some(message.text.clone()).filter(|text| !text.trim().is_empty());
    join([message.subject.clone(), text, carried.map(|carried| format!("[{carried}]"))])
}

/// An amount of money as people write it.
pub(crate) fn amount(money: Option<&Money>, words: Words) -> Option<String> {
    money.map(|money| format!("{} {}", words.number(&money.amount), money.currency))
}

fn items(items: &[LineItem]) -> Option<String> {
    let named = items.iter().take(3).map(|item| format!("{} × {}", item.quantity, item.title));
    let named = named.collect::<Vec<_>>().join(", ");
    let more = if items.len() > 3 { " …" } else { "" };
    Some(format!("{named}{more}")).filter(|text| !text.is_empty())
}

fn join<const N: usize>(parts: [Option<String>; N]) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::inbox::words::Language;

    fn told(body: Value, language: Language) -> Happened {
        let body: Body = serde_json::from_str(&body.to_string()).expect("a body");
        tell(&body, Words { language })
    }

    #[test]
    fn a_message_is_told_with_what_it_carries() {
        let message = json!({"message-received": {"id": "1", "text": "Look", "content":
            {"media": [{"mime": "image/png"}, {"mime": "image/png"}]}}});
        let told = told(message, Language::English);
        assert_eq!(
            (told.look, told.what.as_str(), told.text.as_str()),
            ("from", "Wrote", "Look · [2 files]")
        );
    }

    #[test]
    fn an_order_is_told_in_the_readers_language() {
        let order = json!({"order": {"id": "6", "number": "#1001", "state": "open", "payment-state": "paid",
            "total": {"amount": "1089.70", "currency": "EUR"}, "updated-at": 0,
            "items": [{"id": "1", "title": "Kettle", "quantity": 2}]}});
        let told = told(order, Language::German);
        assert_eq!(told.what, "Bestellung #1001: offen");
        assert_eq!(told.text, "bezahlt · 1089,70 EUR · 2 × Kettle");
    }

    #[test]
    fn what_somebody_decided_can_be_taken_back() {
        let id = "prof_00000000000000000000000000";
        let decision = json!({"decision": {"by": "kim", "verdict": {"merge": {"left": id, "right": id}}}});
        assert!(told(decision, Language::English).decided);
    }
}
