//! Objects by id: read with their hash checked, and written.
//!
//! Nothing read here is trusted to be what its id says before it has been hashed again, with SHA-1 collision detection.

use std::io;
use std::sync::Arc;

use gix::objs::Exists;
use gix::objs::Find;
use gix::objs::FindHeader;
use gix::objs::Write;
use sha2::Digest;
use sha2::Sha256;

use super::GitError;
use super::Repository;
use super::error::failed;
use super::repository::from_library;
use super::repository::to_library;
use crate::disk;
use crate::disk::DiskError;
use crate::model::ObjectId;

/// How often git may take the directory away in which an object is about to be put.
const WRITE_ATTEMPTS_MAX: u32 = 16;
const COMMIT_LIMIT_BYTES: u64 = 16 * 1024 * 1024;
const TREE_LIMIT_BYTES: u64 = 256 * 1024 * 1024;
const DIGEST_LIMIT_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    Blob,
    Tree,
    Commit,
    Tag,
}

impl Repository {
    /// Returns the raw bytes of a commit, whose hash was checked.
    pub fn commit(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.verified(id, gix::objs::Kind::Commit, "a commit", COMMIT_LIMIT_BYTES)
    }

    /// Returns the content of a blob, whose hash was checked; its size is known before anything is inflated.
    pub fn blob(&self, id: ObjectId, limit_bytes: u64) -> Result<Vec<u8>, GitError> {
        if let Some(known) =
            self.recent.borrow().get(id, ObjectKind::Blob).filter(|known| known.len() as u64 <= limit_bytes)
        {
            return Ok(known.to_vec());
        }
        self.verified(id, gix::objs::Kind::Blob, "a blob", limit_bytes)
    }

    /// Returns the SHA-256 of a blob's content, whatever hash the repository uses.
    pub fn blob_sha256(&self, id: ObjectId) -> Result<[u8; 32], GitError> {
        let content = self.blob(id, DIGEST_LIMIT_BYTES)?;
        Ok(Sha256::digest(&content).into())
    }

    /// Returns whether the object is here.
    pub fn contains(&self, id: ObjectId) -> bool {
        let id = to_library(id);
        id.kind() == self.inner.object_hash() && self.stores.iter().any(|store| store.exists(&id))
    }

    /// Returns what the object is.
    pub fn kind(&self, id: ObjectId) -> Result<ObjectKind, GitError> {
        Ok(match self.header(id)?.1.kind {
            gix::objs::Kind::Blob => ObjectKind::Blob,
            gix::objs::Kind::Tree => ObjectKind::Tree,
            gix::objs::Kind::Commit => ObjectKind::Commit,
            gix::objs::Kind::Tag => ObjectKind::Tag,
        })
    }

    /// Writes a blob and returns its id.
    pub fn write_blob(&self, content: &[u8]) -> Result<ObjectId, GitError> {
        self.write_object(gix::objs::Kind::Blob, content)
    }

    /// Writes the raw bytes of a commit, which must parse as one, and returns its id.
    pub fn write_commit(&self, raw: &[u8]) -> Result<ObjectId, GitError> {
        gix::objs::CommitRef::from_bytes(raw, self.inner.object_hash()).map_err(failed("write a commit"))?;
        self.write_object(gix::objs::Kind::Commit, raw)
    }

    /// Returns the raw bytes of an annotated tag, whose hash was checked.
    pub(super) fn tag(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.verified(id, gix::objs::Kind::Tag, "a tag", COMMIT_LIMIT_BYTES)
    }

    /// Returns the raw bytes of a tree, whose hash was checked. The empty tree is always there, as in git.
    pub(super) fn raw_tree(&self, id: ObjectId) -> Result<Arc<Vec<u8>>, GitError> {
        if to_library(id) == gix::ObjectId::empty_tree(self.inner.object_hash()) {
            return Ok(Arc::default());
        }
        if let Some(known) = self.recent.borrow().get(id, ObjectKind::Tree) {
            return Ok(known);
        }
        let raw = Arc::new(self.verified(id, gix::objs::Kind::Tree, "a tree", TREE_LIMIT_BYTES)?);
        self.recent.borrow_mut().put(id, ObjectKind::Tree, &raw);
        Ok(raw)
    }

    /// Writes an object to the first store. One that is there already, by itself and whole, gets another date, as git does
    /// it: a pruning that judges by dates leaves it. A fresh copy in its place could be all that a power cut leaves, and
    /// whoever was told of the old one would have lost it.
    pub(super) fn write_object(&self, kind: gix::objs::Kind, raw: &[u8]) -> Result<ObjectId, GitError> {
        if let Some(id) = self.refreshed(kind, raw) {
            return Ok(id);
        }
        let mut written = self.stores[0].write_buf(kind, raw);
        for _ in 1..WRITE_ATTEMPTS_MAX {
            // Git takes an empty directory of objects away while it packs: it is made anew.
            let is_gone = written.as_ref().is_err_and(|error| error.is_not_found());
            if !is_gone {
                break;
            }
            written = self.stores[0].write_buf(kind, raw);
        }
        let id = from_library(&written.map_err(|error| self.unwritten(error))?);
        // An entry is judged from what was written for it.
        match kind {
            gix::objs::Kind::Tree => self.recent.borrow_mut().put(id, ObjectKind::Tree, &Arc::new(raw.to_vec())),
            gix::objs::Kind::Blob => self.recent.borrow_mut().put(id, ObjectKind::Blob, &Arc::new(raw.to_vec())),
            gix::objs::Kind::Commit | gix::objs::Kind::Tag => {}
        }
        Ok(id)
    }

    /// Gives an object that is there by itself and whole the date of now. `None` if it is not, or cannot be given one.
    fn refreshed(&self, kind: gix::objs::Kind, raw: &[u8]) -> Option<ObjectId> {
        let id = gix::objs::compute_hash(self.inner.object_hash(), kind, raw).ok()?;
        let name = id.to_string();
        let file = self.common_dir().join("objects").join(&name[..2]).join(&name[2..]);
        disk::stat(&file).ok()??;
        let id = from_library(&id);
        self.verified(id, kind, "an object", DIGEST_LIMIT_BYTES).ok()?;
        disk::touch(&file).ok()?;
        Some(id)
    }

    /// Returns why an object was not written: as the disk says it, if it is the disk.
    fn unwritten(&self, error: gix::Error) -> GitError {
        let of_disk = error.iter_errors().find_map(|cause| cause.downcast_ref::<io::Error>());
        match of_disk.map(|cause| cause.raw_os_error().map_or(cause.kind().into(), io::Error::from_raw_os_error)) {
            Some(source) => DiskError { action: "write into", path: self.common_dir().join("objects"), source }.into(),
            None => failed("write an object")(error),
        }
    }

    /// Returns the id that this content has as a blob.
    pub(super) fn blob_id(&self, content: &[u8]) -> Result<ObjectId, GitError> {
        let id = gix::objs::compute_hash(self.inner.object_hash(), gix::objs::Kind::Blob, content);
        Ok(from_library(&id.map_err(failed("hash a file"))?))
    }

    fn verified(
        &self,
        id: ObjectId,
        kind: gix::objs::Kind,
        what: &'static str,
        limit_bytes: u64,
    ) -> Result<Vec<u8>, GitError> {
        let (store, header) = self.header(id)?;
        if header.kind != kind {
            return Err(GitError::Corrupt { id, reason: "it is not of the kind that was asked for" });
        }
        if header.size > limit_bytes {
            return Err(GitError::TooLarge { what, limit: limit_bytes });
        }
        let mut bytes = Vec::new();
        let found = store.try_find(&to_library(id), &mut bytes).map_err(unreadable(id))?;
        let data = found.ok_or(GitError::Missing { id })?;
        data.verify_checksum(&to_library(id))
            .map_err(|_| GitError::Corrupt { id, reason: "its hash does not match" })?;
        if data.kind != kind {
            return Err(GitError::Corrupt { id, reason: "it is not of the kind that was asked for" });
        }
        // A store may return the object in its own buffer instead of ours.
        let length = data.data.len();
        if length == bytes.len() {
            Ok(bytes)
        } else {
            Err(GitError::Corrupt { id, reason: "its length does not match" })
        }
    }

    fn header(&self, id: ObjectId) -> Result<(&gix::odb::Handle, gix::objs::Header), GitError> {
        let library_id = to_library(id);
        if library_id.kind() != self.inner.object_hash() {
            return Err(GitError::Missing { id });
        }
        for store in &self.stores {
            if let Some(header) = FindHeader::try_header(store, &library_id).map_err(unreadable(id))? {
                return Ok((store, header));
            }
        }
        Err(GitError::Missing { id })
    }
}

fn unreadable(id: ObjectId) -> impl FnOnce(gix::Error) -> GitError {
    move |error| match error {
        error if error.is_permission_denied() => failed("read an object")(error),
        _ => GitError::Corrupt { id, reason: "it cannot be decoded" },
    }
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
