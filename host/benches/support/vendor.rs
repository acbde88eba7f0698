//! Signed deliveries as two vendors send them: distinct messages and orders of a few thousand people.
//!
//! The bodies are those of the plugins' own recorded requests, with ids, names and times of their own.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "shared by benchmarks, which use parts of it")]

use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// A text of 1.1 KB to a WhatsApp number.
    WhatsApp,
    /// An order of about 5 KB in a Shopify shop.
    Shopify,
}

/// What vendor and hub both know.
pub const SECRET: &str = "a-secret-of-thirty-two-characters";

/// The moment the first delivery is about: 2026-01-31T12:00:00Z, in seconds.
const BEGIN: i64 = 1_769_860_800;

const WORDS: &str = "Hello, I ordered two packs of tea last week and the parcel has not arrived yet. The tracking \
    page has said that it left the depot in Hamburg since Tuesday, and nobody answers the phone there. Could you \
    please find out where it is, and whether it will be here before Friday? We have guests then, and I would \
    rather buy something in town than wait for nothing. If it is lost, please send the same again to the office \
    and not to my flat: somebody is always there until six. Thank you for your help, and sorry for the long text!";

impl Vendor {
    /// What the plugin is called.
    pub fn plugin(self) -> &'static str {
        match self {
            Self::WhatsApp => "whatsapp",
            Self::Shopify => "shopify",
        }
    }

    /// What is sent.
    pub fn title(self) -> &'static str {
        match self {
            Self::WhatsApp => "WhatsApp text",
            Self::Shopify => "Shopify order",
        }
    }

    /// A connection's settings.
    pub fn settings(self) -> Value {
        match self {
            Self::WhatsApp => json!({ "phone_number_id": "106540352242922" }),
            Self::Shopify => json!({ "shop": "acme", "default_region": "DE", "poll": false }),
        }
    }

    /// A connection's secrets; only the first is ever used here.
    pub fn secrets(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::WhatsApp => {
                vec![("app_secret", SECRET), ("verify_token", "unused"), ("access_token", "unused")]
            }
            Self::Shopify => vec![("client_secret", SECRET)],
        }
    }

    /// The header that carries the signature.
    pub fn signature(self) -> &'static str {
        match self {
            Self::WhatsApp => "x-hub-signature-256",
            Self::Shopify => "x-shopify-hmac-sha256",
        }
    }

    /// Headers and body of the deliveries `from` to `to`, each of one of `people`.
    pub fn deliveries(
        self,
        range: std::ops::Range<usize>,
        people: usize,
    ) -> Vec<(Vec<(String, String)>, Vec<u8>)> {
        let recorded = match self {
            Self::WhatsApp => include_str!("../../../plugins/whatsapp/requests/text.json"),
            Self::Shopify => include_str!("../../../plugins/shopify/requests/order-create.json"),
        };
        let recorded: Value = serde_json::from_str(recorded).expect("a recorded request is JSON");
        let template = &recorded["webhook"]["body"];
        range
            .map(|n| {
                // A stride that shares no factor with the number of people: neighbours are strangers.
                let person = (n * 7919) % people;
                let mut body = template.clone();
                let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
                match self {
                    Self::WhatsApp => text(&mut body, n, person),
                    Self::Shopify => {
                        order(&mut body, n, person);
                        let header = |name: &str, value: String| (format!("x-shopify-{name}"), value);
                        headers.push(header("topic", "orders/create".to_owned()));
                        headers.push(header("shop-domain", "acme.myshopify.com".to_owned()));
                        headers.push(header("webhook-id", format!("b1a2c3d4-0000-4000-8000-{n:012}")));
                        headers.push(header("triggered-at", "2026-01-31T12:00:01.250Z".to_owned()));
                    }
                }
                let body = serde_json::to_vec(&body).expect("JSON is written");
                headers.push((self.signature().to_owned(), self.sign(&body)));
                (headers, body)
            })
            .collect()
    }

    fn sign(self, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key fits");
        mac.update(body);
        let mac = mac.finalize().into_bytes();
        match self {
            Self::WhatsApp => format!("sha256={}", hex::encode(mac)),
            Self::Shopify => base64::engine::general_purpose::STANDARD.encode(mac),
        }
    }
}

fn text(body: &mut Value, n: usize, person: usize) {
    let value = &mut body["entry"][0]["changes"][0]["value"];
    let number = format!("49170{person:07}");
    value["contacts"][0]["profile"]["name"] = json!(format!("Customer {person}"));
    value["contacts"][0]["wa_id"] = json!(number);
    let message = &mut value["messages"][0];
    message["from"] = json!(number);
    message["id"] = json!(format!("wamid.HBgNNDkxNzAxMjM0NTY3FQIAEhgUM0E{n:024}"));
    message["timestamp"] = json!((BEGIN + n as i64).to_string());
    message["text"]["body"] = json!(format!("{n}: {WORDS}"));
}

fn order(body: &mut Value, n: usize, person: usize) {
    let at = jiff::Timestamp::from_second(BEGIN + n as i64).expect("a time of this century").to_string();
    body["id"] = json!(8_209_829_119_461_545_081_u64 + n as u64);
    body["admin_graphql_api_id"] = json!(format!("gid://shopify/Order/{}", body["id"]));
    body["name"] = json!(format!("#{}", 1001 + n));
    body["order_number"] = json!(1001 + n);
    body["updated_at"] = json!(at);
    let mail = format!("customer{person}@example.com");
    let phone = format!("+49170{person:07}");
    body["email"] = json!(mail);
    body["contact_email"] = json!(mail);
    body["customer"]["email"] = json!(mail);
    body["customer"]["phone"] = json!(phone);
    body["customer"]["id"] = json!(7_064_055_069_303_700_841_u64 + person as u64);
    body["customer"]["first_name"] = json!(format!("Customer {person}"));
    body["customer"]["default_address"]["customer_id"] = body["customer"]["id"].clone();
    body["billing_address"]["phone"] = json!(phone);
    body["shipping_address"]["phone"] = json!(phone);
    // A second line, as the second article of most orders: about 5 KB in all.
    let mut second = body["line_items"][0].clone();
    second["id"] = json!(8_665_503_117_664_390_202_u64 + n as u64);
    second["title"] = json!("Assam");
    let lines = body["line_items"].as_array_mut().expect("an order has lines");
    lines[0]["id"] = json!(8_765_503_117_664_390_202_u64 + n as u64);
    lines.push(second);
}
