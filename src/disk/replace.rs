//! Changing a file that others write as well: what they have written since it was read is not lost.

use std::io;
use std::path::Path;

use super::DiskError;
use super::Durability;
use super::failed;
use super::read_front;
use super::remove;
use super::stat;
use super::written_beside;

/// What became of changing a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    Done,
    /// It is not any more what it was: nothing was done.
    Changed,
}

/// Puts other bytes in the place of those of a file, or removes it, if it still is as it was; `None` is no file.
pub fn replace(path: &Path, before: Option<&[u8]>, after: Option<&[u8]>, mode: u32) -> Result<Replaced, DiskError> {
    let Some(after) = after else {
        let is_still = is_still(path, before)?;
        if is_still {
            remove(path)?;
        }
        return Ok(if is_still { Replaced::Done } else { Replaced::Changed });
    };
    // Everything that takes time comes before the last look.
    let file = written_beside(path, after, mode, Durability::Cached)?;
    if !is_still(path, before)? {
        return Ok(Replaced::Changed);
    }
    let persisted = match before {
        Some(_) => file.persist(path),
        None => file.persist_noclobber(path),
    };
    match persisted {
        Ok(_) => Ok(Replaced::Done),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Replaced::Changed),
        Err(error) => Err(failed("write", path)(error.error)),
    }
}

fn is_still(path: &Path, before: Option<&[u8]>) -> Result<bool, DiskError> {
    let is_there = stat(path)?.is_some();
    let Some(before) = before else { return Ok(!is_there) };
    Ok(is_there && read_front(path, before.len() as u64 + 1)? == before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::list;
    use crate::disk::read;
    use crate::disk::write;

    /// Whoever wrote in between is not overwritten; where nobody did it is replaced.
    #[test]
    fn what_was_written_since_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let put = |before: Option<&[u8]>, after: Option<&[u8]>| replace(&path, before, after, 0o600).unwrap();
        let has = || read(&path, 100).unwrap();
        assert_eq!(put(Some(b"x"), Some(b"new")), Replaced::Changed);
        assert_eq!((has(), list(directory.path()).unwrap().len()), (None, 0));
        assert_eq!(put(None, Some(b"one")), Replaced::Done);
        assert_eq!(put(None, Some(b"two")), Replaced::Changed, "somebody has made it");
        write(&path, b"one and more", 0o600, Durability::Cached).unwrap();
        for after in [Some(&b"two"[..]), None] {
            assert_eq!(put(Some(b"one"), after), Replaced::Changed);
            assert_eq!(has().unwrap(), b"one and more");
        }
        assert_eq!(put(Some(b"one and more"), Some(b"two")), Replaced::Done);
        assert_eq!((has().unwrap(), list(directory.path()).unwrap().len()), (b"two".to_vec(), 1));
        assert_eq!(put(Some(b"two"), None), Replaced::Done);
        assert_eq!(put(None, None), Replaced::Done);
        assert_eq!(has(), None);
    }
}
