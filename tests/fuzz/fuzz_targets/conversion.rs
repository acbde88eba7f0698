#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| switchboard::plugin::fuzzing::conversion(data));
