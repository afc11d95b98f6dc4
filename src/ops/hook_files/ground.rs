//! Finds out who rules the hooks here, and in which directory.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use crate::disk;

use super::error::HookFileError;
use super::hook_name::Side;
use super::lefthook;
use super::request::HooksPath;
use super::request::HooksPathOrigin;
use super::request::InstallRequest;
use super::request::Program;

const TEXT_BYTES_MAX: u64 = 16 << 20;
const SIMPLE_GIT_HOOKS_EXTENSIONS: [&str; 4] = ["cjs", "js", "mjs", "json"];

/// What rules the hooks of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookTool {
    /// Nothing but git.
    Git,
    /// A directory named by `core.hooksPath`.
    HooksPath,
    Husky,
    Lefthook,
    /// pre-commit, or prek, which works alike.
    PreCommit,
    SimpleGitHooks,
}

/// Where hook files are, and how they come to run.
#[derive(Clone, Debug)]
pub(super) enum Ground {
    /// Git runs the files of this directory.
    Hooks { directory: PathBuf, tool: HookTool, program: Program },
    /// husky runs the files of this directory.
    Husky { directory: PathBuf },
    /// lefthook writes some files of this directory, and what it runs is told in the work tree.
    Lefthook { directory: PathBuf, work_tree: PathBuf, program: Program },
    /// Not ours to write.
    Closed { directory: Option<PathBuf>, tool: HookTool, reason: String },
}

impl Ground {
    pub(super) fn of(request: &InstallRequest) -> Result<Self, HookFileError> {
        match &request.hooks_path {
            Some(hooks_path) => named(request, hooks_path),
            None => usual(request),
        }
    }

    pub(super) fn tool(&self) -> HookTool {
        match self {
            Self::Hooks { tool, .. } | Self::Closed { tool, .. } => *tool,
            Self::Husky { .. } => HookTool::Husky,
            Self::Lefthook { .. } => HookTool::Lefthook,
        }
    }

    pub(super) fn directory(&self) -> Option<&Path> {
        match self {
            Self::Hooks { directory, .. } | Self::Husky { directory } | Self::Lefthook { directory, .. } => {
                Some(directory)
            }
            Self::Closed { directory, .. } => directory.as_deref(),
        }
    }
}

fn named(request: &InstallRequest, hooks_path: &HooksPath) -> Result<Ground, HookFileError> {
    let value = &hooks_path.value;
    let directory = hooks_path.base.join(value);
    let closed = |reason: String| {
        let directory = Some(directory.clone());
        Ok(Ground::Closed { directory, tool: HookTool::HooksPath, reason })
    };
    if hooks_path.origin == HooksPathOrigin::Inherited {
        return closed(format!("`core.hooksPath` is `{value}` for every repository of this user or machine"));
    }
    if value.is_empty() || value.starts_with(['~', '%']) {
        return closed(format!("`core.hooksPath` is `{value}`, which is not inside this repository"));
    }
    match territory(request, &directory)? {
        Territory::Common if is_same(&directory, &request.hooks_dir) => usual(request),
        Territory::Common => Ok(Ground::Hooks { directory, tool: HookTool::HooksPath, program: request.program()? }),
        Territory::WorkTree if directory.ends_with(".husky/_") => {
            let parent = directory.parent().expect("a path with two names at its end has a parent");
            Ok(Ground::Husky { directory: parent.to_owned() })
        }
        Territory::WorkTree => {
            let tool = if directory.ends_with(".husky") { HookTool::Husky } else { HookTool::HooksPath };
            Ok(Ground::Hooks { directory, tool, program: Program::OnPath })
        }
        Territory::Elsewhere => closed(format!("`core.hooksPath` is `{value}`, which is not inside this repository")),
    }
}

fn usual(request: &InstallRequest) -> Result<Ground, HookFileError> {
    let directory = request.hooks_dir.clone();
    let program = match territory(request, &directory)? {
        Territory::Common => request.program()?,
        Territory::WorkTree => Program::OnPath,
        Territory::Elsewhere => {
            let reason = format!("`{}` leads out of this repository", directory.display());
            return Ok(Ground::Closed { directory: Some(directory), tool: HookTool::Git, reason });
        }
    };
    let work_tree = request.work_tree.as_ref().filter(|_| request.side == Side::Client);
    let Some(work_tree) = work_tree else {
        return Ok(Ground::Hooks { directory, tool: HookTool::Git, program });
    };
    if lefthook::is_used(work_tree)? {
        return Ok(Ground::Lefthook { directory, work_tree: work_tree.clone(), program });
    }
    if uses_simple_git_hooks(work_tree)? {
        let reason = "simple-git-hooks deletes every hook that is not in its own configuration".to_owned();
        return Ok(Ground::Closed { directory: Some(directory), tool: HookTool::SimpleGitHooks, reason });
    }
    let uses_pre_commit = [".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml"]
        .iter()
        .any(|name| matches!(disk::stat(&work_tree.join(name)), Ok(Some(_))));
    let tool = if uses_pre_commit { HookTool::PreCommit } else { HookTool::Git };
    Ok(Ground::Hooks { directory, tool, program })
}

enum Territory {
    /// The repository's own, which no commit carries.
    Common,
    /// Files that other machines get too.
    WorkTree,
    Elsewhere,
}

/// Returns whose directory it is, wherever links lead.
fn territory(request: &InstallRequest, directory: &Path) -> Result<Territory, HookFileError> {
    let common = request.hooks_dir.parent().unwrap_or(&request.hooks_dir);
    let real = real(directory);
    if real.components().any(|part| part == Component::ParentDir) {
        return Ok(Territory::Elsewhere);
    }
    if real.starts_with(self::real(common)) {
        return Ok(Territory::Common);
    }
    let work_tree = request.work_tree.as_deref().map(self::real);
    Ok(if work_tree.is_some_and(|root| real.starts_with(root)) { Territory::WorkTree } else { Territory::Elsewhere })
}

fn is_same(one: &Path, other: &Path) -> bool {
    real(one) == real(other)
}

/// Returns the path without links, as far as it exists.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = disk::real_path(path) {
        return real;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => path.to_owned(),
    }
}

fn uses_simple_git_hooks(work_tree: &Path) -> Result<bool, HookFileError> {
    for extension in SIMPLE_GIT_HOOKS_EXTENSIONS {
        for name in [format!(".simple-git-hooks.{extension}"), format!("simple-git-hooks.{extension}")] {
            if disk::stat(&work_tree.join(name))?.is_some() {
                return Ok(true);
            }
        }
    }
    let package = disk::read_following_links(&work_tree.join("package.json"), TEXT_BYTES_MAX)?.unwrap_or_default();
    let package: String = String::from_utf8_lossy(&package).split_whitespace().collect();
    // As a dependency its value is a version, not an object.
    Ok(package.contains("\"simple-git-hooks\":{"))
}
