//! The shop's record of a person: who they are, what is said of them, what they allow.

use switchboard_sdk::events::{Consent, Customer, CustomerMerge, CustomerRef};
use switchboard_sdk::json::Raw;
use switchboard_sdk::{Event, Evidence, Result, Timestamp, lenient, record};

use crate::config::Shop;
use crate::delivery::{Clock, Delivery};
use crate::money::Amount;
use crate::person::{self, Address, Person};
use crate::text::{self, Text, bare_id};

record! {
    /// A customer record: of a webhook, within an order, or as the poller's query names its fields.
    pub(crate) struct Record {
        id: Text<'a>,
        email: Text<'a>,
        verified_email: Text<'a>,
        phone: Text<'a>,
        first_name: Text<'a>,
        last_name: Text<'a>,
        locale: Text<'a>,
        note: Text<'a>,
        tags: Option<Raw<'a>>,
        state: Text<'a>,
        created_at: Text<'a>,
        updated_at: Text<'a>,
        orders_count: Text<'a>,
        total_spent: Text<'a>,
        currency: Text<'a>,
        amount_spent: Option<Amount<'a>>,
        default_address: Option<Address<'a>>,
        email_marketing_consent: Option<Leave<'a>>,
        sms_marketing_consent: Option<Leave<'a>>,
        default_email: Option<Leave<'a>>,
        default_phone: Option<Leave<'a>>,
    }
}

record! {
    /// Leave to send marketing. GraphQL states it beside the address or number it is for.
    struct Leave {
        email: Text<'a>,
        phone: Text<'a>,
        state: Text<'a>,
        opt_in_level: Text<'a>,
        consent_updated_at("consent_updated_at" | "updated_at"): Text<'a>,
        consent_collected_from("consent_collected_from" | "collected_from"): Text<'a>,
    }
}

impl<'a> Record<'a> {
    /// The number of the record.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.id()
    }

    fn email(&self) -> &Text<'a> {
        let default = self.default_email.as_ref().map(|leave| &leave.email);
        default.filter(|email| email.get().is_some()).unwrap_or(&self.email)
    }

    fn phone(&self) -> &Text<'a> {
        let default = self.default_phone.as_ref().map(|leave| &leave.phone);
        default.filter(|phone| phone.get().is_some()).unwrap_or(&self.phone)
    }

    /// Adds the names the record gives. An address that the shop marks as confirmed is verified; the phone
    /// of an address is nobody's word but the typist's.
    pub(crate) fn identify(&self, person: &mut Person, shop: &Shop) {
        person.known_as(self.id().and_then(|id| shop.customer(id)));
        let country = self.default_address.as_ref().and_then(Address::country);
        if self.email().get().is_some() {
            let evidence =
                if self.verified_email.is_true() { Evidence::Verified } else { shop.unconfirmed() };
            person.email(self.email(), evidence);
        }
        if self.phone().get().is_some() {
            person.phone(self.phone(), country, shop.unconfirmed(), shop);
        }
        if let Some(address) = &self.default_address {
            person.phone(&address.phone, country, Evidence::Claimed, shop);
        }
    }

    /// States what the record says of the person.
    pub(crate) fn describe(&self, person: &mut Person) {
        person::name(person, &self.first_name, &self.last_name);
        person.says("language", self.locale.get());
        if let Some(address) = &self.default_address {
            address.describe(person);
        }
        person.says("note", self.note.get());
        let tags = self.tags.map(text::tags);
        person.says("tags", tags.as_deref().filter(|tags| !tags.is_empty()));
        person.says("shopify.orders-count", self.orders_count.get());
        let spent = self.amount_spent.as_ref().and_then(Amount::text);
        let plain = self.total_spent.get().zip(self.currency.get());
        let spent = spent.or_else(|| plain.map(|(amount, unit)| format!("{amount} {unit}")));
        person.says("shopify.total-spent", spent.as_deref());
    }

    /// The record as it now stands, and the consents in it. `None` without a number.
    ///
    /// The key is `customer:{id}:{updated-at}:{state}`, so that webhook, retry and poller agree; a record
    /// without a time is known by `fallback`.
    pub(crate) fn events(
        &self,
        shop: &Shop,
        at: Clock<'_>,
        fallback: &dyn Fn() -> String,
    ) -> Option<Vec<Event>> {
        let id = self.id()?;
        let (updated, state) = (self.updated_at.at(), self.state.word());
        let mut person = Person::default();
        self.identify(&mut person, shop);
        self.describe(&mut person);
        if self.created_at.at() != updated {
            // A changed record whose note or tags are empty says that they are gone; a new one nothing.
            person.says("note", self.note.is_given().then_some(""));
            person.says("tags", self.tags.is_some().then_some(""));
        }
        let key = match updated {
            Some(at) => format!("customer:{id}:{at}:{}", state.as_deref().unwrap_or("")),
            None => fallback(),
        };
        let mut record = Customer::new(id);
        record.state = state;
        record.updated_at = updated;
        let mut events = vec![person.into(Event::new(key, at(updated), record))];
        let email = self.default_email.as_ref();
        let sms = self.default_phone.as_ref();
        let leaves = [
            ("email", email.or(self.email_marketing_consent.as_ref())),
            ("sms", sms.or(self.sms_marketing_consent.as_ref())),
        ];
        for (channel, leave) in leaves {
            let Some(leave) = leave else { continue };
            let decided = matches!(leave.state.word().as_deref(), Some("subscribed" | "unsubscribed"));
            if let (true, Some(when)) = (decided, leave.consent_updated_at.at()) {
                let mut person = Person::default();
                person.known_as(shop.customer(id));
                events.extend(leave.event(id, channel, person, when, &String::new));
            }
        }
        Some(events)
    }
}

impl Leave<'_> {
    /// The consent as it now stands. `None` where the shop states none. Everything but `subscribed` is no
    /// leave: `unsubscribed`, `not_subscribed`, `pending`, `redacted`, `invalid`.
    fn event(
        &self,
        id: &str,
        channel: &str,
        person: Person,
        at: Timestamp,
        fallback: &dyn Fn() -> String,
    ) -> Option<Event> {
        let state = self.state.word()?;
        let key = match self.consent_updated_at.at() {
            Some(at) => format!("consent:{id}:{channel}:{at}:{state}"),
            None => fallback(),
        };
        let proof = [self.opt_in_level.word(), self.consent_collected_from.word()];
        let proof = proof.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let consent = Consent {
            channel: channel.to_owned(),
            purpose: "marketing".to_owned(),
            granted: state == "subscribed",
            proof: (!proof.is_empty()).then_some(proof),
        };
        Some(person.into(Event::new(key, at, consent)))
    }
}

/// `customers/create`, `update`, `enable`, `disable`.
pub(crate) fn updated(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let record: Record<'_> = lenient::read(delivery.body)?;
    let events = record.events(&delivery.shop, &|own| delivery.at(own), &|| delivery.key());
    Ok(events.unwrap_or_else(|| vec![delivery.other(None)]))
}

/// `customers/delete`: the body holds little more than the number.
pub(crate) fn deleted(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let record: Record<'_> = lenient::read(delivery.body)?;
    let Some(id) = record.id() else {
        return Ok(vec![delivery.other(None)]);
    };
    let body = CustomerRef { id: id.to_owned() };
    let at = delivery.gone_at(record.updated_at.at());
    let event = Event::new(format!("customer:{id}:deleted"), at, body);
    Ok(vec![event.about(delivery.shop.customer(id))])
}

/// `customers/merge`: only a completed one joins anything; the rest is news of a job.
pub(crate) fn merged(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    record! {
        struct Merge {
            admin_graphql_api_customer_kept_id: Text<'a>,
            admin_graphql_api_customer_deleted_id: Text<'a>,
            status: Text<'a>,
        }
    }
    let merge: Merge<'_> = lenient::read(delivery.body)?;
    let kept = merge.admin_graphql_api_customer_kept_id.id();
    let gone = merge.admin_graphql_api_customer_deleted_id.id();
    let done = merge.status.word().as_deref() == Some("completed");
    let event = match (kept, gone) {
        (Some(kept), Some(gone)) if done => {
            let body = CustomerMerge {
                kept: kept.to_owned(),
                merged: delivery.shop.customer(gone).into_iter().collect(),
            };
            Event::new(format!("merge:{gone}:{kept}"), delivery.at(None), body)
        }
        _ => delivery.other(None),
    };
    Ok(vec![event.about(kept.and_then(|id| delivery.shop.customer(id)))])
}

/// `customers_marketing_consent/update` (SMS), `customers_email_marketing_consent/update` and
/// `customers_whats_app_marketing_consent/update`.
pub(crate) fn consent(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    record! {
        struct Update {
            id("id" | "customer_id"): Text<'a>,
            email_marketing_consent: Option<Leave<'a>>,
            sms_marketing_consent: Option<Leave<'a>>,
            whats_app_marketing_consent: Option<Leave<'a>>,
        }
    }
    let update: Update<'_> = lenient::read(delivery.body)?;
    let stated = [
        ("email", &update.email_marketing_consent),
        ("sms", &update.sms_marketing_consent),
        ("whatsapp", &update.whats_app_marketing_consent),
    ];
    let customer = || update.id.id().and_then(|id| delivery.shop.customer(id));
    let event = stated.into_iter().find_map(|(channel, leave)| {
        let leave = leave.as_ref()?;
        let mut person = Person::default();
        person.known_as(customer());
        let at = delivery.at(leave.consent_updated_at.at());
        leave.event(update.id.id()?, channel, person, at, &|| delivery.key())
    });
    Ok(vec![event.unwrap_or_else(|| delivery.other(None).about(customer()))])
}

record! {
    /// The customer a document of any kind names, for the timeline.
    pub(crate) struct Named {
        customer_id("customer_id" | "customerId"): Text<'a>,
        admin_graphql_api_customer_id: Text<'a>,
        number_of_orders("number_of_orders" | "numberOfOrders"): Text<'a>,
        amount_spent("amount_spent" | "amountSpent"): Option<Amount<'a>>,
        at("occurredAt" | "happened_at" | "updated_at"): Text<'a>,
    }
}

impl Named<'_> {
    /// The whole delivery, put on the timeline of the customer it names.
    pub(crate) fn event(&self, delivery: &Delivery<'_>) -> Event {
        let ids = [&self.customer_id, &self.admin_graphql_api_customer_id];
        let id = ids.into_iter().find_map(Text::get).map(bare_id);
        let mut person = Person::default();
        person.known_as(id.and_then(|id| delivery.shop.customer(id)));
        if delivery.topic == "customers/purchasing_summary" {
            person.says("shopify.orders-count", self.number_of_orders.get());
            let spent = self.amount_spent.as_ref().and_then(Amount::text);
            person.says("shopify.total-spent", spent.as_deref());
        }
        person.into(delivery.other(self.at.at()))
    }
}
