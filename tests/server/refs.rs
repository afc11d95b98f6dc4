//! Names, deletions and rewinds of protected refs.

use std::fs;
use std::time::Duration;
use std::time::Instant;

use git_coord::model::Landed;
use git_coord::model::RefName;
use git_coord::rules::Code;

use crate::server::cast::PLAIN;
use crate::server::ground::now;
use crate::server::stage::COORD;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::server::stage::codes_in;
use crate::support::world::put;

/// REF-1, with legal twin and control
#[test]
fn another_name_of_a_protected_ref_is_refused() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.at_hub(&["branch", "topic", "main"]);
    for (alias, real) in
        [("alias", MAIN), ("second", "refs/heads/alias"), ("ledger", COORD), ("free", "refs/heads/topic")]
    {
        stage.at_hub(&["symbolic-ref", &format!("refs/heads/{alias}"), real]);
    }
    for alias in ["alias", "second"] {
        let refspec = format!("x:refs/heads/{alias}");
        stage.stock_git_accepts(&[&refspec]);
        stage.refused(&[&refspec], Code::RefAlias);
    }
    stage.refused(&[":refs/heads/alias"], Code::RefAlias);
    let entry = stage.entry_on(&stage.ledger_head(), &[]).write(&stage, "alice");
    stage.stock_git_accepts(&[&format!("{entry}:refs/heads/ledger")]);
    stage.refused(&[&format!("{entry}:refs/heads/ledger")], Code::RefAlias);
    stage.accepted(&["x:refs/heads/free"]);
    stage.accepted(&["x:main"]);
}

/// REF-1, with legal twin: the net under the gate sees the real name when somebody goes round the gate.
#[test]
fn an_alias_is_caught_below_the_gate_as_well() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.accepted(&["x:topic"]);
    stage.at_hub(&["symbolic-ref", "refs/heads/alias", MAIN]);
    let new = stage.hub_tip("refs/heads/topic");
    for name in ["refs/heads/alias", MAIN] {
        let said = stage.git_try_in(&stage.hub, &["update-ref", name, &new]);
        assert_ne!(said.code, 0);
        assert_eq!(codes_in(&said.stderr), [Code::RefAlias].into(), "{}", said.stderr);
    }
    stage.at_hub(&["update-ref", "refs/heads/other", &new]);
}

/// REF-2, with legal twin and control
#[test]
fn names_that_mislead_are_refused() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    let misleading = [
        "refs/heads/refs/heads/main",
        "refs/heads/refs",
        "refs/heads/FETCH_HEAD",
        "refs/heads/ORIG_HEAD",
        "refs/heads/-x",
        "refs/tags/-d",
        "refs/heads/a\u{202e}niam",
        "refs/tags/main",
        "refs/tags/coord",
        "refs/tags/Main",
        "refs/tags/ma\u{200d}in",
        "refs/tags/COORD",
        "refs/tags/release/1",
        "refs/release/1",
        "refs/coord/verified",
    ];
    for name in misleading {
        let refspec = format!("x:{name}");
        stage.stock_git_accepts(&[&refspec]);
        stage.refused(&[&refspec], Code::RefName);
    }
    for name in
        ["refs/heads/mainline", "refs/heads/x/HEAD", "refs/tags/maintenance", "refs/tags/x/main", "refs/notes/main"]
    {
        stage.accepted(&[&format!("x:{name}")]);
    }
}

/// A tag that is there from before the ledger can be taken away.
#[test]
fn a_misleading_name_can_be_deleted() {
    let stage = Stage::plain();
    stage.at_hub(&["tag", "main", MAIN]);
    stage.accepted(&[":refs/tags/main"]);
}

/// LED-16, with legal twin and control
#[test]
fn replacement_refs_are_refused() {
    let stage = Stage::plain();
    stage.branch("x");
    let commit = stage.commit("alice", "src/a.rs", "fn a() { evil }\n");
    let refspec = format!("x:refs/replace/{}", stage.hub_tip(MAIN));
    stage.stock_git_accepts(&[&refspec]);
    stage.refused(&[&refspec], Code::RefReplace);
    stage.accepted(&[&format!("x:refs/notes/{commit}")]);
}

/// REF-3, with legal twin and control
#[test]
fn twins_of_protected_refs_are_refused() {
    let policy = PLAIN.replace("\"refs/tags/v*\"", "\"refs/heads/caf\u{e9}\"");
    let stage = Stage::with(&policy);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let twins = [
        "refs/heads/Main",
        "refs/heads/MAIN",
        "refs/heads/RELEASE/1",
        "refs/heads/cafe\u{301}",
        "refs/heads/Caf\u{e9}",
        "refs/heads/ma\u{200c}in",
    ];
    for name in twins {
        let refspec = format!("x:{name}");
        stage.stock_git_accepts(&[&refspec]);
        stage.refused(&[&refspec], Code::RefCase);
    }
    for name in ["refs/heads/Coord", "refs/heads/COORD", "refs/heads/co\u{200c}ord"] {
        stage.refused(&[&format!("x:{name}")], Code::RefCase);
    }
    for name in ["refs/heads/maim", "refs/heads/cafe", "refs/heads/feature/Main"] {
        stage.accepted(&[&format!("x:{name}")]);
    }
    // One that was there before can be taken away.
    stage.at_hub(&["update-ref", "refs/heads/Main", MAIN]);
    stage.accepted(&[":refs/heads/Main"]);
}

/// REF-4, with legal twin and control
#[test]
fn a_protected_branch_is_not_deleted() {
    let stage = Stage::plain();
    stage.at_hub(&["config", "receive.denyDeleteCurrent", "ignore"]);
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.stock_git_accepts(&[":main"]);
    stage.refused(&[":main"], Code::RefDelete);
    stage.refused(&[":main", "x:topic"], Code::RefDelete);
    // The second of two pushes is the creation of a branch that is there.
    stage.accepted(&["x:main"]);
    stage.accepted(&["x:topic"]);
    stage.accepted(&[":topic"]);
}

/// REF-4, with legal twin: clients do not send a ref twice, but somebody's own client may.
#[test]
fn a_branch_that_is_deleted_and_made_again_in_one_push_is_refused() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.accepted(&["x:topic"]);
    let (old, new, zeros) =
        (stage.hub_tip(MAIN), stage.hub_tip("refs/heads/topic"), "0".repeat(stage.hub_tip(MAIN).len()));
    let call = |input: String| {
        let mut command = stage.program(&stage.hub, env!("CARGO_BIN_EXE_git-coord"));
        stage.run(command.args(["hook", "pre-receive"]).env("GIT_DIR", "."), input.as_bytes())
    };
    for input in [
        format!("{old} {zeros} {MAIN}\n{zeros} {new} {MAIN}\n"),
        format!("{zeros} {new} {MAIN}\n{old} {zeros} {MAIN}\n"),
        format!("{zeros} {new} {MAIN}\n"),
    ] {
        let said = call(input.clone());
        assert_eq!(said.code, 1, "{input}");
        let codes = codes_in(&said.stderr);
        let known = [Code::RefDelete, Code::RefState, Code::LandedMissing, Code::InputMalformed];
        assert!(!codes.is_empty() && codes.iter().all(|code| known.contains(code)), "{}", said.stderr);
    }
    assert_eq!(call(format!("{old} {new} {MAIN}\n")).code, 0);
}

/// REF-5, with legal twin and control
#[test]
fn a_protected_branch_does_not_go_back_or_aside() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.land("x");
    let rewound = "+refs/remotes/hub/main~1:refs/heads/main";
    stage.stock_git_accepts(&[rewound]);
    stage.refused(&[rewound], Code::RefNotForward);

    stage.git(&["checkout", "-q", "--orphan", "island"]);
    stage.commit_all("alice", "Begin elsewhere");
    stage.refused(&["+island:main"], Code::RefNotForward);

    // The old tip becomes the second parent: whoever follows first parents sees another history.
    stage.git(&["checkout", "-q", "-B", "aside", "refs/remotes/hub/main~1"]);
    stage.commit("alice", "src/b.rs", "fn b() { 1 }\n");
    stage.git(&["merge", "-q", "--no-ff", "--no-commit", "refs/remotes/hub/main"]);
    stage.commit_all("alice", "Merge main");
    stage.stock_git_accepts(&["aside:main"]);
    stage.refused(&["aside:main"], Code::RefNotForward);

    let asked = stage.approved("y", "src/b.rs", "fn b() { 2 }\n");
    stage.accepted(&["y:main"]);
    assert_eq!(stage.hub_tip(MAIN), asked.head);
}

/// REF-6, with legal twin and control
#[test]
fn a_protected_tag_is_made_by_a_root_member_and_never_moves() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.land("x");
    stage.git(&["tag", "v1", "refs/remotes/hub/main"]);
    stage.refused(&["refs/tags/v1"], Code::LandedMissing);
    assert_ne!(stage.coord("alice", &["land", "--adopt", "refs/tags/v1"]).code, 0);
    assert_ne!(stage.coord("nora", &["land", "--adopt", "refs/tags/v1"]).code, 0);
    stage.said("maria", &["land", "--adopt", "refs/tags/v1"]);
    assert_eq!(stage.hub_tip("refs/tags/v1"), stage.hub_tip(MAIN));

    stage.git(&["tag", "-f", "v1", "refs/remotes/hub/main~1"]);
    stage.stock_git_accepts(&["+refs/tags/v1"]);
    stage.refused(&["+refs/tags/v1"], Code::RefNotForward);
    stage.refused(&[":refs/tags/v1"], Code::RefDelete);
    // Forward is a move as well.
    let ahead = stage.approved("y", "src/b.rs", "fn b() { 2 }\n");
    stage.refused(&[&format!("+{}:refs/tags/v1", ahead.head)], Code::RefNotForward);
    stage.accepted(&["y:refs/tags/nightly"]);
    stage.accepted(&["+y~1:refs/tags/nightly"]);
}

/// Releases carry signed tags: objects of their own.
#[test]
fn a_protected_tag_may_be_a_tag_object() {
    let stage = Stage::plain();
    stage.git(&["tag", "-a", "-m", "Release", "v1", "refs/remotes/hub/main"]);
    stage.refused(&["refs/tags/v1"], Code::LandedMissing);
    stage.said("maria", &["land", "--adopt", "refs/tags/v1"]);
    assert_eq!(stage.hub_tip("refs/tags/v1"), stage.tip("refs/tags/v1"));
    stage.git(&["tag", "-f", "-a", "-m", "Release again", "v1", "refs/remotes/hub/main"]);
    stage.refused(&["+refs/tags/v1"], Code::RefNotForward);
    // The next one, and the next branch, find their place beside it.
    stage.git(&["tag", "-a", "-m", "Release", "v2", "refs/remotes/hub/main"]);
    stage.said("maria", &["land", "--adopt", "refs/tags/v2"]);
    stage.accepted_adoption("release/2");
    let audit = stage.coord("maria", &["audit"]);
    assert!(audit.code == 1 && audit.stdout.contains(Code::RefState.as_str()), "v1 is another one here: {audit}");
    stage.git(&["fetch", "-q", "hub", "+refs/tags/v1:refs/tags/v1"]);
    stage.coord("maria", &["audit"]).ok();
}

/// REF-8, with legal twin: what has not landed becomes no protected ref by its being new, not even by a root member.
#[test]
fn a_new_protected_ref_begins_with_what_landed() {
    let stage = Stage::plain();
    stage.branch("release/1");
    stage.commit("alice", "src/a.rs", "fn a() { evil }\n");
    stage.git(&["tag", "-a", "-m", "Release", "v1", "release/1"]);
    for name in ["refs/heads/release/1", "refs/tags/v1"] {
        let said = stage.coord("maria", &["land", "--adopt", name]);
        assert!(said.code != 0 && said.stderr.contains(Code::LandedMissing.as_str()), "{said}");
    }
    stage.git(&["checkout", "-q", "--detach"]);
    stage.git(&["branch", "-f", "release/1", "refs/remotes/hub/main"]);
    stage.said("maria", &["land", "--adopt", "release/1"]);
    assert_eq!(stage.hub_tip("refs/heads/release/1"), stage.hub_tip(MAIN));
}

/// Returns a push of the record by which the root member takes a ref as it is.
fn adoption(stage: &Stage, target: &str, new: &str) -> String {
    let head = stage.ledger_head();
    let state = stage.state();
    let record = Landed::adoption(
        RefName::parse(target).unwrap(),
        new.parse().unwrap(),
        state.height,
        head.parse().unwrap(),
        now(),
    );
    Stage::to_ledger(&stage.entry(&[put(&record)]).write(stage, "maria"))
}

/// REF-8, with legal twin and control: the same by stock git: the server itself looks at what is adopted.
#[test]
fn what_has_not_landed_is_not_adopted_by_a_push_of_ledger_and_ref() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.land("x");
    let landed = stage.hub_tip(MAIN);
    let older = stage.tip(&format!("{landed}~1"));
    stage.branch("evil");
    let ahead = stage.commit("alice", "src/a.rs", "fn a() { evil }\n");
    stage.git(&["checkout", "-q", "-B", "aside", &older]);
    let aside = stage.commit("alice", "src/b.rs", "fn b() { evil }\n");
    stage.git(&["checkout", "-q", "--orphan", "island"]);
    let island = stage.commit_all("alice", "Begin elsewhere");
    stage.git(&["tag", "-a", "-m", "Release", "evil-tag", &ahead]);
    let tag = stage.tip("refs/tags/evil-tag");
    let targets = ["refs/heads/release/1", "refs/heads/release/1", "refs/heads/release/1", "refs/tags/v1"];
    for (target, new) in targets.into_iter().zip([ahead, aside, island, tag]) {
        let (ledger, code) = (adoption(&stage, target, &new), format!("{new}:{target}"));
        for arguments in [["--atomic", &ledger, &code], ["--no-atomic", &code, &ledger]] {
            stage.stock_git_accepts(&arguments);
            stage.refused(&arguments, Code::LandedMissing);
        }
    }
    for (target, new) in
        [("refs/heads/release/1", &landed), ("refs/heads/release/2", &older), ("refs/tags/v1", &landed)]
    {
        stage.accepted(&["--atomic", &adoption(&stage, target, new), &format!("{new}:{target}")]);
        assert_eq!(stage.hub_tip(target), *new);
    }
    stage.git(&["fetch", "-q", "hub", "+refs/tags/v1:refs/tags/v1"]);
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
}

/// REF-7, with legal twin
#[test]
fn a_push_of_too_many_refs_is_refused_soon() {
    let stage = Stage::plain();
    let main = stage.tip("refs/remotes/hub/main");
    let lines: String = (0..1_500).map(|index| format!("create refs/tags/many/{index} {main}\n")).collect();
    let mut command = stage.program(&stage.work, "git");
    stage.run(command.args(["update-ref", "--stdin"]), lines.as_bytes()).ok();
    let begun = Instant::now();
    stage.refused(&["refs/tags/many/*:refs/tags/many/*"], Code::RecordLimit);
    assert!(begun.elapsed() < Duration::from_secs(30));
    stage.accepted(&["refs/tags/many/11*:refs/tags/many/11*"]);
}

#[test]
fn packing_and_collecting_on_the_server_keep_working() {
    let stage = Stage::plain();
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.land("x");
    stage.at_hub(&["pack-refs", "--all", "--prune"]);
    assert!(!fs::exists(stage.hub.join(MAIN)).unwrap(), "main is packed");
    stage.approved("y", "src/b.rs", "fn b() { 1 }\n");
    stage.land("y");
    stage.at_hub(&["gc", "--quiet", "--prune=now"]);
    stage.at_hub(&["fsck", "--strict"]);
    stage.approved("z", "src/b.rs", "fn b() { 2 }\n");
    stage.land("z");
    stage.assert_recorded();
    stage.branch("w");
    stage.commit("alice", "src/b.rs", "fn b() { 3 }\n");
    stage.refused(&["w:main"], Code::ApprovalThreshold);
}

/// The net under the gate is not in the way of who keeps the server: many refs in one transaction, or a mirror's fetch.
#[test]
fn keeping_many_refs_on_the_server_keeps_working() {
    let stage = Stage::plain();
    let main = stage.hub_tip(MAIN);
    let lines: String = (0..1_500).map(|index| format!("create refs/tags/many/{index} {main}\n")).collect();
    let update = |lines: &str| {
        let mut command = stage.program(&stage.hub, "git");
        stage.run(command.args(["update-ref", "--stdin"]), lines.as_bytes())
    };
    update(&lines).ok();
    let deletions: String = (0..1_500).map(|index| format!("delete refs/tags/many/{index}\n")).collect();
    update(&deletions).ok();
    let unjudged = update(&format!("delete {MAIN}\n"));
    assert_ne!(unjudged.code, 0, "{}", unjudged.stderr);
    stage.approved("x", "src/a.rs", "fn a() { 1 }\n");
    stage.accepted(&["x:main"]);
}
