//! What the webhooks missed: customers and orders changed since the last look.

use switchboard_sdk::json::{self, Raw};
use switchboard_sdk::poller::Page;
use switchboard_sdk::{Error, Event, Result, Timestamp, lenient, log, record, time};

use crate::admin;
use crate::config::Shop;
use crate::query::{self, ALL_ITEMS, FEW_ITEMS};
use crate::text::Text;
use crate::{customer, order};

/// The search behind a poll lags a little: every look goes back this many milliseconds. What is found
/// twice has the key it had, and counts once.
const OVERLAP: i64 = 2 * 60 * 1_000;

record! {
    /// Where the next poll goes on. Customers come first, so that an order finds its person.
    struct Cursor {
        turn: Text<'a>,
        customers: Option<Position<'a>>,
        orders: Option<Position<'a>>,
    }

    /// How far one kind of record has been read.
    struct Position {
        /// All changes up to here are known.
        since: Text<'a>,
        /// The place within the pages of one look.
        after: Text<'a>,
        /// The latest change seen in this look.
        latest: Text<'a>,
    }

    struct Found {
        records: Option<Connection<'a>>,
    }

    struct Connection {
        nodes: Vec<Raw<'a>>,
        page: Option<PageInfo<'a>>,
    }

    struct PageInfo {
        more: Text<'a>,
        cursor: Text<'a>,
    }
}

impl Position<'_> {
    fn start(&self, shop: &Shop) -> Timestamp {
        let history = i64::from(shop.settings().history_days) * 24 * 60 * 60 * 1_000;
        self.since.at().unwrap_or_else(|| time::now() - history)
    }

    fn json(&self) -> String {
        let told = |text: &Text<'_>| text.get().map_or_else(|| "null".to_owned(), json::quote);
        let (since, after, latest) = (told(&self.since), told(&self.after), told(&self.latest));
        format!(r#"{{"since":{since},"after":{after},"latest":{latest}}}"#)
    }
}

/// One page of one kind of record; `more` until both kinds are read to their end.
pub(crate) fn page(shop: &Shop, cursor: Option<&str>) -> Result<Page> {
    let cursor = cursor.unwrap_or("null");
    if !shop.settings().poll {
        return Ok(Page::new(Vec::new(), cursor));
    }
    let read: Cursor<'_> =
        lenient::read(cursor).map_err(|_| Error::other("the poll's own cursor is no JSON"))?;
    let orders_turn = read.turn.get() == Some("orders");
    let (mut customers, mut orders) = (read.customers.unwrap_or_default(), read.orders.unwrap_or_default());
    let position = if orders_turn { &mut orders } else { &mut customers };
    let start = position.start(shop);
    let answer = match search(shop, orders_turn, start, position.after.get()) {
        // A place within pages is good for a day and one version of the API; the look begins anew.
        Err(Error::Reject(why)) if position.after.get().is_some() => {
            log::warn(format!("the poll starts its look again: {why}"));
            search(shop, orders_turn, start, None)
        }
        other => other,
    };
    let answer = answer.map_err(|error| match error {
        Error::Reject(why) => Error::Other(why),
        other => other,
    })?;
    let found: Connection<'_> = connection(&answer)?;
    let mut events = Vec::with_capacity(found.nodes.len());
    let mut latest = position.latest.at();
    for node in found.nodes {
        latest = latest.max(changed(node));
        if orders_turn {
            events.extend(whole_order(shop, node)?);
        } else {
            events.extend(customer_events(shop, node));
        }
    }
    let next = found.page.unwrap_or_default();
    let goes_on = next.more.is_true() && next.cursor.get().is_some();
    let (since, latest) = if goes_on {
        (start, latest.map(time::to_rfc3339))
    } else {
        (latest.map_or(start, |at| at.max(start)), None)
    };
    *position = Position {
        since: time::to_rfc3339(since).into(),
        after: if goes_on { next.cursor } else { Text::default() },
        latest: latest.map(Text::from).unwrap_or_default(),
    };
    let turn = if goes_on == orders_turn { "orders" } else { "customers" };
    let (customers, orders) = (customers.json(), orders.json());
    let cursor = format!(r#"{{"turn":"{turn}","customers":{customers},"orders":{orders}}}"#);
    Ok(Page::new(events, cursor).more(goes_on || !orders_turn))
}

fn search(shop: &Shop, orders: bool, start: Timestamp, after: Option<&str>) -> Result<String> {
    let first = shop.settings().page_size;
    let after = after.map_or_else(|| "null".to_owned(), json::quote);
    let since = time::to_rfc3339(start - OVERLAP);
    let (query, items) = if orders {
        (query::orders(), format!(r#","items":{FEW_ITEMS}"#))
    } else {
        (query::customers(), String::new())
    };
    let variables = format!(r#"{{"first":{first},"after":{after},"query":"updated_at:>='{since}'"{items}}}"#);
    admin::ask(shop, &query, &variables)
}

fn connection(answer: &str) -> Result<Connection<'_>> {
    let found: Found<'_> = lenient::read(answer)?;
    let records = found.records;
    records.ok_or_else(|| Error::other("the shop's answer lacks the records asked for"))
}

fn changed(node: Raw<'_>) -> Option<Timestamp> {
    record! {
        struct Dated {
            updated_at: Text<'a>,
        }
    }
    lenient::part::<Dated<'_>>(node).updated_at.at()
}

/// What a customer of the Admin API tells, each event with the record as its source.
pub(crate) fn customer_events(shop: &Shop, node: Raw<'_>) -> Vec<Event> {
    let record: customer::Record<'_> = lenient::part(node);
    let key = || format!("customer:{}:undated", record.id().unwrap_or(""));
    let events = record.events(shop, &|own| own.unwrap_or_else(time::now), &key);
    sourced(events, node)
}

/// What an order of the Admin API tells, each event with its part as the source.
pub(crate) fn order_events(shop: &Shop, node: Raw<'_>) -> Vec<Event> {
    let record: order::Record<'_> = lenient::part(node);
    sourced(record.events(shop, &|own| own.unwrap_or_else(time::now)), node)
}

fn sourced(events: Option<Vec<Event>>, node: Raw<'_>) -> Vec<Event> {
    let mut events = events.unwrap_or_else(|| {
        log::warn("a record of the poll has an unexpected shape and was left out");
        Vec::new()
    });
    for event in events.iter_mut().filter(|event| event.source.is_none()) {
        event.source = Some(node.get().to_owned());
    }
    events
}

/// An order with more lines than a list of orders shows is asked for by itself.
fn whole_order(shop: &Shop, node: Raw<'_>) -> Result<Vec<Event>> {
    record! {
        struct Lined {
            admin_graphql_api_id: Text<'a>,
            line_items: Option<Lines<'a>>,
        }

        struct Lines {
            page: Option<PageInfo<'a>>,
        }
    }
    let lined: Lined<'_> = lenient::part(node);
    let page = lined.line_items.and_then(|lines| lines.page);
    let cut = page.is_some_and(|page| page.more.is_true());
    if let (true, Some(id)) = (cut, lined.admin_graphql_api_id.get()) {
        let answer = ask_order(shop, id)?;
        if let Some(node) = single(&answer)? {
            return Ok(order_events(shop, node));
        }
    }
    Ok(order_events(shop, node))
}

/// Asks for one order by its global id.
pub(crate) fn ask_order(shop: &Shop, id: &str) -> Result<String> {
    let variables = format!(r#"{{"id":{},"items":{ALL_ITEMS}}}"#, json::quote(id));
    admin::ask(shop, &query::order(), &variables)
}

/// The record of an answer to a question for one, if there is one.
pub(crate) fn single(answer: &str) -> Result<Option<Raw<'_>>> {
    record! {
        struct Single {
            record: Option<Raw<'a>>,
        }
    }
    let single: Single<'_> = lenient::read(answer)?;
    Ok(single.record.filter(|raw| raw.get() != "null"))
}

/// The records of an answer to a question for some.
pub(crate) fn nodes(answer: &str) -> Result<Vec<Raw<'_>>> {
    Ok(connection(answer)?.nodes)
}
