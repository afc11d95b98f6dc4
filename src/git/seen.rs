//! What was seen of a checkout: how directories and files looked, as a file between two commands.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::disk::Look;
use crate::model::ObjectId;

/// Changes with the shape below.
const VERSION: &str = "git-coord seen 2";

/// What was seen last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// What it was compared with.
    pub(super) tree: ObjectId,
    pub(super) is_thorough: bool,
    /// How many files the tree has.
    pub(super) file_count: usize,
    /// Each with a slash at its end; the checkout itself is the empty name.
    pub(super) directories: BTreeMap<String, Look>,
    /// Files that had the content of the tree.
    pub(super) files: BTreeMap<String, Look>,
    pub(super) differing: BTreeSet<String>,
}

impl Seen {
    pub(super) fn nothing_of(tree: ObjectId) -> Self {
        let (directories, files, differing) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Self { tree, is_thorough: true, file_count: 0, directories, files, differing }
    }

    /// Returns the bytes of the file: pieces that end in NUL, which no path contains.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut text = format!("{VERSION}\0{}\0{}\0{}\0", self.tree, self.is_thorough, self.file_count);
        for (kind, looks) in [('d', &self.directories), ('f', &self.files)] {
            looks.iter().for_each(|(path, look)| text.push_str(&format!("{kind} {look} {path}\0")));
        }
        self.differing.iter().for_each(|path| text.push_str(&format!("? {path}\0")));
        text.into_bytes()
    }

    /// Reads such bytes; `None` if they are torn or of another program.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\0')?;
        let mut pieces = text.split('\0');
        (pieces.next()? == VERSION).then_some(())?;
        let mut seen = Self::nothing_of(pieces.next()?.parse().ok()?);
        seen.is_thorough = pieces.next()?.parse().ok()?;
        seen.file_count = pieces.next()?.parse().ok()?;
        // They were written in order, so that the maps are made at once.
        let (mut directories, mut files) = (Vec::new(), Vec::new());
        for piece in pieces {
            let (kind, rest) = piece.split_once(' ')?;
            if kind == "?" {
                seen.differing.insert(rest.to_owned());
                continue;
            }
            let (look, path) = rest.split_once(' ')?;
            let looks = if kind == "d" { &mut directories } else { &mut files };
            looks.push((path.to_owned(), look.parse().ok()?));
        }
        (seen.directories, seen.files) = (directories.into_iter().collect(), files.into_iter().collect());
        Some(seen)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::disk;

    #[test]
    fn what_is_written_is_read() {
        let look = disk::look(Path::new(".")).unwrap().unwrap();
        let mut seen = Seen::nothing_of("a".repeat(40).parse().unwrap());
        (seen.is_thorough, seen.file_count) = (false, 2);
        seen.directories.insert(String::new(), look);
        seen.directories.insert("a b\n/".to_owned(), look);
        seen.files.insert("a b\n/c".to_owned(), look);
        seen.differing.insert(" ?".to_owned());
        assert_eq!(Seen::decode(&seen.encode()), Some(seen));
    }

    #[test]
    fn torn_bytes_are_nothing() {
        let look = disk::look(Path::new(".")).unwrap().unwrap();
        let mut seen = Seen::nothing_of("a".repeat(40).parse().unwrap());
        seen.directories.insert("a/".to_owned(), look);
        let bytes = seen.encode();
        assert!(
            (0..bytes.len())
                .all(|length| Seen::decode(&bytes[..length]).is_none_or(|torn| torn.directories.is_empty()))
        );
        assert_eq!(Seen::decode(b"{}"), None);
    }
}
