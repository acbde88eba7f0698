//! An analysis as the insights that agents see and filter by.

use serde::Serialize;
use switchboard_sdk::{Result, assistant::Insight};

use crate::score::Analysis;

/// From here on a message is of medium urgency: it waits, or names a day.
pub const MEDIUM: f64 = 0.25;
/// From here on it is of high urgency: it says so itself, or speaks of harm, law or fraud.
pub const HIGH: f64 = 0.6;
/// The label of a language that is none of the six, or of too little text to tell.
pub const UNKNOWN: &str = "unknown";
/// How many words are told of each sort at most; a long mail has no end of them.
const MOST: usize = 12;

/// The `details` of a mood: in which language it was read, and which words decided.
#[derive(Serialize)]
struct Reasons<'a> {
    language: &'a str,
    pleasant: &'a [String],
    unpleasant: &'a [String],
}

/// The `details` of an urgency.
#[derive(Serialize)]
struct Cues<'a> {
    cues: &'a [String],
}

/// What is said of a message: its mood if it has one, its urgency, its language.
pub fn insights(analysis: &Analysis) -> Result<Vec<Insight>> {
    let language = analysis.language.map_or(UNKNOWN, |recognised| recognised.language.code());
    let mut said = Vec::with_capacity(3);
    if let Some(mood) = &analysis.mood {
        let reasons = Reasons {
            language,
            pleasant: first(&mood.words.pleasant),
            unpleasant: first(&mood.words.unpleasant),
        };
        let insight = Insight::new("sentiment", mood.label.name())
            .score(rounded(mood.polarity))
            .confidence(rounded(mood.confidence))
            .details(serde_json::to_string(&reasons)?);
        said.push(insight);
    }
    let level = rounded(analysis.urgency.level);
    let cues = Cues { cues: first(&analysis.urgency.cues) };
    said.push(Insight::new("urgency", degree(level)).score(level).details(serde_json::to_string(&cues)?));
    let mut insight = Insight::new("language", language);
    insight.confidence = analysis.language.map(|recognised| rounded(recognised.certainty));
    said.push(insight);
    Ok(said)
}

/// The label of a level of urgency.
pub fn degree(level: f64) -> &'static str {
    if level >= HIGH {
        "high"
    } else if level >= MEDIUM {
        "medium"
    } else {
        "low"
    }
}

/// Four decimals, as VADER tells its polarities: what is beyond them depends on the machine.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

fn first(words: &[String]) -> &[String] {
    &words[..words.len().min(MOST)]
}
