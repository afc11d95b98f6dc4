//! What a program of the user's says of texts, kept in a clone for the next time.
//!
//! Kept as a line that names the format and the program, the count of numbers, and rows: the key of a text and its numbers. There
//! are no texts in it, and it may be removed at any time. What is torn, or of another program, is not there.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::format::sha256;
use crate::ops::context::Context;
use crate::ops::similar::program::Program;
use crate::ops::similar::program::Vector;
use crate::overlap::TextKey;
use crate::overlap::text_key;

/// Its file, in the directory of what is remembered.
const FILE: &str = "vectors";
/// So many bytes are kept and read: some 10,000 texts at 384 numbers.
const FILE_BYTES_MAX: usize = 16 << 20;

/// A program of the user's, and what it said of texts.
pub(super) struct Vectors {
    program: Result<Program, String>,
    /// By which answers name it.
    name: String,
    path: PathBuf,
    known: BTreeMap<TextKey, Vector>,
}

impl Vectors {
    /// Returns what is kept of the program that is configured, if any is.
    pub(super) fn configured(context: &Context) -> Option<Self> {
        let (written, program) = Program::configured(context)?;
        let first = written.split_whitespace().next().unwrap_or_default();
        let file = Path::new(first).file_name().unwrap_or_default().to_string_lossy();
        let plain: String = file.chars().filter(char::is_ascii_graphic).take(40).collect();
        let hash = sha256(written.as_bytes()).to_string();
        let hash = hash.rsplit(':').next().unwrap_or_default();
        let name = format!("{plain}@{}", &hash[..8]);
        let path = context.ledger.store().directory().join(FILE);
        let bytes = disk::read(&path, FILE_BYTES_MAX as u64).ok().flatten().unwrap_or_default();
        let known = read(&bytes, &name).unwrap_or_default();
        Some(Self { program, name, path, known })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Learns what these texts mean, all at once, and keeps it if that can be.
    pub(super) fn learn(&mut self, texts: &[&str]) -> Result<(), String> {
        let program = self.program.as_ref().map_err(Clone::clone)?;
        let texts: BTreeSet<&str> = texts.iter().copied().collect();
        let new: Vec<&str> = texts.iter().filter(|text| !self.known.contains_key(&text_key(text))).copied().collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut learnt = (program.ask(&new)?, new);
        let dims = learnt.0.first().map_or(0, Vec::len);
        if self.known.values().any(|before| before.len() != dims) {
            // A program that answers with another count of numbers than before is another one.
            self.known.clear();
            let all: Vec<&str> = texts.iter().copied().collect();
            learnt = (program.ask(&all)?, all);
        }
        if (self.known.len() + learnt.1.len()) * row_len(dims) > FILE_BYTES_MAX {
            let named: BTreeSet<TextKey> = texts.iter().map(|text| text_key(text)).collect();
            self.known.retain(|key, _| named.contains(key));
        }
        self.known.extend(learnt.1.into_iter().map(text_key).zip(learnt.0));
        // What cannot be kept is asked again.
        disk::write(&self.path, &self.to_bytes(dims), 0o600, Durability::Cached).ok();
        Ok(())
    }

    /// Returns how alike two texts are that were learnt: 1 for the same, 0 for nothing in common.
    pub(super) fn cosine(&self, one: &str, other: &str) -> f32 {
        let known = |text: &str| self.known.get(&text_key(text)).map(Vec::as_slice).unwrap_or_default();
        known(one).iter().zip(known(other)).map(|(one, other)| one * other).sum()
    }

    fn to_bytes(&self, dims: usize) -> Vec<u8> {
        let mut bytes = header(&self.name).into_bytes();
        bytes.extend((dims as u32).to_le_bytes());
        for (key, vector) in &self.known {
            bytes.extend(key);
            bytes.extend(vector.iter().flat_map(|number| number.to_le_bytes()));
        }
        bytes
    }
}

fn header(name: &str) -> String {
    format!("git-coord vectors 1 {name}\n")
}

const fn row_len(dims: usize) -> usize {
    size_of::<TextKey>() + 4 * dims
}

fn read(bytes: &[u8], name: &str) -> Option<BTreeMap<TextKey, Vector>> {
    let (dims, rows) = bytes.strip_prefix(header(name).as_bytes())?.split_first_chunk()?;
    let dims = u32::from_le_bytes(*dims) as usize;
    let row = |row: &[u8]| {
        let (key, numbers) = row.split_first_chunk()?;
        let number = |bytes: &[u8]| bytes.try_into().map(f32::from_le_bytes).unwrap_or_default();
        Some((*key, numbers.chunks_exact(4).map(number).collect()))
    };
    (1..FILE_BYTES_MAX / 4).contains(&dims).then(|| rows.chunks_exact(row_len(dims)).filter_map(row).collect())
}
