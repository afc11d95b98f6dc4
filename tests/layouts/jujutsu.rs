//! What Jujutsu does to a git repository that it lives in: no commit is ever on a branch, no hook runs, every commit is kept
//! by a ref of its own, each with a header that git does not know, and undoing takes branches back.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Makes a repository look as one does in which Jujutsu works as well.
fn colocate(actor: &Actor) {
    actor.git(&["checkout", "-q", "--detach"]);
    actor.write(".jj/.gitignore", "/*\n");
    for tip in ["HEAD", "coord"] {
        for id in actor.git(&["rev-list", tip]).lines() {
            actor.git(&["update-ref", &format!("refs/jj/keep/{id}"), id]);
        }
    }
}

#[test]
fn colocated_repository_works_and_its_snapshots_leave_the_ledger_out() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    colocate(&maria);
    maria.claim(&["src/"]);
    maria.coord(&["status"]).ok();
    // A snapshot takes every file that the rules of git do not leave out.
    let taken = maria.git(&["ls-files", "--cached", "--others", "--exclude-standard"]);
    assert!(!taken.contains(".coord"), "{taken}");
    assert_eq!(maria.coord(&["verify", "--full"]).ok().json()["void"], 0);
}

/// Undoing an operation takes every branch back that it knows, and rewriting a commit gives it another header.
#[test]
fn branch_that_was_moved_is_told_and_leads_back() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.claim(&["docs/"]);
    colocate(&maria);
    let head = maria.head();
    let raw = maria.git(&["cat-file", "commit", "coord"]);
    let (front, message) = raw.split_once("\n\n").unwrap();
    let kept: Vec<&str> = front.lines().filter(|line| !line.starts_with("gpgsig") && !line.starts_with(' ')).collect();
    maria.write(
        "../rewritten",
        &format!("{}\nchange-id kkmpptqrsnyvwzuolkyvwzuolkkmpptq\n\n{message}\n", kept.join("\n")),
    );
    let rewritten = maria.git(&["hash-object", "-t", "commit", "-w", "../rewritten"]);
    for aside in [format!("{head}~1"), rewritten] {
        maria.git(&["update-ref", "refs/heads/coord", &aside]);
        for arguments in [&["status"][..], &["claim", "src/", "--intent", "x"], &["sync"]] {
            let error = maria.coord(arguments).fails(4, "ledger.fork");
            let hint = text(&error["hints"][0]);
            assert!(hint.contains(&format!("git update-ref refs/heads/coord {head}")), "{hint}");
        }
        assert!(maria.coord(&["doctor"]).exits(1).stdout.contains("moved off"));
        maria.git(&["update-ref", "refs/heads/coord", &head]);
        maria.coord(&["status"]).ok();
    }
    maria.claim(&["src/"]);
}
