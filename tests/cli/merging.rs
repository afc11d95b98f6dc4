//! What the hooks of git look at when a merge that was put right by hand is committed.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;

/// Returns alice and bob, who both have changed `src/a.rs`; alice has changed `src/b.rs` as well, and holds it.
fn both_changed(sandbox: &Sandbox) -> (Actor, Actor) {
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    alice.claim(&["src/b.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.write("src/b.rs", "fn b() { 1 }\n");
    alice.commit("Change both");
    bob.write("src/a.rs", "fn a() { 2 }\n");
    bob.commit("Change a");
    (alice, bob)
}

fn commit(actor: &Actor) -> Ran {
    actor.try_git(&["commit", "-q", "--no-edit", "-m", "Merge"])
}

#[track_caller]
fn check_held(ran: &Ran, holder: &Actor) {
    assert!(ran.code != 0 && ran.stderr.contains(&holder.id), "{ran}");
}

/// Writes down a merge that there is none of.
fn pretend_to_merge(actor: &Actor, heads: &str) {
    let directory = actor.git(&["rev-parse", "--absolute-git-dir"]);
    std::fs::write(format!("{directory}/MERGE_HEAD"), heads).unwrap();
}

/// What is taken over as others committed it is nobody's change; what is changed on the way is.
#[test]
fn merge_is_held_up_by_its_own_paths_only() {
    let sandbox = Sandbox::new();
    let (alice, bob) = both_changed(&sandbox);
    assert_eq!(bob.try_git(&["merge", "-q", "--no-edit", "alice"]).code, 1, "both changed src/a.rs");
    bob.write("src/a.rs", "fn a() { 3 }\n");
    bob.write("src/b.rs", "fn b() { 2 }\n");
    bob.git(&["add", "src"]);
    check_held(&commit(&bob), &alice);
    bob.git(&["checkout", "-q", "alice", "--", "src/b.rs"]);
    commit(&bob).ok();
    assert_eq!(bob.git(&["rev-list", "--count", "--merges", "HEAD"]), "1");
    let stamped = bob.git(&["log", "-1", "--format=%(trailers:key=Coord-Claim,valueonly)"]);
    assert_eq!(stamped.trim(), "", "under alice's claim bob did nothing");
}

/// What is claimed automatically is what the merge changed by itself.
#[test]
fn merge_takes_no_claim_on_what_it_takes_over() {
    let sandbox = Sandbox::new();
    let maria = sandbox
        .repository("work")
        .begin_under(|policy| policy.replacen("require       = \"warn\"", "require       = \"auto\"", 1));
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.write("src/b.rs", "fn b() { 1 }\n");
    alice.commit("Change both");
    alice.coord(&["release", "--all"]).ok();
    bob.write("src/a.rs", "fn a() { 2 }\n");
    bob.commit("Change a");
    bob.coord(&["release", "--all"]).ok();
    assert_eq!(bob.try_git(&["merge", "-q", "--no-edit", "alice"]).code, 1);
    bob.write("src/a.rs", "fn a() { 3 }\n");
    bob.git(&["add", "src"]);
    commit(&bob).ok();
    let claims = bob.coord(&["status"]).ok().of_type("claim");
    let paths: Vec<_> = claims.iter().map(|claim| claim["paths"].clone()).collect();
    assert_eq!(paths, [serde_json::json!(["src/a.rs"])]);
}

/// Several may be merged at once, and what each of them brought is theirs.
#[test]
fn every_head_of_a_merge_counts() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob, carol) = (maria.agent("alice"), maria.agent("bob"), maria.agent("carol"));
    for (agent, path) in [(&alice, "src/a.rs"), (&carol, "src/b.rs")] {
        agent.claim(&[path]);
        agent.write(path, &agent.id);
        agent.commit("Change it");
    }
    bob.git(&["merge", "-q", "--no-commit", "alice", "carol"]);
    bob.write("src/b.rs", "fn b() { 2 }\n");
    bob.git(&["add", "src"]);
    check_held(&commit(&bob), &carol);
    bob.git(&["checkout", "-q", "carol", "--", "src/b.rs"]);
    commit(&bob).ok();
    assert_eq!(bob.git(&["rev-list", "--count", "HEAD"]), "4");
}

/// What a merged commit never changed is not taken over from it: going back to it undoes the work of others.
#[test]
fn old_commit_gives_no_leave_to_undo_what_came_later() {
    let sandbox = Sandbox::new();
    let (alice, bob) = both_changed(&sandbox);
    let old = bob.git(&["rev-parse", "HEAD~1"]);
    bob.git(&["reset", "-q", "--hard", "alice"]);
    for heads in [format!("{old}\n"), format!("{}\nnonsense\n", "1".repeat(old.len()))] {
        bob.git(&["checkout", "-q", &old, "--", "src/b.rs"]);
        pretend_to_merge(&bob, &heads);
        check_held(&commit(&bob), &alice);
        let directory = bob.git(&["rev-parse", "--absolute-git-dir"]);
        std::fs::remove_file(format!("{directory}/MERGE_HEAD")).unwrap();
    }
    // The legal twin: what nobody holds.
    bob.git(&["reset", "-q", "--hard", "alice"]);
    bob.git(&["checkout", "-q", &old, "--", "src/a.rs"]);
    pretend_to_merge(&bob, &format!("{old}\n"));
    commit(&bob).ok();
}

/// Returns alice, who holds `src/x.rs`, and bob, whose branch has her fix of it; a branch `evil` has something else there.
fn fixed_here(sandbox: &Sandbox) -> (Actor, Actor) {
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    alice.write("src/x.rs", "fn x() { 0 }\n");
    let base = alice.commit("Add x");
    alice.write("src/x.rs", "fn x() { fixed() }\n");
    alice.commit("Fix x");
    bob.git(&["reset", "-q", "--hard", &base]);
    bob.git(&["checkout", "-q", "-b", "evil"]);
    bob.write("src/x.rs", "fn x() { evil() }\n");
    bob.commit("Change x");
    bob.git(&["checkout", "-q", "bob"]);
    bob.git(&["merge", "-q", "--ff-only", "alice"]);
    alice.claim(&["src/x.rs"]);
    (alice, bob)
}

/// A path that both sides changed is chosen by whoever merges, also where all of it is theirs.
#[test]
fn what_is_dropped_for_theirs_is_held_up() {
    let sandbox = Sandbox::new();
    let (alice, bob) = fixed_here(&sandbox);
    assert_eq!(bob.try_git(&["merge", "-q", "--no-edit", "evil"]).code, 1);
    bob.git(&["checkout", "-q", "--theirs", "src/x.rs"]);
    bob.git(&["add", "src"]);
    check_held(&commit(&bob), &alice);
    // The legal twin: what is here stays.
    bob.git(&["checkout", "-q", "HEAD", "--", "src/x.rs"]);
    commit(&bob).ok();
}

/// The same where git chooses as it was told to.
#[test]
fn what_a_strategy_drops_for_theirs_is_held_up() {
    let sandbox = Sandbox::new();
    let (alice, bob) = fixed_here(&sandbox);
    let merge = |option: &str| bob.try_git(&["merge", "-q", "--no-edit", "-X", option, "evil"]);
    let ran = merge("theirs");
    check_held(&ran, &alice);
    check_held(&commit(&bob), &alice);
    bob.git(&["merge", "--abort"]);
    assert_eq!(bob.git(&["show", "HEAD:src/x.rs"]), "fn x() { fixed() }");
    // The legal twin: what is here stays.
    merge("ours").ok();
    assert_eq!(bob.git(&["show", "HEAD:src/x.rs"]), "fn x() { fixed() }");
}

/// The legal twin: a merge that git makes by itself takes over what only others changed, whoever holds it.
#[test]
fn merge_without_conflict_takes_over_what_is_held() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    bob.write("src/b.rs", "fn b() { 1 }\n");
    bob.commit("Change b");
    bob.git(&["merge", "-q", "--no-edit", "alice"]);
    assert_eq!(bob.git(&["rev-list", "--count", "--merges", "HEAD"]), "1");
}

/// Where a branch that is merged moved a file away that was changed here, it is gone as theirs and changed here.
#[test]
fn removal_by_theirs_of_what_was_changed_here_is_held_up() {
    let sandbox = Sandbox::new();
    let (alice, bob) = fixed_here(&sandbox);
    bob.git(&["checkout", "-q", "-b", "moved", "HEAD~1"]);
    bob.git(&["mv", "src/x.rs", "src/y.rs"]);
    bob.git(&["commit", "-q", "--no-verify", "-m", "Move x"]);
    bob.git(&["checkout", "-q", "bob"]);
    let ran = bob.try_git(&["merge", "-q", "--no-edit", "moved"]);
    check_held(&ran, &alice);
    bob.git(&["merge", "--abort"]);
    // The legal twin: it is nobody's any more.
    alice.coord(&["release", "--all"]).ok();
    bob.git(&["merge", "-q", "--no-edit", "moved"]);
    assert_eq!(bob.git(&["show", "HEAD:src/y.rs"]), "fn x() { fixed() }");
}

/// Where two branches took over from each other, what came from there was not changed here, whichever commit is the base.
#[test]
fn what_was_taken_over_before_is_taken_over_again() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    let hers = alice.commit("Change a");
    bob.write("src/b.rs", "fn b() { 1 }\n");
    let his = bob.commit("Change b");
    alice.git(&["merge", "-q", "--no-edit", &his]);
    bob.git(&["merge", "-q", "--no-edit", &hers]);
    alice.write("src/a.rs", "fn a() { 2 }\n");
    alice.commit("Change a again");
    bob.git(&["merge", "-q", "--no-edit", "alice"]);
    assert_eq!(bob.git(&["show", "HEAD:src/a.rs"]), "fn a() { 2 }");
    // What nobody committed is not.
    alice.write("src/a.rs", "fn a() { 3 }\n");
    alice.commit("Change a once more");
    bob.git(&["merge", "-q", "--no-commit", "--no-ff", "alice"]);
    bob.write("src/a.rs", "fn a() { 4 }\n");
    bob.git(&["add", "src"]);
    check_held(&commit(&bob), &alice);
}
