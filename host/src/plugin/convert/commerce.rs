//! What business systems tell of: orders, parcels, money, tickets, subscriptions.

use super::{Checked, Checker};
use crate::model::event::{Cart, Fulfilment, LineItem, Order, Payment, Refund, Subscription, Ticket};
use crate::plugin::bindings::events as e;

impl Checker<'_> {
    pub(super) fn order(&mut self, given: e::Order) -> Checked<Order> {
        Ok(Order {
            id: self.id("the order's id", given.id)?,
            number: self.text(given.number),
            state: self.text(given.state),
            payment_state: self.maybe(given.payment_state),
            fulfilment_state: self.maybe(given.fulfilment_state),
            total: self.maybe_money("the order's total", given.total)?,
            placed_at: self.maybe_time("placed-at", given.placed_at)?,
            updated_at: self.time("updated-at", given.updated_at)?,
            items: self.items(given.items)?,
            url: self.maybe(given.url),
        })
    }

    fn items(&mut self, given: Vec<e::LineItem>) -> Checked<Vec<LineItem>> {
        self.count("lines of an order", given.len())?;
        given
            .into_iter()
            .map(|item| {
                Ok(LineItem {
                    id: self.text(item.id),
                    title: self.text(item.title),
                    quantity: item.quantity,
                    price: self.maybe_money("the price of a line", item.price)?,
                    sku: self.maybe(item.sku),
                })
            })
            .collect()
    }

    pub(super) fn fulfilment(&mut self, given: e::Fulfilment) -> Checked<Fulfilment> {
        Ok(Fulfilment {
            id: self.id("the fulfilment's id", given.id)?,
            order: self.id("the order's id", given.order)?,
            state: self.text(given.state),
            carrier: self.maybe(given.carrier),
            tracking_numbers: self.texts("tracking numbers", given.tracking_numbers)?,
            tracking_urls: self.texts("tracking addresses", given.tracking_urls)?,
            updated_at: self.time("updated-at", given.updated_at)?,
        })
    }

    pub(super) fn refund(&mut self, given: e::Refund) -> Checked<Refund> {
        Ok(Refund {
            id: self.id("the refund's id", given.id)?,
            order: self.id("the order's id", given.order)?,
            amount: self.maybe_money("the refund's amount", given.amount)?,
            reason: self.maybe(given.reason),
        })
    }

    pub(super) fn cart(&mut self, given: e::Cart) -> Checked<Cart> {
        Ok(Cart {
            id: self.id("the cart's id", given.id)?,
            state: self.text(given.state),
            total: self.maybe_money("the cart's total", given.total)?,
            items: self.items(given.items)?,
            url: self.maybe(given.url),
            updated_at: self.time("updated-at", given.updated_at)?,
        })
    }

    pub(super) fn ticket(&mut self, given: e::Ticket) -> Checked<Ticket> {
        Ok(Ticket {
            id: self.id("the ticket's id", given.id)?,
            subject: self.text(given.subject),
            state: self.text(given.state),
            updated_at: self.time("updated-at", given.updated_at)?,
            url: self.maybe(given.url),
        })
    }

    pub(super) fn payment(&mut self, given: e::Payment) -> Checked<Payment> {
        Ok(Payment {
            id: self.id("the payment's id", given.id)?,
            order: self.maybe_id("the order's id", given.order)?,
            state: self.text(given.state),
            amount: self.maybe_money("the payment's amount", given.amount)?,
        })
    }

    pub(super) fn subscription(&mut self, given: e::Subscription) -> Checked<Subscription> {
        Ok(Subscription {
            id: self.id("the subscription's id", given.id)?,
            plan: self.text(given.plan),
            state: self.text(given.state),
            renews_at: self.maybe_time("renews-at", given.renews_at)?,
        })
    }
}
