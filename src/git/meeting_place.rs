//! Where clones of one user on one machine meet that write to the same remote.

use std::path::PathBuf;

use gix::remote::Direction;

use super::Repository;
use super::user_directory;
use crate::disk;

impl Repository {
    /// Returns a path outside of every repository that belongs to where a remote is pushed to; `None` if there is no place
    /// for it.
    pub fn meeting_place(&self, remote: &str) -> Option<PathBuf> {
        let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
        hasher.update(self.push_address(remote)?.as_bytes());
        Some(user_directory::of_user("turns")?.join(hasher.try_finalize().ok()?.to_string()))
    }

    /// Returns where a remote is pushed to; the same from every clone that spells it alike.
    fn push_address(&self, remote: &str) -> Option<String> {
        let found = match self.inner.try_find_remote(remote) {
            Some(known) => known.ok()?,
            None => self.inner.remote_at(remote).ok()?,
        };
        let url = found.url(Direction::Push)?;
        if url.scheme != gix::url::Scheme::File {
            return Some(url.to_bstring().to_string());
        }
        // The same path is another repository elsewhere.
        let here = self.work_dir().unwrap_or(self.git_dir());
        let path = disk::real_path(&here.join(url.path.to_string())).ok()?;
        Some(path.to_string_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests {
    use crate::git::sandbox::Sandbox;

    #[test]
    fn clones_of_one_repository_have_one_address_for_it_and_no_other_has() {
        let (one, another) = (Sandbox::sha1(), Sandbox::sha1());
        let hub = one.root.path().join("hub.git");
        std::fs::create_dir(&hub).unwrap();
        one.git(&["remote", "add", "origin", "../hub.git"]);
        another.git(&["remote", "add", "upstream", hub.to_str().unwrap()]);
        another.git(&["remote", "add", "origin", "../hub.git"]);
        another.git(&["remote", "add", "far", "ssh://git@example.org/hub.git"]);
        let there = one.open().push_address("origin");
        assert!(there.is_some());
        let another = another.open();
        assert_eq!(another.push_address("upstream"), there, "by whatever name and path");
        for elsewhere in ["origin", "far", "ssh://git@example.org/other.git"] {
            assert_ne!(another.push_address(elsewhere), there, "{elsewhere}");
        }
        assert_eq!(another.push_address("far"), another.push_address("ssh://git@example.org/hub.git"));
    }
}
