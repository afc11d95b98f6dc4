//! Packing: nothing depends on loose objects, and git's own maintenance works beside us and is asked for now and then.

use std::fs;
use std::thread;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;
use crate::support::sandbox::wait_for;

/// How many entries of its own a clone counts before it asks git to look after them.
const EVERY: usize = 2_000;
/// How often everything is packed while others write.
const PACKED_COUNT: usize = 8;

/// Returns how many objects are loose.
fn loose(actor: &Actor) -> usize {
    let counted = actor.git(&["count-objects"]);
    counted.split(' ').next().unwrap().parse().unwrap()
}

/// Runs what reads the ledger and what writes it.
#[track_caller]
fn check_everything(actor: &Actor) {
    fs::remove_file(actor.directory.join(".git/coord/chain")).ok();
    for arguments in [&["status"][..], &["log"], &["verify", "--full"], &["inbox"], &["check", "src/"]] {
        actor.coord(arguments).ok();
    }
    let claim = text(&actor.claim(&["src/"])["id"]);
    actor.coord(&["show", &claim]).ok();
    actor.coord(&["release", &claim]).ok();
}

#[test]
fn every_way_to_pack_leaves_everything_as_it_is() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let ways: [&[&[&str]]; 6] = [
        &[&["gc", "-q", "--prune=now"]],
        &[&["repack", "-q", "-a", "-d", "-f"], &["prune-packed"], &["pack-refs", "--all", "--prune"]],
        &[&["config", "gc.auto", "1"], &["gc", "-q", "--auto"], &["config", "--unset", "gc.auto"]],
        &[&["repack", "-q", "-d"], &["multi-pack-index", "write"], &["commit-graph", "write", "--reachable"]],
        &[&["repack", "-q", "-a", "-d", "--write-midx"], &["commit-graph", "write", "--reachable", "--split"]],
        &[&["maintenance", "run", "--task=loose-objects", "--task=incremental-repack", "--task=gc", "--quiet"]],
    ];
    for way in ways {
        for arguments in way {
            maria.git(arguments);
        }
        check_everything(&maria);
    }
    maria.git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn objects_of_another_repository_do() {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let from = hub.directory.to_str().unwrap();
    sandbox.somebody(&sandbox.root).git(&["clone", "-q", "--shared", "-o", "hub", from, "borrowed"]);
    let borrowed = sandbox.somebody(&sandbox.root.join("borrowed"));
    borrowed.coord(&["join", &hub.maria.id]).ok();
    borrowed.git(&["gc", "-q", "--prune=now"]);
    check_everything(&borrowed);
    assert!(borrowed.has(".git/objects/info/alternates"));
}

/// Entries are made while others pack: what was acknowledged is there.
#[test]
fn entries_beside_packing_are_all_there() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let agents = ["alice", "bob", "carol"].map(|name| maria.agent(name));
    let made: Vec<String> = thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..PACKED_COUNT {
                maria.git(&["gc", "-q"]);
                maria.git(&["maintenance", "run", "--quiet", "--task=loose-objects", "--task=commit-graph"]);
            }
        });
        let work = |agent: &Actor, index: usize| -> Vec<String> {
            (0..15).map(|round| text(&agent.claim(&[&format!("at/{index}/{round}/")])["id"])).collect()
        };
        let agents = agents.iter().enumerate();
        let writing: Vec<_> = agents.map(|(index, agent)| scope.spawn(move || work(agent, index))).collect();
        writing.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    maria.git(&["gc", "-q", "--prune=now"]);
    for claim in &made {
        assert!(maria.git(&["ls-tree", "-r", "--name-only", "coord"]).contains(claim.as_str()), "{claim} was lost");
    }
    assert_eq!(made.len(), 45);
    assert_eq!(maria.coord(&["verify", "--full"]).ok().json()["void"], 0);
    maria.git(&["fsck", "--strict", "--no-dangling"]);
}

/// Lets the next entry be the one after which git is asked.
fn count_up(actor: &Actor) {
    actor.write(".git/coord/unpacked", &".".repeat(EVERY - 1));
}

#[test]
fn git_is_asked_to_pack_now_and_then() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    // Two packs are too many for it.
    maria.git(&["config", "gc.autoPackLimit", "1"]);
    maria.git(&["config", "gc.pruneExpire", "now"]);
    // Written and not referenced yet, as by a command that is at work.
    maria.write("../pending", "pending\n");
    let pending = maria.git(&["hash-object", "-w", "../pending"]);
    // On other entries nobody is.
    let before = loose(&maria);
    maria.claim(&["docs/"]);
    assert!(loose(&maria) > before);
    maria.git(&["config", "coord.maintenance", "false"]);
    count_up(&maria);
    maria.claim(&["lib/"]);
    assert!(!maria.has(".git/coord/unpacked"), "it was counted to the end");
    maria.git(&["config", "--unset", "coord.maintenance"]);
    for path in ["more/", "most/"] {
        maria.git(&["repack", "-q", "-d"]);
        maria.claim(&[path]);
    }
    assert!(loose(&maria) > 3, "nobody has packed");
    count_up(&maria);
    maria.claim(&["src/"]);
    wait_for("pack", || (loose(&maria) <= 1).then_some(()));
    let lock = maria.directory.join(".git/objects/maintenance.lock");
    wait_for("end of the packing", || (!lock.exists() && !maria.has(".git/gc.pid")).then_some(()));
    maria.git(&["cat-file", "-e", &pending]);
    check_everything(&maria);
}

#[test]
fn many_loose_objects_are_told() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let told = || maria.coord(&["doctor"]).stdout.contains("are not packed");
    assert!(!told());
    for number in 0..100 {
        maria.write(&format!(".git/objects/17/{number:038x}"), "");
    }
    assert!(told());
    fs::remove_dir_all(maria.directory.join(".git/objects/17")).unwrap();
    maria.git(&["fsck", "--no-dangling"]);
}
