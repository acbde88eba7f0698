//! How results are shown: words for people, or one JSON document for programs.

use std::io::Write;

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
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
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
    fn sizes_read_as_people_say_them() {
        assert_eq!(
            (size(12), size(1025), size(3 << 20)),
            ("12 bytes".into(), "2 KiB".into(), "3.0 MiB".into())
        );
    }
}
