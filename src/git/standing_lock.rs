//! A lock file of git's that is in the way: somebody is at work, or was killed. Nobody but a person can tell which, and remove it.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::model::Span;

/// A lock file that somebody else made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingLock {
    pub path: PathBuf,
    /// How long it is there; `None` if it is gone meanwhile, or comes from the future.
    pub age: Option<Span>,
}

impl StandingLock {
    pub(super) fn at(path: &Path) -> Self {
        let changed_s = disk::changed_s(path).ok().flatten();
        let age_s = changed_s.and_then(|changed_s| u64::try_from(gix::date::Time::now_utc().seconds - changed_s).ok());
        Self { path: path.to_owned(), age: age_s.map(Span::from_s) }
    }

    /// Finds the lock on which git failed. Git waits for hardly any, and removes none.
    pub(super) fn told_by_git(message: &str) -> Option<Self> {
        // What a remote says is about files of its own.
        let own = message.lines().filter(|line| !line.starts_with("remote: "));
        own.into_iter().find_map(lock_in).map(|path| Self::at(&path))
    }
}

fn lock_in(line: &str) -> Option<PathBuf> {
    if let Some((_, rest)) = line.split_once("could not lock config file ") {
        let (file, _) = rest.split_once(": File exists")?;
        return Some(PathBuf::from(format!("{file}.lock")));
    }
    let (_, rest) = line.split_once("Unable to create '")?;
    let (file, _) = rest.split_once("': File exists")?;
    file.ends_with(".lock").then(|| PathBuf::from(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_is_read_from_what_git_says() {
        let check = |said: &str, expected: Option<&str>| {
            assert_eq!(StandingLock::told_by_git(said).map(|lock| lock.path), expected.map(PathBuf::from), "{said:?}");
        };
        check("error: could not lock config file .git/config: File exists", Some(".git/config.lock"));
        let index =
            "fatal: Unable to create '/a/.git/index.lock': File exists.\n\nAnother git process seems to be running";
        check(index, Some("/a/.git/index.lock"));
        check("error: cannot lock ref 'refs/heads/a': Unable to create '/a/a.lock': File exists.", Some("/a/a.lock"));
        check("remote: error: cannot lock ref 'a': Unable to create '/a/a.lock': File exists.", None);
        check("fatal: Unable to create '/a/.git/index.lock': No space left on device", None);
        check("fatal: Unable to create '/a/b': File exists.", None);
    }
}
