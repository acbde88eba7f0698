//! How far messages, calls and payments have come, and Meta's errors in words.

use switchboard_sdk::events::{Call, DeliveryState, MessageRef, MessageStatus, Payment};
use switchboard_sdk::{Body, Event, Evidence, Money, lenient};

use crate::events::Scene;
use crate::payload::{Fault, Status, Words};
use crate::person::Person;

/// Translates one status. In a group each participant has their own.
pub(crate) fn status<'a>(scene: &Scene<'a>, item: &'a Status<'a>, events: &mut Vec<Event>) {
    let contacts = &scene.change.value.contacts;
    let group = &*item.recipient_type == "group" || item.recipient_id.contains('@');
    let person = if group {
        let (user, parent) =
            (&item.recipient_participant_user_id, &item.recipient_participant_parent_user_id);
        Person::find(&item.recipient_participant_id, user, parent, contacts, scene.alone)
    } else {
        Person::find(
            &item.recipient_id,
            &item.recipient_user_id,
            &item.parent_recipient_user_id,
            contacts,
            scene.alone,
        )
    };
    let mut key = format!("status:{}:{}", &*item.id, &*item.status);
    if group
        && let Some(participant) =
            item.recipient_participant_user_id.some().or(item.recipient_participant_id.some())
    {
        key.push(':');
        key.push_str(participant);
    }
    if item.id.is_empty() {
        key = scene.hashed();
    }
    let state = |state| {
        Body::MessageStatus(MessageStatus {
            message: item.id.to_string(),
            state,
            correlation: item.biz_opaque_callback_data.some().map(str::to_owned),
            reason: reason(&item.errors),
        })
    };
    let body = match (&*item.kind, &*item.status) {
        ("call", word) => call(item, word),
        ("payment", word) => payment(item, word),
        _ if item.id.is_empty() => scene.other("status"),
        (_, "accepted" | "held_for_quality_assessment") => state(DeliveryState::Accepted),
        (_, "sent") => state(DeliveryState::Sent),
        (_, "delivered") => state(DeliveryState::Delivered),
        (_, "read" | "played") => state(DeliveryState::Read),
        (_, "failed") => state(DeliveryState::Failed),
        (_, "deleted") => Body::MessageDeleted(MessageRef { id: item.id.to_string() }),
        (_, word) => scene.other(&format!("status/{word}")),
    };
    events.push(scene.about(key, &item.timestamp, &person, Evidence::Recorded, body));
}

/// A call of the business to the person.
fn call(item: &Status<'_>, word: &str) -> Body {
    let state = match word {
        "RINGING" => "ringing",
        "ACCEPTED" => "answered",
        word => &*word.to_ascii_lowercase(),
    };
    Body::Call(Call {
        id: item.id.to_string(),
        inbound: false,
        state: state.to_owned(),
        duration: None,
        recording_url: None,
    })
}

fn payment(item: &Status<'_>, word: &str) -> Body {
    let said: Words<'_> = item.payment.map(lenient::part).unwrap_or_default();
    let digits = said.amount.offset.len().saturating_sub(1) as u8;
    let power_of_ten =
        said.amount.offset.starts_with('1') && said.amount.offset[1..].bytes().all(|b| b == b'0');
    let amount = said.amount.value.parse().ok().filter(|_| power_of_ten);
    let state = match word {
        "captured" => "succeeded",
        word => word,
    };
    Body::Payment(Payment {
        id: said.reference_id.some().unwrap_or(&item.id).to_owned(),
        order: said.reference_id.some().map(str::to_owned),
        state: state.to_owned(),
        amount: amount
            .and_then(|minor| Money::from_minor(minor, digits, said.currency.some().unwrap_or("INR"))),
    })
}

fn reason(errors: &[Fault<'_>]) -> Option<String> {
    let words: Vec<String> = errors.iter().map(Fault::in_full).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

impl Fault<'_> {
    /// The code and what it is called: `131026 Message undeliverable`.
    pub(crate) fn describe(&self) -> String {
        let words = self.title.some().or(self.message.some()).unwrap_or("error");
        format!("{} {words}", &*self.code).trim_start().to_owned()
    }

    /// What Meta adds for this one case.
    pub(crate) fn more(&self) -> Option<&str> {
        self.error_data.details.some().or(self.details.some()).or(self.error_user_msg.some())
    }

    /// Code, name and addition in one line.
    pub(crate) fn in_full(&self) -> String {
        match self.more() {
            Some(more) => format!("{}: {more}", self.describe()),
            None => self.describe(),
        }
    }
}
