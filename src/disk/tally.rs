//! Counts across processes: a file that is as long as the count.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::DiskError;
use super::failed;

/// Counts one more, and returns how many there are now. Whoever begins anew removes the file.
pub fn count_one(path: &Path) -> Result<u64, DiskError> {
    let mut file = OpenOptions::new().append(true).create(true).open(path).map_err(failed("write", path))?;
    // Each byte is added to the end as it is then: nobody's is lost.
    file.write_all(b".").map_err(failed("write", path))?;
    Ok(file.metadata().map_err(failed("read", path))?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_counts() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("count");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..100).try_for_each(|_| count_one(&path).map(|_| ())).unwrap());
            }
        });
        assert_eq!(count_one(&path).unwrap(), 401);
    }
}
