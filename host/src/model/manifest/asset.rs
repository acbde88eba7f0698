//! How a plugin's file carries its manifest and assets: in custom sections of the component.

use super::problem::Malformed;

/// The name of the custom section that holds the text of the manifest, UTF-8.
pub const MANIFEST_SECTION: &str = "switchboard:manifest";

/// The name of the custom sections that hold one asset each.
pub const ASSET_SECTION: &str = "switchboard:asset";

/// A file that a plugin serves, as its custom section holds it: the length of the path in two bytes
/// (little endian), the path, the length of the MIME type in two bytes, the MIME type, the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset<'a> {
    /// Where below `/hooks/{connection}/assets/` it is served, with `/` between folders.
    pub path: &'a str,
    /// Its MIME type.
    pub mime: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// Why an asset cannot be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssetError {
    /// The section ends too early or is not UTF-8 where it must be.
    #[error("the section `{ASSET_SECTION}` is damaged: build the plugin again")]
    Damaged,
    /// The path is not one a browser may ask for.
    #[error(
        "`{0}` cannot be an asset's path: use folders and names without `..`, `\\` and control characters, \
         at most 1024 bytes"
    )]
    Path(String),
    /// The MIME type is none.
    #[error("`{0}` is not a MIME type: write one such as `text/css`")]
    Mime(String),
}

impl<'a> Asset<'a> {
    /// The section's content.
    ///
    /// # Errors
    /// When path or MIME type are not ones that [`Asset::decode`] takes.
    pub fn encode(&self) -> Result<Vec<u8>, AssetError> {
        self.check()?;
        let mut section = Vec::with_capacity(4 + self.path.len() + self.mime.len() + self.bytes.len());
        for text in [self.path, self.mime] {
            let length = u16::try_from(text.len()).map_err(|_| AssetError::Path(Malformed::excerpt(text)))?;
            section.extend_from_slice(&length.to_le_bytes());
            section.extend_from_slice(text.as_bytes());
        }
        section.extend_from_slice(self.bytes);
        Ok(section)
    }

    /// Reads a section's content. The path was checked: it stays below the folder it is served from.
    ///
    /// # Errors
    /// When the section is damaged, or holds a path or MIME type that is none.
    pub fn decode(section: &'a [u8]) -> Result<Self, AssetError> {
        let (path, rest) = take_text(section).ok_or(AssetError::Damaged)?;
        let (mime, bytes) = take_text(rest).ok_or(AssetError::Damaged)?;
        let asset = Self { path, mime, bytes };
        asset.check()?;
        Ok(asset)
    }

    fn check(&self) -> Result<(), AssetError> {
        let part = |part: &str| !part.is_empty() && part != "." && part != "..";
        if self.path.len() > 1024
            || !self.path.split('/').all(part)
            || self.path.chars().any(|c| c == '\\' || c.is_control())
        {
            return Err(AssetError::Path(Malformed::excerpt(self.path)));
        }
        let graphic = self.mime.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
        if self.mime.len() > 255 || !graphic || self.mime.split_once('/').is_none() {
            return Err(AssetError::Mime(Malformed::excerpt(self.mime)));
        }
        Ok(())
    }
}

fn take_text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

/// The MIME type of a file by the end of its name; `application/octet-stream` when it is unknown.
#[must_use]
pub fn mime_of(path: &str) -> &'static str {
    let end = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, end)| end);
    match end.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "txt" | "md" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_that_leaves_its_folder_is_refused_both_ways() {
        for path in ["", "/a", "a//b", "../a", "a/../b", "a\\b", "a\0", "./a"] {
            let asset = Asset { path, mime: "text/css", bytes: b"" };
            assert!(matches!(asset.encode(), Err(AssetError::Path(_))), "{path}");
            let mut section = (path.len() as u16).to_le_bytes().to_vec();
            section.extend_from_slice(path.as_bytes());
            section.extend_from_slice(b"\x08\0text/css");
            assert!(matches!(Asset::decode(&section), Err(AssetError::Path(_))), "{path}");
        }
    }

    proptest! {
        #[test]
        fn an_asset_reads_back_as_it_was_written(path in "[a-z]{1,9}(/[a-zé]{1,9}){0,3}", bytes: Vec<u8>) {
            let asset = Asset { path: &path, mime: mime_of(&path), bytes: &bytes };
            let section = asset.encode()?;
            prop_assert_eq!(Asset::decode(&section)?, asset);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Asset::decode(&bytes);
        }
    }
}
