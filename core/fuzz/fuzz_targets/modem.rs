//! libFuzzer program for [`carrier_fuzz::targets::modem`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| carrier_fuzz::targets::modem(data));
