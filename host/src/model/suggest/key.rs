//! Which people are worth comparing: those who share a key.

use std::collections::BTreeSet;

use super::address::{Address, has_digit};
use super::facts::Facts;
use super::text::{prefix, skeleton};

/// The most people that one key may have before it is passed over: it then tells nothing ("Maria Garcia"),
/// and comparing everybody who shares it costs more than it finds.
pub const MAX_PEOPLE_PER_KEY: usize = 64;

/// The most keys of one person. With one name, date of birth, mail address, phone and postal address
/// a person has about twenty.
pub const MAX_KEYS: usize = 64;

impl Facts {
    /// Short texts such that two people who may be one share at least one, whichever single field has
    /// a mistake. A store keeps them in an index and compares only people who share a key. Sorted, none twice,
    /// [`MAX_KEYS`] at most; of more, the identifiers stay first.
    ///
    /// A key names its kind. Names are kept without what slips most easily (`Smith` and `Smyth` are one key).
    ///
    /// | key | made of |
    /// |---|---|
    /// | `i` | an identifier, known or claimed; a mail address |
    /// | `h`, `g` | a phone's national digits; a national id |
    /// | `u`, `v` | a mail address' local part; its domain and first letter |
    /// | `n` | two names |
    /// | `b` | date of birth; the same and a name's initial; month and day and a name |
    /// | `y` | year of birth, or a year off, and a name |
    /// | `p`, `s` | postcode and a name or the house; street and house |
    /// | `c` | city and a name or the year of birth |
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut keys = Keys::default();
        self.contact_keys(&mut keys);
        let words: BTreeSet<&str> =
            self.names.iter().flat_map(|name| &name.value.words).map(String::as_str).collect();
        let bones: BTreeSet<String> = words.iter().map(|word| skeleton(word)).collect();
        for name in &self.names {
            let mut sorted: Vec<String> = name.value.words.iter().map(|word| skeleton(word)).collect();
            sorted.sort_unstable();
            for (at, one) in sorted.iter().enumerate() {
                sorted[at + 1..].iter().for_each(|other| keys.add(&["n", one, other]));
            }
        }
        for birthday in self.birthdays.iter().map(|birthday| birthday.value) {
            let date = birthday.digits();
            keys.add(&["b", &date]);
            words.iter().for_each(|word| keys.add(&["b", &date, prefix(word, 1)]));
            // Two years a key, and each year in two of them: a year more or less still shares one.
            let even = (birthday.year / 2 * 2).to_string();
            let odd = (birthday.year.div_ceil(2) * 2 - 1).to_string();
            for bone in &bones {
                keys.add(&["b", &date[4..], bone]);
                keys.add(&["y", &even, bone]);
                keys.add(&["y", &odd, bone]);
            }
        }
        for address in &self.addresses {
            self.address_keys(&address.value, &bones, &mut keys);
        }
        keys.0.truncate(MAX_KEYS);
        keys.0.sort_unstable();
        keys.0
    }

    fn contact_keys(&self, keys: &mut Keys) {
        for handle in self.known.keys().chain(self.claimed.keys()) {
            keys.add(&["i", &handle.namespace, &handle.folded]);
        }
        for mail in self.mails.iter().map(|mail| &mail.value) {
            keys.add(&["i", "email", &format!("{}@{}", mail.local, mail.domain)]);
            let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            let local = plain(&mail.local);
            if local.chars().count() >= MIN_LOCAL {
                keys.add(&["u", &skeleton(&local)]);
            }
            keys.add(&["v", &skeleton(&plain(&mail.domain)), prefix(&mail.local, 1)]);
        }
        self.phones.iter().for_each(|phone| keys.add(&["h", phone.value.national()]));
        self.national_ids.iter().for_each(|id| keys.add(&["g", &id.value.0]));
    }

    fn address_keys(&self, address: &Address, bones: &BTreeSet<String>, keys: &mut Keys) {
        // In one text, short words with a digit are taken for houses, long ones for postcodes.
        let digits = |long: bool| {
            address.street.iter().filter(move |word| has_digit(word) && (word.len() > MAX_HOUSE) == long)
        };
        let (postcodes, numbers): (Vec<&String>, Vec<&String>) = if address.free {
            (digits(true).collect(), digits(false).collect())
        } else {
            (address.postcode.iter().collect(), address.number.iter().collect())
        };
        for postcode in postcodes {
            bones.iter().for_each(|bone| keys.add(&["p", postcode, bone]));
            numbers.iter().for_each(|number| keys.add(&["p", postcode, number]));
        }
        let named = address.street.iter().filter(|word| !has_digit(word));
        if let Some(street) = named.max_by_key(|word| (word.chars().count(), word.as_str())) {
            numbers.iter().for_each(|number| keys.add(&["s", prefix(street, 5), number]));
        }
        if let Some(city) = &address.city {
            let city = skeleton(city);
            bones.iter().for_each(|bone| keys.add(&["c", &city, bone]));
            for birthday in &self.birthdays {
                keys.add(&["c", &city, &birthday.value.year.to_string()]);
            }
        }
    }
}

/// A mail address' local part with fewer characters is too common to be a key: `ada`, `info`.
const MIN_LOCAL: usize = 4;

/// A house's number has no more characters, with its letter: `128b`.
const MAX_HOUSE: usize = 4;

/// Keys in the order of their worth.
#[derive(Default)]
struct Keys(Vec<String>);

impl Keys {
    fn add(&mut self, parts: &[&str]) {
        let key = parts.join(":");
        if !self.0.contains(&key) {
            self.0.push(key);
        }
    }
}
