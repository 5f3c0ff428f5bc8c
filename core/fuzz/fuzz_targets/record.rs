//! libFuzzer program for [`carrier_fuzz::targets::record`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| carrier_fuzz::targets::record(data));
