//! The fuzz target `script`: see `src/script.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatctl_fuzz::script::check(data));
