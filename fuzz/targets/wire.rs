//! The fuzz target `wire`: see `src/wire.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatctl_fuzz::wire::check(data));
