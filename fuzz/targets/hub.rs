//! The fuzz target `hub`: see `src/hub.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatctl_fuzz::hub::check(data));
