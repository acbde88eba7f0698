//! A sorted table in one blob, read in place: nothing is parsed or allocated at start.
//!
//! The build script writes it: a `u32` count of blocks, a `u32` offset per block, then entries. An
//! entry is a byte with two halves, how many bytes the key shares with the one before and how many
//! follow (15: a byte with the number comes next), those bytes, and `V` bytes of value. Every
//! [`BLOCK`]th key is written whole.

/// Keys per block. The build script writes the same number.
pub const BLOCK: usize = 32;

/// Keys longer than this, in bytes, are in no table.
pub const LONGEST: usize = 64;

/// A table whose values take `V` bytes.
#[derive(Debug, Clone, Copy)]
pub struct Packed<const V: usize>(pub &'static [u8]);

impl<const V: usize> Packed<V> {
    /// The value kept under `key`.
    pub fn get(&self, key: &str) -> Option<[u8; V]> {
        let key = key.as_bytes();
        if key.len() > LONGEST {
            return None;
        }
        let (mut low, mut high) = (0, self.number(0)?);
        while low < high {
            let middle = (low + high) / 2;
            let (_, length, at) = self.head(self.number(1 + middle)?)?;
            if self.0.get(at..at + length)? <= key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        // The key, if it is there at all, is in the block before the first that starts beyond it.
        let block = low.checked_sub(1)?;
        self.in_block(self.number(1 + block)?, key)
    }

    /// Looks for `key` in the block that starts at byte `at`.
    fn in_block(&self, mut at: usize, key: &[u8]) -> Option<[u8; V]> {
        let mut known = [0_u8; LONGEST];
        for _ in 0..BLOCK {
            let (shared, suffix, start) = self.head(at)?;
            let end = start + suffix;
            known.get_mut(shared..shared + suffix)?.copy_from_slice(self.0.get(start..end)?);
            if known.get(..shared + suffix)? == key {
                return self.0.get(end..end + V)?.try_into().ok();
            }
            at = end + V;
        }
        None
    }

    /// An entry's shared length and suffix length, and where its suffix starts.
    fn head(&self, at: usize) -> Option<(usize, usize, usize)> {
        let halves = *self.0.get(at)?;
        let shared = usize::from(halves >> 4);
        match halves & 15 {
            15 => Some((shared, usize::from(*self.0.get(at + 1)?), at + 2)),
            suffix => Some((shared, usize::from(suffix), at + 1)),
        }
    }

    /// The `index`th little-endian `u32` of the head.
    fn number(&self, index: usize) -> Option<usize> {
        let bytes = self.0.get(index * 4..index * 4 + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One block: `ab` 1, `abc` 2.
    const TWO: Packed<1> = Packed(&[1, 0, 0, 0, 8, 0, 0, 0, 0x02, b'a', b'b', 1, 0x21, b'c', 2]);

    #[test]
    fn a_key_is_found_whether_it_is_written_whole_or_shortened() {
        assert_eq!(TWO.get("ab"), Some([1]));
        assert_eq!(TWO.get("abc"), Some([2]));
    }

    #[test]
    fn a_key_before_between_or_after_the_others_is_not_found() {
        for key in ["", "a", "aa", "abb", "abcd", "b", "\u{10ffff}"] {
            assert_eq!(TWO.get(key), None, "{key}");
        }
    }

    #[test]
    fn a_table_that_is_cut_short_finds_nothing() {
        assert_eq!(Packed::<1>(&[]).get("ab"), None);
        assert_eq!(Packed::<1>(&[1, 0, 0, 0]).get("ab"), None);
        assert_eq!(Packed::<1>(&[0, 0, 0, 0]).get("ab"), None);
    }
}
