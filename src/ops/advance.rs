//! A ref of this clone, and the work tree that is on it, follow what landed on it: where no remote decides, landing is two
//! steps, and whoever is stopped between them leaves the second one to the next command.

use std::time::Duration;

use crate::disk;
use crate::disk::FileLock;
use crate::git::GitError;
use crate::git::IndexLock;
use crate::git::Invocation;
use crate::git::Swap;
use crate::git::Worktree;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::rules::Update;

/// How long somebody else may take to land.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a git that somebody else has started may be at the index of the work tree.
const GITS_PATIENCE: Duration = Duration::from_secs(2);

/// The right to land in this clone. Without it a landing that somebody is at would look like one that was stopped.
#[derive(Debug)]
pub(crate) struct Turn {
    #[expect(dead_code, reason = "held until it is dropped")]
    lock: Option<FileLock>,
}

impl Turn {
    /// Waits until nobody else lands here. Where a remote decides, it gives everybody their turn.
    pub(crate) fn take(context: &Context) -> Result<Self, Failure> {
        if context.ledger.store().remote().is_some() {
            return Ok(Self { lock: None });
        }
        disk::create_directories(&context.ledger.store().directory())?;
        let lock = FileLock::acquire(&context.ledger.store().landing_turn(), PATIENCE).map_err(GitError::from)?;
        Ok(Self { lock: Some(lock) })
    }

    /// Finishes every landing that was recorded and then stopped. Returns those that something is in the way of.
    pub(crate) fn finish(&self, context: &Context) -> Result<Vec<(RefName, Failure)>, Failure> {
        let mut stuck = Vec::new();
        for update in unfinished(context)? {
            if let Err(failure) = resume(context, self, &update) {
                stuck.push((update.target, failure));
            }
        }
        Ok(stuck)
    }
}

/// Returns the landings that are recorded, and that the ref here has not followed: it is where it was before. Where a
/// remote decides there are none.
pub(crate) fn unfinished(context: &Context) -> Result<Vec<Update>, Failure> {
    let mut found = Vec::new();
    if context.ledger.store().remote().is_some() {
        return Ok(found);
    }
    for (target, landed) in &context.state().landed {
        let (Some(old), new) = (landed.old, landed.new) else { continue };
        let is_before = old != new && context.repository.reference(target.as_str())? == Some(old);
        if is_before && context.repository.contains(new) && context.repository.is_ancestor(old, new)? {
            found.push(Update { target: target.clone(), old: Some(old), new: Some(new) });
        }
    }
    Ok(found)
}

/// Refuses to record a landing that the work tree on the branch could not follow. It needs the turn.
pub(crate) fn check(context: &Context, _turn: &Turn, update: &Update) -> Result<(), Failure> {
    let Some(worktree) = context.repository.worktree_on(update.target.as_str())? else { return Ok(()) };
    let (old, new) = trees_of(context, update)?;
    IndexLock::wait_until_free(&worktree, GITS_PATIENCE)?;
    if let Some(path) = context.repository.obstacle_to_follow(&worktree, old, new)? {
        let what = worktree.path.join(path).display().to_string();
        return Err(Failure::Argument { what, expected: "committed, and the work tree would follow its branch" });
    }
    context.repository.vouch_for_untouched(&worktree, old, new, GITS_PATIENCE)?;
    // Git has the last word on what it is going to do.
    read_tree(context, &worktree, update, &["--dry-run"]).run()?.success()?;
    Ok(())
}

/// Moves a ref of this clone, and the work tree that is on it.
pub(crate) fn follow(context: &Context, update: &Update) -> Result<(), Failure> {
    if let Some(worktree) = context.repository.worktree_on(update.target.as_str())? {
        read_tree(context, &worktree, update, &[]).run()?.success()?;
    }
    swap(context, update)
}

/// Does what is left of a landing: the work tree may have followed already.
fn resume(context: &Context, turn: &Turn, update: &Update) -> Result<(), Failure> {
    if let Some(worktree) = context.repository.worktree_on(update.target.as_str())? {
        // The git of whoever was stopped may still be at it.
        IndexLock::wait_until_free(&worktree, GITS_PATIENCE)?;
        let (_, new) = trees_of(context, update)?;
        if context.repository.obstacle_to_follow(&worktree, Some(new), new)?.is_some() {
            check(context, turn, update)?;
            read_tree(context, &worktree, update, &[]).run()?.success()?;
        }
    }
    swap(context, update)
}

fn read_tree(context: &Context, worktree: &Worktree, update: &Update, options: &[&str]) -> Invocation {
    // A merge would first look at every file, by whatever filters there are. This is a checkout of what changes, and only
    // for that git runs what a checkout runs.
    let call = context.program.within(&worktree.path).setting("core.fsync=index");
    let call = call.args(["read-tree", "-m", "-u", "--no-recurse-submodules"]).args(options);
    call.args(update.old.into_iter().chain(update.new).map(|id| id.to_string()))
}

fn swap(context: &Context, update: &Update) -> Result<(), Failure> {
    let name = update.target.as_str();
    match context.repository.swap_reference_durably(name, update.old, update.new, "coord: land")? {
        Swap::Done => Ok(()),
        Swap::Moved => {
            let message = format!("`{name}` moved while `{}` landed on it", new_of(update));
            Err(Refusal::new(Code::RefState, message).into())
        }
    }
}

fn trees_of(context: &Context, update: &Update) -> Result<(Option<ObjectId>, ObjectId), Failure> {
    let tree_of = |commit| context.repository.commit_links(commit).map(|links| links.tree);
    Ok((update.old.map(tree_of).transpose()?, tree_of(new_of(update))?))
}

fn new_of(update: &Update) -> ObjectId {
    update.new.expect("a landing has a new commit")
}
