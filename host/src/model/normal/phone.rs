//! Phone numbers in E.164, whichever way they were spelled.
//!
//! Lengths, calling codes and prefixes are those of Google's libphonenumber (`rlibphonenumber`, whose tables are
//! renewed with every release of it). A number of a length that its country has is taken, whether or not its block
//! is listed: plans change faster than programs are upgraded.

use std::borrow::Cow;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat, ValidationError,
    get_national_significant_number_owned,
};

use super::{Normal, Refusal, Region, variant};

/// The most digits a spelling may have: those of E.164 (15) after the longest prefix in use.
const MOST_DIGITS: usize = 22;

/// Reads a phone number. `region` is where a number without `+` or `00` is dialled; `proved` says that the vendor
/// itself reached the person by it, so that a length its country is not known to have is believed.
pub(super) fn read(text: &str, region: Option<Region>, proved: bool) -> Result<Normal, Refusal> {
    let Spelled { plus, digits } = Spelled::of(text)?;
    if plus {
        return international(&digits, proved);
    }
    let abroad = digits.strip_prefix("00");
    // 00 stands for the plus in most of the world (ITU-T E.164), and in no country does a number begin with it.
    if let Some(number) = abroad
        && let Ok(normal) = international(number, false)
        && valid(&normal.value)
    {
        return Ok(normal);
    }
    match (region, abroad) {
        (Some(region), None) => national(region, &digits),
        (Some(region), Some(number)) => national(region, &digits).or_else(|_| international(number, proved)),
        (None, Some(number)) => international(number, proved),
        (None, None) => Err(Refusal::NoRegion),
    }
}

/// A spelling, cut down to what counts.
struct Spelled {
    /// Whether it begins with a plus.
    plus: bool,
    /// Its digits, in ASCII.
    digits: String,
}

impl Spelled {
    fn of(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let scheme = text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:"));
        let text = if scheme { &text[4..] } else { text };
        let mut spelled = Self { plus: false, digits: String::with_capacity(16) };
        for (at, c) in text.char_indices() {
            if let Some(digit) = digit(c) {
                spelled.digits.push(digit);
                if spelled.digits.len() > MOST_DIGITS {
                    return Err(Refusal::TooLong);
                }
            } else if matches!(c, '+' | '\u{ff0b}') && !spelled.plus && spelled.digits.is_empty() {
                spelled.plus = true;
            } else if !separates(c) {
                let extension = !spelled.digits.is_empty() && is_extension(&text[at..]);
                return Err(if extension { Refusal::Extension } else { Refusal::Letters });
            }
        }
        if spelled.digits.is_empty() { Err(Refusal::TooShort) } else { Ok(spelled) }
    }
}

/// A decimal digit of a script that phone numbers are typed in: ASCII, full-width, Arabic, Persian.
fn digit(c: char) -> Option<char> {
    let zero = match c {
        '0'..='9' => return Some(c),
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        _ => return None,
    };
    char::from_digit(u32::from(c) - zero, 10)
}

/// What people, and the programs they copy from, put between digits: marks for the direction of writing among it.
fn separates(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '.' | '/' | '(' | ')' | '[' | ']' | '~' | '\u{b7}' | '\u{ad}' | '\u{2212}' | '\u{30fc}'
        )
        || matches!(c, '\u{2010}'..='\u{2015}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(
            c,
            '\u{2060}'..='\u{2069}' | '\u{ff08}' | '\u{ff09}' | '\u{ff0d}' | '\u{ff0e}' | '\u{feff}'
        )
}

/// Whether this is what follows a number to name a line behind it: `x12`, `ext. 12`, `;ext=12`, `#12`, `,12`.
fn is_extension(rest: &str) -> bool {
    let rest = rest.to_ascii_lowercase();
    let marks = [";ext=", "extension", "ext", "x", "#", ",", "dw", "доб"];
    let after = marks.iter().find_map(|mark| rest.strip_prefix(mark));
    after.is_some_and(|after| after.chars().any(|c| digit(c).is_some()))
}

/// A number with its country code, without plus.
fn international(digits: &str, proved: bool) -> Result<Normal, Refusal> {
    let folded = variant::fold(digits);
    match settle(&folded) {
        Ok((dialled, value)) => {
            let written = if *folded != *digits {
                Some(format!("+{digits}"))
            } else {
                (dialled != value).then(|| format!("+{dialled}"))
            };
            Ok(Normal { value: format!("+{value}"), written })
        }
        // E.164 allows fifteen digits; fewer than seven are nobody's with a country code before them.
        Err(_) if proved && (7..=15).contains(&digits.len()) && !digits.starts_with('0') => {
            let written = (*folded != *digits).then(|| format!("+{digits}"));
            Ok(Normal { value: format!("+{folded}"), written })
        }
        Err(why) => Err(why),
    }
}

/// The number as it is dialled, and its one form: what reads as itself.
fn settle(digits: &str) -> Result<(String, String), Refusal> {
    let dialled = listed(&format!("+{digits}"))?;
    let mut value = variant::fold(&dialled).into_owned();
    for _ in 0..4 {
        let again = variant::fold(&listed(&format!("+{value}"))?).into_owned();
        if again == value {
            return Ok((dialled, value));
        }
        value = again;
    }
    Err(Refusal::Ambiguous)
}

/// A number with its plus, as the numbering plans read it: country code and number.
fn listed(number: &str) -> Result<String, Refusal> {
    let number = PHONE_NUMBER_UTIL.parse(number, None).map_err(unread)?;
    check(&number)?;
    Ok(e164(&number))
}

fn e164(number: &PhoneNumber) -> String {
    let text = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether it is long enough to be one subscriber's, and not too long.
fn check(number: &PhoneNumber) -> Result<(), Refusal> {
    match PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) {
        Ok(NumberLengthType::IsPossible) => {}
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => {
            return Err(Refusal::TooShort);
        }
        Err(ValidationError::TooLong | ValidationError::InvalidLength) => return Err(Refusal::TooLong),
        Err(ValidationError::InvalidCountryCode) => return Err(Refusal::NoCountry),
    }
    // Where short and long numbers share a country, a short one must be one that the plan lists.
    let short = get_national_significant_number_owned(number).len() < 7;
    if (short || variant::hides_its_area(number.country_code)) && !PHONE_NUMBER_UTIL.is_valid_number(number) {
        return Err(Refusal::TooShort);
    }
    Ok(())
}

fn valid(value: &str) -> bool {
    PHONE_NUMBER_UTIL.parse(value, None).is_ok_and(|number| PHONE_NUMBER_UTIL.is_valid_number(&number))
}

fn unread(error: ParseError) -> Refusal {
    match error {
        ParseError::InvalidCountryCode => Refusal::NoCountry,
        ParseError::TooLongNsn => Refusal::TooLong,
        ParseError::NotANumber(_) | ParseError::TooShortAfterIdd | ParseError::TooShortNsn => {
            Refusal::TooShort
        }
    }
}

/// A number as it is dialled in a region. Digits that are also some other country's whole number, as a chat network
/// writes it without plus, are taken for the region's only where they are complete there: `4155552671` in the United
/// States, where no prefix belongs before it, but not `5491123456789` in Germany, where a 0 does.
fn national(region: Region, digits: &str) -> Result<Normal, Refusal> {
    let plan = region.plan();
    let digits = variant::dialled(&plan.as_region_str(), digits);
    let own = PHONE_NUMBER_UTIL.parse(digits, Some(plan)).map_err(unread);
    let own = own.and_then(|number| check(&number).map(|()| number));
    let abroad = if digits.starts_with('0') { None } else { international(digits, false).ok() };
    let abroad = abroad.filter(|normal| valid(&normal.value));
    let number = match (own, abroad) {
        (Err(why), None) => return Err(why),
        (Err(_), Some(abroad)) => return Ok(abroad),
        (Ok(number), None) if complete(&number, digits) || PHONE_NUMBER_UTIL.is_valid_number(&number) => {
            number
        }
        (Ok(_), None) => return Err(Refusal::TooShort),
        (Ok(number), Some(_)) if complete(&number, digits) => number,
        (Ok(number), Some(abroad)) => {
            let read = international(&e164(&number), false)?;
            // With its own country's code before it, nobody means a number that lacks its 0 and begins alike.
            let home = abroad.value.starts_with(&format!("+{}", number.country_code));
            if home || read.value == abroad.value {
                return Ok(abroad);
            }
            return Err(Refusal::Ambiguous);
        }
    };
    international(&e164(&number), false)
}

/// Whether nothing is missing that people of its country write before a number.
fn complete(number: &PhoneNumber, digits: &str) -> bool {
    let significant = get_national_significant_number_owned(number);
    if digits.starts_with('0') || significant != digits {
        return true;
    }
    let written: Cow<'_, str> = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::National);
    written.chars().filter(char::is_ascii_digit).eq(digits.chars())
}
