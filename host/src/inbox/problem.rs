//! The page that says what went wrong and what to do next.

use askama::Template;
use http::HeaderMap;

use super::frame::Frame;
use super::section::Section;
use crate::http::auth::Caller;
use crate::http::{Http, Problem};

/// What went wrong.
#[derive(Template)]
#[template(path = "problem.html")]
pub(super) struct ProblemPage {
    frame: Frame,
    title: String,
    text: String,
    detail: Option<String>,
}

impl ProblemPage {
    fn new(frame: Frame, problem: &Problem) -> Self {
        let (title, text) = match problem.status().as_u16() {
            400 | 422 => ("problem-request", "problem-request-text"),
            401 => ("problem-stranger", "problem-stranger-text"),
            403 => ("problem-forbidden", "problem-forbidden-text"),
            404 | 405 => ("problem-missing", "problem-missing-text"),
            409 => ("problem-conflict", "problem-conflict-text"),
            410 => ("problem-gone", "problem-gone-text"),
            429 | 503 => ("problem-busy", "problem-busy-text"),
            _ => ("problem-failed", "problem-failed-text"),
        };
        Self {
            title: frame.say(title),
            text: frame.say(text),
            detail: problem.told_detail().map(str::to_owned),
            frame,
        }
    }
}

/// The page of a problem, whoever is looking.
pub fn problem(http: &Http, problem: &Problem, asked: &HeaderMap, caller: Option<&Caller>) -> String {
    let frame = Frame::bare(http, asked, caller, Section::Account);
    ProblemPage::new(frame, problem)
        .render()
        .unwrap_or_else(|_| problem.told_detail().unwrap_or_default().to_owned())
}

#[cfg(test)]
impl ProblemPage {
    /// Pages as they may be.
    pub(super) fn samples(frame: &Frame) -> Vec<Self> {
        let known = Self::new(frame.clone(), &Problem::not_found("nobody has the id prof_1"));
        let stranger = Frame { viewer: None, done: None, ..frame.clone() };
        vec![known, Self::new(stranger, &Problem::unauthorized("sign in"))]
    }
}
