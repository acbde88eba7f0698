//! What the fuzz targets reach of this module. Built with `--cfg fuzzing` alone, which cargo-fuzz sets.

/// Converts what the bytes say as if a plugin had handed it back, and checks what comes of it.
///
/// # Panics
/// When what was taken breaks a rule.
pub fn conversion(data: &[u8]) {
    super::convert::drawn::holds(data);
}
