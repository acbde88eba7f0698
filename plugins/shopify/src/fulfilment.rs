//! Parcels.

use switchboard_sdk::events::Fulfilment;
use switchboard_sdk::json::Raw;
use switchboard_sdk::{Event, Evidence, Result, lenient, record};

use crate::delivery::{Clock, Delivery};
use crate::person::Person;
use crate::text::Text;

record! {
    /// A fulfilment of a webhook, within an order, or as the poller's query names its fields.
    pub(crate) struct Record {
        id: Text<'a>,
        order_id: Text<'a>,
        status: Text<'a>,
        shipment_status: Text<'a>,
        created_at: Text<'a>,
        updated_at: Text<'a>,
        email: Text<'a>,
        tracking_company: Text<'a>,
        tracking_number: Text<'a>,
        tracking_url: Text<'a>,
        tracking_numbers: Vec<Raw<'a>>,
        tracking_urls: Vec<Raw<'a>>,
        tracking_info: Vec<Tracking<'a>>,
    }
}

record! {
    struct Tracking {
        company: Text<'a>,
        number: Text<'a>,
        url: Text<'a>,
    }
}

impl Record<'_> {
    /// The parcel as it now stands, keyed `fulfilment:{id}:{updated-at}:{state}`. `order` is the order it
    /// was found in. `None` without a number of its own or of the order.
    pub(crate) fn event(&self, order: Option<&str>, at: Clock<'_>) -> Option<Event> {
        let (id, order) = (self.id.id()?, self.order_id.id().or(order)?);
        let updated = at(self.updated_at.at().or(self.created_at.at()));
        let state = state(self.status.word(), self.shipment_status.word());
        let info = &self.tracking_info;
        let numbers = info.iter().map(|tracking| &tracking.number);
        let urls = info.iter().map(|tracking| &tracking.url);
        let carrier = info.iter().find_map(|tracking| tracking.company.get());
        let key = format!("fulfilment:{id}:{updated}:{state}");
        let body = Fulfilment {
            id: id.to_owned(),
            order: order.to_owned(),
            state,
            carrier: self.tracking_company.get().or(carrier).map(str::to_owned),
            tracking_numbers: unique(&self.tracking_numbers, &self.tracking_number, numbers),
            tracking_urls: unique(&self.tracking_urls, &self.tracking_url, urls),
            updated_at: updated,
        };
        Some(Event::new(key, updated, body))
    }
}

/// The texts of a list, of the single field beside it, and of the newer form, each once.
fn unique<'t>(
    list: &[Raw<'_>],
    single: &'t Text<'t>,
    more: impl Iterator<Item = &'t Text<'t>>,
) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |text: &Text<'_>| {
        if let Some(text) = text.get()
            && !out.iter().any(|known| known == text)
        {
            out.push(text.to_owned());
        }
    };
    list.iter().for_each(|raw| add(&Text::of(raw)));
    [single].into_iter().chain(more).for_each(&mut add);
    out
}

/// The contract's word for how far a parcel has come. REST says `success` and perhaps a shipment status;
/// GraphQL's display status repeats `fulfilled` where REST has no shipment status.
fn state(status: Option<String>, shipment: Option<String>) -> String {
    let status = status.unwrap_or_default();
    match (&*status, shipment.as_deref().unwrap_or("")) {
        ("cancelled" | "canceled", _) | (_, "canceled") => "cancelled".to_owned(),
        ("error" | "failure", _) | (_, "failure" | "not_delivered") => "failure".to_owned(),
        (_, "in_transit") => "in-transit".to_owned(),
        (_, "" | "fulfilled" | "marked_as_fulfilled" | "submitted") if !status.is_empty() => status,
        (_, "") => "pending".to_owned(),
        (_, shipment) => shipment.to_owned(),
    }
}

/// `fulfillments/create` and `update`. The mail address in it is the one the order was placed with.
pub(crate) fn changed(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let record: Record<'_> = lenient::read(delivery.body)?;
    let event = record.event(None, &|own| delivery.at(own)).map(|event| {
        let mut person = Person::default();
        person.email(&record.email, Evidence::Claimed);
        person.into(event)
    });
    Ok(vec![event.unwrap_or_else(|| delivery.other(None))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_interfaces_tell_the_same_state() {
        for (rest, graph, told) in [
            (("success", ""), ("SUCCESS", "FULFILLED"), "success"),
            (("success", "in_transit"), ("SUCCESS", "IN_TRANSIT"), "in-transit"),
            (("success", "delivered"), ("SUCCESS", "DELIVERED"), "delivered"),
            (("cancelled", ""), ("CANCELLED", "CANCELED"), "cancelled"),
            (("pending", ""), ("PENDING", "SUBMITTED"), "pending"),
            (("failure", ""), ("FAILURE", "FAILURE"), "failure"),
            (("success", "out_for_delivery"), ("SUCCESS", "OUT_FOR_DELIVERY"), "out_for_delivery"),
        ] {
            for (status, shipment) in [rest, graph] {
                let word = |text: &'static str| Text::from(text).word();
                assert_eq!(state(word(status), word(shipment)), told);
            }
        }
    }

    #[test]
    fn a_tracking_number_stands_once() {
        let record: Record<'_> = lenient::read(
            r#"{"id":1,"order_id":2,"tracking_number":"A","tracking_numbers":["A","B"],
                "updated_at":"2026-01-31T12:00:00Z"}"#,
        )
        .unwrap();
        let event = record.event(None, &|at| at.unwrap()).unwrap();
        let switchboard_sdk::Body::Fulfilment(parcel) = event.body else { panic!("{event:?}") };
        assert_eq!(parcel.tracking_numbers, ["A", "B"]);
        assert_eq!(event.external_id, "fulfilment:1:1769860800000:pending");
    }
}
