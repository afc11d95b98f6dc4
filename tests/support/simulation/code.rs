//! The code that lands: a history of small commits, of which the gate gets the facts that `ops` would read from a repository.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use git_coord::format::delta_digest;
use git_coord::format::sha256;
use git_coord::model::Content;
use git_coord::model::DeltaEntry;
use git_coord::model::ObjectId;
use git_coord::model::PrincipalId;
use git_coord::rules::CommitFact;
use git_coord::rules::CommitSigner;
use git_coord::rules::SameResult;
use git_coord::rules::SegmentFacts;

use crate::support::simulation::world::main_ref;
use crate::support::world::AUDIENCE;
use crate::support::world::Actor;

/// One commit of one file.
#[derive(Clone, Debug)]
pub struct Work {
    pub parent: ObjectId,
    pub author: String,
    pub path: String,
    pub content: String,
}

/// Every commit that was ever made.
#[derive(Clone, Debug, Default)]
pub struct Code {
    pub works: BTreeMap<ObjectId, Work>,
}

fn object(name: &str) -> ObjectId {
    ObjectId::from_bytes(&sha256(name.as_bytes()).as_bytes()[..20]).unwrap()
}

/// Returns the commit with which the protected branch begins.
pub fn base_commit() -> ObjectId {
    object("base")
}

fn plain(content: &str) -> Content {
    Content { mode: 0o100_644, sha256: *sha256(content.as_bytes()).as_bytes() }
}

impl Code {
    /// Makes a commit on top of another.
    pub fn commit(&mut self, work: Work) -> ObjectId {
        let id = object(&format!("{} {} {} {}", work.parent, work.author, work.path, work.content));
        self.works.insert(id, work);
        id
    }

    /// Returns the commits after one up to another, oldest first; `None` if it does not follow that.
    fn between(&self, old: ObjectId, new: ObjectId) -> Option<Vec<ObjectId>> {
        let (mut line, mut current) = (Vec::new(), new);
        while current != old {
            line.push(current);
            current = self.works.get(&current)?.parent;
        }
        line.reverse();
        Some(line)
    }

    fn content(&self, at: ObjectId, path: &str) -> Option<String> {
        let mut current = at;
        while let Some(work) = self.works.get(&current) {
            if work.path == path {
                return Some(work.content.clone());
            }
            current = work.parent;
        }
        None
    }

    /// Returns the paths in which two commits differ, of which one follows the other.
    pub fn changed(&self, old: ObjectId, new: ObjectId) -> BTreeSet<String> {
        let line = self.between(old, new).unwrap_or_default();
        let touched = line.iter().map(|id| self.works[id].path.clone());
        touched.filter(|path| self.content(old, path) != self.content(new, path)).collect()
    }

    /// Returns who made the commits after one up to another.
    pub fn authors(&self, old: ObjectId, new: ObjectId) -> BTreeSet<PrincipalId> {
        let line = self.between(old, new).unwrap_or_default();
        line.iter().map(|id| Actor::named(&self.works[id].author).id).collect()
    }

    /// Returns what the gate is told of a move; `None` if it is no forward move of something.
    pub fn facts(&self, old: ObjectId, new: ObjectId) -> Option<SegmentFacts> {
        let line = self.between(old, new).filter(|line| !line.is_empty())?;
        let mut paths: Vec<&str> = line.iter().map(|id| self.works[id].path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        let side = |at: ObjectId, path: &str| self.content(at, path).map(|content| plain(&content));
        let change =
            |path: &&str| DeltaEntry { path: path.as_bytes().to_vec(), old: side(old, path), new: side(new, path) };
        let changes: Vec<DeltaEntry> = paths.iter().map(change).filter(|change| change.old != change.new).collect();
        let left = |path: &str| (path.as_bytes().to_vec(), Some((0o100_644, object(&format!("{new} {path}")))));
        let commit = |id: &ObjectId| {
            let work = &self.works[id];
            CommitFact {
                id: *id,
                signer: CommitSigner::Signed(Actor::named(&work.author).key()),
                user_verified: false,
                co_authors: Vec::new(),
                is_merge: false,
                touched: [left(&work.path)].into_iter().collect(),
            }
        };
        Some(SegmentFacts {
            old: Some(old),
            new,
            old_tree: object(&format!("tree of {old}")),
            new_tree: object(&format!("tree of {new}")),
            delta: delta_digest(AUDIENCE, &main_ref(), &changes),
            changes,
            result: paths.iter().map(|path| left(path)).collect(),
            commits: line.iter().map(commit).collect(),
            other_heads: Vec::new(),
            same_result: SameResult::Found(Vec::new()),
            landed_since: Vec::new(),
            twins: Vec::new(),
        })
    }
}
