//! What is to be installed, and where git looks for hooks.

use std::path::PathBuf;

use super::error::HookFileError;
use super::hook_name::HookName;
use super::hook_name::Side;

/// Which hooks are meant, in which repository, and what they call.
#[derive(Clone, Debug)]
pub struct InstallRequest {
    pub hooks: Vec<HookName>,
    /// The folder `hooks` of the common directory, where git looks unless told otherwise.
    pub hooks_dir: PathBuf,
    /// The value of `core.hooksPath`, if there is one.
    pub hooks_path: Option<HooksPath>,
    /// The root of the work tree; `None` in a bare repository.
    pub work_tree: Option<PathBuf>,
    /// The absolute path of the program that hooks call.
    pub binary: PathBuf,
    pub side: Side,
}

/// The value of `core.hooksPath`.
#[derive(Clone, Debug)]
pub struct HooksPath {
    pub value: String,
    /// What a relative value is relative to: the work tree's root, or the directory of a bare repository.
    pub base: PathBuf,
    pub origin: HooksPathOrigin,
}

/// Whose configuration names the hooks' directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HooksPathOrigin {
    /// This repository's own, its work trees' included.
    Repository,
    /// The user's or the system's: it serves other repositories too.
    Inherited,
}

/// What the lines in a hook file call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// This file, or whatever is on the `PATH` when it is gone.
    File(String),
    /// Whatever is on the `PATH`: in files that are shared with other machines.
    OnPath,
}

impl InstallRequest {
    pub(super) fn check(&self) -> Result<(), HookFileError> {
        if let Some(hook) = self.hooks.iter().find(|hook| !hook.belongs_to(self.side)) {
            return Err(HookFileError::WrongSide { hook: *hook, side: self.side });
        }
        self.program().map(|_| ())
    }

    pub(super) fn program(&self) -> Result<Program, HookFileError> {
        let text = self.binary.to_str().filter(|text| !text.contains(char::is_control));
        match text {
            Some(text) if self.binary.is_absolute() => Ok(Program::File(text.to_owned())),
            _ => Err(HookFileError::BinaryPath { path: self.binary.clone() }),
        }
    }
}

impl Program {
    /// Returns the word that a shell reads as the program's path.
    pub(super) fn shell_word(&self) -> String {
        match self {
            Self::File(path) => format!("'{}'", path.replace('\'', r"'\''")),
            Self::OnPath => "''".to_owned(),
        }
    }
}
