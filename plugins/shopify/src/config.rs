//! What the operator set, and what every translation needs to know of the shop.

use std::cell::OnceCell;

use switchboard_sdk::{Error, Evidence, Identifier, Result, lenient, record, settings};

use crate::text::Text;

/// The settings, as plugin.toml describes them; the host has checked them and filled in the defaults.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    shop: String,
    region: Option<String>,
    unconfirmed: Evidence,
    /// Whether the hub buys access tokens, rather than hold one that stays.
    pub(crate) buys_tokens: bool,
    /// The version of the Admin API.
    pub(crate) api_version: String,
    /// Whether the poller shall ask at all.
    pub(crate) poll: bool,
    /// How many days back the first poll looks.
    pub(crate) history_days: u32,
    /// How many records one poll asks for.
    pub(crate) page_size: u32,
}

record! {
    struct Written {
        shop: Text<'a>,
        client_id: Text<'a>,
        api_version: Text<'a>,
        default_region: Text<'a>,
        unconfirmed: Text<'a>,
        poll: Text<'a>,
        history_days: Text<'a>,
        page_size: Text<'a>,
    }
}

impl Settings {
    fn load() -> Self {
        let json = settings::json();
        let written: Written<'_> = lenient::read(&json).unwrap_or_default();
        let number = |text: &Text<'_>, default| text.get().and_then(|n| n.parse().ok()).unwrap_or(default);
        Self {
            shop: written.shop.owned().unwrap_or_default(),
            buys_tokens: written.client_id.get().is_some_and(|id| !id.is_empty()),
            region: written.default_region.owned(),
            unconfirmed: match written.unconfirmed.get() {
                Some("recorded") => Evidence::Recorded,
                _ => Evidence::Claimed,
            },
            api_version: written.api_version.owned().unwrap_or_else(|| "2026-10".to_owned()),
            poll: written.poll.get() != Some("false"),
            history_days: number(&written.history_days, 60),
            page_size: number(&written.page_size, 8),
        }
    }

    /// The shop's name before `.myshopify.com`.
    pub(crate) fn shop(&self) -> Result<String> {
        shop_name(&self.shop).ok_or_else(|| {
            Error::misconfigured(
                "the setting `shop` must be the part of the shop's address before .myshopify.com",
            )
        })
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
            Some(name) => Ok(Self { name, settings: OnceCell::new() }),
            None => Self::of_settings(),
        }
    }

    /// The shop of the settings.
    pub(crate) fn of_settings() -> Result<Self> {
        let settings = Settings::load();
        Ok(Self { name: settings.shop()?, settings: OnceCell::from(settings) })
    }

    /// What the operator set. Read when first needed: most deliveries never do.
    pub(crate) fn settings(&self) -> &Settings {
        self.settings.get_or_init(Settings::load)
    }

    /// The number of a customer record in this shop.
    pub(crate) fn customer(&self, id: &str) -> Option<Identifier> {
        let scope = format!("shopify:{}:customer", self.name);
        Identifier::vendor(&scope, id, Evidence::Recorded)
    }

    /// What a mail address the shop has not confirmed, or a phone on a customer record, is worth.
    pub(crate) fn unconfirmed(&self) -> Evidence {
        self.settings().unconfirmed
    }

    /// The country in which a number without a calling code is read, where the address names none.
    pub(crate) fn region(&self) -> Option<&str> {
        self.settings().region.as_deref()
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
        for text in ["acme", "Acme.myshopify.com", " https://acme.myshopify.com/ "] {
            assert_eq!(shop_name(text).as_deref(), Some("acme"), "{text}");
        }
        for text in ["", ".myshopify.com", "{shop}.myshopify.com", "a b"] {
            assert_eq!(shop_name(text), None, "{text}");
        }
    }

    #[test]
    fn the_header_outranks_the_setting() {
        let _host = Host::with_settings(r#"{"shop":"acme"}"#);
        assert_eq!(Shop::of_header(Some("beta.myshopify.com")).unwrap().name, "beta");
        assert_eq!(Shop::of_header(None).unwrap().name, "acme");
        assert_eq!(Shop::of_header(Some("{shop}.myshopify.com")).unwrap().name, "acme");
    }
}
