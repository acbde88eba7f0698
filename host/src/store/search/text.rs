//! Full text in messages: the one place where what the search asks the database depends on the engine.

use super::super::batch::{Batch, row};
use super::super::engine::Engine;

/// Messages that hold all words, the last indexed first, as `message, state, profile, at`. `open` says that the
/// last word may be the beginning of one.
pub(super) fn messages(batch: &mut Batch, engine: Engine, words: &[String], open: bool, limit: u32) {
    let from = match engine {
        Engine::Sqlite => {
            "search_text t JOIN search_messages s ON s.n = t.rowid JOIN messages m ON m.id = s.message \
             WHERE t.search_text MATCH ? AND m.profile IS NOT NULL AND m.at IS NOT NULL ORDER BY t.rowid DESC"
        }
        Engine::Postgres => {
            "search_messages s JOIN messages m ON m.id = s.message \
             WHERE array_to_tsvector(string_to_array(s.words, ' ')) @@ CAST(? AS tsquery) \
             AND m.profile IS NOT NULL AND m.at IS NOT NULL ORDER BY s.n DESC"
        }
    };
    let sql = format!("SELECT m.id, m.state, m.profile, m.at FROM {from} LIMIT ?");
    batch.add(&sql, row![asked(engine, words, open), limit]);
}

/// The words as the engine reads them. They are letters and digits alone, so nothing in them ends the quotes.
fn asked(engine: Engine, words: &[String], open: bool) -> String {
    let (quote, and, begins) = match engine {
        Engine::Sqlite => ("\"", " ", "*"),
        Engine::Postgres => ("'", " & ", ":*"),
    };
    let word = |(at, word): (usize, &String)| {
        let end = if open && at + 1 == words.len() { begins } else { "" };
        format!("{quote}{word}{quote}{end}")
    };
    words.iter().enumerate().map(word).collect::<Vec<_>>().join(and)
}

/// Has deletions take little time, where all messages are deleted.
pub(super) fn emptying(batch: &mut Batch, engine: Engine) {
    if engine == Engine::Sqlite {
        batch.add("INSERT INTO search_text (search_text, rank) VALUES ('secure-delete', 0)", row![]);
    }
}

/// Leaves nothing of what was deleted, and has what is deleted from now on leave nothing.
pub(super) fn emptied(batch: &mut Batch, engine: Engine) {
    if engine == Engine::Sqlite {
        batch.add("INSERT INTO search_text (search_text) VALUES ('delete-all')", row![]);
        batch.add("INSERT INTO search_text (search_text, rank) VALUES ('secure-delete', 1)", row![]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_words_are_asked_for_and_the_last_may_be_the_beginning_of_one() {
        let words = ["where".to_owned(), "par".to_owned()];
        assert_eq!(asked(Engine::Sqlite, &words, true), "\"where\" \"par\"*");
        assert_eq!(asked(Engine::Postgres, &words, true), "'where' & 'par':*");
        assert_eq!(asked(Engine::Postgres, &words, false), "'where' & 'par'");
    }
}
