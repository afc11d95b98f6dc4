#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| git_coord_fuzz::run("own_files", data));
