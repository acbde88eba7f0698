//! One spelling for one name: phone numbers and mail addresses as the hub compares them.
//!
//! A plugin says what its vendor wrote. Before an event is appended, every `phone` and `email` in it becomes
//! the one form under which the same subscriber and the same mailbox is always known, so that two vendors'
//! spellings meet. What cannot be read surely is kept as a name of that connection's own and joins nothing
//! else: a missed join can be mended by a person, a stranger's history shown to somebody cannot.

mod address;
mod mail;
mod phone;
mod provider;
mod refusal;
mod region;
mod rewrite;
mod variant;

pub use address::Written;
pub use refusal::Refusal;
pub use region::{Region, RegionError};
pub use rewrite::{Report, Rewrite};

use super::identifier::{Evidence, Identifier};

/// The namespace of phone numbers.
pub const PHONE: &str = "phone";
/// The namespace of mail addresses.
pub const EMAIL: &str = "email";

/// A name in its one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normal {
    /// What it is compared by.
    pub value: String,
    /// What to write to whoever said it, where that differs: a number in the form by which one network knows it, a
    /// mail address with its tag.
    pub written: Option<String>,
}

/// Brings the value of a `phone` or `email` into its one form. `None` for every other namespace, whose values
/// are the vendor's to compare.
///
/// # Errors
/// Why it cannot be read surely.
#[must_use]
pub fn normal(
    namespace: &str,
    value: &str,
    evidence: Evidence,
    region: Option<Region>,
) -> Option<Result<Normal, Refusal>> {
    match namespace {
        PHONE => Some(phone::read(value, region, evidence == Evidence::Verified)),
        EMAIL => Some(mail::read(value)),
        _ => None,
    }
}

/// An identifier that somebody asks for, in the form it is known by; unchanged where it cannot be read.
#[must_use]
pub fn asked(identifier: Identifier, region: Option<Region>) -> Identifier {
    match normal(&identifier.namespace, &identifier.value, Evidence::Verified, region) {
        Some(Ok(normal)) => Identifier { value: normal.value, ..identifier },
        Some(Err(_)) | None => identifier,
    }
}

#[cfg(test)]
mod tests;
