//! Numbers that are spelled in two ways and are one subscriber's, which numbering plans alone do not tell.
//!
//! | country | two spellings | one form | why it is safe |
//! |---|---|---|---|
//! | Argentina | `+54 9 11 2345 6789`, `+54 11 2345 6789` | with the 9 | the 9 (abroad) and the 15 (at home) only mark a call to a mobile; area code and number together, ten digits, are one subscriber's, fixed or mobile (Plan Fundamental de Numeración Nacional, Resolución 46/97 of the Secretaría de Comunicaciones; the 9 and the 15 as libphonenumber's metadata has them) |
//! | Mexico | `+52 1 55 1234 5678`, `+52 55 1234 5678` | without the 1 | since 3 August 2019 every number is dialled with its ten digits (IFT, Plan Técnico Fundamental de Numeración, DOF 11 May 2018; ITU Operational Bulletin 1151); chat networks go on writing the 1 |
//! | Brazil | `+55 31 8765 4321`, `+55 31 98765 4321` | with the ninth digit | every mobile number got a 9 in front between 2012 and 2016 (Anatel, Resolução 553 of 14 December 2010); chat accounts that are older keep eight digits. As libphonenumber's metadata has it, fixed lines begin with 2 to 5; what begins with 7 was trunked radio, never got a ninth digit, and is left as it is |
//! | Benin | `+229 97 12 34 56`, `+229 01 97 12 34 56` | with the 01 | on 30 November 2024 every number of eight digits got 01 in front (announced by ARCEP Bénin); those that begin with 8, which libphonenumber's metadata goes on listing, did not |
//!
//! Not handled, because one old number may have become several or the plan gives no rule without a table of
//! operators: Ivory Coast (2021), Vietnam (2018). An old number there is refused by its length.

use std::borrow::Cow;

/// The one form of a number, given and returned as country code and number, without plus.
pub(super) fn fold(digits: &str) -> Cow<'_, str> {
    let rest = |code: &str, length: usize| digits.strip_prefix(code).filter(|rest| rest.len() == length);
    let begins = |text: &str, with: &[u8]| text.as_bytes().first().is_some_and(|first| with.contains(first));
    if let Some(number) = rest("54", 10).filter(|number| begins(number, b"123")) {
        return format!("549{number}").into();
    }
    if let Some(number) = rest("521", 10).filter(|number| !begins(number, b"01")) {
        return format!("52{number}").into();
    }
    if let Some(number) = rest("55", 10).filter(|number| begins(&number[2..], b"689")) {
        let (area, number) = number.split_at(2);
        return format!("55{area}9{number}").into();
    }
    if let Some(number) = rest("229", 8).filter(|number| !begins(number, b"08")) {
        return format!("22901{number}").into();
    }
    digits.into()
}

/// Whether a number of a possible length may still be one that many people have, so that its area code must be
/// one there is: an Argentine mobile is written `15 2345 6789` by all who share an area, and by nobody else.
pub(super) fn hides_its_area(country: i32) -> bool {
    country == 54
}

/// A number as it is dialled within a country, without prefixes that its plan gave up and lists no more.
///
/// Mexico: `01` to other areas, `044` and `045` to mobiles, until 3 August 2019 (IFT).
pub(super) fn dialled<'a>(region: &str, digits: &'a str) -> &'a str {
    if region != "MX" {
        return digits;
    }
    let prefixes = ["044", "045", "01"];
    let without = prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix));
    without.filter(|rest| rest.len() == 10).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_mobile_are_one_and_fixed_lines_and_short_ones_stay() {
        for (one, other) in [
            ("541123456789", "5491123456789"),
            ("5215512345678", "525512345678"),
            ("553187654321", "5531987654321"),
            ("22997123456", "2290197123456"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}");
            assert_eq!(fold(&fold(one)), fold(one), "{one}");
        }
        for alone in
            ["548001234567", "551132345678", "551178765432", "5211234", "22981123456", "491701234567"]
        {
            assert_eq!(fold(alone), alone);
        }
    }
}
