//! Money: refunds, payments and disputes.

use switchboard_sdk::events::{Payment, Refund};
use switchboard_sdk::{Event, Money, Result, lenient, record};

use crate::delivery::{Clock, Delivery};
use crate::money::{self, Bag};
use crate::text::Text;

record! {
    /// A refund of a webhook, within an order, or as the poller's query names its fields.
    pub(crate) struct Record {
        id: Text<'a>,
        order_id: Text<'a>,
        created_at: Text<'a>,
        processed_at: Text<'a>,
        note: Text<'a>,
        transactions: Vec<Transaction<'a>>,
        total_refunded_set: Option<Bag<'a>>,
    }
}

record! {
    /// One movement of money.
    struct Transaction {
        id: Text<'a>,
        order_id: Text<'a>,
        kind: Text<'a>,
        status: Text<'a>,
        amount: Text<'a>,
        currency: Text<'a>,
        created_at: Text<'a>,
        processed_at: Text<'a>,
    }
}

impl Transaction<'_> {
    fn money(&self) -> Option<Money> {
        Money::new(self.amount.get()?, self.currency.get()?)
    }

    /// Whether it gave money back, or will.
    fn gives_back(&self) -> bool {
        let failed = matches!(self.status.word().as_deref(), Some("failure" | "error"));
        self.kind.word().as_deref() == Some("refund") && !failed
    }
}

impl Record<'_> {
    /// The refund, keyed `refund:{id}`: it never changes. `order` is the order it was found in. `None`
    /// without a number of its own or of the order.
    pub(crate) fn event(&self, order: Option<&str>, at: Clock<'_>) -> Option<Event> {
        let (id, order) = (self.id.id()?, self.order_id.id().or(order)?);
        let total = money::seen(self.total_refunded_set.as_ref(), &Text::default(), None);
        let given_back = self.transactions.iter().filter(|t| t.gives_back());
        let amount =
            total.or_else(|| money::sum(given_back.map(Transaction::money).collect::<Option<Vec<_>>>()?));
        let body = Refund { id: id.to_owned(), order: order.to_owned(), amount, reason: self.note.owned() };
        let when = at(self.created_at.at().or(self.processed_at.at()));
        Some(Event::new(format!("refund:{id}"), when, body))
    }
}

/// `refunds/create`.
pub(crate) fn refunded(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let record: Record<'_> = lenient::read(delivery.body)?;
    let event = record.event(None, &|own| delivery.at(own));
    Ok(vec![event.unwrap_or_else(|| delivery.other(None))])
}

/// `order_transactions/create`.
pub(crate) fn paid(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let moved: Transaction<'_> = lenient::read(delivery.body)?;
    let at = delivery.at(moved.processed_at.at().or(moved.created_at.at()));
    let (Some(id), Some(status)) = (moved.id.id(), moved.status.word()) else {
        return Ok(vec![delivery.other(None)]);
    };
    let kind = moved.kind.word().unwrap_or_default();
    let state = match (&*status, &*kind) {
        ("success", "authorization") => "authorized",
        ("success", "void") => "voided",
        ("success", "refund") => "refunded",
        ("success", _) => "succeeded",
        ("failure" | "error", _) => "failed",
        (word, _) => word,
    };
    let body = Payment {
        id: id.to_owned(),
        order: moved.order_id.id().map(str::to_owned),
        state: state.to_owned(),
        amount: moved.money(),
    };
    Ok(vec![Event::new(format!("payment:{id}:{status}"), at, body)])
}

/// `disputes/create` and `update`: a payment under dispute until the bank has decided.
pub(crate) fn disputed(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    record! {
        struct Dispute {
            id: Text<'a>,
            order_id: Text<'a>,
            amount: Text<'a>,
            currency: Text<'a>,
            status: Text<'a>,
            initiated_at: Text<'a>,
            finalized_on: Text<'a>,
        }
    }
    let dispute: Dispute<'_> = lenient::read(delivery.body)?;
    let Some(id) = dispute.id.id() else {
        return Ok(vec![delivery.other(None)]);
    };
    let state = match dispute.status.word().as_deref() {
        Some("needs_response" | "under_review") | None => "disputed".to_owned(),
        Some(decided) => decided.to_owned(),
    };
    let own = dispute.finalized_on.at().or(delivery.triggered_at());
    let body = Payment {
        id: format!("dispute:{id}"),
        order: dispute.order_id.id().map(str::to_owned),
        state,
        amount: dispute
            .amount
            .get()
            .zip(dispute.currency.get())
            .and_then(|(amount, currency)| Money::new(amount, currency)),
    };
    let at = delivery.at(own.or(dispute.initiated_at.at()));
    Ok(vec![Event::new(delivery.key(), at, body)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_sdk::Body;

    fn amount(json: &str) -> Option<String> {
        let record: Record<'_> = lenient::read(json).unwrap();
        let event = record.event(Some("1"), &|at| at.unwrap_or(0)).unwrap();
        let Body::Refund(refund) = event.body else { panic!("{event:?}") };
        refund.amount.map(|m| format!("{} {}", m.amount, m.currency))
    }

    #[test]
    fn a_refund_is_the_sum_of_what_went_back() {
        let json = r#"{"id":1,"transactions":[
            {"kind":"refund","status":"success","amount":"9.95","currency":"EUR"},
            {"kind":"refund","status":"failure","amount":"100.00","currency":"EUR"},
            {"kind":"sale","status":"success","amount":"50.00","currency":"EUR"},
            {"kind":"refund","status":"pending","amount":"0.10","currency":"EUR"}]}"#;
        assert_eq!(amount(json).as_deref(), Some("10.05 EUR"));
    }

    #[test]
    fn a_refund_without_transactions_states_no_amount() {
        assert_eq!(amount(r#"{"id":1,"transactions":[]}"#), None);
        assert_eq!(amount(r#"{"id":1}"#), None);
    }
}
