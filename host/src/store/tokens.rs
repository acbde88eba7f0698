//! API tokens: 256 random bits, of which only the SHA-256 is kept. A fast hash is enough for what nobody
//! can guess.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::batch::{Batch, row};
use super::engine::Row;
use super::error::corrupt;
use super::{Store, StoreError};
use crate::model::id::TokenId;
use crate::model::token::{Role, Token};

/// What a token's text begins with, so that a scanner for leaked secrets knows it.
const PREFIX: &str = "sbt_";

/// A token that was just made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The token as it is kept.
    pub token: Token,
    /// Its text, which is told once.
    pub secret: String,
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

fn read(row: &Row) -> Result<Token, StoreError> {
    let bad = corrupt("tokens");
    Ok(Token {
        id: row.get::<String, _>(0).parse().map_err(|e| bad(&e))?,
        title: row.get(1),
        role: Role::from_name(row.get(2)).ok_or_else(|| bad(&"an unknown role"))?,
        created_at: row.get(3),
    })
}

impl Store {
    /// Makes a token.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn create_token(&self, title: &str, role: Role) -> Result<NewToken, StoreError> {
        let ambient = &self.inner.ambient;
        let mut bytes = [0_u8; 32];
        ambient.entropy.fill(&mut bytes);
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        let token = Token {
            id: TokenId::random(ambient.random16()),
            title: title.to_owned(),
            role,
            created_at: ambient.now_ms(),
        };
        let mut batch = Batch::default();
        batch.add(
            "INSERT INTO tokens (id, hash, title, role, created_at) VALUES (?,?,?,?,?)",
            row![token.id.as_str(), hash(&secret), title, role.as_str(), token.created_at],
        );
        self.write(batch).await?;
        Ok(NewToken { token, secret })
    }

    /// The token of that text.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn token_by_secret(&self, secret: &str) -> Result<Option<Token>, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT id, title, role, created_at FROM tokens WHERE hash = ?", row![hash(secret)]);
        self.read(batch).await?.first().map(read).transpose()
    }

    /// Every token.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let mut batch = Batch::default();
        batch.add("SELECT id, title, role, created_at FROM tokens ORDER BY created_at, id", row![]);
        self.read(batch).await?.iter().map(read).collect()
    }

    /// Takes a token back; says whether there was one.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn revoke_token(&self, id: &TokenId) -> Result<bool, StoreError> {
        let mut batch = Batch::default();
        batch.add("DELETE FROM tokens WHERE id = ?", row![id.as_str()]);
        Ok(self.write(batch).await? > 0)
    }
}
