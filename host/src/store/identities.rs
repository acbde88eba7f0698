//! Whom an identity provider vouches for: issuer and subject, and the account that they mean.

use super::accounts::{COLUMNS, NewAccount, TABLES, add, read};
use super::batch::{Batch, row};
use super::{AccountError, Audit, Store, StoreError};
use crate::model::account::Account;
use crate::model::id::AccountId;

impl Store {
    /// The account that an identity means.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn account_by_identity(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Account>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            &format!(
                "SELECT {COLUMNS} FROM {TABLES} JOIN identities i ON i.account = a.id \
                 WHERE i.issuer = ? AND i.subject = ?"
            ),
            row![issuer, subject],
        );
        self.read(batch).await?.first().map(|row| read(row, 0)).transpose()
    }

    /// Lets an identity mean an account from now on, which thereby has joined.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn link_identity(
        &self,
        account: &AccountId,
        issuer: &str,
        subject: &str,
    ) -> Result<(), StoreError> {
        let now = self.inner.ambient.now_ms();
        let mut batch = Batch::default();
        link(&mut batch, account, issuer, subject, now);
        self.write(batch).await.map(drop)
    }

    /// Makes an account for an identity that has none.
    ///
    /// # Errors
    /// When the address has an account, or it cannot be committed now.
    pub async fn create_account_for(
        &self,
        new: NewAccount,
        issuer: &str,
        subject: &str,
    ) -> Result<Account, AccountError> {
        let (id, now) = (AccountId::random(self.inner.ambient.random16()), self.inner.ambient.now_ms());
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        let made = self.inner.writer.transact(move |database| {
            Box::pin(async move {
                let by = id.to_string();
                let made = add(database, id, new, None, &by, now).await?;
                if let Ok(account) = &made {
                    let mut batch = Batch::default();
                    link(&mut batch, &account.id, &issuer, &subject, now);
                    batch.execute(database).await?;
                }
                Ok(made)
            })
        });
        made.await?
    }

    /// Whether an identity of that issuer means the account already.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_identity(&self, account: &AccountId, issuer: &str) -> Result<bool, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT count(*) FROM identities WHERE account = ? AND issuer = ?",
            row![account.as_str(), issuer],
        );
        Ok(self.read(batch).await?.first().is_some_and(|row| row.get::<i64, _>(0) > 0))
    }
}

fn link(batch: &mut Batch, account: &AccountId, issuer: &str, subject: &str, now: i64) {
    batch.replace(
        "identities",
        "issuer, subject",
        "account, linked_at",
        vec![row![issuer, subject, account.as_str(), now]],
    );
    batch.add(
        "UPDATE accounts SET joined_at = coalesce(joined_at, ?) WHERE id = ?",
        row![now, account.as_str()],
    );
    let audit = Audit { who: account.to_string(), action: "account-linked", detail: issuer.to_owned() };
    audit.write(batch, now, account.as_str());
}
