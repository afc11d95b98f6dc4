//! How many tokens a model reads in a text.

use tiktoken_rs::o200k_base_singleton;

/// Counts with the vocabulary `o200k_base`, one of the few that are published. Others count differently, by about a tenth.
pub fn tokens(text: &str) -> usize {
    o200k_base_singleton().encode_ordinary(text).len()
}
