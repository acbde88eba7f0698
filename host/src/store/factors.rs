//! Second factors: the secret of an authenticator, sealed, and recovery codes, of which only hashes are kept.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::accounts::end_sessions;
use super::batch::{Batch, row};
use super::{Audit, Store, StoreError};
use crate::model::id::AccountId;
use crate::model::totp;

/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;

/// Letters and digits that nobody mistakes for one another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// An account's authenticator.
pub struct Factor {
    /// What its codes are made from.
    pub secret: Zeroizing<Vec<u8>>,
    /// Whether somebody showed a code of it: until then it is not asked for.
    pub confirmed: bool,
    /// The step of the newest code that was taken.
    pub last_step: i64,
}

impl std::fmt::Debug for Factor {
    /// Does not tell the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Factor(confirmed: {})", self.confirmed)
    }
}

/// What is kept of a recovery code. It has 80 random bits, so a fast hash is enough. Spaces, hyphens and upper case
/// do not count.
fn hash(code: &str) -> Vec<u8> {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Sha256::digest(plain.as_bytes()).to_vec()
}

/// What seals a secret to its account.
fn place(account: &AccountId) -> String {
    format!("{account} second factor")
}

impl Store {
    /// A new authenticator for an account, to be confirmed by a code of it; `None` where one is confirmed already.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn begin_factor(&self, account: &AccountId) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let ambient = &self.inner.ambient;
        let mut secret = Zeroizing::new(vec![0_u8; totp::SECRET]);
        ambient.entropy.fill(&mut secret);
        let sealed = self.inner.vault.seal_at(ambient, &place(account), "second factor", &secret)?;
        let mut batch = Batch::default();
        batch.add(
            "INSERT INTO second_factors (account, sealed, confirmed_at, last_step) VALUES (?,?,NULL,0) \
             ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed \
             WHERE second_factors.confirmed_at IS NULL",
            row![account.as_str(), sealed],
        );
        Ok((self.write(batch).await? > 0).then_some(secret))
    }

    /// An account's authenticator.
    ///
    /// # Errors
    /// When it does not open, or the database cannot be read.
    pub async fn factor(&self, account: &AccountId) -> Result<Option<Factor>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT sealed, confirmed_at, last_step FROM second_factors WHERE account = ?",
            row![account.as_str()],
        );
        let rows = self.read(batch).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Factor {
            secret: self.inner.vault.unseal_at(&place(account), "second factor", row.get(0))?,
            confirmed: row.get::<Option<i64>, _>(1).is_some(),
            last_step: row.get(2),
        }))
    }

    /// Confirms an authenticator by the step whose code was shown, unless that is done already; ends the account's
    /// sessions, which began without it, and makes recovery codes, which are told once. `None`: there is none to
    /// be confirmed.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn confirm_factor(
        &self,
        account: &AccountId,
        step: i64,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let now = self.inner.ambient.now_ms();
        let (codes, id) = (self.recovery_codes(), account.clone());
        let hashes: Vec<_> = codes.iter().map(|code| hash(code)).collect();
        let done = self.inner.writer.transact(move |database| {
            Box::pin(async move {
                let mut batch = Batch::default();
                batch.add(
                    "UPDATE second_factors SET confirmed_at = ?, last_step = ? \
                     WHERE account = ? AND confirmed_at IS NULL",
                    row![now, step, id.as_str()],
                );
                if batch.execute(database).await? == 0 {
                    return Ok(false);
                }
                let mut batch = Batch::default();
                replace_codes(&mut batch, &id, hashes);
                end_sessions(&mut batch, &id);
                let audit =
                    Audit { who: id.to_string(), action: "second-factor-added", detail: String::new() };
                audit.write(&mut batch, now, id.as_str());
                batch.execute(database).await?;
                Ok(true)
            })
        });
        Ok(done.await?.then_some(codes))
    }

    /// Takes the code of a step, where no code of it or of a later one was taken before. Says whether it did.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn take_step(&self, account: &AccountId, step: i64) -> Result<bool, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "UPDATE second_factors SET last_step = ? WHERE account = ? AND last_step < ?",
            row![step, account.as_str(), step],
        );
        Ok(self.write(batch).await? > 0)
    }

    /// Takes a recovery code, which then is worth nothing any more. Says whether it was one.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn take_recovery_code(&self, account: &AccountId, code: &str) -> Result<bool, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "DELETE FROM recovery_codes WHERE account = ? AND hash = ?",
            row![account.as_str(), hash(code)],
        );
        Ok(self.write(batch).await? > 0)
    }

    /// How many recovery codes an account has left.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn recovery_codes_left(&self, account: &AccountId) -> Result<i64, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT count(*) FROM recovery_codes WHERE account = ?", row![account.as_str()]);
        Ok(self.read(batch).await?.first().map_or(0, |row| row.get(0)))
    }

    /// Makes new recovery codes in place of those before; they are told once. `by` did it.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn renew_recovery_codes(
        &self,
        account: &AccountId,
        by: &str,
    ) -> Result<Vec<String>, StoreError> {
        let codes = self.recovery_codes();
        let mut batch = Batch::default();
        replace_codes(&mut batch, account, codes.iter().map(|code| hash(code)).collect());
        let audit = Audit { who: by.to_owned(), action: "recovery-codes-made", detail: String::new() };
        audit.write(&mut batch, self.inner.ambient.now_ms(), account.as_str());
        self.write(batch).await?;
        Ok(codes)
    }

    /// Takes an account's second factor away. `by` did it.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn remove_factor(&self, account: &AccountId, by: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add("DELETE FROM second_factors WHERE account = ?", row![account.as_str()]);
        batch.add("DELETE FROM recovery_codes WHERE account = ?", row![account.as_str()]);
        let audit = Audit { who: by.to_owned(), action: "second-factor-removed", detail: String::new() };
        audit.write(&mut batch, self.inner.ambient.now_ms(), account.as_str());
        end_sessions(&mut batch, account);
        self.write(batch).await.map(drop)
    }

    /// Codes of 80 random bits, in four groups.
    fn recovery_codes(&self) -> Vec<String> {
        let one = || {
            let bytes = self.inner.ambient.random16();
            let letters = bytes.map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
            letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
        };
        (0..RECOVERY_CODES).map(|_| one()).collect()
    }
}

fn replace_codes(batch: &mut Batch, account: &AccountId, hashes: Vec<Vec<u8>>) {
    batch.add("DELETE FROM recovery_codes WHERE account = ?", row![account.as_str()]);
    let rows = hashes.into_iter().map(|hash| row![account.as_str(), hash]).collect();
    batch.rows("INSERT INTO recovery_codes (account, hash)", rows, "");
}
