//! Why a person is one person, in words that an agent understands.

use serde::Serialize;

use super::event::{Body, Event, Verdict};
use super::fold::{Bond, Doubt, Edge, Made, Node, Reason, Refused};
use super::id::ProfileId;
use super::identifier::Evidence;
use super::timeline;

/// A name as people say it: `the phone number +49…`, `acme:customer 42`.
#[must_use]
pub fn name(node: &Node) -> String {
    let (namespace, value) = (&node.identifier.namespace, &node.identifier.value);
    match namespace.as_str() {
        "phone" => format!("the phone number {value}"),
        "email" => format!("the mail address {value}"),
        _ => format!("{namespace} {value}"),
    }
}

/// One sentence, and the event that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sentence {
    /// The sentence.
    pub text: String,
    /// The event that says so.
    pub event: String,
    /// When it was said: milliseconds since the epoch, UTC.
    pub at: i64,
}

/// Says what joins two names. `source` is what people call the connection that said so.
#[must_use]
pub fn reason(reason: &Reason, event: Option<&Event>, source: &str) -> Sentence {
    let (a, b) = (name(&reason.ends.0), name(&reason.ends.1));
    let text = match reason.edge.bond {
        Bond::Used => format!("{a} and {b}: {source} saw one used by whoever has the other"),
        Bond::Replaced => format!("{a} and {b}: {source} says that the one took the other's place"),
        Bond::Stated => {
            let how = match reason.edge.evidence {
                Evidence::Verified => "and the person proved to have both",
                Evidence::Recorded | Evidence::Claimed => "as a record of theirs",
            };
            format!("{a} and {b}: {source} names them together, {how}")
        }
    };
    sentence(text, &reason.edge, event)
}

/// Says why two names are not one person's although somebody says so.
#[must_use]
pub fn doubt(doubt: &Doubt, event: Option<&Event>, source: &str) -> Sentence {
    let (own, other) = (name(&doubt.ends.0), name(&doubt.ends.1));
    let why = match &doubt.why {
        Refused::Apart(_) => "a person decided that they are different people".to_owned(),
        Refused::Limit { namespace, limit: 1 } => {
            format!("each has another {namespace}, and one person has one")
        }
        Refused::Limit { namespace, limit } => {
            format!("together they would have more than {limit} of {namespace}")
        }
        Refused::Total(total) => format!("together they would have more than {total} names"),
        Refused::Shared(node) => format!("{} is used by many people", name(node)),
    };
    sentence(
        format!("{own} and {other} ({}): {source} names them together, but {why}", doubt.other),
        &doubt.edge,
        event,
    )
}

fn sentence(text: String, edge: &Edge, event: Option<&Event>) -> Sentence {
    let told = event.map(|event| match &event.said.body {
        Body::CustomerUpdated(_) => String::new(),
        body => format!(" ({})", timeline::summary(body)),
    });
    Sentence {
        text: format!("{text}{}", told.unwrap_or_default()),
        event: edge.event.to_string(),
        at: edge.at,
    }
}

/// Says what somebody decided. `called` says what a name in a decision stands for.
#[must_use]
pub fn decision(made: &Made, called: impl Fn(&ProfileId) -> String) -> Sentence {
    let what = match &made.decision.verdict {
        Verdict::Merge { left, right } => {
            format!("that {} and {} are one person's", called(left), called(right))
        }
        Verdict::Apart { left, right } => {
            let list = |ids: &[ProfileId]| ids.iter().map(&called).collect::<Vec<_>>().join(", ");
            format!("that nobody has both {} and {}", list(left), list(right))
        }
        Verdict::Undo { decision, .. } => format!("that {decision} holds no longer"),
    };
    let why = made.decision.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    Sentence {
        text: format!("{} decided {what}{why}", made.decision.by),
        event: made.event.to_string(),
        at: made.at,
    }
}
