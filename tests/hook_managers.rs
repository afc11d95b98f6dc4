//! Real git and real hook managers: theirs and ours both run, either may refuse, and nothing of ours is left behind.
//!
//! The managers come from their registries, once, into `COORD_TEST_TOOLS` or the build directory. Where they cannot be had
//! that is said, and nothing is tested with them, unless `COORD_REQUIRE_HOOK_MANAGERS` is set.

#![allow(clippy::unwrap_used, reason = "what cannot be done fails the test")]

use git_coord::ops::hook_files;
use git_coord::ops::hook_files::HookName;
use git_coord::ops::hook_files::HookState;
use git_coord::ops::hook_files::HookTool;
use git_coord::ops::hook_files::InstallRequest;
use std::fs;
use std::os::unix::fs::symlink;

#[path = "hook_managers/managers.rs"]
pub(crate) mod managers;
#[path = "hook_managers/newcomer.rs"]
mod newcomer;
#[path = "hook_managers/sandbox.rs"]
mod sandbox;

use sandbox::Sandbox;

impl Sandbox {
    /// Both are asked, with the same input; each alone can refuse; afterwards all is as before.
    fn check_client(&self, install: impl Fn(&Self)) {
        let before = self.listing();
        install(self);
        self.check_both_run("work", "main");
        self.git("work", &["worktree", "add", "--quiet", "../linked"]);
        self.install_in("linked");
        assert_eq!(self.state_in("linked", HookName::PrePush), HookState::Installed);
        self.check_both_run("linked", "linked");
        self.check_each_refuses();
        self.git("work", &["worktree", "remove", "--force", "../linked"]);
        self.uninstall();
        assert_eq!(self.listing(), before);
        self.take_log();
        self.commit("work");
        let log = self.take_log();
        assert!(log.contains("theirs pre-commit()") && !log.contains("ours"), "{log}");
    }

    fn check_both_run(&self, directory: &str, branch: &str) {
        self.take_log();
        let (is_done, text) = self.commit(directory);
        assert!(is_done, "{text}");
        let log = self.take_log();
        assert!(log.matches("ours pre-commit()").count() == 1 && log.contains("theirs pre-commit()"), "{log}\n{text}");
        assert!(log.contains("ours prepare-commit-msg(") && log.contains("COMMIT_EDITMSG message)"), "{log}\n{text}");
        let (is_done, text) = self.push(directory, branch);
        assert!(is_done, "{text}");
        let head = self.git(directory, &["rev-parse", "HEAD"]);
        let log = self.take_log();
        let url = self.path("server.git");
        let call = format!("ours pre-push(origin {}) HEAD {} refs/heads/{branch} ", url.display(), head.trim());
        assert_eq!(log.matches(&call).count(), 1, "{log}\n{call}\n{text}");
        let theirs = log.lines().find(|line| line.starts_with("theirs pre-push"));
        assert!(theirs.is_some_and(|line| line.contains(&format!("refs/heads/{branch}"))), "{log}\n{text}");
        assert_eq!(fs::read_dir(self.path("tmp")).unwrap().count(), 0, "a copy of the input was left behind");
    }

    fn check_each_refuses(&self) {
        for who in ["ours", "theirs"] {
            self.refuse(who, HookName::PreCommit);
            assert!(!self.commit("work").0, "{who}");
            self.allow(who, HookName::PreCommit);
            assert!(self.commit("work").0, "{who}");
            self.refuse(who, HookName::PrePush);
            assert!(!self.push("work", "main").0, "{who}");
            self.allow(who, HookName::PrePush);
            assert!(self.push("work", "main").0, "{who}");
        }
    }
}

#[test]
fn plain_scripts_keep_running() {
    let sandbox = Sandbox::new();
    sandbox.script("work/.git/hooks/pre-commit", "#!/bin/sh -eu\n\"$THEIRS\" pre-commit \"$@\"\n");
    sandbox.script("work/.git/hooks/pre-push", "exec \"$THEIRS\" pre-push \"$@\"");
    sandbox.check_client(|sandbox| assert!(sandbox.install().needs_manual.is_empty()));
}

#[test]
fn links_and_other_languages_keep_running_under_their_own_name() {
    let sandbox = Sandbox::new();
    let dispatcher = "#!/bin/bash\n[[ $0 == */hooks/pre-commit ]] && exec \"$THEIRS\" \"${0##*/}\" \"$@\"\nexit 9\n";
    sandbox.script("work/tools/dispatch", dispatcher);
    symlink("../../tools/dispatch", sandbox.path("work/.git/hooks/pre-commit")).unwrap();
    let python = "#!/usr/bin/env python3\nimport os, sys\nt = os.environ['THEIRS']\nos.execv(t, [t, 'pre-push'] + sys.argv[1:])\n";
    sandbox.script("work/.git/hooks/pre-push", python);
    sandbox.file("work/.git/hooks/pre-merge-commit", "#!/bin/sh\nexit 1\n");
    sandbox.check_client(|sandbox| assert!(sandbox.install().needs_manual.is_empty()));
}

#[test]
fn disabled_hook_stays_disabled() {
    let sandbox = Sandbox::new();
    sandbox.file("work/.git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    assert!(sandbox.commit("work").0);
    sandbox.install();
    let (is_done, text) = sandbox.commit("work");
    assert!(is_done, "{text}");
    assert!(sandbox.take_log().contains("ours pre-commit()"));
}

#[test]
fn missing_program_is_told_and_the_other_hook_still_decides() {
    let sandbox = Sandbox::new();
    sandbox.script("work/.git/hooks/pre-push", "#!/bin/sh\n\"$THEIRS\" pre-push \"$@\"\n");
    sandbox.install();
    fs::rename(sandbox.path("bin/git-coord"), sandbox.path("away")).unwrap();
    let (is_done, text) = sandbox.commit("work");
    assert!(is_done && text.contains("git-coord is MISSING: its pre-commit check is skipped"), "{text}");
    assert!(sandbox.push("work", "main").0);
    assert!(sandbox.take_log().contains(" refs/heads/main "), "the input was lost");
    sandbox.refuse("theirs", HookName::PrePush);
    sandbox.commit("work");
    assert!(!sandbox.push("work", "main").0);
}

#[test]
fn program_on_the_path_stands_in_for_one_that_moved() {
    let sandbox = Sandbox::new();
    let request = InstallRequest { binary: sandbox.path("old/git-coord"), ..sandbox.request() };
    hook_files::apply(&hook_files::plan(&request).unwrap()).unwrap();
    assert!(sandbox.commit("work").0);
    assert!(sandbox.take_log().contains("ours pre-commit()"));
    assert_eq!(sandbox.state(HookName::PreCommit), HookState::Outdated);
}

#[test]
fn husky() {
    if managers::of_npm().is_none() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.tool("husky", &[]);
    sandbox.file("work/.husky/pre-commit", "\"$THEIRS\" pre-commit \"$@\"\n");
    sandbox.file("work/.husky/pre-push", "#!/usr/bin/env sh\n\"$THEIRS\" pre-push \"$@\"");
    // A linked work tree has what is tracked, and husky's own files once husky ran there.
    sandbox.script("work/.git/hooks/post-checkout", "#!/bin/sh\n");
    sandbox.check_client(|sandbox| {
        assert_eq!(sandbox.install().tool, HookTool::Husky);
        // What husky ignores has to be in linked work trees too, as after `npm install` there.
        fs::write(sandbox.path("work/.husky/_/.gitignore"), "").unwrap();
        sandbox.git("work", &["-c", "core.hooksPath=/dev/null", "add", ".husky"]);
        sandbox.git("work", &["-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--message", "husky"]);
        fs::write(sandbox.path("work/.husky/_/.gitignore"), "*").unwrap();
        sandbox.tool("husky", &[]);
    });
}

#[test]
fn lefthook() {
    if managers::of_npm().is_none() {
        return;
    }
    let sandbox = Sandbox::new();
    let job = |hook: &str| {
        format!("{hook}:\n  jobs:\n    - run: '\"$THEIRS\" {hook}'\n      use_stdin: {}\n", hook == "pre-push")
    };
    sandbox.file("work/lefthook.yml", &(job("pre-commit") + &job("pre-push")));
    sandbox.git("work", &["add", "lefthook.yml"]);
    sandbox.git("work", &["commit", "--quiet", "--message", "lefthook"]);
    sandbox.tool("lefthook", &["install"]);
    sandbox.check_client(|sandbox| {
        let plan = sandbox.install();
        assert_eq!((plan.tool, plan.needs_manual.len()), (HookTool::Lefthook, 0));
        sandbox.tool("lefthook", &["install", "--force"]);
        assert_eq!(sandbox.state(HookName::PrePush), HookState::Installed);
        // Its local file is in one work tree: another is asked only once it is installed there too.
        sandbox.git("work", &["worktree", "add", "--quiet", "../other"]);
        assert_eq!(sandbox.state_in("other", HookName::PrePush), HookState::Missing);
        sandbox.git("work", &["worktree", "remove", "../other"]);
    });
}

#[test]
fn pre_commit_and_prek_that_were_there_first() {
    if managers::of_pip().is_none() {
        return;
    }
    for tool in ["pre-commit", "prek"] {
        let sandbox = Sandbox::new();
        configure_pre_commit(&sandbox);
        sandbox.tool(tool, &["install"]);
        sandbox.check_client(|sandbox| assert_eq!(sandbox.install().tool, HookTool::PreCommit));
    }
}

#[test]
fn pre_commit_and_prek_that_come_later() {
    if managers::of_pip().is_none() {
        return;
    }
    for tool in ["pre-commit", "prek"] {
        let sandbox = Sandbox::new();
        configure_pre_commit(&sandbox);
        sandbox.tool(tool, &["install"]);
        let before = sandbox.listing();
        sandbox.tool(tool, &["uninstall"]);
        sandbox.install();
        sandbox.tool(tool, &["install"]);
        assert_eq!(sandbox.state(HookName::PrePush), HookState::Installed);
        assert!(hook_files::plan(&sandbox.request()).unwrap().is_empty());
        sandbox.check_both_run("work", "main");
        sandbox.check_each_refuses();
        sandbox.uninstall();
        assert_eq!(sandbox.listing(), before);
        sandbox.install();
        sandbox.tool(tool, &["install", "--overwrite"]);
        assert_eq!(sandbox.state(HookName::PrePush), HookState::Missing, "{tool} dropped us, and it is not told");
    }
}

fn configure_pre_commit(sandbox: &Sandbox) {
    let hook = |name: &str| {
        let stages = format!("stages: [{name}], language: system, always_run: true, pass_filenames: false");
        format!(
            "  - {{id: {name}, name: x, entry: sh -c 'echo $PRE_COMMIT_REMOTE_BRANCH | \"$THEIRS\" {name}', {stages}}}\n"
        )
    };
    let head = "default_install_hook_types: [pre-commit, pre-push]\nrepos:\n- repo: local\n  hooks:\n";
    sandbox.file("work/.pre-commit-config.yaml", &(head.to_owned() + &hook("pre-commit") + &hook("pre-push")));
    sandbox.git("work", &["add", "."]);
    sandbox.git("work", &["commit", "--quiet", "--message", "configuration"]);
}

#[test]
fn simple_git_hooks_runs_the_lines_that_a_person_adds() {
    if managers::of_npm().is_none() {
        return;
    }
    let sandbox = Sandbox::new();
    let package =
        |more: &str| format!("{{\"simple-git-hooks\":{{\"pre-commit\":\"\\\"$THEIRS\\\" pre-commit\"{more}}}}}");
    sandbox.file("work/package.json", &package(""));
    sandbox.tool("simple-git-hooks", &[]);
    let before = sandbox.listing();
    let plan = sandbox.install();
    assert_eq!((plan.tool, plan.is_empty()), (HookTool::SimpleGitHooks, true));
    assert_eq!(sandbox.listing(), before);
    let advice = plan.needs_manual.last().unwrap();
    let line = advice.split_once("`simple-git-hooks`: ").unwrap().1;
    sandbox.file("work/package.json", &package(&format!(",{line}")));
    sandbox.tool("simple-git-hooks", &[]);
    assert_eq!(sandbox.state(HookName::PrePush), HookState::Installed);
    assert_eq!(sandbox.state(HookName::PreMergeCommit), HookState::Missing);
    sandbox.refuse("ours", HookName::PrePush);
    sandbox.commit("work");
    assert!(!sandbox.push("work", "main").0);
    let log = sandbox.take_log();
    assert!(log.contains("theirs pre-commit()") && log.contains("ours pre-push(origin "), "{log}");
}

#[test]
fn inherited_hooks_path_is_not_written() {
    let sandbox = Sandbox::new();
    let global = sandbox.path("home/hooks");
    fs::create_dir(&global).unwrap();
    sandbox.git("work", &["config", "--global", "core.hooksPath", global.to_str().unwrap()]);
    let plan = sandbox.install();
    assert!(plan.is_empty() && plan.needs_manual.len() == 4);
    assert_eq!(fs::read_dir(&global).unwrap().count(), 0);
}

#[test]
fn tracked_hooks_path_has_both() {
    let sandbox = Sandbox::new();
    sandbox.git("work", &["config", "core.hooksPath", ".githooks"]);
    sandbox.script("work/.githooks/pre-commit", "#!/bin/sh\n\"$THEIRS\" pre-commit \"$@\"\n");
    sandbox.script("work/.githooks/pre-push", "#!/bin/sh\n\"$THEIRS\" pre-push \"$@\"\n");
    sandbox.check_client(|sandbox| {
        sandbox.install();
        sandbox.git("work", &["add", "."]);
        sandbox.git("work", &["commit", "--quiet", "--message", "hooks"]);
    });
}

#[test]
fn server_asks_both_and_either_refuses() {
    let sandbox = Sandbox::server();
    sandbox.script("server.git/hooks/pre-receive", "#!/bin/sh\n\"$THEIRS\" pre-receive\n");
    sandbox.script(
        "server.git/hooks/post-receive",
        "#!/usr/bin/env python3\nimport os\nt = os.environ['THEIRS']\nos.execv(t, [t, 'post-receive'])\n",
    );
    let before = sandbox.listing();
    assert!(sandbox.install().needs_manual.is_empty());
    sandbox.commit("work");
    let head = sandbox.git("work", &["rev-parse", "HEAD"]);
    assert!(sandbox.push("work", "main").0);
    let log = sandbox.take_log();
    for call in ["ours pre-receive()", "theirs pre-receive()", "ours post-receive()", "theirs post-receive()"] {
        let line = log.lines().find(|line| line.starts_with(call)).unwrap_or_else(|| panic!("no {call} in {log}"));
        assert!(line.ends_with(&format!(" {} refs/heads/main", head.trim())), "{line}");
    }
    // Nobody is asked where nothing can be refused any more.
    assert!(log.contains("ours reference-transaction(prepared)") && !log.contains("(committed)"), "{log}");
    for who in ["ours", "theirs"] {
        sandbox.commit("work");
        sandbox.refuse(who, HookName::PreReceive);
        assert!(!sandbox.push("work", "main").0, "{who}");
        sandbox.allow(who, HookName::PreReceive);
        assert!(sandbox.push("work", "main").0, "{who}");
    }
    sandbox.uninstall();
    assert_eq!(sandbox.listing(), before);
}

#[test]
fn server_without_the_program_refuses() {
    let sandbox = Sandbox::server();
    sandbox.install();
    sandbox.commit("work");
    assert!(sandbox.push("work", "main").0);
    sandbox.commit("work");
    fs::rename(sandbox.path("bin/git-coord"), sandbox.path("away")).unwrap();
    let (is_done, text) = sandbox.push("work", "main");
    assert!(!is_done && text.contains("refused: git-coord is missing on this server"), "{text}");
}
