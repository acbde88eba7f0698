//! Numbers as people read them in messages, in groups of three digits: an operator's view covers what looks
//! like somebody's number.

/// A count: `50 000`.
pub(super) fn count(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes in the largest unit that holds it whole: `64 MiB`.
pub(super) fn bytes(bytes: usize) -> String {
    let whole = |shift: u32| bytes >> shift << shift == bytes && bytes >> shift > 0;
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.into_iter().find(|(shift, _)| whole(*shift));
    unit.map_or_else(
        || format!("{} bytes", count(bytes)),
        |(shift, unit)| format!("{} {unit}", count(bytes >> shift)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_bytes_have_a_unit() {
        assert_eq!([0, 999, 50_000, 1_234_567].map(count), ["0", "999", "50 000", "1 234 567"]);
        assert_eq!(
            [0, 512, 16 << 10, 64 << 20, (64 << 20) + 1, 2 << 30].map(bytes),
            ["0 bytes", "512 bytes", "16 KiB", "64 MiB", "67 108 865 bytes", "2 GiB"]
        );
    }
}
