//! Says whether git asks us at a hook.

use std::path::Path;
use std::path::PathBuf;

use super::error::HookFileError;
use super::ground::Ground;
use super::hook_name::HookName;
use super::install::Lines;
use super::lefthook;
use super::lefthook::Freshness;
use super::occupant::Occupant;
use super::request::InstallRequest;
use super::site::Runner;
use super::site::Site;
use super::site::calls_us;
use super::site::husky_starts;
use super::uninstall;

/// What a hook is worth here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookStatus {
    pub hook: HookName,
    pub state: HookState,
    /// The file that decides; `None` if there is none that could.
    pub path: Option<PathBuf>,
}

/// Whether we are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookState {
    Installed,
    Missing,
    /// Our lines are in a file that git, or the tool that rules the hooks, does not run.
    Shadowed,
    /// Our lines are there, but git passes over the file.
    NotExecutable,
    /// Our lines are not those of this version, or call another file.
    Outdated,
}

impl HookState {
    /// Returns the word by which programs know it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Missing => "missing",
            Self::Shadowed => "shadowed",
            Self::NotExecutable => "not-executable",
            Self::Outdated => "outdated",
        }
    }
}

/// Returns the state of each hook that the request names.
pub fn status(request: &InstallRequest) -> Result<Vec<HookStatus>, HookFileError> {
    request.check()?;
    let ground = Ground::of(request)?;
    request.hooks.iter().map(|hook| status_of(request, &ground, *hook)).collect()
}

fn status_of(request: &InstallRequest, ground: &Ground, hook: HookName) -> Result<HookStatus, HookFileError> {
    let site = Site::of(ground, hook)?;
    let (state, path) = match (&site, ground) {
        (Site::File { path, runner, program }, _) => {
            (file_state(path, *runner, &Lines { hook, request, program })?, Some(path.clone()))
        }
        (Site::Lefthook, Ground::Lefthook { work_tree, program, .. }) => {
            let state = lefthook::find(work_tree, program, hook)?.map(|freshness| match freshness {
                Freshness::Current => HookState::Installed,
                Freshness::Old => HookState::Outdated,
            });
            (state, Some(lefthook::local_file(work_tree)?))
        }
        (Site::Closed { path, .. }, _) => (None, path.clone()),
        (Site::Lefthook, _) => (None, None),
    };
    let state = match state {
        Some(state) => state,
        None if path.as_ref().is_some_and(|path| calls_us(path, hook).unwrap_or(false)) => HookState::Installed,
        None if is_anywhere(request, ground, hook)? => HookState::Shadowed,
        None => HookState::Missing,
    };
    Ok(HookStatus { hook, state, path })
}

fn file_state(path: &Path, runner: Runner, lines: &Lines<'_>) -> Result<Option<HookState>, HookFileError> {
    let Occupant::Ours(content, found) = Occupant::at(path, runner)? else { return Ok(None) };
    Ok(Some(if runner == Runner::Git && !content.is_executable() {
        HookState::NotExecutable
    } else if runner == Runner::Husky && !husky_starts(path)? {
        HookState::Shadowed
    } else if found.text != lines.text(found.origin) {
        HookState::Outdated
    } else {
        HookState::Installed
    }))
}

fn is_anywhere(request: &InstallRequest, ground: &Ground, hook: HookName) -> Result<bool, HookFileError> {
    for directory in uninstall::directories(request, ground) {
        for path in uninstall::names(&directory, hook) {
            if matches!(Occupant::at(&path, Runner::Git)?, Occupant::Ours(..)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
