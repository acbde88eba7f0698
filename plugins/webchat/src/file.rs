//! Attachments: what a file is by its content, how it is kept, and how it is handed out.
//!
//! There is no vendor that would hold the bytes, so they stand in the connection's own store, in pieces, and the
//! attachment's address leads back here. Whoever has the address can open it: it holds a proof that nobody can guess,
//! and goes to the agents and to the visitor alone.

use switchboard_sdk::events::Attachment;
use switchboard_sdk::signing::{self, Algorithm};
use switchboard_sdk::webhook::Reply;
use switchboard_sdk::{Error, Result, form, key_value, settings, time};

use crate::history::{self, File};
use crate::proof::unhex;
use crate::settings::Settings;
use crate::visitor::{Visitor, cut};

/// One piece; a value of the store has at most 256 KiB.
const PIECE: usize = 200 << 10;

/// What a file is, by its first bytes; `None` for what visitors cannot send at all.
pub(crate) fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    if begins(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if begins(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if begins(b"GIF87a") || begins(b"GIF89a") {
        Some("image/gif")
    } else if begins(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else if begins(b"%PDF-") {
        Some("application/pdf")
    } else {
        let text = std::str::from_utf8(bytes).ok()?;
        let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        (!text.is_empty() && text.chars().all(plain)).then_some("text/plain")
    }
}

/// A name that can stand in an address and a list: the last part of a path, without what is no letter, digit or usual
/// sign, and with the ending that fits the content.
pub(crate) fn name(given: &str, mime: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let fits = |c: &char| c.is_alphanumeric() || " ._-()".contains(*c);
    let stem: String = stem.chars().filter(fits).collect();
    let stem = cut(stem.trim_matches([' ', '.']), 80);
    let end = match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        _ => "txt",
    };
    format!("{}.{end}", if stem.is_empty() { "file" } else { stem })
}

/// Keeps a file of a visitor, and says where it is.
pub(crate) fn keep(
    settings: &Settings,
    visitor: &Visitor,
    id: &str,
    given: &str,
    bytes: &[u8],
) -> Result<File> {
    if bytes.len() > settings.attachment_kib << 10 {
        return Err(Error::reject(format!("an attachment has at most {} KiB here", settings.attachment_kib)));
    }
    let mime = sniff(bytes).filter(|mime| settings.attachment_types.iter().any(|one| one == mime));
    let mime = mime.ok_or_else(|| Error::reject("files of this type cannot be attached here"))?;
    let pieces = bytes.chunks(PIECE);
    let size = |piece: &[u8]| piece.len() + 600;
    history::make_room(settings, pieces.clone().map(size).sum::<usize>() as u64)?;
    // All pieces bear the size of the first, so that one address finds them.
    let place = history::key('f', visitor, time::now(), PIECE.min(bytes.len()), id);
    for (number, piece) in pieces.enumerate() {
        key_value::set(&format!("{place}.{number}"), piece, Some(settings.keep_for()))?;
    }
    let name = name(given, mime);
    let place = place.trim_start_matches("f/");
    let url = format!(
        "{}/files/{place}/{}/{}",
        settings::public_url(),
        signing::hex(&proof(place)?),
        form::percent_encode(&name)
    );
    Ok(File { url, mime: mime.to_owned(), name: Some(name), size: Some(bytes.len() as u64) })
}

/// What an agent is told of it.
pub(crate) fn attachment(id: &str, file: &File, caption: &str) -> Attachment {
    let mut attachment = Attachment::new(file.mime.clone()).id(id).url(file.url.clone());
    attachment.name.clone_from(&file.name);
    attachment.size = file.size;
    attachment.caption = Some(caption.to_owned()).filter(|caption| !caption.is_empty());
    attachment
}

/// What the proof in an address covers.
fn covered(place: &str) -> String {
    format!("webchat file\n{}\n{place}", settings::connection())
}

fn proof(place: &str) -> Result<Vec<u8>> {
    signing::sign("key", Algorithm::HmacSha256, covered(place).as_bytes())
}

/// Answers whoever opens `/files/VISITOR/TIME/SIZE/ID/PROOF/NAME`. A picture is shown, all else is saved; the host adds
/// that nothing in it may run.
pub(crate) fn open(path: &str) -> Result<Reply> {
    let missing = || {
        Reply::status(404).header("content-type", "text/plain").with_body("there is no such file any more")
    };
    let mut parts = path.rsplitn(3, '/');
    let (Some(_name), Some(mac), Some(place)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(missing());
    };
    let proved = match unhex(mac) {
        Some(mac) => signing::verify("key", Algorithm::HmacSha256, covered(place).as_bytes(), &mac)?,
        None => false,
    };
    if !proved {
        return Ok(missing());
    }
    let mut bytes = Vec::new();
    while let Some(piece) = key_value::get(&format!("f/{place}.{}", bytes.len().div_ceil(PIECE)))? {
        let whole = piece.len() < PIECE;
        bytes.extend(piece);
        if whole {
            break;
        }
    }
    let Some(mime) = sniff(&bytes) else { return Ok(missing()) };
    let how = if mime.starts_with("image/") { "inline" } else { "attachment" };
    let mime = if mime == "text/plain" { "text/plain; charset=utf-8" } else { mime };
    Ok(Reply::body(mime, bytes)
        .header("content-disposition", how)
        .header("cache-control", "private, max-age=86400, immutable")
        .header("cross-origin-resource-policy", "cross-origin")
        .header("referrer-policy", "no-referrer"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use switchboard_sdk::testing::{self, Host};

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    #[test]
    fn a_file_is_what_its_content_says() {
        for (bytes, mime) in [
            (PNG, Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"%PDF-1.7", Some("application/pdf")),
            (b"<svg onload=alert(1)>", Some("text/plain")),
            (b"MZ\x90\0", None),
            (b"\xc3(", None),
            (b"", None),
        ] {
            assert_eq!(sniff(bytes), mime, "{bytes:?}");
        }
    }

    #[test]
    fn a_file_is_opened_by_its_address_alone_and_comes_back_whole() {
        let host = Host::with_settings("{}");
        host.secret("key", "k");
        let settings = Settings { storage_mib: 6, attachment_kib: 2_000, ..Settings::default() };
        let visitor = Visitor::of("ada");
        for length in [1, PIECE - 9, PIECE, PIECE + 1, 3 * PIECE] {
            let bytes = [PNG, &vec![7; length]].concat();
            let id = format!("file-{length}");
            let file = keep(&settings, &visitor, &id, "../a b.svg", &bytes).unwrap();
            assert_eq!((&*file.mime, file.name.as_deref()), ("image/png", Some("a b.png")));
            let path = file.url.strip_prefix("https://hub.example/hooks/test/files/").unwrap().to_owned();
            let reply = open(&path).unwrap();
            assert_eq!((reply.status, reply.body == bytes), (200, true), "{length}");
            let other = path.replacen(&id, "file-0", 1);
            assert_eq!(open(&other).unwrap().status, 404);
            testing::with(|host| host.connection = "another".to_owned());
            assert_eq!(open(&path).unwrap().status, 404);
            testing::with(|host| host.connection = "test".to_owned());
        }
        assert!(
            matches!(keep(&settings, &visitor, "x", "a.txt", b"plain"), Err(Error::Reject(_))),
            "not allowed"
        );
        assert!(matches!(
            keep(&settings, &visitor, "x", "a.png", &[PNG, &vec![0; 2 << 20]].concat()),
            Err(Error::Reject(_))
        ));
    }

    proptest! {
        #[test]
        fn a_name_has_no_path_and_the_ending_of_its_content(given in "\\PC{0,120}") {
            let name = name(&given, "image/png");
            prop_assert!(name.ends_with(".png") && !name.contains(['/', '\\', '"', '<', '\0']) && name.chars().count() <= 84);
        }

        #[test]
        fn no_path_makes_it_panic(path in ".{0,80}") {
            let host = Host::with_settings("{}");
            host.secret("key", "k");
            prop_assert_eq!(open(&path).unwrap().status, 404);
        }
    }
}
