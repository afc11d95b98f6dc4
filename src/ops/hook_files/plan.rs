//! What will be written, and the writing.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::disk::FileKind;

use super::error::HookFileError;
use super::ground::HookTool;

/// More than any script, and more than most programs.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// What an installation or its removal does. Nothing is written before it is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What rules the hooks here.
    pub tool: HookTool,
    /// Done first.
    pub renames: Vec<FileRename>,
    pub edits: Vec<FileEdit>,
    /// What only a person can do: sentences, some with lines to add.
    pub needs_manual: Vec<String>,
}

/// One file before and after; `None` is no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    pub path: PathBuf,
    pub before: Option<FileContent>,
    pub after: Option<FileContent>,
}

/// One file gets another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRename {
    pub from: PathBuf,
    pub to: PathBuf,
    /// What has that name until then.
    pub replaced: Option<FileContent>,
}

/// A regular file's bytes and permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    pub bytes: Vec<u8>,
    pub mode: u32,
}

impl Plan {
    pub(super) fn new(tool: HookTool) -> Self {
        Self { tool, renames: Vec::new(), edits: Vec::new(), needs_manual: Vec::new() }
    }

    /// Returns whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.renames.is_empty() && self.edits.is_empty()
    }

    pub(super) fn edit(&mut self, path: &Path, before: Option<FileContent>, after: Option<FileContent>) {
        if before != after {
            self.edits.push(FileEdit { path: path.to_owned(), before, after });
        }
    }
}

impl FileContent {
    /// Returns a regular file's content; `None` if there is none, or something else.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, HookFileError> {
        let Some((FileKind::Regular, mode)) = disk::stat(path)? else { return Ok(None) };
        Ok(disk::read(path, FILE_BYTES_MAX)?.map(|bytes| Self { bytes, mode }))
    }

    pub(super) fn is_executable(&self) -> bool {
        self.mode & 0o111 != 0
    }
}

/// Writes what was planned. A file that is not what it was then stays as it is, and so does the rest.
pub fn apply(plan: &Plan) -> Result<(), HookFileError> {
    for rename in &plan.renames {
        check(&rename.to, rename.replaced.as_ref())?;
    }
    for edit in &plan.edits {
        let is_renamed = plan.renames.iter().any(|rename| rename.from == edit.path);
        if !is_renamed {
            check(&edit.path, edit.before.as_ref())?;
        }
    }
    for rename in &plan.renames {
        disk::rename(&rename.from, &rename.to)?;
    }
    for edit in &plan.edits {
        match &edit.after {
            Some(after) => disk::write(&edit.path, &after.bytes, after.mode, Durability::Cached)?,
            None => disk::remove(&edit.path)?,
        }
    }
    Ok(())
}

fn check(path: &Path, expected: Option<&FileContent>) -> Result<(), HookFileError> {
    let is_absent = disk::stat(path)?.is_none();
    let is_same = match expected {
        None => is_absent,
        Some(_) => FileContent::read(path)?.as_ref() == expected,
    };
    if is_same { Ok(()) } else { Err(HookFileError::Changed { path: path.to_owned() }) }
}
