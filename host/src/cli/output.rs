//! How results are shown, words for people or one JSON document for programs, and how a person is asked.
//!
//! What gives a plugin a right, or loses something for good, is asked for before it is done. Where nobody can
//! be asked it is refused without the flag that says it beforehand. What takes a right away, or can be undone
//! by another command, is done at once: it may be urgent.

use std::io::{IsTerminal as _, Write};

use anyhow::bail;
use serde::Serialize;

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    /// Whether data is printed as JSON.
    pub(super) json: bool,
}

impl Output {
    /// Prints the result of a command: `data` as JSON, or what `words` makes of it.
    pub(super) fn data(&self, data: &impl Serialize, words: impl FnOnce() -> String) {
        if self.json {
            print(
                &serde_json::to_string_pretty(data)
                    .unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}")),
            );
        } else {
            print(&words());
        }
    }

    /// Lets a command go on when `yes` was typed with it, or the person at the terminal agrees now. `nothing`
    /// is what was not done, as the beginning of a sentence: `nothing was granted`.
    ///
    /// # Errors
    /// When nobody agreed; where nobody can be asked, it tells what to type.
    pub(super) fn agreed(&self, yes: bool, question: &str, nothing: &str) -> anyhow::Result<()> {
        if yes {
            return Ok(());
        }
        match self.ask(question)? {
            Some(true) => Ok(()),
            Some(false) => bail!("{nothing}"),
            None => bail!("{nothing}, as nobody can be asked here: add `--yes` to do it without being asked"),
        }
    }

    /// Asks the person at the terminal; `None` where there is none, or a program reads what is printed.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn ask(&self, question: &str) -> anyhow::Result<Option<bool>> {
        if self.json || !std::io::stdin().is_terminal() {
            return Ok(None);
        }
        print!("{question} [y/N] ");
        std::io::stdout().flush()?;
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        Ok(Some(agrees(&line)))
    }

    /// Prints data as JSON, for programs only.
    pub(super) fn data_only(&self, data: &impl Serialize) {
        if self.json {
            self.data(data, String::new);
        }
    }

    /// Prints a line on the way, for people only.
    pub(super) fn line(&self, line: &str) {
        if !self.json {
            print(line);
        }
    }
}

/// Whether an answer means yes.
fn agrees(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// A reader that went away (`| head`) is no error of ours.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A number of bytes in words: `217 KiB`.
#[must_use]
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    }
}

/// So many of something, by its name for one of them: `1 event`, `2 events`.
#[must_use]
pub(super) fn count(number: u64, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// A moment as people read it, in UTC to the minute.
#[must_use]
pub(super) fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map_or_else(|_| "an impossible time".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

/// Columns under their titles, each as wide as its widest cell.
#[must_use]
pub(super) fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([titles[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut out = line(&mut titles.iter().copied());
    for row in rows {
        out.push('\n');
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let shown = table(
            &["id", "state"],
            &[vec!["long-id".into(), "ok".into()], vec!["x".into(), "parked".into()]],
        );
        assert_eq!(shown, "id       state\nlong-id  ok\nx        parked");
    }

    #[test]
    fn only_yes_means_yes() {
        assert!(agrees("y\n") && agrees(" Yes\r\n") && agrees("Y"));
        for no in ["", "\n", "n", "no", "yeah", "y y"] {
            assert!(!agrees(no), "{no}");
        }
    }

    #[test]
    fn where_a_program_reads_nobody_is_asked_and_what_to_type_is_told() {
        let out = Output { json: true };
        assert!(out.agreed(true, "Grant it?", "nothing was granted").is_ok());
        let why = out.agreed(false, "Grant it?", "nothing was granted").expect_err("refused").to_string();
        assert!(why.starts_with("nothing was granted") && why.contains("`--yes`"), "{why}");
    }

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!(
            [12, 1025, 3 << 20, 41 << 29].map(size),
            ["12 bytes", "2 KiB", "3.0 MiB", "20.5 GiB"].map(String::from)
        );
        assert_eq!([0, 1, 2].map(|n| count(n, "event")), ["0 events", "1 event", "2 events"]);
    }
}
