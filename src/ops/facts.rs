//! Reads from the code repository what the gate wants to know. It judges nothing: what is too much, or cannot be read, it refuses.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::format::code_commit;
use crate::format::delta_digest;
use crate::git::GitError;
use crate::git::Repository;
use crate::model::DeltaEntry;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::model::fold_name;
use crate::ops::elsewhere::Elsewhere;
use crate::ops::failure::Failure;
use crate::rules::Code;
use crate::rules::CommitFact;
use crate::rules::CommitSigner;
use crate::rules::Movement;
use crate::rules::NamedHead;
use crate::rules::OtherHead;
use crate::rules::Pending;
use crate::rules::Refusal;
use crate::rules::SameResult;
use crate::rules::SegmentFacts;
use crate::rules::State;
use crate::sign::CodeSignature;
use crate::sign::verify_code_commit;

/// How many commits one update may bring.
pub(super) const COMMITS_MAX: usize = 10_000;
/// How many paths the commits of one update may change, all together: as many are remembered at once.
const TOUCHED_MAX: usize = 500_000;

/// The code repository and the ledger's name, from which facts are read.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) audience: &'a str,
    pub(crate) elsewhere: Elsewhere<'a>,
}

/// What is asked of a commit.
#[derive(Clone, Copy)]
enum Detail {
    /// Who signed it.
    Signers,
    /// What it changed as well.
    Paths,
}

/// What a commit left at the paths that it changed.
type Touched = BTreeMap<Vec<u8>, Option<(u32, ObjectId)>>;

/// One commit of a first-parent line with its tree.
#[derive(Clone, Copy)]
pub(crate) struct Station {
    pub(crate) commit: ObjectId,
    pub(crate) tree: ObjectId,
}

impl Reader<'_> {
    /// Returns how the new commit stands to the old one, and the line between them if it is a forward move.
    pub(crate) fn movement(
        &self,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
    ) -> Result<(Movement, Vec<Station>), Failure> {
        let Some(new) = new else { return Ok((Movement::Delete, Vec::new())) };
        if !self.repository.contains(new) {
            let message = format!("the object {} cannot be seen", new.short());
            return Err(Refusal::new(Code::HistoryMissing, message).into());
        }
        match (self.repository.kind(new)?, old) {
            (crate::git::ObjectKind::Commit, _) => {}
            // Signed tags are objects of their own; git keeps them out of branches.
            (crate::git::ObjectKind::Tag, None) => return Ok((Movement::Create, Vec::new())),
            _ => return Ok((Movement::NoCommit, Vec::new())),
        }
        let Some(old) = old else { return Ok((Movement::Create, Vec::new())) };
        if let Some(line) = readable(self.repository.first_parents(old, new, COMMITS_MAX))? {
            let stations = line.into_iter().map(|commit| {
                let links = self.repository.commit_links(commit)?;
                Ok::<_, GitError>(Station { commit, tree: links.tree })
            });
            let stations = stations.collect::<Result<Vec<_>, _>>();
            return Ok((Movement::Forward, readable(stations)?));
        }
        let sideways = readable(self.repository.is_ancestor(old, new))?;
        Ok((if sideways { Movement::Sideways } else { Movement::Rewind }, Vec::new()))
    }

    /// Returns the digest of what one tree changes of another, on a ref.
    pub(crate) fn digest(&self, target: &RefName, old: ObjectId, new: ObjectId) -> Result<Digest, Failure> {
        Ok(delta_digest(self.audience, target, &self.delta(old, new)?))
    }

    /// Returns the changes between two trees; a submodule that is not here is its commit's id all the same.
    pub(crate) fn delta(&self, old: ObjectId, new: ObjectId) -> Result<Vec<DeltaEntry>, Failure> {
        readable(self.repository.delta(Some(old), Some(new)))
    }

    /// Collects the facts of one part of a line.
    pub(crate) fn segment(
        &self,
        target: &RefName,
        from: Station,
        to: Station,
        records: &State,
        pending: Option<&Pending>,
    ) -> Result<SegmentFacts, Failure> {
        let changes = self.delta(from.tree, to.tree)?;
        let delta = delta_digest(self.audience, target, &changes);
        let result = readable(self.repository.tree_changes(Some(from.tree), Some(to.tree)))?;
        let result = result.into_iter().map(|change| (change.path, change.new)).collect();
        let commits = self.commits(from.commit, to.commit)?;
        let own = pending.map(|pending| pending.request.head);
        let named = pending.map(|pending| pending.heads.as_slice()).unwrap_or_default();
        let heads: BTreeSet<ObjectId> = named.iter().map(|named| named.head).collect();
        let others = heads.into_iter().filter(|head| *head != to.commit);
        let read = |head| self.other_head(target, from.commit, head, own == Some(head));
        let other_heads = others.map(read).collect::<Result<Vec<_>, _>>()?;
        // What the request says of its tree is only what its opener wrote.
        let own_tree = own.and_then(|head| self.repository.commit_links(head).ok()).map_or(to.tree, |links| links.tree);
        let twins = self.twins(to.tree, &changes)?;
        let found = |arriving: &[ObjectId]| {
            let tips = self.telling_tips(records, arriving)?;
            self.same_result(from.commit, to, own_tree, tips)
        };
        Ok(SegmentFacts {
            old: Some(from.commit),
            new: to.commit,
            old_tree: from.tree,
            new_tree: to.tree,
            delta,
            changes,
            result,
            commits,
            other_heads,
            same_result: match self.elsewhere {
                Elsewhere::Refs(arriving) => SameResult::Found(found(arriving)?),
                Elsewhere::Recorded(principals) => SameResult::Recorded(principals.to_vec()),
                Elsewhere::Both { arriving, recorded } => SameResult::Both(found(arriving)?, recorded.to_vec()),
            },
            landed_since: self.landed_since(from.commit, named),
            twins,
        })
    }

    /// Returns the commits of heads that were not on the ref when these were named, and are now.
    fn landed_since(&self, old: ObjectId, named: &[NamedHead]) -> Vec<CommitFact> {
        let reached = |from: ObjectId, head: ObjectId| self.repository.new_commits(&[from], head, COMMITS_MAX);
        let mut found = BTreeSet::new();
        for NamedHead { head, landed } in named {
            // What is not here any more tells nothing.
            if let Some(landed) = landed.filter(|landed| *landed != old)
                && let (Ok(then), Ok(now)) = (reached(landed, *head), reached(old, *head))
            {
                let now: BTreeSet<_> = now.into_iter().collect();
                found.extend(then.into_iter().filter(|id| !now.contains(id)));
            }
        }
        found.into_iter().filter_map(|id| self.read_commit(id, Detail::Signers).ok()).collect()
    }

    pub(crate) fn commits(&self, old: ObjectId, new: ObjectId) -> Result<Vec<CommitFact>, Failure> {
        self.read_commits(old, new, Detail::Paths)
    }

    fn read_commits(&self, old: ObjectId, new: ObjectId, detail: Detail) -> Result<Vec<CommitFact>, Failure> {
        let ids = readable(self.repository.new_commits(&[old], new, COMMITS_MAX))?;
        let mut commits = Vec::with_capacity(ids.len());
        let mut count = 0;
        for id in ids {
            let commit = self.read_commit(id, detail)?;
            count += commit.touched.len();
            check_path_count(count)?;
            commits.push(commit);
        }
        Ok(commits)
    }

    pub(super) fn commit(&self, id: ObjectId) -> Result<CommitFact, Failure> {
        self.read_commit(id, Detail::Paths)
    }

    fn read_commit(&self, id: ObjectId, detail: Detail) -> Result<CommitFact, Failure> {
        let raw = readable(self.repository.commit(id))?;
        let parsed = code_commit::parse(&raw, self.repository.hash_kind())
            .map_err(|fault| Refusal::new(Code::RangeSignature, format!("{} cannot be read: {fault}", id.short())))?;
        let (signer, user_verified) = match verify_code_commit(&parsed) {
            CodeSignature::Unsigned => (CommitSigner::Unsigned, false),
            CodeSignature::Signed { key, user_verified } => (CommitSigner::Signed(key), user_verified),
            CodeSignature::Bad(fault) => (CommitSigner::Bad(fault.to_string()), false),
        };
        let touched = match detail {
            Detail::Paths => self.touched(parsed.tree, &parsed.parents)?,
            Detail::Signers => Touched::new(),
        };
        let is_merge = parsed.parents.len() > 1;
        Ok(CommitFact { id, signer, user_verified, co_authors: parsed.co_authors, is_merge, touched })
    }

    /// Returns the paths that a commit changed against every parent: a merge answers for what neither side had.
    fn touched(&self, tree: ObjectId, parents: &[ObjectId]) -> Result<Touched, Failure> {
        let mut touched: Option<Touched> = None;
        let bases = if parents.is_empty() { vec![None] } else { parents.iter().map(|id| Some(*id)).collect() };
        for base in bases {
            let base = base.map(|id| self.repository.commit_links(id)).transpose();
            let base = readable(base)?.map(|links| links.tree);
            let changes = readable(self.repository.tree_changes(base, Some(tree)))?;
            let mut left: Touched = changes.into_iter().map(|change| (change.path, change.new)).collect();
            if let Some(before) = touched {
                left.retain(|path, _| before.contains_key(path));
            }
            touched = Some(left);
        }
        Ok(touched.unwrap_or_default())
    }

    /// Reads another head of a request. What is gone, or was never here, is told as such; what is too much is refused. Of
    /// heads that it had once nobody asks more than who signed, and there may be many.
    fn other_head(&self, target: &RefName, old: ObjectId, head: ObjectId, is_own: bool) -> Result<OtherHead, Failure> {
        if !self.repository.contains(head) {
            return Ok(OtherHead { head, delta: None, commits: None });
        }
        let detail = if is_own { Detail::Paths } else { Detail::Signers };
        let commits = match self.read_commits(old, head, detail) {
            Err(Failure::Refused(refusal)) if refusal.code == Code::RecordLimit => {
                let message = format!("the head {} of the request: {}", head.short(), refusal.message);
                return Err(Refusal::new(Code::RecordLimit, message).into());
            }
            commits => commits.ok(),
        };
        let delta = if is_own { self.own_delta(target, old, head) } else { None };
        Ok(OtherHead { head, delta, commits })
    }

    /// Returns what a head changes since it left the history of a ref, as a digest.
    fn own_delta(&self, target: &RefName, old: ObjectId, head: ObjectId) -> Option<Digest> {
        let changes = self.own_changes(old, head).ok()??;
        Some(delta_digest(self.audience, target, &changes))
    }

    /// Returns what a head changes since it left the history of a ref; `None` if it was never in it.
    pub(crate) fn own_changes(&self, old: ObjectId, head: ObjectId) -> Result<Option<Vec<DeltaEntry>>, Failure> {
        let Some(base) = readable(self.repository.merge_base(old, head))? else { return Ok(None) };
        let base = readable(self.repository.commit_links(base))?;
        let head = readable(self.repository.commit_links(head))?;
        self.delta(base.tree, head.tree).map(Some)
    }

    /// Returns the added paths that have a twin in the new tree.
    fn twins(&self, tree: ObjectId, changes: &[DeltaEntry]) -> Result<Vec<Vec<u8>>, Failure> {
        let added: Vec<&DeltaEntry> = changes.iter().filter(|change| change.old.is_none()).collect();
        if added.is_empty() {
            return Ok(Vec::new());
        }
        let mut by_fold: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for leaf in readable(self.repository.tree_changes(None, Some(tree)))? {
            // Directories collide as files do.
            let mut parts = Vec::new();
            for part in leaf.path.split(|byte| *byte == b'/') {
                if !parts.is_empty() {
                    parts.push(b'/');
                }
                parts.extend(part);
                let spellings = by_fold.entry(fold_name(&parts)).or_default();
                if spellings.last() != Some(&parts) && !spellings.contains(&parts) {
                    spellings.push(parts.clone());
                }
            }
        }
        let collides = |path: &[u8]| {
            let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(index, _)| index);
            ends.chain([path.len()])
                .any(|end| by_fold.get(&fold_name(&path[..end])).is_some_and(|names| names.len() > 1))
        };
        Ok(added.into_iter().filter(|change| collides(&change.path)).map(|change| change.path.clone()).collect())
    }
}

/// Refuses more changed paths than are kept. Whoever pushes little may make much of it: commits that go to and fro between
/// two wide trees. So it is asked after each commit, before the next is read.
pub(super) fn check_path_count(count: usize) -> Result<(), Refusal> {
    if count <= TOUCHED_MAX {
        return Ok(());
    }
    let message = format!("the commits change more than {TOUCHED_MAX} paths, all together; land them in parts");
    Err(Refusal::new(Code::RecordLimit, message))
}

/// Turns what cannot be read into a refusal: never into "nothing changed" (ENV-6).
pub(crate) fn readable<T>(result: Result<T, GitError>) -> Result<T, Failure> {
    result.map_err(|error| match error {
        GitError::Missing { id } => {
            Refusal::new(Code::HistoryMissing, format!("the object {} is not here", id.short())).into()
        }
        GitError::Corrupt { id, reason } => {
            Refusal::new(Code::HistoryMissing, format!("the object {} is corrupt: {reason}", id.short())).into()
        }
        GitError::Shallow { id } => {
            Refusal::new(Code::HistoryShallow, format!("the history before {} is not here", id.short())).into()
        }
        GitError::TooLarge { what, limit } => {
            Refusal::new(Code::RecordLimit, format!("{what} exceeds the limit of {limit}")).into()
        }
        other => other.into(),
    })
}
