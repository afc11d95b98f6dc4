//! What somebody is about to commit, as patterns: the staged paths, but what a merge takes over as others committed it.
//!
//! Like all that the hooks of a clone do this is comfort. Whoever writes a merge by hand that there is none of gets the commit
//! it names as a parent, and could as well have told git to skip the hook: the gate judges what is pushed, by its content.

use std::collections::BTreeSet;
use std::path::Path;

use crate::git::GitError;
use crate::git::Head;
use crate::git::Repository;
use crate::model::ObjectId;
use crate::model::Pattern;
use crate::ops::Context;
use crate::ops::Failure;

/// Returns the paths that a commit made now would change by itself, as patterns that match exactly them.
pub(super) fn staged(context: &Context) -> Result<Vec<Pattern>, Failure> {
    // A head that cannot be read takes nothing over: git does not merge it either.
    staged_beside(context, &context.repository.merge_heads().unwrap_or_default())
}

/// Returns the same of a commit that merges these heads.
pub(super) fn staged_beside(context: &Context, heads: &[ObjectId]) -> Result<Vec<Pattern>, Failure> {
    let repository = &context.repository;
    let index = match &context.surroundings.index_file {
        Some(named) => context.surroundings.directory.join(named),
        None => repository.git_dir().join("index"),
    };
    let tip = match repository.head()? {
        Head::Branch { commit, .. } => commit,
        Head::Detached(commit) => Some(commit),
    };
    let tree = tip.map(|tip| repository.commit_links(tip)).transpose()?.map(|links| links.tree);
    let mut names = repository.staged_paths(&index, tree)?;
    for head in heads.iter().copied() {
        if let Some(Ok(left)) = tip.map(|tip| without_taken_over(repository, &index, (tip, head), &names)) {
            names = left;
        }
    }
    let names = names.iter().filter_map(|name| std::str::from_utf8(name).ok());
    Ok(names.filter_map(|name| Pattern::parse(&Pattern::escape(name)).ok()).collect())
}

/// Returns the names that are not taken over from a merged commit. Taken over is what is staged as that commit has it, and
/// what only that commit has changed. What it never changed is not: whoever goes back to it undoes what was done here. Nor
/// is what was changed here too: whoever drops that for theirs has chosen so.
fn without_taken_over(
    repository: &Repository,
    index: &Path,
    (tip, head): (ObjectId, ObjectId),
    names: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, GitError> {
    let tree_of = |commit| repository.commit_links(commit).map(|links| links.tree);
    let ours = tree_of(tip)?;
    let other_than_theirs = repository.staged_paths(index, Some(tree_of(head)?))?;
    // Without a common commit both have made everything.
    let bases: Vec<_> = repository.merge_bases(tip, head)?.into_iter().map(tree_of).collect::<Result<_, _>>()?;
    let bases = if bases.is_empty() { vec![None] } else { bases.into_iter().map(Some).collect() };
    let is_in = |paths: &[Vec<u8>], name: &Vec<u8>| paths.binary_search(name).is_ok();
    let mut own = names.to_vec();
    for base in bases {
        let changed_by_theirs = repository.staged_paths(index, base)?;
        let changes = repository.tree_changes(base, Some(ours))?;
        let changed_here: BTreeSet<Vec<u8>> = changes.into_iter().map(|change| change.path).collect();
        own.retain(|name| {
            is_in(&other_than_theirs, name) || !is_in(&changed_by_theirs, name) || changed_here.contains(name)
        });
    }
    Ok(own)
}
