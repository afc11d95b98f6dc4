//! The files that tell which ledger is trusted: the pin, and the last head that was verified.
//!
//! The head changes with every entry and is overwritten in place, so that a sum tells whether it is whole. The sum is no
//! defence: whoever can write here can write anything.

use std::path::Path;
use std::time::Duration;

use crate::disk;
use crate::git::GitError;
use crate::ledger::checksum::Checksum;
use crate::model::ObjectId;

/// More than a pin or a head with what is said of it.
const BYTES_MAX: u64 = 200;
/// How often a file is read again that somebody may be writing.
const READS_MAX: u32 = 5;
const PAUSE: Duration = Duration::from_millis(1);

/// What is known of the last head that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Nothing was verified here yet.
    Nothing,
    /// Something was; what is lost, by a power cut say.
    Torn,
    Head(ObjectId),
}

/// Reads a file that tells which ledger is trusted. One that cannot be read is not the same as none.
pub(crate) fn read_trust(path: &Path) -> Result<Option<Vec<u8>>, GitError> {
    disk::read(path, BYTES_MAX).map_err(|error| GitError::TrustLost { path: path.to_owned(), cause: Some(error) })
}

/// Reads which head was verified last.
pub(super) fn read_head(path: &Path) -> Result<Trust, GitError> {
    for read in 0..READS_MAX {
        // Whoever writes at this moment is done in no time, unless it is not its turn to run.
        std::thread::sleep(PAUSE * u32::from(read > 1));
        let Some(bytes) = read_trust(path)? else { return Ok(Trust::Nothing) };
        if let Some(head) = parse(&bytes) {
            return Ok(Trust::Head(head));
        }
    }
    Ok(Trust::Torn)
}

/// Notes which head was verified last.
pub(super) fn write_head(path: &Path, head: ObjectId) -> Result<(), GitError> {
    Ok(disk::overwrite(path, line(head).as_bytes(), 0o600)?)
}

fn line(head: ObjectId) -> String {
    let head = head.to_string();
    format!("{head} {:016x}\n", Checksum::of(head.as_bytes()))
}

fn parse(bytes: &[u8]) -> Option<ObjectId> {
    let head: ObjectId = std::str::from_utf8(bytes).ok()?.split_whitespace().next()?.parse().ok()?;
    // Without a sum it was put here in one piece, and was not overwritten since.
    let is_whole = line(head).as_bytes() == bytes || format!("{head}\n").as_bytes() == bytes;
    is_whole.then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> ObjectId {
        String::from_iter([digit; 40]).parse().unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("verified");
        assert_eq!(read_head(&path).unwrap(), Trust::Nothing);
        for head in [id('a'), id('b'), "c".repeat(64).parse().unwrap()] {
            write_head(&path, head).unwrap();
            assert_eq!(read_head(&path).unwrap(), Trust::Head(head));
            std::fs::write(&path, format!("{head}\n")).unwrap();
            assert_eq!(read_head(&path).unwrap(), Trust::Head(head), "without a sum");
        }
    }

    /// However much of a line was written over another one, it is one of both or known to be torn.
    #[test]
    fn part_of_a_line_over_another_one_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("verified");
        let (old, new) = (line(id('1')), line(id('e')));
        for count in 1..new.len() - 1 {
            std::fs::write(&path, [&new.as_bytes()[..count], &old.as_bytes()[count..]].concat()).unwrap();
            assert_eq!(read_head(&path).unwrap(), Trust::Torn, "{count}");
            std::fs::write(&path, &new.as_bytes()[..count]).unwrap();
            assert_eq!(read_head(&path).unwrap(), Trust::Torn, "{count}");
        }
    }
}
