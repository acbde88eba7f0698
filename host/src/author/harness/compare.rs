//! Whether what a plugin did is what a recorded request expected, and a diff for people when not.

use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

/// Compares as a subset: every field that `expected` names must be equal in `actual`; fields it does
/// not name are free; lists must have the same length. `null` expects the field to be absent or null.
///
/// Returns the diff to show, or `None` when they agree.
#[must_use]
pub(super) fn difference(expected: &Value, actual: &Value) -> Option<String> {
    if covers(expected, actual) {
        return None;
    }
    Some(render(expected, &prune(expected, actual)))
}

fn covers(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(want), Value::Object(have)) => {
            want.iter().all(|(key, value)| covers(value, have.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Array(want), Value::Array(have)) => {
            want.len() == have.len() && want.iter().zip(have).all(|(w, h)| covers(w, h))
        }
        // An empty list is written by leaving it out.
        (Value::Array(want), Value::Null) => want.is_empty(),
        (Value::Number(want), Value::Number(have)) => {
            want == have
                || matches!((want.as_f64(), have.as_f64()), (Some(w), Some(h)) if (w - h).abs() < 1e-9)
        }
        // Verbatim JSON of the contract may be written as the text that it is.
        (Value::String(text), Value::Object(_) | Value::Array(_) | Value::Number(_) | Value::Bool(_)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|parsed| parsed == *actual)
        }
        _ => expected == actual,
    }
}

/// `actual` without what `expected` does not ask about, so that a diff shows only what matters.
fn prune(expected: &Value, actual: &Value) -> Value {
    match (expected, actual) {
        (Value::Object(want), Value::Object(have)) => {
            // A variant of another case has no key in common: show it whole.
            if !want.is_empty() && !want.keys().any(|key| have.contains_key(key)) {
                return actual.clone();
            }
            let mut out = Map::new();
            for (key, value) in want {
                if let Some(found) = have.get(key) {
                    out.insert(key.clone(), prune(value, found));
                }
            }
            Value::Object(out)
        }
        (Value::Array(want), Value::Array(have)) => Value::Array(
            have.iter()
                .enumerate()
                .map(|(i, item)| want.get(i).map_or_else(|| item.clone(), |w| prune(w, item)))
                .collect(),
        ),
        _ => actual.clone(),
    }
}

fn render(expected: &Value, actual: &Value) -> String {
    let text = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
    let (expected, actual) = (text(expected), text(actual));
    let diff = TextDiff::from_lines(expected.as_str(), actual.as_str());
    let mut out = String::from("    - expected   + actual\n");
    for (i, group) in diff.grouped_ops(3).iter().enumerate() {
        if i > 0 {
            out.push_str("      …\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            out.push_str(&format!("    {sign} {}\n", change.value().trim_end_matches('\n')));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_expected_is_not_compared() {
        assert_eq!(difference(&json!({"a": 1}), &json!({"a": 1, "b": 2})), None);
        assert_eq!(difference(&json!({"a": null, "l": []}), &json!({})), None);
    }

    #[test]
    fn a_list_of_another_length_differs() {
        assert!(difference(&json!([1]), &json!([1, 2])).is_some());
        assert!(difference(&json!([1, 2]), &json!([1])).is_some());
    }

    #[test]
    fn the_diff_names_both_sides_and_leaves_out_what_was_not_asked() {
        let diff = difference(&json!({"state": "paid"}), &json!({"state": "open", "noise": true}));
        let diff = diff.unwrap_or_default();
        assert!(
            diff.contains("-   \"state\": \"paid\"") && diff.contains("+   \"state\": \"open\""),
            "{diff}"
        );
        assert!(!diff.contains("noise"), "{diff}");
    }
}
