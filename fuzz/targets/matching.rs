//! The fuzz target `matching`: see `src/matching.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatctl_fuzz::matching::check(data));
