//! What the demo plays: data of `examples/demo`, because the hub knows no vendor.

use std::collections::BTreeMap;

use anyhow::Context;
use include_dir::{Dir, include_dir};
use serde::Deserialize;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../examples/demo");

/// A story of deliveries to a few connections.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    /// What it is about, in a line.
    pub(super) title: String,
    /// An identifier of the customer that is shown at the end.
    pub(super) customer: String,
    /// Which connections are added first.
    pub(super) connection: Vec<SampleConnection>,
    /// What is delivered, in order.
    pub(super) delivery: Vec<SampleDelivery>,
}

/// A connection of the story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleConnection {
    /// What the story calls it.
    pub(super) name: String,
    /// The plugin's name.
    pub(super) plugin: String,
    /// What people call it.
    pub(super) title: String,
    /// Its settings.
    #[serde(default)]
    pub(super) settings: serde_json::Map<String, serde_json::Value>,
    /// How far what it says of a person outranks what others say.
    #[serde(default)]
    pub(super) priority: i32,
    /// Its secrets, which are made up.
    #[serde(default)]
    pub(super) secrets: BTreeMap<String, String>,
}

/// A delivery of the story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleDelivery {
    /// To which of the story's connections.
    pub(super) to: String,
    /// What happens, in words.
    pub(super) about: String,
    /// The file that holds the body.
    pub(super) file: String,
    /// The headers.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
}

impl Scenario {
    /// Reads the story.
    pub(super) fn load() -> anyhow::Result<Self> {
        Ok(toml::from_str(text("scenario.toml")?)?)
    }
}

impl SampleDelivery {
    /// The body with its times put in, counted from `now_ms`.
    pub(super) fn body(&self, now_ms: i64) -> anyhow::Result<String> {
        let mut rest = text(&self.file)?;
        let mut out = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once("{{now-") {
            let (mark, tail) = after.split_once("}}").context("a time that does not end")?;
            out.push_str(before);
            out.push_str(&moment(now_ms, mark)?);
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// `26h:unix` and the like: so long before now, in that form.
fn moment(now_ms: i64, mark: &str) -> anyhow::Result<String> {
    let (span, form) = mark.split_once(':').with_context(|| format!("`{mark}` names no form"))?;
    let (number, unit) = span.split_at(span.len().saturating_sub(1));
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 24 * 60,
        _ => anyhow::bail!("`{span}` is no span of minutes, hours or days"),
    };
    let at = now_ms / 1_000 * 1_000 - number.parse::<i64>()? * minutes * 60_000;
    Ok(match form {
        "unix" => (at / 1_000).to_string(),
        "rfc3339" => jiff::Timestamp::from_millisecond(at)?.to_string(),
        _ => anyhow::bail!("`{form}` is no form of a time"),
    })
}

fn text(name: &str) -> anyhow::Result<&'static str> {
    FILES
        .get_file(name)
        .and_then(|file| file.contents_utf8())
        .with_context(|| format!("the sample file {name} is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_delivery_of_the_story_is_json_for_one_of_its_connections() {
        let story = Scenario::load().expect("the story reads");
        for delivery in &story.delivery {
            assert!(
                story.connection.iter().any(|connection| connection.name == delivery.to),
                "{}",
                delivery.to
            );
            let body = delivery.body(1_767_225_600_000).expect("times go in");
            serde_json::from_str::<serde_json::Value>(&body)
                .unwrap_or_else(|e| panic!("{}: {e}", delivery.file));
        }
    }

    #[test]
    fn times_are_counted_back_from_now() {
        assert_eq!(moment(1_767_225_600_000, "2h:unix").expect("a time"), "1767218400");
        assert_eq!(moment(1_767_225_600_000, "1d:rfc3339").expect("a time"), "2025-12-31T00:00:00Z");
        assert!(moment(0, "2y:unix").is_err());
    }
}
