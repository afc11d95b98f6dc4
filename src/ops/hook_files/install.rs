//! Plans the installation.

use std::path::Path;

use crate::disk;

use super::block;
use super::block::Found;
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
use super::request::Program;
use super::site::Runner;
use super::site::Site;
use super::site::calls_us;
use super::site::husky_starts;

/// Plans what makes git ask us at these hooks. Where that is done already, the plan is empty.
pub fn plan(request: &InstallRequest) -> Result<Plan, HookFileError> {
    request.check()?;
    let ground = Ground::of(request)?;
    let mut plan = Plan::new(ground.tool());
    let (mut for_lefthook, mut idle) = (Vec::new(), Vec::new());
    for hook in &request.hooks {
        match Site::of(&ground, *hook)? {
            Site::File { path, runner, program } => {
                let lines = Lines { hook: *hook, request, program: &program };
                install_file(&mut plan, &path, runner, &lines)?;
                if runner == Runner::Husky && !husky_starts(&path)? {
                    idle.push(hook.to_string());
                }
            }
            Site::Lefthook => for_lefthook.push(*hook),
            Site::Closed { path, advice } => {
                let is_done = path.is_some_and(|path| calls_us(&path, *hook).unwrap_or(false));
                if !is_done {
                    plan.needs_manual.push(advice);
                }
            }
        }
    }
    if !idle.is_empty() {
        let advice = "Run `npm ci && npx husky` in this work tree: until husky has run here, git asks nobody at";
        plan.needs_manual.push(format!("{advice} {}.", idle.join(", ")));
    }
    if let (Ground::Lefthook { directory, work_tree, program }, false) = (&ground, for_lefthook.is_empty()) {
        lefthook::install(&mut plan, work_tree, directory, program, &for_lefthook)?;
    }
    Ok(plan)
}

/// What the marked lines of one hook say.
pub(super) struct Lines<'a> {
    pub hook: HookName,
    pub request: &'a InstallRequest,
    pub program: &'a Program,
}

impl Lines<'_> {
    pub(super) fn text(&self, origin: Origin) -> String {
        block::render(self.hook, self.request.side, self.program, origin)
    }
}

fn install_file(plan: &mut Plan, path: &Path, runner: Runner, lines: &Lines<'_>) -> Result<(), HookFileError> {
    let saved = occupant::saved(path);
    match Occupant::at(path, runner)? {
        Occupant::Nothing => match Occupant::at(&saved, runner)? {
            // An earlier installation was cut short, or our script was deleted: what it kept is what counts.
            Occupant::Script(_) => create(plan, path, "#!/bin/sh", Origin::SavedRun, runner, lines),
            Occupant::Kept(origin, start) => create(plan, path, &start, origin, runner, lines),
            Occupant::Nothing | Occupant::Ours(..) | Occupant::Unfit(_) => {
                create(plan, path, "#!/bin/sh", Origin::Created, runner, lines);
            }
        },
        Occupant::Ours(content, found) => refresh(plan, path, runner, content, &found, lines),
        Occupant::Script(content) => {
            let bytes = block::insert(&content.bytes, &lines.text(Origin::Inserted));
            let after = FileContent { bytes, mode: content.mode };
            plan.edit(path, Some(content), Some(after));
        }
        Occupant::Kept(origin, start) => {
            if disk::stat(&saved)?.is_some() {
                plan.needs_manual.push(format!(
                    "`{}` cannot be kept aside, for `{}` is there: put one of them out of the way.",
                    path.display(),
                    saved.display()
                ));
                return Ok(());
            }
            plan.renames.push(FileRename { from: path.to_owned(), to: saved, replaced: None });
            create(plan, path, &start, origin, runner, lines);
        }
        Occupant::Unfit(reason) => {
            plan.needs_manual.push(format!("`{}` is left alone: {reason}.", path.display()));
        }
    }
    Ok(())
}

fn create(plan: &mut Plan, path: &Path, start: &str, origin: Origin, runner: Runner, lines: &Lines<'_>) {
    let text = lines.text(origin);
    let after = match runner {
        Runner::Git => FileContent { bytes: format!("{start}\n{text}\n").into_bytes(), mode: 0o755 },
        Runner::Husky => FileContent { bytes: format!("{text}\n").into_bytes(), mode: 0o644 },
    };
    plan.edit(path, None, Some(after));
}

fn refresh(plan: &mut Plan, path: &Path, runner: Runner, content: FileContent, found: &Found, lines: &Lines<'_>) {
    let bytes = block::replace(&content.bytes, found, &lines.text(found.origin));
    let is_asleep = runner == Runner::Git && !content.is_executable();
    let mut mode = content.mode;
    if is_asleep && found.origin == Origin::Inserted {
        let advice = format!(
            "`{}` is not executable, so git runs neither it nor git coord: see whether it should.",
            path.display()
        );
        plan.needs_manual.push(advice);
    } else if is_asleep {
        mode = 0o755;
    }
    plan.edit(path, Some(content), Some(FileContent { bytes, mode }));
}
