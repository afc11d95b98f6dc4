//! Human text: intents, reasons, notes. Bounded, and free of characters that hide or reorder what a reader sees.
//!
//! Never interprets the text; nothing is decided by what it says.

use std::fmt;

/// Text written by a principal for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Box<str>);

/// Why a string is no [`Text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    #[error("text is empty")]
    Empty,
    #[error("text is longer than {} bytes", Text::LEN_MAX_BYTES)]
    TooLong,
    #[error("text contains the control or invisible character U+{:04X}", u32::from(*.0))]
    Deceptive(char),
}

impl Text {
    /// The longest text in bytes.
    pub const LEN_MAX_BYTES: usize = 4096;

    /// Checks a text of one line.
    pub fn parse(source: &str) -> Result<Self, TextFault> {
        Self::checked(source, is_deceptive)
    }

    /// Checks a text that may also contain newlines and tabs.
    pub fn parse_multiline(source: &str) -> Result<Self, TextFault> {
        Self::checked(source, |character| !matches!(character, '\n' | '\t') && is_deceptive(character))
    }

    fn checked(source: &str, is_refused: impl Fn(char) -> bool) -> Result<Self, TextFault> {
        if source.len() > Self::LEN_MAX_BYTES {
            return Err(TextFault::TooLong);
        }
        let is_plain = source.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_plain && let Some(character) = source.chars().find(|&character| is_refused(character)) {
            return Err(TextFault::Deceptive(character));
        }
        if source.trim().is_empty() {
            return Err(TextFault::Empty);
        }
        Ok(Self(source.into()))
    }

    /// Returns the text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns whether a character can hide, reorder or break the text around it on a screen.
///
/// The joiners U+200C and U+200D and the variation selectors of emoji stay legal: ordinary writing needs them. Tag
/// characters and the supplementary selectors do not: they carry whole hidden messages that an agent can read.
pub(crate) fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}'                       // Arabic letter mark
            | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' // zero width
            | '\u{200E}' | '\u{200F}'        // direction marks
            | '\u{2028}' | '\u{2029}'        // line and paragraph separators
            | '\u{202A}'..='\u{202E}'        // direction embeddings and overrides
            | '\u{2066}'..='\u{206F}'        // direction isolates and deprecated format controls
            | '\u{FFF9}'..='\u{FFFB}'        // interlinear annotation
            | '\u{E0000}'..='\u{E007F}'      // tags
            | '\u{E0100}'..='\u{E01EF}') // supplementary variation selectors
}

/// Returns whether a character reorders what stands around it: CVE-2021-42574.
pub(crate) fn is_reordering(character: char) -> bool {
    matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Returns whether a character is shown as an escape, whatever it stands in: what no [`Text`] may hold, and what ordinary
/// writing may need and nobody sees. The variation selectors of emoji stay.
pub(crate) fn is_unseen(character: char) -> bool {
    is_deceptive(character)
        || matches!(character,
            '\u{AD}' | '\u{34F}'                // soft hyphen, grapheme joiner
            | '\u{200B}'..='\u{200F}'           // joiners
            | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' // fillers
            | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}') // tags, selectors, and what is kept free for their like
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_kept_as_written() {
        for source in [
            "Stream the tokenizer's input",
            "Größe prüfen",
            "修正",
            " padded ",
            "نامه\u{200C}ها",
            "👩\u{200D}💻 ❤\u{FE0F}",
            "\u{E000}",
        ] {
            assert_eq!(Text::parse(source).unwrap().as_str(), source);
            assert_eq!(Text::parse_multiline(source).unwrap().to_string(), source);
        }
    }

    #[test]
    fn newline_and_tab_are_legal_only_in_multiline_text() {
        for source in ["one\ntwo", "one\ttwo"] {
            assert!(matches!(Text::parse(source), Err(TextFault::Deceptive(_))));
            assert!(Text::parse_multiline(source).is_ok());
        }
        assert_eq!(Text::parse_multiline("one\r\ntwo"), Err(TextFault::Deceptive('\r')));
    }

    #[test]
    fn deceptive_characters_are_refused() {
        for code in [
            0x0, 0x7, 0x1B, 0x7F, 0x80, 0x9B, 0x9F, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028, 0x202A, 0x202E, 0x2060,
            0x2066, 0x2069, 0xFEFF, 0xFFF9, 0xFFFB, 0xE0041, 0xE0100,
        ] {
            let character = char::from_u32(code).unwrap();
            let source = format!("a{character}b");
            assert_eq!(Text::parse(&source), Err(TextFault::Deceptive(character)));
            assert_eq!(Text::parse_multiline(&source), Err(TextFault::Deceptive(character)));
        }
    }

    #[test]
    fn blank_text_is_refused() {
        for source in ["", " ", "\u{3000}\u{A0}"] {
            assert_eq!(Text::parse(source), Err(TextFault::Empty));
        }
        assert_eq!(Text::parse_multiline("\n\t\n"), Err(TextFault::Empty));
    }

    #[test]
    fn length_is_bounded_in_bytes() {
        assert!(Text::parse(&"é".repeat(2048)).is_ok());
        assert_eq!(Text::parse(&"é".repeat(2049)), Err(TextFault::TooLong));
    }

    #[test]
    fn faults_name_the_character_by_its_code() {
        assert_eq!(
            TextFault::Deceptive('\u{202E}').to_string(),
            "text contains the control or invisible character U+202E"
        );
    }
}
