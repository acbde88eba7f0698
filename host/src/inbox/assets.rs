//! The pages' own files: style and scripts, part of the program.
//!
//! Their address holds the hash of all of them, so a browser keeps them for ever and asks for others when one
//! changed; scripts name each other by their file alone.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use sha2::{Digest, Sha256};

use crate::http::Problem;
use crate::http::extract::Path;

/// A file's name, its type and what is in it.
type Asset = (&'static str, &'static str, &'static [u8]);

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Every file.
const FILES: &[Asset] = &[
    ("app.css", "text/css; charset=utf-8", include_bytes!("../../assets/app.css")),
    ("app.js", JAVASCRIPT, include_bytes!("../../assets/app.js")),
    ("inbox.js", JAVASCRIPT, include_bytes!("../../assets/inbox.js")),
    ("icon.svg", "image/svg+xml", include_bytes!("../../assets/icon.svg")),
];

/// The first half of the hash of all files, in hex.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, bytes) in FILES {
        hash.update(name.as_bytes());
        hash.update(bytes);
    }
    hex::encode(&hash.finalize()[..16])
});

/// The address of a file.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

/// Serves a file. Anybody may load it: there is nothing of anybody's in it.
pub(super) async fn one(Path((hash, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let found = FILES.iter().find(|(known, ..)| *known == name && hash == *HASH);
    // A page of an earlier version may still be open: it asks for what is no longer here.
    let (_, kind, bytes) = found.ok_or_else(|| Problem::not_found("load the page again for its files"))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        for entry in std::fs::read_dir(folder).expect("the folder") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            // The page of the API belongs to the API.
            let served = FILES.iter().any(|(known, ..)| *known == name) || name == "api-docs.html";
            assert!(served, "{name} is not among the files that pages may load");
        }
    }
}
