//! Which topic says what.

use switchboard_sdk::events::PrivacyRight;
use switchboard_sdk::{Event, Result, lenient};

use crate::delivery::Delivery;
use crate::{cart, customer, fulfilment, order, payment, privacy};

/// What a delivery tells. A body of an unexpected shape is told as it is; only one that is no JSON can never
/// mean anything, and is refused.
pub(crate) fn events(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    let mut events = known(delivery)?;
    if events.len() > 1 {
        // Of several, each says which part it was made from; the first was made from the whole.
        for event in events.iter_mut().filter(|event| event.source.is_none()) {
            event.source = Some(delivery.body.to_owned());
        }
    }
    Ok(events)
}

fn known(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    match &*delivery.topic {
        "orders/create"
        | "orders/updated"
        | "orders/paid"
        | "orders/cancelled"
        | "orders/fulfilled"
        | "orders/partially_fulfilled" => order::changed(delivery),
        "orders/delete" => order::deleted(delivery),
        "draft_orders/create" | "draft_orders/update" => order::drafted(delivery),
        "draft_orders/delete" => order::undrafted(delivery),
        "customers/create" | "customers/update" | "customers/enable" | "customers/disable" => {
            customer::updated(delivery)
        }
        "customers/delete" => customer::deleted(delivery),
        "customers/merge" => customer::merged(delivery),
        "customers_marketing_consent/update"
        | "customers_email_marketing_consent/update"
        | "customers_whats_app_marketing_consent/update" => customer::consent(delivery),
        "checkouts/create" | "checkouts/update" | "checkouts/delete" | "carts/create" | "carts/update" => {
            cart::changed(delivery)
        }
        "fulfillments/create" | "fulfillments/update" => fulfilment::changed(delivery),
        "refunds/create" => payment::refunded(delivery),
        "order_transactions/create" => payment::paid(delivery),
        "disputes/create" | "disputes/update" => payment::disputed(delivery),
        "customers/data_request" => privacy::requested(delivery, PrivacyRight::Access),
        "customers/redact" => privacy::requested(delivery, PrivacyRight::Erase),
        "shop/redact" => privacy::requested(delivery, PrivacyRight::EraseConnection),
        "app/uninstalled" => privacy::uninstalled(delivery),
        _ => Ok(vec![untold(delivery)?]),
    }
}

/// A topic the contract has no case for, or a body this plugin does not understand: everything, verbatim,
/// about the customer it names.
fn untold(delivery: &Delivery<'_>) -> Result<Event> {
    let named: customer::Named<'_> = lenient::read(delivery.body)?;
    Ok(named.event(delivery))
}
