//! A directory from which many of its names are looked at: the way to it is gone once.

use std::path::Path;
use std::path::PathBuf;

use super::DiskError;
use super::Look;
#[cfg(unix)]
use super::failed;

/// A directory that was opened to look at what is in it.
#[derive(Debug)]
pub struct Vantage {
    path: PathBuf,
    #[cfg(unix)]
    directory: std::os::fd::OwnedFd,
}

impl Vantage {
    /// Opens a directory; `None` if there is none.
    #[cfg(unix)]
    pub fn open(path: &Path) -> Result<Option<Self>, DiskError> {
        use rustix::fs::Mode;
        use rustix::fs::OFlags;
        use rustix::io::Errno;

        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(directory) => Ok(Some(Self { path: path.to_owned(), directory })),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(errno) => Err(failed("look at", path)(errno.into())),
        }
    }

    /// Returns how a name in the directory looks, or `None` if there is nothing. Links are not followed.
    #[cfg(unix)]
    pub fn look(&self, name: &str) -> Result<Option<Look>, DiskError> {
        use rustix::fs::AtFlags;
        use rustix::io::Errno;

        match rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => Ok(Some(Look::of(&found))),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(errno) => Err(failed("look at", &self.path.join(name))(errno.into())),
        }
    }

    /// Stands at a directory, or returns `None` if there is none.
    #[cfg(not(unix))]
    pub fn open(path: &Path) -> Result<Option<Self>, DiskError> {
        Ok(path.is_dir().then(|| Self { path: path.to_owned() }))
    }

    /// Returns how a name in the directory looks, or `None` if there is nothing.
    #[cfg(not(unix))]
    pub fn look(&self, name: &str) -> Result<Option<Look>, DiskError> {
        super::look(&self.path.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk;
    use crate::disk::Durability;

    #[test]
    fn what_is_seen_from_a_directory_is_what_is_seen_by_path() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        disk::write(&path("file"), b"x", 0o640, Durability::Cached).unwrap();
        disk::write(&path("inside/file"), b"yy", 0o600, Durability::Cached).unwrap();
        disk::link(&path("nowhere"), &path("link")).unwrap();
        let vantage = Vantage::open(directory.path()).unwrap().unwrap();
        for name in ["file", "inside", "link", "inside/file", "nothing", "file/none"] {
            assert_eq!(vantage.look(name).unwrap(), disk::look(&path(name)).unwrap(), "{name}");
        }
        assert!(Vantage::open(&path("nothing")).unwrap().is_none() && Vantage::open(&path("file")).unwrap().is_none());
    }
}
