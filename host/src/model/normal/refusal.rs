//! Why a phone number or mail address was not read.

/// Why a phone number or mail address was not read. Without the value itself: this goes into logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// It holds what no number holds.
    #[error("it holds letters or signs that no phone number has")]
    Letters,
    /// It names a line behind a number that several people share.
    #[error("it has an extension: the number before it is shared by several people")]
    Extension,
    /// No subscriber's number is that short, or its area code is missing.
    #[error("it is too short to be one subscriber's number: a short code, or its area code is missing")]
    TooShort,
    /// No subscriber's number is that long.
    #[error("it is longer than a number of its country can be")]
    TooLong,
    /// It is written as people of one country write it, and nobody said which.
    #[error("it is written as within a country, and the connection names no region (`--region`)")]
    NoRegion,
    /// Nobody has this calling code.
    #[error("no country has its calling code")]
    NoCountry,
    /// It may be two different numbers.
    #[error("it may be read as two different numbers: write it with `+` and its country code")]
    Ambiguous,
    /// It is no mail address.
    #[error("it is not a mail address such as `name@example.com`")]
    NoAddress,
    /// What stands after the `@` is no domain.
    #[error("what stands after its `@` is no domain")]
    NoDomain,
}

impl Refusal {
    /// A word for metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Letters => "letters",
            Self::Extension => "extension",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::NoRegion => "no-region",
            Self::NoCountry => "no-country",
            Self::Ambiguous => "ambiguous",
            Self::NoAddress => "no-address",
            Self::NoDomain => "no-domain",
        }
    }
}
