//! Plans the removal: every file is again what it was.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;

use super::block;
use super::block::Origin;
use super::error::HookFileError;
use super::ground::Ground;
use super::hook_name::HookName;
use super::lefthook;
use super::occupant;
use super::occupant::Occupant;
use super::plan::FileContent;
use super::plan::FileRename;
use super::plan::Plan;
use super::request::InstallRequest;
use super::script;
use super::site::Runner;
use super::site::legacy;

/// Plans what takes our lines out of every place where an installation may have put them.
pub fn uninstall(request: &InstallRequest) -> Result<Plan, HookFileError> {
    let ground = Ground::of(request)?;
    let mut plan = Plan::new(ground.tool());
    for directory in directories(request, &ground) {
        for hook in &request.hooks {
            for path in names(&directory, *hook) {
                uninstall_file(&mut plan, &path)?;
            }
        }
    }
    if let Some(work_tree) = &request.work_tree {
        lefthook::uninstall(&mut plan, work_tree, &request.program()?, &request.hooks)?;
    }
    Ok(plan)
}

/// Returns where hooks of ours may be, those included that a tool has since cut off.
pub(super) fn directories(request: &InstallRequest, ground: &Ground) -> Vec<PathBuf> {
    let mut directories = vec![request.hooks_dir.clone()];
    // Whoever has no right to write there has put nothing there either.
    if !matches!(ground, Ground::Closed { .. }) {
        directories.extend(ground.directory().map(Path::to_owned));
    }
    directories.extend(request.work_tree.as_ref().map(|work_tree| work_tree.join(".husky")));
    directories.sort();
    directories.dedup();
    directories
}

/// Returns the names that a hook's file has, or gets when a tool moves it away: pre-commit, prek and lefthook do.
pub(super) fn names(directory: &Path, hook: HookName) -> [PathBuf; 3] {
    let path = directory.join(hook.as_str());
    [legacy(&path), path.with_extension("old"), path]
}

fn uninstall_file(plan: &mut Plan, path: &Path) -> Result<(), HookFileError> {
    let (content, found) = match Occupant::at(path, Runner::Git)? {
        Occupant::Ours(content, found) => (content, found),
        Occupant::Unfit(reason) => {
            plan.needs_manual.push(format!("`{}` is left alone: {reason}.", path.display()));
            return Ok(());
        }
        Occupant::Nothing | Occupant::Script(_) | Occupant::Kept(..) => return Ok(()),
    };
    let rest = block::remove(&content.bytes, &found);
    let start = script::shebang(&rest).map_or(0, <[u8]>::len);
    let is_bare = rest[start..].trim_ascii().is_empty();
    match found.origin {
        Origin::Created if is_bare => plan.edit(path, Some(content), None),
        Origin::Inserted | Origin::Created => {
            let after = FileContent { bytes: rest, mode: content.mode };
            plan.edit(path, Some(content), Some(after));
        }
        Origin::SavedIdle | Origin::SavedRun | Origin::SavedSource => restore(plan, path, content, is_bare)?,
    }
    Ok(())
}

fn restore(plan: &mut Plan, path: &Path, content: FileContent, is_bare: bool) -> Result<(), HookFileError> {
    // A tool that moved our script away left what it kept where it was.
    let saved = [occupant::saved(path), occupant::saved(&path.with_extension(""))];
    let mut there = Vec::new();
    for candidate in saved {
        if disk::stat(&candidate)?.is_some() {
            there.push(candidate);
        }
    }
    let shown = path.display();
    match there.into_iter().next() {
        Some(saved) if is_bare => {
            plan.renames.push(FileRename { from: saved, to: path.to_owned(), replaced: Some(content) });
        }
        Some(saved) => {
            let advice =
                format!("`{shown}` has got other lines since; what was there before is `{}`.", saved.display());
            plan.needs_manual.push(advice);
        }
        None => {
            plan.needs_manual.push(format!("What was at `{shown}` before is gone."));
            plan.edit(path, Some(content), None);
        }
    }
    Ok(())
}
