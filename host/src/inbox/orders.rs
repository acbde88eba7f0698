//! Orders, with their parcels, refunds and payments.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Deserialize;

use super::address;
use super::clock::Moment;
use super::form::Offer;
use super::frame::{Frame, Page};
use super::people::{Face, OrderLine, amount};
use crate::http::extract::{Path, Query};
use crate::http::{Http, Problem};
use crate::model::event::{Body, EventKind, LineItem};
use crate::model::id::{ConnectionId, ProfileId};
use crate::model::profile::RecordView;
use crate::store::{PageRequest, RecordFilter};

/// The pages of orders.
pub(super) fn routes() -> Router<Http> {
    Router::new().route("/orders", get(list)).route("/orders/{connection}/{vendor_id}", get(show))
}

/// Orders, the one changed last first.
#[derive(Template)]
#[template(path = "orders/list.html")]
pub(super) struct OrdersPage {
    pub(super) frame: Frame,
    /// The connections that orders may be of, to choose one.
    pub(super) connections: Vec<Offer>,
    /// The person whose orders these are, and where they are shown.
    pub(super) person: Option<(String, Face)>,
    pub(super) orders: Vec<Line>,
    pub(super) next: Option<String>,
    pub(super) first: Option<String>,
}

/// An order with whose it is.
pub(super) struct Line {
    pub(super) order: OrderLine,
    pub(super) source: String,
    pub(super) person: Option<(String, Face)>,
}

/// Which orders.
#[derive(Debug, Default, Deserialize)]
struct Which {
    #[serde(default)]
    connection: String,
    person: Option<ProfileId>,
    cursor: Option<String>,
}

async fn list(
    State(http): State<Http>,
    frame: Frame,
    Query(which): Query<Which>,
) -> Result<impl IntoResponse, Problem> {
    let titles = super::titles(&http).await?;
    let person = match &which.person {
        Some(id) => who(&http, id, &frame).await?,
        None => None,
    };
    let filter = RecordFilter {
        profile: which.person.clone(),
        kind: Some(EventKind::Order.as_str().to_owned()),
        connection: which.connection.parse::<ConnectionId>().ok(),
    };
    let id = which.person.as_ref().map(ToString::to_string).unwrap_or_default();
    let at = |cursor: &str| {
        address::with("/orders", &[("person", &id), ("connection", &which.connection), ("cursor", cursor)])
    };
    let page = PageRequest { cursor: which.cursor.clone(), limit: http.pages().usual };
    let found = http.store().records(&filter, &page).await?;
    let mut faces = std::collections::HashMap::new();
    for id in found.items.iter().filter_map(|record| record.profile.as_ref()) {
        if !faces.contains_key(id) {
            faces.insert(id.clone(), who(&http, id, &frame).await?);
        }
    }
    let line = |record: &RecordView| Line {
        order: OrderLine::of(record, &frame),
        source: titles.of(&record.connection, frame.words),
        person: record.profile.as_ref().and_then(|id| faces.get(id).cloned().flatten()),
    };
    Ok(Page(OrdersPage {
        connections: titles.offers(&which.connection),
        person,
        orders: found.items.iter().map(line).collect(),
        next: found.next.map(|next| at(&next)),
        first: which.cursor.as_ref().map(|_| at("")),
        frame,
    }))
}

/// Where somebody is shown, and what they are called.
async fn who(http: &Http, id: &ProfileId, frame: &Frame) -> Result<Option<(String, Face)>, Problem> {
    let profile = http.store().profile(id).await?;
    Ok(profile.map(|profile| (format!("/people/{}", profile.id), Face::of(&profile, frame.words))))
}

/// One order.
#[derive(Template)]
#[template(path = "orders/order.html")]
pub(super) struct OrderPage {
    pub(super) frame: Frame,
    pub(super) name: String,
    pub(super) source: String,
    pub(super) person: Option<(String, Face)>,
    pub(super) states: Vec<String>,
    pub(super) total: String,
    pub(super) placed: Option<Moment>,
    pub(super) changed: Moment,
    /// Where the other system shows it.
    pub(super) elsewhere: Option<String>,
    pub(super) items: Vec<Item>,
    pub(super) parts: Vec<Part>,
}

/// Something that was ordered.
pub(super) struct Item {
    pub(super) title: String,
    pub(super) sku: String,
    pub(super) quantity: String,
    pub(super) price: String,
}

/// A parcel, a refund or a payment.
pub(super) struct Part {
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) total: String,
    pub(super) detail: String,
    /// Where a parcel is followed.
    pub(super) tracking: Vec<String>,
    pub(super) changed: Moment,
}

impl Part {
    fn of(record: &RecordView, frame: &Frame) -> Self {
        let (detail, tracking) = match serde_json::from_str(record.said.get()) {
            Ok(Body::Fulfilment(parcel)) => {
                let detail = parcel.carrier.into_iter().chain(parcel.tracking_numbers);
                (detail.collect::<Vec<_>>().join(" · "), parcel.tracking_urls)
            }
            Ok(Body::Refund(refund)) => (refund.reason.unwrap_or_default(), Vec::new()),
            _ => (String::new(), Vec::new()),
        };
        Self {
            kind: frame.words.of("part", &record.kind),
            state: frame.words.of("state", &record.state),
            total: amount(record.total.as_ref(), frame.words).unwrap_or_default(),
            detail,
            tracking: tracking.into_iter().filter(|url| web(url)).collect(),
            changed: frame.time(record.changed_at),
        }
    }
}

/// Whether an address that somebody else wrote may be a link.
pub(crate) fn web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path((connection, vendor_id)): Path<(ConnectionId, String)>,
) -> Result<impl IntoResponse, Problem> {
    let found = http.store().record(&connection, EventKind::Order.as_str(), &vendor_id).await?;
    let record = found
        .ok_or_else(|| Problem::not_found(format!("the connection {connection} has no order {vendor_id}")))?;
    let person = match &record.profile {
        Some(id) => who(&http, id, &frame).await?,
        None => None,
    };
    let source = super::titles(&http).await?.of(&record.connection, frame.words);
    Ok(Page(OrderPage::of(frame, &record, source, person)))
}

impl OrderPage {
    pub(super) fn of(
        frame: Frame,
        record: &RecordView,
        source: String,
        person: Option<(String, Face)>,
    ) -> Self {
        let said = match serde_json::from_str(record.said.get()) {
            Ok(Body::Order(order)) => Some(order),
            _ => None,
        };
        let state = |state: &str| frame.words.of("state", state);
        let mut states = vec![state(&record.state)];
        let more = said.iter().flat_map(|order| [&order.payment_state, &order.fulfilment_state]);
        states.extend(more.flatten().map(|one| state(one)));
        let item = |item: &LineItem| Item {
            title: item.title.clone(),
            sku: item.sku.clone().unwrap_or_default(),
            quantity: frame.words.number(&item.quantity),
            price: amount(item.price.as_ref(), frame.words).unwrap_or_default(),
        };
        let items = said.iter().flat_map(|order| &order.items).map(item).collect();
        let parts = record.parts.iter().map(|part| Part::of(part, &frame)).collect();
        Self {
            name: if record.name.is_empty() { record.vendor_id.clone() } else { record.name.clone() },
            source,
            person,
            states,
            total: amount(record.total.as_ref(), frame.words).unwrap_or_default(),
            placed: said.as_ref().and_then(|order| order.placed_at).map(|at| frame.time(at)),
            changed: frame.time(record.changed_at),
            elsewhere: said.and_then(|order| order.url).filter(|url| web(url)),
            items,
            parts,
            frame,
        }
    }
}

#[cfg(test)]
impl OrdersPage {
    /// Pages as they may be.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let person = || Some(("/people/prof_1".to_owned(), Face::named("Ada Lovelace")));
        let line = |person| Line { order: OrderLine::sample(frame), source: "Web shop".to_owned(), person };
        let page = |orders, person, next: Option<&str>| Self {
            frame: frame.clone(),
            connections: vec![Offer::new("a", "Web shop", true), Offer::new("b", "Other shop", false)],
            person,
            orders,
            next: next.map(str::to_owned),
            first: None,
        };
        vec![
            page(vec![line(person()), line(None)], None, Some("/orders?cursor=x")),
            page(Vec::new(), person(), None),
        ]
    }
}

#[cfg(test)]
impl OrderPage {
    /// Pages as they may be.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let part = |tracking: &[&str]| Part {
            kind: frame.words.of("part", "fulfilment"),
            state: frame.words.of("state", "shipped"),
            total: String::new(),
            detail: "DHL · 123".to_owned(),
            tracking: tracking.iter().map(|url| (*url).to_owned()).collect(),
            changed: frame.time(frame.clock.now),
        };
        let item = Item {
            title: "Kettle".to_owned(),
            sku: "K-1".to_owned(),
            quantity: "1".to_owned(),
            price: "49.90 EUR".to_owned(),
        };
        let page = |items, parts, person| Self {
            frame: frame.clone(),
            name: "#1001".to_owned(),
            source: "Web shop".to_owned(),
            person,
            states: vec!["open".to_owned(), "paid".to_owned()],
            total: "89.70 EUR".to_owned(),
            placed: Some(frame.time(0)),
            changed: frame.time(frame.clock.now),
            elsewhere: Some("https://shop.example/orders/6".to_owned()),
            items,
            parts,
        };
        let person = Some(("/people/prof_1".to_owned(), Face::named("Ada Lovelace")));
        vec![page(vec![item], vec![part(&["https://track.example/123"])], person), page(vec![], vec![], None)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_links() {
        assert!(web("https://shop.example/1") && web("http://shop.example"));
        assert!(!web("javascript:alert(1)") && !web("data:text/html,x"));
    }
}
