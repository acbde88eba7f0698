//! The languages that the recogniser tells apart, in the order of the columns of
//! `lexicon/trigrams.txt`. The build script reads this file too.

/// How many languages come first in [`COLUMNS`] and are scored; the rest are only refused.
pub const TARGETS: usize = 6;

/// How many languages have a column in the table of trigrams: the ones before the last three.
pub const PROFILED: usize = 31;

/// ISO 639-1 codes. The first six are [`crate::language::Language`]'s variants in its order.
pub const COLUMNS: [&str; 34] = [
    "en", "de", "es", "fr", "it", "pt", // scored
    "nl", "af", "sv", "da", "no", "fi", "et", "pl", "cs", "sk", "sl", "hr", "hu", "ro", "ca", "tr", "id",
    "vi", "tl", "sw", "lt", "lv", "sq", "cy", "so", // refused
    "gl", "eu", "ga", // refused, known by their commonest words alone
];
