//! What stands where a hook file of ours should be.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::FileKind;

use super::block;
use super::block::Found;
use super::block::Origin;
use super::error::HookFileError;
use super::plan::FileContent;
use super::script;
use super::site::Runner;

/// What is at a path, as far as it matters for putting lines there.
#[derive(Debug)]
pub(super) enum Occupant {
    Nothing,
    /// A file with our lines.
    Ours(FileContent, Found),
    /// A script that our lines can be put into.
    Script(FileContent),
    /// Something to be kept aside while a script of ours takes its place, with the line that the script starts with.
    Kept(Origin, String),
    /// Marks without their partners, or no file at all.
    Unfit(&'static str),
}

impl Occupant {
    pub(super) fn at(path: &Path, runner: Runner) -> Result<Self, HookFileError> {
        match disk::stat(path)? {
            None => Ok(Self::Nothing),
            Some((FileKind::Regular, _)) => {
                let Some(content) = FileContent::read(path)? else { return Ok(Self::Nothing) };
                Ok(Self::of_file(content, runner))
            }
            Some((FileKind::Link, _)) => Self::of_link(path, runner),
            Some((FileKind::Directory | FileKind::Other, _)) => Ok(Self::Unfit("it is no file")),
        }
    }

    fn of_file(content: FileContent, runner: Runner) -> Self {
        match block::find(&content.bytes) {
            Err(block::Damaged) => Self::Unfit("the marks around git coord's lines are damaged"),
            Ok(Some(found)) => Self::Ours(content, found),
            Ok(None) if runner == Runner::Husky => Self::Script(content),
            // Git passes over it. With our lines in it, it would have to be made executable and so be switched on.
            Ok(None) if !content.is_executable() => Self::Kept(Origin::SavedIdle, plain_start()),
            Ok(None) if script::is_shell(&content.bytes) => Self::Script(content),
            Ok(None) => Self::Kept(Origin::SavedRun, plain_start()),
        }
    }

    /// Never writes through a link: what it leads to may be tracked, or serve others.
    fn of_link(path: &Path, runner: Runner) -> Result<Self, HookFileError> {
        let target = disk::real_path(path).ok().map(|target| FileContent::read(&target)).transpose()?.flatten();
        Ok(match target {
            Some(target) if runner == Runner::Git && !target.is_executable() => {
                Self::Kept(Origin::SavedIdle, plain_start())
            }
            Some(target) if script::is_shell(&target.bytes) => {
                let line = script::shebang(&target.bytes).map(|line| String::from_utf8_lossy(line).into_owned());
                Self::Kept(Origin::SavedSource, line.unwrap_or_else(plain_start))
            }
            Some(_) => Self::Kept(Origin::SavedRun, plain_start()),
            None => Self::Kept(Origin::SavedIdle, plain_start()),
        })
    }
}

/// Returns where the former hook is kept.
pub(super) fn saved(path: &Path) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(".coord-saved");
    name.into()
}

fn plain_start() -> String {
    "#!/bin/sh".to_owned()
}
