//! Codes of an authenticator: RFC 6238 over RFC 4226, as every app has them: SHA-1, six digits, thirty seconds.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// How long a code is shown, in milliseconds.
pub const STEP_MS: i64 = 30_000;

/// How many codes before and after the present one are taken, for clocks that are wrong (RFC 6238, 5.2).
const SKEW: i64 = 1;

/// The bytes of a secret: as many as the hash has (RFC 4226, 4, R6).
pub const SECRET: usize = 20;

/// The code of a step, which is a number of [`STEP_MS`] since the epoch.
fn code(secret: &[u8], step: i64, digits: u32) -> u32 {
    // HMAC takes keys of every length, so this cannot fail.
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(secret).unwrap_or_else(|_| unreachable!("any key"));
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[hash.len() - 1] & 0xf);
    let part = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
    part % 10_u32.pow(digits)
}

/// The step whose code was typed, where it is one of now and later than `last`, the step of the code that was taken
/// last. Spaces do not count.
#[must_use]
pub fn check(secret: &[u8], typed: &str, now_ms: i64, last: i64) -> Option<i64> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let typed: u32 = digits.parse().ok()?;
    let now = now_ms.div_euclid(STEP_MS);
    (now - SKEW..=now + SKEW).filter(|step| *step > last).find(|step| code(secret, *step, 6) == typed)
}

/// The code that an authenticator shows at a time.
#[must_use]
pub fn shown(secret: &[u8], now_ms: i64) -> String {
    format!("{:06}", code(secret, now_ms.div_euclid(STEP_MS), 6))
}

/// A secret as people type it into an app: base 32 (RFC 4648) without padding.
#[must_use]
pub fn written(secret: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::with_capacity(secret.len().div_ceil(5) * 8);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in secret {
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            out.push(char::from(ALPHABET[(bits >> count & 31) as usize]));
        }
    }
    if count > 0 {
        out.push(char::from(ALPHABET[(bits << (5 - count) & 31) as usize]));
    }
    out
}

/// What the app reads from the picture: the key URI that every authenticator knows.
#[must_use]
pub fn uri(secret: &[u8], issuer: &str, login: &str) -> String {
    let mut label = url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect::<String>();
    label.push(':');
    label.extend(url::form_urlencoded::byte_serialize(login.as_bytes()));
    // A space is `+` in forms alone.
    let label = label.replace('+', "%20");
    let issuer =
        url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect::<String>().replace('+', "%20");
    format!(
        "otpauth://totp/{label}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
        written(secret)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, and RFC 4226, appendix D, use this.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_both_rfcs_hold() {
        for (seconds, expected) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000_i64, 65_353_130),
        ] {
            assert_eq!(code(SECRET, seconds / 30, 8), expected, "{seconds}");
        }
        let counted =
            [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
        for (count, expected) in (0..).zip(counted) {
            assert_eq!(code(SECRET, count, 6), expected, "{count}");
        }
    }

    #[test]
    fn the_codes_beside_the_present_one_are_taken_and_none_twice() {
        let now = 1_111_111_111_000;
        let step = now / STEP_MS;
        for near in [-1, 0, 1] {
            let typed = shown(SECRET, now + near * STEP_MS);
            assert_eq!(check(SECRET, &typed, now, 0), Some(step + near));
            assert_eq!(check(SECRET, &typed, now, step + near), None, "it was taken already");
        }
        for far in [-2, 2] {
            assert_eq!(check(SECRET, &shown(SECRET, now + far * STEP_MS), now, 0), None);
        }
        let spaced = format!(" {} ", shown(SECRET, now).chars().flat_map(|c| [c, ' ']).collect::<String>());
        assert_eq!(check(SECRET, &spaced, now, 0), Some(step));
        for wrong in ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"] {
            assert_eq!(check(SECRET, wrong, now, 0), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_written_as_rfc_4648_writes_it() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
        ] {
            assert_eq!(written(bytes.as_bytes()), expected);
        }
        assert_eq!(
            uri(b"fooba", "Ada & Co", "ada@example.com"),
            "otpauth://totp/Ada%20%26%20Co:ada%40example.com?secret=MZXW6YTB&issuer=Ada%20%26%20Co&algorithm=SHA1&\
             digits=6&period=30"
        );
    }
}
