//! The smallest assistant: says what a message is about, by the operator's own words.

use std::collections::BTreeMap;

use serde::Deserialize;
use switchboard_sdk::{Assistant, Result, assistant, register, settings};

/// The plugin.
pub struct Keywords;
register!(Keywords: assistant);

#[derive(Deserialize)]
struct Settings {
    /// Topic to the words that mean it, in lower case.
    topics: BTreeMap<String, Vec<String>>,
}

impl Assistant for Keywords {
    fn analyse(input: assistant::Input) -> Result<Vec<assistant::Insight>> {
        let settings: Settings = settings::get()?;
        Ok(best(&settings.topics, &input.message.text).into_iter().collect())
    }
}

/// The topic that most words of the text speak for; of equals the first by name.
fn best(topics: &BTreeMap<String, Vec<String>>, text: &str) -> Option<assistant::Insight> {
    let text = text.to_lowercase();
    let mut words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
    words.retain(|word| !word.is_empty());
    let found = |keyword: &&String| {
        let wanted: Vec<&str> = keyword.split_whitespace().collect();
        !wanted.is_empty() && words.windows(wanted.len()).any(|window| window == wanted)
    };
    let mut best: Option<(&String, Vec<&String>)> = None;
    for (topic, keywords) in topics {
        let hits: Vec<&String> = keywords.iter().filter(found).collect();
        if hits.len() > best.as_ref().map_or(0, |(_, hits)| hits.len()) {
            best = Some((topic, hits));
        }
    }
    let (topic, hits) = best?;
    let sure = 1.0 - 0.5_f64.powi(hits.len() as i32);
    let details = serde_json::json!({ "words": hits }).to_string();
    Some(assistant::Insight::new("intent", topic).confidence(sure).details(details))
}
