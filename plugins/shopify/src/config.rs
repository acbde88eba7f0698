//! What the operator set, and what every translation needs to know of the shop.

use std::cell::OnceCell;

use serde::Deserialize;
use switchboard_sdk::{Error, Evidence, Identifier, Result, settings};

/// The settings, as plugin.toml describes them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    shop: String,
    api_version: Option<String>,
    default_region: Option<String>,
    unconfirmed: Option<String>,
    poll: Option<bool>,
    history_days: Option<u32>,
    page_size: Option<u32>,
}

impl Settings {
    /// The version of the Admin API: what the operator set, or the newest this plugin was checked against.
    pub(crate) fn api_version(&self) -> &str {
        self.api_version.as_deref().unwrap_or("2026-10")
    }

    /// The shop's name before `.myshopify.com`.
    pub(crate) fn shop(&self) -> Result<String> {
        shop_name(&self.shop).ok_or_else(|| {
            Error::misconfigured(
                "the setting `shop` must be the part of the shop's address before .myshopify.com",
            )
        })
    }

    /// Whether the poller shall ask at all.
    pub(crate) fn polls(&self) -> bool {
        self.poll.unwrap_or(true)
    }

    /// How many days back the first poll looks.
    pub(crate) fn history_days(&self) -> u32 {
        self.history_days.unwrap_or(60)
    }

    /// How many records one poll asks for.
    pub(crate) fn page_size(&self) -> u32 {
        self.page_size.unwrap_or(8).clamp(1, 100)
    }
}

/// The shop a document comes from, and how far its words are believed.
#[derive(Debug)]
pub(crate) struct Shop {
    name: String,
    settings: OnceCell<Settings>,
}

impl Shop {
    /// The shop a delivery names in its header (`acme.myshopify.com`), else the one of the settings.
    pub(crate) fn of_header(domain: Option<&str>) -> Result<Self> {
        match domain.and_then(shop_name) {
            Some(name) => Ok(Self {
                name,
                settings: OnceCell::new(),
            }),
            None => Self::of_settings(),
        }
    }

    /// The shop of the settings.
    pub(crate) fn of_settings() -> Result<Self> {
        let settings: Settings = settings::get()?;
        Ok(Self {
            name: settings.shop()?,
            settings: OnceCell::from(settings),
        })
    }

    /// What the operator set. Read when first needed: most deliveries never do.
    pub(crate) fn settings(&self) -> &Settings {
        self.settings
            .get_or_init(|| settings::get().unwrap_or_default())
    }

    /// The number of a customer record in this shop.
    pub(crate) fn customer(&self, id: &str) -> Option<Identifier> {
        let scope = format!("shopify:{}:customer", self.name);
        Identifier::vendor(&scope, id, Evidence::Recorded)
    }

    /// What a mail address the shop has not confirmed, or a phone on a customer record, is worth.
    pub(crate) fn unconfirmed(&self) -> Evidence {
        match self.settings().unconfirmed.as_deref() {
            Some("claimed") => Evidence::Claimed,
            _ => Evidence::Recorded,
        }
    }

    /// The country in which a number without a calling code is read, where the address names none.
    pub(crate) fn region(&self) -> Option<&str> {
        self.settings().default_region.as_deref()
    }
}

/// `acme` out of `acme`, `Acme.myshopify.com` or `https://acme.myshopify.com/`. `None` for what no shop
/// can be called.
fn shop_name(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("https://").unwrap_or(text);
    let name = text.split(['.', '/']).next()?.to_ascii_lowercase();
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fits = !name.is_empty() && name.len() <= 60 && name.bytes().all(allowed);
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchboard_sdk::testing::Host;

    #[test]
    fn a_shop_is_named_by_its_subdomain_however_it_is_written() {
        for text in [
            "acme",
            "Acme.myshopify.com",
            " https://acme.myshopify.com/ ",
        ] {
            assert_eq!(shop_name(text).as_deref(), Some("acme"), "{text}");
        }
        for text in ["", ".myshopify.com", "{shop}.myshopify.com", "a b"] {
            assert_eq!(shop_name(text), None, "{text}");
        }
    }

    #[test]
    fn the_header_outranks_the_setting() {
        let _host = Host::with_settings(r#"{"shop":"acme"}"#);
        assert_eq!(
            Shop::of_header(Some("beta.myshopify.com")).unwrap().name,
            "beta"
        );
        assert_eq!(Shop::of_header(None).unwrap().name, "acme");
        assert_eq!(
            Shop::of_header(Some("{shop}.myshopify.com")).unwrap().name,
            "acme"
        );
    }
}
