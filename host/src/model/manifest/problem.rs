//! What is wrong with a manifest, shown the way a compiler shows it.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

/// Why a text is not what was wanted, and what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

impl Malformed {
    pub(in crate::model) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// At most 60 characters of a text, for quoting it in a message.
    pub(super) fn excerpt(text: &str) -> String {
        let mut short: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
        if text.chars().nth(60).is_some() {
            short.push('…');
        }
        short
    }
}

/// One mistake in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which bytes of the file are wrong; empty where something is missing.
    pub span: Range<usize>,
    /// The line, counted from one.
    pub line: usize,
    /// The column in characters, counted from one.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

/// Everything that is wrong with one manifest: at least one problem, in the order of the file.
///
/// Its `Display` is what a person should see: a block for each problem with the line and a caret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ManifestErrors {
    file: String,
    source_text: String,
    problems: Vec<Problem>,
}

impl ManifestErrors {
    /// The problems, in the order of the file.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The name of the file as the caller gave it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, problem: &Problem) -> fmt::Result {
        let line = self.source_text.lines().nth(problem.line - 1).unwrap_or("");
        let (shown, shift) = window(line, problem.column);
        let line_start = line_start(&self.source_text, problem.span.start);
        let here = problem.span.start - line_start;
        let end = (problem.span.end - line_start).min(line.len()).max(here.min(line.len()));
        let width = line.get(here..end).map_or(1, |marked| marked.chars().count());
        let room = (shown.chars().count() + 1).saturating_sub(problem.column - shift).max(1);
        let gutter = " ".repeat(problem.line.to_string().len());
        writeln!(f, "error: {}", problem.message)?;
        writeln!(f, "{gutter}--> {}:{}:{}", self.file, problem.line, problem.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{} | {}", problem.line, shown.trim_end())?;
        let indent = " ".repeat(problem.column - 1 - shift);
        writeln!(f, "{gutter} | {indent}{}", "^".repeat(width.clamp(1, room)))?;
        if let Some(help) = &problem.help {
            writeln!(f, "{gutter} = help: {help}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            self.show(f, problem)?;
            writeln!(f)?;
        }
        match self.problems.len() {
            1 => write!(f, "{} has 1 problem", self.file),
            n => write!(f, "{} has {n} problems", self.file),
        }
    }
}

/// The part of a long line around a column, and how many characters were cut off before it. Tabs
/// become blanks, so that the caret stands where it should.
fn window(line: &str, column: usize) -> (String, usize) {
    const WIDTH: usize = 110;
    let shift = if line.chars().count() > WIDTH { (column - 1).saturating_sub(WIDTH / 2) } else { 0 };
    let blank = |c: char| if c.is_control() { ' ' } else { c };
    (line.chars().skip(shift).take(WIDTH).map(blank).collect(), shift)
}

fn line_start(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1)
}

/// Collects problems while a manifest is read; shared by everything that reads a part of it.
#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<Found>>);

/// Where, what is wrong, and what would be right.
type Found = (Range<usize>, String, Option<String>);

impl Problems {
    /// Adds one, with what would be right where that can be said apart from what is wrong.
    pub(super) fn add(&self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.0.borrow_mut().push((span, message.into(), help));
    }

    /// How many there are so far.
    pub(super) fn count(&self) -> usize {
        self.0.borrow().len()
    }

    /// The report. There is always a problem in it, whatever was found.
    pub(super) fn into_errors(self, text: &str, file: &str) -> ManifestErrors {
        let mut found = self.0.into_inner();
        if found.is_empty() {
            found.push((0..0, "this manifest cannot be read".to_owned(), None));
        }
        found.sort_by_key(|(span, ..)| span.start);
        found.dedup();
        let problems = found.into_iter().map(|(span, message, help)| {
            let start = floor_boundary(text, span.start);
            let end = floor_boundary(text, span.end).max(start);
            let column = text[line_start(text, start)..start].chars().count() + 1;
            let line = text.as_bytes()[..start].iter().filter(|&&b| b == b'\n').count() + 1;
            Problem { span: start..end, line, column, message, help }
        });
        ManifestErrors { file: file.to_owned(), source_text: text.to_owned(), problems: problems.collect() }
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

/// The name among `known` that is most like `given`, when one is like it at all.
pub(super) fn nearest<'k>(given: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = given.to_ascii_lowercase().replace('_', "-");
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&folded, &name.to_ascii_lowercase().replace('_', "-")), name))
        .filter(|(likeness, _)| *likeness >= 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// `did you mean `x`?`, or the list of what there is when nothing is near.
pub(super) fn suggest<'k>(given: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> Option<String> {
    if let Some(name) = nearest(given, known.clone()) {
        return Some(format!("did you mean `{name}`?"));
    }
    let all: Vec<_> = known.into_iter().map(|name| format!("`{name}`")).collect();
    (!all.is_empty()).then(|| format!("there is {}", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, span: Range<usize>) -> String {
        let problems = Problems::default();
        problems.add(span, "wrong", Some("this is right".to_owned()));
        problems.into_errors(text, "plugin.toml").to_string()
    }

    #[test]
    fn a_problem_is_shown_with_its_line_and_a_caret_under_it() {
        assert_eq!(
            shown("a = 1\n\ttitel = 2\n", 7..12),
            "error: wrong\n --> plugin.toml:2:2\n  |\n2 |  titel = 2\n  |  ^^^^^\n  = help: this is right\n\n\
             plugin.toml has 1 problem"
        );
    }

    #[test]
    fn any_span_in_any_text_can_be_shown() {
        let long = format!("x = \"{}\"\n", "é".repeat(400));
        for text in ["", "\n", "\t\té\r\n", "a\nb", long.as_str()] {
            for start in 0..=text.len() + 2 {
                for end in [start, start + 1, start + 90, text.len()] {
                    assert!(shown(text, start..end).contains('^'));
                }
            }
        }
    }

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("titel", ["name", "title", "version"]), Some("title"));
        assert_eq!(nearest("max-body", ["max_body"]), Some("max_body"));
        assert_eq!(nearest("zzz", ["name", "title"]), None);
    }
}
