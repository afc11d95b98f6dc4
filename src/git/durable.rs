//! What must be on the disk before success is reported; neither git nor its library waits for that.
//!
//! Objects first, then the reference that names them: three waits for both together.

use super::GitError;
use super::Repository;
use super::references::check_name;
use crate::disk;

impl Repository {
    /// Waits until every object written so far is on the disk.
    pub fn flush_objects(&self) -> Result<(), GitError> {
        Ok(disk::sync_filesystem(&self.common_dir().join("objects"))?)
    }

    /// Waits until the present value of a reference is on the disk.
    pub fn flush_reference(&self, name: &str) -> Result<(), GitError> {
        check_name(name)?;
        let path = self.reference_path(name);
        if disk::stat(&path)?.is_some() {
            disk::sync_file(&path)?;
        }
        match path.parent() {
            Some(directory) if disk::stat(directory)?.is_some() => Ok(disk::sync_directory(directory)?),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::git::Swap;
    use crate::git::sandbox::Sandbox;

    #[test]
    fn objects_and_reference_are_flushed() {
        let sandbox = Sandbox::sha1();
        let commit = sandbox.commit_file("a", "1");
        let repository = sandbox.open();
        repository.flush_objects().unwrap();
        assert_eq!(repository.swap_reference("refs/coord/x", None, Some(commit), "").unwrap(), Swap::Done);
        repository.flush_reference("refs/coord/x").unwrap();
        sandbox.git(&["pack-refs", "--all"]);
        repository.flush_reference("refs/coord/x").unwrap();
    }
}
