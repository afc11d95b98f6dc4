//! One repository, opened so that nothing but its files and the user's own configuration counts.

use std::cell::RefCell;
use std::path::Path;
use std::path::PathBuf;

use super::GitError;
use super::error::failed;
use super::object_cache::ObjectCache;
use crate::disk;
use crate::model::HashKind;
use crate::model::ObjectId;

const REFERENCE_STORAGE: &str = "reference storage other than files (reftable)";

/// A git repository, seen from one of its work trees or from its git directory.
#[derive(Clone)]
pub struct Repository {
    pub(super) inner: gix::Repository,
    /// Where objects are looked for, in this order; new ones go to the first.
    pub(super) stores: Vec<gix::odb::Handle>,
    pub(super) recent: RefCell<ObjectCache>,
    git_dir: PathBuf,
    common_dir: PathBuf,
    work_dir: Option<PathBuf>,
    quarantined: bool,
}

impl Repository {
    /// Opens the repository that a directory belongs to.
    ///
    /// A bare repository is not entered in this way: it could be data inside somebody's work tree.
    pub fn discover(dir: &Path) -> Result<Self, GitError> {
        let not_found = || GitError::NotARepository { path: dir.to_owned() };
        let start = match disk::real_path(dir) {
            Err(error) if error.is_not_found() => return Err(not_found()),
            start => start?,
        };
        let (found, _) = gix::discover::upwards(&start).map_err(|_| not_found())?;
        let path = match found {
            gix::discover::repository::Path::WorkTree(work_dir) => work_dir.join(".git"),
            gix::discover::repository::Path::LinkedWorkTree { work_dir, .. } => work_dir.join(".git"),
            gix::discover::repository::Path::Repository(git_dir) => {
                if !git_dir.components().any(|part| part.as_os_str() == ".git") {
                    return Err(GitError::ImplicitBare { path: git_dir });
                }
                git_dir
            }
        };
        Self::open(&path)
    }

    /// Opens the repository whose git directory this is: `.git`, a bare repository, or a linked work tree's own directory.
    pub fn open_git_dir(dir: &Path) -> Result<Self, GitError> {
        Self::open(dir)
    }

    /// Opens a repository from inside a receiving hook, where the new objects lie in a directory of their own.
    pub fn open_with_quarantine(git_dir: &Path, object_dir: &Path, alternates: &[PathBuf]) -> Result<Self, GitError> {
        let mut repository = Self::open(git_dir)?;
        let kind = repository.inner.object_hash();
        let open_store = |path: &Path| {
            gix::odb::at(path, kind).map_err(|error| GitError::Git {
                action: "open an object directory",
                detail: format!("`{}`: {error}", path.display()),
            })
        };
        let main = disk::real_path(&repository.common_dir.join("objects"))?;
        let mut stores = vec![open_store(object_dir)?];
        stores.append(&mut repository.stores);
        for path in alternates {
            // A receiving hook names the main store among the alternates; it is there already.
            if disk::real_path(path)? != main {
                stores.push(open_store(path)?);
            }
        }
        repository.stores = stores;
        repository.quarantined = true;
        Ok(repository)
    }

    fn open(path: &Path) -> Result<Self, GitError> {
        let translate = |error: gix::Error| {
            let path = path.to_owned();
            match error {
                error if error.is_permission_denied() => GitError::Unsafe { path },
                error if error.is_unsupported() => GitError::Unsupported { what: REFERENCE_STORAGE },
                error if error.is_not_found() => GitError::NotARepository { path },
                error => failed("open the repository")(error),
            }
        };
        let absolute = match disk::stat(path)? {
            Some(_) => disk::real_path(path)?,
            None => return Err(GitError::NotARepository { path: path.to_owned() }),
        };
        let shared = options().open(absolute).map_err(translate)?;
        let mut inner = shared.to_thread_local();
        let storage = inner.config_snapshot().string("extensions.refStorage");
        if storage.is_some_and(|storage| !storage.eq_ignore_ascii_case(b"files")) {
            return Err(GitError::Unsupported { what: REFERENCE_STORAGE });
        }
        inner.refs.namespace = None;
        inner.objects.ignore_replacements = true;
        inner.object_cache_size(32 * 1024 * 1024);
        Ok(Self {
            stores: vec![(*inner.objects).clone()],
            git_dir: disk::real_path(inner.git_dir())?,
            common_dir: disk::real_path(inner.common_dir())?,
            work_dir: inner.workdir().map(disk::real_path).transpose()?,
            quarantined: false,
            recent: RefCell::default(),
            inner,
        })
    }

    /// Returns the git directory that all work trees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Returns the git directory of this work tree.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Returns the root of this work tree, unless the repository is bare.
    pub fn work_dir(&self) -> Option<&Path> {
        self.work_dir.as_deref()
    }

    /// Returns whether there is no work tree here. One that is linked to a bare repository is one: the repository says of
    /// itself that it is bare, and its linked work trees read that as well.
    pub fn is_bare(&self) -> bool {
        self.work_dir.is_none()
    }

    /// Returns the hash function that names the objects.
    pub fn hash_kind(&self) -> HashKind {
        match self.inner.object_hash() {
            gix::hash::Kind::Sha256 => HashKind::Sha256,
            _ => HashKind::Sha1,
        }
    }

    /// Returns whether history ends early because the clone is shallow.
    pub fn is_shallow(&self) -> Result<bool, GitError> {
        Ok(!self.shallow_boundary()?.is_empty())
    }

    /// Returns a configuration value as git would see it, the repository's own before the user's.
    pub fn config(&self, key: &str) -> Option<String> {
        self.inner.config_snapshot().string(key).map(|value| value.to_string())
    }

    /// Returns every value that a key has anywhere, also those that git would not use here.
    pub fn every_config(&self, key: &str) -> Vec<String> {
        let snapshot = self.inner.config_snapshot();
        snapshot.plumbing().strings(key).into_iter().flatten().map(|value| value.to_string()).collect()
    }

    /// Returns a configuration value of the repository or of the work tree, whatever the user has set for all.
    pub fn own_config(&self, key: &str) -> Option<String> {
        let own = |meta: &gix::config::file::Metadata| {
            matches!(meta.source, gix::config::Source::Local | gix::config::Source::Worktree)
        };
        self.inner.config_snapshot().plumbing().string_filter(key, own).map(|value| value.to_string())
    }

    /// Returns whether new objects may still vanish because a receiving hook is judging them.
    pub(super) fn is_quarantined(&self) -> bool {
        self.quarantined
    }

    /// Returns the commits whose parents were left out of a shallow clone.
    pub(super) fn shallow_boundary(&self) -> Result<Vec<ObjectId>, GitError> {
        const LIMIT_BYTES: u64 = 64 * 1024 * 1024;
        let bytes = disk::read(&self.common_dir.join("shallow"), LIMIT_BYTES)?.unwrap_or_default();
        let ids = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| {
            std::str::from_utf8(line).ok().and_then(|text| text.trim().parse().ok()).ok_or_else(|| GitError::Git {
                action: "read the shallow boundary",
                detail: "a line is not an object id".to_owned(),
            })
        });
        ids.collect()
    }
}

/// Returns options under which no environment variable of git's counts.
fn options() -> gix::open::Options {
    let mut permissions = gix::open::Permissions::isolated();
    permissions.config.system = true;
    permissions.config.git = true;
    permissions.config.user = true;
    permissions.config.includes = true;
    permissions.env.home = gix::sec::Permission::Allow;
    permissions.env.xdg_config_home = gix::sec::Permission::Allow;
    gix::open::Options::default()
        .permissions(permissions)
        .config_overrides(["core.useReplaceRefs=false"])
        .bail_if_untrusted(true)
        .open_path_as_is(true)
}

/// Returns the library's form of an id.
pub(super) fn to_library(id: ObjectId) -> gix::ObjectId {
    gix::ObjectId::from_bytes_or_panic(id.as_bytes())
}

/// Returns our form of an id of the library.
pub(super) fn from_library(id: &gix::oid) -> ObjectId {
    ObjectId::from_bytes(id.as_bytes()).expect("every hash of the library has 20 or 32 bytes")
}

#[cfg(test)]
#[path = "repository_tests.rs"]
mod tests;
