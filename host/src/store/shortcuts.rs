//! What accounts keep to work faster: macros, templates and saved views.

use super::batch::{Batch, row};
use super::engine::Row;
use super::error::corrupt;
use super::{Store, StoreError};
use crate::model::id::{AccountId, ShortcutId};

/// Which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortcutKind {
    /// A list of what is to be done at once.
    Macro,
    /// A text to answer with.
    Template,
    /// A view of the list of conversations.
    View,
}

impl ShortcutKind {
    /// The word the database and the API use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Macro => "macro",
            Self::Template => "template",
            Self::View => "view",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Macro, Self::Template, Self::View].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A macro, a template or a saved view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortcut {
    /// Its id.
    pub id: ShortcutId,
    /// Which kind.
    pub kind: ShortcutKind,
    /// Whose; `None`: everybody's.
    pub account: Option<AccountId>,
    /// What it is called.
    pub title: String,
    /// What it holds, by its kind.
    pub content: String,
    /// When it was changed: milliseconds since the epoch, UTC.
    pub changed_at: i64,
}

fn read(row: &Row) -> Result<Shortcut, StoreError> {
    let bad = corrupt("shortcuts");
    let account: Option<String> = row.get(2);
    Ok(Shortcut {
        id: row.get::<String, _>(0).parse().map_err(|e| bad(&e))?,
        kind: ShortcutKind::from_name(row.get(1)).ok_or_else(|| bad(&"an unknown kind"))?,
        account: account.map(|id| id.parse()).transpose().map_err(|e| bad(&e))?,
        title: row.get(3),
        content: row.get(4),
        changed_at: row.get(5),
    })
}

impl Store {
    /// Everybody's, and an account's own, by title.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn shortcuts(&self, account: Option<&AccountId>) -> Result<Vec<Shortcut>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT id, kind, account, title, content, changed_at FROM shortcuts \
             WHERE account IS NULL OR account = ? ORDER BY title, id",
            row![account.map_or("", AccountId::as_str)],
        );
        self.read(batch).await?.iter().map(read).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn shortcut(&self, id: &ShortcutId) -> Result<Option<Shortcut>, StoreError> {
        let mut batch = Batch::default();
        batch.add(
            "SELECT id, kind, account, title, content, changed_at FROM shortcuts WHERE id = ?",
            row![id.as_str()],
        );
        self.read(batch).await?.first().map(read).transpose()
    }

    /// Keeps one; one of that id is replaced.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn keep_shortcut(&self, shortcut: &Shortcut) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let row = row![
            shortcut.id.as_str(),
            shortcut.kind.as_str(),
            shortcut.account.as_ref().map(AccountId::as_str),
            shortcut.title.as_str(),
            shortcut.content.as_str(),
            shortcut.changed_at
        ];
        batch.replace("shortcuts", "id", "kind, account, title, content, changed_at", vec![row]);
        self.write(batch).await.map(drop)
    }

    /// Lets one go; whether there was one.
    ///
    /// # Errors
    /// When it cannot be committed now.
    pub async fn drop_shortcut(&self, id: &ShortcutId) -> Result<bool, StoreError> {
        let mut batch = Batch::default();
        batch.add("DELETE FROM shortcuts WHERE id = ?", row![id.as_str()]);
        Ok(self.write(batch).await? > 0)
    }
}
