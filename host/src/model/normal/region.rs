//! The country whose people's way of writing phone numbers a connection uses.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::{PHONE_NUMBER_UTIL, enums};
use serde::{Deserialize, Serialize};

/// A country or territory that has phone numbers, by its code of two letters (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Region(enums::Region);

/// It is not the code of a country.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a country's code of two letters, such as `DE` (ISO 3166-1)")]
pub struct RegionError(String);

impl Region {
    /// As the numbering plans have it.
    pub(super) fn plan(self) -> enums::Region {
        self.0
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || RegionError(text.chars().take(20).collect());
        let code = text.trim();
        if code.len() != 2 {
            return Err(wrong());
        }
        let region = enums::Region::from_code(code).map_err(|_| wrong())?;
        PHONE_NUMBER_UTIL.get_country_code_for_region(region).ok_or_else(wrong)?;
        Ok(Self(region))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_region_str().as_str())
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.to_string()
    }
}

impl TryFrom<String> for Region {
    type Error = RegionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}
