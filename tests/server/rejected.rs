//! Pushes of the ledger that the remote does not take, for another reason than a lost race.

use std::fs;

use crate::server::recording::meanwhile;
use crate::server::stage::COORD;
use crate::server::stage::Stage;

/// Whatever a free ref keeps from coming into being is told as git says it, after one push.
#[test]
fn what_stands_in_the_way_of_a_ref_is_told() {
    for is_in_the_way in [true, false] {
        let stage = Stage::plain();
        if is_in_the_way {
            stage.accepted(&["refs/remotes/hub/main:refs/heads/release"]);
        }
        stage.git(&["branch", "release/1", "refs/remotes/hub/main"]);
        let pushes = stage.root.join("pushes");
        meanwhile(&stage, &format!("echo >>{}", pushes.display()));
        let before = stage.hub_tip(COORD);
        let adopted = stage.coord("maria", &["land", "--adopt", "release/1"]);
        assert_eq!(fs::read_to_string(&pushes).unwrap().lines().count(), 1, "{adopted}");
        if is_in_the_way {
            let error = adopted.fails(1, "push.refused");
            assert!(error["message"].as_str().unwrap().contains("'refs/heads/release' exists"), "{error}");
            assert_eq!(stage.hub_tip(COORD), before);
        } else {
            adopted.ok();
            assert_eq!(stage.hub_tip("refs/heads/release/1"), stage.hub_tip("refs/heads/main"));
        }
    }
}

/// The twin of a rejection that stays: a lost race is run again.
#[test]
fn a_lost_race_is_run_again() {
    let stage = Stage::plain();
    let claim = |who: &str, path: &str| stage.coord(who, &["claim", path, "--intent", "Work"]);
    claim("dave", "docs/").ok();
    let theirs = stage.hub_tip(COORD);
    let older = stage.hub_tip(&format!("{COORD}~1"));
    stage.accepted(&[&format!("{theirs}:refs/heads/kept")]);
    // The desk of somebody who has not seen it: between its look and its push the other entry arrives.
    let unseen = "git -c core.hooksPath=/dev/null update-ref";
    stage.at_hub(&["-c", "core.hooksPath=/dev/null", "update-ref", COORD, &older]);
    for name in ["chain", "recent", "verified"] {
        fs::remove_file(stage.hub.join("coord").join(name)).ok();
    }
    for name in [COORD, "refs/coord/remotes/hub"] {
        stage.git(&["update-ref", name, &older]);
    }
    for name in ["chain", "recent", "verified"] {
        fs::remove_file(stage.work.join(".git/coord").join(name)).ok();
    }
    let once = stage.root.join("once");
    meanwhile(&stage, &format!("[ -e {0} ] || {{ touch {0}; {unseen} {COORD} {theirs}; }}", once.display()));
    claim("alice", "src/").ok();
    let state = stage.state();
    assert_eq!(state.claims.len(), 2, "both are there");
}
