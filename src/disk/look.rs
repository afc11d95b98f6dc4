//! How files and directories look from outside: enough to tell that nothing has changed without reading anything.

use std::fmt;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::str::FromStr;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use super::DiskError;
use super::FileKind;
use super::kind_of;
use super::metadata;

/// How a path looks from outside: if any of it differs, what is there may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub kind: FileKind,
    /// When the content changed last, and when anything about it did: in nanoseconds since 1970.
    changed_ns: [i64; 2],
    size: u64,
    /// Which file it is on its device.
    number: u64,
}

impl Look {
    /// Two changes within this time may have the same time stamp, where time stamps have a fraction of a second: no clock
    /// behind them ticks more slowly.
    pub const MOMENT_NS: i64 = 100_000_000;
    /// The same where they have none; the coarsest in use are those of FAT.
    const LONG_MOMENT_NS: i64 = 2_000_000_000;

    #[cfg(unix)]
    pub(super) fn of(found: &rustix::fs::Stat) -> Self {
        use rustix::fs::FileType;

        let kind = match FileType::from_raw_mode(found.st_mode) {
            FileType::RegularFile => FileKind::Regular,
            FileType::Directory => FileKind::Directory,
            FileType::Symlink => FileKind::Link,
            _ => FileKind::Other,
        };
        let ns = |seconds: i64, fraction| seconds * 1_000_000_000 + i64::try_from(fraction).unwrap_or_default();
        let changed_ns = [ns(found.st_mtime, found.st_mtime_nsec), ns(found.st_ctime, found.st_ctime_nsec)];
        Self { kind, changed_ns, size: found.st_size as u64, number: found.st_ino }
    }

    /// Returns whether the last change is so long before that of another file that a later one could not look the same.
    pub fn is_older_than(&self, other: &Self) -> bool {
        let has_fraction = |ns: &i64| ns % 1_000_000_000 != 0;
        let is_fine = self.changed_ns.iter().chain(&other.changed_ns).all(has_fraction);
        let moment_ns = if is_fine { Self::MOMENT_NS } else { Self::LONG_MOMENT_NS };
        self.changed_ns.iter().all(|changed_ns| *changed_ns < other.changed_ns[0] - moment_ns)
    }
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, changed_ns: [content, all], size, number } = self;
        write!(f, "{},{content},{all},{size},{number}", *kind as u8)
    }
}

impl FromStr for Look {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        fn next<T: FromStr>(parts: &mut std::str::Split<'_, char>) -> Result<T, ()> {
            parts.next().and_then(|part| part.parse().ok()).ok_or(())
        }
        let mut parts = text.split(',');
        let kind: u8 = next(&mut parts)?;
        let kind = FileKind::ALL.into_iter().find(|known| *known as u8 == kind).ok_or(())?;
        let changed_ns = [next(&mut parts)?, next(&mut parts)?];
        let look = Self { kind, changed_ns, size: next(&mut parts)?, number: next(&mut parts)? };
        if parts.next().is_some() { Err(()) } else { Ok(look) }
    }
}

fn nanoseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or_default()
}

/// Returns how the path looks, or `None` if there is nothing.
pub fn look(path: &Path) -> Result<Option<Look>, DiskError> {
    let Some(found) = metadata(path)? else { return Ok(None) };
    let modified_ns = found.modified().map(nanoseconds).unwrap_or(i64::MAX);
    #[cfg(unix)]
    let (changed_ns, number) = (found.ctime() * 1_000_000_000 + found.ctime_nsec(), found.ino());
    #[cfg(not(unix))]
    let (changed_ns, number) = (modified_ns, 0);
    Ok(Some(Look { kind: kind_of(&found), changed_ns: [modified_ns, changed_ns], size: found.len(), number }))
}
