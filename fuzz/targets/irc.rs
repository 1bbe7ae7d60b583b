//! The fuzz target `irc`: see `src/irc.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatctl_fuzz::irc::check(data));
