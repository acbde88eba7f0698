//! The form of a plugin's settings, drawn from their schema, and what was typed into it as JSON.

use serde_json::{Map, Number, Value};

use crate::inbox::form::{Field, Fields, Input, Offer, Wrong};
use crate::inbox::words::Words;
use crate::model::manifest::{Manifest, Secret, SettingField, Settings};

/// The name of a setting's field.
pub(super) fn setting(name: &str) -> String {
    format!("setting:{name}")
}

/// The name of a secret's field.
pub(super) fn secret(name: &str) -> String {
    format!("secret:{name}")
}

/// What a setting is filled in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number {
        decimals: bool,
    },
    Check,
    Choice,
    /// A list, one entry in a line.
    Lines,
    /// Some of what the schema lists.
    Several,
    /// Anything else, as JSON.
    Json,
}

fn kind(field: &SettingField, settings: &Settings) -> Kind {
    match field.json_type.as_str() {
        _ if !field.choices.is_empty() => Kind::Choice,
        "string" => Kind::Text,
        "integer" => Kind::Number { decimals: false },
        "number" => Kind::Number { decimals: true },
        "boolean" => Kind::Check,
        "array" => {
            let items = items(field, settings);
            let typed = items.and_then(|items| items.get("type")).and_then(Value::as_str);
            if items.is_some_and(|items| items.get("enum").is_some()) {
                Kind::Several
            } else if matches!(typed, Some("string" | "integer" | "number")) {
                Kind::Lines
            } else {
                Kind::Json
            }
        }
        _ => Kind::Json,
    }
}

/// The schema of a list's entries.
fn items<'a>(field: &SettingField, settings: &'a Settings) -> Option<&'a Value> {
    settings.schema().json().get("properties")?.get(&field.name)?.get("items")
}

/// The fields of a new connection: its settings, then its secrets.
pub(super) fn fields(manifest: &Manifest, words: Words) -> Vec<Field> {
    let settings = &manifest.settings;
    let mut fields: Vec<Field> =
        settings.fields().iter().map(|field| of_setting(field, settings, words)).collect();
    fields.extend(manifest.secrets.iter().map(of_secret));
    fields
}

fn of_secret(one: &Secret) -> Field {
    let field = Field::new(secret(one.name.as_str()), one.title.clone(), Input::Secret);
    let field = field.hint(one.description.clone());
    if one.required { field.required() } else { field }
}

fn of_setting(field: &SettingField, settings: &Settings, words: Words) -> Field {
    let kind = kind(field, settings);
    let input = match kind {
        Kind::Text => Input::Text,
        Kind::Number { decimals } => Input::Number { decimals },
        Kind::Check => Input::Check,
        Kind::Choice => Input::Choice,
        Kind::Lines | Kind::Json => Input::Lines,
        Kind::Several => Input::Several,
    };
    let more = match kind {
        Kind::Lines => words.say("settings-lines"),
        Kind::Json => words.say("settings-json"),
        _ => String::new(),
    };
    let hint = [field.description.trim(), &more].into_iter().filter(|part| !part.is_empty());
    let drawn = Field::new(setting(&field.name), field.title.clone(), input)
        .hint(hint.collect::<Vec<_>>().join(" "))
        .offers(offers(field, settings, kind))
        .value(written(field.default.as_ref(), kind));
    if field.required && kind != Kind::Check { drawn.required() } else { drawn }
}

/// What a field offers to choose.
fn offers(field: &SettingField, settings: &Settings, kind: Kind) -> Vec<Offer> {
    let chosen: Vec<&Value> = match &field.default {
        Some(Value::Array(several)) if kind == Kind::Several => several.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let choices = match kind {
        Kind::Choice => Some(&field.choices),
        Kind::Several => items(field, settings).and_then(|items| items.get("enum")).and_then(Value::as_array),
        _ => None,
    };
    let offer = |value: &Value| Offer::new(plain(value), plain(value), chosen.contains(&value));
    choices.into_iter().flatten().map(offer).collect()
}

/// A value as a person writes it.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A default as it stands in a field.
fn written(default: Option<&Value>, kind: Kind) -> String {
    match (default, kind) {
        (None | Some(Value::Null), _) => String::new(),
        (Some(value), Kind::Check) => if value == &Value::Bool(true) { "on" } else { "" }.to_owned(),
        (Some(Value::Array(entries)), Kind::Lines) => {
            entries.iter().map(plain).collect::<Vec<_>>().join("\n")
        }
        (Some(value), Kind::Json) => serde_json::to_string_pretty(value).unwrap_or_default(),
        (Some(value), _) => plain(value),
    }
}

/// What was typed, as the JSON that the schema checks. What was left empty is left out, so that the schema's
/// default holds; what cannot be read as its kind is told of its field.
pub(super) fn read(manifest: &Manifest, typed: &Fields, words: Words) -> (Value, Wrong) {
    let (mut object, mut wrong) = (Map::new(), Wrong::none());
    for field in manifest.settings.fields() {
        let name = setting(&field.name);
        let kind = kind(field, &manifest.settings);
        let text = typed.text(&name);
        let value = match kind {
            Kind::Check => Some(Value::Bool(text == "on")),
            Kind::Several => {
                let all = items(field, &manifest.settings).and_then(|items| items.get("enum"));
                let all = all.and_then(Value::as_array).into_iter().flatten();
                let ticked = all.filter(|choice| typed.all(&name).any(|given| given == plain(choice)));
                Some(Value::Array(ticked.cloned().collect()))
            }
            _ if text.is_empty() => None,
            Kind::Text => Some(Value::String(text.to_owned())),
            Kind::Choice => field.choices.iter().find(|choice| plain(choice) == text).cloned(),
            Kind::Number { .. } => {
                let number = text.parse::<Number>().ok().map(Value::Number);
                if number.is_none() {
                    wrong.add(&name, words.say("settings-no-number"));
                }
                number
            }
            Kind::Lines => {
                let items = items(field, &manifest.settings);
                let numbers = items.and_then(|items| items.get("type")) != Some(&Value::from("string"));
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let entry = |line: &str| match line.parse::<Number>() {
                    Ok(number) if numbers => Value::Number(number),
                    _ => Value::String(line.to_owned()),
                };
                Some(Value::Array(lines.map(entry).collect()))
            }
            Kind::Json => match serde_json::from_str(text) {
                Ok(value) => Some(value),
                Err(error) => {
                    wrong.add(&name, words.say1("settings-no-json", "why", &error.to_string()));
                    None
                }
            },
        };
        if let Some(value) = value {
            object.insert(field.name.clone(), value);
        }
    }
    (Value::Object(object), wrong)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::inbox::words::Language;

    const WORDS: Words = Words { language: Language::English };

    /// A manifest with a setting of every kind.
    pub(in crate::inbox) fn manifest() -> Manifest {
        let text = r#"
name = "example"
version = "1.0.0"
contract = "0.1"
title = "Example"
[settings]
type = "object"
required = ["number"]
[settings.properties.number]
type = "string"
title = "Phone number"
[settings.properties.count]
type = "integer"
default = 3
[settings.properties.share]
type = "number"
[settings.properties.loud]
type = "boolean"
default = true
[settings.properties.mode]
enum = ["fast", "slow"]
default = "slow"
[settings.properties.tags]
type = "array"
items = { type = "string" }
default = ["a", "b"]
[settings.properties.days]
type = "array"
items = { enum = ["mon", "tue"] }
[settings.properties.map]
type = "object"
[[secrets]]
name = "token"
title = "Token"
sign = true
[[actions]]
name = "look"
title = "Look"
input = { type = "object" }
output = { type = "object" }
"#;
        Manifest::parse(text, "plugin.toml").expect("a manifest")
    }

    fn typed(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn each_kind_of_setting_has_its_field() {
        let fields = fields(&manifest(), WORDS);
        let drawn: Vec<(&str, Input, &str)> =
            fields.iter().map(|field| (field.name.as_str(), field.input, field.value.as_str())).collect();
        assert_eq!(
            drawn,
            [
                ("setting:number", Input::Text, ""),
                ("setting:count", Input::Number { decimals: false }, "3"),
                ("setting:share", Input::Number { decimals: true }, ""),
                ("setting:loud", Input::Check, "on"),
                ("setting:mode", Input::Choice, "slow"),
                ("setting:tags", Input::Lines, "a\nb"),
                ("setting:days", Input::Several, ""),
                ("setting:map", Input::Lines, ""),
                ("secret:token", Input::Secret, ""),
            ]
        );
        assert!(fields[0].required && !fields[1].required);
        assert!(fields[4].offers.iter().any(|offer| offer.value == "slow" && offer.chosen));
    }

    #[test]
    fn what_was_typed_is_read_as_the_kind_that_it_is() {
        let form = typed(&[
            ("setting:number", " +49 "),
            ("setting:count", "7"),
            ("setting:share", "0.5"),
            ("setting:mode", "fast"),
            ("setting:tags", "x\n\n y \n"),
            ("setting:days", "tue"),
            ("setting:map", "{\"a\": 1}"),
        ]);
        let (value, wrong) = read(&manifest(), &form, WORDS);
        assert!(wrong.is_empty(), "{wrong:?}");
        assert_eq!(
            value,
            json!({"number": "+49", "count": 7, "share": 0.5, "loud": false, "mode": "fast",
                "tags": ["x", "y"], "days": ["tue"], "map": {"a": 1}})
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_of_its_field() {
        let form = typed(&[("setting:count", "many"), ("setting:map", "{")]);
        let (value, wrong) = read(&manifest(), &form, WORDS);
        assert_eq!(value, json!({"loud": false, "days": []}));
        assert!(wrong.with("setting:count").is_some() && wrong.with("setting:map").is_some());
    }
}
