//! A directory kept in memory, so that every test begins from a copy of its own.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

/// The files of a directory, with their modes.
pub(super) struct Archive {
    directories: Vec<PathBuf>,
    files: Vec<(PathBuf, u32, Vec<u8>)>,
}

impl Archive {
    /// Reads some subdirectories of a directory; they have no symbolic links.
    pub(super) fn read(root: &Path, names: &[&str]) -> Self {
        let mut archive = Self { directories: Vec::new(), files: Vec::new() };
        for name in names {
            archive.directories.push(PathBuf::from(name));
            archive.collect(root, Path::new(name));
        }
        archive
    }

    fn collect(&mut self, root: &Path, relative: &Path) {
        for entry in fs::read_dir(root.join(relative)).unwrap() {
            let entry = entry.unwrap();
            let path = relative.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                self.directories.push(path.clone());
                self.collect(root, &path);
            } else {
                let mode = entry.metadata().unwrap().permissions().mode();
                self.files.push((path, mode, fs::read(entry.path()).unwrap()));
            }
        }
    }

    /// Writes the directory out elsewhere.
    pub(super) fn write(&self, root: &Path) {
        fs::create_dir_all(root).unwrap();
        for directory in &self.directories {
            fs::create_dir_all(root.join(directory)).unwrap();
        }
        for (path, mode, content) in &self.files {
            let path = root.join(path);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(*mode)).unwrap();
        }
    }
}
