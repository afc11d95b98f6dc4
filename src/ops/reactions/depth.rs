//! How many reactions, one caused by another, led to an entry: what a reaction writes is marked, so that it does not cause
//! itself for ever. Whoever drops the mark is stopped by how often a reaction is started in a minute.

use std::collections::BTreeMap;

use crate::git::Repository;
use crate::model::ObjectId;

/// By which a reaction tells what it starts how deep it is.
pub const DEPTH_VARIABLE: &str = "GIT_COORD_REACTION_DEPTH";
/// By which an entry says so.
pub const DEPTH_TRAILER: &str = "Coord-Reaction";
/// From how deep on nothing reacts any more.
pub(super) const DEPTH_MAX: u32 = 3;
/// More entries than one look goes through.
const ENTRIES_MAX: usize = 1_000;

/// Returns how deep the entries between two heads are that reactions have written, by the records that they changed.
pub(crate) fn depths(repository: &Repository, from: Option<ObjectId>, to: ObjectId) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    let mut next = Some(to);
    for _ in 0..ENTRIES_MAX {
        let Some(commit) = next.filter(|commit| Some(*commit) != from) else { break };
        let Ok(links) = repository.commit_links(commit) else { break };
        next = links.parents.first().copied();
        let Some(depth) = repository.commit(commit).ok().and_then(|raw| depth_in(&raw)) else { continue };
        let before = next.and_then(|parent| repository.commit_links(parent).ok()).map(|links| links.tree);
        for change in repository.tree_changes(before, Some(links.tree)).unwrap_or_default() {
            let path = String::from_utf8_lossy(&change.path).into_owned();
            for part in path.split('/').map(|part| part.trim_end_matches(".toml").to_owned()) {
                let known = found.entry(part).or_insert(depth);
                *known = depth.max(*known);
            }
        }
    }
    found
}

fn depth_in(raw: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(raw);
    let (_, message) = text.split_once("\n\n")?;
    let mark = message.lines().rev().find_map(|line| line.strip_prefix(DEPTH_TRAILER)?.strip_prefix(": "))?;
    // Whatever is written there is none of nobody's.
    Some(mark.trim().parse().unwrap_or(u32::MAX))
}
