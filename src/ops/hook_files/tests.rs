//! Plans on directories of files; what git and the tools make of them is shown in `tests/hook_managers.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;

use proptest::prelude::ProptestConfig;
use proptest::prelude::any;
use proptest::proptest;
use tempfile::TempDir;

use super::*;

const CLIENT_HOOKS: [HookName; 4] =
    [HookName::PreCommit, HookName::PrepareCommitMsg, HookName::PreMergeCommit, HookName::PrePush];

struct Repository {
    directory: TempDir,
    request: InstallRequest,
}

impl Repository {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let root = directory.path().to_owned();
        fs::create_dir_all(root.join(".git/hooks")).unwrap();
        let request = InstallRequest {
            hooks: CLIENT_HOOKS.to_vec(),
            hooks_dir: root.join(".git/hooks"),
            hooks_path: None,
            work_tree: Some(root),
            binary: "/opt/coord/git-coord".into(),
            side: Side::Client,
        };
        Self { directory, request }
    }

    fn with_hooks_path(value: &str, origin: HooksPathOrigin) -> Self {
        let mut repository = Self::new();
        let base = repository.directory.path().to_owned();
        repository.request.hooks_path = Some(HooksPath { value: value.to_owned(), base, origin });
        repository
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn file(&self, name: &str, content: &[u8], mode: u32) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn install(&self) -> Plan {
        let plan = plan(&self.request).unwrap();
        apply(&plan).unwrap();
        plan
    }

    fn state(&self, hook: HookName) -> HookState {
        status(&self.request).unwrap().into_iter().find(|status| status.hook == hook).unwrap().state
    }

    fn listing(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut listing = BTreeMap::new();
        list(self.directory.path(), &mut listing);
        listing
    }

    /// Installs twice, removes, and expects what there was.
    fn check_round_trip(&self) {
        let before = self.listing();
        self.install();
        assert!(plan(&self.request).unwrap().is_empty(), "a second installation changes something");
        apply(&uninstall(&self.request).unwrap()).unwrap();
        assert_eq!(self.listing(), before);
        assert!(uninstall(&self.request).unwrap().is_empty());
    }
}

fn list(directory: &Path, listing: &mut BTreeMap<PathBuf, (u32, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let found = fs::symlink_metadata(&path).unwrap();
        if found.is_dir() {
            list(&path, listing);
        } else if found.is_symlink() {
            listing.insert(path.clone(), (0, fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()));
        } else {
            listing.insert(path.clone(), (found.permissions().mode(), fs::read(&path).unwrap()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_former_file_comes_back(content in any::<Vec<u8>>(), has_shebang in any::<bool>(), mode in 0o400..0o777_u32) {
        let repository = Repository::new();
        let start: &[u8] = if has_shebang { b"#!/bin/sh\n" } else { b"" };
        repository.file(".git/hooks/pre-push", &[start, &content].concat(), mode | 0o600);
        repository.check_round_trip();
    }
}

#[test]
fn files_that_were_not_there_are_made_and_removed() {
    let repository = Repository::new();
    repository.check_round_trip();
    repository.install();
    let text = repository.text(".git/hooks/pre-push");
    assert!(text.starts_with("#!/bin/sh\n"));
    assert!(text.contains("git_coord='/opt/coord/git-coord'"));
    assert!(CLIENT_HOOKS.into_iter().all(|hook| repository.state(hook) == HookState::Installed));
}

#[test]
fn script_keeps_its_place_and_other_things_are_kept_aside() {
    let repository = Repository::new();
    repository.file("tools/hook.sh", b"#!/bin/bash -e\nexit 0\n", 0o755);
    symlink("../../tools/hook.sh", repository.path(".git/hooks/prepare-commit-msg")).unwrap();
    repository.file(".git/hooks/pre-commit", b"#!/usr/bin/env bash\nexit 0", 0o750);
    repository.file(".git/hooks/pre-merge-commit", b"#!/bin/sh\nexit 1\n", 0o644);
    repository.file(".git/hooks/pre-push", b"#!/usr/bin/env python3\n", 0o755);
    repository.check_round_trip();
    let before = repository.text("tools/hook.sh");
    repository.install();
    assert_eq!(repository.text("tools/hook.sh"), before, "written through a link");
    assert!(repository.text(".git/hooks/pre-commit").starts_with("#!/usr/bin/env bash\n# >>>"));
    assert!(!repository.text(".git/hooks/pre-merge-commit").contains("${0%/*}"), "a disabled hook would run");
    assert!(repository.text(".git/hooks/pre-push").contains("\"${0%/*}/pre-push.coord-saved\" \"$@\" || exit $?"));
    let sourced = repository.text(".git/hooks/prepare-commit-msg");
    assert!(
        sourced.starts_with("#!/bin/bash -e\n") && sourced.contains("\n. \"${0%/*}/prepare-commit-msg.coord-saved\"\n")
    );
}

#[test]
fn dangling_link_comes_back() {
    let repository = Repository::new();
    symlink("nowhere", repository.path(".git/hooks/pre-push")).unwrap();
    repository.check_round_trip();
}

#[test]
fn deleted_shim_is_made_again_and_still_runs_what_was_kept() {
    let repository = Repository::new();
    repository.file(".git/hooks/pre-push", b"#!/usr/bin/perl\n", 0o755);
    let before = repository.listing();
    repository.install();
    let installed = repository.listing();
    fs::remove_file(repository.path(".git/hooks/pre-push")).unwrap();
    repository.install();
    assert_eq!(repository.listing(), installed);
    apply(&uninstall(&repository.request).unwrap()).unwrap();
    assert_eq!(repository.listing(), before);
}

#[test]
fn second_foreign_hook_does_not_push_the_first_out() {
    let repository = Repository::new();
    repository.file(".git/hooks/pre-push", b"#!/usr/bin/perl\n", 0o755);
    repository.install();
    repository.file(".git/hooks/pre-push", b"#!/usr/bin/ruby\n", 0o755);
    let plan = plan(&repository.request).unwrap();
    assert!(plan.is_empty() && plan.needs_manual.len() == 1);
}

#[test]
fn lines_that_somebody_added_survive_the_removal() {
    let repository = Repository::new();
    repository.install();
    let text = repository.text(".git/hooks/pre-push") + "echo mine\n";
    repository.file(".git/hooks/pre-push", text.as_bytes(), 0o755);
    apply(&uninstall(&repository.request).unwrap()).unwrap();
    assert_eq!(repository.text(".git/hooks/pre-push"), "#!/bin/sh\necho mine\n");
}

#[test]
fn old_lines_are_outdated_and_replaced() {
    let mut repository = Repository::new();
    repository.install();
    repository.request.binary = "/usr/bin/git-coord".into();
    assert_eq!(repository.state(HookName::PrePush), HookState::Outdated);
    repository.install();
    assert_eq!(repository.state(HookName::PrePush), HookState::Installed);
    assert_eq!(repository.text(".git/hooks/pre-push").matches(">>> git-coord >>>").count(), 1);
}

#[test]
fn file_that_git_passes_over_is_told() {
    let repository = Repository::new();
    repository.install();
    let text = repository.text(".git/hooks/pre-push");
    repository.file(".git/hooks/pre-push", text.as_bytes(), 0o644);
    assert_eq!(repository.state(HookName::PrePush), HookState::NotExecutable);
    repository.install();
    assert_eq!(repository.state(HookName::PrePush), HookState::Installed);
}

#[test]
fn disabled_script_with_our_lines_is_not_switched_on() {
    let repository = Repository::new();
    repository.file(".git/hooks/pre-push", b"#!/bin/sh\nexit 1\n", 0o755);
    repository.install();
    let text = repository.text(".git/hooks/pre-push");
    repository.file(".git/hooks/pre-push", text.as_bytes(), 0o644);
    let plan = repository.install();
    assert_eq!(plan.needs_manual.len(), 1);
    assert_eq!(repository.state(HookName::PrePush), HookState::NotExecutable);
}

#[test]
fn lines_are_shadowed_once_hooks_are_looked_for_elsewhere() {
    let mut repository = Repository::new();
    repository.install();
    repository.request.hooks_path = Some(HooksPath {
        value: ".husky/_".to_owned(),
        base: repository.path(""),
        origin: HooksPathOrigin::Repository,
    });
    assert_eq!(repository.state(HookName::PrePush), HookState::Shadowed);
    let plan = repository.install();
    let [advice] = plan.needs_manual.as_slice() else { panic!("one sentence: {:?}", plan.needs_manual) };
    assert!(advice.contains("npx husky") && advice.contains("pre-push"), "{advice}");
    assert_eq!(repository.state(HookName::PrePush), HookState::Shadowed, "husky has not run in this work tree");
    repository.file(".husky/_/pre-push", b"", 0o755);
    assert_eq!(repository.state(HookName::PrePush), HookState::Installed);
    apply(&uninstall(&repository.request).unwrap()).unwrap();
    assert_eq!(repository.listing().into_keys().collect::<Vec<_>>(), [repository.path(".husky/_/pre-push")]);
}

#[test]
fn directory_in_the_work_tree_gets_no_path_of_this_machine() {
    for value in [".githooks", ".husky/_", ".husky"] {
        let repository = Repository::with_hooks_path(value, HooksPathOrigin::Repository);
        repository.file(".githooks/pre-push", b"#!/bin/sh\nexit 0\n", 0o755);
        repository.check_round_trip();
        repository.install();
        for (path, (_, content)) in repository.listing() {
            assert!(!String::from_utf8_lossy(&content).contains("/opt/coord"), "{}", path.display());
            assert!(!path.starts_with(repository.path(".git/hooks")), "{}", path.display());
        }
    }
}

#[test]
fn foreign_directory_is_never_written() {
    let elsewhere = TempDir::new().unwrap();
    let absolute = elsewhere.path().to_str().unwrap();
    let cases = [
        (".githooks", HooksPathOrigin::Inherited),
        (absolute, HooksPathOrigin::Inherited),
        (absolute, HooksPathOrigin::Repository),
        ("../hooks", HooksPathOrigin::Repository),
        ("missing/../../hooks", HooksPathOrigin::Repository),
        ("~/hooks", HooksPathOrigin::Repository),
        ("/dev/null", HooksPathOrigin::Repository),
        ("", HooksPathOrigin::Repository),
    ];
    for (value, origin) in cases {
        let repository = Repository::with_hooks_path(value, origin);
        let plan = repository.install();
        assert!(plan.is_empty() && plan.needs_manual.len() == 4, "{value}");
        assert_eq!(repository.state(HookName::PrePush), HookState::Missing, "{value}");
    }
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn hooks_directory_that_is_a_link_out_of_the_repository_is_not_written() {
    let elsewhere = TempDir::new().unwrap();
    let repository = Repository::new();
    fs::remove_dir(repository.path(".git/hooks")).unwrap();
    symlink(elsewhere.path(), repository.path(".git/hooks")).unwrap();
    assert_eq!(repository.install().needs_manual.len(), 4);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn lines_added_by_hand_count() {
    let repository = Repository::with_hooks_path(".githooks", HooksPathOrigin::Inherited);
    repository.file(".githooks/pre-push", b"#!/bin/sh\ngit-coord hook pre-push \"$@\" || exit $?\n", 0o755);
    assert_eq!(repository.state(HookName::PrePush), HookState::Installed);
    assert_eq!(repository.install().needs_manual.len(), 3);
}

#[test]
fn simple_git_hooks_is_left_to_a_person_but_its_package_alone_is_not() {
    let repository = Repository::new();
    repository.file("package.json", br#"{"devDependencies": {"simple-git-hooks": "^2"}}"#, 0o644);
    assert!(repository.install().needs_manual.is_empty());
    let repository = Repository::new();
    repository.file("package.json", br#"{"simple-git-hooks" : { "pre-commit": "true" }}"#, 0o644);
    let plan = repository.install();
    assert_eq!(plan.tool, HookTool::SimpleGitHooks);
    assert!(plan.is_empty() && plan.needs_manual[3].contains(r#""pre-push": "git-coord hook pre-push \"$@\"""#));
}

#[test]
fn lefthook_is_asked_in_its_local_file_and_only_where_it_rules() {
    for (name, content, local) in [
        ("lefthook.yml", "pre-push:\n  jobs:\n    - run: true\n", "lefthook-local.yml"),
        (".lefthook.toml", "[pre-push.commands.x]\nrun = \"true\"\n", ".lefthook-local.yml"),
        (".config/lefthook.json", "{\"pre-push\": {}}", ".config/lefthook-local.yml"),
    ] {
        let repository = Repository::new();
        repository.file(name, content.as_bytes(), 0o644);
        repository.check_round_trip();
        let plan = repository.install();
        assert_eq!(plan.tool, HookTool::Lefthook);
        assert!(plan.needs_manual[0].contains("lefthook install"));
        assert!(repository.text(local).contains("\npre-push:\n"));
        assert!(!repository.text(local).contains("pre-commit"));
        assert!(!repository.path(".git/hooks/pre-push").exists() && repository.path(".git/hooks/pre-commit").exists());
        assert_eq!(repository.state(HookName::PrePush), HookState::Installed);
    }
}

#[test]
fn lefthook_local_file_of_somebody_keeps_its_lines() {
    let repository = Repository::new();
    repository.file("lefthook.yml", b"pre-push:\npre-commit:\n", 0o644);
    repository.file("lefthook-local.yml", b"pre-commit:\n  skip: true", 0o600);
    repository.check_round_trip();
    let plan = repository.install();
    assert!(plan.needs_manual[0].starts_with("Add to `") && plan.needs_manual[0].contains("\npre-commit:\n"));
    assert!(repository.text("lefthook-local.yml").starts_with("pre-commit:\n  skip: true\n# >>>"));
    assert_eq!(repository.state(HookName::PreCommit), HookState::Missing);
    assert_eq!(repository.state(HookName::PrePush), HookState::Installed);
}

#[test]
fn hooks_of_the_other_side_are_refused() {
    let mut repository = Repository::new();
    repository.request.side = Side::Server;
    assert!(matches!(plan(&repository.request), Err(HookFileError::WrongSide { hook: HookName::PreCommit, .. })));
    repository.request.hooks = vec![HookName::PreReceive, HookName::ReferenceTransaction, HookName::PostReceive];
    repository.check_round_trip();
}

#[test]
fn program_that_no_script_can_name_is_refused() {
    let mut repository = Repository::new();
    for path in ["git-coord", "/opt/a\nb"] {
        repository.request.binary = path.into();
        assert!(matches!(plan(&repository.request), Err(HookFileError::BinaryPath { .. })));
    }
    repository.request.binary = "/opt/it's $(here)/git-coord".into();
    repository.install();
    assert!(repository.text(".git/hooks/pre-push").contains(r"git_coord='/opt/it'\''s $(here)/git-coord'"));
}

#[test]
fn file_that_changed_after_the_plan_stops_all_of_it() {
    let repository = Repository::new();
    let plan = plan(&repository.request).unwrap();
    repository.file(".git/hooks/pre-push", b"#!/bin/sh\n", 0o755);
    let before = repository.listing();
    assert!(matches!(apply(&plan), Err(HookFileError::Changed { .. })));
    assert_eq!(repository.listing(), before);
}

#[test]
fn driver_of_gitolite_is_left_alone_and_asks_whom_it_finds() {
    let mut repository = Repository::new();
    (repository.request.hooks, repository.request.side) = (vec![HookName::PreReceive], Side::Server);
    repository.file("driver", b"#!/bin/sh\nfor h in $0.*; do\n    $h\ndone\n", 0o755);
    symlink(repository.path("driver"), repository.path(".git/hooks/pre-receive")).unwrap();
    let before = repository.listing();
    let advice = repository.install().needs_manual;
    assert!(advice[0].contains("option hook.pre-receive"), "{advice:?}");
    assert_eq!(repository.listing(), before);
    let script = b"#!/bin/sh\nexec git-coord hook pre-receive\n";
    for (mode, state) in [(0o644, HookState::Missing), (0o755, HookState::Installed)] {
        repository.file(".git/hooks/pre-receive.h00-git-coord", script, mode);
        assert_eq!(repository.state(HookName::PreReceive), state);
    }
    assert_eq!(repository.install().needs_manual, Vec::<String>::new());
}
