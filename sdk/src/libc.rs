//! The few functions of C's library that Rust's standard library calls when a plugin panics or prints.
//!
//! Without them `std` drags in files, terminals, environment and streams of WASI: some twenty imports and
//! 30 KiB in every plugin, which each fresh instance pays for, to print into the void. Here a panic's
//! message and whatever is printed become lines of the hub's log instead, and the rest finds an empty
//! world, which is what the sandbox offers anyway.
//!
//! The linker takes these before it looks into `libc.a`; each has the C signature of its name.
#![allow(unsafe_code, reason = "symbols of C can be defined in no other way")]

use core::ffi::{c_char, c_int, c_void};

use crate::bindings::imports::switchboard::plugin::log;

/// Standard error is logged as an error, standard output for the author.
///
/// # Safety
/// `data` points to `length` readable bytes, as `write(2)` demands.
#[unsafe(no_mangle)]
unsafe extern "C" fn write(descriptor: c_int, data: *const c_void, length: usize) -> isize {
    // SAFETY: the caller keeps to write(2).
    let bytes = unsafe { core::slice::from_raw_parts(data.cast::<u8>(), length) };
    let level = if descriptor == 2 { log::Level::Error } else { log::Level::Debug };
    if let Ok(text) = core::str::from_utf8(bytes.trim_ascii())
        && !text.is_empty()
        // What std adds to a panic's message helps nobody here.
        && !text.starts_with("note: run with `RUST_BACKTRACE=1`")
    {
        log::write(level, text);
    }
    length as isize
}

/// No variable is set.
#[unsafe(no_mangle)]
extern "C" fn getenv(_name: *const c_char) -> *mut c_char {
    core::ptr::null_mut()
}

/// Leaving ends the call like a panic.
#[unsafe(no_mangle)]
extern "C" fn _Exit(_status: c_int) -> ! {
    core::arch::wasm32::unreachable()
}
