//! The bytes of one tree object, read strictly: what git itself would not write is refused.

use std::cmp::Ordering;

use gix::validate::path::component::Options;

use crate::model::Content;
use crate::model::HashKind;
use crate::model::ObjectId;

pub(super) const MODE_TREE: u32 = 0o040_000;
pub(super) const MODE_FILE: u32 = 0o100_644;
pub(super) const MODE_EXECUTABLE: u32 = 0o100_755;
pub(super) const MODE_LINK: u32 = Content::LINK;
pub(super) const MODE_GITLINK: u32 = Content::SUBMODULE;

/// One name in a tree.
#[derive(Clone, Copy, Debug)]
pub struct TreeEntry<'a> {
    pub mode: u32,
    pub name: &'a [u8],
    pub id: ObjectId,
}

impl TreeEntry<'_> {
    pub(super) fn is_tree(&self) -> bool {
        self.mode == MODE_TREE
    }
}

/// Returns the entries of a tree, or what is wrong with it.
pub fn parse_tree(raw: &[u8], kind: HashKind) -> Result<Vec<TreeEntry<'_>>, &'static str> {
    let mut entries: Vec<TreeEntry<'_>> = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let (entry, after) = parse_entry(rest, kind)?;
        if let Some(previous) = entries.last()
            && compare(previous, &entry) != Ordering::Less
        {
            return Err("its entries are not in order");
        }
        if entry.is_tree() && has_twin(&entries, entry.name) {
            return Err("a name occurs twice");
        }
        entries.push(entry);
        rest = after;
    }
    Ok(entries)
}

/// Orders entries as git does: a directory sorts as if its name ended in a slash.
pub(super) fn compare(left: &TreeEntry<'_>, right: &TreeEntry<'_>) -> Ordering {
    let slash = |entry: &TreeEntry<'_>| entry.is_tree().then_some(b'/');
    let left_bytes = left.name.iter().copied().chain(slash(left));
    let right_bytes = right.name.iter().copied().chain(slash(right));
    left_bytes.cmp(right_bytes)
}

/// Returns whether a name may stand in a tree: not empty, no slash, no dots, nothing that any file system takes for `.git`.
pub(super) fn is_legal_name(name: &[u8]) -> bool {
    let options = Options { protect_windows: false, protect_hfs: true, protect_ntfs: true };
    gix::validate::path::component(name.into(), None, options).is_ok()
}

fn parse_entry(raw: &[u8], kind: HashKind) -> Result<(TreeEntry<'_>, &[u8]), &'static str> {
    const TRUNCATED: &str = "an entry is cut short";
    let space = raw.iter().take(8).position(|byte| *byte == b' ').ok_or("an entry has a bad mode")?;
    let mode = match &raw[..space] {
        b"40000" => MODE_TREE,
        // Git wrote group-writable modes long ago and reads them as plain files.
        b"100644" | b"100664" => MODE_FILE,
        b"100755" => MODE_EXECUTABLE,
        b"120000" => MODE_LINK,
        b"160000" => MODE_GITLINK,
        _ => return Err("an entry has a bad mode"),
    };
    let after_mode = &raw[space + 1..];
    let nul = after_mode.iter().position(|byte| *byte == 0).ok_or(TRUNCATED)?;
    let name = &after_mode[..nul];
    if !is_legal_name(name) {
        return Err("an entry has a forbidden name");
    }
    let (id, rest) = after_mode[nul + 1..].split_at_checked(kind.len_bytes()).ok_or(TRUNCATED)?;
    let id = ObjectId::from_bytes(id).ok_or(TRUNCATED)?;
    if id.is_null() {
        return Err("an entry has no object");
    }
    Ok((TreeEntry { mode, name, id }, rest))
}

/// Returns whether a file of this name comes earlier. Only names that begin with it and go on below the slash can be between.
fn has_twin(entries: &[TreeEntry<'_>], name: &[u8]) -> bool {
    entries.iter().rev().take_while(|entry| entry.name.starts_with(name)).any(|entry| entry.name == name)
}
