//! The one door to the file system: bounded reads, atomic writes, locks that die with their owner.
//!
//! Every error names the path. Nothing here knows what the bytes mean.

use std::fs;
use std::fs::File;
use std::fs::Metadata;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;

use tempfile::NamedTempFile;
use tracing::debug_span;

mod boot;
mod held;
mod lock;
mod look;
mod overwrite;
mod owner;
mod replace;
mod tally;
mod vantage;

pub use boot::boot;
pub use held::HeldFile;
pub use lock::Awaited;
pub use lock::FileLock;
pub use lock::LockError;
pub use look::Look;
pub use look::look;
pub use overwrite::overwrite;
pub use owner::foreign_owner;
pub use replace::Replaced;
pub use replace::replace;
pub use tally::count_one;
pub use vantage::Vantage;

/// A file-system operation failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`", path.display())]
pub struct DiskError {
    pub action: &'static str,
    pub path: PathBuf,
    #[source]
    pub source: io::Error,
}

impl DiskError {
    pub(crate) fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }

    /// Returns whether there is no room left, or no more for this user.
    pub fn is_full(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }

    /// Returns whether nothing may be written there.
    pub fn is_read_only(&self) -> bool {
        matches!(self.source.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    move |source| DiskError { action, path: path.to_owned(), source }
}

/// Returns the bytes of a regular file, or `None` if there is nothing at the path.
///
/// Symbolic links are not followed at the last component. At most `limit_bytes` are accepted.
pub fn read(path: &Path, limit_bytes: u64) -> Result<Option<Vec<u8>>, DiskError> {
    let Some((file, size)) = open_to_read(path)? else { return Ok(None) };
    let too_large = || failed("read", path)(io::Error::other(format!("larger than {limit_bytes} bytes")));
    if size > limit_bytes {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    file.take(limit_bytes + 1).read_to_end(&mut bytes).map_err(failed("read", path))?;
    if bytes.len() as u64 > limit_bytes {
        return Err(too_large());
    }
    Ok(Some(bytes))
}

/// Returns the first bytes of a regular file; none if there is nothing at the path.
pub fn read_front(path: &Path, count_bytes: u64) -> Result<Vec<u8>, DiskError> {
    let Some((file, _)) = open_to_read(path)? else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    file.take(count_bytes).read_to_end(&mut bytes).map_err(failed("read", path))?;
    Ok(bytes)
}

/// Opens a regular file without following a link at the last component, and returns its size too.
fn open_to_read(path: &Path) -> Result<Option<(File, u64)>, DiskError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    options.custom_flags((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32);
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(failed("read", path)(error)),
    };
    let found = file.metadata().map_err(failed("read", path))?;
    if !found.is_file() {
        return Err(failed("read", path)(io::Error::other("not a regular file")));
    }
    Ok(Some((file, found.len())))
}

/// Returns the bytes of a file wherever a symbolic link leads, for files that the user names.
pub fn read_following_links(path: &Path, limit_bytes: u64) -> Result<Option<Vec<u8>>, DiskError> {
    match fs::canonicalize(path) {
        Ok(real) => read(&real, limit_bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

/// How the names of files begin that are still being written.
pub(crate) const TEMPORARY_PREFIX: &str = ".coord-tmp-";

/// Whether the bytes are on the disk when a write returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    Cached,
    /// The bytes are there whenever the name is; the name itself may come later.
    Whole,
    Synced,
}

/// Replaces the file by these bytes, or leaves it as it was: a temporary file beside it, then a rename.
pub fn write(path: &Path, bytes: &[u8], mode: u32, durability: Durability) -> Result<(), DiskError> {
    let file = written_beside(path, bytes, mode, durability)?;
    file.persist(path).map_err(|error| failed("write", path)(error.error))?;
    if durability == Durability::Synced {
        sync_directory(path.parent().unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

/// Writes bytes into a temporary file beside the place where they belong.
fn written_beside(path: &Path, bytes: &[u8], mode: u32, durability: Durability) -> Result<NamedTempFile, DiskError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    create_directories(directory)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX);
    #[cfg(unix)]
    builder.permissions(fs::Permissions::from_mode(mode));
    let mut file = builder.tempfile_in(directory).map_err(failed("write", path))?;
    file.write_all(bytes).map_err(failed("write", path))?;
    #[cfg(unix)]
    file.as_file().set_permissions(fs::Permissions::from_mode(mode)).map_err(failed("write", path))?;
    if durability != Durability::Cached {
        let _phase = debug_span!("wait for the disk").entered();
        file.as_file().sync_all().map_err(failed("write", path))?;
    }
    Ok(file)
}

/// Gives a file of ours the date of now.
pub fn touch(path: &Path) -> Result<(), DiskError> {
    let file = File::open(path).map_err(failed("touch", path))?;
    #[cfg(unix)]
    {
        let at = |tv_nsec| rustix::fs::Timespec { tv_sec: 0, tv_nsec };
        let (last_access, last_modification) = (at(rustix::fs::UTIME_OMIT), at(rustix::fs::UTIME_NOW));
        let touched = rustix::fs::futimens(&file, &rustix::fs::Timestamps { last_access, last_modification });
        touched.map_err(|errno| failed("touch", path)(errno.into()))
    }
    #[cfg(not(unix))]
    {
        drop(file);
        Err(failed("touch", path)(io::Error::other("no dates are set here")))
    }
}

/// Waits until a directory's names are on the disk.
pub fn sync_directory(path: &Path) -> Result<(), DiskError> {
    let _phase = debug_span!("wait for the disk").entered();
    File::open(path).and_then(|file| file.sync_all()).map_err(failed("sync", path))
}

/// Waits until everything written to the path's file system so far is on the disk.
pub fn sync_filesystem(path: &Path) -> Result<(), DiskError> {
    let _phase = debug_span!("wait for the disk").entered();
    let file = File::open(path).map_err(failed("sync", path))?;
    #[cfg(target_os = "linux")]
    return rustix::fs::syncfs(&file).map_err(|errno| failed("sync", path)(errno.into()));
    #[cfg(not(target_os = "linux"))]
    return file.sync_all().map_err(failed("sync", path));
}

/// Creates a directory, and those above it that are missing.
pub fn create_directories(path: &Path) -> Result<(), DiskError> {
    fs::create_dir_all(path).map_err(failed("create", path))
}

/// Creates a directory that only its owner may enter.
pub fn create_private_directory(path: &Path) -> Result<(), DiskError> {
    create_directories(path)?;
    #[cfg(unix)]
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(failed("protect", path))?;
    Ok(())
}

/// Gives a file a second name, which must not exist yet. Returns whether it did not exist.
pub fn link_new(file: &Path, path: &Path) -> Result<bool, DiskError> {
    match fs::hard_link(file, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed("create", path)(error)),
    }
}

/// Returns whether two paths are names of one file.
pub fn is_same_file(one: &Path, other: &Path) -> Result<bool, DiskError> {
    let identity = |path: &Path| match fs::symlink_metadata(path) {
        #[cfg(unix)]
        Ok(found) => Ok(Some((found.dev(), found.ino()))),
        #[cfg(not(unix))]
        Ok(_) => fs::read(path).map(Some).map_err(failed("read", path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("look at", path)(error)),
    };
    Ok(match (identity(one)?, identity(other)?) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    })
}

/// Removes a file. Nothing there is no error.
pub fn remove(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Removes a directory if it is empty.
pub fn remove_empty_directory(path: &Path) {
    // A directory that is not empty stays; that is the point.
    fs::remove_dir(path).ok();
}

/// Moves a file within its file system, in the place of what has the new name.
pub fn rename(from: &Path, to: &Path) -> Result<(), DiskError> {
    fs::rename(from, to).map_err(failed("rename", from))
}

/// Adds one line to a regular file, making it if need be. Symbolic links are not followed at the last component.
pub fn append_line(path: &Path, line: &str) -> Result<(), DiskError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    // Who opens a pipe that nobody reads would wait for ever.
    #[cfg(unix)]
    options.custom_flags((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32);
    let mut file = options.open(path).map_err(failed("write", path))?;
    if !file.metadata().map_err(failed("write", path))?.is_file() {
        return Err(failed("write", path)(io::Error::other("not a regular file")));
    }
    file.write_all(format!("{line}\n").as_bytes()).map_err(failed("write", path))
}

/// What is at a path, without following a link at its last component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Regular,
    Directory,
    Link,
    Other,
}

impl FileKind {
    const ALL: [Self; 4] = [Self::Regular, Self::Directory, Self::Link, Self::Other];
}

/// Returns what is at the path and its permission bits, or `None` if there is nothing.
pub fn stat(path: &Path) -> Result<Option<(FileKind, u32)>, DiskError> {
    let Some(found) = metadata(path)? else { return Ok(None) };
    #[cfg(unix)]
    let mode = found.permissions().mode() & 0o7777;
    #[cfg(not(unix))]
    let mode = 0o644;
    Ok(Some((kind_of(&found), mode)))
}

fn metadata(path: &Path) -> Result<Option<Metadata>, DiskError> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(failed("look at", path)(error)),
    }
}

fn kind_of(found: &Metadata) -> FileKind {
    match found.file_type() {
        kind if kind.is_file() => FileKind::Regular,
        kind if kind.is_dir() => FileKind::Directory,
        kind if kind.is_symlink() => FileKind::Link,
        _ => FileKind::Other,
    }
}

/// Returns the names in a directory, sorted; none if there is no directory.
pub fn list(path: &Path) -> Result<Vec<String>, DiskError> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(failed("list", path)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(failed("list", path))?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Returns when a file was written last, in seconds since 1970; `None` if there is nothing.
pub fn changed_s(path: &Path) -> Result<Option<i64>, DiskError> {
    let Some(found) = metadata(path)? else { return Ok(None) };
    let changed = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Ok(changed.and_then(|since| i64::try_from(since.as_secs()).ok()))
}

/// Makes a symbolic link; the target is taken as it is.
pub fn link(target: &Path, path: &Path) -> Result<(), DiskError> {
    #[cfg(unix)]
    return std::os::unix::fs::symlink(target, path).map_err(failed("link", path));
    #[cfg(not(unix))]
    return Err(failed("link", path)(io::Error::other(format!("no symbolic links here, for `{}`", target.display()))));
}

/// Returns what a symbolic link leads to, as it stands there.
pub fn link_target(path: &Path) -> Result<PathBuf, DiskError> {
    fs::read_link(path).map_err(failed("read", path))
}

/// Returns a path without links and dots, if it exists.
pub fn real_path(path: &Path) -> Result<PathBuf, DiskError> {
    fs::canonicalize(path).map_err(failed("resolve", path))
}
