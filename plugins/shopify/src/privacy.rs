//! The three webhooks every app must take, and the last one an app gets.

use switchboard_sdk::events::{Notice, PrivacyRequest, PrivacyRight};
use switchboard_sdk::json::Raw;
use switchboard_sdk::{Event, Result, lenient, record};

use crate::delivery::Delivery;
use crate::person::Person;
use crate::text::Text;

record! {
    struct Request {
        shop_id: Text<'a>,
        customer: Option<Customer<'a>>,
        data_request: Option<Numbered<'a>>,
        orders_requested: Vec<Raw<'a>>,
        orders_to_redact: Vec<Raw<'a>>,
    }
}

record! {
    struct Customer {
        id: Text<'a>,
        email: Text<'a>,
        phone: Text<'a>,
    }
}

record! {
    struct Numbered {
        id: Text<'a>,
    }
}

/// `customers/data_request`, `customers/redact` and `shop/redact`. Address and phone are those of the shop's record
/// of the person; whether they were confirmed it does not say.
pub(crate) fn requested(delivery: &Delivery<'_>, right: PrivacyRight) -> Result<Vec<Event>> {
    let request: Request<'_> = lenient::read(delivery.body)?;
    let mut person = Person::default();
    if let Some(customer) = &request.customer {
        let id = customer.id.id();
        person.known_as(id.and_then(|id| delivery.shop.customer(id)));
        person.email(&customer.email, delivery.shop.unconfirmed());
        person.phone(&customer.phone, None, delivery.shop.unconfirmed(), &delivery.shop);
    }
    let own = request.data_request.as_ref().and_then(|r| r.id.owned());
    let shop = request.shop_id.owned();
    let id = match right {
        PrivacyRight::EraseConnection => shop,
        _ => own,
    };
    let key = delivery.key();
    let orders = request.orders_requested.iter();
    let body = PrivacyRequest {
        id: id.unwrap_or_else(|| key.clone()),
        right,
        orders: orders
            .chain(&request.orders_to_redact)
            .filter_map(|order| Text::of(order).id().map(str::to_owned))
            .collect(),
    };
    Ok(vec![person.into(Event::new(key, delivery.at(None), body))])
}

/// `app/uninstalled`: nothing comes from the shop any more, and the access token is void.
pub(crate) fn uninstalled(delivery: &Delivery<'_>) -> Result<Vec<Event>> {
    record! {
        struct Shop {
            name: Text<'a>,
        }
    }
    let shop: Shop<'_> = lenient::read(delivery.body)?;
    let body = Notice {
        severity: "error".to_owned(),
        title: "The app was uninstalled from the shop".to_owned(),
        detail: Some(format!(
            "{} sends no webhooks any more and refuses the access token. Install the app again and set the \
             new token, or remove the connection; shop/redact follows 48 hours after the removal.",
            shop.name.get().unwrap_or("The shop")
        )),
    };
    Ok(vec![Event::new(delivery.key(), delivery.at(None), body)])
}
