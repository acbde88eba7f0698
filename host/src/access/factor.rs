//! The second factor: a code of an authenticator, or a recovery code.

use super::{Gate, SignInError, Who};
use crate::config::Accounts;
use crate::model::account::Account;
use crate::model::totp;
use crate::store::StoreError;

/// Why a second factor was not set up.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// The code is not one of now.
    #[error("this is not a code that the app shows now; check that the time of the device is right")]
    Code,
    /// It was tried too often, or the store did not answer.
    #[error(transparent)]
    Tried(#[from] SignInError),
    /// There is none that waits for a code.
    #[error("there is no second factor to be confirmed; begin again")]
    None,
}

impl From<StoreError> for FactorError {
    fn from(error: StoreError) -> Self {
        Self::Tried(error.into())
    }
}

/// A second factor that was set up.
#[derive(Debug, Clone)]
pub struct Confirmed {
    /// Codes that work once each where the authenticator is lost; told once.
    pub recovery_codes: Vec<String>,
}

impl Gate {
    /// Checks a code of somebody's authenticator, or a recovery code, and uses it up.
    ///
    /// # Errors
    /// When it is none, or was used before; when it was tried too often.
    pub async fn show_factor(
        &self,
        account: &Account,
        typed: &str,
        config: &Accounts,
    ) -> Result<(), SignInError> {
        let tried = [(Who::Factor(account.id.clone()), config.account_pace)];
        self.take(&tried).map_err(SignInError::Wait)?;
        let store = &self.inner.store;
        let factor = store.factor(&account.id).await?.filter(|factor| factor.confirmed);
        let now = self.inner.ambient.now_ms();
        let step = factor.and_then(|factor| totp::check(&factor.secret, typed, now, factor.last_step));
        let taken = match step {
            Some(step) => store.take_step(&account.id, step).await?,
            None => store.take_recovery_code(&account.id, typed).await?,
        };
        if !taken {
            return Err(SignInError::Wrong);
        }
        self.give_back(&tried);
        Ok(())
    }

    /// Sets a second factor up by a code of the authenticator that was begun. The account's sessions end.
    ///
    /// # Errors
    /// When the code is not one of now, or none was begun.
    pub async fn confirm_factor(
        &self,
        account: &Account,
        typed: &str,
        config: &Accounts,
    ) -> Result<Confirmed, FactorError> {
        let tried = [(Who::Factor(account.id.clone()), config.account_pace)];
        self.take(&tried).map_err(SignInError::Wait)?;
        let store = &self.inner.store;
        let begun = store.factor(&account.id).await?.filter(|factor| !factor.confirmed);
        let begun = begun.ok_or(FactorError::None)?;
        let now = self.inner.ambient.now_ms();
        let step = totp::check(&begun.secret, typed, now, begun.last_step).ok_or(FactorError::Code)?;
        let codes = store.confirm_factor(&account.id, step).await?;
        self.give_back(&tried);
        codes.map(|recovery_codes| Confirmed { recovery_codes }).ok_or(FactorError::None)
    }
}
