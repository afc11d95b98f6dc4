//! References: read from the files as they are now, never from a cache.

use std::path::PathBuf;

use super::GitError;
use super::Repository;
use super::error::failed;
use super::repository::from_library;
use crate::disk;
use crate::disk::FileKind;
use crate::model::HashKind;
use crate::model::ObjectId;

const REFERENCE_LIMIT_BYTES: u64 = 64 * 1024;
const SYMBOLIC_DEPTH_MAX: usize = 5;
/// How often references are listed while others remove some.
const LISTINGS_MAX: u32 = 8;

/// Where a work tree stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// On a branch, by its full name; without a commit when the branch is unborn.
    Branch {
        name: String,
        commit: Option<ObjectId>,
    },
    Detached(ObjectId),
}

/// What a reference holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Object(ObjectId),
    Symbolic(String),
}

impl Repository {
    /// Returns the object that a full reference name leads to, through symbolic references.
    pub fn reference(&self, full_name: &str) -> Result<Option<ObjectId>, GitError> {
        let name = self.resolve_symbolic(full_name)?;
        match self.read_reference(&name)? {
            Some(Target::Object(id)) => Ok(Some(id)),
            Some(Target::Symbolic(_)) => Err(GitError::BadReference { name, reason: "it changed while it was read" }),
            None => Ok(None),
        }
    }

    /// Returns the full name of the reference at the end of a chain of symbolic references, which need not exist.
    pub fn resolve_symbolic(&self, full_name: &str) -> Result<String, GitError> {
        let mut name = full_name.to_owned();
        for _ in 0..=SYMBOLIC_DEPTH_MAX {
            match self.read_reference(&name)? {
                Some(Target::Symbolic(next)) => name = next,
                _ => return Ok(name),
            }
        }
        Err(GitError::BadReference {
            name: full_name.to_owned(),
            reason: "it leads through too many symbolic references",
        })
    }

    /// Returns all references whose full name begins with the prefix, sorted by name. Those that lead nowhere are left out.
    pub fn references(&self, prefix: &str) -> Result<Vec<(String, ObjectId)>, GitError> {
        // The library stumbles over a reference that is removed while it lists them.
        for _ in 1..LISTINGS_MAX {
            if let Ok(found) = self.list_references(prefix) {
                return Ok(found);
            }
        }
        self.list_references(prefix)
    }

    fn list_references(&self, prefix: &str) -> Result<Vec<(String, ObjectId)>, GitError> {
        // The library caches packed references by a modification time that can be too coarse; a missing file is no error.
        self.inner.refs.force_refresh_packed_buffer().ok();
        let platform = self.inner.refs.iter().map_err(failed("list references"))?;
        let listed =
            platform.all().map_err(|error| GitError::Git { action: "list references", detail: error.to_string() })?;
        let mut found = Vec::new();
        for reference in listed {
            let reference = reference.map_err(failed("list references"))?;
            let name = reference.name.as_bstr().to_string();
            if !name.starts_with(prefix) {
                continue;
            }
            let id = match reference.target.try_id() {
                Some(id) => Some(from_library(id)),
                None => self.reference(&name)?,
            };
            found.extend(id.map(|id| (name, id)));
        }
        found.sort();
        found.dedup_by(|left, right| left.0 == right.0);
        Ok(found)
    }

    /// Returns where this work tree stands.
    pub fn head(&self) -> Result<Head, GitError> {
        match self.read_reference("HEAD")? {
            Some(Target::Object(id)) => Ok(Head::Detached(id)),
            Some(Target::Symbolic(name)) => Ok(Head::Branch { commit: self.reference(&name)?, name }),
            None => Err(GitError::BadReference { name: "HEAD".to_owned(), reason: "it does not exist" }),
        }
    }

    /// Returns what a reference holds: the loose file if there is one, otherwise its line among the packed ones.
    ///
    /// In that order: packing writes the packed line before it removes the file.
    pub(super) fn read_reference(&self, name: &str) -> Result<Option<Target>, GitError> {
        check_name(name)?;
        let path = self.reference_path(name);
        if !matches!(disk::stat(&path)?, None | Some((FileKind::Directory, _)))
            && let Some(bytes) = disk::read(&path, REFERENCE_LIMIT_BYTES)?
        {
            return parse_loose(name, &bytes, self.hash_kind()).map(Some);
        }
        Ok(self.read_packed(name)?.map(Target::Object))
    }

    /// Returns the value of a reference in `packed-refs`, which is opened anew.
    pub(super) fn read_packed(&self, name: &str) -> Result<Option<ObjectId>, GitError> {
        const ACTION: &str = "read packed references";
        let Some(packed) = self.inner.refs.open_packed_buffer().map_err(failed(ACTION))? else {
            return Ok(None);
        };
        let found = packed.try_find(name).map_err(failed(ACTION))?;
        Ok(found.map(|reference| from_library(&reference.target())))
    }

    /// Returns where the loose file of a reference lies.
    pub(super) fn reference_path(&self, name: &str) -> PathBuf {
        let base = if is_per_worktree(name) { self.git_dir() } else { self.common_dir() };
        base.join(name)
    }
}

/// Reads the file of a reference.
pub fn parse_loose(name: &str, bytes: &[u8], hash: HashKind) -> Result<Target, GitError> {
    let broken = || GitError::BadReference { name: name.to_owned(), reason: "its file is broken" };
    let text = std::str::from_utf8(bytes).map_err(|_| broken())?;
    if let Some(target) = text.strip_prefix("ref:") {
        let target = target.trim();
        check_name(target)?;
        return Ok(Target::Symbolic(target.to_owned()));
    }
    let id: ObjectId = text.split_whitespace().next().and_then(|hex| hex.parse().ok()).ok_or_else(broken)?;
    if id.kind() != hash || id.is_null() {
        return Err(broken());
    }
    Ok(Target::Object(id))
}

/// Refuses what git's grammar does not allow as a full reference name.
pub(super) fn check_name(name: &str) -> Result<(), GitError> {
    let is_full = name.starts_with("refs/") || !name.contains('/');
    if is_full && gix::validate::reference::name(name.into()).is_ok() {
        return Ok(());
    }
    Err(GitError::BadReference { name: name.to_owned(), reason: "it is not a full reference name" })
}

/// Returns whether each work tree has its own reference of this name.
pub(super) fn is_per_worktree(name: &str) -> bool {
    let prefixes = ["refs/worktree/", "refs/bisect/", "refs/rewritten/"];
    !name.starts_with("refs/") || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::sandbox::Sandbox;

    #[test]
    fn loose_packed_and_symbolic_references_are_read() {
        let sandbox = Sandbox::sha1();
        let first = sandbox.commit_file("a", "1");
        sandbox.git(&["branch", "packed"]);
        sandbox.git(&["pack-refs", "--all"]);
        let second = sandbox.commit_file("a", "2");
        sandbox.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
        let repository = sandbox.open();
        assert_eq!(repository.reference("refs/heads/packed").unwrap(), Some(first));
        assert_eq!(repository.reference("refs/heads/main").unwrap(), Some(second));
        assert_eq!(repository.reference("refs/heads/alias").unwrap(), Some(second));
        assert_eq!(repository.reference("refs/heads/absent").unwrap(), None);
        assert_eq!(repository.resolve_symbolic("refs/heads/alias").unwrap(), "refs/heads/main");
        assert_eq!(repository.resolve_symbolic("HEAD").unwrap(), "refs/heads/main");
        let listed = repository.references("refs/heads/").unwrap();
        let names: Vec<&str> = listed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["refs/heads/alias", "refs/heads/main", "refs/heads/packed"]);
        assert_eq!(
            repository.head().unwrap(),
            Head::Branch { name: "refs/heads/main".to_owned(), commit: Some(second) }
        );
        sandbox.git(&["checkout", "-q", "--detach"]);
        assert_eq!(repository.head().unwrap(), Head::Detached(second));
    }

    #[test]
    fn symbolic_loop_is_refused() {
        let sandbox = Sandbox::sha1();
        sandbox.git(&["symbolic-ref", "refs/heads/a", "refs/heads/b"]);
        sandbox.git(&["symbolic-ref", "refs/heads/b", "refs/heads/a"]);
        assert!(matches!(sandbox.open().reference("refs/heads/a"), Err(GitError::BadReference { .. })));
    }

    #[test]
    fn names_outside_the_grammar_are_refused() {
        let bad = [
            "refs/heads/../x",
            "heads/x",
            "refs/heads/x.lock",
            "refs/heads/",
            "/etc/passwd",
            "refs/a b",
            "",
            "../HEAD",
        ];
        for name in bad {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["HEAD", "refs/heads/coord", "refs/coord/landed/x.y"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
    }
}
