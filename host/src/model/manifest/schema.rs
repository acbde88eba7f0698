//! JSON Schemas that a manifest holds, and what they say of a value, in words.

use std::fmt;
use std::sync::Arc;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::json::{Written, child};
use super::problem::{Problems, nearest, suggest};

/// A JSON Schema (draft 2020-12) that was checked and prepared.
#[derive(Clone)]
pub struct Schema {
    json: Value,
    validator: Arc<Validator>,
}

/// One thing that is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ValueProblem {
    /// Which member: `office.hours[0]`; empty for the value as a whole.
    pub path: String,
    /// What is wrong with it and what would be right; it names the member.
    pub message: String,
}

impl ValueProblem {
    /// The member of the whole that it is in: of `office.hours[0]` the `office`.
    #[must_use]
    pub fn member(&self) -> &str {
        self.path.split(['.', '[']).next().unwrap_or_default()
    }
}

impl Schema {
    /// The schema as JSON.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// What is wrong with a value; nothing when it fits.
    #[must_use]
    pub fn problems(&self, value: &Value) -> Vec<ValueProblem> {
        self.validator
            .iter_errors(value)
            .flat_map(|error| {
                let pointer = error.instance_path().as_str();
                self.explain(pointer, error.kind(), value)
                    .unwrap_or_else(|| vec![(pointer.to_owned(), error.to_string())])
            })
            .map(|(pointer, what)| {
                let path = readable(&pointer);
                let subject = self.subject(&pointer, &path);
                ValueProblem { message: format!("{subject}{what}"), path }
            })
            .collect()
    }

    /// A schema that a part of the program, and not a plugin, wrote.
    pub(super) fn compile(json: Value) -> Result<Self, String> {
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&json)
            .map_err(|error| error.to_string())?;
        Ok(Self { json, validator: Arc::new(validator) })
    }

    /// Checks what a manifest holds, reporting every mistake where it stands.
    pub(super) fn read(written: &Written, problems: &Problems) -> Option<Self> {
        let before = problems.count();
        check_keywords(written, "", problems);
        for error in jsonschema::draft202012::meta::validator().iter_errors(&written.json) {
            let pointer = error.instance_path().as_str();
            problems.add(written.span(pointer), format!("this is no JSON Schema: {error}"), None);
        }
        if problems.count() > before {
            return None;
        }
        Self::compile(written.json.clone())
            .map_err(|why| problems.add(written.span(""), format!("this schema cannot be used: {why}"), None))
            .ok()
    }

    /// The part of the schema that describes the value at a pointer, found through `properties` and `items`.
    fn part(&self, pointer: &str) -> Option<&Value> {
        pointer.split('/').skip(1).try_fold(&self.json, |schema, step| {
            let name = step.replace("~1", "/").replace("~0", "~");
            schema.get("properties").and_then(|p| p.get(&name)).or_else(|| schema.get("items"))
        })
    }

    fn subject(&self, pointer: &str, path: &str) -> String {
        if path.is_empty() {
            return String::new();
        }
        match self.part(pointer).and_then(|part| part.get("title")).and_then(Value::as_str) {
            Some(title) => format!("`{path}` ({title}) "),
            None => format!("`{path}` "),
        }
    }

    /// What is wrong, to be read after the name of what it is wrong with, and the pointer to that.
    fn explain(&self, at: &str, kind: &ValidationErrorKind, root: &Value) -> Option<Vec<(String, String)>> {
        let what = match kind {
            ValidationErrorKind::Required { property } => {
                return Some(vec![(child(at, property.as_str()?), "is missing".to_owned())]);
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                let known = self.part(at).and_then(|part| part.get("properties")).and_then(Value::as_object);
                let known: Vec<_> =
                    known.into_iter().flat_map(|known| known.keys().map(String::as_str)).collect();
                return Some(unexpected.iter().map(|name| unknown(at, name, &known)).collect());
            }
            ValidationErrorKind::Type { kind } => {
                let wanted: Vec<_> = match kind {
                    TypeKind::Single(one) => vec![words(one.as_str())],
                    TypeKind::Multiple(many) => many.iter().map(|one| words(one.as_str())).collect(),
                };
                format!("must be {}, and {} is not", wanted.join(" or "), short(root.pointer(at)?))
            }
            ValidationErrorKind::Enum { options } => {
                let options: Vec<_> = options.as_array()?.iter().map(short).collect();
                format!("must be one of {}, and {} is not", options.join(", "), short(root.pointer(at)?))
            }
            ValidationErrorKind::Constant { expected_value } => format!("must be {}", short(expected_value)),
            ValidationErrorKind::MinLength { limit: 1 } => "must not be empty".to_owned(),
            ValidationErrorKind::MinLength { limit } => format!("must have at least {limit} characters"),
            ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
            ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} entries"),
            ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} entries"),
            ValidationErrorKind::UniqueItems => "must not have the same entry twice".to_owned(),
            ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
            ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
            ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
            ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
            ValidationErrorKind::Pattern { pattern } => format!("must match the pattern `{pattern}`"),
            ValidationErrorKind::Format { format } => format!("must be written as a {format}"),
            _ => return None,
        };
        Some(vec![(at.to_owned(), what)])
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schema").field(&self.json).finish()
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

/// Says of a member that nobody knows it, and which is nearest.
pub(super) fn unknown(at: &str, name: &str, known: &[&str]) -> (String, String) {
    let help = suggest(name, known.iter().copied()).map_or_else(String::new, |help| format!(": {help}"));
    (child(at, name), format!("is unknown{help}"))
}

/// A JSON pointer as people write it: `office.hours[0]`.
pub(super) fn readable(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit()) {
            path.push_str(&format!("[{step}]"));
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&step);
        }
    }
    path
}

/// A JSON type in words.
pub(super) fn words(json_type: &str) -> &str {
    match json_type {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        other => other,
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 40 {
        return format!("`{text}`");
    }
    format!("`{}…`", text.chars().take(40).collect::<String>())
}

/// The keywords of draft 2020-12 and its vocabularies.
const KEYWORDS: [&str; 58] = [
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$ref",
    "$schema",
    "$vocabulary",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "else",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
    "definitions",
];

/// JSON Schema ignores keywords it does not know; here they are mistakes, except those with `x-` before.
fn check_keywords(written: &Written, pointer: &str, problems: &Problems) {
    let Some(object) = written.json.pointer(pointer).and_then(Value::as_object) else { return };
    for (keyword, value) in object {
        let below = child(pointer, keyword);
        match keyword.as_str() {
            "properties" | "$defs" | "patternProperties" | "dependentSchemas" => {
                for name in value.as_object().into_iter().flat_map(|members| members.keys()) {
                    check_keywords(written, &child(&below, name), problems);
                }
            }
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                for index in 0..value.as_array().map_or(0, Vec::len) {
                    check_keywords(written, &child(&below, &index.to_string()), problems);
                }
            }
            "items"
            | "additionalProperties"
            | "not"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames" => {
                check_keywords(written, &below, problems);
            }
            known if KEYWORDS.contains(&known) || known.starts_with("x-") => {}
            other => {
                let help = nearest(other, KEYWORDS).map(|name| format!("did you mean `{name}`?"));
                let message = format!("`{other}` is no keyword of JSON Schema");
                problems.add(written.key_span(&below), message, help);
            }
        }
    }
}
