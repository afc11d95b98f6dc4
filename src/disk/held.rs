//! A file that is read in parts, whatever happens to its name.

use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
use std::os::unix::fs::FileExt;

use crate::disk::DiskError;
use crate::disk::failed;
use crate::disk::open_to_read;

/// A regular file that was opened. Whoever writes it anew puts another in its place, and this one stays as it is.
#[derive(Debug)]
pub struct HeldFile {
    file: File,
    size: usize,
}

impl HeldFile {
    /// Opens a file of at most so many bytes; `None` if there is nothing at the path. Links are not followed.
    pub fn open(path: &Path, limit_bytes: u64) -> Result<Option<Self>, DiskError> {
        let Some((file, size)) = open_to_read(path)? else { return Ok(None) };
        let size = usize::try_from(size).ok().filter(|size| *size as u64 <= limit_bytes);
        let too_large = || failed("read", path)(io::Error::other(format!("larger than {limit_bytes} bytes")));
        Ok(Some(Self { file, size: size.ok_or_else(too_large)? }))
    }

    /// Returns how many bytes the file had when it was opened.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Fills the bytes with those of the file from a place on.
    pub fn read_at(&self, at: usize, into: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(into, at as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Durability;
    use crate::disk::write;

    #[test]
    fn file_stays_as_it_was_opened() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        assert!(HeldFile::open(&path, 10).unwrap().is_none());
        write(&path, b"before", 0o600, Durability::Cached).unwrap();
        let held = HeldFile::open(&path, 6).unwrap().unwrap();
        write(&path, b"another", 0o600, Durability::Cached).unwrap();
        let mut read = [0; 4];
        held.read_at(2, &mut read).unwrap();
        assert_eq!((held.size(), &read), (6, b"fore"));
        assert!(held.read_at(3, &mut read).is_err(), "it ends before");
        assert!(HeldFile::open(&path, 6).is_err(), "it is larger than that now");
    }
}
