//! Takes values out of the merged layers as what they mean.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use toml::Value;

use super::ConfigError;
use super::layers::Layers;
use crate::model::manifest::{Period, Size};

/// Reads typed values; every error names who set the value.
pub(super) struct Reader<'a>(pub(super) &'a Layers);

impl Reader<'_> {
    fn value(&self, key: &str) -> Result<&Value, ConfigError> {
        self.0.get(key).map(|(value, _)| value).ok_or_else(|| self.wrong(key, "the defaults lack it"))
    }

    /// The error that a key's value is wrong.
    pub(super) fn wrong(&self, key: &str, why: impl Into<String>) -> ConfigError {
        let origin = self.0.get(key).map_or("nothing", |(_, origin)| origin).to_owned();
        ConfigError::Value { origin, key: key.to_owned(), why: why.into() }
    }

    /// A text.
    pub(super) fn text(&self, key: &str) -> Result<&str, ConfigError> {
        self.value(key)?.as_str().ok_or_else(|| self.wrong(key, "write text in quotes"))
    }

    /// A text that means something.
    pub(super) fn parsed<T: FromStr>(&self, key: &str, what: &str) -> Result<T, ConfigError> {
        self.text(key)?.parse().map_err(|_| self.wrong(key, format!("write {what}")))
    }

    /// A span of time; more than nothing.
    pub(super) fn period(&self, key: &str) -> Result<Duration, ConfigError> {
        let period: Period = self
            .text(key)?
            .parse()
            .map_err(|why: crate::model::manifest::Malformed| self.wrong(key, why.to_string()))?;
        if period.millis() == 0 {
            Err(self.wrong(key, "it must be longer than nothing"))
        } else {
            Ok(period.duration())
        }
    }

    /// A number of bytes.
    pub(super) fn size(&self, key: &str) -> Result<usize, ConfigError> {
        let size: Size = self
            .text(key)?
            .parse()
            .map_err(|why: crate::model::manifest::Malformed| self.wrong(key, why.to_string()))?;
        usize::try_from(size.bytes()).map_err(|_| self.wrong(key, "it is more than this machine can address"))
    }

    /// A whole number that may be zero.
    pub(super) fn number<T: TryFrom<i64>>(&self, key: &str) -> Result<T, ConfigError> {
        let number = self.value(key)?.as_integer().ok_or_else(|| self.wrong(key, "write a whole number"))?;
        T::try_from(number).map_err(|_| self.wrong(key, format!("{number} is out of its range")))
    }

    /// A whole number, at least one.
    pub(super) fn count<T: TryFrom<i64>>(&self, key: &str) -> Result<T, ConfigError> {
        if self.number::<i64>(key)? < 1 {
            return Err(self.wrong(key, "it must be at least 1"));
        }
        self.number(key)
    }

    /// Yes or no.
    pub(super) fn flag(&self, key: &str) -> Result<bool, ConfigError> {
        self.value(key)?.as_bool().ok_or_else(|| self.wrong(key, "write `true` or `false`"))
    }

    /// A path.
    pub(super) fn path(&self, key: &str) -> Result<PathBuf, ConfigError> {
        self.optional_path(key)?.ok_or_else(|| self.wrong(key, "it must not be empty"))
    }

    /// A path, or nothing for an empty text.
    pub(super) fn optional_path(&self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        Ok(Some(self.text(key)?).filter(|text| !text.is_empty()).map(PathBuf::from))
    }

    /// A list of texts.
    pub(super) fn list(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let items = self.value(key)?.as_array().ok_or_else(|| self.wrong(key, "write a list"))?;
        Ok(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
    }
}
