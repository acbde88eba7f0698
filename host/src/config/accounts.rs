//! `[accounts]`: people who work with the hub, and how they sign in.

use std::path::PathBuf;
use std::time::Duration;

use super::ConfigError;
use super::reader::Reader;
use crate::model::account::LinkKind;
use crate::model::token::Role;
use crate::model::tries::Pace;
use crate::store::SessionLimits;

/// People who work with the hub, and how they sign in.
#[derive(Debug, Clone)]
pub struct Accounts {
    /// How long a session lasts without being used.
    pub session_idle: Duration,
    /// How long it lasts in all.
    pub session_most: Duration,
    /// How long signing in may take from the password to the second factor.
    pub second_factor_wait: Duration,
    /// From which role on an account must have a second factor; `None` leaves it to everybody.
    pub second_factor_from: Option<Role>,
    /// The fewest characters of a password.
    pub password_least: usize,
    /// The memory for hashing one, in KiB.
    pub argon2_kib: u32,
    /// How often it is gone through.
    pub argon2_passes: u32,
    /// In how many lanes.
    pub argon2_lanes: u32,
    /// How many passwords are hashed at once.
    pub hash_at_once: usize,
    /// How often signing in may be tried for one account.
    pub account_pace: Pace,
    /// How often from one address.
    pub address_pace: Pace,
    /// How long a link works that makes the first owner.
    pub setup_link: Duration,
    /// How long an invitation works.
    pub invitation_link: Duration,
    /// How long a link works by which a new password is chosen.
    pub reset_link: Duration,
    /// How long a link works that signs in.
    pub sign_in_link: Duration,
    /// Whether people may sign in without TLS from other machines.
    pub allow_plain_http: bool,
    /// Signing in elsewhere.
    pub oidc: Option<Oidc>,
}

impl Accounts {
    /// How long sessions last.
    #[must_use]
    pub fn sessions(&self) -> SessionLimits {
        SessionLimits {
            idle: millis(self.session_idle),
            most: millis(self.session_most),
            half: millis(self.second_factor_wait),
        }
    }

    /// How long a link of a kind works, in milliseconds.
    #[must_use]
    pub fn link_lasts(&self, kind: LinkKind) -> i64 {
        millis(match kind {
            LinkKind::SetUp => self.setup_link,
            LinkKind::Invitation => self.invitation_link,
            LinkKind::Reset => self.reset_link,
            LinkKind::SignIn => self.sign_in_link,
        })
    }

    /// Whether an account of a role must have a second factor.
    #[must_use]
    pub fn needs_factor(&self, role: Role) -> bool {
        self.second_factor_from.is_some_and(|from| role >= from)
    }
}

fn millis(period: Duration) -> i64 {
    i64::try_from(period.as_millis()).unwrap_or(i64::MAX)
}

/// An identity provider.
#[derive(Debug, Clone)]
pub struct Oidc {
    /// Its issuer, without a slash at its end that it has not.
    pub issuer: String,
    /// The name under which it knows the hub.
    pub client_id: String,
    /// The file with the hub's secret.
    pub client_secret_file: Option<PathBuf>,
    /// What the button says.
    pub label: String,
    /// The role of people who have no account yet; `None` refuses them.
    pub new_role: Option<Role>,
    /// The domains whose addresses may get one, in lower case; nothing is every one.
    pub domains: Vec<String>,
    /// Whether signing in there counts as both factors.
    pub counts_as_second_factor: bool,
    /// How long one request may take.
    pub timeout: Duration,
}

/// Reads `[accounts]`.
pub(super) fn read(read: &Reader<'_>) -> Result<Accounts, ConfigError> {
    let pace = |tries: &str, wait: &str| {
        let every_ms = i64::try_from(read.period(wait)?.as_millis()).unwrap_or(i64::MAX / 1_000_000);
        Ok(Pace { at_once: read.count(tries)?, every_ms })
    };
    let from = role(read, "accounts.second_factor_from")?
        .ok_or_else(|| read.wrong("accounts.second_factor_from", ROLES))?;
    Ok(Accounts {
        session_idle: read.period("accounts.session_idle")?,
        session_most: read.period("accounts.session_most")?,
        second_factor_wait: read.period("accounts.second_factor_wait")?,
        second_factor_from: match read.text("accounts.second_factor")? {
            "optional" => None,
            "required" => Some(from),
            _ => return Err(read.wrong("accounts.second_factor", "write `optional` or `required`")),
        },
        password_least: read.count("accounts.password_least")?,
        argon2_kib: argon2_kib(read)?,
        argon2_passes: read.count("accounts.argon2_passes")?,
        argon2_lanes: read.count("accounts.argon2_lanes")?,
        hash_at_once: read.count("accounts.hash_at_once")?,
        account_pace: pace("accounts.account_tries", "accounts.account_wait")?,
        address_pace: pace("accounts.address_tries", "accounts.address_wait")?,
        setup_link: read.period("accounts.setup_link")?,
        invitation_link: read.period("accounts.invitation_link")?,
        reset_link: read.period("accounts.reset_link")?,
        sign_in_link: read.period("accounts.sign_in_link")?,
        allow_plain_http: read.flag("accounts.allow_plain_http")?,
        oidc: oidc(read)?,
    })
}

const ROLES: &str = "write `read-only`, `agent`, `supervisor`, `operator` or `owner`";

/// A role, or nothing for an empty text.
fn role(read: &Reader<'_>, key: &str) -> Result<Option<Role>, ConfigError> {
    let text = read.text(key)?.trim();
    let role = || Role::from_name(text).ok_or_else(|| read.wrong(key, ROLES));
    (!text.is_empty()).then(role).transpose()
}

/// Argon2 needs eight blocks of a KiB for each lane.
fn argon2_kib(read: &Reader<'_>) -> Result<u32, ConfigError> {
    const KEY: &str = "accounts.argon2_memory";
    let lanes: u32 = read.count("accounts.argon2_lanes")?;
    let kib = u32::try_from(read.size(KEY)? / 1024).unwrap_or(u32::MAX);
    if lanes > 64 || kib < lanes * 8 || kib > 4 * 1024 * 1024 {
        return Err(read.wrong(KEY, "write 8 KiB for each of at most 64 lanes or more, and at most 4 GiB"));
    }
    Ok(kib)
}

fn oidc(read: &Reader<'_>) -> Result<Option<Oidc>, ConfigError> {
    const ISSUER: &str = "accounts.oidc.issuer";
    let issuer = read.text(ISSUER)?.trim();
    if issuer.is_empty() {
        return Ok(None);
    }
    let uri: http::Uri = issuer.parse().map_err(|_| {
        read.wrong(ISSUER, "write the provider's address, such as `https://login.example.com`")
    })?;
    let loopback = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if uri.host().is_none() || !(uri.scheme_str() == Some("https") || loopback) || uri.query().is_some() {
        return Err(read.wrong(ISSUER, "it begins with https:// and has no query"));
    }
    let client_id = read.text("accounts.oidc.client_id")?.trim().to_owned();
    if client_id.is_empty() {
        return Err(read.wrong("accounts.oidc.client_id", "name the hub as the provider knows it"));
    }
    Ok(Some(Oidc {
        issuer: issuer.to_owned(),
        client_id,
        client_secret_file: read.optional_path("accounts.oidc.client_secret_file")?,
        label: read.text("accounts.oidc.label")?.to_owned(),
        new_role: role(read, "accounts.oidc.new_role")?,
        domains: read
            .list("accounts.oidc.domains")?
            .iter()
            .map(|domain| domain.trim().to_lowercase())
            .collect(),
        counts_as_second_factor: read.flag("accounts.oidc.counts_as_second_factor")?,
        timeout: read.period("accounts.oidc.timeout")?,
    }))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use crate::model::token::Role;

    fn load(sets: &[&str]) -> Result<Config, String> {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        Config::load(None, [], &sets).map_err(|error| error.to_string())
    }

    #[test]
    fn a_second_factor_is_everybodys_choice_until_it_is_required_from_a_role_on() {
        let needs = |sets: &[&str], role| load(sets).expect("loads").accounts.needs_factor(role);
        assert!(Role::ALL.iter().all(|role| !needs(&[], *role)));
        let from = ["accounts.second_factor=required", "accounts.second_factor_from=operator"];
        assert!(needs(&from, Role::Owner) && needs(&from, Role::Operator));
        assert!(!needs(&from, Role::Supervisor));
        assert!(Role::ALL.iter().all(|role| needs(&from[..1], *role)));
    }

    #[test]
    fn what_cannot_be_is_told_with_what_can() {
        let said = |set: &str| load(&[set]).expect_err("refused");
        assert!(said("accounts.second_factor=maybe").contains("`optional` or `required`"));
        assert!(said("accounts.second_factor_from=boss").contains("`supervisor`"));
        assert!(said("accounts.argon2_memory=1 KiB").contains("8 KiB"));
        assert!(said("accounts.oidc.issuer=http://login.example.com").contains("https://"));
        assert!(said("accounts.oidc.issuer=https://login.example.com").contains("accounts.oidc.client_id"));
        assert!(said("http.proxies=everybody").contains("`everybody` is no address"));
        let provider =
            load(&["accounts.oidc.issuer=https://login.example.com", "accounts.oidc.client_id=hub"]);
        assert!(provider.expect("loads").accounts.oidc.is_some_and(|oidc| oidc.new_role.is_none()));
    }
}
