//! The table of token vectors that is built in: what each word means, as a direction among 128.
//!
//! Its format is GCE1, little-endian: a header (magic, counts of entries, dimensions and slots, offsets of the sections),
//! then the slots of a hash table (open addressing, FNV-1a), the offsets of the strings, the strings, a scale and a weight
//! for each entry, and the rows. Nothing of it is parsed at start; only what is looked at is loaded. docs/overlap.md describes
//! it, and tells how such a table is made.

/// How many numbers a row has.
pub(super) const DIMS: usize = 128;
/// Whole words and pieces are at most so long.
pub(super) const PIECE_BYTES_MAX: usize = 24;

static SHIPPED: &[u8] = include_bytes!("gcsem-128.gce1");
/// By which answers say which table they come from: its name, and the beginning of its SHA-256.
pub const MODEL: &str = "gcsem-128@c05a60dd";

const MAGIC: &[u8] = b"GCE1";
const EMPTY: u16 = 0xFFFF;
/// What tells the hash of a piece that goes on with a word from that of one that begins it.
const CONTINUED: u32 = 0x9E37_79B9;
/// What such a piece begins with among the strings.
const CONTINUED_MARK: u8 = 1;

/// A table of token vectors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    slots: &'a [u8],
    offsets: &'a [u8],
    strings: &'a [u8],
    meta: &'a [u8],
    rows: &'a [u8],
    mask: u32,
}

/// An entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Token(u16);

impl Table<'static> {
    /// Returns the table that is built in.
    pub(super) fn shipped() -> Self {
        Self::open(SHIPPED).expect("the table that is built in is whole")
    }
}

impl<'a> Table<'a> {
    /// Opens a table; `None` if it is none, or not whole.
    pub(super) fn open(bytes: &'a [u8]) -> Option<Self> {
        let number = |index: usize| Some(u32_at(bytes.get(4 + 4 * index..8 + 4 * index)?));
        let section = |index: usize, length: usize| {
            let from = number(index)? as usize;
            bytes.get(from..from.checked_add(length)?)
        };
        let (entries, dims, slots) = (number(0)? as usize, number(1)? as usize, number(2)?);
        let is_known = bytes.starts_with(MAGIC) && dims == DIMS && slots.is_power_of_two() && entries < slots as usize;
        if !is_known || entries >= usize::from(EMPTY) {
            return None;
        }
        let offsets = section(4, 4 * (entries + 1))?;
        let strings = section(5, u32_at(&offsets[4 * entries..]) as usize)?;
        Some(Self {
            slots: section(3, 2 * slots as usize)?,
            offsets,
            strings,
            meta: section(6, 8 * entries)?,
            rows: section(7, DIMS * entries)?,
            mask: slots - 1,
        })
    }

    /// Returns the entry of a word, or of a piece of one. What continues a word has entries of its own.
    pub(super) fn find(&self, text: &str, continues: bool) -> Option<Token> {
        let mut slot = hash(text.as_bytes()) ^ if continues { CONTINUED } else { 0 };
        // A table without a free slot ends as well.
        for _ in 0..=self.mask {
            let at = 2 * (slot & self.mask) as usize;
            let entry = u16::from_le_bytes([self.slots[at], self.slots[at + 1]]);
            if entry == EMPTY {
                return None;
            }
            if self.is_text(entry, text.as_bytes(), continues)? {
                return Some(Token(entry));
            }
            slot = (slot & self.mask) + 1;
        }
        None
    }

    fn is_text(&self, entry: u16, text: &[u8], continues: bool) -> Option<bool> {
        let offset = |index: usize| Some(u32_at(self.offsets.get(4 * index..4 * index + 4)?) as usize);
        let found = self.strings.get(offset(usize::from(entry))?..offset(usize::from(entry) + 1)?)?;
        Some(match found.split_first() {
            Some((&CONTINUED_MARK, rest)) => continues && rest == text,
            _ => !continues && found == text,
        })
    }

    /// Returns by how much a row's numbers are to be multiplied.
    pub(super) fn scale(&self, token: Token) -> f32 {
        f32::from_bits(u32_at(&self.meta[8 * usize::from(token.0)..]))
    }

    /// Returns how much it tells that two texts share this token: 1 for the rarest.
    pub(super) fn weight(&self, token: Token) -> f32 {
        f32::from_bits(u32_at(&self.meta[8 * usize::from(token.0) + 4..]))
    }

    /// Returns a row, each byte a signed number.
    pub(super) fn row(&self, token: Token) -> &'a [u8] {
        &self.rows[DIMS * usize::from(token.0)..][..DIMS]
    }
}

/// FNV-1a of 32 bits.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

fn u32_at(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_what_continues_them_have_entries_of_their_own() {
        let table = Table::shipped();
        let [begins, continues] = [false, true].map(|continues| table.find("ing", continues));
        assert!(begins.is_some() && continues.is_some() && begins != continues);
        assert_eq!(table.find("nosuchwordatall", false), None);
        let word = table.find("parser", false).unwrap();
        assert!(table.scale(word) > 0.0 && (0.0..=1.0).contains(&table.weight(word)));
        assert!(table.weight(word) > table.weight(table.find("the", false).unwrap()));
    }

    #[test]
    fn torn_tables_are_none() {
        for length in [0, 3, 4, 40, SHIPPED.len() / 2, SHIPPED.len() - 1] {
            assert!(Table::open(&SHIPPED[..length]).is_none(), "{length}");
        }
        let mut other = SHIPPED.to_vec();
        other[0] = b'X';
        assert!(Table::open(&other).is_none());
        // Counts and offsets that lead outside.
        for field in (4..36).step_by(4) {
            let mut torn = SHIPPED.to_vec();
            torn[field..field + 4].copy_from_slice(&u32::MAX.to_le_bytes());
            assert!(Table::open(&torn).is_none(), "{field}");
        }
    }
}
