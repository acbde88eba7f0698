//! Names of people: [`Identifier`], phone numbers and mail addresses.
//!
//! The hub brings every `phone` and `email` into the one form by which people are compared, with the numbering plans
//! of all countries and the connection's region, so `Identifier::new("phone", "0170 1234567", …)` is enough where
//! nothing more is known. What is here serves a plugin that knows more, such as the country of an address, or that
//! needs a number for its vendor. The hub reads it again, which changes nothing.

pub use crate::bindings::imports::switchboard::plugin::types::{Evidence, Identifier};

impl Identifier {
    /// A name of any namespace. Choose the weakest evidence that is true.
    pub fn new(namespace: impl Into<String>, value: impl Into<String>, evidence: Evidence) -> Self {
        Self { namespace: namespace.into(), value: value.into(), evidence }
    }

    /// A phone number in E.164, or written internationally; see [`phone`]. `None` when it is none.
    pub fn phone(number: &str, evidence: Evidence) -> Option<Self> {
        phone(number, None).map(|value| Self::new("phone", value, evidence))
    }

    /// A phone number as people of a country write it; `country` is ISO 3166-1 alpha-2, see [`phone`].
    pub fn phone_in(country: &str, number: &str, evidence: Evidence) -> Option<Self> {
        phone(number, Some(country)).map(|value| Self::new("phone", value, evidence))
    }

    /// The phone number that a vendor's id *is*, without a plus: WhatsApp's `wa_id`.
    pub fn phone_digits(digits: &str, evidence: Evidence) -> Option<Self> {
        let digits = digits.trim().trim_start_matches('+');
        e164(digits).map(|value| Self::new("phone", value, evidence))
    }

    /// A mail address; see [`email`]. `None` when it is none.
    pub fn email(address: &str, evidence: Evidence) -> Option<Self> {
        email(address).map(|value| Self::new("email", value, evidence))
    }

    /// A vendor's own id, scoped so that two accounts never meet: `vendor("shopify:acme:customer", "42", …)`.
    /// `None` when the id is empty. The scope is put in lower case.
    pub fn vendor(scope: &str, id: &str, evidence: Evidence) -> Option<Self> {
        let id = id.trim();
        (!id.is_empty() && id.len() <= 512).then(|| Self::new(scope.to_ascii_lowercase(), id, evidence))
    }
}

/// A mail address trimmed and in lower case, taken out of `Ada <ada@example.com>` if need be. `None` when it
/// has no `@` with something on both sides, or holds a space or control character. The domain is not
/// looked up, and dots and `+tags` stay: the hub knows whose mean nothing.
pub fn email(address: &str) -> Option<String> {
    let address = address.trim();
    let address = match (address.rfind('<'), address.ends_with('>')) {
        (Some(open), true) => &address[open + 1..address.len() - 1],
        _ => address,
    };
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    let (local, domain) = address.rsplit_once('@')?;
    let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';');
    if local.is_empty()
        || domain.is_empty()
        || domain.contains("..")
        || domain.starts_with('.')
        || address.contains(bad)
    {
        return None;
    }
    (address.len() <= 320).then(|| address.to_lowercase())
}

/// A phone number as E.164 with its plus: `+4917012345678`.
///
/// A number with an extension (`x12`, `;ext=12`) is `None`: the number before it is shared by several people.
///
/// Taken are numbers written with `+` or `00` (spaces, dots, dashes, slashes, brackets and a bracketed
/// `(0)` are dropped), and, with a `country` this module knows, national numbers: its trunk prefix goes,
/// its calling code comes. Without a country a national number is `None`: a guess would join strangers.
///
/// It is not a numbering plan: a number of a plausible length (7 to 15 digits) is believed. Argentine, Mexican and
/// Brazilian mobiles keep what was written (`+549…`, `+54…`), which may be what their network knows them by; the hub
/// compares them as one. The Italian leading zero stays.
pub fn phone(number: &str, country: Option<&str>) -> Option<String> {
    let number = number.trim().strip_prefix("tel:").unwrap_or(number.trim());
    let international =
        number.strip_prefix('+').or_else(|| number.strip_prefix("(+")).or_else(|| number.strip_prefix("00"));
    match international {
        Some(rest) => e164(&digits(&rest.replacen("(0)", "", 1))?),
        None => {
            let (_, code, trunk) =
                COUNTRIES.iter().find(|(name, ..)| country.is_some_and(|c| c.eq_ignore_ascii_case(name)))?;
            let national = digits(number)?;
            let national =
                if trunk.is_empty() { &*national } else { national.strip_prefix(trunk).unwrap_or(&national) };
            e164(&format!("{code}{national}"))
        }
    }
}

fn digits(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' => out.push(c),
            ' ' | '\u{a0}' | '\u{202f}' | '.' | '-' | '\u{2010}'..='\u{2013}' | '/' | '(' | ')' => {}
            _ => return None,
        }
    }
    Some(out)
}

fn e164(digits: &str) -> Option<String> {
    let plausible = (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit());
    plausible.then(|| format!("+{digits}"))
}

/// Country, calling code and trunk prefix (ITU-T E.164 and E.123 annex, 2016, and the plans published
/// there since). A country that is missing here needs numbers written internationally.
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("AE", "971", "0"),
    ("AR", "54", "0"),
    ("AT", "43", "0"),
    ("AU", "61", "0"),
    ("BE", "32", "0"),
    ("BG", "359", "0"),
    ("BR", "55", "0"),
    ("CA", "1", "1"),
    ("CH", "41", "0"),
    ("CL", "56", ""),
    ("CN", "86", "0"),
    ("CO", "57", ""),
    ("CY", "357", ""),
    ("CZ", "420", ""),
    ("DE", "49", "0"),
    ("DK", "45", ""),
    ("EE", "372", ""),
    ("EG", "20", "0"),
    ("ES", "34", ""),
    ("FI", "358", "0"),
    ("FR", "33", "0"),
    ("GB", "44", "0"),
    ("GR", "30", ""),
    ("HK", "852", ""),
    ("HR", "385", "0"),
    ("HU", "36", "06"),
    ("ID", "62", "0"),
    ("IE", "353", "0"),
    ("IL", "972", "0"),
    ("IN", "91", "0"),
    ("IS", "354", ""),
    ("IT", "39", ""),
    ("JP", "81", "0"),
    ("KE", "254", "0"),
    ("KR", "82", "0"),
    ("LT", "370", "0"),
    ("LU", "352", ""),
    ("LV", "371", ""),
    ("MA", "212", "0"),
    ("MT", "356", ""),
    ("MX", "52", ""),
    ("MY", "60", "0"),
    ("NG", "234", "0"),
    ("NL", "31", "0"),
    ("NO", "47", ""),
    ("NZ", "64", "0"),
    ("PE", "51", "0"),
    ("PH", "63", "0"),
    ("PK", "92", "0"),
    ("PL", "48", ""),
    ("PT", "351", ""),
    ("RO", "40", "0"),
    ("RS", "381", "0"),
    ("SA", "966", "0"),
    ("SE", "46", "0"),
    ("SG", "65", ""),
    ("SI", "386", "0"),
    ("SK", "421", "0"),
    ("TH", "66", "0"),
    ("TN", "216", ""),
    ("TR", "90", "0"),
    ("TW", "886", "0"),
    ("UA", "380", "0"),
    ("US", "1", "1"),
    ("VN", "84", "0"),
    ("ZA", "27", "0"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form_however_it_is_written() {
        for (text, country) in [
            ("+49 170 1234567", None),
            ("+49 (0) 170 / 123-4567", None),
            ("0049-170-1234567", None),
            ("tel:+491701234567", None),
            ("0170 123 45 67", Some("DE")),
            ("(0170) 1234567", Some("de")),
            ("+491701234567", Some("US")),
            ("(+49) 170 1234567", None),
        ] {
            assert_eq!(phone(text, country).as_deref(), Some("+491701234567"), "{text}");
        }
        assert_eq!(phone("1 (415) 555-2671", Some("US")).as_deref(), Some("+14155552671"));
        assert_eq!(phone("(415) 555-2671", Some("US")).as_deref(), Some("+14155552671"));
        assert_eq!(phone("06 12 34 56 78", Some("FR")).as_deref(), Some("+33612345678"));
        assert_eq!(phone("06 698 1234", Some("IT")).as_deref(), Some("+39066981234"));
    }

    #[test]
    fn a_national_number_without_a_country_is_nobodys() {
        for text in [
            "0170 1234567",
            "4155552671",
            "",
            "+",
            "+0123456789",
            "+123",
            "+1234567890123456",
            "+49 170 CALLME",
            "+49 170 1234567 x12",
            "tel:+491701234567;ext=12",
        ] {
            assert_eq!(phone(text, None), None, "{text}");
        }
        assert_eq!(phone("0170 1234567", Some("ZZ")), None);
    }

    #[test]
    fn a_vendors_digits_are_a_number() {
        let identifier = Identifier::phone_digits("491701234567", Evidence::Verified).unwrap();
        assert_eq!(identifier.value, "+491701234567");
        assert_eq!(Identifier::phone_digits("US.13491208655302741918", Evidence::Verified), None);
    }

    #[test]
    fn mail_addresses_are_trimmed_and_lowered() {
        for text in [
            " Ada@Example.COM ",
            "Ada Lovelace <ada@example.com>",
            "<ADA@example.com>",
            "mailto:ada@example.com",
        ] {
            assert_eq!(email(text).as_deref(), Some("ada@example.com"), "{text}");
        }
        for text in ["", "ada", "@example.com", "ada@", "a b@example.com", "ada@example..com", "a@b.c, d@e.f"]
        {
            assert_eq!(email(text), None, "{text}");
        }
    }
}
