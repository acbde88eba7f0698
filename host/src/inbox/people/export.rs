//! Everything that is held of a person, to be handed over.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;

use super::person::{Face, load};
use crate::http::extract::Path;
use crate::http::{Http, Problem};
use crate::inbox::frame::{Frame, Page};
use crate::model::id::ProfileId;

/// What an export is, and in which form.
#[derive(Template)]
#[template(path = "people/export.html")]
pub(super) struct ExportPage {
    pub(super) frame: Frame,
    pub(super) path: String,
    pub(super) face: Face,
    /// Where the export is made.
    pub(super) file: String,
}

pub(super) async fn show(
    State(http): State<Http>,
    frame: Frame,
    Path(id): Path<ProfileId>,
) -> Result<impl IntoResponse, Problem> {
    let profile = load(&http, &id).await?;
    Ok(Page(ExportPage {
        path: format!("/people/{}", profile.id),
        face: Face::of(&profile, frame.words),
        file: format!("/api/v1/profiles/{}/export", profile.id),
        frame,
    }))
}

#[cfg(test)]
impl ExportPage {
    /// The page as it may be.
    pub(in crate::inbox) fn samples(frame: &Frame) -> Vec<Self> {
        vec![Self {
            frame: frame.clone(),
            path: "/people/prof_0123456789abcdefghjkmnpqrs".to_owned(),
            face: Face::named("Ada Lovelace"),
            file: "/api/v1/profiles/prof_0123456789abcdefghjkmnpqrs/export".to_owned(),
        }]
    }
}
