//! Connections that nobody closes and over which nothing comes: a command ends all the same, and leaves nobody behind.

use std::fs;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use crate::faults::arena::Arena;
use crate::faults::arena::claim;
use crate::faults::blow::Blow;
use crate::faults::blow::run;
use crate::support::sandbox::wait_for;
use crate::support::servers::Fault;

/// How long a command may take whose connections all fall silent.
const BOUND: Duration = Duration::from_secs(45);

/// Returns an arena in which the same becomes of every connection, and what that is.
fn arena(fault: Fault) -> Option<(Arena, Arc<Mutex<Fault>>)> {
    let fault = Arc::new(Mutex::new(fault));
    let told = Arc::clone(&fault);
    Some((Arena::new(move || *told.lock().unwrap())?, fault))
}

#[test]
fn claim_ends_when_every_connection_stalls() {
    // From the first byte, and while keys are exchanged.
    let Some((arena, fault)) = arena(Fault::Stalled(0)) else { return };
    let alice = arena.enroll("alice");
    let clone = arena.clone("clone");
    let before = clone.git(&["for-each-ref"]);
    for place in [0, 2000] {
        *fault.lock().unwrap() = Fault::Stalled(place);
        let ended = run(claim(&clone, &alice, "src/a.rs"), Blow::None);
        let error = ended.error.clone().unwrap_or_default();
        assert_eq!((ended.code, error["code"].as_str()), (Some(5), Some("remote.unreachable")), "{ended:?}");
        assert!(ended.took < BOUND, "{place}: {:?}", ended.took);
        assert_eq!(clone.git(&["for-each-ref"]), before, "nothing was written");
    }
    // The legal twin.
    *fault.lock().unwrap() = Fault::None;
    let ended = run(claim(&clone, &alice, "src/a.rs"), Blow::None);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn claim_whose_acknowledgement_stalls_is_found() {
    let Some((arena, _)) = arena(Fault::Muted) else { return };
    let alice = arena.enroll("alice");
    let clone = arena.clone("clone");
    let ended = run(claim(&clone, &alice, "src/a.rs"), Blow::None);
    assert!(ended.code == Some(0) && ended.took < BOUND, "{ended:?}");
    assert_eq!(arena.proxy.counts().get("muted"), Some(&1));
    let answer = ended.answer.unwrap();
    assert_eq!(answer["guarantee"], "remote");
    arena.maria.coord(&["sync"]).ok();
    assert_eq!(arena.maria.coord(&["status", "--all"]).ok().of_type("claim").len(), 1);
}

/// A git that is killed closes the pipes of its ssh, which learns nothing over a connection that stalls.
#[test]
fn ssh_of_a_killed_git_ends_soon() {
    let Some((arena, _)) = arena(Fault::Stalled(2000)) else { return };
    let alice = arena.enroll("alice");
    let clone = arena.clone("clone");
    let port = arena.proxy.port().to_string();
    for blow in [Blow::Git(Duration::from_millis(500)), Blow::Command(Duration::from_millis(500))] {
        let ended = run(claim(&clone, &alice, "src/a.rs"), blow);
        assert!(ended.struck.is_some() && ended.took < BOUND, "{ended:?}");
        wait_for("end of every ssh", || (!is_named_by_an_ssh(&port)).then_some(()));
    }
}

/// Returns whether a process runs that is an ssh with this word.
fn is_named_by_an_ssh(word: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok()).any(|line| {
        let mut words = line.split(|byte| *byte == 0);
        words.next().is_some_and(|program| program.ends_with(b"ssh")) && words.any(|found| found == word.as_bytes())
    })
}
