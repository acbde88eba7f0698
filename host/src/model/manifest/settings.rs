//! The settings a connection must be given.

use serde_json::{Map, Value, json};

use super::json::{Written, child};
use super::problem::{Problems, suggest};
use super::schema::{Schema, ValueProblem, unknown, words};

/// The schema of a plugin's settings, from which forms are drawn and by which values are checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    schema: Schema,
    fields: Vec<SettingField>,
}

/// One setting as a form shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingField {
    /// Its key.
    pub name: String,
    /// What a person reads beside it; the key where the schema has none.
    pub title: String,
    /// More about it; possibly empty.
    pub description: String,
    /// Its JSON type: `string`, `integer`, `boolean`, …; empty when the schema leaves it open.
    pub json_type: String,
    /// Whether there is no connection without it.
    pub required: bool,
    /// What it is when nobody sets it.
    pub default: Option<Value>,
    /// What it may be, when that is a list.
    pub choices: Vec<Value>,
}

impl Settings {
    /// The schema as a whole.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The settings in the order of the manifest.
    #[must_use]
    pub fn fields(&self) -> &[SettingField] {
        &self.fields
    }

    /// Checks what a connection was given and fills in what has a default.
    ///
    /// # Errors
    /// Everything that is wrong, in words: a required setting is missing, a key is unknown, a value is
    /// of the wrong type or out of its bounds.
    pub fn check(&self, value: &Value) -> Result<Value, Vec<ValueProblem>> {
        let Some(given) = value.as_object() else {
            let message = "the settings must be an object, such as `{\"key\": \"value\"}`".to_owned();
            return Err(vec![ValueProblem { path: String::new(), message }]);
        };
        let mut filled = value.clone();
        fill(self.schema.json(), &mut filled);
        let mut problems = self.schema.problems(&filled);
        if self.closed_by_us() {
            let known: Vec<_> = self.fields.iter().map(|field| field.name.as_str()).collect();
            for name in given.keys().filter(|name| !known.contains(&name.as_str())) {
                let (_, what) = unknown("", name, &known);
                problems.push(ValueProblem { path: name.clone(), message: format!("`{name}` {what}") });
            }
        }
        if problems.is_empty() { Ok(filled) } else { Err(problems) }
    }

    /// A schema says nothing of other properties, so the hub refuses them; it would let them in.
    fn closed_by_us(&self) -> bool {
        [
            "additionalProperties",
            "patternProperties",
            "unevaluatedProperties",
            "$ref",
            "allOf",
            "anyOf",
            "oneOf",
        ]
        .iter()
        .all(|keyword| self.schema.json().get(keyword).is_none())
    }

    /// Reads `[settings]`, or the settings of a plugin that has none.
    pub(super) fn read(written: Option<&Written>, problems: &Problems) -> Option<Self> {
        let Some(written) = written else {
            let schema = Schema::compile(json!({"type": "object", "properties": {}}));
            return schema.map(|schema| Self { schema, fields: Vec::new() }).ok();
        };
        check_root(written, problems);
        let schema = Schema::read(written, problems)?;
        let fields: Vec<_> =
            written.names_in_order("/properties").into_iter().map(|name| field(&schema, name)).collect();
        for field in &fields {
            check_default(&schema, field, written, problems);
        }
        Some(Self { schema, fields })
    }
}

fn field(schema: &Schema, name: String) -> SettingField {
    let part = &schema.json()["properties"][&name];
    let text = |key: &str| part.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let required = schema.json().get("required").and_then(Value::as_array);
    SettingField {
        title: part.get("title").and_then(Value::as_str).unwrap_or(&name).to_owned(),
        description: text("description"),
        json_type: text("type"),
        required: required.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(&name))),
        default: part.get("default").cloned(),
        choices: part.get("enum").and_then(Value::as_array).cloned().unwrap_or_default(),
        name,
    }
}

fn check_root(written: &Written, problems: &Problems) {
    if written.json.get("type").and_then(Value::as_str) != Some("object") {
        let help = Some("put `type = \"object\"` under `[settings]`".to_owned());
        let message = "the settings must be an object, and their schema does not say so";
        problems.add(written.span("/type"), message, help);
    }
    let known: Vec<_> = written.names_in_order("/properties");
    let required = written.json.get("required").and_then(Value::as_array);
    for (index, name) in required.into_iter().flatten().enumerate() {
        if let Some(name) = name.as_str().filter(|name| !known.iter().any(|k| k == name)) {
            let help = suggest(name, known.iter().map(String::as_str))
                .unwrap_or_else(|| format!("add `[settings.properties.{name}]`"));
            let message = format!("`{name}` is required and not among the properties");
            problems.add(written.span(&format!("/required/{index}")), message, Some(help));
        }
    }
}

fn check_default(schema: &Schema, field: &SettingField, written: &Written, problems: &Problems) {
    let Some(default) = &field.default else { return };
    let alone = json!({ field.name.as_str(): default });
    let pointer = child("", &field.name);
    for problem in schema.problems(&alone) {
        if problem.path == field.name {
            let at = written.span(&format!("/properties{pointer}/default"));
            problems.add(at, format!("the default does not fit its own schema: {problem}"), None);
        }
    }
}

/// Puts in the defaults that a schema names, in objects within objects too.
fn fill(schema: &Value, value: &mut Value) {
    let (Some(properties), Some(object)) =
        (schema.get("properties").and_then(Value::as_object), value.as_object_mut())
    else {
        return;
    };
    for (name, part) in properties {
        match (object.get_mut(name), part.get("default")) {
            (Some(member), _) => fill(part, member),
            (None, Some(default)) => {
                object.insert(name.clone(), default.clone());
            }
            (None, None) if holds_default(part) => {
                let mut inner = Value::Object(Map::new());
                fill(part, &mut inner);
                object.insert(name.clone(), inner);
            }
            (None, None) => {}
        }
    }
}

/// Whether an object that nobody gave would be filled by defaults alone, because it demands nothing.
fn holds_default(schema: &Value) -> bool {
    let demands = schema.get("required").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    let properties = schema.get("properties").and_then(Value::as_object);
    !demands
        && properties.is_some_and(|all| all.values().any(|p| p.get("default").is_some() || holds_default(p)))
}

/// What kind of value a setting is, in words.
pub(super) fn kind(field: &SettingField) -> &str {
    if field.json_type.is_empty() { "any value" } else { words(&field.json_type) }
}
