//! The Admin GraphQL API: one question, and what its refusals mean.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use switchboard_sdk::{Error, Result, http};

use crate::config::Shop;

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer(String);

impl Answer {
    /// The answer as a type that may borrow from it.
    pub(crate) fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_str(&self.0)
            .map_err(|error| Error::other(format!("the shop's answer is not as expected: {error}")))
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    errors: Vec<Problem>,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    message: String,
    #[serde(default)]
    extensions: Code,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Code {
    code: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extensions {
    cost: Option<Cost>,
}

/// What a question costs, in points, and how many there are.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Cost {
    requested_query_cost: f64,
    throttle_status: Throttle,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Throttle {
    currently_available: f64,
    restore_rate: f64,
}

impl Cost {
    /// The milliseconds until enough points are back. At least one second, two where nothing is said.
    fn wait(&self) -> u64 {
        let missing = self.requested_query_cost - self.throttle_status.currently_available;
        let rate = self.throttle_status.restore_rate;
        if missing > 0.0 && rate > 0.0 {
            ((missing / rate * 1_000.0).ceil() as u64).clamp(1_000, 60_000)
        } else {
            2_000
        }
    }
}

/// Asks the shop. A refusal for too many questions is [`Error::Retry`] with the wait it takes; a token or
/// scope that does not do is [`Error::Misconfigured`]; a question the shop cannot answer [`Error::Reject`].
pub(crate) fn ask(shop: &Shop, query: &str, variables: &impl Serialize) -> Result<Answer> {
    #[derive(Serialize)]
    struct Question<'a, V> {
        query: &'a str,
        variables: &'a V,
    }
    let settings = shop.settings();
    let url = format!(
        "https://{}.myshopify.com/admin/api/{}/graphql.json",
        settings.shop()?,
        settings.api_version()
    );
    let response = http::post(url)
        .header("x-shopify-access-token", "{{secret:access_token}}")
        .header("accept", "application/json")
        .json(&Question { query, variables })?
        .send()?;
    match response.status {
        200..=299 => answer(&response.text()),
        401 => Err(Error::misconfigured(
            "the shop refuses the access token: set the secret access_token to the current Admin API \
             access token of the app, and see that the app is still installed in the shop",
        )),
        402 | 423 => Err(Error::misconfigured(
            "the shop is frozen or locked: its owner must settle the bill or ask Shopify's support",
        )),
        403 => Err(Error::misconfigured(
            "the app may not do this: grant it the scopes read_customers, write_customers, read_orders and \
             write_orders and access to protected customer data, then install it again",
        )),
        404 => Err(Error::misconfigured(format!(
            "{}.myshopify.com has no Admin API {}: check the settings shop and api_version",
            settings.shop()?,
            settings.api_version()
        ))),
        408 | 429 | 500..=599 => Err(Error::Retry(response.retry_after())),
        status => Err(Error::other(format!(
            "the shop answered with status {status}"
        ))),
    }
}

fn answer(text: &str) -> Result<Answer> {
    let envelope: Envelope<'_> = serde_json::from_str(text)
        .map_err(|error| Error::other(format!("the shop's answer is not as expected: {error}")))?;
    let Some(problem) = envelope.errors.first() else {
        let data = envelope.data.map(RawValue::get);
        return data
            .map(|data| Answer(data.to_owned()))
            .ok_or_else(|| Error::other("the shop's answer has neither data nor errors"));
    };
    let said = &problem.message;
    Err(match problem.extensions.code.as_deref() {
        Some("THROTTLED") => {
            Error::retry_after(envelope.extensions.cost.unwrap_or_default().wait())
        }
        Some("INTERNAL_SERVER_ERROR" | "TIMEOUT") => Error::retry(),
        Some("ACCESS_DENIED") => Error::misconfigured(format!(
            "the app lacks a scope or access to protected customer data; grant it and install the app \
             again. The shop says: {said}"
        )),
        Some("SHOP_INACTIVE") => Error::misconfigured(format!("the shop is not active: {said}")),
        Some("MAX_COST_EXCEEDED") => Error::misconfigured(format!(
            "the question costs more points than allowed: lower the setting page_size. The shop says: {said}"
        )),
        _ => Error::reject(format!("the shop refused the question: {said}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttled_question_waits_until_its_points_are_back() {
        let text = r#"{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],
            "extensions":{"cost":{"requestedQueryCost":752,"actualQueryCost":null,"throttleStatus":
            {"maximumAvailable":1000.0,"currentlyAvailable":302,"restoreRate":50.0}}}}"#;
        assert_eq!(answer(text).unwrap_err(), Error::Retry(Some(9_000)));
    }

    #[test]
    fn a_missing_scope_is_the_operators_to_mend() {
        let text = r#"{"data":null,"errors":[{"message":"Access denied for customers field.",
            "extensions":{"code":"ACCESS_DENIED"}}]}"#;
        let Error::Misconfigured(what) = answer(text).unwrap_err() else {
            panic!()
        };
        assert!(
            what.contains("Access denied for customers field."),
            "{what}"
        );
    }
}
