//! What the operator set, as the host hands it over: checked and with defaults filled in.

use serde::Deserialize;
use switchboard_sdk::{Result, settings, time};

use crate::hours::{self, Span};

/// The settings; `plugin.toml` says what each is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) sites: Vec<String>,
    pub(crate) title: String,
    pub(crate) greeting: String,
    pub(crate) colour: String,
    pub(crate) side: String,
    pub(crate) language: String,
    pub(crate) hours: String,
    pub(crate) time_zone: String,
    pub(crate) answer_minutes: u32,
    pub(crate) ask_name: Ask,
    pub(crate) ask_email: Ask,
    pub(crate) ask_phone: Ask,
    pub(crate) consent: String,
    pub(crate) privacy_url: String,
    pub(crate) bot: bool,
    pub(crate) pages: bool,
    pub(crate) attachment_kib: usize,
    pub(crate) attachment_types: Vec<String>,
    pub(crate) history_days: u64,
    pub(crate) storage_mib: u64,
    pub(crate) new_per_minute: u32,
}

/// Whether a visitor is asked for something before the first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ask {
    /// Never.
    #[default]
    No,
    /// They may leave it empty.
    Optional,
    /// They must not.
    Required,
}

impl Default for Settings {
    fn default() -> Self {
        let types = ["image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"];
        Self {
            sites: Vec::new(),
            title: String::new(),
            greeting: String::new(),
            colour: "#1f5f8b".to_owned(),
            side: "right".to_owned(),
            language: "en".to_owned(),
            hours: String::new(),
            time_zone: "UTC".to_owned(),
            answer_minutes: 5,
            ask_name: Ask::No,
            ask_email: Ask::No,
            ask_phone: Ask::No,
            consent: String::new(),
            privacy_url: String::new(),
            bot: false,
            pages: true,
            attachment_kib: 1024,
            attachment_types: types.map(str::to_owned).to_vec(),
            history_days: 30,
            storage_mib: 6,
            new_per_minute: 60,
        }
    }
}

impl Settings {
    /// Of this connection.
    pub(crate) fn load() -> Result<Self> {
        settings::get()
    }

    /// Whether a page of that origin may speak to the chat.
    pub(crate) fn allows(&self, origin: &str) -> bool {
        self.sites.iter().any(|site| site.eq_ignore_ascii_case(origin))
    }

    /// How long what is kept for visitors lasts, in milliseconds.
    pub(crate) fn keep_for(&self) -> u64 {
        self.history_days * time::DAY
    }

    /// The business hours; empty for always.
    pub(crate) fn spans(&self) -> Result<Vec<Span>> {
        hours::read(&self.hours)
    }
}
