//! Work in flight: released claims whose work has not landed yet.

use crate::model::ObjectId;
use crate::model::Pattern;
use crate::ops::context::Context;
use crate::rules::Ending;
use crate::rules::Tombstone;

/// Work that was finished elsewhere and is not merged yet.
#[derive(Clone, Debug)]
pub struct Flight {
    pub ended: Tombstone,
    /// Where it is, as the holder said.
    pub place: String,
}

/// Returns the work in flight on ground that some of these patterns touch.
pub fn on(context: &Context, patterns: &[Pattern]) -> Vec<Flight> {
    let touches = |stone: &&Tombstone| Pattern::any_overlap(&stone.claim.paths, patterns);
    flights(context, context.state().tombstones.values().filter(touches))
}

/// Returns all work in flight.
pub fn all(context: &Context) -> Vec<Flight> {
    flights(context, context.state().tombstones.values())
}

fn flights<'a>(context: &Context, ended: impl Iterator<Item = &'a Tombstone>) -> Vec<Flight> {
    let mut found: Vec<Flight> = ended
        .filter(|stone| stone.ending == Ending::Released && !stone.left.is_empty())
        .filter_map(|stone| Some(Flight { ended: stone.clone(), place: place_in_flight(context, stone)? }))
        .collect();
    found.sort_by_key(|flight| std::cmp::Reverse(flight.ended.ended));
    found
}

/// Returns where the work is, unless it has landed or its branch is gone.
fn place_in_flight(context: &Context, stone: &Tombstone) -> Option<String> {
    let repository = &context.repository;
    let branch = stone.left.branch.as_deref();
    let tip = branch.and_then(|branch| repository.resolve(&format!("refs/heads/{branch}")).ok().flatten());
    if branch.is_some() && tip.is_none() {
        return None;
    }
    let commit: Option<ObjectId> = stone.left.commit.as_deref().and_then(|commit| commit.parse().ok()).or(tip);
    let landed = commit.is_some_and(|commit| {
        let heads = context.state().landed.values().map(|landed| landed.new);
        let main = repository.resolve("refs/heads/main").ok().flatten().filter(|_| branch != Some("main"));
        heads.chain(main).any(|head| repository.is_ancestor(commit, head).unwrap_or(false))
    });
    let place = branch.map(str::to_owned).or_else(|| commit.map(|commit| commit.short()));
    place.filter(|_| !landed)
}
