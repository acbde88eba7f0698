//! API tokens: 256 random bits, of which only the SHA-256 is kept. A fast hash is enough for what nobody
//! can guess.

use super::batch::{Batch, row};
use super::engine::Row;
use super::error::corrupt;
use super::links::{hash, secret};
use super::{Audit, Store, StoreError};
use crate::model::id::TokenId;
use crate::model::scope::Scope;
use crate::model::token::{Role, Token};

/// What a token's text begins with, so that a scanner for leaked secrets knows it.
const PREFIX: &str = "sbt_";

/// A token that is to be made.
#[derive(Debug, Clone)]
pub struct TokenAsk {
    /// What people shall call it.
    pub title: String,
    /// What its holder may do.
    pub role: Role,
    /// What it is confined to; nothing is everything that its role may.
    pub scopes: Vec<Scope>,
    /// Until when it works: milliseconds since the epoch, UTC. `None` is for good.
    pub expires_at: Option<i64>,
}

impl TokenAsk {
    /// One for everything that a role may, for good.
    #[must_use]
    pub fn all(title: &str, role: Role) -> Self {
        Self { title: title.to_owned(), role, scopes: Vec::new(), expires_at: None }
    }
}

/// A token that was just made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The token as it is kept.
    pub token: Token,
    /// Its text, which is told once.
    pub secret: String,
}

const COLUMNS: &str = "id, title, role, created_at, scopes, expires_at";

fn read(row: &Row) -> Result<Token, StoreError> {
    let bad = corrupt("tokens");
    let scopes: &str = row.get(4);
    Ok(Token {
        id: row.get::<String, _>(0).parse().map_err(|e| bad(&e))?,
        title: row.get(1),
        role: Role::from_name(row.get(2)).ok_or_else(|| bad(&"an unknown role"))?,
        created_at: row.get(3),
        // A scope that this program does not know must not widen the token to everything.
        scopes: scopes
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<Vec<Scope>, _>>()
            .map_err(|e| bad(&e))?,
        expires_at: row.get(5),
    })
}

impl Store {
    /// Makes a token. `by` did it.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn create_token(&self, ask: TokenAsk, by: &str) -> Result<NewToken, StoreError> {
        let ambient = &self.inner.ambient;
        let secret = format!("{PREFIX}{}", secret(ambient));
        let TokenAsk { title, role, mut scopes, expires_at } = ask;
        scopes.sort_unstable();
        scopes.dedup();
        let id = TokenId::random(ambient.random16());
        let token = Token { id, title, role, scopes, created_at: ambient.now_ms(), expires_at };
        let mut batch = Batch::default();
        batch.add(
            "INSERT INTO tokens (id, hash, title, role, created_at, scopes, expires_at) VALUES (?,?,?,?,?,?,?)",
            row![
                token.id.as_str(),
                hash(&secret),
                token.title.as_str(),
                role.as_str(),
                token.created_at,
                token.scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
                expires_at
            ],
        );
        let scopes = if token.scopes.is_empty() { "everything".to_owned() } else { token.scopes_text() };
        let detail = format!("{}, as {}, for {scopes}", token.title, role.as_str());
        let audit = Audit { who: by.to_owned(), action: "token-created", detail };
        audit.write(&mut batch, token.created_at, token.id.as_str());
        self.write(batch).await?;
        Ok(NewToken { token, secret })
    }

    /// The token of that text, also one that has expired.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn token_by_secret(&self, secret: &str) -> Result<Option<Token>, StoreError> {
        let mut batch = Batch::default();
        batch.add(&format!("SELECT {COLUMNS} FROM tokens WHERE hash = ?"), row![hash(secret)]);
        self.read(batch).await?.first().map(read).transpose()
    }

    /// Every token.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let mut batch = Batch::default();
        batch.add(&format!("SELECT {COLUMNS} FROM tokens ORDER BY created_at, id"), row![]);
        self.read(batch).await?.iter().map(read).collect()
    }

    /// Takes a token back; says whether there was one. `by` did it.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn revoke_token(&self, id: &TokenId, by: &str) -> Result<bool, StoreError> {
        let (id, who, now) = (id.clone(), by.to_owned(), self.inner.ambient.now_ms());
        let revoked = self.inner.writer.transact(move |database| {
            Box::pin(async move {
                let mut batch = Batch::default();
                batch.add("SELECT title FROM tokens WHERE id = ?", row![id.as_str()]);
                let rows = batch.fetch(database).await?;
                let Some(detail) = rows.first().map(|row| row.get::<String, _>(0)) else { return Ok(false) };
                let mut batch = Batch::default();
                batch.add("DELETE FROM tokens WHERE id = ?", row![id.as_str()]);
                Audit { who, action: "token-revoked", detail }.write(&mut batch, now, id.as_str());
                batch.execute(database).await?;
                Ok(true)
            })
        });
        revoked.await
    }
}
