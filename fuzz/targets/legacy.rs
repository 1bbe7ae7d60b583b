//! The fuzz target `legacy`: see `src/legacy.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatctl_fuzz::legacy::check(data));
