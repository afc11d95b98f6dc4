//! How many reactions, one caused by another, led to an entry: what a reaction writes is marked, so that it does not cause
//! itself for ever. Whoever drops the mark is stopped by how often a reaction is started in a minute.

use std::collections::BTreeMap;

use crate::git::Repository;
use crate::model::ObjectId;
use crate::model::RecordPath;
use crate::ops::event::Event;

/// By which a reaction tells what it starts how deep it is.
pub const DEPTH_VARIABLE: &str = "GIT_COORD_REACTION_DEPTH";
/// By which an entry says so.
pub const DEPTH_TRAILER: &str = "Coord-Reaction";
/// From how deep on nothing reacts any more.
pub(super) const DEPTH_MAX: u32 = 3;
/// More entries than one look goes through.
const ENTRIES_MAX: usize = 1_000;

/// How deep what happened between two heads is.
#[derive(Debug, Default)]
pub(crate) struct Depths {
    /// By the record that an entry changed.
    records: BTreeMap<String, u32>,
    /// By the request that somebody answered, and by whom: an answer says nothing of the request's own entries.
    answers: BTreeMap<(String, String), u32>,
    /// That of what followed from the entries without one of its own, as a grant from a release: the least of all, so that
    /// nobody's mark is about what others brought about.
    least: Option<u32>,
}

impl Depths {
    /// Reads the marks of the entries between two heads that count.
    pub(crate) fn between(
        repository: &Repository,
        (from, to): (Option<ObjectId>, ObjectId),
        is_void: impl Fn(ObjectId) -> bool,
    ) -> Self {
        let mut depths = Self::default();
        let mut next = Some(to);
        for _ in 0..ENTRIES_MAX {
            let Some(commit) = next.filter(|commit| Some(*commit) != from) else { break };
            let Ok(links) = repository.commit_links(commit) else { break };
            next = links.parents.first().copied();
            if is_void(commit) {
                continue;
            }
            let depth = repository.commit(commit).ok().and_then(|raw| depth_in(&raw)).unwrap_or_default();
            let before = next.and_then(|parent| repository.commit_links(parent).ok()).map(|links| links.tree);
            depths.least = Some(depths.least.map_or(depth, |least| least.min(depth)));
            for change in repository.tree_changes(before, Some(links.tree)).unwrap_or_default() {
                if let Some(subject) = std::str::from_utf8(&change.path).ok().and_then(Subject::at) {
                    depths.learn(subject, depth);
                }
            }
        }
        depths
    }

    /// Returns the depth of an event.
    pub(crate) fn of(&self, event: &Event) -> u32 {
        let principal = event.principal.clone();
        let answer = principal.and_then(|principal| self.answers.get(&(event.subject.clone(), principal)));
        *answer.or_else(|| self.records.get(&event.subject)).unwrap_or(&self.least.unwrap_or_default())
    }

    fn learn(&mut self, subject: Subject, depth: u32) {
        let known = match subject {
            Subject::Record(id) => self.records.entry(id).or_default(),
            Subject::Answer(request, principal) => self.answers.entry((request, principal)).or_default(),
        };
        *known = depth.max(*known);
    }
}

/// What an entry is about.
enum Subject {
    Record(String),
    Answer(String, String),
}

impl Subject {
    fn at(path: &str) -> Option<Self> {
        Some(match RecordPath::parse(path)? {
            RecordPath::Approval(request, principal) => Self::Answer(request.to_string(), principal.to_string()),
            RecordPath::Principal(id) => Self::Record(id.to_string()),
            RecordPath::Claim(id)
            | RecordPath::Decision(id)
            | RecordPath::Finding(id)
            | RecordPath::Request(id)
            | RecordPath::Run(id) => Self::Record(id.to_string()),
            RecordPath::Charter
            | RecordPath::Readme
            | RecordPath::Policy
            | RecordPath::Draft(..)
            | RecordPath::Landed(_) => return None,
        })
    }
}

fn depth_in(raw: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(raw);
    let (_, message) = text.split_once("\n\n")?;
    let mark = message.lines().rev().find_map(|line| line.strip_prefix(DEPTH_TRAILER)?.strip_prefix(": "))?;
    // Whatever is written there is none of nobody's.
    Some(mark.trim().parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::event::event;

    fn about(subject: &str, principal: &str) -> Event {
        event("approval.added", subject, Some(principal.to_owned()), 1)
    }

    /// REACT-1: nobody's mark makes what others did deep.
    #[test]
    fn mark_is_about_what_the_marked_entry_changed() {
        let mut depths = Depths::default();
        let paths =
            ["approvals/r-4m8t2wzc/mallory-3f9a1c2e.toml", "requests/r-4m8t2wzc.toml", "claims/c-7k2f9qxm.toml"];
        for (path, depth) in paths.iter().zip([9, 0, 2]) {
            depths.learn(Subject::at(path).unwrap(), depth);
        }
        assert_eq!(depths.of(&about("r-4m8t2wzc", "mallory-3f9a1c2e")), 9);
        assert_eq!(depths.of(&about("r-4m8t2wzc", "alice-3f9a1c2e")), 0, "her own entry bears no mark");
        assert_eq!(depths.of(&about("c-7k2f9qxm", "alice-3f9a1c2e")), 2);
        depths.least = Some(1);
        let derived = depths.of(&about("c-3k2f9qxm", "alice-3f9a1c2e"));
        assert_eq!(derived, 1, "what follows from entries follows from the least deep");
        assert!(Subject::at("approvals").is_none() && Subject::at("policy.toml").is_none());
    }
}
