//! What is compared of a person.

use std::collections::{BTreeMap, BTreeSet};

use super::address::{Address, AddressParts};
use super::birthday::Birthday;
use super::contact::{Mail, NationalId, Phone};
use super::name::{Half, Name};
use super::text::{fold, words};
use crate::model::identifier::Identifier;

/// The most values of one field that are compared; more are passed over, the first added staying. People
/// have a few; a profile with hundreds of names is a shared till, and comparing them all with all would
/// take its time from everybody.
pub const MAX_VALUES: usize = 8;

/// The most characters of a value that are read.
pub const MAX_TEXT: usize = 200;

/// What is compared of a person: every value that any source states, in any number, folded as it is added.
/// Values that say nothing (no letter in a name, 1 January 1900) are passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub(super) names: Vec<Given<Name>>,
    firsts: Vec<Given<String>>,
    lasts: Vec<Given<String>>,
    pub(super) birthdays: Vec<Given<Birthday>>,
    pub(super) addresses: Vec<Given<Address>>,
    pub(super) mails: Vec<Given<Mail>>,
    pub(super) phones: Vec<Given<Phone>>,
    pub(super) national_ids: Vec<Given<NationalId>>,
    /// Folded words, and as shown.
    pub(super) companies: Vec<Given<(String, String)>>,
    pub(super) known: BTreeMap<Handle, By>,
    pub(super) claimed: BTreeMap<Handle, By>,
    /// What the person is called in a reason.
    pub(super) called: Option<String>,
    /// The statement that is being added.
    by: By,
}

/// Which of the caller's statements say so; see [`Facts::said_by`].
pub(super) type By = BTreeSet<u32>;

/// A value, and which statements give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given<T> {
    pub(super) value: T,
    pub(super) by: By,
}

/// An identifier in the one spelling that is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Handle {
    pub(super) namespace: String,
    pub(super) folded: String,
    pub(super) shown: String,
}

impl Handle {
    fn of(identifier: &Identifier) -> Self {
        let folded = match identifier.namespace.as_str() {
            "phone" => identifier.value.chars().filter(char::is_ascii_digit).collect(),
            "email" => fold(identifier.value.trim()),
            _ => identifier.value.clone(),
        };
        Self { namespace: identifier.namespace.clone(), folded, shown: identifier.value.clone() }
    }

    /// Whether both name the same thing, however written.
    pub(super) fn same(&self, other: &Self) -> bool {
        (&self.namespace, &self.folded) == (&other.namespace, &other.folded)
    }
}

/// Adds what was read, once, while there is room.
fn push<T: PartialEq>(values: &mut Vec<Given<T>>, by: &By, value: Option<T>) {
    let Some(value) = value else { return };
    let room = values.len() < MAX_VALUES;
    match values.iter_mut().find(|have| have.value == value) {
        Some(have) => have.by.extend(by),
        None if room => values.push(Given { value, by: by.clone() }),
        None => {}
    }
}

/// Adds an identifier, once, while there is room.
fn insert(handles: &mut BTreeMap<Handle, By>, by: &By, identifier: &Identifier) {
    let handle = Handle::of(identifier);
    if handles.len() < MAX_VALUES * MAX_VALUES || handles.contains_key(&handle) {
        handles.entry(handle).or_default().extend(by);
    }
}

fn cut(text: &str) -> &str {
    super::text::prefix(text, MAX_TEXT)
}

impl Facts {
    /// Nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is added from now on is said by the statement that the caller numbers so. A comparison's reasons
    /// tell the numbers of what they rest on.
    pub fn said_by(&mut self, statement: u32) {
        self.by = By::from([statement]);
    }

    /// What the person is called where a reason has to tell the two apart. Not compared.
    pub fn call(&mut self, name: &str) {
        self.called = Some(cut(name).trim().to_owned()).filter(|name| !name.is_empty());
    }

    /// Adds a name as it is written, in any order: `Ada Lovelace`, `Lovelace, Ada`.
    pub fn add_name(&mut self, full: &str) {
        push(&mut self.names, &self.by, Name::read(cut(full), Half::Whole));
        self.combine();
    }

    /// Adds a first name of which nobody says which last name it belongs to: it is tried with each.
    pub fn add_first_name(&mut self, first: &str) {
        push(&mut self.firsts, &self.by, Some(cut(first).trim().to_owned()).filter(|name| !name.is_empty()));
        self.combine();
    }

    /// Adds a last name of which nobody says which first name it belongs to: it is tried with each.
    pub fn add_last_name(&mut self, last: &str) {
        push(&mut self.lasts, &self.by, Some(cut(last).trim().to_owned()).filter(|name| !name.is_empty()));
        self.combine();
    }

    /// Makes names of first and last names. One word stands for a name only while no more is known: beside
    /// `Ada Smith`, an `Ada` would hide that `Ada Jones` is somebody else.
    fn combine(&mut self) {
        self.names.retain(|name| name.value.half == Half::Whole);
        if self.lasts.is_empty() {
            for first in &self.firsts {
                push(&mut self.names, &first.by, Name::read(&first.value, Half::First));
            }
        }
        if self.firsts.is_empty() {
            for last in &self.lasts {
                push(&mut self.names, &last.by, Name::read(&last.value, Half::Last));
            }
        }
        for first in &self.firsts {
            for last in &self.lasts {
                let both = first.by.union(&last.by).copied().collect();
                let name = format!("{} {}", first.value, last.value);
                push(&mut self.names, &both, Name::read(&name, Half::Whole));
            }
        }
        let more = |name: &Given<Name>| name.value.words.len() + name.value.initials.len() > 1;
        if self.names.iter().any(more) {
            self.names.retain(more);
        }
    }

    /// Adds a date of birth: `1980-05-12`, `19800512`, `12.05.1980`.
    pub fn add_birthday(&mut self, date: &str) {
        push(&mut self.birthdays, &self.by, Birthday::read(cut(date)));
    }

    /// Adds an address that is one text.
    pub fn add_address_text(&mut self, text: &str) {
        push(&mut self.addresses, &self.by, Address::read(cut(text)));
    }

    /// Adds an address of which is known what is what.
    pub fn add_address(&mut self, parts: AddressParts<'_>) {
        let parts = AddressParts {
            street: cut(parts.street),
            house_number: cut(parts.house_number),
            postcode: cut(parts.postcode),
            city: cut(parts.city),
            country: cut(parts.country),
        };
        push(&mut self.addresses, &self.by, Address::of(parts));
    }

    /// Adds a mail address, whoever states it.
    pub fn add_mail(&mut self, mail: &str) {
        push(&mut self.mails, &self.by, Mail::read(cut(mail)));
    }

    /// Adds a phone number, whoever states it.
    pub fn add_phone(&mut self, phone: &str) {
        push(&mut self.phones, &self.by, Phone::read(cut(phone)));
    }

    /// Adds a number that an authority gives a person once, where a source has one.
    pub fn add_national_id(&mut self, id: &str) {
        push(&mut self.national_ids, &self.by, NationalId::read(cut(id)));
    }

    /// Adds the company that the person works for or buys for.
    pub fn add_company(&mut self, company: &str) {
        let folded = words(cut(company)).join(" ");
        push(
            &mut self.companies,
            &self.by,
            (!folded.is_empty()).then(|| (folded, cut(company).trim().to_owned())),
        );
    }

    /// Adds an identifier that the person is known by: evidence `verified` or `recorded`.
    pub fn add_known(&mut self, identifier: &Identifier) {
        self.add_contact(identifier);
        insert(&mut self.known, &self.by, identifier);
    }

    /// Adds an identifier that somebody typed: evidence `claimed`.
    pub fn add_claimed(&mut self, identifier: &Identifier) {
        self.add_contact(identifier);
        insert(&mut self.claimed, &self.by, identifier);
    }

    fn add_contact(&mut self, identifier: &Identifier) {
        match identifier.namespace.as_str() {
            "email" => self.add_mail(&identifier.value),
            "phone" => self.add_phone(&identifier.value),
            _ => {}
        }
    }

    /// Adds the value of one of the contract's fields (`wit/types.wit`, `attribute.field`). Fields that say
    /// nothing of who it is (`language`, `plan`) are passed over.
    pub fn add_attribute(&mut self, field: &str, value: &str) {
        match field {
            "name" => self.add_name(value),
            "first-name" => self.add_first_name(value),
            "last-name" => self.add_last_name(value),
            "birthday" => self.add_birthday(value),
            "address" => self.add_address_text(value),
            "company" => self.add_company(value),
            _ => {}
        }
    }

    /// Whether nothing is known that could be compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // Not who says so, and not what the person is called.
        let nothing = Self { called: self.called.clone(), by: self.by.clone(), ..Self::default() };
        *self == nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_a_name_become_one_name() {
        let mut facts = Facts::new();
        facts.add_first_name("Ada");
        facts.add_last_name("Lovelace");
        facts.add_last_name("King");
        let shown: Vec<&str> = facts.names.iter().map(|name| name.value.shown.as_str()).collect();
        assert_eq!(shown, ["Ada Lovelace", "Ada King"]);
        let mut facts = Facts::new();
        facts.add_name("Ada Smith");
        facts.add_name("Ada");
        facts.add_first_name("Ada");
        assert_eq!(facts.names.len(), 1);
    }

    #[test]
    fn a_flood_of_values_is_cut() {
        let mut facts = Facts::new();
        for at in 0..1000 {
            facts.add_name(&format!("{}{}", "a".repeat(at % 30 + 2), "b".repeat(at)));
            facts.add_mail(&format!("mail{at}@example.com"));
        }
        assert!(facts.names.len() <= MAX_VALUES && facts.mails.len() <= MAX_VALUES);
        assert!(facts.names.iter().all(|name| name.value.shown.chars().count() <= MAX_TEXT));
    }

    #[test]
    fn what_says_nothing_leaves_nothing() {
        let mut facts = Facts::new();
        facts.add_name("  ");
        facts.add_birthday("1900-01-01");
        facts.add_phone("0");
        facts.add_attribute("language", "en");
        assert!(facts.is_empty());
    }
}
