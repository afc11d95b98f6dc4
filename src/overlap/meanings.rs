//! What many texts mean, kept for the next time: computing it takes far longer than comparing.
//!
//! Kept as a line that names the format and the table, then rows: the first bytes of the SHA-256 of a text, and what it means.
//! There are no texts in it. What is torn, or of another table, is not there.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use sha2::Digest;
use sha2::Sha256;

use crate::overlap::meaning::Meaning;
use crate::overlap::table::MODEL;

/// So many bytes of a text's SHA-256 tell it apart here. Whoever makes two collide is told of a wrong likeness, and no more.
const KEY_LEN: usize = 16;
/// So many are kept, whatever was compared last.
const KEPT_MIN: usize = 1_000;

/// What tells a text apart.
pub type TextKey = [u8; KEY_LEN];

/// What is known of texts.
#[derive(Clone, Debug, Default)]
pub struct Meanings {
    known: BTreeMap<TextKey, Meaning>,
    new: usize,
}

impl Meanings {
    /// Reads what was kept.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let rows = bytes.strip_prefix(header().as_bytes()).unwrap_or_default();
        let row = |row: &[u8]| Some((row[..KEY_LEN].try_into().ok()?, Meaning::from_bytes(&row[KEY_LEN..])?));
        let known = rows.chunks_exact(KEY_LEN + Meaning::LEN).filter_map(row).collect();
        Self { known, new: 0 }
    }

    /// Returns what is to be kept, after which nothing is new. Once most of it is of other texts than these, it is let go.
    pub fn to_bytes<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> Vec<u8> {
        let named: BTreeSet<TextKey> = texts.map(text_key).collect();
        let keeps_all = self.known.len() <= KEPT_MIN + 4 * named.len();
        let mut bytes = header().into_bytes();
        for (key, meaning) in self.known.iter().filter(|(key, _)| keeps_all || named.contains(*key)) {
            bytes.extend(key);
            bytes.extend(meaning.to_bytes());
        }
        self.new = 0;
        bytes
    }

    /// Returns what a text means, and knows it from now on.
    pub fn learn(&mut self, text: &str) -> Meaning {
        *self.known.entry(text_key(text)).or_insert_with(|| {
            self.new += 1;
            Meaning::of_text(text)
        })
    }

    /// Returns how many were computed since it was read or kept.
    pub fn new_count(&self) -> usize {
        self.new
    }
}

fn header() -> String {
    format!("git-coord meanings 1 {MODEL}\n")
}

/// Returns what tells a text apart from others.
pub fn text_key(text: &str) -> TextKey {
    let hash = Sha256::digest(text.as_bytes());
    let mut key = [0; KEY_LEN];
    key.copy_from_slice(&hash[..KEY_LEN]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 3] = ["Fix the parser", "Update the images of CI", "…"];

    fn learnt(texts: &[&str]) -> Meanings {
        let mut meanings = Meanings::default();
        for text in texts {
            meanings.learn(text);
        }
        meanings
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let bytes = learnt(&TEXTS).to_bytes(TEXTS.into_iter());
        let mut again = Meanings::from_bytes(&bytes);
        assert_eq!(again.known, learnt(&TEXTS).known);
        assert_eq!((again.learn(TEXTS[0]), again.new_count()), (Meaning::of_text(TEXTS[0]), 0));
        assert_eq!(again.learn("Water the plants"), Meaning::of_text("Water the plants"));
        assert_eq!(again.new_count(), 1);
        again.to_bytes(TEXTS.into_iter());
        assert_eq!(again.new_count(), 0);
    }

    #[test]
    fn what_is_torn_or_of_another_table_is_not_there() {
        let bytes = learnt(&TEXTS).to_bytes(TEXTS.into_iter());
        assert_eq!(Meanings::from_bytes(&bytes[..bytes.len() - 1]).known.len(), 2);
        for torn in [&bytes[..5], &bytes[1..], b"git-coord meanings 1 another@00000000\n"] {
            assert!(Meanings::from_bytes(torn).known.is_empty());
        }
    }

    #[test]
    fn texts_that_are_gone_are_let_go_once_they_are_most() {
        let texts: Vec<String> = (0..KEPT_MIN + 5).map(|number| number.to_string()).collect();
        let many: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut meanings = learnt(&many);
        let mut kept = |live: &[&str]| Meanings::from_bytes(&meanings.to_bytes(live.iter().copied())).known.len();
        assert_eq!(kept(&many[..2]), many.len());
        assert_eq!(kept(&many[..1]), 1);
    }
}
