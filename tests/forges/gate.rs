//! The gate as a required check: a fresh clone of a job, and the heads that forges make.

use std::fs;

use crate::forges::forge::Forge;
use crate::forges::forge::MAIN;
use crate::support::sandbox::Actor;

/// Asks about the main branch with a pin in the environment, as a job does.
fn ask(forge: &Forge, job: &Actor, head: &str) -> crate::support::sandbox::Ran {
    job.with_env("GIT_COORD_PIN", &forge.pin).coord(&["gate", "--ref", "main", "--head", head])
}

#[test]
fn fresh_clone_of_a_job_decides_and_keeps_nothing() {
    let forge = Forge::new();
    let pull = forge.pull("topic", "src/a.rs", "fn a() { 1 }\n");
    forge.refuses(&pull.head, "approval.threshold");
    forge.approve(&pull);
    let job = forge.job("job", &pull.head, &[]);
    let verdict = ask(&forge, &job, &pull.head).ok().json();
    assert_eq!((&verdict["allow"], &verdict["old"]), (&true.into(), &forge.tip(MAIN).into()));
    assert!(job.try_git(&["rev-parse", "--verify", "-q", "refs/heads/coord"]).code != 0);
    assert!(job.try_git(&["config", "--get-regexp", "^coord"]).code != 0);
    assert!(!job.has(".git/coord/pin") && !job.has(".coord"));
    // The event may say where the branch was, and a detached head is what there is to be judged.
    let base = forge.tip(MAIN);
    job.coord(&["gate", "--pin", &forge.pin, "--ref", MAIN, "--base", &base]).ok();
}

#[test]
fn shallow_clone_cannot_tell() {
    let forge = Forge::new();
    let pull = forge.approved("topic", "src/a.rs", "fn a() { 1 }\n");
    let job = forge.job("job", &pull.head, &["--depth=1"]);
    let error = ask(&forge, &job, &pull.head).fails(5, "history.shallow");
    assert!(error["hints"].to_string().contains("`fetch-depth: 0`"), "{error}");
    job.git(&["fetch", "-q", "--unshallow", "origin"]);
    ask(&forge, &job, &pull.head).ok();
}

/// CI-2, with legal twin:
/// whoever opens a pull request may call its branch `coord`, and put a ledger of its own into it.
#[test]
fn ledger_is_what_the_remote_has_and_the_pin_says() {
    let forge = Forge::new();
    let pull = forge.pull("topic", "src/a.rs", "fn a() { 1 }\n");
    let stranger = forge
        .sandbox
        .repository("stranger")
        .begin_under(|policy| policy.replace("commits  = \"signed\"", "commits = \"any\""));
    let job = forge.job("job", &pull.head, &[]);
    job.git(&["fetch", "-q", stranger.directory.to_str().unwrap(), "refs/heads/coord:refs/heads/coord"]);
    job.git(&["worktree", "add", "-q", ".coord", "coord"]);
    job.coord(&["gate", "--ref", "main", "--head", &pull.head]).fails(4, "trust.none");
    ask(&forge, &job, &pull.head).exits(1);
    forge.approve(&pull);
    ask(&forge, &job, &pull.head).ok();
    let other = fs::read_to_string(stranger.directory.join(".git/coord/pin")).unwrap();
    let other = other.split(' ').next().unwrap();
    job.coord(&["gate", "--pin", other, "--ref", "main", "--head", &pull.head]).fails(4, "ledger.root");
    job.coord(&["gate", "--pin", "x", "--ref", "main", "--head", &pull.head]).fails(2, "usage.argument");
    // What the ledger held a while ago is not what it holds.
    job.git(&["update-ref", "refs/heads/coord", &forge.ledger()]);
    forge.maria.coord(&["withdraw", &pull.id]).ok();
    ask(&forge, &job, &pull.head).exits(1);
}

#[test]
fn what_cannot_be_told_is_no_refusal() {
    let forge = Forge::new();
    let pull = forge.approved("topic", "src/a.rs", "fn a() { 1 }\n");
    let job = forge.job("job", &pull.head, &[]);
    job.coord(&["gate", "--ref", "main", "--head", &pull.head]).fails(4, "trust.none");
    let unknown = "1".repeat(pull.head.len());
    ask(&forge, &job, &unknown).fails(2, "usage.not-found");
    let away = forge.sandbox.root.join("away.git");
    fs::rename(&forge.bare.directory, &away).unwrap();
    ask(&forge, &job, &pull.head).fails(5, "remote.unreachable");
    fs::rename(&away, &forge.bare.directory).unwrap();
    let ledger = forge.ledger();
    forge.bare.git(&["update-ref", "-d", "refs/heads/coord"]);
    ask(&forge, &job, &pull.head).fails(5, "ledger.none");
    forge.move_to("refs/heads/coord", &ledger);
    ask(&forge, &job, &pull.head).ok();
}

#[test]
fn merges_squashes_and_rebases_of_what_was_approved_pass() {
    let forge = Forge::new();
    forge.branch("topic");
    for (file, content) in [("src/a.rs", "fn a() { 1 }\n"), ("src/c.rs", "fn c() {}\n")] {
        forge.alice.write(file, content);
        forge.alice.commit(&format!("Change {file}"));
    }
    let pull = forge.ask("topic");
    let base = forge.tip(MAIN);
    let made = [forge.merge(&base, &pull.head), forge.squash(&base, &pull.head), forge.rebase(&base, &pull.head)];
    for head in &made {
        forge.refuses(head, "approval.threshold");
    }
    forge.approve(&pull);
    forge.gate(&pull.head).ok();
    for head in &made {
        forge.gate(head).ok();
        forge.refuses(&forge.evil(head, "src/evil.rs"), "approval.delta");
        forge.refuses(&forge.evil(head, "src/a.rs"), "approval.delta");
    }
}

#[test]
fn commits_of_a_forge_pass_only_where_the_policy_takes_them() {
    let forge = Forge::under(str::to_owned);
    let pull = forge.approved("topic", "src/a.rs", "fn a() { 1 }\n");
    let base = forge.tip(MAIN);
    for head in [forge.merge(&base, &pull.head), forge.squash(&base, &pull.head)] {
        forge.refuses(&head, "range.signature");
    }
    forge.gate(&pull.head).ok();
}

/// CI-4, with legal twin
#[test]
fn merge_queue_holds_several_requests_and_nothing_else() {
    let forge = Forge::new();
    let first = forge.approved("first", "src/a.rs", "fn a() { 1 }\n");
    let second = forge.pull("second", "src/b.rs", "fn b() { 1 }\n");
    let base = forge.tip(MAIN);
    let make: [fn(&Forge, &str, &str) -> String; 2] = [Forge::merge, Forge::squash];
    let queues = make.map(|make| make(&forge, &make(&forge, &base, &first.head), &second.head));
    for queue in &queues {
        forge.refuses(queue, "approval.threshold");
    }
    forge.approve(&second);
    for queue in &queues {
        forge.gate(queue).ok();
        let stray = forge.evil(queue, "src/evil.rs");
        let tree = forge.bare.git(&["rev-parse", &format!("{stray}^{{tree}}")]);
        forge.refuses(&forge.commit(&tree, &[queue]), "approval.delta");
    }
    // A group that is tried while the one before it has landed and is not recorded yet is judged along with that.
    let landed = forge.merge(&base, &first.head);
    forge.move_to(MAIN, &landed);
    forge.gate(&forge.merge(&landed, &second.head)).ok();
}

/// Who made the same change on another branch is told by that branch, which a job has not fetched (S16).
#[test]
fn author_on_another_branch_is_found_from_a_bare_minimum() {
    let forge = Forge::new();
    let pull = forge.approved("topic", "src/a.rs", "fn a() { 1 }\n");
    forge.maria.git(&["switch", "-q", "-c", "copy"]);
    forge.maria.write("src/a.rs", "fn a() { 1 }\n");
    forge.maria.commit("Change a as well");
    forge.maria.git(&["push", "-q", "origin", "copy"]);
    let job = forge.job("job", &pull.head, &[]);
    for name in job.git(&["for-each-ref", "--format=%(refname)", "refs/remotes"]).lines() {
        job.git(&["update-ref", "-d", name]);
    }
    let verdict = ask(&forge, &job, &pull.head).exits(1).json();
    let rules = verdict["rules"].as_array().unwrap();
    assert!(rules.iter().any(|rule| rule["code"] == "approval.contributor"), "{verdict}");
    forge.bare.git(&["update-ref", "-d", "refs/heads/copy"]);
    ask(&forge, &forge.job("later", &pull.head, &[]), &pull.head).ok();
}
