//! A Shopify shop: its webhooks, a poller that fills in what they missed, and what an agent can do there.
//!
//! `README.md` is the operator's page: how to connect a shop, what is believed of whom, which keys events
//! have. Here is the plugin; what it says of an order or a person is in the file of that name.

mod action;
mod admin;
mod answer;
mod cart;
mod config;
mod customer;
mod delivery;
mod fulfilment;
mod item;
mod money;
mod order;
mod payment;
mod person;
mod poll;
mod privacy;
mod query;
mod text;
mod topic;

use switchboard_sdk::{Actions, Error, Poller, Result, Webhook, actions, poller, register, webhook};

use config::Shop;
use delivery::Delivery;

/// The plugin.
#[derive(Debug)]
pub struct Shopify;
register!(Shopify: webhook, poller, actions);

impl Webhook for Shopify {
    fn handle(request: webhook::Request) -> Result<webhook::Outcome> {
        let delivery = Delivery::of(&request)?;
        Ok(webhook::Outcome::events(topic::events(&delivery)?))
    }
}

impl Poller for Shopify {
    fn poll(cursor: Option<String>) -> Result<poller::Page> {
        poll::page(&Shop::of_settings()?, cursor.as_deref())
    }
}

impl Actions for Shopify {
    fn call(name: &str, input: &str, _key: &str) -> Result<actions::Outcome> {
        let shop = Shop::of_settings()?;
        match name {
            "find-order" => action::find_order(&shop, input),
            "find-customer" => action::find_customer(&shop, input),
            "update-customer" => action::update_customer(&shop, input),
            "cancel-order" => action::cancel_order(&shop, input),
            _ => Err(Error::reject(format!("there is no action {name}"))),
        }
    }
}
