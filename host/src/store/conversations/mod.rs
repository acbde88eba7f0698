//! Conversations: what is stored of them follows from the messages and from what people did.
//!
//! Whatever comes at the end of a person's history changes one row by the short way (`model::conversation::Desk`);
//! after anything else that person's conversations are worked out anew ([`refold`]), in the same transaction.

mod handle;
mod list;
mod refold;
mod row;

use std::collections::HashMap;

pub use handle::{HandledConversation, NewHandling, Unhandled};
pub(super) use handle::{log, own_event};
pub use list::{Counts, Filter, Sort, View};
pub(super) use refold::refold;
pub(super) use row::{COLUMNS, Row as Kept, read, rows, write};

use super::StoreError;
use super::batch::{Batch, row as values};
use super::engine::Database;
use crate::model::conversation::Desk;
use crate::model::id::ProfileId;

/// The conversations of people that what comes next can join, from rows of [`COLUMNS`].
pub(super) fn desks(found: impl IntoIterator<Item = Kept>) -> HashMap<ProfileId, Desk> {
    let mut desks: HashMap<ProfileId, Desk> = HashMap::new();
    for Kept { profile, conversation, upto, .. } in found {
        let desk = desks.entry(profile).or_default();
        desk.upto = desk.upto.take().max(Some(upto));
        // A person may be found under several names.
        if desk.conversations.iter().all(|have| have.first != conversation.first) {
            desk.conversations.push(conversation);
        }
    }
    desks
}

/// The same of one person, in the transaction that is open.
pub(super) async fn desk(database: &mut Database, profile: &ProfileId) -> Result<Desk, StoreError> {
    let mut batch = Batch::default();
    batch.add(
        &format!("SELECT {COLUMNS} FROM conversations c WHERE c.profile = ? AND c.head = 1"),
        values![profile.as_str()],
    );
    let found = batch.fetch(database).await?;
    let found = found.iter().map(|row| read(row, 0)).collect::<Result<Vec<_>, _>>()?;
    Ok(desks(found).remove(profile).unwrap_or_default())
}
