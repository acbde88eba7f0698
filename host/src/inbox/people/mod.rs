//! People: found, shown, joined, parted, handed over and erased.

use axum::Router;
use axum::routing::get;

use crate::http::Http;

mod erase;
mod explain;
mod export;
pub(crate) mod happened;
mod leave;
mod list;
mod merge;
mod person;
mod split;

pub(crate) use happened::amount;
pub(crate) use person::{Face, OrderLine, namespace};

/// The pages of people.
pub(super) fn routes() -> Router<Http> {
    Router::new()
        .route("/people", get(list::show))
        .route("/people/{profile}", get(person::show))
        .route("/people/{profile}/explain", get(explain::show))
        .route("/people/{profile}/merge", get(merge::show).post(merge::merge))
        .route("/people/{profile}/split", get(split::show).post(split::split))
        .route("/people/{profile}/consents", get(leave::show).post(leave::record))
        .route("/people/{profile}/export", get(export::show))
        .route("/people/{profile}/erase", get(erase::show).post(erase::erase))
        .route("/decisions/{event}/undo", axum::routing::post(explain::undo))
}

/// Every page, rendered.
#[cfg(test)]
pub(super) fn samples(frame: &super::frame::Frame) -> Vec<(&'static str, String)> {
    use super::tests::all;

    let mut pages = Vec::new();
    pages.extend(all(list::PeoplePage::samples(frame)));
    pages.extend(all(person::PersonPage::samples(frame)));
    pages.extend(all(explain::ExplainPage::samples(frame)));
    pages.extend(all(merge::MergePage::samples(frame)));
    pages.extend(all(split::SplitPage::samples(frame)));
    pages.extend(all(leave::LeavePage::samples(frame)));
    pages.extend(all(export::ExportPage::samples(frame)));
    pages.extend(all(erase::ErasePage::samples(frame)));
    pages
}
