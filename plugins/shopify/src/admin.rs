//! The Admin GraphQL API: one question, and what its refusals mean.

use switchboard_sdk::json::{self, Raw};
use switchboard_sdk::{Error, Result, http, lenient, record};

use crate::config::Shop;
use crate::text::Text;

record! {
    struct Envelope {
        data: Option<Raw<'a>>,
        errors: Vec<Problem<'a>>,
        extensions: Option<Extensions<'a>>,
    }

    struct Problem {
        message: Text<'a>,
        extensions: Option<Code<'a>>,
    }

    struct Code {
        code: Text<'a>,
    }

    struct Extensions {
        cost: Option<Cost<'a>>,
    }

    /// What a question costs, in points.
    struct Cost {
        asked("asked" | "requestedQueryCost"): Text<'a>,
        throttle("throttle" | "throttleStatus"): Option<Throttle<'a>>,
    }

    /// How many points there are, and how many come back in a second.
    struct Throttle {
        available("available" | "currentlyAvailable"): Text<'a>,
        rate("rate" | "restoreRate"): Text<'a>,
    }
}

impl Cost<'_> {
    /// The milliseconds until enough points are back, at least one second.
    fn wait(&self) -> Option<u64> {
        let throttle = self.throttle.as_ref()?;
        let points = |text: &Text<'_>| text.get()?.split('.').next()?.parse::<u64>().ok();
        let missing = points(&self.asked)?.checked_sub(points(&throttle.available)?)?;
        let rate = points(&throttle.rate).filter(|rate| *rate > 0)?;
        Some((missing * 1_000).div_ceil(rate).clamp(1_000, 60_000))
    }
}

/// Asks the shop. A refusal for too many questions is [`Error::Retry`] with the wait it takes; a token or
/// scope that does not do is [`Error::Misconfigured`]; a question the shop cannot answer [`Error::Reject`].
///
/// `variables` is a JSON object; what comes back is the `data` of the answer.
pub(crate) fn ask(shop: &Shop, query: &str, variables: &str) -> Result<String> {
    let settings = shop.settings();
    let url =
        format!("https://{}.myshopify.com/admin/api/{}/graphql.json", settings.shop()?, settings.api_version);
    let question = format!(r#"{{"query":{},"variables":{variables}}}"#, json::quote(query));
    let token = if settings.buys_tokens { "{{oauth:admin}}" } else { "{{secret:access_token}}" };
    let response = http::post(url)
        .header("x-shopify-access-token", token)
        .header("accept", "application/json")
        .body("application/json", question)
        .send()?;
    match response.status {
        200..=299 => answer(&response.text()),
        401 if settings.buys_tokens => Err(Error::misconfigured(
            "the shop refuses the access token that it gave for the client id and secret: see that the app is \
             still installed in the shop, and that the setting client_id and the secret client_secret are that app's",
        )),
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
            settings.api_version
        ))),
        408 | 429 | 500..=599 => {
            let seconds = response.header("retry-after").and_then(|wait| wait.split('.').next());
            let seconds = seconds.and_then(|wait| wait.trim().parse::<u32>().ok());
            Err(Error::Retry(seconds.map(|wait| (u64::from(wait) * 1_000).max(1_000))))
        }
        status => Err(Error::other(format!("the shop answered with status {status}"))),
    }
}

fn answer(text: &str) -> Result<String> {
    let envelope: Envelope<'_> =
        lenient::read(text).map_err(|_| Error::other("the shop's answer is no JSON"))?;
    let Some(problem) = envelope.errors.first() else {
        let data = envelope.data.map(|data| data.get().to_owned());
        return data.ok_or_else(|| Error::other("the shop's answer has neither data nor errors"));
    };
    let said = problem.message.get().unwrap_or("nothing");
    let code = problem.extensions.as_ref().and_then(|e| e.code.get());
    Err(match code {
        Some("THROTTLED") => {
            let cost = envelope.extensions.as_ref().and_then(|e| e.cost.as_ref());
            Error::retry_after(cost.and_then(Cost::wait).unwrap_or(2_000))
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
        let Error::Misconfigured(what) = answer(text).unwrap_err() else { panic!() };
        assert!(what.contains("Access denied for customers field."), "{what}");
    }
}
