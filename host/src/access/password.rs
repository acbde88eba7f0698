//! Passwords: which may be chosen, and argon2id over them.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::Gate;
use crate::config::Accounts;
use crate::model::account::Login;

/// The longest password, in bytes: hashing begins with going through all of it.
const MOST: usize = 1024;

/// The fewest different characters: fewer are no choice.
const DIFFERENT: usize = 5;

/// Why a password cannot be chosen, or was not hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It is too short.
    #[error(
        "write at least {0} characters (`accounts.password_least`); a few words together are easy to keep in mind"
    )]
    Short(usize),
    /// It is too long.
    #[error("write at most {MOST} bytes")]
    Long,
    /// It is one of those that are guessed first.
    #[error("this is easy to guess: take more than a few different characters, and not the mail address")]
    Easy,
    /// The machine did not do it.
    #[error("the password could not be hashed: {0}")]
    Failed(String),
}

/// Whether a password may be chosen by whoever signs in as `login`.
///
/// # Errors
/// What is wrong with it.
pub fn acceptable(password: &str, login: &Login, config: &Accounts) -> Result<(), PasswordError> {
    if password.chars().count() < config.password_least {
        return Err(PasswordError::Short(config.password_least));
    }
    if password.len() > MOST {
        return Err(PasswordError::Long);
    }
    let lower = password.to_lowercase();
    let different = lower.chars().collect::<std::collections::BTreeSet<_>>().len();
    if different < DIFFERENT || lower == login.as_str() || lower == login.local() {
        return Err(PasswordError::Easy);
    }
    Ok(())
}

fn argon2(config: &Accounts) -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(config.argon2_kib, config.argon2_passes, config.argon2_lanes, None);
    let params = params.map_err(|error| PasswordError::Failed(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A hash of no password at all, which costs as much to compare with: so an account that is not there takes as long to
/// refuse as one that is.
fn nobodys(config: &Accounts) -> String {
    let Accounts { argon2_kib, argon2_passes, argon2_lanes, .. } = config;
    // Sixteen bytes of salt and thirty-two of hash, all zero.
    let (salt, hash) = ("A".repeat(22), "A".repeat(43));
    format!("$argon2id$v=19$m={argon2_kib},t={argon2_passes},p={argon2_lanes}${salt}${hash}")
}

/// Whether the password was hashed at other costs than those that are configured now.
fn outdated(phc: &str, config: &Accounts) -> bool {
    let costs = PasswordHash::new(phc).ok().and_then(|hash| Params::try_from(&hash).ok());
    costs.is_none_or(|costs| {
        (costs.m_cost(), costs.t_cost(), costs.p_cost())
            != (config.argon2_kib, config.argon2_passes, config.argon2_lanes)
    })
}

/// What comparing a password came to.
pub(super) struct Compared {
    /// Whether it is the one.
    pub(super) same: bool,
    /// Whether it should be hashed anew.
    pub(super) outdated: bool,
}

impl Gate {
    /// Hashes a password into a PHC string, beside other work, and few at once.
    ///
    /// # Errors
    /// When the machine does not do it.
    pub async fn hash(&self, password: &str, config: &Accounts) -> Result<String, PasswordError> {
        let (hasher, salt) = (argon2(config)?, self.inner.ambient.random16());
        let password = Zeroizing::new(password.to_owned());
        let failed = |error: String| PasswordError::Failed(error);
        let _place = self.inner.hashing.acquire().await.map_err(|error| failed(error.to_string()))?;
        let hashed = tokio::task::spawn_blocking(move || {
            let hash: Result<PasswordHash, _> = hasher.hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash| hash.to_string())
        });
        hashed.await.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
    }

    /// Compares a password with a PHC string; where there is none, with nobody's, which takes as long.
    pub(super) async fn compare(
        &self,
        password: &str,
        phc: Option<&str>,
        config: &Accounts,
    ) -> Result<Compared, PasswordError> {
        let failed = |error: String| PasswordError::Failed(error);
        let real = phc.is_some();
        let against = phc.map_or_else(|| nobodys(config), str::to_owned);
        let outdated = outdated(&against, config);
        // What is longer was never chosen; the rest of it is not looked at.
        let password = Zeroizing::new(password.as_bytes()[..password.len().min(MOST + 1)].to_vec());
        let _place = self.inner.hashing.acquire().await.map_err(|error| failed(error.to_string()))?;
        let compared = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&against)
                .is_ok_and(|hash| Argon2::default().verify_password(&password, &hash).is_ok())
        });
        let same = compared.await.map_err(|error| failed(error.to_string()))?;
        Ok(Compared { same: same && real, outdated })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn config(sets: &[&str]) -> Accounts {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        Config::load(None, [], &sets).expect("loads").accounts
    }

    #[test]
    fn nobodys_hash_has_the_configured_costs_and_no_password_fits_it() {
        let config = config(&["accounts.argon2_memory=64 KiB", "accounts.argon2_passes=3"]);
        let phc = nobodys(&config);
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=3,p=1$"), "{phc}");
        assert!(!outdated(&phc, &config));
        let hash = PasswordHash::new(&phc).expect("a PHC string");
        assert!(Argon2::default().verify_password(b"", &hash).is_err());
    }

    #[test]
    fn the_costs_are_those_that_owasp_names_until_they_are_changed() {
        let phc = nobodys(&config(&[]));
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(outdated(&phc, &config(&["accounts.argon2_passes=3"])));
        assert!(outdated("nonsense", &config(&[])));
    }

    #[test]
    fn a_password_is_long_and_not_what_is_guessed_first() {
        let (config, ada) = (config(&[]), "ada.lovelace@example.com".parse::<Login>().expect("an address"));
        let chosen = |password: &str| acceptable(password, &ada, &config);
        assert_eq!(chosen("correct horse"), Ok(()));
        assert_eq!(chosen("größere Fläche"), Ok(()));
        assert_eq!(chosen("short"), Err(PasswordError::Short(12)));
        assert_eq!(chosen("ababababababab"), Err(PasswordError::Easy));
        assert_eq!(chosen("Ada.Lovelace@Example.com"), Err(PasswordError::Easy));
        assert_eq!(chosen("ada.lovelace"), Err(PasswordError::Easy));
        assert_eq!(chosen(&"abcdefgh".repeat(200)), Err(PasswordError::Long));
    }
}
