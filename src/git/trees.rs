//! Trees: one entry looked up, or some files changed.

use std::collections::HashMap;

use gix::objs::WriteTo;

use super::GitError;
use super::Repository;
use super::error::failed;
use super::repository::from_library;
use super::repository::to_library;
use super::tree_format::MODE_TREE;
use super::tree_format::is_legal_name;
use super::tree_format::parse_tree;
use crate::model::ObjectId;

/// The entries of one tree, each directory of which is read once.
pub struct TreeLookup<'a> {
    repository: &'a Repository,
    tree: ObjectId,
    directories: HashMap<String, HashMap<Vec<u8>, ObjectId>>,
}

impl TreeLookup<'_> {
    /// Returns what the tree has at a path, if it is no directory.
    pub fn file_entry(&mut self, path: &str) -> Result<Option<ObjectId>, GitError> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !self.directories.contains_key(directory) {
            let files = self.repository.files_below(self.tree, directory)?;
            self.directories.insert(directory.to_owned(), files);
        }
        Ok(self.directories[directory].get(name.as_bytes()).copied())
    }
}

impl Repository {
    /// Returns the mode and object at a path, or `None` if there is nothing.
    pub fn tree_entry(&self, tree: ObjectId, path: &str) -> Result<Option<(u32, ObjectId)>, GitError> {
        let mut found = (MODE_TREE, tree);
        for name in path.split('/') {
            if found.0 != MODE_TREE {
                return Ok(None);
            }
            let raw = self.raw_tree(found.1)?;
            let entries =
                parse_tree(&raw, self.hash_kind()).map_err(|reason| GitError::Corrupt { id: found.1, reason })?;
            match entries.iter().find(|entry| entry.name == name.as_bytes()) {
                Some(entry) => found = (entry.mode, entry.id),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// Returns what a tree has at a path, if it is no directory.
    pub fn file_entry(&self, tree: ObjectId, path: &str) -> Result<Option<ObjectId>, GitError> {
        Ok(self.tree_entry(tree, path)?.filter(|(mode, _)| *mode != MODE_TREE).map(|(_, id)| id))
    }

    /// Returns the entries of a tree, for whoever asks for many.
    pub fn tree_lookup(&self, tree: ObjectId) -> TreeLookup<'_> {
        TreeLookup { repository: self, tree, directories: HashMap::new() }
    }

    /// Returns the paths of what is directly in a directory, given with a slash at its end, and is no directory itself.
    pub(super) fn files_in(&self, tree: ObjectId, directory: &str) -> Result<Vec<String>, GitError> {
        let files = self.files_below(tree, directory.strip_suffix('/').unwrap_or_default())?;
        let mut names: Vec<_> = files.into_keys().collect();
        names.sort();
        Ok(names.iter().map(|name| format!("{directory}{}", String::from_utf8_lossy(name))).collect())
    }

    /// Returns what is directly in a directory of a tree and is no directory itself; `""` is the tree itself.
    fn files_below(&self, tree: ObjectId, directory: &str) -> Result<HashMap<Vec<u8>, ObjectId>, GitError> {
        let id = match directory {
            "" => Some(tree),
            path => self.tree_entry(tree, path)?.filter(|(mode, _)| *mode == MODE_TREE).map(|(_, id)| id),
        };
        let Some(id) = id else { return Ok(HashMap::new()) };
        let raw = self.raw_tree(id)?;
        let entries = parse_tree(&raw, self.hash_kind()).map_err(|reason| GitError::Corrupt { id, reason })?;
        let files = entries.into_iter().filter(|entry| !entry.is_tree());
        Ok(files.map(|entry| (entry.name.to_vec(), entry.id)).collect())
    }

    /// Writes the tree that differs from the base in these files, and returns its id.
    ///
    /// A blob is put at its path as a plain file, `None` removes what is there; directories come and go with their files.
    /// A path that is a directory in the base is refused.
    pub fn edit_tree(
        &self,
        base: Option<ObjectId>,
        edits: &[(String, Option<ObjectId>)],
    ) -> Result<ObjectId, GitError> {
        let kind = self.inner.object_hash();
        let root = match base {
            Some(id) => {
                let raw = self.raw_tree(id)?;
                parse_tree(&raw, self.hash_kind()).map_err(|reason| GitError::Corrupt { id, reason })?;
                gix::objs::TreeRef::from_bytes(&raw, kind).map_err(failed("read a tree"))?.into_owned()
            }
            None => gix::objs::Tree::empty(),
        };
        let find = Finder(self);
        let mut editor = gix::objs::tree::Editor::new(root, &find, kind);
        for (path, blob) in edits {
            self.check_edit(base, path)?;
            let names = path.split('/').map(gix::bstr::BStr::new);
            match blob {
                Some(id) => editor.upsert(names, gix::objs::tree::EntryKind::Blob, to_library(*id)),
                None => editor.remove_leaf(names),
            }
            .map_err(failed("edit a tree"))?;
        }
        let id = editor.write(|tree| -> Result<gix::ObjectId, GitError> {
            let mut raw = Vec::new();
            tree.write_to(&mut raw)
                .map_err(|error| GitError::Git { action: "write a tree", detail: error.to_string() })?;
            Ok(to_library(self.write_object(gix::objs::Kind::Tree, &raw)?))
        })?;
        Ok(from_library(&id))
    }

    fn check_edit(&self, base: Option<ObjectId>, path: &str) -> Result<(), GitError> {
        let is_directory = match base {
            Some(tree) => matches!(self.tree_entry(tree, path)?, Some((MODE_TREE, _))),
            None => false,
        };
        if is_directory || !path.split('/').all(|name| is_legal_name(name.as_bytes()) && !name.contains('\0')) {
            return Err(GitError::BadPath { path: path.to_owned() });
        }
        Ok(())
    }
}

/// Lets the library's tree editor read through our checks.
struct Finder<'a>(&'a Repository);

impl gix::objs::Find for Finder<'_> {
    fn try_find<'a>(&self, id: &gix::oid, buffer: &'a mut Vec<u8>) -> Result<Option<gix::objs::Data<'a>>, gix::Error> {
        let found = self.0.raw_tree(from_library(id));
        *buffer = match found {
            Ok(raw) => raw.to_vec(),
            Err(GitError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(gix::error::corruption(error.to_string()).into()),
        };
        Ok(Some(gix::objs::Data::new(buffer, gix::objs::Kind::Tree, id.kind())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::sandbox::Sandbox;

    #[test]
    fn edits_make_the_tree_that_git_would_make() {
        for sandbox in [Sandbox::sha1(), Sandbox::sha256()] {
            let base = sandbox.commit_file("claims/a.toml", "1");
            let kept = sandbox.commit_file("policy.toml", "2");
            let repository = sandbox.open();
            let old = repository.commit_links(kept).unwrap().tree;
            let blob = repository.write_blob(b"new").unwrap();
            let edits = [
                ("claims/a.toml".to_owned(), None),
                ("findings/7k/f.toml".to_owned(), Some(blob)),
                ("policy.toml".to_owned(), Some(blob)),
                ("never/there".to_owned(), None),
            ];
            let new = repository.edit_tree(Some(old), &edits).unwrap();
            sandbox.git(&["rm", "-q", "claims/a.toml"]);
            sandbox.write("findings/7k/f.toml", "new");
            sandbox.write("policy.toml", "new");
            sandbox.git(&["add", "."]);
            assert_eq!(sandbox.git(&["write-tree"]), new.to_string());
            assert_eq!(repository.tree_entry(new, "findings/7k/f.toml").unwrap(), Some((0o100_644, blob)));
            assert_eq!(repository.tree_entry(new, "claims").unwrap(), None);
            assert_eq!(repository.tree_entry(new, "policy.toml/x").unwrap(), None);
            assert!(
                repository.tree_entry(repository.commit_links(base).unwrap().tree, "claims/a.toml").unwrap().is_some()
            );
            sandbox.fsck();
        }
    }

    #[test]
    fn removing_everything_leaves_the_empty_tree() {
        let sandbox = Sandbox::sha1();
        let base = sandbox.commit_file("a/b/c", "1");
        let repository = sandbox.open();
        let old = repository.commit_links(base).unwrap().tree;
        let new = repository.edit_tree(Some(old), &[("a/b/c".to_owned(), None)]).unwrap();
        assert_eq!(new.to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert!(repository.tree_changes(Some(new), None).unwrap().is_empty());
    }

    #[test]
    fn paths_that_git_would_not_write_are_refused() {
        let sandbox = Sandbox::sha1();
        let base = sandbox.commit_file("a/b", "1");
        let repository = sandbox.open();
        let old = repository.commit_links(base).unwrap().tree;
        let blob = repository.write_blob(b"new").unwrap();
        for path in ["", "/a", "a/", "a//b", "../a", "a/./b", ".git/config", "x/.GIT", "a", "nul\0"] {
            let result = repository.edit_tree(Some(old), &[(path.to_owned(), Some(blob))]);
            assert!(matches!(result, Err(GitError::BadPath { .. })), "{path}: {result:?}");
        }
        assert!(repository.edit_tree(Some(old), &[("a/c".to_owned(), Some(blob))]).is_ok());
    }
}
