//! Writing small files whose readers notice torn bytes: nothing is created and renamed, which costs a journal most.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;

#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;

use super::DiskError;
use super::Durability;
use super::failed;
use super::write;

/// Puts other bytes into a file in place; one that is missing, has a second name or cannot be opened is replaced.
///
/// Whoever reads at that moment, or after a power cut or a full disk, may find a part of both: it needs a sum to tell.
pub fn overwrite(path: &Path, bytes: &[u8], mode: u32) -> Result<(), DiskError> {
    match open(path) {
        Some((file, length)) => put(file, length, bytes).map_err(failed("write", path)),
        None => write(path, bytes, mode, Durability::Cached),
    }
}

/// Returns a regular file of one name, and its length in bytes.
fn open(path: &Path) -> Option<(File, u64)> {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    options.custom_flags((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32);
    let file = options.open(path).ok()?;
    let found = file.metadata().ok()?;
    #[cfg(unix)]
    let is_shared = found.nlink() != 1;
    #[cfg(not(unix))]
    let is_shared = true;
    (found.is_file() && !is_shared).then_some((file, found.len()))
}

fn put(mut file: File, length: u64, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    if (bytes.len() as u64) < length { file.set_len(bytes.len() as u64) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::disk::list;
    use crate::disk::read;

    fn number(path: &Path) -> u64 {
        fs::metadata(path).unwrap().ino()
    }

    #[test]
    fn the_same_file_has_other_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        overwrite(&path, b"a beginning", 0o600).unwrap();
        let before = number(&path);
        for text in [&b"longer than the beginning"[..], b"short", b"", b"again"] {
            overwrite(&path, text, 0o600).unwrap();
            assert_eq!((read(&path, 100).unwrap().as_deref(), number(&path)), (Some(text), before));
        }
        assert_eq!(list(directory.path()).unwrap().len(), 1);
    }

    /// A copy by hard links, as some make backups, keeps what it had; what a link points to stays.
    #[test]
    fn others_names_keep_what_they_had() {
        let directory = tempfile::tempdir().unwrap();
        let [path, other] = ["file", "other"].map(|name| directory.path().join(name));
        fs::write(&other, "theirs").unwrap();
        for make in [
            |from: &Path, to: &Path| fs::hard_link(from, to),
            |from: &Path, to: &Path| std::os::unix::fs::symlink(from, to),
        ] {
            make(&other, &path).unwrap();
            overwrite(&path, b"ours", 0o600).unwrap();
            assert_eq!(
                (fs::read_to_string(&other).unwrap(), fs::read_to_string(&path).unwrap()),
                ("theirs".into(), "ours".into())
            );
            fs::remove_file(&path).unwrap();
        }
    }
}
