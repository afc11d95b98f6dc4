//! How commits relate: ancestors, merge bases, what only one side reaches.
//!
//! One walk answers all: both sides are painted downwards, the newest commit first, until everything that is left to look at is
//! reached by both. Times only order the walk, so a clock that lies or stands still costs work and never hides a commit, nor
//! makes an old one new.

use std::collections::BinaryHeap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::hash_map::Entry;

use super::GitError;
use super::Repository;
use super::history::CommitLinks;
use crate::model::ObjectId;

const OURS: u8 = 1;
const THEIRS: u8 = 2;
const BOTH: u8 = OURS | THEIRS;
/// Below a commit that both sides reach.
const STALE: u8 = 4;
/// More commits than one walk looks at.
const SEEN_MAX: usize = 4_000_000;
/// From how many commits it is asked whether the other side reaches them.
const LOOKED_FROM_MAX: usize = 4;

struct Paint<'a> {
    repository: &'a Repository,
    boundary: HashSet<ObjectId>,
    commits: HashMap<ObjectId, (u8, CommitLinks)>,
    /// Commits whose colours have not been handed to their parents yet; newest first.
    queue: BinaryHeap<(i64, ObjectId)>,
    /// The queued commits that one side alone reaches; the walk goes on while there are any.
    fresh: HashSet<ObjectId>,
    /// Boundary commits of a shallow clone that the walk came to.
    stopped: Vec<ObjectId>,
}

struct Painted {
    commits: HashMap<ObjectId, (u8, CommitLinks)>,
    /// Commits of one side alone whose parents were left out of a shallow clone.
    hiding: Vec<ObjectId>,
}

impl Repository {
    /// Returns whether `ancestor` is `descendant` or reachable from it.
    pub fn is_ancestor(&self, ancestor: ObjectId, descendant: ObjectId) -> Result<bool, GitError> {
        if ancestor == descendant {
            return self.commit_links(ancestor).map(|_| true);
        }
        let painted = Paint::new(self)?.run(&[ancestor], &[descendant])?;
        let is_theirs = |id: &ObjectId| painted.commits.get(id).is_some_and(|(colours, _)| colours & THEIRS != 0);
        if is_theirs(&ancestor) {
            return Ok(true);
        }
        match painted.hiding.iter().find(|id| is_theirs(id)) {
            Some(id) => Err(GitError::Shallow { id: *id }),
            None => Ok(false),
        }
    }

    /// Returns the best common ancestor: one that is not an ancestor of another, the newest of several.
    pub fn merge_base(&self, left: ObjectId, right: ObjectId) -> Result<Option<ObjectId>, GitError> {
        Ok(self.merge_bases(left, right)?.first().copied())
    }

    /// Returns all best common ancestors, the newest first: where two branches took over from each other there are several.
    pub fn merge_bases(&self, left: ObjectId, right: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        if left == right {
            return self.commit_links(left).map(|_| vec![left]);
        }
        let commits = Paint::new(self)?.run(&[left], &[right])?.complete()?;
        let mut candidates: Vec<(i64, ObjectId)> = commits
            .iter()
            .filter(|(_, (colours, _))| colours & (BOTH | STALE) == BOTH)
            .map(|(id, (_, links))| (links.seconds, *id))
            .collect();
        candidates.sort_by(|left, right| right.cmp(left));
        let mut best = Vec::new();
        for (_, id) in &candidates {
            let mut others = candidates.iter().filter(|(_, other)| other != id);
            if !others
                .try_fold(false, |found, (_, other)| Ok::<_, GitError>(found || self.is_ancestor(*id, *other)?))?
            {
                best.push(*id);
            }
        }
        Ok(best)
    }

    /// Returns the commits that the tip reaches and the excluded do not, each with its parents.
    pub(super) fn only_reached_from(
        &self,
        tip: ObjectId,
        exclude: &[ObjectId],
        count_max: usize,
    ) -> Result<HashMap<ObjectId, Vec<ObjectId>>, GitError> {
        let mut paint = Paint::new(self)?;
        paint.begin(&[tip], exclude)?;
        while !paint.fresh.is_empty() && paint.step()? {}
        // What both sides reach and is still queued may yet reach what looks new: if clocks are right, nothing older does.
        let oldest = paint.ours().map(|(_, links)| links.seconds).min();
        while paint.queue.peek().is_some_and(|(seconds, _)| Some(*seconds) >= oldest) && paint.step()? {}
        // If they are not, what looks new and is not begins with a commit that the excluded reach.
        if paint.ours().count() > count_max || paint.has_stranger(exclude)? {
            while paint.step()? {}
        }
        let ours: HashMap<_, _> = paint.ours().map(|(id, links)| (*id, links.parents.clone())).collect();
        if ours.len() > count_max {
            return Err(GitError::TooLarge { what: "the number of commits", limit: count_max as u64 });
        }
        paint.end().complete().map(|_| ours)
    }
}

impl Painted {
    /// Returns all commits that were seen, if nothing that could matter is hidden.
    fn complete(self) -> Result<HashMap<ObjectId, (u8, CommitLinks)>, GitError> {
        match self.hiding.first() {
            Some(id) => Err(GitError::Shallow { id: *id }),
            None => Ok(self.commits),
        }
    }
}

impl<'a> Paint<'a> {
    fn new(repository: &'a Repository) -> Result<Self, GitError> {
        Ok(Self {
            repository,
            boundary: repository.shallow_boundary()?.into_iter().collect(),
            commits: HashMap::new(),
            queue: BinaryHeap::new(),
            fresh: HashSet::new(),
            stopped: Vec::new(),
        })
    }

    fn run(mut self, ours: &[ObjectId], theirs: &[ObjectId]) -> Result<Painted, GitError> {
        self.begin(ours, theirs)?;
        while !self.fresh.is_empty() && self.step()? {}
        Ok(self.end())
    }

    fn begin(&mut self, ours: &[ObjectId], theirs: &[ObjectId]) -> Result<(), GitError> {
        ours.iter().try_for_each(|id| self.paint(*id, OURS))?;
        theirs.iter().try_for_each(|id| self.paint(*id, THEIRS))
    }

    /// Hands the colours of the newest queued commit to its parents. Returns whether there was one.
    fn step(&mut self) -> Result<bool, GitError> {
        let Some((_, id)) = self.queue.pop() else { return Ok(false) };
        if self.commits.len() > SEEN_MAX {
            return Err(GitError::TooLarge { what: "the number of commits", limit: SEEN_MAX as u64 });
        }
        let (colours, links) = &self.commits[&id];
        let handed = if colours & BOTH == BOTH { BOTH | STALE } else { *colours };
        self.fresh.remove(&id);
        if self.boundary.contains(&id) {
            self.stopped.push(id);
            return Ok(true);
        }
        links.parents.clone().into_iter().try_for_each(|parent| self.paint(parent, handed))?;
        Ok(true)
    }

    fn end(mut self) -> Painted {
        // What a commit of both sides hides is of no interest to either.
        self.stopped.retain(|id| self.commits[id].0 & BOTH != BOTH);
        Painted { commits: self.commits, hiding: self.stopped }
    }

    fn ours(&self) -> impl Iterator<Item = (&ObjectId, &CommitLinks)> {
        let is_ours = |colours: u8| colours & BOTH == OURS;
        self.commits.iter().filter(move |(_, (colours, _))| is_ours(*colours)).map(|(id, (_, links))| (id, links))
    }

    /// Returns whether one of the excluded may reach what looks new. The lowest such commit has no new parent. To look from
    /// each of many costs more than to walk on.
    fn has_stranger(&self, exclude: &[ObjectId]) -> Result<bool, GitError> {
        let is_ours = |id: &ObjectId| self.commits.get(id).is_some_and(|(colours, _)| colours & BOTH == OURS);
        let lowest = self.ours().filter(|(_, links)| !links.parents.iter().any(is_ours));
        let lowest: Vec<&ObjectId> = lowest.map(|(id, _)| id).take(LOOKED_FROM_MAX + 1).collect();
        if lowest.len() * exclude.len() > LOOKED_FROM_MAX {
            return Ok(true);
        }
        for id in lowest {
            for excluded in exclude {
                match self.repository.is_ancestor(*id, *excluded) {
                    Ok(true) => return Ok(true),
                    // A shallow history hides its ancestors; that is told of the whole.
                    Ok(false) | Err(GitError::Shallow { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(false)
    }

    fn paint(&mut self, id: ObjectId, colours: u8) -> Result<(), GitError> {
        let (known, links) = match self.commits.entry(id) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert((0, self.repository.commit_links(id)?)),
        };
        if *known & colours == colours {
            return Ok(());
        }
        *known |= colours;
        self.queue.push((links.seconds, id));
        if *known & BOTH == BOTH {
            self.fresh.remove(&id)
        } else {
            self.fresh.insert(id)
        };
        Ok(())
    }
}
