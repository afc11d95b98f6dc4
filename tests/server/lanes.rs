//! Lanes: whoever signs changes the paths of its role, told apart byte by byte.

use std::fs;
use std::os::unix::fs::symlink;

use git_coord::rules::Code;

use crate::server::cast::STRICT;
use crate::server::stage::Asked;
use crate::server::stage::Stage;

/// Holds everything, so that only the lanes are in question, and asks for what the work tree has.
#[track_caller]
fn asked_for(stage: &Stage, who: &str, claims: &[&str], change: impl FnOnce(&Stage)) -> Asked {
    stage.branch("x");
    let claim = stage.claim(who, claims);
    change(stage);
    stage.commit_all(who, "Change");
    let asked = stage.request(who, "x");
    stage.answer_by_hand("carol", &asked, |_| {});
    stage.said(who, &["release", &claim]);
    asked
}

fn rename(from: &str, to: &str) -> impl FnOnce(&Stage) {
    move |stage| {
        let target = stage.work.join(to);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::rename(stage.work.join(from), target).unwrap();
    }
}

/// LANE-1, with legal twin and control
#[test]
fn both_sides_of_a_rename_lie_in_the_lane() {
    for (from, to) in [("src/a.rs", "lib/a.rs"), ("README.md", "src/readme.md")] {
        let stage = Stage::strict();
        asked_for(&stage, "alice", &[from, to], rename(from, to));
        stage.stock_git_accepts(&["x:main"]);
        stage.refused(&["x:main"], Code::LaneOutside);
    }
    let stage = Stage::strict();
    asked_for(&stage, "alice", &["src/", "docs/"], rename("src/a.rs", "docs/a.rs"));
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// LANE-2, with legal twin and control
#[test]
fn odd_paths_are_told_apart_byte_by_byte() {
    for path in ["lib/\u{fc}.rs", "src\u{a0}/a.rs", "\"src/a.rs", "src\\a.rs", " src/a.rs", "SRCS/a.rs"] {
        let stage = Stage::strict();
        asked_for(&stage, "alice", &["*", "*/**"], |stage| stage.write(path, b"fn a() {}\n"));
        stage.stock_git_accepts(&["x:main"]);
        stage.refused(&["x:main"], Code::LaneOutside);
    }
    let stage = Stage::strict();
    asked_for(&stage, "alice", &["src/"], |stage| {
        for path in ["src/\u{fc}.rs", "src/a\tb.rs", "src/\"quoted\".rs", "src/ .rs", "src/a\nb.rs"] {
            stage.write(path, b"fn a() {}\n");
        }
    });
    stage.accepted(&["x:main"]);
}

/// LANE-3, with legal twin and control
#[test]
fn twins_of_paths_are_refused() {
    let twins = ["src/A.rs", "src/a.RS", "src/a\u{200c}.rs", "docs/GUIDE.md", "docs/Guide.md/page.md"];
    for twin in twins {
        let stage = Stage::strict();
        asked_for(&stage, "alice", &["src/", "docs/"], |stage| stage.write(twin, b"Twin\n"));
        stage.stock_git_accepts(&["x:main"]);
        stage.refused(&["x:main"], Code::LaneCollision);
    }
    let stage = Stage::strict();
    asked_for(&stage, "alice", &["src/"], |stage| stage.write("src/caf\u{e9}.rs", b"fn a() {}\n"));
    stage.land("x");
    asked_for(&stage, "alice", &["src/"], |stage| stage.write("src/cafe\u{301}.rs", b"fn a() {}\n"));
    stage.refused(&["x:main"], Code::LaneCollision);
    // One in the place of the other is a rename.
    asked_for(&stage, "alice", &["src/"], rename("src/caf\u{e9}.rs", "src/cafe\u{301}.rs"));
    stage.accepted(&["x:main"]);
}

/// LANE-4, with legal twin and control
#[test]
fn agents_make_no_symbolic_links() {
    let stage = Stage::strict();
    let link = |stage: &Stage| symlink("../../../etc", stage.work.join("src/out")).unwrap();
    asked_for(&stage, "alice", &["src/"], link);
    stage.stock_git_accepts(&["x:main"]);
    stage.refused(&["x:main"], Code::LaneSymlink);
    // Nor does a file "through" one do anything but stand beside it: git has no such path.
    asked_for(&stage, "nora", &["src/"], |stage| symlink("a.rs", stage.work.join("src/link.rs")).unwrap());
    stage.accepted(&["x:main"]);
}

/// LANE-4, with legal twin and control
#[test]
fn agents_point_no_symbolic_link_elsewhere_and_hide_none_behind_another() {
    let stage = Stage::plain();
    let link = |stage: &Stage, who: &str, target: &str, path: &str| {
        let path = stage.work.join(path);
        fs::remove_file(&path).ok();
        symlink(target, path).unwrap();
        stage.commit_all(who, "Link");
    };
    let ask = |stage: &Stage, who: &str| {
        let asked = stage.request(who, "x");
        stage.approve("carol", &asked);
    };
    stage.branch("x");
    link(&stage, "nora", "guide.md", "docs/a");
    link(&stage, "alice", "/etc/passwd", "docs/z");
    ask(&stage, "alice");
    stage.stock_git_accepts(&["x:main"]);
    stage.refused(&["x:main"], Code::LaneSymlink);
    stage.branch("x");
    link(&stage, "nora", "guide.md", "docs/a");
    ask(&stage, "nora");
    stage.land("x");
    stage.branch("x");
    link(&stage, "alice", "/etc/passwd", "docs/a");
    ask(&stage, "alice");
    stage.stock_git_accepts(&["x:main"]);
    stage.refused(&["x:main"], Code::LaneSymlink);
    stage.branch("x");
    link(&stage, "nora", "../README.md", "docs/a");
    ask(&stage, "nora");
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}

/// LANE-5, with legal twin
#[test]
fn what_runs_by_itself_needs_a_human() {
    for path in
        ["src/.gitattributes", ".gitmodules", "docs/.envrc", "src/.GitHub/workflows/ci.yml", ".husky/pre-commit"]
    {
        let stage = Stage::strict();
        let in_lane = path.starts_with("src/") || path.starts_with("docs/");
        // A human wrote what lies outside of the agents' lanes.
        let who = if in_lane { "alice" } else { "maria" };
        let asked = asked_for(&stage, who, &[path], |stage| stage.write(path, b"x\n"));
        stage.refused(&["x:main"], Code::LaneSensitive);
        stage.sync();
        stage.approve("nora", &asked);
        stage.accepted(&["x:main"]);
    }
}

/// LANE-5, with legal twin and control
#[test]
fn a_submodule_is_sensitive_wherever_it_lies() {
    let stage = Stage::strict();
    let main = stage.tip("refs/remotes/hub/main");
    let asked = {
        stage.branch("x");
        stage.claim("alice", &["src/"]);
        stage.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{main},src/vendored")]);
        let key = format!("user.signingKey={}", stage.key_file("alice").display());
        stage.git(&["-c", &key, "commit", "-q", "-S", "-m", "Add a submodule"]);
        stage.request("alice", "x")
    };
    stage.answer_by_hand("carol", &asked, |_| {});
    stage.stock_git_accepts(&["x:main"]);
    stage.refused(&["x:main"], Code::LaneSensitive);
    stage.sync();
    stage.approve("nora", &asked);
    stage.accepted(&["x:main"]);
}

#[test]
fn consequential_paths_need_a_maintainer_who_saw_the_result() {
    let stage = Stage::strict();
    let asked = asked_for(&stage, "maria", &["**/Cargo.toml"], |stage| stage.write("Cargo.toml", b"[package]\n"));
    stage.refused(&["x:main"], Code::ApprovalThreshold);
    stage.sync();
    stage.approve("nora", &asked);
    stage.accepted(&["x:main"]);
}

/// LANE-5, with legal twin and control: some file systems take these for `.husky` and `AGENTS.md`.
#[test]
fn what_runs_by_itself_is_told_in_a_folded_checkout_too() {
    for (path, is_sensitive) in
        [(".hu\u{17f}ky/pre-commit", true), ("AGENT\u{17f}.md", true), ("AGENT\u{df}.md", false)]
    {
        let stage = Stage::plain();
        let asked = stage.approved("x", path, "obey\n");
        if is_sensitive {
            stage.stock_git_accepts(&["x:main"]);
            stage.refused(&["x:main"], Code::LaneSensitive);
            stage.approve("nora", &asked);
        }
        stage.accepted(&["x:main"]);
        stage.assert_recorded();
    }
}

/// ENV-4, with legal twin and control
#[test]
fn a_form_of_the_ledgers_checkout_does_not_land() {
    let stage = Stage::plain();
    stage.approved("x", ".co\u{200c}ord/policy.toml", "format = 1\n");
    stage.stock_git_accepts(&["x:main"]);
    stage.refused(&["x:main"], Code::WorktreeReplaced);
    stage.approved("y", ".co\u{2010}ord/policy.toml", "format = 1\n");
    stage.accepted(&["y:main"]);
    stage.assert_recorded();
}

/// POL-13, with legal twin and control: a new crate's `CARGO.TOML` has no twin that would stop it.
#[test]
fn consequential_paths_are_told_in_a_folded_checkout_too() {
    for (path, is_asked) in [("src/new/CARGO.TOML", true), ("src/new/cargo.lock", false)] {
        let stage = Stage::strict();
        let asked = asked_for(&stage, "alice", &["src/"], |stage| stage.write(path, b"[package]\n"));
        if is_asked {
            stage.stock_git_accepts(&["x:main"]);
            stage.refused(&["x:main"], Code::ApprovalThreshold);
            stage.sync();
            stage.approve("nora", &asked);
        }
        stage.accepted(&["x:main"]);
        stage.assert_recorded();
    }
}

/// LANE-6, with legal twin
#[test]
fn a_mode_is_part_of_a_change() {
    let stage = Stage::strict();
    let executable = |path: &'static str| {
        move |stage: &Stage| {
            stage.git(&["update-index", "--chmod=+x", path]);
            stage.git(&["checkout-index", "-f", path]);
        }
    };
    asked_for(&stage, "alice", &["README.md"], executable("README.md"));
    stage.refused(&["x:main"], Code::LaneOutside);
    asked_for(&stage, "alice", &["src/"], |stage| stage.write("src/a.rs", b"fn a() { 1 }\n"));
    stage.git(&["checkout", "-q", "-B", "y", "x"]);
    executable("src/a.rs")(&stage);
    stage.git(&[
        "-c",
        &format!("user.signingKey={}", stage.key_file("alice").display()),
        "commit",
        "-q",
        "-S",
        "--amend",
        "--no-edit",
    ]);
    stage.refused(&["y:main"], Code::ApprovalDelta);
    stage.accepted(&["x:main"]);
}

/// MRG-6, with legal twin and control: what was added and taken out again stays in the history for ever.
#[test]
fn strict_history_holds_lanes_on_the_way() {
    for (history, is_refused) in [("delta", false), ("strict", true)] {
        let policy = STRICT.replace("claims   = \"held\"", &format!("claims   = \"held\"\nhistory  = \"{history}\""));
        let stage = Stage::with(&policy);
        asked_for(&stage, "alice", &["src/", "infra/"], |stage| {
            stage.commit("alice", "infra/evil", "evil\n");
            fs::remove_file(stage.work.join("infra/evil")).unwrap();
            stage.commit_all("alice", "Take it out again");
            stage.write("src/b.rs", b"fn b() { 1 }\n");
        });
        if is_refused {
            stage.stock_git_accepts(&["x:main"]);
            stage.refused(&["x:main"], Code::LaneOutside);
            continue;
        }
        stage.accepted(&["x:main"]);
        stage.assert_recorded();
    }
    let stage = Stage::with(&STRICT.replace("claims   =", "history  = \"strict\"\nclaims   ="));
    asked_for(&stage, "alice", &["src/"], |stage| {
        stage.commit("alice", "src/other.rs", "fn other() {}\n");
        fs::remove_file(stage.work.join("src/other.rs")).unwrap();
    });
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}
