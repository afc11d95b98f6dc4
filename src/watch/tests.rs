//! The watcher on real directories. Nothing here waits except for hints.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);
const MODES: [WatchMode; 2] = [WatchMode::Native, WatchMode::Poll];

fn options(mode: WatchMode, sub_directories: SubDirectories) -> WatchOptions {
    let debounce = Duration::from_millis(5);
    WatchOptions { debounce, poll_interval: Duration::from_millis(20), mode, sub_directories }
}

fn start(directory: &Path, mode: WatchMode, sub_directories: SubDirectories) -> Watcher {
    Watcher::start(&[directory.to_owned()], options(mode, sub_directories)).unwrap()
}

/// Takes hints until one names the path (or all), and returns every path named on the way.
fn wait_for(watcher: &Watcher, path: &Path) -> BTreeSet<PathBuf> {
    let mut named = BTreeSet::new();
    loop {
        match watcher.next(PATIENCE).unwrap() {
            Some(Hint::Rescan) => return named,
            Some(Hint::Changed(paths)) => named.extend(paths),
            None => panic!("no hint for {}, only {named:?}", path.display()),
        }
        if named.contains(path) {
            return named;
        }
    }
}

/// Takes hints until what the reader sees is right: a reader who looks only when told.
fn wait_until(watcher: &Watcher, is_right: impl Fn() -> bool) {
    loop {
        assert!(watcher.next(PATIENCE).unwrap().is_some(), "no hint although it is not right yet");
        if is_right() {
            return;
        }
    }
}

#[test]
fn burst_of_a_thousand_writes_is_told_and_the_last_content_is_seen() {
    for mode in MODES {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("tip");
        fs::write(&file, "0000").unwrap();
        let watcher = start(directory.path(), mode, SubDirectories::Ignored);
        for index in 1..=1_000 {
            fs::write(&file, format!("{index:04}")).unwrap();
        }
        wait_until(&watcher, || fs::read_to_string(&file).unwrap() == "1000");
    }
}

#[test]
fn every_write_after_a_hint_is_told_again() {
    for mode in MODES {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("tip");
        let watcher = start(directory.path(), mode, SubDirectories::Ignored);
        for index in 0..50 {
            // Equal lengths within one tick of the clock are the hard case for polling.
            fs::write(&file, format!("{index:04}")).unwrap();
            assert!(wait_for(&watcher, &file).iter().all(|path| path == &file));
        }
    }
}

#[test]
fn replacing_a_file_by_rename_is_told_each_time() {
    for mode in MODES {
        let directory = TempDir::new().unwrap();
        let elsewhere = TempDir::new().unwrap();
        let file = directory.path().join("tip");
        fs::write(&file, "old").unwrap();
        let watcher = start(directory.path(), mode, SubDirectories::Ignored);
        for _ in 0..20 {
            let new = elsewhere.path().join("new");
            fs::write(&new, "new").unwrap();
            fs::rename(&new, &file).unwrap();
            wait_for(&watcher, &file);
        }
    }
}

#[test]
fn removal_of_a_file_is_told() {
    for mode in MODES {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("tip");
        fs::write(&file, "old").unwrap();
        let watcher = start(directory.path(), mode, SubDirectories::Ignored);
        fs::remove_file(&file).unwrap();
        wait_for(&watcher, &file);
    }
}

#[test]
fn directory_that_is_deleted_and_made_again_is_still_watched() {
    for mode in MODES {
        let parent = TempDir::new().unwrap();
        let directory = parent.path().join("refs");
        fs::create_dir(&directory).unwrap();
        let watcher = start(&directory, mode, SubDirectories::Ignored);
        for round in 0..10 {
            fs::remove_dir_all(&directory).unwrap();
            // With and without the watcher noticing the gap.
            if round % 2 == 0 {
                wait_for(&watcher, &directory);
            }
            fs::create_dir(&directory).unwrap();
            let first = directory.join(format!("first-{round}"));
            fs::write(&first, "1").unwrap();
            wait_for(&watcher, &first);
            let second = directory.join(format!("second-{round}"));
            fs::write(&second, "2").unwrap();
            wait_for(&watcher, &second);
        }
        assert_eq!(watcher.mode(), mode);
    }
}

#[test]
fn directory_whose_parent_is_swapped_is_still_watched() {
    for mode in MODES {
        let top = TempDir::new().unwrap();
        let parent = top.path().join("parent");
        let directory = parent.join("refs");
        fs::create_dir_all(&directory).unwrap();
        let watcher = start(&directory, mode, SubDirectories::Ignored);
        fs::rename(&parent, top.path().join("old")).unwrap();
        fs::create_dir_all(&directory).unwrap();
        let file = directory.join("file");
        fs::write(&file, "1").unwrap();
        wait_for(&watcher, &file);
        fs::remove_file(&file).unwrap();
        wait_for(&watcher, &file);
    }
}

#[test]
fn directory_that_does_not_exist_yet_is_watched_once_it_does() {
    for mode in MODES {
        let parent = TempDir::new().unwrap();
        let directory = parent.path().join("a").join("b");
        let watcher = start(&directory, mode, SubDirectories::Watched);
        let file = directory.join("c").join("file");
        fs::create_dir_all(directory.join("c")).unwrap();
        fs::write(&file, "1").unwrap();
        wait_for(&watcher, &file);
        assert_eq!(watcher.mode(), mode);
    }
}

#[test]
fn file_made_right_after_its_directory_is_told() {
    for mode in MODES {
        let directory = TempDir::new().unwrap();
        let watcher = start(directory.path(), mode, SubDirectories::Watched);
        for round in 0..5 {
            let inside = directory.path().join(format!("new-{round}"));
            fs::create_dir(&inside).unwrap();
            let first = inside.join("first");
            fs::write(&first, "1").unwrap();
            wait_for(&watcher, &first);
            let second = inside.join("second");
            fs::write(&second, "2").unwrap();
            wait_for(&watcher, &second);
        }
    }
}

#[test]
fn sub_directory_that_is_made_again_or_moved_in_is_still_watched() {
    for mode in MODES {
        let directory = TempDir::new().unwrap();
        let elsewhere = TempDir::new().unwrap();
        let inside = directory.path().join("sub");
        fs::create_dir(&inside).unwrap();
        let watcher = start(directory.path(), mode, SubDirectories::Watched);
        for round in 0..10 {
            let file = inside.join(format!("file-{round}"));
            if round % 2 == 0 {
                fs::remove_dir_all(&inside).unwrap();
                fs::create_dir(&inside).unwrap();
                fs::write(&file, "1").unwrap();
            } else {
                fs::rename(&inside, elsewhere.path().join(round.to_string())).unwrap();
                let new = elsewhere.path().join("new");
                fs::create_dir(&new).unwrap();
                fs::write(new.join(format!("file-{round}")), "1").unwrap();
                fs::rename(&new, &inside).unwrap();
            }
            wait_for(&watcher, &file);
            fs::write(&file, "22").unwrap();
            wait_for(&watcher, &file);
        }
    }
}

#[test]
fn sub_directories_are_watched_only_if_asked() {
    for mode in MODES {
        let directory = TempDir::new().unwrap();
        let inside = directory.path().join("sub");
        fs::create_dir(&inside).unwrap();
        let watcher = start(directory.path(), mode, SubDirectories::Ignored);
        let (hidden, last) = (inside.join("hidden"), directory.path().join("last"));
        fs::write(&hidden, "1").unwrap();
        fs::write(&last, "1").unwrap();
        assert!(!wait_for(&watcher, &last).contains(&hidden));
    }
}

#[test]
fn more_directories_than_native_watches_are_polled_and_it_says_so() {
    let parent = TempDir::new().unwrap();
    let directories: Vec<PathBuf> = (0..20).map(|index| parent.path().join(format!("{index:02}"))).collect();
    directories.iter().for_each(|directory| fs::create_dir(directory).unwrap());
    let few = Watcher::start(&directories[..16], options(WatchMode::Native, SubDirectories::Ignored)).unwrap();
    assert_eq!(few.mode(), WatchMode::Native);
    let watcher = Watcher::start(&directories, options(WatchMode::Native, SubDirectories::Ignored)).unwrap();
    assert_eq!(watcher.mode(), WatchMode::Poll);
    for directory in &directories {
        let file = directory.join("file");
        fs::write(&file, "1").unwrap();
        wait_for(&watcher, &file);
    }
}

#[test]
fn without_any_native_watch_everything_is_polled() {
    let directory = TempDir::new().unwrap();
    let roots = [directory.path().to_owned()];
    let watcher = Watcher::start_within(&roots, options(WatchMode::Native, SubDirectories::Ignored), 0).unwrap();
    assert_eq!(watcher.mode(), WatchMode::Poll);
    let file = directory.path().join("file");
    fs::write(&file, "1").unwrap();
    wait_for(&watcher, &file);
}

#[cfg(unix)]
#[test]
fn one_directory_under_two_names_is_told_under_both() {
    let parent = TempDir::new().unwrap();
    let (real, alias) = (parent.path().join("real"), parent.path().join("alias"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &alias).unwrap();
    let roots = [real.clone(), alias.clone()];
    let watcher = Watcher::start(&roots, options(WatchMode::Native, SubDirectories::Ignored)).unwrap();
    fs::write(real.join("file"), "1").unwrap();
    let mut named = wait_for(&watcher, &real.join("file"));
    if !named.contains(&alias.join("file")) {
        named = wait_for(&watcher, &alias.join("file"));
    }
    assert!(named.contains(&alias.join("file")));
}

#[test]
fn our_own_reading_is_no_event() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "1").unwrap();
    let watcher = start(directory.path(), WatchMode::Native, SubDirectories::Watched);
    for _ in 0..100 {
        fs::read(&file).unwrap();
        fs::read_dir(directory.path()).unwrap().for_each(drop);
    }
    let last = directory.path().join("last");
    fs::write(&last, "1").unwrap();
    assert_eq!(wait_for(&watcher, &last), BTreeSet::from([last]));
}

#[test]
fn quiet_directory_gives_no_hint() {
    for mode in MODES {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("file"), "1").unwrap();
        let watcher = start(directory.path(), mode, SubDirectories::Watched);
        assert_eq!(watcher.next(Duration::from_millis(100)).unwrap(), None);
    }
}

#[test]
fn file_or_relative_path_is_refused_and_a_directory_is_not() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "1").unwrap();
    let start = |path: &Path| {
        Watcher::start(&[path.to_owned()], options(WatchMode::Native, SubDirectories::Ignored)).map(|_| ())
    };
    assert!(matches!(start(&file), Err(WatchError::NotADirectory { .. })));
    assert!(matches!(start(Path::new("refs")), Err(WatchError::NotAbsolute { .. })));
    start(directory.path()).unwrap();
}

#[test]
fn attended_directories_are_hinted_at_and_bounded() {
    let directory = TempDir::new().unwrap();
    let [root, one, two] = ["root", "one", "two"].map(|name| directory.path().join(name));
    for path in [&root, &one, &two] {
        fs::create_dir(path).unwrap();
    }
    let watcher = start(&root, WatchMode::Native, SubDirectories::Ignored);
    assert_eq!(watcher.attend(&[one.clone(), two.clone()], 1), Attention::Limited);
    assert_eq!(watcher.attend(&[one.clone(), two.clone()], 2), Attention::Full);
    assert_eq!(watcher.attend(&[one.clone(), directory.path().join("gone")], 2), Attention::Full);
    for path in [&one, &two, &root] {
        fs::write(path.join("file"), "1").unwrap();
        wait_for(&watcher, &path.join("file"));
    }
    // One that went and came back is attended anew by whoever is told of it.
    fs::remove_dir_all(&two).unwrap();
    wait_for(&watcher, &two);
    fs::create_dir(&two).unwrap();
    assert_eq!(watcher.attend(std::slice::from_ref(&two), 2), Attention::Full);
    fs::write(two.join("again"), "1").unwrap();
    wait_for(&watcher, &two.join("again"));
    watcher.leave(directory.path());
    assert_eq!(watcher.attend(std::slice::from_ref(&two), 1), Attention::Full, "there is room again");
    let polling = start(&root, WatchMode::Poll, SubDirectories::Ignored);
    assert_eq!(polling.attend(&[one], 9), Attention::Limited);
}
