//! Amounts of money: decimal text and a currency, never a float.

pub use crate::bindings::imports::switchboard::plugin::types::Money;

impl Money {
    /// An amount as the vendor writes it (`12.5`, `-3`, `1999`) in an ISO 4217 currency. `None` when the
    /// text is no plain decimal number or the currency is not three letters.
    pub fn new(amount: &str, currency: &str) -> Option<Self> {
        let amount = amount.trim();
        let digits = amount.strip_prefix('-').unwrap_or(amount);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let currency = currency.trim();
        let known = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_alphabetic());
        (plain(whole) && plain(fraction) && known)
            .then(|| Self { amount: amount.to_owned(), currency: currency.to_ascii_uppercase() })
    }

    /// An amount in the currency's smallest unit, as payment systems write it. `digits` says how many
    /// decimal places the currency has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn from_minor(minor: i64, digits: u8, currency: &str) -> Option<Self> {
        let sign = if minor < 0 { "-" } else { "" };
        let width = usize::from(digits) + 1;
        let text = format!("{:0width$}", minor.unsigned_abs());
        let (whole, fraction) = text.split_at(text.len() - usize::from(digits));
        let point = if fraction.is_empty() { "" } else { "." };
        Self::new(&format!("{sign}{whole}{point}{fraction}"), currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_keeps_every_digit_it_was_written_with() {
        for amount in ["0", "12.50", "-12.50", "99999999999999999999.123456789", "1999"] {
            assert_eq!(
                Money::new(amount, "eur").unwrap(),
                Money { amount: amount.into(), currency: "EUR".into() }
            );
        }
    }

    #[test]
    fn what_is_no_plain_number_is_no_amount() {
        for amount in ["", "-", "1,50", "1.", ".5", "1e3", "+1", "1 000", "NaN", "--1"] {
            assert_eq!(Money::new(amount, "EUR"), None, "{amount}");
        }
        assert_eq!(Money::new("1", "EURO"), None);
    }

    #[test]
    fn minor_units_get_their_point() {
        let amount = |minor, digits| Money::from_minor(minor, digits, "EUR").unwrap().amount;
        assert_eq!(amount(1999, 2), "19.99");
        assert_eq!(amount(-5, 2), "-0.05");
        assert_eq!(amount(500, 0), "500");
        assert_eq!(amount(1, 3), "0.001");
        assert_eq!(amount(i64::MIN, 2), "-92233720368547758.08");
    }
}
