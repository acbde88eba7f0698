//! What a plugin tells the hub: [`Event`] and everything that can happen, with builders.
//!
//! Every type here is the contract's own; fields are public, and the methods only spare you the fields
//! you do not need.

pub use crate::bindings::imports::switchboard::plugin::events::{
    Body, Call, Cart, Choice, Consent, Content, Customer, CustomerMerge, CustomerRef, DeliveryState, Event,
    Fulfilment, IdentifierChange, LineItem, Message, MessageEdit, MessageRef, MessageStatus, Notice, Order,
    Other, Page, Payment, PrivacyRequest, PrivacyRight, Reaction, Refund, Subscription, SurveyAnswer, Ticket,
};
pub use crate::bindings::imports::switchboard::plugin::types::{
    Attachment, Attribute, Pair, Place, Timestamp,
};
use crate::identifier::Identifier;
use crate::money::Money;

impl Event {
    /// One thing that happened. `external_id` is its key within the connection: made from the vendor's
    /// ids, so that a repeated delivery makes the same one.
    pub fn new(external_id: impl Into<String>, at: Timestamp, body: impl Into<Body>) -> Self {
        Self {
            external_id: external_id.into(),
            occurred_at: at,
            subject: Vec::new(),
            attributes: Vec::new(),
            body: body.into(),
            source: None,
        }
    }

    /// The person sent a message. Its key is the message's id.
    pub fn message_received(at: Timestamp, message: Message) -> Self {
        Self::new(message.id.clone(), at, Body::MessageReceived(message))
    }

    /// The business sent a message outside the hub. Its key is the message's id.
    pub fn message_sent(at: Timestamp, message: Message) -> Self {
        Self::new(message.id.clone(), at, Body::MessageSent(message))
    }

    /// News of a message. Its key is `status:{message}:{state}`.
    pub fn message_status(at: Timestamp, status: MessageStatus) -> Self {
        Self::new(format!("status:{}:{}", status.message, status.state.name()), at, status)
    }

    /// An order as it now stands. Its key is `order:{id}:{updated-at}`.
    pub fn order(order: Order) -> Self {
        Self::new(format!("order:{}:{}", order.id, order.updated_at), order.updated_at, order)
    }

    /// A vendor's record of a person as it now stands. Its key is `customer:{id}:{at}`.
    pub fn customer_updated(at: Timestamp, customer: Customer) -> Self {
        Self::new(format!("customer:{}:{at}", customer.id), at, customer)
    }

    /// Something the contract has no case for, kept as it is. `data` is a JSON document.
    pub fn other(
        external_id: impl Into<String>,
        at: Timestamp,
        kind: impl Into<String>,
        data: impl Into<String>,
    ) -> Self {
        Self::new(external_id, at, Other { kind: kind.into(), data: data.into() })
    }

    /// The same event under another key.
    pub fn keyed(mut self, external_id: impl Into<String>) -> Self {
        self.external_id = external_id.into();
        self
    }

    /// Adds a name of the person it is about. An empty value is left out.
    pub fn from(mut self, identifier: Identifier) -> Self {
        if !identifier.value.is_empty() {
            self.subject.push(identifier);
        }
        self
    }

    /// Adds names of the person it is about: a list, or an `Option` of one.
    pub fn about(mut self, identifiers: impl IntoIterator<Item = Identifier>) -> Self {
        for identifier in identifiers {
            self = self.from(identifier);
        }
        self
    }

    /// Adds a statement about the person. An empty text says that the field has no value any more.
    pub fn attribute(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(Attribute::new(field, value));
        self
    }

    /// Adds a statement about the person where there is one.
    pub fn attribute_if<V: Into<String>>(self, field: &str, value: Option<V>) -> Self {
        match value {
            Some(value) => self.attribute(field, value),
            None => self,
        }
    }

    /// Sets the vendor's own words, a JSON document, verbatim. Without it the whole request body counts
    /// as the source.
    pub fn source(mut self, json: impl Into<String>) -> Self {
        self.source = Some(json.into());
        self
    }
}

impl Attribute {
    /// One statement about a person.
    pub fn new(field: impl Into<String>, value: impl Into<String>) -> Self {
        Self { field: field.into(), value: value.into() }
    }
}

impl Message {
    /// An empty text message with the vendor's id of it.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            thread: None,
            reply_to: None,
            text: String::new(),
            html: None,
            subject: None,
            content: Content::Text,
            referral: None,
        }
    }

    /// Sets the text, caption or title.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Sets the HTML form.
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Sets the subject line.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets the vendor's id of the thread.
    pub fn thread(mut self, thread: impl Into<String>) -> Self {
        self.thread = Some(thread.into());
        self
    }

    /// Sets the vendor's id of the message this one answers.
    pub fn reply_to(mut self, id: impl Into<String>) -> Self {
        self.reply_to = Some(id.into());
        self
    }

    /// Sets what it carries besides text.
    pub fn content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    /// Adds a picture, sound, video, document or sticker.
    pub fn attach(mut self, attachment: Attachment) -> Self {
        if let Content::Media(list) = &mut self.content {
            list.push(attachment);
        } else {
            self.content = Content::Media(vec![attachment]);
        }
        self
    }

    /// Makes it the choice of a button or list line, with its title as text.
    pub fn choice(mut self, id: impl Into<String>, title: impl Into<String>) -> Self {
        let title = title.into();
        self.text.clone_from(&title);
        self.content = Content::Choice(Choice { id: id.into(), title });
        self
    }

    /// Sets where the person came from, a JSON document.
    pub fn referral(mut self, json: impl Into<String>) -> Self {
        self.referral = Some(json.into());
        self
    }
}

impl Attachment {
    /// A file of a MIME type; an empty one becomes `application/octet-stream`.
    pub fn new(mime: impl Into<String>) -> Self {
        let mut mime = mime.into();
        if mime.is_empty() {
            mime.push_str("application/octet-stream");
        }
        Self { id: None, url: None, mime, name: None, size: None, caption: None, checksum: None }
    }

    /// Sets the vendor's id for the file.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets where it can be fetched.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }
}

impl DeliveryState {
    /// Its name in the contract: `delivered`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }
}

impl MessageStatus {
    /// News of the message with the vendor's id `message`.
    pub fn new(message: impl Into<String>, state: DeliveryState) -> Self {
        Self { message: message.into(), state, correlation: None, reason: None }
    }

    /// Sets the correlation that the vendor echoed.
    pub fn correlation(mut self, correlation: impl Into<String>) -> Self {
        self.correlation = Some(correlation.into());
        self
    }

    /// Sets why it failed.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

impl Customer {
    /// The vendor's record of a person.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), state: None, updated_at: None }
    }
}

impl Order {
    /// An open order without lines. `number` is what people call it, `updated_at` when the vendor last
    /// changed it.
    pub fn new(id: impl Into<String>, number: impl Into<String>, updated_at: Timestamp) -> Self {
        Self {
            id: id.into(),
            number: number.into(),
            state: "open".to_owned(),
            payment_state: None,
            fulfilment_state: None,
            total: None,
            placed_at: None,
            updated_at,
            items: Vec::new(),
            url: None,
        }
    }

    /// Sets `open`, `closed`, `cancelled`, `deleted`, `draft`, or the vendor's word.
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.state = state.into();
        self
    }

    /// Sets what the customer pays in all.
    pub fn total(mut self, total: Money) -> Self {
        self.total = Some(total);
        self
    }

    /// Adds a line.
    pub fn item(mut self, item: LineItem) -> Self {
        self.items.push(item);
        self
    }
}

impl LineItem {
    /// A line of an order or cart.
    pub fn new(id: impl Into<String>, title: impl Into<String>, quantity: u64) -> Self {
        Self { id: id.into(), title: title.into(), quantity, price: None, sku: None }
    }
}

macro_rules! body_of {
    ($($case:ident($type:ty)),* $(,)?) => {$(
        impl From<$type> for Body {
            fn from(value: $type) -> Self {
                Self::$case(value)
            }
        }
    )*};
}

body_of! {
    MessageEdited(MessageEdit), MessageDeleted(MessageRef), Reaction(Reaction), MessageStatus(MessageStatus),
    Call(Call), CustomerUpdated(Customer), CustomerMerged(CustomerMerge), CustomerDeleted(CustomerRef),
    IdentifierChanged(IdentifierChange), Order(Order), Fulfilment(Fulfilment), Refund(Refund), Cart(Cart),
    Ticket(Ticket), Payment(Payment), Subscription(Subscription), Consent(Consent), SurveyAnswer(SurveyAnswer),
    PrivacyRequest(PrivacyRequest), Notice(Notice), Other(Other),
}
