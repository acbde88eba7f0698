//! What the webhooks missed: customers and orders changed since the last look.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use switchboard_sdk::poller::Page;
use switchboard_sdk::{Error, Event, Result, Timestamp, log, time};

use crate::admin;
use crate::config::Shop;
use crate::query::{self, ALL_ITEMS, FEW_ITEMS};
use crate::text::Text;
use crate::{customer, order};

/// The search behind a poll lags a little: every look goes back this many milliseconds. What is found
/// twice has the key it had, and counts once.
const OVERLAP: i64 = 2 * 60 * 1_000;

/// Where the next poll goes on.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    turn: Turn,
    customers: Position,
    orders: Position,
}

/// Whose turn it is. Customers come first, so that an order finds its person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Turn {
    #[default]
    Customers,
    Orders,
}

/// How far one kind of record has been read.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Position {
    /// All changes up to here are known, as RFC 3339.
    since: Option<String>,
    /// The place within the pages of one look.
    after: Option<String>,
    /// The latest change seen in this look.
    latest: Option<String>,
}

impl Position {
    fn start(&self, shop: &Shop) -> Timestamp {
        let since = self.since.as_deref().and_then(time::rfc3339);
        let history = i64::from(shop.settings().history_days()) * 24 * 60 * 60 * 1_000;
        since.unwrap_or_else(|| time::now() - history)
    }
}

#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow)]
    records: Connection<'a>,
}

#[derive(Deserialize)]
struct Connection<'a> {
    #[serde(borrow)]
    nodes: Vec<&'a RawValue>,
    page: PageInfo,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PageInfo {
    more: bool,
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Search<'a> {
    first: u32,
    after: Option<&'a str>,
    query: String,
    items: Option<u32>,
}

/// One page of one kind of record; `more` until both kinds are read to their end.
pub(crate) fn page(shop: &Shop, cursor: Option<&str>) -> Result<Page> {
    let mut cursor: Cursor = match cursor {
        Some(text) => serde_json::from_str::<Option<Cursor>>(text)
            .map_err(|error| Error::other(format!("the poll's own cursor is broken: {error}")))?
            .unwrap_or_default(),
        None => Cursor::default(),
    };
    if !shop.settings().polls() {
        return Ok(Page::new(Vec::new(), serde_json::to_string(&cursor)?));
    }
    let turn = cursor.turn;
    let position = match turn {
        Turn::Customers => &mut cursor.customers,
        Turn::Orders => &mut cursor.orders,
    };
    let start = position.start(shop);
    position.since = Some(time::to_rfc3339(start));
    let answer = match search(shop, turn, start, position.after.as_deref()) {
        // A place within pages is good for a day and one version of the API; the look begins anew.
        Err(Error::Reject(why)) if position.after.is_some() => {
            log::warn(format!("the poll starts its look again: {why}"));
            search(shop, turn, start, None)
        }
        other => other,
    };
    let answer = answer.map_err(|error| match error {
        Error::Reject(why) => Error::Other(why),
        other => other,
    })?;
    let found: Found<'_> = answer.read()?;
    let mut events = Vec::with_capacity(found.records.nodes.len());
    let mut latest = position.latest.as_deref().and_then(time::rfc3339);
    for node in found.records.nodes {
        latest = latest.max(changed(node));
        match turn {
            Turn::Customers => events.extend(customer_events(shop, node)),
            Turn::Orders => events.extend(whole_order(shop, node)?),
        }
    }
    let next = found.records.page;
    let goes_on = next.more && next.cursor.is_some();
    if goes_on {
        position.after = next.cursor;
        position.latest = latest.map(time::to_rfc3339);
    } else {
        position.since = Some(time::to_rfc3339(latest.map_or(start, |at| at.max(start))));
        (position.after, position.latest) = (None, None);
        cursor.turn = match turn {
            Turn::Customers => Turn::Orders,
            Turn::Orders => Turn::Customers,
        };
    }
    let more = goes_on || turn == Turn::Customers;
    Ok(Page::new(events, serde_json::to_string(&cursor)?).more(more))
}

fn search(shop: &Shop, turn: Turn, start: Timestamp, after: Option<&str>) -> Result<admin::Answer> {
    let (query, items) = match turn {
        Turn::Customers => (query::customers(), None),
        Turn::Orders => (query::orders(), Some(FEW_ITEMS)),
    };
    let search = Search {
        first: shop.settings().page_size(),
        after,
        query: format!("updated_at:>='{}'", time::to_rfc3339(start - OVERLAP)),
        items,
    };
    admin::ask(shop, &query, &search)
}

fn changed(node: &RawValue) -> Option<Timestamp> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Dated<'a> {
        #[serde(borrow)]
        updated_at: Text<'a>,
    }
    let dated: Dated<'_> = serde_json::from_str(node.get()).ok()?;
    dated.updated_at.at()
}

/// What a customer of the Admin API tells, each event with the record as its source.
pub(crate) fn customer_events(shop: &Shop, node: &RawValue) -> Vec<Event> {
    let record: Result<customer::Record<'_>, _> = serde_json::from_str(node.get());
    let events = record.ok().and_then(|record| {
        let key = || format!("customer:{}:undated", record.id().unwrap_or(""));
        record.events(shop, |own| own.unwrap_or_else(time::now), key)
    });
    sourced(events, node)
}

/// What an order of the Admin API tells, each event with its part as the source.
pub(crate) fn order_events(shop: &Shop, node: &RawValue) -> Vec<Event> {
    let record: Result<order::Record<'_>, _> = serde_json::from_str(node.get());
    let events = record
        .ok()
        .and_then(|record| record.events(shop, |own| own.unwrap_or_else(time::now)));
    sourced(events, node)
}

fn sourced(events: Option<Vec<Event>>, node: &RawValue) -> Vec<Event> {
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
fn whole_order(shop: &Shop, node: &RawValue) -> Result<Vec<Event>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Lined<'a> {
        #[serde(borrow)]
        admin_graphql_api_id: Text<'a>,
        line_items: Lines,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Lines {
        page: PageInfo,
    }
    let lined: Lined<'_> = serde_json::from_str(node.get()).unwrap_or_default();
    if let (true, Some(id)) = (lined.line_items.page.more, lined.admin_graphql_api_id.get()) {
        let answer = admin::ask(
            shop,
            &query::order(),
            &One {
                id,
                items: ALL_ITEMS,
            },
        )?;
        if let Some(node) = answer.read::<Single<'_>>()?.record {
            return Ok(order_events(shop, node));
        }
    }
    Ok(order_events(shop, node))
}

/// The variables of a question for one order.
#[derive(Serialize)]
pub(crate) struct One<'a> {
    /// The global id.
    pub(crate) id: &'a str,
    /// How many lines.
    pub(crate) items: u32,
}

/// The answer to a question for one record.
#[derive(Deserialize)]
pub(crate) struct Single<'a> {
    /// The record, if there is one.
    #[serde(borrow)]
    pub(crate) record: Option<&'a RawValue>,
}

/// The answer to a question for some records.
pub(crate) fn nodes(answer: &admin::Answer) -> Result<Vec<&RawValue>> {
    Ok(answer.read::<Found<'_>>()?.records.nodes)
}
