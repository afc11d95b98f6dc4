//! The account that a service runs as: when root starts it, not root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::programs;

/// What Debian's web servers run as, and what others have instead.
const WEB: [&str; 3] = ["www-data", "http", "nobody"];

/// Who a service is.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// Name, number and group of somebody else; nothing where the service is whoever starts it.
    other: Option<(String, u32, u32)>,
}

impl Account {
    /// Returns whoever runs this test.
    pub(super) fn ours() -> Self {
        Self { other: None }
    }

    /// Returns the account of web servers if we may change to it, or ours.
    pub(super) fn of_web() -> Self {
        if !lets_others_run() {
            eprintln!("NOT TESTED as another account: this machine lets nobody but root use /dev/null");
            return Self::ours();
        }
        let known = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let entry = |name: &&str| known.lines().find_map(|line| parse(line, name));
        Self { other: WEB.iter().find_map(entry).filter(|_| own_number() == 0) }
    }

    /// Returns whether it is somebody else than whoever runs this test.
    pub(crate) fn is_other(&self) -> bool {
        self.other.is_some()
    }

    /// Returns whether it is root, whom servers do not stay without being told to.
    pub(super) fn is_root(&self) -> bool {
        !self.is_other() && own_number() == 0
    }

    /// Lets a program run as this account.
    pub(crate) fn enter(&self, command: &mut Command) {
        if let Some((_, user, group)) = &self.other {
            command.uid(*user).gid(*group);
        }
    }

    /// Gives everything in a place to this account, and opens the way there.
    pub(crate) fn take(&self, place: &Path) {
        if let Some((_, user, group)) = &self.other {
            open_way(place);
            let owner = format!("{user}:{group}");
            programs::run(programs::service("chown", Path::new("/")).args(["-R", &owner]).arg(place));
        }
    }
}

/// Returns whether programs of others can run here at all: without this device hardly any does.
fn lets_others_run() -> bool {
    fs::metadata("/dev/null").is_ok_and(|device| device.permissions().mode() & 0o006 == 0o006)
}

/// Returns the number of whoever runs this test.
fn own_number() -> u32 {
    fs::metadata("/proc/self").expect("this is Linux").uid()
}

fn parse(line: &str, wanted: &str) -> Option<(String, u32, u32)> {
    let mut fields = line.split(':');
    let name = fields.next().filter(|name| *name == wanted)?;
    let mut numbers = fields.skip(1).map(|number| number.parse().ok());
    Some((name.to_owned(), numbers.next()??, numbers.next()??))
}

/// Lets others pass through the directories above a place, as far as they are for temporary things.
fn open_way(place: &Path) {
    let temporary = std::env::temp_dir();
    for above in place.ancestors().skip(1).filter(|above| above.starts_with(&temporary) && **above != temporary) {
        let Ok(found) = fs::metadata(above) else { continue };
        let mode = found.permissions().mode() | 0o711;
        fs::set_permissions(above, fs::Permissions::from_mode(mode)).expect("the directory is ours");
    }
}
