//! Orders, with their parcels, refunds and payments.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::extract::{Path, Query};
use super::super::problem::Problem;
use super::super::state::Http;
use super::page::{PageQuery, Paged};
use super::time::Timestamp;
use crate::model::event::{self, EventKind, Json};
use crate::model::id::{ConnectionId, ProfileId};
use crate::model::profile::RecordView;
use crate::store::RecordFilter;

/// An order as it now stands, or a part of one: a parcel, a refund, a payment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Order {
    /// Whose record it is.
    pub connection: String,
    /// `order`; for a part `fulfilment`, `refund` or `payment`.
    #[schema(example = "order")]
    pub kind: String,
    /// The vendor's id of it.
    #[schema(example = "5678901234567890123")]
    pub vendor_id: String,
    /// Whose it is.
    pub profile: Option<String>,
    /// What people call it.
    #[schema(example = "#1001")]
    pub name: String,
    /// Its state, as the contract or the vendor names it.
    #[schema(example = "open")]
    pub state: String,
    /// What it comes to.
    pub total: Option<Money>,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// The event that says so.
    pub event: String,
    /// What was said, in the contract's JSON form.
    #[schema(value_type = Object)]
    pub said: Json,
    /// What belongs to it: its parcels, refunds and payments.
    #[schema(no_recursion)]
    pub parts: Vec<Order>,
}

/// An amount of money.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Money {
    /// A decimal number as text.
    #[schema(example = "49.90")]
    pub amount: String,
    /// The ISO 4217 code.
    #[schema(example = "EUR")]
    pub currency: String,
}

impl From<event::Money> for Money {
    fn from(money: event::Money) -> Self {
        Self { amount: money.amount, currency: money.currency }
    }
}

impl From<RecordView> for Order {
    fn from(record: RecordView) -> Self {
        Self {
            connection: record.connection.into(),
            kind: record.kind,
            vendor_id: record.vendor_id,
            profile: record.profile.map(Into::into),
            name: record.name,
            state: record.state,
            total: record.total.map(Into::into),
            changed_at: Timestamp(record.changed_at),
            event: record.event.into(),
            said: record.said,
            parts: record.parts.into_iter().map(Into::into).collect(),
        }
    }
}

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrderQuery {
    /// Those of one person.
    #[param(value_type = Option<String>)]
    profile: Option<ProfileId>,
    /// Those of one connection.
    #[param(value_type = Option<String>)]
    connection: Option<ConnectionId>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
    /// How many at most; 50 unless told.
    limit: Option<u32>,
}

/// Orders, the one changed last first.
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", params(OrderQuery),
    responses((status = 200, body = Paged<Order>)))]
pub(in super::super) async fn list(
    State(http): State<Http>,
    Query(query): Query<OrderQuery>,
) -> Result<axum::Json<Paged<Order>>, Problem> {
    let page = PageQuery { cursor: query.cursor, limit: query.limit }.request(http.pages())?;
    let filter = RecordFilter {
        profile: query.profile,
        kind: Some(EventKind::Order.as_str().to_owned()),
        connection: query.connection,
    };
    Ok(axum::Json(Paged::of(http.store().records(&filter, &page).await?)))
}

/// One order, by its connection and the vendor's id of it.
#[utoipa::path(get, path = "/api/v1/orders/{connection}/{vendor_id}", tag = "orders",
    params(("connection" = String, Path, description = "Whose order"),
        ("vendor_id" = String, Path, description = "The vendor's id of it")),
    responses((status = 200, body = Order), (status = 404, body = Problem)))]
pub(in super::super) async fn one(
    State(http): State<Http>,
    Path((connection, vendor_id)): Path<(ConnectionId, String)>,
) -> Result<axum::Json<Order>, Problem> {
    let found = http.store().record(&connection, EventKind::Order.as_str(), &vendor_id).await?;
    let order = found
        .ok_or_else(|| Problem::not_found(format!("the connection {connection} has no order {vendor_id}")))?;
    Ok(axum::Json(order.into()))
}
