//! Folders that are none, each with one beside that is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::overlap::tiny_model::TinyModel;

struct Stage {
    root: TempDir,
}

impl Stage {
    fn new() -> Self {
        let stage = Self { root: tempfile::tempdir().unwrap() };
        TinyModel::new().write(&stage.model());
        stage
    }

    fn model(&self) -> PathBuf {
        self.root.path().join("tiny")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.model().join(name)
    }

    fn open(&self, pin: Option<&str>) -> Result<Folder, Fault> {
        Folder::open(&self.model(), pin, self.root.path())
    }

    /// Opens it, and says why that fails.
    fn refused(&self) -> Fault {
        self.open(None).err().expect("it is of no use")
    }

    fn is_of_use(&self) -> bool {
        let said = self.open(None).and_then(|mut folder| folder.ask(&["mow the lawn"]));
        said.is_ok_and(|said| said[0].as_ref().is_some_and(|vector| vector.len() == 8))
    }
}

#[test]
fn folder_whose_files_cannot_be_read_is_told() {
    let stage = Stage::new();
    assert!(stage.is_of_use());
    for (name, bytes_max) in FILES {
        let (file, aside) = (stage.file(name), stage.root.path().join("aside"));
        let told = |reason: &str| {
            let fault = stage.refused();
            let Fault::ModelFile { file: told, reason: why } = &fault else { panic!("{reason}: {fault:?}") };
            assert!(Path::new(told) == file && why.contains(reason), "{reason}: {fault:?}");
            assert_eq!(fault.code(), "overlap.model-files");
        };
        fs::rename(&file, &aside).unwrap();
        told("not there");
        symlink(&aside, &file).unwrap();
        told("");
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        told("not a regular file");
        fs::remove_dir(&file).unwrap();
        // It would never end, and is not waited for.
        assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
        told("not a regular file");
        fs::remove_file(&file).unwrap();
        fs::File::create(&file).unwrap().set_len(bytes_max + 1).unwrap();
        told("larger than");
        fs::remove_file(&file).unwrap();
        fs::rename(&aside, &file).unwrap();
        assert!(stage.is_of_use());
    }
    let fault = Folder::open(Path::new("tiny"), None, stage.root.path()).err();
    assert_eq!(fault, Some(Fault::ModelPath("tiny".to_owned())));
    let nowhere = Folder::open(&stage.root.path().join("nowhere"), None, stage.root.path()).err();
    assert!(matches!(nowhere, Some(Fault::ModelFile { .. })));
}

#[test]
fn files_that_are_no_model_are_told() {
    let stage = Stage::new();
    for (name, _) in FILES {
        let before = fs::read(stage.file(name)).unwrap();
        for wrong in [&b""[..], b"{}", b"version https://git-lfs.github.com/spec/v1\n", &before[..before.len() / 2]] {
            fs::write(stage.file(name), wrong).unwrap();
            let fault = stage.refused();
            assert!(matches!(&fault, Fault::ModelUnusable(why) if why.contains(name)), "{name}: {fault:?}");
        }
        fs::write(stage.file(name), before).unwrap();
        assert!(stage.is_of_use());
    }
}

#[test]
fn other_model_than_the_one_that_is_meant_is_told() {
    let stage = Stage::new();
    let identity = stage.open(None).unwrap().identity().to_owned();
    let spaced = format!(" {} ", identity.to_uppercase());
    assert!(stage.open(Some(&identity)).is_ok() && stage.open(Some(&spaced)).is_ok());
    for wrong in ["", "abc", &identity[1..], &"g".repeat(64)] {
        assert!(matches!(stage.open(Some(wrong)), Err(Fault::ModelPin(_))), "{wrong}");
    }
    let other = "0".repeat(64);
    assert_eq!(stage.open(Some(&other)).err(), Some(Fault::ModelOther { found: identity.clone() }));
    // Files that are not meant are not looked into.
    fs::write(stage.file("tokenizer.json"), "{}").unwrap();
    assert!(matches!(stage.open(Some(&identity)), Err(Fault::ModelOther { .. })));
    assert!(matches!(stage.open(None), Err(Fault::ModelUnusable(_))));
}

#[test]
fn files_are_not_read_to_name_the_model() {
    let stage = Stage::new();
    let first = stage.open(None).unwrap();
    assert!(first.encoder.is_some());
    let again = stage.open(None).unwrap();
    assert!(again.encoder.is_none() && again.identity == first.identity);
    // What was kept and is torn is not there.
    let kept = stage.root.path().join(KEPT);
    let line = fs::read_to_string(&kept).unwrap();
    for torn in ["", "x", &line[1..], &line[..70]] {
        fs::write(&kept, torn).unwrap();
        assert_eq!(stage.open(None).unwrap().identity, first.identity, "{torn}");
    }
    let mut other = TinyModel::new();
    other.config.push('\n');
    other.write(&stage.model());
    assert_ne!(stage.open(None).unwrap().identity, first.identity);
}

/// Files that change after the model was named are no answer to what was asked of it.
#[test]
fn model_that_changes_meanwhile_is_told() {
    let stage = Stage::new();
    stage.open(None).unwrap();
    let mut named = stage.open(None).unwrap();
    let mut other = TinyModel::new();
    other.config.push('\n');
    other.write(&stage.model());
    assert!(matches!(named.ask(&["mow"]), Err(Fault::ModelFile { reason, .. }) if reason.contains("anew")));
    assert!(stage.is_of_use());
}
