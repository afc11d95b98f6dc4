//! What may reach a terminal: no control character but the end of a line, nothing that hides or turns text.

/// Returns the first character of a text that could move a terminal or mislead who reads it.
pub fn harmful(text: &str) -> Option<char> {
    text.chars().find(|c| (c.is_control() && *c != '\n') || is_hidden(*c))
}

/// Characters by Unicode that change the direction of what stands around them, break lines or are not seen.
fn is_hidden(c: char) -> bool {
    let code = u32::from(c);
    let ranges: [std::ops::RangeInclusive<u32>; 9] = [
        0x61c..=0x61c,
        0x200b..=0x200b,
        0x200e..=0x200f,
        0x2028..=0x202e,
        0x2060..=0x2064,
        0x2066..=0x206f,
        0xfeff..=0xfeff,
        0xfff9..=0xfffb,
        0xe0000..=0xe007f,
    ];
    ranges.iter().any(|range| range.contains(&code))
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
