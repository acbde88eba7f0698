//! Texts to answer with, and the gaps in them: `{{customer.first_name}}`.

use std::collections::BTreeMap;

/// What can stand in a gap.
pub const VARIABLES: [&str; 5] =
    ["customer.name", "customer.first_name", "customer.language", "order.name", "agent.name"];

/// Why a template cannot be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    /// Nothing of that name is known.
    #[error("`{{{{{0}}}}}` is no variable; there are {known}", known = VARIABLES.join(", "))]
    Unknown(String),
    /// It has no value here.
    #[error("`{{{{{0}}}}}` has no value for this conversation: write it by hand")]
    Empty(String),
    /// It does not end.
    #[error("`{{{{` is not closed by `}}}}`")]
    Open,
}

/// Fills the gaps of a template. Whatever cannot be filled stays as it is written and is told, so that nobody is sent
/// a text with gaps.
#[must_use]
pub fn fill(text: &str, values: &BTreeMap<&str, String>) -> (String, Vec<Gap>) {
    let (mut out, mut gaps) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, tail)) = after.split_once("}}") else {
            gaps.push(Gap::Open);
            out.push_str("{{");
            rest = after;
            break;
        };
        rest = tail;
        let word = name.trim();
        let value = values.get(word).map(|value| value.trim()).filter(|value| !value.is_empty());
        match value {
            Some(value) => out.push_str(value),
            None => {
                let known = VARIABLES.contains(&word);
                gaps.push(if known { Gap::Empty(word.to_owned()) } else { Gap::Unknown(word.to_owned()) });
                out.extend(["{{", name, "}}"]);
            }
        }
    }
    out.push_str(rest);
    (out, gaps)
}

/// The name by which a person is spoken to: the first word of what they are called.
#[must_use]
pub fn first_name(name: &str) -> String {
    name.split_whitespace().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_is_told_and_stays() {
        let values =
            BTreeMap::from([("customer.first_name", "Ada".to_owned()), ("order.name", " ".to_owned())]);
        assert_eq!(fill("Hi {{ customer.first_name }}!", &values), ("Hi Ada!".to_owned(), Vec::new()));
        let (text, gaps) = fill("{{order.name}} {{plan}} {{x", &values);
        assert_eq!(text, "{{order.name}} {{plan}} {{x");
        assert_eq!(gaps, [Gap::Empty("order.name".into()), Gap::Unknown("plan".into()), Gap::Open]);
        assert_eq!(
            gaps[0].to_string(),
            "`{{order.name}}` has no value for this conversation: write it by hand"
        );
        assert_eq!(gaps[2].to_string(), "`{{` is not closed by `}}`");
    }
}
