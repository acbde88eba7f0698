//! One line of an order, draft, checkout or cart.

use switchboard_sdk::events::LineItem;
use switchboard_sdk::record;

use crate::money::{self, Bag};
use crate::text::Text;

record! {
    /// A line as REST writes it, or as the poller's query names its fields.
    pub(crate) struct Item {
        id: Text<'a>,
        key: Text<'a>,
        name: Text<'a>,
        title: Text<'a>,
        quantity: Text<'a>,
        sku: Text<'a>,
        price: Text<'a>,
        price_set: Option<Bag<'a>>,
        line_price: Text<'a>,
        line_price_set: Option<Bag<'a>>,
    }
}

impl Item<'_> {
    /// It as the contract writes it; `currency` is the document's own.
    pub(crate) fn line(&self, currency: Option<&str>) -> LineItem {
        LineItem {
            id: self.id.id().or(self.key.get()).unwrap_or("").to_owned(),
            title: self.name.get().or(self.title.get()).unwrap_or("").to_owned(),
            quantity: self.quantity.get().and_then(count).unwrap_or(0),
            price: money::seen(self.price_set.as_ref(), &self.price, currency),
            sku: self.sku.owned(),
        }
    }

    /// What the line comes to, where it says so in a currency of its own.
    pub(crate) fn comes_to(&self) -> Option<switchboard_sdk::Money> {
        money::seen(self.line_price_set.as_ref(), &self.line_price, None)
    }
}

fn count(text: &str) -> Option<u64> {
    text.split('.').next()?.parse().ok()
}
