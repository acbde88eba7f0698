//! Signing in with a password. Whoever has no account, is invited or disabled is refused after the same work and in
//! the same words as whoever has the wrong password.

use std::net::IpAddr;

use super::password::PasswordError;
use super::{Gate, Who, counted};
use crate::config::Accounts;
use crate::model::account::{Account, Login, State};
use crate::model::tries::Pace;
use crate::store::{Stage, StoreError};

/// Somebody who proved to be somebody, and what is left to be done.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// Who.
    pub account: Account,
    /// What is left.
    pub stage: Stage,
}

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Something is wrong, and nobody is told what.
    #[error("mail address and password do not fit together")]
    Wrong,
    /// Too many tries.
    #[error("this was tried too often; try again in {}", words(*.0))]
    Wait(i64),
    /// The machine did not do it.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A wait in words, rounded up.
fn words(ms: i64) -> String {
    match ms.max(0).unsigned_abs().div_ceil(1_000) {
        0 | 1 => "a second".to_owned(),
        seconds @ 2..90 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl Gate {
    /// Checks a mail address and a password that came from an address.
    ///
    /// # Errors
    /// When they do not fit, it was tried too often, or it cannot be checked now.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        from: IpAddr,
        config: &Accounts,
    ) -> Result<Entrance, SignInError> {
        let read = login.parse::<Login>().ok();
        // What is no address counts as what it says: nobody may try without end by writing it otherwise.
        let named = read.as_ref().map_or_else(
            || login.trim().to_lowercase().chars().take(320).collect(),
            |login| login.as_str().to_owned(),
        );
        let tried =
            [(Who::Address(counted(from)), config.address_pace), (Who::Login(named), config.account_pace)];
        self.take(&tried).map_err(SignInError::Wait)?;
        let found = match &read {
            Some(login) => self.inner.store.credentials(login).await?,
            None => None,
        };
        let (account, phc) = found.map_or((None, None), |(account, phc)| (Some(account), phc));
        let compared = self.compare(password, phc.as_deref(), config).await?;
        let account = account.filter(|account| compared.same && account.state() == State::Active);
        let Some(account) = account else { return Err(SignInError::Wrong) };
        self.give_back(&tried);
        if let Some(before) = phc.filter(|_| compared.outdated) {
            let anew = self.hash(password, config).await?;
            self.inner.store.rehash_password(&account.id, &before, &anew).await?;
        }
        Ok(Self::entrance(account, config))
    }

    /// What is left to be done after a first factor.
    #[must_use]
    pub fn entrance(account: Account, config: &Accounts) -> Entrance {
        let stage = match (account.has_factor, config.needs_factor(account.role)) {
            (true, _) => Stage::Factor,
            (false, true) => Stage::Enrol,
            (false, false) => Stage::Whole,
        };
        Entrance { account, stage }
    }

    /// Whether a password is that of somebody who is signed in, asked again before a change that matters.
    ///
    /// # Errors
    /// When it is not, it was tried too often, or it cannot be checked now.
    pub async fn password_again(
        &self,
        account: &Account,
        password: &str,
        config: &Accounts,
    ) -> Result<(), SignInError> {
        let tried: [(Who, Pace); 1] = [(Who::Again(account.id.clone()), config.account_pace)];
        self.take(&tried).map_err(SignInError::Wait)?;
        let phc = self.inner.store.password(&account.id).await?;
        if !self.compare(password, phc.as_deref(), config).await?.same {
            return Err(SignInError::Wrong);
        }
        self.give_back(&tried);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_so_that_whoever_waits_as_told_is_let_try() {
        assert_eq!(words(1), "a second");
        assert_eq!(words(1_001), "2 seconds");
        assert_eq!(words(89_000), "89 seconds");
        assert_eq!(words(90_000), "2 minutes");
        assert_eq!(words(3_600_001), "61 minutes");
    }
}
