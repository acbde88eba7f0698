//! A postal address, in parts or as one text.

use super::level::Level;
use super::text::{Nearness, nearness, pair_up, words};

/// The most words of an address that are compared.
const MAX_WORDS: usize = 16;

/// The share of the shorter address's words that must be found in the other for the two to be alike.
const ALIKE: f64 = 0.6;

/// Words for "street" and its kin: every address has one, so they tell nothing.
const KINDS: [&str; 40] = [
    "street",
    "st",
    "road",
    "rd",
    "avenue",
    "ave",
    "av",
    "lane",
    "ln",
    "drive",
    "dr",
    "place",
    "pl",
    "court",
    "ct",
    "crescent",
    "cres",
    "circuit",
    "close",
    "way",
    "square",
    "sq",
    "terrace",
    "boulevard",
    "blvd",
    "strasse",
    "str",
    "weg",
    "platz",
    "allee",
    "rue",
    "calle",
    "avenida",
    "via",
    "viale",
    "piazza",
    "rua",
    "apt",
    "flat",
    "unit",
];

/// A postal address as a source gives it, in parts. Any may be empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AddressParts<'a> {
    /// The street, with or without the house's number, and what else stands on its lines.
    pub street: &'a str,
    /// The house's number.
    pub house_number: &'a str,
    /// The postcode.
    pub postcode: &'a str,
    /// The city, town or suburb.
    pub city: &'a str,
    /// The country, in any form. It is shown, not compared: most people of a hub share it.
    pub country: &'a str,
}

/// An address, folded.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    /// The street's own words, without `street` and its kin; of a free text, all words that tell something.
    pub(super) street: Vec<String>,
    /// The house's number.
    pub(super) number: Option<String>,
    /// The postcode without spaces.
    pub(super) postcode: Option<String>,
    /// The city's words in one.
    pub(super) city: Option<String>,
    /// Whether it came as one text, of which nobody says what is what.
    pub(super) free: bool,
    /// As it is shown.
    pub(super) shown: String,
}

impl Address {
    /// Reads an address in parts; nothing if they hold nothing.
    pub(super) fn of(parts: AddressParts<'_>) -> Option<Self> {
        let joined = |text: &str| Some(words(text).concat()).filter(|text| !text.is_empty());
        let mut street = telling(parts.street);
        let mut number = joined(parts.house_number);
        if number.is_none() {
            // `12 Ada Lane`, `Adaweg 12`: the number stands at either end.
            let ends = [street.len().checked_sub(1), (!street.is_empty()).then_some(0)];
            let found = ends.into_iter().flatten().find(|at| has_digit(&street[*at]));
            number = found.map(|at| street.remove(at));
        }
        let (postcode, city) = (joined(parts.postcode), joined(parts.city));
        let lines = [
            format!("{} {}", parts.house_number.trim(), parts.street.trim()),
            format!("{} {}", parts.postcode.trim(), parts.city.trim()),
            parts.country.trim().to_owned(),
        ];
        let shown: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        let some = !street.is_empty() || postcode.is_some() || city.is_some();
        some.then(|| Self { street, number, postcode, city, free: false, shown: shown.join(", ") })
    }

    /// Reads an address that is one text; nothing if it has no two words that tell something.
    pub(super) fn read(text: &str) -> Option<Self> {
        let street = telling(text);
        let shown = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (street.len() >= 2).then(|| Self { street, free: true, shown, ..Self::default() })
    }

    /// Every word, whatever part it stands in.
    fn all(&self) -> Vec<&String> {
        self.street.iter().chain(&self.number).chain(&self.postcode).chain(&self.city).collect()
    }

    /// How the houses compare; nothing where one of the two names no street.
    pub(super) fn compare_street(&self, other: &Self) -> Option<Level> {
        let (a, b): (Vec<&String>, Vec<&String>) = if self.free || other.free {
            (self.all(), other.all())
        } else {
            (self.street.iter().collect(), other.street.iter().collect())
        };
        if a.is_empty() || b.is_empty() {
            return None;
        }
        let alike = overlap(&a, &b) >= ALIKE;
        let number = if self.free || other.free {
            // Nobody says which number is the house's: all that one of the two has must be the other's.
            numbers_within(&a, &b) || numbers_within(&b, &a)
        } else {
            self.number.is_some() && self.number == other.number
        };
        Some(match (alike, number) {
            (true, true) => Level::HouseEqual,
            (true, false) => Level::StreetEqual,
            (false, _) => Level::StreetDifferent,
        })
    }

    /// How postcode and city compare; nothing where one of the two names neither.
    pub(super) fn compare_place(&self, other: &Self) -> Option<Level> {
        let both = |a: &Option<String>, b: &Option<String>| match (a, b) {
            (Some(a), Some(b)) => Some(nearness(a, b)),
            _ => None,
        };
        let postcode = match (&self.postcode, &other.postcode) {
            (Some(a), Some(b)) if a == b => Some(Nearness::Equal),
            (Some(a), Some(b)) if strsim::osa_distance(a, b) == 1 => Some(Nearness::Near),
            (Some(_), Some(_)) => Some(Nearness::Different),
            _ => None,
        };
        Some(match (postcode, both(&self.city, &other.city)) {
            (None, None) => return None,
            (Some(Nearness::Equal), _) => Level::PostcodeEqual,
            (_, Some(Nearness::Equal)) => Level::CityEqual,
            (Some(Nearness::Near), _) | (_, Some(Nearness::Near)) => Level::PlaceNear,
            _ => Level::PlaceDifferent,
        })
    }
}

/// Whether `a` has words with digits, and all of them stand in `b`.
fn numbers_within(a: &[&String], b: &[&String]) -> bool {
    let mut numbers = a.iter().filter(|word| has_digit(word)).peekable();
    numbers.peek().is_some() && numbers.all(|word| b.contains(word))
}

pub(super) fn has_digit(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
}

/// The words of an address that tell one from another.
fn telling(text: &str) -> Vec<String> {
    let mut all: Vec<String> = words(text);
    all.retain(|word| !KINDS.contains(&word.as_str()));
    for word in &mut all {
        // `Hauptstr.`, `Hauptstraße`: the street's own name is what stands before.
        let stem = word.strip_suffix("strasse").or_else(|| word.strip_suffix("str"));
        if let Some(stem) = stem.filter(|stem| stem.chars().count() >= 3) {
            *word = stem.to_owned();
        }
    }
    all.truncate(MAX_WORDS);
    all
}

/// Which share of the shorter list's words has its like in the longer one.
fn overlap(a: &[&String], b: &[&String]) -> f64 {
    let (short, long) = if (a.len(), a) <= (b.len(), b) { (a, b) } else { (b, a) };
    // A number that is off by one is another house.
    let near = |a: &str, b: &str| match nearness(a, b) {
        Nearness::Near if has_digit(a) || has_digit(b) => Nearness::Different,
        near => near,
    };
    let found = pair_up(short, long, near).iter().filter(|pair| pair.0 > Nearness::Different).count();
    found as f64 / short.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(street: &str, number: &str, postcode: &str, city: &str) -> Address {
        let parts = AddressParts { street, house_number: number, postcode, city, country: "" };
        Address::of(parts).expect("an address")
    }

    #[test]
    fn a_house_is_the_same_in_parts_and_in_one_text() {
        let a = parts("Hauptstraße", "12", "10115", "Berlin");
        let b = parts("Hauptstr. 12", "", "10115", "Berlin");
        assert_eq!(a.compare_street(&b), Some(Level::HouseEqual));
        let free = Address::read("Hauptstr. 12, 10115 Berlin, Germany").expect("an address");
        assert_eq!(a.compare_street(&free), Some(Level::HouseEqual));
        assert_eq!(free.compare_street(&a), Some(Level::HouseEqual));
        let next = Address::read("Hauptstr. 14, 10115 Berlin, Germany").expect("an address");
        assert_eq!(free.compare_street(&next), Some(Level::StreetEqual));
    }

    #[test]
    fn another_number_is_another_house_and_every_street_is_a_street() {
        let a = parts("Giblin Street", "69", "4814", "Bittern");
        assert_eq!(a.compare_street(&parts("giblin st", "6", "", "")), Some(Level::StreetEqual));
        assert_eq!(a.compare_street(&parts("Reveley Street", "69", "", "")), Some(Level::StreetDifferent));
    }

    #[test]
    fn the_postcode_counts_before_the_city() {
        let a = parts("", "", "10115", "Berlin");
        assert_eq!(a.compare_place(&parts("", "", "10115", "Berlin Mitte")), Some(Level::PostcodeEqual));
        assert_eq!(a.compare_place(&parts("", "", "10999", "Berlin")), Some(Level::CityEqual));
        assert_eq!(a.compare_place(&parts("", "", "", "Brelin")), Some(Level::PlaceNear));
        assert_eq!(a.compare_place(&parts("", "", "80331", "München")), Some(Level::PlaceDifferent));
        assert_eq!(a.compare_place(&parts("Hauptstraße", "1", "", "")), None);
    }
}
