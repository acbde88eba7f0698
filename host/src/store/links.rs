//! One-time links: 256 random bits, of which only the SHA-256 is kept until they are used or too old.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::accounts::{COLUMNS, NewAccount, add, end_sessions, one, owner, read};
use super::batch::{Batch, row};
use super::engine::Database;
use super::error::corrupt;
use super::{AccountError, Audit, Store, StoreError};
use crate::ambient::Ambient;
use crate::model::account::{Account, LinkKind, Login};
use crate::model::id::AccountId;
use crate::model::token::Role;

/// A link that was just made.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// What stands at the end of its path; it is told once.
    pub secret: String,
    /// Until when it works: milliseconds since the epoch, UTC.
    pub expires_at: i64,
}

/// A link that works.
#[derive(Debug, Clone)]
pub struct Link {
    /// What it does.
    pub kind: LinkKind,
    /// For whom; `None` where it makes the first owner.
    pub account: Option<Account>,
}

/// What somebody says who joins, or chooses a new password, by a link.
#[derive(Debug, Clone)]
pub struct Joining {
    /// The mail address; the link's account keeps its own.
    pub login: Option<Login>,
    /// The name, where they said one.
    pub name: Option<String>,
    /// The password as a PHC string.
    pub password: String,
}

/// A secret that nobody can guess, as text.
pub(super) fn secret(ambient: &Ambient) -> String {
    let mut bytes = [0_u8; 32];
    ambient.entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of one: a fast hash is enough for what nobody can guess.
pub(super) fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Finds a link that works, and takes it out of the store where `take` says so.
async fn find(
    database: &mut Database,
    secret: &str,
    now: i64,
    take: bool,
) -> Result<Option<(LinkKind, Option<AccountId>)>, StoreError> {
    let mut batch = Batch::default();
    batch.add("SELECT kind, account FROM links WHERE hash = ? AND expires_at > ?", row![hash(secret), now]);
    let rows = batch.fetch(database).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let bad = corrupt("links");
    let kind = LinkKind::from_name(row.get(0)).ok_or_else(|| bad(&"an unknown kind"))?;
    let account = row.get::<Option<String>, _>(1).map(|id| id.parse().map_err(|e| bad(&e))).transpose()?;
    if take {
        let mut batch = Batch::default();
        batch.add("DELETE FROM links WHERE hash = ?", row![hash(secret)]);
        batch.execute(database).await?;
    }
    Ok(Some((kind, account)))
}

impl Store {
    /// Makes a link that works for `lasts_ms` milliseconds, in place of others of its kind for the same account.
    /// Those that make the first owner stand beside each other: every hub that serves the database tells one.
    /// `by` did it.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn make_link(
        &self,
        kind: LinkKind,
        account: Option<&AccountId>,
        lasts_ms: i64,
        by: &str,
    ) -> Result<NewLink, StoreError> {
        let ambient = &self.inner.ambient;
        let (secret, now) = (secret(ambient), ambient.now_ms());
        let expires_at = now.saturating_add(lasts_ms);
        let id = account.map(AccountId::as_str);
        let mut batch = Batch::default();
        batch.add("DELETE FROM links WHERE expires_at <= ?", row![now]);
        if let Some(id) = id {
            batch.add("DELETE FROM links WHERE account = ? AND kind = ?", row![id, kind.as_str()]);
        }
        batch.add(
            "INSERT INTO links (hash, kind, account, created_at, expires_at) VALUES (?,?,?,?,?)",
            row![hash(&secret), kind.as_str(), id, now, expires_at],
        );
        let audit = Audit { who: by.to_owned(), action: "link-made", detail: kind.as_str().to_owned() };
        audit.write(&mut batch, now, id.unwrap_or("the hub"));
        self.write(batch).await?;
        Ok(NewLink { secret, expires_at })
    }

    /// What a link does, if it works now. It can still be used afterwards.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn link(&self, secret: &str) -> Result<Option<Link>, StoreError> {
        let mut connection = self.inner.readers.acquire().await?;
        let found = find(&mut connection, secret, self.inner.ambient.now_ms(), false).await?;
        let Some((kind, id)) = found else { return Ok(None) };
        let account = match &id {
            Some(id) => one(&mut connection, id).await?.filter(|account| account.disabled_at.is_none()),
            None => None,
        };
        // A link of nobody, or to make a first owner where there is one, is worth nothing.
        if account.is_none() && (kind != LinkKind::SetUp || owner(&mut connection, None).await?) {
            return Ok(None);
        }
        Ok(Some(Link { kind, account }))
    }

    /// Uses a link up: makes the first owner, lets an invited account in, or gives one a new password, ends its
    /// sessions and takes its second factor away.
    ///
    /// # Errors
    /// When the link does not work, the address has an account, or it cannot be committed now.
    pub async fn join(&self, secret: &str, joining: Joining) -> Result<Account, AccountError> {
        let ambient = &self.inner.ambient;
        let (secret, now) = (secret.to_owned(), ambient.now_ms());
        let new = AccountId::random(ambient.random16());
        let joined = self.inner.writer.transact(move |database| {
            Box::pin(async move {
                let found = find(database, &secret, now, true).await?;
                match (found, joining.login.clone()) {
                    (Some((LinkKind::SetUp, _)), Some(login)) if !owner(database, None).await? => {
                        first_owner(database, new, login, joining, now).await
                    }
                    (Some((kind @ (LinkKind::Invitation | LinkKind::Reset), Some(id))), _) => {
                        rejoin(database, kind, &id, joining, now).await
                    }
                    _ => Ok(Err(AccountError::Link)),
                }
            })
        });
        joined.await?
    }

    /// Uses a link up that signs in; tells whom.
    ///
    /// # Errors
    /// When the link does not work, or it cannot be committed now.
    pub async fn sign_in_by_link(&self, secret: &str) -> Result<Account, AccountError> {
        let (secret, now) = (secret.to_owned(), self.inner.ambient.now_ms());
        let found = self.inner.writer.transact(move |database| {
            Box::pin(async move {
                let Some((LinkKind::SignIn, Some(id))) = find(database, &secret, now, true).await? else {
                    return Ok(Err(AccountError::Link));
                };
                let account = one(database, &id).await?;
                let active = account.filter(|one| one.disabled_at.is_none() && one.joined_at.is_some());
                Ok(active.ok_or(AccountError::Link))
            })
        });
        found.await?
    }
}

/// Makes the first owner, and every other link for it worthless. An invited account of that address becomes it.
async fn first_owner(
    database: &mut Database,
    new: AccountId,
    login: Login,
    joining: Joining,
    now: i64,
) -> Result<Result<Account, AccountError>, StoreError> {
    let mut batch = Batch::default();
    batch.add("DELETE FROM links WHERE kind = ?", row![LinkKind::SetUp.as_str()]);
    batch.execute(database).await?;
    let mut batch = Batch::default();
    batch.add(
        &format!("SELECT {COLUMNS} FROM {} WHERE a.login = ?", super::accounts::TABLES),
        row![login.as_str()],
    );
    match batch.fetch(database).await?.first().map(|row| read(row, 0)).transpose()? {
        Some(there) => {
            let mut batch = Batch::default();
            batch.add(
                "UPDATE accounts SET role = 'owner', disabled_at = NULL WHERE id = ?",
                row![there.id.as_str()],
            );
            batch.execute(database).await?;
            rejoin(database, LinkKind::SetUp, &there.id, joining, now).await
        }
        None => {
            let by = new.to_string();
            let account = NewAccount { login, name: joining.name, role: Role::Owner, joined: true };
            add(database, new, account, Some(joining.password), &by, now).await
        }
    }
}

/// Lets an account in with a new password.
async fn rejoin(
    database: &mut Database,
    kind: LinkKind,
    id: &AccountId,
    joining: Joining,
    now: i64,
) -> Result<Result<Account, AccountError>, StoreError> {
    let Some(account) = one(database, id).await?.filter(|account| account.disabled_at.is_none()) else {
        return Ok(Err(AccountError::Link));
    };
    let name = joining.name.unwrap_or(account.name);
    let mut batch = Batch::default();
    batch.add(
        "UPDATE accounts SET name = ?, password = ?, joined_at = coalesce(joined_at, ?) WHERE id = ?",
        row![name, joining.password, now, id.as_str()],
    );
    end_sessions(&mut batch, id);
    batch.add("DELETE FROM links WHERE account = ?", row![id.as_str()]);
    let action = match kind {
        LinkKind::Reset => {
            batch.add("DELETE FROM second_factors WHERE account = ?", row![id.as_str()]);
            batch.add("DELETE FROM recovery_codes WHERE account = ?", row![id.as_str()]);
            "account-reset"
        }
        _ => "account-joined",
    };
    let audit = Audit { who: id.to_string(), action, detail: account.login.to_string() };
    audit.write(&mut batch, now, id.as_str());
    batch.execute(database).await?;
    Ok(one(database, id).await?.ok_or(AccountError::Link))
}
