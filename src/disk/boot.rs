//! Since when this machine runs: what nobody waited for may have been lost before that.

use std::path::Path;

use super::read;

const LEN_MAX: u64 = 100;

/// Returns a word for the time since this machine was started, another one after each start. Where it tells none, it is always
/// the same.
pub fn boot() -> String {
    let told = read(Path::new("/proc/sys/kernel/random/boot_id"), LEN_MAX).ok().flatten();
    let word = told.and_then(|bytes| String::from_utf8(bytes).ok()).map(|text| text.trim().to_owned());
    word.filter(|word| !word.is_empty() && !word.contains(char::is_whitespace)).unwrap_or_else(|| "-".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_word_and_stays() {
        assert_eq!(boot(), boot());
        assert_eq!(boot().split_whitespace().count(), 1);
        assert_eq!(boot().len() > 1, cfg!(target_os = "linux"));
    }
}
