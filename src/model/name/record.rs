//! How records are called: random ids for what is made often, chosen names for the rest.

use std::fmt;
use std::str;

/// Crockford's base32 in lower case: no letter that could be taken for a digit or another letter.
const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// As the table above, without searching it: ids are read by the ten thousand.
const fn is_base32(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'h' | b'j' | b'k' | b'm' | b'n' | b'p'..=b't' | b'v'..=b'z')
}

/// The kinds of record that have random ids, in the order of their letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    Claim,
    Decision,
    Finding,
    Request,
    Task,
}

/// The id of a record: the letter of its kind, a hyphen, and eight random characters of Crockford's base32.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; 10]);

/// A chosen name of a record: `[a-z0-9._-]{1,100}`, not starting with a dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordName(Box<str>);

/// Why a string names no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    #[error("record id is not a kind letter, a hyphen and eight of `0-9a-z` without `i`, `l`, `o` and `u`")]
    Id,
    #[error("record id has the unknown kind letter `{0}`")]
    Kind(char),
    #[error("record name does not match `[a-z0-9._-]{{1,100}}` or starts with a dot")]
    Name,
}

impl RecordKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Claim, Self::Decision, Self::Finding, Self::Request, Self::Task];

    /// Returns the letter with which ids of this kind start.
    pub const fn letter(self) -> char {
        match self {
            Self::Claim => 'c',
            Self::Decision => 'd',
            Self::Finding => 'f',
            Self::Request => 'r',
            Self::Task => 't',
        }
    }

    /// Returns the kind with this letter.
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.letter() == letter)
    }
}

impl RecordId {
    /// Returns the smallest id of a kind.
    pub fn first(kind: RecordKind) -> Self {
        let mut bytes = *b"--00000000";
        bytes[0] = kind.letter() as u8;
        Self(bytes)
    }

    /// Checks an id.
    pub fn parse(source: &str) -> Result<Self, RecordFault> {
        let bytes: [u8; 10] = source.as_bytes().try_into().map_err(|_| RecordFault::Id)?;
        let [letter, hyphen, random @ ..] = bytes;
        if !letter.is_ascii_lowercase() || hyphen != b'-' || !random.iter().copied().all(is_base32) {
            return Err(RecordFault::Id);
        }
        RecordKind::from_letter(letter.into()).ok_or(RecordFault::Kind(letter.into()))?;
        Ok(Self(bytes))
    }

    /// Writes forty random bits as the id of a record of this kind.
    pub fn from_random(kind: RecordKind, random: [u8; 5]) -> Self {
        let bits = random.iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
        let mut bytes = [b'-'; 10];
        bytes[0] = kind.letter() as u8;
        for (index, byte) in bytes[2..].iter_mut().enumerate() {
            *byte = BASE32[(bits >> (35 - 5 * index) & 31) as usize];
        }
        Self(bytes)
    }

    /// Returns what the id is of.
    pub fn kind(&self) -> RecordKind {
        RecordKind::from_letter(self.0[0].into()).expect("both constructors use letters of kinds")
    }

    /// Returns the id.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("both constructors use ASCII")
    }
}

impl RecordName {
    /// The longest name in bytes.
    pub const LEN_MAX_BYTES: usize = 100;

    /// Checks a name.
    pub fn parse(source: &str) -> Result<Self, RecordFault> {
        let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        let is_length = (1..=Self::LEN_MAX_BYTES).contains(&source.len());
        if !is_length || source.starts_with('.') || !source.bytes().all(is_inner) {
            return Err(RecordFault::Name);
        }
        Ok(Self(source.into()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::any;
    use proptest::prop_assert_eq;
    use proptest::proptest;

    use super::*;

    #[test]
    fn ids_of_every_kind_are_accepted() {
        for (source, kind) in [
            ("c-7k2fxqxm", RecordKind::Claim),
            ("d-00000000", RecordKind::Decision),
            ("f-zzzzzzzz", RecordKind::Finding),
            ("r-22222222", RecordKind::Request),
            ("t-77777777", RecordKind::Task),
        ] {
            let id = RecordId::parse(source).unwrap();
            assert_eq!((id.kind(), id.as_str()), (kind, source));
        }
    }

    #[test]
    fn alphabet_is_that_of_the_table() {
        assert!((0..=u8::MAX).all(|byte| is_base32(byte) == BASE32.contains(&byte)));
    }

    #[test]
    fn bad_ids_are_refused() {
        for source in [
            "",
            "c-",
            "c-7k2fxqx",
            "c-7k2fxqxmm",
            "c_7k2fxqxm",
            "C-7k2fxqxm",
            "c-7K2fxqxm",
            "c-ik2fxqxm",
            "c-ok2fxqxm",
            "c-7k2fxqé",
        ] {
            assert_eq!(RecordId::parse(source), Err(RecordFault::Id), "{source}");
        }
        assert_eq!(RecordId::parse("x-7k2fxqxm"), Err(RecordFault::Kind('x')));
    }

    #[test]
    fn random_bits_are_written_in_order() {
        let id = |random| RecordId::from_random(RecordKind::Claim, random).to_string();
        assert_eq!(id([0; 5]), "c-00000000");
        assert_eq!(id([0xFF; 5]), "c-zzzzzzzz");
        assert_eq!(id([0x08, 0, 0, 0, 0x01]), "c-10000001");
    }

    proptest! {
        #[test]
        fn random_ids_parse_to_themselves_and_differ(one in any::<[u8; 5]>(), other in any::<[u8; 5]>()) {
            for kind in RecordKind::ALL {
                let id = RecordId::from_random(kind, one);
                prop_assert_eq!(RecordId::parse(id.as_str()), Ok(id.clone()));
                prop_assert_eq!(id.kind(), kind);
                prop_assert_eq!(id == RecordId::from_random(kind, other), one == other);
            }
        }
    }

    #[test]
    fn kinds_and_ids_sort_alike() {
        let ids = RecordKind::ALL.map(|kind| RecordId::from_random(kind, [0; 5]));
        assert!(ids.is_sorted() && RecordKind::ALL.is_sorted());
    }

    #[test]
    fn record_names_follow_their_grammar() {
        for source in ["a", "0003-tighten.main", "_x-", &"a".repeat(100)] {
            assert_eq!(RecordName::parse(source).unwrap().to_string(), source);
        }
        for source in ["", ".", ".hidden", "A", "a/b", "a b", "é", "a\n", &"a".repeat(101)] {
            assert_eq!(RecordName::parse(source), Err(RecordFault::Name), "{source}");
        }
    }
}
