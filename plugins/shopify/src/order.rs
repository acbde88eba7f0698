//! Orders and drafts of orders.

use switchboard_sdk::events::Order;
use switchboard_sdk::json::Raw;
use switchboard_sdk::{Event, Evidence, Result, Timestamp, lenient, record};

use crate::config::Shop;
use crate::customer;
use crate::delivery::{Clock, Delivery};
use crate::fulfilment;
use crate::item::Item;
use crate::money::{self, Bag};
use crate::payment;
use crate::person::{Address, Person};
use crate::text::Text;

record! {
    /// An order or draft of a webhook, or an order as the poller's query names its fields.
    pub(crate) struct Record {
        id: Text<'a>,
        name: Text<'a>,
        order_number: Text<'a>,
        status: Text<'a>,
        financial_status: Text<'a>,
        fulfillment_status: Text<'a>,
        cancelled_at: Text<'a>,
        closed_at: Text<'a>,
        created_at: Text<'a>,
        processed_at: Text<'a>,
        updated_at: Text<'a>,
        currency: Text<'a>,
        total_price: Text<'a>,
        total_price_set: Option<Bag<'a>>,
        order_status_url: Text<'a>,
        invoice_url: Text<'a>,
        email: Text<'a>,
        contact_email: Text<'a>,
        phone: Text<'a>,
        customer_locale: Text<'a>,
        customer: Option<customer::Record<'a>>,
        billing_address: Option<Address<'a>>,
        shipping_address: Option<Address<'a>>,
        line_items: Vec<Item<'a>>,
        fulfillments: Vec<Raw<'a>>,
        refunds: Vec<Raw<'a>>,
    }
}

impl Record<'_> {
    /// Who placed it. The customer record is the shop's word; what stands on the order itself was typed at
    /// the checkout. The shipping address may be another person's and names nobody.
    fn person(&self, shop: &Shop) -> Person {
        buyer(
            self.customer.as_ref(),
            &[&self.email, &self.contact_email],
            &[&self.phone],
            [self.billing_address.as_ref(), self.shipping_address.as_ref()],
            &self.customer_locale,
            shop,
        )
    }

    fn order(&self, id: String, state: &str, at: Timestamp) -> Order {
        let number = self.name.owned();
        let number = number.or_else(|| self.order_number.get().map(|n| format!("#{n}")));
        Order {
            number: number.unwrap_or_else(|| id.clone()),
            id,
            state: state.to_owned(),
            payment_state: self.financial_status.word(),
            fulfilment_state: None,
            total: money::seen(self.total_price_set.as_ref(), &self.total_price, self.currency.get()),
            placed_at: self.processed_at.at().or(self.created_at.at()),
            updated_at: at,
            items: self.line_items.iter().map(|item| item.line(self.currency.get())).collect(),
            url: self.order_status_url.owned().or(self.invoice_url.owned()),
        }
    }

    /// The order as it now stands, then the parcels and refunds told with it. `None` without a number.
    ///
    /// The key is `order:{id}:{updated-at}:{state}/{payment}/{fulfilment}`, so that webhook, retry and
    /// poller agree. The time alone is not enough: it counts whole seconds, in which a shop takes an order
    /// *and* its money. Parcels and refunds are keyed as their own webhooks key them, with `@order` behind,
    /// because here the customer is known and there not.
    pub(crate) fn events(&self, shop: &Shop, at: Clock<'_>) -> Option<Vec<Event>> {
        let id = self.id.id()?;
        let updated = at(self.updated_at.at());
        let state = match (self.cancelled_at.get(), self.closed_at.get()) {
            (Some(_), _) => "cancelled",
            (None, Some(_)) => "closed",
            (None, None) => "open",
        };
        let mut order = self.order(id.to_owned(), state, updated);
        order.fulfilment_state = Some(fulfilment_state(self.fulfillment_status.word()));
        let key = format!(
            "order:{id}:{updated}:{state}/{}/{}",
            order.payment_state.as_deref().unwrap_or(""),
            order.fulfilment_state.as_deref().unwrap_or(""),
        );
        let person = self.person(shop);
        let mut events = Vec::with_capacity(1);
        let part = |raw: Raw<'_>, event: Option<Event>| {
            let event = event?;
            let key = format!("{}@order", event.external_id);
            Some(person.name(event.keyed(key)).source(raw.get()))
        };
        for &raw in &self.fulfillments {
            let parcel: fulfilment::Record<'_> = lenient::part(raw);
            let told = parcel.event(Some(id), &|own| at(own.or(Some(updated))));
            events.extend(part(raw, told));
        }
        for &raw in &self.refunds {
            let refund: payment::Record<'_> = lenient::part(raw);
            let told = refund.event(Some(id), &|own| at(own.or(Some(updated))));
            events.extend(part(raw, told));
        }
        events.insert(0, person.into(Event::new(key, updated, order)));
        Some(events)
    }
}

/// The coarse word that webhooks use; GraphQL's finer ones (`ON_HOLD`, `IN_PROGRESS`) all are unfulfilled
/// there.
fn fulfilment_state(word: Option<String>) -> String {
    match word.as_deref() {
        None
        | Some(
            "in_progress" | "on_hold" | "open" | "scheduled" | "pending_fulfillment" | "request_declined",
        ) => "unfulfilled".to_owned(),
        Some("partially_fulfilled") => "partial".to_owned(),
        Some(word) => word.to_owned(),
    }
}

/// The person who buys: their record where the shop has one, and what they typed. `addresses` are where the
/// bill and the parcel go; only the first speaks of the buyer.
pub(crate) fn buyer(
    record: Option<&customer::Record<'_>>,
    emails: &[&Text<'_>],
    phones: &[&Text<'_>],
    addresses: [Option<&Address<'_>>; 2],
    locale: &Text<'_>,
    shop: &Shop,
) -> Person {
    let mut person = Person::default();
    if let Some(record) = record {
        record.identify(&mut person, shop);
    }
    let [billing, shipping] = addresses;
    let country = billing.and_then(Address::country);
    for email in emails {
        person.email(email, Evidence::Claimed);
    }
    for phone in phones {
        person.phone(phone, country, Evidence::Claimed, shop);
    }
    if let Some(billing) = billing {
        person.phone(&billing.phone, country, Evidence::Claimed, shop);
    }
    person.says("language", locale.get());
    match record {
        Some(record) => record.describe(&mut person),
        None => {
            if let Some(address) = billing.or(shipping) {
                address.describe(&mut person);
            }
        }
    }
    person
}

/// `orders/create`, `updated`, `paid`, `cancelled`, `fulfilled`, `partially_fulfilled`.
pub(crate) fn changed(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let record: Record<'_> = lenient::read(delivery.body)?;
    let events = record.events(&delivery.shop, &|own| delivery.at(own));
    Ok(events.unwrap_or_else(|| vec![delivery.other(None)]))
}

/// `orders/delete`: in newer versions of the API the body holds the number alone.
pub(crate) fn deleted(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let record: Record<'_> = lenient::read(delivery.body)?;
    let Some(id) = record.id.id() else {
        return Ok(vec![delivery.other(None)]);
    };
    let at = delivery.gone_at(record.updated_at.at());
    let order = record.order(id.to_owned(), "deleted", at);
    let event = Event::new(format!("order:{id}:deleted"), at, order);
    Ok(vec![record.person(&delivery.shop).into(event)])
}

/// `draft_orders/create` and `update`. A draft is an order under a number of its own, `draft:{id}`; its
/// order, once there is one, comes as `orders/create`.
pub(crate) fn drafted(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let record: Record<'_> = lenient::read(delivery.body)?;
    let Some(id) = record.id.id() else {
        return Ok(vec![delivery.other(None)]);
    };
    let at = delivery.at(record.updated_at.at());
    let status = record.status.word().unwrap_or_default();
    let state = match &*status {
        "" | "open" | "invoice_sent" => "draft",
        other => other,
    };
    let order = record.order(format!("draft:{id}"), state, at);
    let event = Event::new(format!("draft:{id}:{at}:{status}"), at, order);
    Ok(vec![record.person(&delivery.shop).into(event)])
}

/// `draft_orders/delete`.
pub(crate) fn undrafted(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let record: Record<'_> = lenient::read(delivery.body)?;
    let Some(id) = record.id.id() else {
        return Ok(vec![delivery.other(None)]);
    };
    let at = delivery.gone_at(record.updated_at.at());
    let order = record.order(format!("draft:{id}"), "deleted", at);
    let event = Event::new(format!("draft:{id}:deleted"), at, order);
    Ok(vec![record.person(&delivery.shop).into(event)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_sdk::testing::Host;
    use switchboard_sdk::{Body, Identifier};

    fn told(json: &str) -> Vec<Event> {
        let _host = Host::with_settings(r#"{"shop":"acme"}"#);
        let record: Record<'_> = lenient::read(json).unwrap();
        let shop = Shop::of_settings().unwrap();
        record.events(&shop, &|at| at.unwrap_or(0)).unwrap()
    }

    #[test]
    fn a_webhook_and_a_poll_tell_the_same_event() {
        let rest = told(
            r##"{"id":820982911946154508,"name":"#1001","financial_status":"paid","fulfillment_status":null,
            "created_at":"2026-01-31T07:00:00-05:00","updated_at":"2026-01-31T07:00:00-05:00","currency":"EUR",
            "total_price":"36.99","email":"ada@example.com","customer_locale":"en","customer":{
            "id":115310627314723954,"email":"ada@example.com","verified_email":true,"tags":"vip, new",
            "first_name":"Ada","last_name":"Lovelace"},"line_items":[{"id":866550311766439020,"name":"Tea",
            "quantity":2,"price":"18.495","sku":"T1"}]}"##,
        );
        let graph = told(
            r##"{"id":"820982911946154508","name":"#1001","financial_status":"PAID",
            "fulfillment_status":"UNFULFILLED","created_at":"2026-01-31T12:00:00Z",
            "updated_at":"2026-01-31T12:00:00Z","email":"ada@example.com","customer_locale":"en",
            "total_price_set":{"presentment_money":{"amount":"36.99","currency_code":"EUR"}},"customer":{
            "id":"115310627314723954","verified_email":true,"tags":["vip","new"],
            "default_email":{"email":"ada@example.com"},"first_name":"Ada","last_name":"Lovelace"},
            "line_items":{"nodes":[{"id":"gid://shopify/LineItem/866550311766439020","name":"Tea",
            "quantity":2,"sku":"T1","price_set":{"presentment_money":{"amount":"18.495",
            "currency_code":"EUR"}}}]},"fulfillments":[],"refunds":[]}"##,
        );
        assert_eq!(rest, graph);
        assert_eq!(rest[0].external_id, "order:820982911946154508:1769860800000:open/paid/unfulfilled");
    }

    #[test]
    fn what_a_guest_typed_is_only_claimed() {
        let events = told(
            r#"{"id":1,"updated_at":"2026-01-31T12:00:00Z","email":"Guest@Example.com","billing_address":{
            "first_name":"Gus","phone":"0170 1234567","country_code":"DE"},
            "shipping_address":{"first_name":"Ann","phone":"+491709999999"}}"#,
        );
        assert_eq!(
            events[0].subject,
            [
                Identifier::new("email", "guest@example.com", Evidence::Claimed),
                Identifier::new("phone", "+491701234567", Evidence::Claimed),
            ]
        );
        assert_eq!(events[0].attributes[0].value, "Gus");
    }

    #[test]
    fn an_order_paid_in_the_second_it_was_placed_is_two_events() {
        let key = |status: &str| {
            let json =
                format!(r#"{{"id":1,"updated_at":"2026-01-31T12:00:00Z","financial_status":"{status}"}}"#);
            told(&json)[0].external_id.clone()
        };
        assert_ne!(key("pending"), key("paid"));
    }

    #[test]
    fn parcels_and_refunds_within_an_order_are_told_with_its_customer() {
        let events = told(
            r#"{"id":1,"updated_at":"2026-01-31T12:00:00Z","customer":{"id":7},
            "fulfillments":[{"id":5,"order_id":1,"status":"success","updated_at":"2026-01-31T12:00:00Z"}],
            "refunds":[{"id":6,"order_id":1,"processed_at":"2026-01-31T12:00:00Z"}]}"#,
        );
        let keys: Vec<_> = events.iter().map(|e| &*e.external_id).collect();
        assert_eq!(
            keys,
            [
                "order:1:1769860800000:open//unfulfilled",
                "fulfilment:5:1769860800000:success@order",
                "refund:6@order"
            ]
        );
        assert!(matches!(events[2].body, Body::Refund(_)));
        assert_eq!(events[1].subject, events[0].subject);
        assert!(events[1].source.as_deref().unwrap().starts_with("{\"id\":5"));
    }
}
