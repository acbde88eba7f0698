//! Values over values: each layer changes keys that are there, and remembers who changed them.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::{ConfigError, DEFAULTS};
use crate::model::manifest::Size;

/// What variables begin with.
const PREFIX: &str = "SWITCHBOARD_";

/// Who set what nobody set.
const THE_DEFAULTS: &str = "the defaults";

/// The merged values by their whole key, `plugin.limits.memory`, and where each came from.
#[derive(Debug)]
pub(super) struct Layers {
    values: BTreeMap<String, (Value, String)>,
}

impl Layers {
    /// The defaults.
    pub(super) fn new() -> Self {
        let mut values = BTreeMap::new();
        // The defaults are part of the program, and a test reads them.
        let table: Table =
            DEFAULTS.parse().unwrap_or_else(|why| unreachable!("the defaults are TOML: {why}"));
        flatten("", table, &mut |key, value| {
            values.insert(key, (value, THE_DEFAULTS.to_owned()));
        });
        Self { values }
    }

    /// The value of a key, and who set it.
    pub(super) fn get(&self, key: &str) -> Option<&(Value, String)> {
        self.values.get(key)
    }

    /// Every key with its value as it is written.
    pub(super) fn written(&self) -> BTreeMap<String, String> {
        self.values.iter().map(|(key, (value, _))| (key.clone(), value.to_string())).collect()
    }

    /// Who set each key that is not as the defaults have it.
    pub(super) fn origins(&self) -> BTreeMap<String, String> {
        let set = self.values.iter().filter(|(_, (_, from))| from != THE_DEFAULTS);
        set.map(|(key, (_, from))| (key.clone(), from.clone())).collect()
    }

    /// Lays a file over what is there.
    pub(super) fn file(&mut self, text: &str, origin: &str) -> Result<(), ConfigError> {
        let table: Table = text.parse().map_err(|why: toml::de::Error| ConfigError::Syntax {
            origin: origin.to_owned(),
            why: why.to_string(),
        })?;
        let mut given = Vec::new();
        flatten("", table, &mut |key, value| given.push((key, value)));
        given.into_iter().try_for_each(|(key, value)| self.put(&key, value, origin))
    }

    /// Lays variables over what is there.
    pub(super) fn env(&mut self, env: impl IntoIterator<Item = (String, String)>) -> Result<(), ConfigError> {
        for (name, value) in env {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let key = rest.to_ascii_lowercase();
            if key.contains("__") {
                self.put_text(&key.replace("__", "."), &value, &format!("the variable {name}"))?;
            } else if let Some(meant) = self.with_one_underscore(&key) {
                let hint =
                    format!(": did you mean {PREFIX}{}?", meant.replace('.', "__").to_ascii_uppercase());
                return Err(ConfigError::Unknown { origin: format!("the variable {name}"), key, hint });
            }
        }
        Ok(())
    }

    /// Lays `key=value` of the command line over what is there.
    pub(super) fn set(&mut self, set: &str) -> Result<(), ConfigError> {
        let (key, value) = set.split_once('=').ok_or_else(|| ConfigError::Set(set.to_owned()))?;
        self.put_text(key.trim(), value, &format!("`--set {}`", key.trim()))
    }

    /// The key that would be meant if its dots had been written as single underscores.
    fn with_one_underscore(&self, key: &str) -> Option<&str> {
        self.values.keys().map(String::as_str).find(|known| known.replace('.', "_") == key)
    }

    /// Sets a value written as text: what kind it is, the default says.
    fn put_text(&mut self, key: &str, text: &str, origin: &str) -> Result<(), ConfigError> {
        let value = match self.values.get(&key.replace('-', "_")).map(|(value, _)| value) {
            Some(Value::Integer(_)) => {
                text.trim().parse().map(Value::Integer).unwrap_or(Value::String(text.into()))
            }
            Some(Value::Boolean(_)) => {
                text.trim().parse().map(Value::Boolean).unwrap_or(Value::String(text.into()))
            }
            Some(Value::Array(_)) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
            }
            _ => Value::String(text.to_owned()),
        };
        self.put(key, value, origin)
    }

    fn put(&mut self, key: &str, value: Value, origin: &str) -> Result<(), ConfigError> {
        let key = key.replace('-', "_");
        let Some((slot, from)) = self.values.get_mut(&key) else {
            let section = format!("{key}.");
            if self.values.keys().any(|known| known.starts_with(&section)) {
                let why = format!("it is a section; write `[{key}]` and its keys below");
                return Err(ConfigError::Value { origin: origin.to_owned(), key, why });
            }
            let hint = self.nearest(&key).map_or_else(
                || "; every key stands in host/config.default.toml".to_owned(),
                |near| format!(": did you mean `{near}`?"),
            );
            return Err(ConfigError::Unknown { origin: origin.to_owned(), key, hint });
        };
        *slot = fitting(slot, value).map_err(|why| ConfigError::Value {
            origin: origin.to_owned(),
            key: key.clone(),
            why,
        })?;
        origin.clone_into(from);
        Ok(())
    }

    fn nearest(&self, key: &str) -> Option<&str> {
        let near = |known: &&String| strsim::normalized_damerau_levenshtein(known, key);
        let best = self.values.keys().max_by(|a, b| near(a).total_cmp(&near(b)))?;
        (near(&best) > 0.6).then_some(best.as_str())
    }
}

/// `new` where it is of the kind that stands there.
fn fitting(old: &Value, new: Value) -> Result<Value, String> {
    match (old, new) {
        (Value::String(_), Value::String(new)) => Ok(Value::String(new)),
        // A size may be written as a number of bytes.
        (Value::String(old), Value::Integer(bytes)) if old.parse::<Size>().is_ok() => {
            Ok(Value::String(bytes.to_string()))
        }
        (Value::Integer(_), Value::Integer(new)) => Ok(Value::Integer(new)),
        (Value::Boolean(_), Value::Boolean(new)) => Ok(Value::Boolean(new)),
        (Value::Array(_), Value::Array(new)) if new.iter().all(Value::is_str) => Ok(Value::Array(new)),
        (Value::String(_), _) => Err("write text in quotes".to_owned()),
        (Value::Integer(_), _) => Err("write a whole number, without quotes".to_owned()),
        (Value::Boolean(_), _) => Err("write `true` or `false`".to_owned()),
        _ => Err("write a list of texts, such as `[\"a\", \"b\"]`".to_owned()),
    }
}

/// Hands out every value of a table with its whole key. An empty section hands out nothing.
fn flatten(prefix: &str, table: Table, out: &mut impl FnMut(String, Value)) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) => flatten(&key, inner, out),
            value => out(key, value),
        }
    }
}
