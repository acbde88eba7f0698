//! Addresses of pages with what stands behind the `?`.

use url::form_urlencoded::Serializer;

/// An address with these values; those that are empty are left out.
pub(crate) fn with(path: &str, values: &[(&str, &str)]) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A part of a path, escaped.
pub(crate) fn part(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_empty_ones_left_out() {
        assert_eq!(with("/people", &[("search", ""), ("cursor", "")]), "/people");
        assert_eq!(with("/people", &[("search", "a&b ü"), ("cursor", "")]), "/people?search=a%26b+%C3%BC");
    }

    #[test]
    fn a_part_of_a_path_holds_no_slash() {
        assert_eq!(part("gid://shop/Order/1 ü"), "gid%3A%2F%2Fshop%2FOrder%2F1%20%C3%BC");
    }
}
