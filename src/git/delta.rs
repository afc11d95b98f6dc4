//! What differs between two code trees, by content: the facts of which the digest is approved.
//!
//! Content is named by SHA-256 even where git uses SHA-1. What cannot be read is an error, never "nothing changed".

use super::GitError;
use super::Repository;
use super::tree_format::MODE_GITLINK;
use crate::model::Content;
use crate::model::DeltaEntry;
use crate::model::ObjectId;

impl Repository {
    /// Returns what differs between two trees, sorted by the bytes of the paths.
    pub fn delta(&self, old_tree: Option<ObjectId>, new_tree: Option<ObjectId>) -> Result<Vec<DeltaEntry>, GitError> {
        let changes = self.tree_changes(old_tree, new_tree)?;
        let side = |side: Option<(u32, ObjectId)>| side.map(|(mode, id)| self.content(mode, id)).transpose();
        let entries = changes
            .into_iter()
            .map(|change| Ok(DeltaEntry { path: change.path, old: side(change.old)?, new: side(change.new)? }));
        entries.collect()
    }

    fn content(&self, mode: u32, id: ObjectId) -> Result<Content, GitError> {
        if mode == MODE_GITLINK {
            let mut bytes = [0; 32];
            bytes[..id.as_bytes().len()].copy_from_slice(id.as_bytes());
            return Ok(Content { mode, sha256: bytes });
        }
        Ok(Content { mode, sha256: self.blob_sha256(id)? })
    }
}

#[cfg(test)]
mod tests {
    use sha2::Digest;
    use sha2::Sha256;

    use super::*;
    use crate::git::sandbox::Sandbox;

    #[test]
    fn delta_names_content_by_sha256_in_either_kind_of_repository() {
        let content = |text: &str| Sha256::digest(text).into();
        for sandbox in [Sandbox::sha1(), Sandbox::sha256()] {
            let old = sandbox.commit_file("a/b", "1");
            let new = sandbox.commit_file("a/b", "2");
            let repository = sandbox.open();
            let tree = |commit| Some(repository.commit_links(commit).unwrap().tree);
            let delta = repository.delta(tree(old), tree(new)).unwrap();
            let expected = DeltaEntry {
                path: b"a/b".to_vec(),
                old: Some(Content { mode: 0o100_644, sha256: content("1") }),
                new: Some(Content { mode: 0o100_644, sha256: content("2") }),
            };
            assert_eq!(delta, [expected]);
        }
    }

    #[test]
    fn submodule_is_its_commit_and_missing_blob_is_an_error() {
        let sandbox = Sandbox::sha1();
        let old = sandbox.commit_file("a", "1");
        let gitlink = format!("160000,{old},module");
        sandbox.git(&["update-index", "--add", "--cacheinfo", &gitlink]);
        sandbox.git(&["commit", "-q", "-m", "module"]);
        let new: ObjectId = sandbox.git(&["rev-parse", "HEAD"]).parse().unwrap();
        let repository = sandbox.open();
        let tree = |commit| Some(repository.commit_links(commit).unwrap().tree);
        let delta = repository.delta(tree(old), tree(new)).unwrap();
        assert_eq!(delta.len(), 1);
        assert_eq!(delta[0].new.unwrap().mode, MODE_GITLINK);
        assert_eq!(&delta[0].new.unwrap().sha256[..20], old.as_bytes());

        let last = sandbox.commit_file("b", "gone");
        let blob: ObjectId = sandbox.git(&["rev-parse", "HEAD:b"]).parse().unwrap();
        sandbox.remove_object(blob);
        let repository = sandbox.open();
        let after = Some(repository.commit_links(last).unwrap().tree);
        assert!(matches!(repository.delta(tree(new), after), Err(GitError::Missing { id }) if id == blob));
    }
}
