//! What happened, in words: one line for each event.

use super::event::{
    Body, Content, Deed, DeliveryState, Handling, LineItem, Message, Money, PrivacyRight, Verdict,
};

/// One line that tells an agent what an event says.
#[must_use]
pub fn summary(body: &Body) -> String {
    match body {
        Body::MessageReceived(message) => format!("wrote: {}", message_words(message)),
        Body::MessageSent(message) => format!("was sent: {}", message_words(message)),
        Body::MessageEdited(edit) => format!("changed a message to: {}", short(&edit.text)),
        Body::MessageDeleted(_) => "took a message back".to_owned(),
        Body::Reaction(r) if r.emoji.is_empty() => "took a reaction back".to_owned(),
        Body::Reaction(r) => format!("reacted {}", r.emoji),
        Body::MessageStatus(status) => {
            let state = match status.state {
                DeliveryState::Accepted => "was accepted",
                DeliveryState::Sent => "was sent",
                DeliveryState::Delivered => "was delivered",
                DeliveryState::Read => "was read",
                DeliveryState::Failed => "could not be delivered",
            };
            with(format!("a message {state}"), status.reason.as_deref())
        }
        Body::Call(call) => {
            let who = if call.inbound { "called" } else { "was called" };
            let spoken = call.duration.map(|ms| format!("{} s", ms / 1000));
            with(format!("{who}: {}", call.state), spoken.as_deref())
        }
        Body::CustomerUpdated(c) => with("customer record updated".to_owned(), c.state.as_deref()),
        Body::CustomerMerged(_) => "customer records were merged".to_owned(),
        Body::CustomerDeleted(_) => "customer record deleted".to_owned(),
        Body::IdentifierChanged(change) => {
            format!("changed {} to {}", change.previous.identifier, change.current.identifier)
        }
        Body::Order(order) => {
            let mut line = format!("order {} is {}", order.number, order.state);
            let states = [order.payment_state.as_deref(), order.fulfilment_state.as_deref()];
            for part in states.into_iter().flatten() {
                line = format!("{line}, {part}");
            }
            format!("{line}{}{}", amount(order.total.as_ref()), items(&order.items))
        }
        Body::Fulfilment(parcel) => {
            let by = parcel.carrier.as_ref().map(|carrier| format!(" with {carrier}")).unwrap_or_default();
            with(
                format!("parcel is {}{by}", parcel.state),
                parcel.tracking_numbers.first().map(String::as_str),
            )
        }
        Body::Refund(r) => with(format!("refund{}", amount(r.amount.as_ref())), r.reason.as_deref()),
        Body::Cart(cart) => {
            format!("cart is {}{}{}", cart.state, amount(cart.total.as_ref()), items(&cart.items))
        }
        Body::Ticket(ticket) => format!("ticket “{}” is {}", short(&ticket.subject), ticket.state),
        Body::Payment(payment) => format!("payment {}{}", payment.state, amount(payment.amount.as_ref())),
        Body::Subscription(s) => format!("subscription {} is {}", s.plan, s.state),
        Body::Consent(consent) => {
            let verb = if consent.granted { "agreed to" } else { "withdrew leave for" };
            format!("{verb} {} on {}", consent.purpose, consent.channel)
        }
        Body::PageViewed(page) => format!("looked at {}", page.title.as_deref().unwrap_or(&page.url)),
        Body::ArticleViewed(page) => format!("read {}", page.title.as_deref().unwrap_or(&page.url)),
        Body::SurveyAnswer(answer) => {
            let score = answer.score.map(|score| format!(" {score}")).unwrap_or_default();
            with(format!("answered {}{score}", answer.survey), answer.comment.as_deref())
        }
        Body::PrivacyRequest(request) => match request.right {
            PrivacyRight::Access => "asks what is known of them".to_owned(),
            PrivacyRight::Erase => "asks to be erased".to_owned(),
            PrivacyRight::EraseConnection => "everything from this connection is to be erased".to_owned(),
        },
        Body::Notice(notice) => with(notice.title.clone(), notice.detail.as_deref()),
        Body::Other(other) => other.kind.clone(),
        Body::Insight(insight) => match insight.score {
            Some(score) => format!("{}: {} ({score:+.2})", insight.kind, insight.label),
            None => format!("{}: {}", insight.kind, insight.label),
        },
        Body::Decision(decision) => {
            let what = match decision.verdict {
                Verdict::Merge { .. } => "said that two profiles are one person",
                Verdict::Apart { .. } => "said that these are different people",
                Verdict::Undo { .. } => "took a decision back",
            };
            with(format!("{} {what}", decision.by), decision.reason.as_deref())
        }
        Body::Conversation(handling) => handled(handling),
        Body::Note(note) => format!("{} noted: {}", note.by, short(&note.text)),
        Body::Erased(erased) => format!("{}: erased", erased.of.as_str()),
    }
}

/// What somebody did with the conversation.
fn handled(Handling { by, deed, .. }: &Handling) -> String {
    match deed {
        Deed::Resolve => format!("{by} resolved the conversation"),
        Deed::Reopen => format!("{by} reopened the conversation"),
        Deed::Snooze(_) => format!("{by} put the conversation off"),
        Deed::Wake(_) => "the conversation is due again".to_owned(),
        Deed::Assign(Some(account)) => format!("{by} gave the conversation to {account}"),
        Deed::Assign(None) => format!("{by} gave the conversation to nobody in particular"),
        Deed::Team(Some(team)) => format!("{by} gave the conversation to the team {team}"),
        Deed::Team(None) => format!("{by} took the conversation from its team"),
        Deed::Priority(priority) => format!("{by} made the priority {}", priority.as_str()),
        Deed::Tag(tag) => format!("{by} added the tag {tag}"),
        Deed::Untag(tag) => format!("{by} removed the tag {tag}"),
        Deed::Merge(_) => format!("{by} made two conversations one"),
        Deed::Split => format!("{by} split the conversation"),
        Deed::Send => format!("{by} wrote a message"),
        Deed::Undo(_) => format!("{by} took a merge or split of conversations back"),
    }
}

fn message_words(message: &Message) -> String {
    let what = match &message.content {
        Content::Text | Content::Choice(_) => String::new(),
        Content::Media(files) => {
            let kinds: Vec<&str> =
                files.iter().map(|file| file.mime.split('/').next().unwrap_or("file")).collect();
            format!("[{}] ", kinds.join(", "))
        }
        Content::Location(place) => format!("[location {:.5}, {:.5}] ", place.latitude, place.longitude),
        Content::Contacts(_) => "[contacts] ".to_owned(),
        Content::Products(_) => "[products] ".to_owned(),
        Content::Unsupported(kind) => format!("[{kind}, which cannot be shown] "),
    };
    let subject =
        message.subject.as_ref().map(|subject| format!("{} — ", short(subject))).unwrap_or_default();
    format!("{what}{subject}{}", short(&message.text)).trim_end().to_owned()
}

/// At most 200 characters on one line.
fn short(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn amount(money: Option<&Money>) -> String {
    money.map(|money| format!(", {} {}", money.amount, money.currency)).unwrap_or_default()
}

fn items(items: &[LineItem]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let named: Vec<String> = items.iter().take(3).map(|i| format!("{} × {}", i.quantity, i.title)).collect();
    let more = if items.len() > 3 { format!(" and {} more", items.len() - 3) } else { String::new() };
    format!(": {}{more}", named.join(", "))
}

fn with(line: String, detail: Option<&str>) -> String {
    match detail.filter(|detail| !detail.is_empty()) {
        Some(detail) => format!("{line} ({})", short(detail)),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Order;

    #[test]
    fn an_order_reads_as_an_agent_would_say_it() {
        let money = |amount: &str| Money { amount: amount.into(), currency: "EUR".into() };
        let order = Order {
            id: "6".into(),
            number: "#1001".into(),
            state: "open".into(),
            payment_state: Some("paid".into()),
            fulfilment_state: None,
            total: Some(money("89.70")),
            placed_at: None,
            updated_at: 0,
            items: vec![LineItem {
                id: "1".into(),
                title: "Kettle".into(),
                quantity: 2,
                price: None,
                sku: None,
            }],
            url: None,
        };
        assert_eq!(summary(&Body::Order(order)), "order #1001 is open, paid, 89.70 EUR: 2 × Kettle");
    }

    #[test]
    fn a_long_message_is_cut_at_a_character() {
        let text = "ä".repeat(300);
        assert_eq!(short(&text).chars().count(), 201);
    }
}
