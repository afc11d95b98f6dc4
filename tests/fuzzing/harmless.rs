//! What may reach a terminal: no control character but the end of a line, nothing that hides or turns text.

use std::ops::RangeInclusive;

/// Returns the first character of a text that could move a terminal or mislead who reads it.
pub fn harmful(text: &str) -> Option<char> {
    text.chars().find(|c| (c.is_control() && *c != '\n') || is_hidden(*c))
}

/// Characters by Unicode that change the direction of what stands around them, break lines or are not seen: everything that is
/// ignorable by default, but for the variation selectors of emoji, and the separators of lines. It is a list of its own, from
/// Unicode and not from the program: a gap of the program's is no gap here.
fn is_hidden(c: char) -> bool {
    const RANGES: [RangeInclusive<u32>; 17] = [
        0xad..=0xad,
        0x34f..=0x34f,
        0x61c..=0x61c,
        0x115f..=0x1160,
        0x17b4..=0x17b5,
        0x180b..=0x180f,
        0x200b..=0x200f,
        0x2028..=0x2029,
        0x202a..=0x202e,
        0x2060..=0x206f,
        0x3164..=0x3164,
        0xfeff..=0xfeff,
        0xffa0..=0xffa0,
        0xfff0..=0xfffb,
        0x1bca0..=0x1bca3,
        0x1d173..=0x1d17a,
        0xe0000..=0xe0fff,
    ];
    RANGES.iter().any(|range| range.contains(&u32::from(c)))
}

/// Returns whether a character changes the direction of what stands around it: what Unicode calls a control of that.
pub fn turns(c: char) -> bool {
    matches!(u32::from(c), 0x61c | 0x200e..=0x200f | 0x202a..=0x202e | 0x2066..=0x2069)
}

/// Fails if a text of a file could move a terminal, by more than its tabs.
#[track_caller]
pub fn assert_harmless_file(text: &str, what: &str) {
    assert_harmless(&text.replace('\t', " "), what);
}

/// Fails if a text could move a terminal.
#[track_caller]
pub fn assert_harmless(text: &str, what: &str) {
    if let Some(c) = harmful(text) {
        panic!("{what} shows U+{:04X} as it is: {:?}", u32::from(c), text.chars().take(2_000).collect::<String>());
    }
}
