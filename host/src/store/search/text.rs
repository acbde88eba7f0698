//! Full text in messages: the one place where what the database is asked depends on the engine.

use super::super::batch::{Batch, row};

/// Messages that hold all words, the last indexed first, as `message, state, profile, at`. `open` says that the
/// last word may be the beginning of one.
pub(super) fn messages(batch: &mut Batch, words: &[String], open: bool, limit: u32) {
    let mut asked = String::new();
    for (at, word) in words.iter().enumerate() {
        let end = if open && at + 1 == words.len() { "* " } else { " " };
        // Words are letters and digits alone, so nothing in them ends the quotes.
        asked.push_str(&format!("\"{word}\"{end}"));
    }
    batch.add(
        "SELECT m.id, m.state, m.profile, m.at FROM search_text t JOIN search_messages s ON s.n = t.rowid \
         JOIN messages m ON m.id = s.message WHERE t.search_text MATCH ? AND m.profile IS NOT NULL \
         AND m.at IS NOT NULL ORDER BY t.rowid DESC LIMIT ?",
        row![asked, limit],
    );
}

/// Has deletions take little time, where all messages are deleted.
pub(super) fn emptying(batch: &mut Batch) {
    batch.add("INSERT INTO search_text (search_text, rank) VALUES ('secure-delete', 0)", row![]);
}

/// Leaves nothing of what was deleted, and has what is deleted from now on leave nothing.
pub(super) fn emptied(batch: &mut Batch) {
    batch.add("INSERT INTO search_text (search_text) VALUES ('delete-all')", row![]);
    batch.add("INSERT INTO search_text (search_text, rank) VALUES ('secure-delete', 1)", row![]);
}
