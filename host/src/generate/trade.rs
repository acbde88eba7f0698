//! What business systems tell: the shop of orders, parcels and carts, the sales people's of contacts.

use super::Source;
use super::bodies::{Turn, stated};
use super::draw::{Draw, For};
use super::person::Person;
use super::words::THINGS;
use crate::model::event::{
    Attribute, Body, Cart, Consent, Customer, Fulfilment, LineItem, Money, NewEvent, Order, Refund,
    SurveyAnswer, Ticket,
};

/// How far the latest order is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is none, or it is done.
    #[default]
    None,
    /// It was placed.
    Placed,
    /// It was paid.
    Paid,
    /// It was sent.
    Shipped,
}

/// What people call an order.
pub(super) fn order_number(person: &Person, order: u32) -> u64 {
    1_001 + u64::from(person.number) * 7 + u64::from(order) * 13
}

/// The shop's next event: the latest order goes on, or something else happens.
pub(super) fn shop(turn: &mut Turn<'_>) -> NewEvent {
    let other = turn.draw.below(100);
    match (turn.memory.stage, other) {
        (_, 0..8) if turn.memory.said > 0 => {
            let customer = Customer {
                id: turn.person.account().to_string(),
                state: Some("enabled".to_owned()),
                updated_at: Some(turn.at),
            };
            turn.event(Source::Shop, record(turn.person), Body::CustomerUpdated(customer))
        }
        (_, 8..14) if turn.memory.said > 0 => consent(turn, Source::Shop, "email"),
        (Stage::None, 14..30) => cart(turn),
        (Stage::None, 30..34) if turn.memory.orders > 0 => {
            let cents = turn.draw.below(4_000);
            let refund = Refund {
                id: turn.id("refund", turn.memory.said),
                order: turn.id("order", turn.memory.orders),
                amount: Some(money(cents)),
                reason: Some("arrived broken".to_owned()),
            };
            turn.event(Source::Shop, Vec::new(), Body::Refund(refund))
        }
        (Stage::None, _) => {
            turn.memory.orders += 1;
            turn.memory.stage = Stage::Placed;
            order(turn, "open", "pending", "unfulfilled")
        }
        (Stage::Placed, _) => {
            turn.memory.stage = Stage::Paid;
            order(turn, "open", "paid", "unfulfilled")
        }
        (Stage::Paid, _) => {
            turn.memory.stage = Stage::Shipped;
            fulfilment(turn, "in-transit")
        }
        (Stage::Shipped, _) => {
            turn.memory.stage = Stage::None;
            fulfilment(turn, "delivered")
        }
    }
}

/// What the sales people's system says.
pub(super) fn contact(turn: &mut Turn<'_>) -> NewEvent {
    match turn.draw.below(100) {
        0..25 => {
            let state = turn.draw.pick(&["open", "pending", "solved"]).to_owned();
            let ticket = Ticket {
                id: turn.id("ticket", turn.memory.said / 4),
                subject: turn
                    .draw
                    .pick(turn.person.tongue.asks)
                    .replace("{thing}", "Assam")
                    .replace("{order}", "#1001"),
                state,
                updated_at: turn.at,
                url: None,
            };
            turn.event(Source::Crm, Vec::new(), Body::Ticket(ticket))
        }
        25..33 => consent(turn, Source::Crm, "phone"),
        33..43 => {
            let score = turn.draw.below(11);
            let answer = SurveyAnswer { survey: "nps".to_owned(), score: Some(score as f64), comment: None };
            turn.event(Source::Crm, Vec::new(), Body::SurveyAnswer(answer))
        }
        _ => {
            let customer = Customer { id: turn.person.contact(), state: None, updated_at: Some(turn.at) };
            let mut stated_now = record(turn.person);
            let tier = turn.draw.pick(&["bronze", "silver", "gold"]);
            stated_now.push(stated("loyalty-tier", tier));
            turn.event(Source::Crm, stated_now, Body::CustomerUpdated(customer))
        }
    }
}

/// A cart, in the shop or on the web site.
pub(super) fn cart(turn: &mut Turn<'_>) -> NewEvent {
    let (items, total) = items(turn, turn.memory.said / 3 + 1_000_000);
    let state = turn.draw.pick(&["open", "open", "completed"]).to_owned();
    let cart = Cart {
        id: turn.id("cart", turn.memory.said / 3),
        state,
        total: Some(money(total)),
        items,
        url: Some(format!("https://shop.example/basket/{}", turn.id("cart", turn.memory.said / 3))),
        updated_at: turn.at,
    };
    let source = if turn.memory.visiting { Source::Web } else { Source::Shop };
    turn.event(source, Vec::new(), Body::Cart(cart))
}

fn order(turn: &mut Turn<'_>, state: &str, payment: &str, fulfilment: &str) -> NewEvent {
    let number = turn.memory.orders;
    let (items, total) = items(turn, number);
    let order = Order {
        id: turn.id("order", number),
        number: format!("#{}", order_number(turn.person, number)),
        state: state.to_owned(),
        payment_state: Some(payment.to_owned()),
        fulfilment_state: Some(fulfilment.to_owned()),
        total: Some(money(total)),
        placed_at: Some(turn.at),
        updated_at: turn.at,
        items,
        url: Some(format!("https://shop.example/orders/{}", turn.id("order", number))),
    };
    turn.event(Source::Shop, record(turn.person), Body::Order(order))
}

fn fulfilment(turn: &mut Turn<'_>, state: &str) -> NewEvent {
    let number = turn.memory.orders;
    let tracking = format!("JD{:012}", u64::from(turn.person.number) * 1_000 + u64::from(number));
    let parcel = Fulfilment {
        id: turn.id("parcel", number),
        order: turn.id("order", number),
        state: state.to_owned(),
        carrier: Some(turn.draw.pick(&["Parcel Post", "Swift Van", "Bike & Box"]).to_owned()),
        tracking_urls: vec![format!("https://track.example/{tracking}")],
        tracking_numbers: vec![tracking],
        updated_at: turn.at,
    };
    turn.event(Source::Shop, Vec::new(), Body::Fulfilment(parcel))
}

fn consent(turn: &mut Turn<'_>, source: Source, channel: &str) -> NewEvent {
    let consent = Consent {
        channel: channel.to_owned(),
        purpose: "marketing".to_owned(),
        granted: turn.draw.chance(0.7),
        proof: Some("https://shop.example/checkout".to_owned()),
        recorded_by: None,
    };
    turn.event(source, Vec::new(), Body::Consent(consent))
}

/// What was bought, and what it comes to in cents: the same whenever it is told of.
fn items(turn: &Turn<'_>, number: u32) -> (Vec<LineItem>, u64) {
    let step = u64::from(number);
    let mut draw = Draw::new(turn.seed, For::Order, u64::from(turn.person.number), step);
    let (mut items, mut total) = (Vec::new(), 0);
    for line in 0..1 + draw.below(3) {
        let (title, price) = THINGS[draw.below(THINGS.len() as u64) as usize];
        let quantity = 1 + draw.below(3) / 2;
        total += quantity * u64::from(price);
        items.push(LineItem {
            id: format!("{}-{line}", turn.id("line", number)),
            title: title.to_owned(),
            quantity,
            price: Some(money(u64::from(price))),
            sku: Some(format!("T-{price:05}")),
        });
    }
    (items, total)
}

/// What a business system states of somebody.
fn record(person: &Person) -> Vec<Attribute> {
    let tongue = person.tongue;
    let of = |list: &[&'static str]| list[person.number as usize % list.len()];
    let address = format!("{} {}, {}", of(tongue.streets), 1 + person.number % 90, of(tongue.cities));
    vec![
        stated("name", &person.name()),
        stated("first-name", person.first),
        stated("last-name", person.last),
        stated("language", tongue.code),
        stated("country", tongue.country),
        stated("address", &address),
    ]
}

fn money(cents: u64) -> Money {
    Money { amount: format!("{}.{:02}", cents / 100, cents % 100), currency: "EUR".to_owned() }
}
