//! Amounts: in the currency the customer saw, added without a float.

use switchboard_sdk::{Money, record};

use crate::text::Text;

record! {
    /// One amount.
    pub(crate) struct Amount {
        amount: Text<'a>,
        currency_code("currency_code" | "currencyCode"): Text<'a>,
    }
}

impl Amount<'_> {
    /// It as the contract writes it.
    pub(crate) fn money(&self) -> Option<Money> {
        Money::new(self.amount.get()?, self.currency_code.get()?)
    }

    /// It as people read it: `120.40 EUR`.
    pub(crate) fn text(&self) -> Option<String> {
        let money = self.money()?;
        Some(format!("{} {}", money.amount, money.currency))
    }
}

record! {
    /// An amount in the shop's currency and in the one the customer saw.
    pub(crate) struct Bag {
        presentment_money: Option<Amount<'a>>,
        shop_money: Option<Amount<'a>>,
    }
}

/// What the customer saw, where the shop says so; else the plain amount in the plain currency.
pub(crate) fn seen(bag: Option<&Bag<'_>>, amount: &Text<'_>, currency: Option<&str>) -> Option<Money> {
    bag.and_then(|bag| bag.presentment_money.as_ref().or(bag.shop_money.as_ref()))
        .and_then(Amount::money)
        .or_else(|| Money::new(amount.get()?, currency?))
}

/// The sum of amounts, with as many decimal places as the longest has. `None` without amounts, with more
/// than one currency, or beyond what 38 digits hold.
pub(crate) fn sum(amounts: impl IntoIterator<Item = Money>) -> Option<Money> {
    let amounts: Vec<Money> = amounts.into_iter().collect();
    let currency = amounts.first()?.currency.clone();
    let places = |money: &Money| money.amount.split_once('.').map_or(0, |(_, f)| f.len());
    let scale = amounts.iter().map(places).max()?;
    let mut total: i128 = 0;
    for money in &amounts {
        if money.currency != currency {
            return None;
        }
        let padding = "0".repeat(scale - places(money));
        let digits: String = money.amount.chars().filter(|c| *c != '.').collect();
        total = total.checked_add(format!("{digits}{padding}").parse().ok()?)?;
    }
    let sign = if total < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", total.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale == 0 { "" } else { "." };
    Money::new(&format!("{sign}{whole}{point}{fraction}"), &currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(amounts: &[(&str, &str)]) -> Option<String> {
        sum(amounts.iter().filter_map(|(a, c)| Money::new(a, c))).map(|m| m.amount)
    }

    #[test]
    fn amounts_are_added_without_a_float() {
        assert_eq!(total(&[("0.10", "EUR"), ("0.2", "EUR")]).as_deref(), Some("0.30"));
        assert_eq!(total(&[("209.00", "USD"), ("-9.005", "USD")]).as_deref(), Some("199.995"));
        assert_eq!(total(&[("5", "JPY"), ("7", "JPY")]).as_deref(), Some("12"));
        assert_eq!(total(&[("-0.50", "EUR"), ("0.25", "EUR")]).as_deref(), Some("-0.25"));
        assert_eq!(total(&[("1", "EUR"), ("1", "USD")]), None);
        assert_eq!(total(&[]), None);
    }
}
