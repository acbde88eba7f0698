//! Accounts: who works with the hub. What takes a right away ends the account's sessions in the same commit.

use super::batch::{Batch, row};
use super::engine::{Database, Row};
use super::error::corrupt;
use super::{Audit, Store, StoreError};
use crate::model::account::{Account, Login};
use crate::model::id::AccountId;
use crate::model::token::Role;

/// Why something was not done to an account or a team.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// There is no such account.
    #[error("there is no account {0}")]
    Unknown(AccountId),
    /// The address has one.
    #[error("{0} has an account already")]
    Taken(Login),
    /// Nobody could make owners any more.
    #[error("this is the last owner who can sign in; make somebody else an owner first")]
    LastOwner,
    /// There is no such team.
    #[error("there is no team {0}")]
    UnknownTeam(String),
    /// Two teams of one name could not be told apart.
    #[error("a team is called `{0}` already")]
    TeamTaken(String),
    /// The link was used, is too old, or never was one.
    #[error("this link was used already, is too old, or was never one of this hub; ask for a new one")]
    Link,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An account that is to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The mail address that signs in.
    pub login: Login,
    /// What colleagues call them; from the address where nobody said it yet.
    pub name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Whether they can sign in from now on; otherwise they are invited, and join by a link.
    pub joined: bool,
}

/// What an account is asked for with, to be read by [`read`].
pub(super) const COLUMNS: &str = "a.id, a.login, a.name, a.role, a.locale, a.zone, a.created_at, a.joined_at, \
     a.disabled_at, a.seen_at, CAST(CASE WHEN a.password IS NULL THEN 0 ELSE 1 END AS BIGINT), f.confirmed_at";

/// Where that comes from.
pub(super) const TABLES: &str = "accounts a LEFT JOIN second_factors f ON f.account = a.id";

/// Reads [`COLUMNS`] from `first` on.
pub(super) fn read(row: &Row, first: usize) -> Result<Account, StoreError> {
    let bad = corrupt("accounts");
    Ok(Account {
        id: row.get::<String, _>(first).parse().map_err(|e| bad(&e))?,
        login: row.get::<String, _>(first + 1).parse().map_err(|e| bad(&e))?,
        name: row.get(first + 2),
        role: Role::from_name(row.get(first + 3)).ok_or_else(|| bad(&"an unknown role"))?,
        locale: row.get(first + 4),
        zone: row.get(first + 5),
        created_at: row.get(first + 6),
        joined_at: row.get(first + 7),
        disabled_at: row.get(first + 8),
        seen_at: row.get(first + 9),
        has_password: row.get(first + 10),
        has_factor: row.get::<Option<i64>, _>(first + 11).is_some(),
    })
}

/// Reads one account inside a change.
pub(super) async fn one(database: &mut Database, id: &AccountId) -> Result<Option<Account>, StoreError> {
    let mut batch = Batch::default();
    batch.add(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE a.id = ?"), row![id.as_str()]);
    batch.fetch(database).await?.first().map(|row| read(row, 0)).transpose()
}

/// Whether an owner can sign in, besides one.
pub(super) async fn owner(database: &mut Database, besides: Option<&AccountId>) -> Result<bool, StoreError> {
    let mut batch = Batch::default();
    batch.add(
        "SELECT count(*) FROM accounts WHERE role = 'owner' AND joined_at IS NOT NULL AND disabled_at IS NULL \
         AND id <> ?",
        row![besides.map_or("", AccountId::as_str)],
    );
    Ok(batch.fetch(database).await?.first().is_some_and(|row| row.get::<i64, _>(0) > 0))
}

/// Adds an account inside a change; says who did it.
pub(super) async fn add(
    database: &mut Database,
    id: AccountId,
    new: NewAccount,
    password: Option<String>,
    by: &str,
    now: i64,
) -> Result<Result<Account, AccountError>, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT id FROM accounts WHERE login = ?", row![new.login.as_str()]);
    if !batch.fetch(database).await?.is_empty() {
        return Ok(Err(AccountError::Taken(new.login)));
    }
    let account = Account {
        name: new.name.unwrap_or_else(|| new.login.local().to_owned()),
        id,
        login: new.login,
        role: new.role,
        locale: None,
        zone: None,
        created_at: now,
        joined_at: new.joined.then_some(now),
        disabled_at: None,
        seen_at: None,
        has_password: password.is_some(),
        has_factor: false,
    };
    let mut batch = Batch::default();
    batch.add(
        "INSERT INTO accounts (id, login, name, role, password, created_at, joined_at) VALUES (?,?,?,?,?,?,?)",
        row![
            account.id.as_str(),
            account.login.as_str(),
            account.name.as_str(),
            account.role.as_str(),
            password,
            now,
            account.joined_at
        ],
    );
    let detail = format!("{} as {}", account.login, account.role.as_str());
    let action = if new.joined { "account-created" } else { "account-invited" };
    Audit { who: by.to_owned(), action, detail }.write(&mut batch, now, account.id.as_str());
    batch.execute(database).await?;
    Ok(Ok(account))
}

/// Ends every session of an account, as part of a change.
pub(super) fn end_sessions(batch: &mut Batch, id: &AccountId) {
    batch.add("DELETE FROM sessions WHERE account = ?", row![id.as_str()]);
}

impl Store {
    /// Every account, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let mut batch = Batch::default();
        batch.add(&format!("SELECT {COLUMNS} FROM {TABLES} ORDER BY a.name, a.id"), row![]);
        self.read(batch).await?.iter().map(|row| read(row, 0)).collect()
    }

    /// The account of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        let mut batch = Batch::default();
        batch.add(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE a.id = ?"), row![id.as_str()]);
        self.read(batch).await?.first().map(|row| read(row, 0)).transpose()
    }

    /// The account of that mail address.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn account_by_login(&self, login: &Login) -> Result<Option<Account>, StoreError> {
        let mut batch = Batch::default();
        batch.add(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE a.login = ?"), row![login.as_str()]);
        self.read(batch).await?.first().map(|row| read(row, 0)).transpose()
    }

    /// The PHC string of an account's password; `None` where it has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn password(&self, id: &AccountId) -> Result<Option<String>, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT password FROM accounts WHERE id = ?", row![id.as_str()]);
        Ok(self.read(batch).await?.first().and_then(|row| row.get(0)))
    }

    /// The account of that mail address with the PHC string of its password, in one reading: it takes as long
    /// whether there is one or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn credentials(&self, login: &Login) -> Result<Option<(Account, Option<String>)>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            &format!("SELECT {COLUMNS}, a.password FROM {TABLES} WHERE a.login = ?"),
            row![login.as_str()],
        );
        self.read(batch).await?.first().map(|row| Ok((read(row, 0)?, row.get(12)))).transpose()
    }

    /// Whether there is an owner who can sign in. Until there is one, a set-up link makes it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_owner(&self) -> Result<bool, StoreError> {
        let mut connection = self.inner.readers.acquire().await?;
        owner(&mut connection, None).await
    }

    /// Makes an account. `by` did it.
    ///
    /// # Errors
    /// When the address has one, or it cannot be committed now.
    pub async fn create_account(&self, new: NewAccount, by: &str) -> Result<Account, AccountError> {
        let (id, now) = (AccountId::random(self.inner.ambient.random16()), self.inner.ambient.now_ms());
        let by = by.to_owned();
        let made = self
            .inner
            .writer
            .transact(move |database| Box::pin(async move { add(database, id, new, None, &by, now).await }));
        made.await?
    }

    /// Gives an account another role, and ends its sessions. `by` did it.
    ///
    /// # Errors
    /// When there is no such account, nobody would be an owner, or it cannot be committed now.
    pub async fn change_role(&self, id: &AccountId, role: Role, by: &str) -> Result<(), AccountError> {
        self.change(id, by, move |account, batch| {
            if account.role == role {
                return None;
            }
            batch.add("UPDATE accounts SET role = ? WHERE id = ?", row![role.as_str(), account.id.as_str()]);
            end_sessions(batch, &account.id);
            let detail = format!("{} became {}", account.role.as_str(), role.as_str());
            Some(("account-role-changed", detail, role != Role::Owner))
        })
        .await
    }

    /// Disables an account and ends its sessions, or enables it again. `by` did it.
    ///
    /// # Errors
    /// When there is no such account, no owner could sign in, or it cannot be committed now.
    pub async fn set_disabled(&self, id: &AccountId, disabled: bool, by: &str) -> Result<(), AccountError> {
        let now = self.inner.ambient.now_ms();
        self.change(id, by, move |account, batch| {
            if account.disabled_at.is_some() == disabled {
                return None;
            }
            batch.add(
                "UPDATE accounts SET disabled_at = ? WHERE id = ?",
                row![disabled.then_some(now), account.id.as_str()],
            );
            end_sessions(batch, &account.id);
            batch.add("DELETE FROM links WHERE account = ?", row![account.id.as_str()]);
            let action = if disabled { "account-disabled" } else { "account-enabled" };
            Some((action, account.login.to_string(), disabled))
        })
        .await
    }

    /// Gives an account another password, as a PHC string, and ends its sessions. `by` did it.
    ///
    /// # Errors
    /// When there is no such account, or it cannot be committed now.
    pub async fn set_password(&self, id: &AccountId, phc: String, by: &str) -> Result<(), AccountError> {
        self.change(id, by, move |account, batch| {
            batch.add("UPDATE accounts SET password = ? WHERE id = ?", row![phc, account.id.as_str()]);
            end_sessions(batch, &account.id);
            batch.add("DELETE FROM links WHERE account = ?", row![account.id.as_str()]);
            Some(("account-password-changed", String::new(), false))
        })
        .await
    }

    /// Keeps the same password under another PHC string, unless it was changed meanwhile.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn rehash_password(&self, id: &AccountId, before: &str, phc: &str) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "UPDATE accounts SET password = ? WHERE id = ? AND password = ?",
            row![phc, id.as_str(), before],
        );
        self.write(batch).await.map(drop)
    }

    /// Changes what somebody says of themselves: name, language and time zone. `by` did it.
    ///
    /// # Errors
    /// When there is no such account, or it cannot be committed now.
    pub async fn describe_account(
        &self,
        id: &AccountId,
        name: String,
        locale: Option<String>,
        zone: Option<String>,
        by: &str,
    ) -> Result<(), AccountError> {
        self.change(id, by, move |account, batch| {
            let mut what = Vec::new();
            what.extend((account.name != name).then_some("name"));
            what.extend((account.locale != locale).then_some("language"));
            what.extend((account.zone != zone).then_some("time zone"));
            if what.is_empty() {
                return None;
            }
            batch.add(
                "UPDATE accounts SET name = ?, locale = ?, zone = ? WHERE id = ?",
                row![name, locale, zone, account.id.as_str()],
            );
            Some(("account-described", what.join(", "), false))
        })
        .await
    }

    /// Changes an account in a transaction of its own. `what` adds the statements and says what the audit log calls
    /// it, its details, and whether an owner is lost by it; `None` where nothing changes.
    async fn change<F>(&self, id: &AccountId, by: &str, what: F) -> Result<(), AccountError>
    where
        F: FnOnce(&Account, &mut Batch) -> Option<(&'static str, String, bool)> + Send + 'static,
    {
        let (id, who, now) = (id.clone(), by.to_owned(), self.inner.ambient.now_ms());
        let changed = self.inner.writer.transact(move |database| {
            Box::pin(async move {
                let Some(account) = one(database, &id).await? else {
                    return Ok(Err(AccountError::Unknown(id)));
                };
                let mut batch = Batch::default();
                let Some((action, detail, loses)) = what(&account, &mut batch) else { return Ok(Ok(())) };
                if loses && account.role == Role::Owner && !owner(database, Some(&id)).await? {
                    return Ok(Err(AccountError::LastOwner));
                }
                Audit { who, action, detail }.write(&mut batch, now, id.as_str());
                batch.execute(database).await?;
                Ok(Ok(()))
            })
        });
        changed.await?
    }
}
