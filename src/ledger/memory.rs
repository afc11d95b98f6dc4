//! A ledger in memory, for simulation: the same chain, no files.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use crate::format::sha256;
use crate::git::GitError;
use crate::git::Swap;
use crate::git::TreeChange;
use crate::ledger::memo::base_of;
use crate::ledger::memo::is_recent;
use crate::ledger::store::Recalled;
use crate::ledger::store::Snapshot;
use crate::ledger::store::Store;
use crate::model::HashKind;
use crate::model::ObjectId;

const PLAIN_FILE: u32 = 0o100_644;

#[derive(Clone, Debug)]
enum Object {
    Blob(Vec<u8>),
    Commit(Vec<u8>),
    Tree(BTreeMap<Vec<u8>, ObjectId>),
}

#[derive(Debug, Default)]
struct Content {
    objects: HashMap<ObjectId, Object>,
    head: Option<ObjectId>,
    verified: Option<ObjectId>,
    whole: Vec<u8>,
    recent: Vec<u8>,
    evidence: Vec<ObjectId>,
}

/// A store without a disk. Clones of it are other stores; the same one is shared by reference.
#[derive(Debug, Default)]
pub struct MemoryStore {
    content: Mutex<Content>,
}

impl MemoryStore {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.content.lock().expect("nobody panics while it is held")
    }

    fn put(&self, object: Object) -> ObjectId {
        let bytes = match &object {
            Object::Blob(bytes) => [b"blob ".as_slice(), bytes].concat(),
            Object::Commit(bytes) => [b"commit ".as_slice(), bytes].concat(),
            Object::Tree(files) => {
                let mut bytes = b"tree ".to_vec();
                for (path, id) in files {
                    bytes.extend((path.len() as u64).to_be_bytes());
                    bytes.extend(path);
                    bytes.extend(id.as_bytes());
                }
                bytes
            }
        };
        let id = ObjectId::from_bytes(sha256(&bytes).as_bytes()).expect("a SHA-256 is an id");
        self.content().objects.insert(id, object);
        id
    }

    fn object(&self, id: ObjectId) -> Result<Object, GitError> {
        self.content().objects.get(&id).cloned().ok_or(GitError::Missing { id })
    }

    fn tree(&self, id: ObjectId) -> Result<BTreeMap<Vec<u8>, ObjectId>, GitError> {
        match self.object(id)? {
            Object::Tree(files) => Ok(files),
            _ => Err(GitError::Corrupt { id, reason: "it is no tree" }),
        }
    }

    /// Moves the reference without asking, as a hostile server would.
    pub fn force_head(&self, head: ObjectId) {
        self.content().head = Some(head);
    }

    /// Copies every object of another store, as a fetch does.
    pub fn copy_objects_from(&self, other: &Self) {
        let objects = other.content().objects.clone();
        self.content().objects.extend(objects);
    }

    /// Returns the heads that were kept as evidence.
    pub fn evidence(&self) -> Vec<ObjectId> {
        self.content().evidence.clone()
    }
}

impl Store for &MemoryStore {
    type Door = ();
    type Lock = ();

    fn hash_kind(&self) -> HashKind {
        HashKind::Sha256
    }

    fn head(&self) -> Result<Option<ObjectId>, GitError> {
        Ok(self.content().head)
    }

    fn commit(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        match self.object(id)? {
            Object::Commit(raw) => Ok(raw),
            _ => Err(GitError::Corrupt { id, reason: "it is no commit" }),
        }
    }

    fn blob(&self, id: ObjectId, limit_bytes: u64) -> Result<Vec<u8>, GitError> {
        match self.object(id)? {
            Object::Blob(bytes) if bytes.len() as u64 > limit_bytes => {
                Err(GitError::TooLarge { what: "the size of a blob", limit: limit_bytes })
            }
            Object::Blob(bytes) => Ok(bytes),
            _ => Err(GitError::Corrupt { id, reason: "it is no blob" }),
        }
    }

    fn tree_changes(&self, old: Option<ObjectId>, new: ObjectId) -> Result<Vec<TreeChange>, GitError> {
        let old = old.map(|id| self.tree(id)).transpose()?.unwrap_or_default();
        let new = self.tree(new)?;
        let side = |files: &BTreeMap<Vec<u8>, ObjectId>, path: &Vec<u8>| files.get(path).map(|id| (PLAIN_FILE, *id));
        let paths: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
        let changes = paths.into_iter().map(|path| TreeChange {
            path: path.clone(),
            old: side(&old, path),
            new: side(&new, path),
        });
        Ok(changes.filter(|change| change.old != change.new).collect())
    }

    fn write_blob(&self, content: &[u8]) -> Result<ObjectId, GitError> {
        Ok(self.put(Object::Blob(content.to_vec())))
    }

    fn edit_tree(&self, base: Option<ObjectId>, edits: &[(String, Option<ObjectId>)]) -> Result<ObjectId, GitError> {
        let mut files = base.map(|id| self.tree(id)).transpose()?.unwrap_or_default();
        for (path, blob) in edits {
            match blob {
                Some(id) => files.insert(path.clone().into_bytes(), *id),
                None => files.remove(path.as_bytes()),
            };
        }
        Ok(self.put(Object::Tree(files)))
    }

    fn write_commit(&self, raw: &[u8]) -> Result<ObjectId, GitError> {
        Ok(self.put(Object::Commit(raw.to_vec())))
    }

    fn wait_at_door(&self) -> Result<(), GitError> {
        Ok(())
    }

    fn lock(&self, (): ()) -> Result<(), GitError> {
        // The compare-and-swap decides; the lock only saves work.
        Ok(())
    }

    fn swap_head(&self, expected: Option<ObjectId>, new: ObjectId) -> Result<Swap, GitError> {
        let mut content = self.content();
        if content.head != expected {
            return Ok(Swap::Moved);
        }
        content.head = Some(new);
        Ok(Swap::Done)
    }

    fn fetch_source(&self) -> Result<Option<ObjectId>, GitError> {
        self.head()
    }

    fn follow(&self, expected: Option<ObjectId>, head: ObjectId) -> Result<Swap, GitError> {
        self.swap_head(expected, head)
    }

    fn show(&self, (): &(), _head: ObjectId, _valid_tree: ObjectId) -> Result<(), GitError> {
        Ok(())
    }

    fn recall(&self) -> Result<Option<Recalled>, GitError> {
        let content = self.content();
        let (whole, recent) = (Arc::new(content.whole.clone()), content.recent.clone());
        Ok(content.verified.map(|head| Recalled { head, whole, recent }))
    }

    fn remember(&self, snapshot: &Snapshot) -> Result<(), GitError> {
        let mut content = self.content();
        content.verified = Some(snapshot.head);
        if !is_recent(&snapshot.chain) {
            content.whole.clone_from(&snapshot.chain);
            content.recent.clear();
        } else if base_of(&content.whole) == base_of(&snapshot.chain) {
            content.recent.clone_from(&snapshot.chain);
        }
        Ok(())
    }

    fn keep_evidence(&self, head: ObjectId) -> Result<(), GitError> {
        self.content().evidence.push(head);
        Ok(())
    }
}
