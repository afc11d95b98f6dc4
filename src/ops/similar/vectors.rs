//! What a program or a model of the user's says of texts, kept in a clone for the next time.
//!
//! Kept as a line that names the format and what said it, the count of numbers, and rows: the key of a text and its numbers. There
//! are no texts in it, and it may be removed at any time. What is torn, damaged or of another model is not there.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::ops::context::Context;
use crate::ops::similar::fault::Fault;
use crate::ops::similar::source::Source;
use crate::ops::similar::source::Vector;
use crate::overlap::TextKey;
use crate::overlap::is_direction;
use crate::overlap::text_key;

/// So many bytes are kept and read: some 10,000 texts at 384 numbers.
const FILE_BYTES_MAX: usize = 16 << 20;

/// What says what texts mean, and what it said of them.
pub(super) struct Vectors {
    source: Source,
    path: PathBuf,
    known: BTreeMap<TextKey, Vector>,
}

impl Vectors {
    /// Returns what is kept of what is configured, if anything is, or why that is of no use.
    pub(super) fn configured(context: &Context) -> Option<Result<Self, Fault>> {
        let source = match Source::configured(context)? {
            Ok(source) => source,
            Err(fault) => return Some(Err(fault)),
        };
        let path = context.ledger.store().directory().join(source.kept_in());
        let bytes = disk::read(&path, FILE_BYTES_MAX as u64).ok().flatten().unwrap_or_default();
        let known = read(&bytes, source.identity()).unwrap_or_default();
        Some(Ok(Self { source, path, known }))
    }

    pub(super) fn name(&self) -> String {
        self.source.name()
    }

    /// Learns what these texts mean, and keeps it if that can be.
    pub(super) fn learn(&mut self, texts: &[&str]) -> Result<(), Fault> {
        let texts: BTreeSet<&str> = texts.iter().copied().collect();
        let mut asked: Vec<&str> =
            texts.iter().filter(|text| !self.known.contains_key(&text_key(text))).copied().collect();
        if asked.is_empty() {
            return Ok(());
        }
        let mut said = self.source.ask(&asked)?;
        let dims = |said: &[Option<Vector>]| said.iter().flatten().next().map(Vec::len);
        if dims(&said).is_some_and(|dims| self.known.values().any(|before| before.len() != dims)) {
            // What answers with another count of numbers than before is another model.
            self.known.clear();
            asked = texts.iter().copied().collect();
            said = self.source.ask(&asked)?;
        }
        let dims = dims(&said).unwrap_or_default();
        let learnt: Vec<(TextKey, Vector)> =
            asked.iter().zip(said).filter_map(|(text, said)| Some((text_key(text), said?))).collect();
        let (count, done) = (asked.len(), learnt.len());
        if (self.known.len() + done) * row_len(dims) > FILE_BYTES_MAX {
            let named: BTreeSet<TextKey> = texts.iter().map(|text| text_key(text)).collect();
            self.known.retain(|key, _| named.contains(key));
        }
        self.known.extend(learnt);
        if done > 0 {
            // What cannot be kept is asked again.
            disk::write(&self.path, &self.to_bytes(dims), 0o600, Durability::Cached).ok();
        }
        if done == count { Ok(()) } else { Err(Fault::ModelSlow { done, asked: count }) }
    }

    /// Returns how alike two texts are that were learnt: 1 for the same, 0 for nothing in common.
    pub(super) fn cosine(&self, one: &str, other: &str) -> f32 {
        let known = |text: &str| self.known.get(&text_key(text)).map(Vec::as_slice).unwrap_or_default();
        known(one).iter().zip(known(other)).map(|(one, other)| one * other).sum()
    }

    fn to_bytes(&self, dims: usize) -> Vec<u8> {
        let mut bytes = header(self.source.identity()).into_bytes();
        bytes.extend((dims as u32).to_le_bytes());
        for (key, vector) in &self.known {
            bytes.extend(key);
            bytes.extend(vector.iter().flat_map(|number| number.to_le_bytes()));
        }
        bytes
    }
}

fn header(identity: &str) -> String {
    format!("git-coord vectors 2 {identity}\n")
}

const fn row_len(dims: usize) -> usize {
    size_of::<TextKey>() + 4 * dims
}

fn read(bytes: &[u8], identity: &str) -> Option<BTreeMap<TextKey, Vector>> {
    let (dims, rows) = bytes.strip_prefix(header(identity).as_bytes())?.split_first_chunk()?;
    let dims = u32::from_le_bytes(*dims) as usize;
    let row = |row: &[u8]| {
        let (key, numbers) = row.split_first_chunk()?;
        let number = |bytes: &[u8]| bytes.try_into().map(f32::from_le_bytes).unwrap_or_default();
        let vector: Vector = numbers.chunks_exact(4).map(number).collect();
        is_direction(&vector).then_some((*key, vector))
    };
    (1..FILE_BYTES_MAX / 4).contains(&dims).then(|| rows.chunks_exact(row_len(dims)).filter_map(row).collect())
}
