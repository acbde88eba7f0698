//! What business systems tell of: orders, parcels, money, tickets, subscriptions.

use serde::{Deserialize, Serialize};

/// One line of an order or cart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LineItem {
    /// The vendor's id of the line.
    pub id: String,
    /// What was ordered.
    pub title: String,
    /// How many.
    pub quantity: u64,
    /// The price of one, before discounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The stock-keeping unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
}

/// An order as it now stands. The hub keeps the version with the latest `updated-at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Order {
    /// The vendor's id of the order.
    pub id: String,
    /// What people call it: `#1001`.
    pub number: String,
    /// `open`, `closed`, `cancelled`, `deleted`, `draft`, or the vendor's word.
    pub state: String,
    /// `pending`, `paid`, `refunded` …, the vendor's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_state: Option<String>,
    /// `unfulfilled`, `partial`, `fulfilled` …, the vendor's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfilment_state: Option<String>,
    /// What the customer pays in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// When it was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<i64>,
    /// When the vendor last changed it.
    pub updated_at: i64,
    /// What was ordered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<LineItem>,
    /// Where the customer can look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A parcel as it now stands. The hub keeps the version with the latest `updated-at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fulfilment {
    /// The vendor's id of the fulfilment.
    pub id: String,
    /// The vendor's id of the order.
    pub order: String,
    /// `pending`, `in-transit`, `delivered`, `failure`, `cancelled`, or the vendor's word.
    pub state: String,
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// The carrier's numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracking_numbers: Vec<String>,
    /// Where the customer can follow it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracking_urls: Vec<String>,
    /// When the vendor last changed it.
    pub updated_at: i64,
}

/// Money that went back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Refund {
    /// The vendor's id of the refund.
    pub id: String,
    /// The vendor's id of the order.
    pub order: String,
    /// How much, where the vendor states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Why, in the business's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A cart or checkout as it now stands. The hub keeps the version with the latest `updated-at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cart {
    /// The vendor's id of the cart.
    pub id: String,
    /// `open`, `completed`, `deleted`, or the vendor's word.
    pub state: String,
    /// What it comes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// What is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<LineItem>,
    /// Where the customer can finish it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When the vendor last changed it.
    pub updated_at: i64,
}

/// A ticket in another help desk. The hub keeps the version with the latest `updated-at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ticket {
    /// The vendor's id of the ticket.
    pub id: String,
    /// Its subject line.
    pub subject: String,
    /// `open`, `pending`, `solved`, or the vendor's word.
    pub state: String,
    /// When the vendor last changed it.
    pub updated_at: i64,
    /// Where an agent can look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A payment. The hub keeps the version with the latest event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Payment {
    /// The vendor's id of the payment.
    pub id: String,
    /// The vendor's id of the order or invoice it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// `pending`, `succeeded`, `failed`, `disputed`, or the vendor's word.
    pub state: String,
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
}

/// A subscription. The hub keeps the version with the latest event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Subscription {
    /// The vendor's id of the subscription.
    pub id: String,
    /// What was subscribed to.
    pub plan: String,
    /// `trialing`, `active`, `past-due`, `cancelled`, or the vendor's word.
    pub state: String,
    /// When the paid period ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews_at: Option<i64>,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Money {
    /// A decimal number as text, with `.` and without grouping: `-12.50`. Never through a float.
    pub amount: String,
    /// The ISO 4217 code in capitals: `EUR`.
    pub currency: String,
}
