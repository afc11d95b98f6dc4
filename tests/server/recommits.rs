//! Squashes and merges of what was approved: who makes them is not their author (S16).

use git_coord::format::WriteRecord;
use git_coord::ledger::Edit;
use git_coord::model::RecordId;
use git_coord::model::RecordPath;
use git_coord::model::Request;
use git_coord::rules::Code;

use crate::server::cast::STRICT;
use crate::server::stage::Asked;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::world::Actor;

/// A claimed change of alice in two commits that `nora` approved, while the main branch went on in another file.
#[track_caller]
fn approved_by_nora(stage: &Stage) -> Asked {
    stage.claim("alice", &["src/a.rs"]);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 0 }\n");
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let asked = stage.request("alice", "x");
    stage.approve("nora", &asked);
    stage.claim("dave", &["src/b.rs"]);
    stage.branch("y");
    stage.commit("dave", "src/b.rs", "fn b() { 1 }\n");
    let other = stage.request("dave", "y");
    stage.approve("carol", &other);
    stage.land("y");
    asked
}

/// Stages what a branch changes on top of the main branch.
#[track_caller]
fn squash(stage: &Stage, branch: &str) {
    stage.branch("squashed");
    stage.git(&["merge", "-q", "--squash", branch]);
}

fn takes_forge_commits() -> String {
    STRICT.replace("commits  = \"signed\"", "commits  = \"signed\"\nforge-commits = \"delta\"")
}

/// As a forge does it: without a signature that we know.
#[track_caller]
fn commit_unsigned(stage: &Stage) {
    stage.git(&["commit", "-q", "--no-gpg-sign", "-m", "Merge x"]);
}

/// Whoever approved may squash and push, without a claim, and another clone comes to the same verdict afterwards.
#[test]
fn the_approver_squashes_and_lands_without_a_claim() {
    let stage = Stage::strict();
    let asked = approved_by_nora(&stage);
    squash(&stage, "x");
    stage.commit_all("nora", "Squash x");
    stage.accepted(&["squashed:main"]);
    stage.assert_recorded();
    let landed = stage.state().landed.iter().next().unwrap().1.clone();
    assert_eq!(landed.signers.iter().map(|id| &id.as_str()[..5]).collect::<Vec<_>>(), ["alice"]);
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
    // A branch that nora goes on with from there says nothing of who made it.
    stage.branch("after");
    stage.commit_all("nora", "Run the checks again");
    stage.coord("maria", &["audit"]).ok();
    let clone = stage.root.join("elsewhere");
    stage.git_in(&stage.root, &["clone", "-q", "--no-local", stage.hub.to_str().unwrap(), clone.to_str().unwrap()]);
    stage.coord_in(&clone, &["join", Actor::named("maria").id.as_str(), "--remote", "origin"]).ok();
    stage.coord_in(&clone, &["--json", "audit"]).ok();
    // Where the head that was approved is gone, the audit says so, and not that somebody landed what she should not have.
    let head = &asked.head;
    stage.at_hub(&["update-ref", "-d", &format!("refs/requests/{}/{head}", asked.id)]);
    let bare = stage.root.join("bare");
    stage.git_in(&stage.root, &["clone", "-q", "--no-local", stage.hub.to_str().unwrap(), bare.to_str().unwrap()]);
    stage.coord_in(&bare, &["join", Actor::named("maria").id.as_str(), "--remote", "origin"]).ok();
    let told = stage.coord_in(&bare, &["--json", "audit"]);
    assert!(told.code == 1 && told.stdout.contains("facts gone") && !told.stdout.contains("replay"), "{}", told.stdout);
}

/// One word more in the squash, and it is a change of her own.
#[test]
fn a_squash_with_a_word_more_is_another_change() {
    let stage = Stage::strict();
    approved_by_nora(&stage);
    squash(&stage, "x");
    stage.write("src/a.rs", b"fn a() { 1 } // more\n");
    stage.commit_all("nora", "Squash x");
    stage.stock_git_accepts(&["squashed:main"]);
    stage.refused(&["squashed:main"], Code::ApprovalDelta);
}

/// Whoever does not ask with the head that was reviewed makes the change hers.
#[test]
fn a_copy_that_asks_for_itself_is_of_who_signed_it() {
    let stage = Stage::strict();
    approved_by_nora(&stage);
    squash(&stage, "x");
    stage.commit_all("nora", "Squash x");
    stage.said("nora", &["request", "squashed"]);
    let asked = stage.ask("nora", &["request", "squashed"]);
    stage.approve("carol", &asked);
    let own = format!("coord.request={}", asked.id);
    stage.refused(&["-o", &own, "squashed:main"], Code::ClaimOverlap);
}

#[test]
fn squash_and_merge_of_a_forge_land_where_the_policy_takes_them() {
    for policy in [STRICT, takes_forge_commits().as_str()] {
        let stage = Stage::with(policy);
        approved_by_nora(&stage);
        squash(&stage, "x");
        commit_unsigned(&stage);
        stage.branch("merged");
        stage.git(&["merge", "-q", "--no-ff", "--no-gpg-sign", "-m", "Merge x", "x"]);
        if policy == STRICT {
            stage.refused(&["squashed:main"], Code::RangeSignature);
            stage.refused(&["merged:main"], Code::RangeSignature);
            continue;
        }
        // The change is what was approved, or nothing is.
        stage.git(&["checkout", "-q", "-B", "more", "squashed"]);
        stage.write("src/a.rs", b"fn a() { 1 } // more\n");
        stage.git(&["commit", "-q", "-a", "--no-gpg-sign", "--amend", "--no-edit"]);
        stage.refused(&["more:main"], Code::ApprovalDelta);
        stage.accepted(&["merged:main"]);
        stage.assert_recorded();
        stage.sync();
        stage.coord("maria", &["audit"]).ok();
        assert_eq!(stage.hub_tip(MAIN), stage.tip("merged"));
    }
}

/// A rebase by a forge: each of its commits is one of the work's, or nothing of it lands.
#[test]
fn a_rebase_of_a_forge_holds_nothing_else_on_its_way() {
    let stage = Stage::with(&takes_forge_commits());
    approved_by_nora(&stage);
    let rebase = |branch: &str, contents: &[&str]| {
        stage.branch(branch);
        for content in contents {
            stage.write("src/a.rs", content.as_bytes());
            stage.git(&["add", "-A"]);
            commit_unsigned(&stage);
        }
    };
    rebase("hostile", &["fn a() { hostile() }\n", "fn a() { 1 }\n"]);
    rebase("rebased", &["fn a() { 0 }\n", "fn a() { 1 }\n"]);
    stage.stock_git_accepts(&["hostile:main"]);
    stage.refused_for(&["hostile:main"], &[Code::RangeSignature, Code::ApprovalIndependence]);
    stage.accepted(&["rebased:main"]);
    stage.assert_recorded();
    stage.sync();
    stage.coord("maria", &["audit"]).ok();
}

/// Merges a file that nobody asked for, keeping what the branch has: it changes nothing, and brings history along.
#[track_caller]
fn bring_along(stage: &Stage, who: Option<&str>) {
    let branch = stage.git(&["symbolic-ref", "--short", "HEAD"]);
    stage.branch("stray");
    stage.write("src/stray.rs", b"fn stray() {}\n");
    stage.git(&["add", "-A"]);
    let key = who.map(|who| format!("user.signingKey={}", stage.key_file(who).display()));
    let sign = |arguments: &[&str]| match &key {
        Some(key) => stage.git(&[&["-c", key.as_str(), "-c", "commit.gpgSign=true"], arguments].concat()),
        None => stage.git(&[&["-c", "commit.gpgSign=false"], arguments].concat()),
    };
    sign(&["commit", "-q", "-m", "Stray"]);
    stage.git(&["checkout", "-q", &branch]);
    sign(&["merge", "-q", "--no-ff", "-s", "ours", "-m", "Merge stray", "stray"]);
}

/// An empty change is nothing but the history that it brings: whoever signed that made it.
#[test]
fn an_empty_change_is_never_committed_again() {
    let unsigned = [Code::RangeSignature, Code::ApprovalEmptyDelta, Code::ApprovalIndependence];
    let own = [Code::ApprovalEmptyDelta, Code::ApprovalContributor];
    for (who, codes) in [(None, unsigned.as_slice()), (Some("nora"), &own), (Some("alice"), &[])] {
        let stage = Stage::with(&takes_forge_commits());
        stage.branch("x");
        stage.commit_all("alice", "Change nothing");
        let asked = stage.request("alice", "x");
        stage.approve("nora", &asked);
        stage.branch("merged");
        bring_along(&stage, who);
        stage.stock_git_accepts(&["merged:main"]);
        match codes {
            [] => stage.accepted(&["merged:main"]),
            codes => stage.refused_for(&["merged:main"], codes),
        };
    }
}

/// What comes along with an approved change is not the approved change.
#[test]
fn other_history_does_not_come_along_with_a_merge() {
    let unsigned = [Code::RangeSignature, Code::ApprovalIndependence];
    let own = [Code::ApprovalContributor];
    for (who, codes) in [(None, unsigned.as_slice()), (Some("nora"), &own), (Some("alice"), &[])] {
        let stage = Stage::with(&takes_forge_commits());
        approved_by_nora(&stage);
        stage.branch("merged");
        stage.git(&["merge", "-q", "--no-ff", "--no-gpg-sign", "-m", "Merge x", "x"]);
        if who.is_some() {
            squash(&stage, "x");
            stage.commit_all("alice", "Squash x");
            stage.git(&["branch", "-q", "-f", "-M", "merged"]);
        }
        bring_along(&stage, who);
        stage.stock_git_accepts(&["merged:main"]);
        match codes {
            [] => stage.accepted(&["merged:main"]),
            codes => stage.refused_for(&["merged:main"], codes),
        };
    }
}

/// What a request says of its tree is what its opener wrote: who made the same change elsewhere is told by the head.
#[test]
fn a_request_that_lies_about_its_tree_hides_no_author() {
    for lies in [false, true] {
        for elsewhere in [None, Some("bob")] {
            let stage = Stage::strict();
            stage.claim("alice", &["src/a.rs"]);
            stage.branch("x");
            stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
            if let Some(who) = elsewhere {
                stage.branch("elsewhere");
                stage.commit(who, "src/a.rs", "fn a() { 1 }\n");
                stage.accepted(&["elsewhere"]);
            }
            let asked = stage.request("alice", "x");
            let state = stage.state();
            let request = state.requests.get(&RecordId::parse(&asked.id).unwrap()).unwrap().request.clone();
            if lies {
                let request = Request { rev: 2, new_tree: request.base_tree, ..request };
                let edit = Edit { path: RecordPath::Request(request.id.clone()), text: Some(request.to_text()) };
                stage.append_at(state.time, &Actor::named("alice"), &[edit]);
            }
            stage.append_at(state.time, &Actor::named("bob"), &[stage.answer_edit("bob", &asked, |_| {})]);
            stage.sync();
            stage.claim("dave", &["src/b.rs"]);
            stage.branch("y");
            stage.commit("dave", "src/b.rs", "fn b() { 1 }\n");
            let other = stage.request("dave", "y");
            stage.approve("carol", &other);
            stage.land("y");
            squash(&stage, "x");
            stage.commit_all("alice", "Squash x");
            match elsewhere {
                None => stage.accepted(&["squashed:main"]),
                Some(_) => stage.refused(&["squashed:main"], Code::ApprovalContributor),
            };
        }
    }
}

/// A push that tells of another author with the same breath is judged as it will be once it is taken: otherwise the branch
/// would move, and nobody could record why.
#[test]
fn a_push_does_not_tell_of_an_author_too_late() {
    let stage = Stage::strict();
    approved_by_nora(&stage);
    squash(&stage, "x");
    stage.commit_all("nora", "Squash x");
    stage.git(&["branch", "before"]);
    let key = format!("user.signingKey={}", stage.key_file("nora").display());
    stage.git(&["-c", &key, "commit", "-q", "-S", "--amend", "-m", "Squash x anew"]);
    stage.refused(&["squashed:main", "before"], Code::ApprovalContributor);
    stage.accepted(&["squashed:main", "squashed:after"]);
    stage.assert_recorded();
}

/// Two changes that one push commits again, each in its own way, land one after the other.
#[test]
fn a_squash_and_a_rebase_land_with_one_push() {
    for format in ["sha1", "sha256"] {
        let stage = Stage::with_format(STRICT, format);
        approved_by_nora(&stage);
        stage.claim("dave", &["docs/"]);
        stage.branch("z");
        stage.commit("dave", "docs/guide.md", "More\n");
        stage.commit("dave", "docs/guide.md", "More and more\n");
        let docs = stage.request("dave", "z");
        stage.approve("carol", &docs);
        squash(&stage, "x");
        stage.commit_all("nora", "Squash x");
        let key = format!("user.signingKey={}", stage.key_file("bob").display());
        stage.git(&["-c", &key, "-c", "commit.gpgSign=true", "cherry-pick", "refs/remotes/hub/main..z"]);
        stage.accepted(&["squashed:main"]);
        stage.assert_recorded();
        stage.sync();
        assert_eq!(stage.state().requests.len(), 0);
        let clone = stage.root.join("elsewhere");
        stage.git_in(&stage.root, &["clone", "-q", "--no-local", stage.hub.to_str().unwrap(), clone.to_str().unwrap()]);
        stage.coord_in(&clone, &["join", Actor::named("maria").id.as_str(), "--remote", "origin"]).ok();
        stage.coord_in(&clone, &["--json", "audit"]).ok();
    }
}

/// The client's hook fetches what the server knows of a request before it says no.
#[test]
fn the_client_knows_the_heads_that_the_server_knows() {
    let stage = Stage::strict();
    stage.claim("alice", &["src/a.rs"]);
    stage.branch("x");
    stage.commit("alice", "src/a.rs", "fn a() { 0 }\n");
    let first = stage.request("alice", "x");
    stage.git(&["reset", "-q", "--hard", "refs/remotes/hub/main"]);
    stage.commit("alice", "src/a.rs", "fn a() { 1 }\n");
    let asked = stage.ask("alice", &["request", "x", "--update", &first.id]);
    stage.approve("nora", &asked);
    squash(&stage, "x");
    let tip = stage.commit_all("nora", "Squash x");
    let clone = stage.root.join("elsewhere");
    stage.git_in(&stage.root, &["clone", "-q", "--no-local", stage.hub.to_str().unwrap(), clone.to_str().unwrap()]);
    stage.coord_in(&clone, &["join", Actor::named("nora").id.as_str(), "--remote", "origin"]).ok();
    stage.git_in(&clone, &["fetch", "-q", stage.work.to_str().unwrap(), "squashed"]);
    let pushed = format!("squashed {tip} {MAIN} {}\n", stage.hub_tip(MAIN));
    let hook = |input: &str| {
        let mut program = stage.program(&clone, env!("CARGO_BIN_EXE_git-coord"));
        stage.run(program.args(["hook", "pre-push", "origin", "url"]), input.as_bytes())
    };
    let ran = hook(&pushed);
    assert!(ran.code == 0, "{}", ran.stderr);
    stage.accepted(&["squashed:main"]);
}

/// S16: heads of requests that nobody ever opened hide nobody, however many there are; those of others tell for ever.
#[test]
fn a_crowd_of_refs_hides_no_author() {
    let stage = Stage::plain();
    let copy = |who: &str, name: &str| {
        stage.branch(name);
        stage.commit(who, "src/a.rs", "fn a() { 1 }\n");
    };
    copy("carol", "hers");
    let hers = stage.request("carol", "hers");
    stage.said("carol", &["request", "--close", &hers.id]);
    copy("alice", "x");
    let asked = stage.request("alice", "x");
    stage.answer_by_hand("carol", &asked, |_| {});
    let base = stage.hub_tip(MAIN);
    for number in 0..3_000 {
        let name = format!("refs/requests/{number:04}/{base}");
        let file = stage.hub.join(&name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, format!("{base}\n")).unwrap();
    }
    stage.refused(&["x:main"], Code::ApprovalContributor);
    stage.approve("bob", &asked);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
}
