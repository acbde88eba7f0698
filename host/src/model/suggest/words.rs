//! Reasons in words that a support agent understands.

use super::address::Address;
use super::birthday::Birthday;
use super::contact::{Mail, NationalId, Phone};
use super::level::Level;
use super::name::Name;

/// `same name: Ada Lovelace`, or both spellings.
fn same_or_both(what: &str, a: &str, b: &str) -> String {
    if a == b { format!("same {what}: {a}") } else { format!("same {what}, written {a} and {b}") }
}

pub(super) fn names(level: Level, a: &Name, b: &Name) -> String {
    let (a, b) = (&a.shown, &b.shown);
    match level {
        Level::NamesEqual => same_or_both("name", a, b),
        Level::NamesNearlyEqual | Level::NamesNear => format!("names nearly alike: {a} and {b}"),
        Level::OneNameEqual if a == b => format!("the one name known is the same: {a}"),
        Level::OneNameEqual => format!("the one name known of both is the same: {a} and {b}"),
        Level::OneNameNear => format!("the one name known of both is nearly alike: {a} and {b}"),
        Level::HalfNameEqual => format!("one part of the name is the same, another differs: {a} and {b}"),
        Level::HalfNameNear => format!("one part of the name is nearly alike, another differs: {a} and {b}"),
        _ => format!("different names: {a} and {b}"),
    }
}

pub(super) fn birthdays(level: Level, a: &Birthday, b: &Birthday) -> String {
    let (a, b) = (a.words(), b.words());
    match level {
        Level::BirthdayEqual => format!("same date of birth, {a}"),
        Level::BirthdayNear => format!("dates of birth that differ in one part: {a} and {b}"),
        Level::BirthdayClose => format!("dates of birth close to each other: {a} and {b}"),
        _ => format!("different dates of birth: {a} and {b}"),
    }
}

pub(super) fn mails(level: Level, a: &Mail, b: &Mail) -> String {
    let (a, b) = (&a.shown, &b.shown);
    match level {
        Level::MailEqual => same_or_both("mail address", a, b),
        Level::MailNear => format!("mail addresses nearly alike: {a} and {b}"),
        _ => format!("different mail addresses: {a} and {b}"),
    }
}

pub(super) fn phones(level: Level, a: &Phone, b: &Phone) -> String {
    let (a, b) = (&a.shown, &b.shown);
    match level {
        Level::PhoneEqual => same_or_both("phone number", a, b),
        Level::PhoneNear => format!("phone numbers that differ in one digit: {a} and {b}"),
        _ => format!("different phone numbers: {a} and {b}"),
    }
}

/// The numbers themselves are not repeated: whoever decides need not read them.
pub(super) fn national_ids(level: Level, _: &NationalId, _: &NationalId) -> String {
    match level {
        Level::NationalIdEqual => "same national id number",
        Level::NationalIdNear => "national id numbers that differ in one digit",
        _ => "different national id numbers",
    }
    .to_owned()
}

pub(super) fn streets(level: Level, a: &Address, b: &Address) -> String {
    let (a, b) = (&a.shown, &b.shown);
    match level {
        Level::HouseEqual => same_or_both("street and house", a, b),
        Level::StreetEqual => format!("same street: {a} and {b}"),
        _ => format!("different streets: {a} and {b}"),
    }
}

pub(super) fn places(level: Level, a: &Address, b: &Address) -> String {
    let place = |address: &Address| {
        [&address.postcode, &address.city].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ")
    };
    let (city_a, city_b) = (a.city.as_deref().unwrap_or_default(), b.city.as_deref().unwrap_or_default());
    match level {
        Level::PostcodeEqual => format!("same postcode, {}", a.postcode.as_deref().unwrap_or_default()),
        Level::CityEqual => format!("same city, {city_a}"),
        Level::PlaceNear => format!("places nearly alike: {} and {}", place(a), place(b)),
        _ if city_a.is_empty() || city_b.is_empty() => {
            format!("different places: {} and {}", place(a), place(b))
        }
        _ => format!("different cities: {city_a} and {city_b}"),
    }
}

pub(super) fn companies(level: Level, a: &(String, String), b: &(String, String)) -> String {
    let (a, b) = (&a.1, &b.1);
    match level {
        Level::CompanyEqual => same_or_both("company", a, b),
        Level::CompanyNear => format!("companies of similar names: {a} and {b}"),
        _ => format!("different companies: {a} and {b}"),
    }
}

/// Who typed stands first of `called`, whose it is second.
pub(super) fn claim(level: Level, shown: &str, namespace: &str, called: [Option<&str>; 2]) -> String {
    let what = match level {
        Level::ClaimedPhone => format!("the phone number {shown}"),
        Level::ClaimedMail => format!("the mail address {shown}"),
        _ => format!("the identifier {namespace}:{shown}"),
    };
    match called {
        [Some(typer), Some(owner)] if typer != owner => format!("{typer} typed {what}, which is {owner}'s"),
        [None, Some(owner)] => format!("somebody typed {what}, which is {owner}'s"),
        [Some(typer), None] => format!("{typer} typed {what}, which is the other's"),
        _ => format!("{what} was typed by one and is the other's"),
    }
}
