//! Which files of a checkout have changed since it was last looked at, told without looking at each of many thousands.
//!
//! What was seen is remembered: when each directory changed last, and how the files looked that are worth a look each time.
//! Names come and go only where a directory has changed. Whatever changed a moment ago is looked at again, for a time stamp
//! tells two changes of one moment from each other no better than git's own index can.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;

use tracing::debug_span;

use super::GitError;
use super::Repository;
use super::Worktree;
use super::seen::Seen;
use crate::disk;
use crate::disk::Durability;
use crate::disk::FileKind;
use crate::disk::Look;
use crate::disk::Vantage;
use crate::model::ObjectId;

/// The file beside the checkout's index.
const SEEN: &str = "coord-seen";
const SEEN_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Up to how many files the content of each is looked after.
const WATCHED_MAX: usize = 4_000;
const CONTENT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What a glance at a checkout shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// What differs from the tree, sorted.
    pub paths: Vec<String>,
    /// Whether a changed content would have been noticed everywhere; a new or missing file always is.
    pub is_thorough: bool,
}

/// One look at a checkout.
struct Eye<'a> {
    repository: &'a Repository,
    worktree: &'a Worktree,
    /// How the file looked in which the last look was remembered.
    written: Option<Look>,
    next: Seen,
    candidates: BTreeSet<String>,
    /// Which paths, each with a slash at its end, are directories that no link leads to.
    directories: BTreeMap<String, bool>,
    /// The directory that was looked at last; without one if it is not there.
    vantage: Option<(String, Option<Vantage>)>,
    /// Whether something had changed so shortly before it was remembered that it was looked at again.
    is_unsure: bool,
}

impl Repository {
    /// Returns which files of a checkout differ from a tree. In a checkout of very many files only those below the given
    /// prefixes, and those without a directory, are looked at for their content.
    pub fn glance(&self, worktree: &Worktree, tree: ObjectId, always: &[&str]) -> Result<Glance, GitError> {
        let _phase = debug_span!("look for drafts").entered();
        let file = worktree.git_dir.join(SEEN);
        let written = disk::look(&file)?;
        let seen = disk::read(&file, SEEN_BYTES_MAX)?.and_then(|bytes| Seen::decode(&bytes));
        let next = Seen::nothing_of(tree);
        let (candidates, directories) = (BTreeSet::new(), BTreeMap::new());
        let mut eye =
            Eye { repository: self, worktree, written, next, candidates, directories, vantage: None, is_unsure: false };
        match &seen {
            Some(seen) => eye.look_again(seen)?,
            None => eye.look_at_everything()?,
        }
        eye.compare()?;
        eye.forget_all_but(always);
        if eye.is_unsure || seen.as_ref() != Some(&eye.next) {
            // It only saves time; where nothing can be written, the next look takes longer.
            disk::write(&file, &eye.next.encode(), 0o600, Durability::Cached).ok();
        }
        Ok(Glance { paths: eye.next.differing.into_iter().collect(), is_thorough: eye.next.is_thorough })
    }
}

impl Eye<'_> {
    fn look_at_everything(&mut self) -> Result<(), GitError> {
        let all = self.repository.tree_changes(None, Some(self.next.tree))?;
        self.next.file_count = all.len();
        self.candidates.extend(all.into_iter().map(|change| String::from_utf8_lossy(&change.path).into_owned()));
        self.list(String::new())
    }

    /// Looks at what changed since, on either side.
    fn look_again(&mut self, seen: &Seen) -> Result<(), GitError> {
        if !self.repository.contains(seen.tree) {
            return self.look_at_everything();
        }
        let changes = if seen.tree == self.next.tree {
            Vec::new()
        } else {
            self.repository.tree_changes(Some(seen.tree), Some(self.next.tree))?
        };
        let added = changes.iter().filter(|change| change.old.is_none()).count();
        let removed = changes.iter().filter(|change| change.new.is_none()).count();
        self.next.file_count = (seen.file_count + added).saturating_sub(removed);
        if !seen.is_thorough && self.next.file_count <= WATCHED_MAX {
            // They are few enough again.
            return self.look_at_everything();
        }
        self.next.is_thorough = seen.is_thorough;
        self.candidates.extend(seen.differing.iter().cloned());
        let paths = changes.into_iter().map(|change| String::from_utf8_lossy(&change.path).into_owned());
        self.candidates.extend(paths);
        for (directory, known) in &seen.directories {
            if self.next.directories.contains_key(directory) {
                continue;
            }
            if self.is_unchanged(directory, known)? {
                self.next.directories.insert(directory.clone(), *known);
            } else {
                self.list(directory.clone())?;
            }
        }
        let mut unchanged = Vec::with_capacity(seen.files.len());
        for (path, known) in &seen.files {
            if self.is_unchanged(path, known)? {
                unchanged.push((path.clone(), *known));
            } else {
                self.candidates.insert(path.clone());
            }
        }
        self.next.files = unchanged.into_iter().collect();
        Ok(())
    }

    fn is_unchanged(&mut self, path: &str, known: &Look) -> Result<bool, GitError> {
        let is_sure = self.written.is_some_and(|written| known.is_older_than(&written));
        self.is_unsure |= !is_sure;
        Ok(is_sure && self.look(path)?.is_some_and(|look| look == *known))
    }

    /// Returns how a file looks, or a directory given with a slash at its end. What a link leads to is not in the checkout.
    fn look(&mut self, path: &str) -> Result<Option<Look>, GitError> {
        let name = path.strip_suffix('/').unwrap_or(path);
        let above = name.rfind('/').map_or("", |end| &name[..=end]);
        let is_reached = above.is_empty() || self.is_directory(above)?;
        let look = if is_reached { self.look_from(above, &name[above.len()..])? } else { None };
        if path.ends_with('/') {
            let is_directory = look.is_some_and(|look| look.kind == FileKind::Directory);
            self.directories.insert(path.to_owned(), is_directory);
        }
        Ok(look)
    }

    /// Looks at a name in a directory, which stays open as long as names of the same one follow.
    fn look_from(&mut self, directory: &str, name: &str) -> Result<Option<Look>, GitError> {
        if self.vantage.as_ref().is_none_or(|(path, _)| path != directory) {
            let vantage = Vantage::open(&self.place(directory))?;
            self.vantage = Some((directory.to_owned(), vantage));
        }
        match &self.vantage {
            // Of the checkout itself there is no name in it.
            Some((_, Some(vantage))) => Ok(vantage.look(if name.is_empty() { "." } else { name })?),
            _ => Ok(None),
        }
    }

    fn is_directory(&mut self, path: &str) -> Result<bool, GitError> {
        match self.directories.get(path) {
            Some(known) => Ok(*known),
            None => Ok(self.look(path)?.is_some_and(|look| look.kind == FileKind::Directory)),
        }
    }

    /// Takes the names in a directory, given with a slash at its end, and in those below that were not seen before.
    fn list(&mut self, directory: String) -> Result<(), GitError> {
        let mut pending = vec![directory];
        while let Some(directory) = pending.pop() {
            let place = self.place(&directory);
            // Looked at first and listed afterwards: what comes in between is noticed the next time.
            let look = self.look(&directory)?.filter(|look| look.kind == FileKind::Directory);
            self.candidates.extend(self.repository.files_in(self.next.tree, &directory)?);
            let Some(look) = look else { continue };
            for name in disk::list(&place)?.into_iter().filter(|name| !(directory.is_empty() && name == ".git")) {
                let path = format!("{directory}{name}");
                match disk::stat(&self.worktree.path.join(&path))? {
                    Some((FileKind::Directory, _)) => {
                        let below = format!("{path}/");
                        if !self.next.directories.contains_key(&below) && !pending.contains(&below) {
                            pending.push(below);
                        }
                    }
                    Some(_) => drop(self.candidates.insert(path)),
                    None => {}
                }
            }
            self.next.directories.insert(directory, look);
        }
        Ok(())
    }

    /// Compares what may have changed by its content.
    fn compare(&mut self) -> Result<(), GitError> {
        let mut tree = self.repository.tree_lookup(self.next.tree);
        for path in std::mem::take(&mut self.candidates) {
            // Looked at first and read afterwards, as above.
            let look = self.look(&path)?;
            let recorded = tree.file_entry(&path)?;
            match (look, recorded) {
                (None, None) => {}
                // It may have been something else the last time; what is in it is compared by itself.
                (Some(look), None) if look.kind == FileKind::Directory => {}
                (Some(look), Some(blob)) if look.kind == FileKind::Regular && self.content_of(&path)? == Some(blob) => {
                    self.next.files.insert(path, look);
                }
                _ => drop(self.next.differing.insert(path)),
            }
        }
        Ok(())
    }

    /// Returns the id of a file's content; none if it is too large, or not to be read: then it is not what was recorded.
    fn content_of(&self, path: &str) -> Result<Option<ObjectId>, GitError> {
        let content = disk::read(&self.place(path), CONTENT_BYTES_MAX).unwrap_or_default();
        content.map(|content| self.repository.blob_id(&content)).transpose()
    }

    fn forget_all_but(&mut self, always: &[&str]) {
        if self.next.files.len() > WATCHED_MAX {
            self.next.is_thorough = false;
        }
        if !self.next.is_thorough {
            let is_watched =
                |path: &String| !path.contains('/') || always.iter().any(|prefix| path.starts_with(prefix));
            self.next.files.retain(|path, _| is_watched(path));
        }
    }

    fn place(&self, path: &str) -> PathBuf {
        self.worktree.path.join(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::sandbox::Sandbox;

    fn glance(sandbox: &Sandbox, always: &[&str]) -> Glance {
        let repository = sandbox.open();
        let worktree = repository.worktrees().unwrap().remove(0);
        let tip = repository.reference("refs/heads/main").unwrap().unwrap();
        let tree = repository.commit_links(tip).unwrap().tree;
        repository.glance(&worktree, tree, always).unwrap()
    }

    fn paths(sandbox: &Sandbox) -> Vec<String> {
        glance(sandbox, &[]).paths
    }

    #[test]
    fn names_and_contents_that_differ_are_seen_again_and_again() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a/b", "1");
        sandbox.commit_file("c", "1");
        assert!(paths(&sandbox).is_empty());
        sandbox.write("a/b", "2");
        sandbox.write("d/e/f", "new");
        for _ in 0..2 {
            assert_eq!(paths(&sandbox), ["a/b", "d/e/f"]);
        }
        disk::remove(&sandbox.work.join("c")).unwrap();
        sandbox.write("a/b", "1");
        for _ in 0..2 {
            assert_eq!(paths(&sandbox), ["c", "d/e/f"]);
        }
        // What was a draft is recorded now.
        sandbox.commit_file("d/e/f", "new");
        assert_eq!(paths(&sandbox), ["c"]);
        sandbox.write("c", "1");
        assert!(paths(&sandbox).is_empty());
    }

    #[test]
    fn directory_that_comes_or_goes_is_seen() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a/b", "1");
        sandbox.commit_file("c", "1");
        assert!(paths(&sandbox).is_empty());
        disk::remove(&sandbox.work.join("a/b")).unwrap();
        disk::remove_empty_directory(&sandbox.work.join("a"));
        assert_eq!(paths(&sandbox), ["a/b"]);
        sandbox.write("a/b", "1");
        sandbox.write("a/x/y", "1");
        assert_eq!(paths(&sandbox), ["a/x/y"]);
        disk::remove(&sandbox.work.join("c")).unwrap();
        disk::link(&sandbox.work.join("a/b"), &sandbox.work.join("c")).unwrap();
        assert_eq!(paths(&sandbox), ["a/x/y", "c"]);
    }

    #[test]
    fn directory_that_was_something_else_for_a_while_is_no_difference() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a/b", "1");
        sandbox.commit_file("c", "1");
        assert!(paths(&sandbox).is_empty());
        let (directory, away) = (sandbox.work.join("a"), sandbox.root.path().join("away"));
        let in_its_place: [&dyn Fn(); 2] =
            [&|| disk::link(&away, &directory).unwrap(), &|| sandbox.write("a", "in the way")];
        for put in in_its_place {
            disk::rename(&directory, &away).unwrap();
            put();
            for _ in 0..2 {
                assert_eq!(paths(&sandbox), ["a", "a/b"]);
            }
            disk::remove(&directory).unwrap();
            disk::rename(&away, &directory).unwrap();
            for _ in 0..2 {
                assert!(paths(&sandbox).is_empty());
            }
        }
    }

    #[test]
    fn file_that_looks_as_it_did_is_not_read() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a", "1");
        assert!(paths(&sandbox).is_empty());
        let file = sandbox.work.join(".git").join(SEEN);
        let seen = || Seen::decode(&disk::read(&file, SEEN_BYTES_MAX).unwrap().unwrap()).unwrap();
        let look = |path: &str| disk::look(&sandbox.work.join(path)).unwrap().unwrap();
        let date_it = |date: &str| {
            sandbox.git(&["-c", &format!("alias.age=!touch -d '{date}' .git/{SEEN}"), "age"]);
        };
        // What is remembered of another content is believed, once it is old enough.
        sandbox.write("a", "2");
        let mut later = seen();
        later.files.insert("a".to_owned(), look("a"));
        later.directories.insert(String::new(), look(""));
        disk::write(&file, &later.encode(), 0o600, Durability::Cached).unwrap();
        date_it("1 hour ago");
        assert_eq!(paths(&sandbox), ["a"]);
        disk::write(&file, &later.encode(), 0o600, Durability::Cached).unwrap();
        date_it("1 hour");
        assert!(paths(&sandbox).is_empty());
        sandbox.write("a", "3");
        sandbox.write("b", "1");
        assert_eq!(paths(&sandbox), ["a", "b"]);
    }

    #[test]
    fn what_was_seen_may_be_lost_or_damaged() {
        let sandbox = Sandbox::sha1();
        sandbox.commit_file("a", "1");
        sandbox.write("b", "1");
        assert_eq!(paths(&sandbox), ["b"]);
        sandbox.write(&format!(".git/{SEEN}"), "{}");
        assert_eq!(paths(&sandbox), ["b"]);
        disk::remove(&sandbox.work.join(".git").join(SEEN)).unwrap();
        assert_eq!(paths(&sandbox), ["b"]);
    }

    #[test]
    fn among_thousands_of_files_only_contents_of_some_are_looked_after() {
        let sandbox = Sandbox::sha1();
        for number in 0..=WATCHED_MAX {
            sandbox.write(&format!("many/{}/{number}", number % 16), "1");
        }
        sandbox.write("few/a", "1");
        sandbox.git(&["add", "."]);
        sandbox.commit_file("top", "1");
        assert_eq!(glance(&sandbox, &["few/"]), Glance { paths: Vec::new(), is_thorough: false });
        let seen = disk::read(&sandbox.work.join(".git").join(SEEN), SEEN_BYTES_MAX).unwrap().unwrap();
        let watched: Vec<_> = Seen::decode(&seen).unwrap().files.into_keys().collect();
        assert_eq!(watched, ["few/a", "top"]);
        sandbox.write("few/a", "2");
        sandbox.write("many/3/new", "2");
        let differing = glance(&sandbox, &["few/"]);
        assert_eq!(
            (differing.paths, differing.is_thorough),
            (vec!["few/a".to_owned(), "many/3/new".to_owned()], false)
        );
        disk::remove(&sandbox.work.join("many/3/new")).unwrap();
        sandbox.write("few/a", "1");
        sandbox.write("many/5/5", "2");
        assert!(!glance(&sandbox, &["few/"]).is_thorough, "they are as many as before");
        sandbox.git(&["rm", "-q", "many/0/0", "many/1/1", "many/2/2"]);
        sandbox.git(&["commit", "-q", "-m", "Remove some"]);
        let few = glance(&sandbox, &["few/"]);
        assert_eq!(few, Glance { paths: vec!["many/5/5".to_owned()], is_thorough: true });
    }
}
