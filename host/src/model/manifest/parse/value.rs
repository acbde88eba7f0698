//! Reads single values that are more than texts: versions, times, sizes.

use semver::Version;

use super::super::name::ContractVersion;
use super::super::problem::Malformed;
use super::super::quantity::{Period, Size};
use super::super::reader::{Section, Text};

/// A part that is missing is fine; a part that is there and wrong is not.
pub(super) fn optional<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(Some(part)) => Some(Some(part)),
        Some(None) => None,
    }
}

pub(super) fn semver(section: &Section<'_, '_>, text: &Text) -> Option<Version> {
    let version = Version::parse(&text.value);
    version
        .map_err(|why| {
            let message = format!("`{}` is not a version: {why}", Malformed::excerpt(&text.value));
            let help = Some("write three numbers, such as `1.0.0`".to_owned());
            section.problems.add(text.span.clone(), message, help);
        })
        .ok()
}

pub(super) fn contract(section: &Section<'_, '_>, text: &Text) -> Option<ContractVersion> {
    let version: ContractVersion = section.parse_text(text)?;
    let ours = ContractVersion::CURRENT;
    if version.major != ours.major || version > ours {
        let message =
            format!("this hub serves the contract {ours}, and the plugin is written against {version}");
        let help = "build the plugin against that version, or update the hub".to_owned();
        section.problems.add(text.span.clone(), message, Some(help));
        return None;
    }
    Some(version)
}

pub(super) fn filled(section: &Section<'_, '_>, key: &str, text: Text) -> Option<String> {
    if text.value.trim().is_empty() {
        section.wrong(text.span, format!("`{key}` is empty: people read it"));
        return None;
    }
    Some(text.value)
}

pub(super) fn period(section: &mut Section<'_, '_>, key: &'static str, least: u64) -> Option<Period> {
    let text = section.text(key)?;
    let period: Period = section.parse_text(&text)?;
    if period.millis() < least {
        section.wrong(text.span, format!("`{key}` must be at least {}", Period::from_millis(least)));
        return None;
    }
    Some(period)
}

/// A size, as a text or a plain number of bytes; more than nothing.
pub(super) fn size(section: &mut Section<'_, '_>, key: &'static str) -> Option<Size> {
    let text = section.text_or_number(key)?;
    let size: Size = section.parse_text(&text)?;
    if size.bytes() == 0 {
        section.wrong(text.span, format!("`{key}` must be more than nothing"));
        return None;
    }
    Some(size)
}
