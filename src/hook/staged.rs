//! What somebody is about to commit, as patterns: the staged paths, but what a merge takes over as others committed it.
//!
//! Like all that the hooks of a clone do this is comfort. Whoever writes a merge by hand that there is none of gets the commit
//! it names as a parent, and could as well have told git to skip the hook: the gate judges what is pushed, by its content.

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
    // A head that cannot be read takes nothing over: git does not merge it either.
    for head in repository.merge_heads().unwrap_or_default() {
        if let Some(Ok(left)) = tip.map(|tip| without_taken_over(repository, &index, (tip, head), &names)) {
            names = left;
        }
    }
    let names = names.iter().filter_map(|name| std::str::from_utf8(name).ok());
    Ok(names.filter_map(|name| Pattern::parse(&Pattern::escape(name)).ok()).collect())
}

/// Returns the names that are not staged as a merged commit has them. What that commit never changed is not taken over from
/// it: whoever goes back to it undoes what was done here.
fn without_taken_over(
    repository: &Repository,
    index: &Path,
    (tip, head): (ObjectId, ObjectId),
    names: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, GitError> {
    let base = repository.merge_base(tip, head)?;
    let before = base.map(|base| repository.commit_links(base)).transpose()?.map(|links| links.tree);
    let other_than_theirs = repository.staged_paths(index, Some(repository.commit_links(head)?.tree))?;
    let other_than_before = repository.staged_paths(index, before)?;
    let is_in = |paths: &[Vec<u8>], name: &Vec<u8>| paths.binary_search(name).is_ok();
    let is_own = |name: &&Vec<u8>| is_in(&other_than_theirs, name) || !is_in(&other_than_before, name);
    Ok(names.iter().filter(is_own).cloned().collect())
}
