//! The use of secrets by name; their values never enter the plugin. The manifest must say `sign = true`
//! for the secret.

pub use crate::bindings::imports::switchboard::plugin::signing::Algorithm;

use crate::error::Result;

#[cfg(target_arch = "wasm32")]
use crate::bindings::imports::switchboard::plugin::signing as host;
#[cfg(not(target_arch = "wasm32"))]
use crate::testing::signing as host;

/// Signs `data` with the secret of that name.
pub fn sign(secret: &str, algorithm: Algorithm, data: &[u8]) -> Result<Vec<u8>> {
    host::sign(secret, algorithm, data)
}

/// Whether `signature` is the right one for `data`, compared in constant time.
pub fn verify(secret: &str, algorithm: Algorithm, data: &[u8], signature: &[u8]) -> Result<bool> {
    host::verify(secret, algorithm, data, signature)
}

/// Bytes as lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// Bytes as base64 with padding (RFC 4648, section 4).
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().chain([&0; 2]).take(3).fold(0_usize, |word, b| word << 8 | usize::from(*b));
        for place in 0..4 {
            out.push(if place <= chunk.len() {
                char::from(ALPHABET[word >> (18 - 6 * place) & 63])
            } else {
                '='
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_and_hex_are_those_of_rfc_4648() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ];
        for (text, encoded) in cases {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
        assert_eq!(hex(&[0, 0xab, 0xff]), "00abff");
    }
}
