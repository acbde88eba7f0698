//! Carts and checkouts: what somebody wants and has not bought yet.

use switchboard_sdk::events::Cart;
use switchboard_sdk::{Event, Money, Result, lenient, record};

use crate::customer;
use crate::delivery::Delivery;
use crate::item::Item;
use crate::money;
use crate::order::buyer;
use crate::person::Address;
use crate::text::Text;

record! {
    /// A cart or checkout.
    struct Record {
        id: Text<'a>,
        token: Text<'a>,
        name: Text<'a>,
        completed_at: Text<'a>,
        closed_at: Text<'a>,
        updated_at: Text<'a>,
        currency: Text<'a>,
        presentment_currency: Text<'a>,
        total_price: Text<'a>,
        abandoned_checkout_url: Text<'a>,
        email: Text<'a>,
        phone: Text<'a>,
        sms_marketing_phone: Text<'a>,
        customer_locale: Text<'a>,
        customer: Option<customer::Record<'a>>,
        billing_address: Option<Address<'a>>,
        shipping_address: Option<Address<'a>>,
        line_items: Vec<Item<'a>>,
    }
}

impl Record<'_> {
    /// The number of a checkout. Since 2026 only its name, `#981820079255243537`, still tells it, while the
    /// deletion names the number; a cart has its token.
    fn id(&self) -> Option<&str> {
        let name = self.name.get().and_then(|name| name.strip_prefix('#'));
        self.id.id().or(name).or(self.token.get())
    }

    fn total(&self) -> Option<Money> {
        let currency = self.presentment_currency.get().or(self.currency.get());
        let lines = || self.line_items.iter().map(Item::comes_to).collect::<Option<Vec<_>>>();
        money::seen(None, &self.total_price, currency).or_else(|| money::sum(lines()?))
    }
}

/// `checkouts/create`, `update`, `delete` and `carts/create`, `update`, keyed
/// `checkout:{id}:{updated-at}:{state}`. A cart is nobody's until it becomes a checkout.
pub(crate) fn changed(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let record: Record<'_> = lenient::read(delivery.body)?;
    let Some(id) = record.id() else {
        return Ok(vec![delivery.other(None)]);
    };
    let deleted = delivery.topic.ends_with("/delete");
    let state = match (deleted, record.completed_at.get(), record.closed_at.get()) {
        (true, ..) => "deleted",
        (_, Some(_), _) => "completed",
        (_, _, Some(_)) => "closed",
        _ => "open",
    };
    let own = record.updated_at.at();
    let at = if deleted { delivery.gone_at(own) } else { delivery.at(own) };
    let kind = if delivery.topic.starts_with("carts/") { "cart" } else { "checkout" };
    let key = match own {
        Some(at) => format!("{kind}:{id}:{at}:{state}"),
        None if deleted => format!("{kind}:{id}:deleted"),
        None => delivery.key(),
    };
    let currency = record.currency.get();
    let body = Cart {
        id: id.to_owned(),
        state: state.to_owned(),
        total: record.total(),
        items: record.line_items.iter().map(|item| item.line(currency)).collect(),
        url: record.abandoned_checkout_url.owned(),
        updated_at: at,
    };
    let person = buyer(
        record.customer.as_ref(),
        &[&record.email],
        &[&record.phone, &record.sms_marketing_phone],
        [record.billing_address.as_ref(), record.shipping_address.as_ref()],
        &record.customer_locale,
        &delivery.shop,
    );
    Ok(vec![person.into(Event::new(key, at, body))])
}
