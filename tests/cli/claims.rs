//! Taking a claim: what is granted, what is refused and with what answer, and what a path means.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// Two agents of one ledger.
fn two(sandbox: &Sandbox) -> (Actor, Actor) {
    let maria = sandbox.ledger();
    (maria.agent("alice"), maria.agent("bob"))
}

fn paths(claim: &Value) -> Vec<String> {
    claim["paths"].as_array().unwrap().iter().map(text).collect()
}

#[test]
fn granted_claim_says_everything() {
    let sandbox = Sandbox::new();
    let (alice, _) = two(&sandbox);
    let claim = alice.coord(&["claim", "src/", "docs/*.md", "--intent", "Stream it", "--ttl", "1h"]).ok().json();
    for field in ["type", "v", "id", "token", "granted", "expires", "similar", "in_flight"] {
        assert!(claim.get(field).is_some_and(|value| !value.is_null()), "{field}: {claim}");
    }
    assert_eq!(claim["holder"], alice.id.as_str());
    assert_eq!((&claim["state"], &claim["mode"]), (&"held".into(), &"exclusive".into()));
    assert_eq!((&claim["guarantee"], &claim["intent"]), (&"local".into(), &"Stream it".into()));
    assert_eq!(paths(&claim), ["src/", "docs/*.md"]);
    let seconds = |field: &str| text(&claim[field]).parse::<jiff::Timestamp>().unwrap().as_second();
    assert_eq!(seconds("expires") - seconds("granted"), 3600);
    let shown = alice.coord(&["status"]).ok().of_type("claim");
    assert_eq!(shown[0]["token"], claim["token"]);
}

#[test]
fn conflicting_claim_is_refused_with_its_holders() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let claim = alice.claim(&["src/"]);
    let head = alice.head();
    for asked in ["src/", "src/a.rs", "src/**/*.rs", "**/*.rs", "s*/", "**", "SRC/a.rs", "Src/"] {
        let error = bob.coord(&["claim", asked, "--intent", "x"]).fails(3, "claim.held");
        let holder = &error["holders"][0];
        assert_eq!(holder["holder"], alice.id.as_str(), "{asked}");
        assert_eq!((&holder["claim"], &holder["token"]), (&claim["id"], &claim["token"]));
        assert_eq!(holder["intent"], claim["intent"]);
        assert_eq!(holder["expires"], claim["expires"]);
        assert!(!error["hints"].as_array().unwrap().is_empty());
    }
    bob.coord(&["claim", "docs/", "src/a.rs", "--intent", "All or nothing"]).fails(3, "claim.held");
    assert_eq!(alice.head(), head, "a refusal writes nothing");
    for asked in ["source/", "src.rs", "docs/*.rs", "tests/src/"] {
        bob.claim(&[asked]);
    }
    let person = bob.say(&["claim", "src/a.rs", "--intent", "x"]).exits(3);
    assert!(person.stderr.contains(&alice.id) && person.stderr.contains("hint: "), "{person}");
}

#[test]
fn names_differing_in_normalisation_conflict() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    alice.claim(&["docs/gr\u{fc}\u{df}e.md"]);
    bob.coord(&["claim", "docs/gru\u{308}\u{df}e.md", "--intent", "x"]).fails(3, "claim.held");
    bob.claim(&["docs/gruesse.md"]);
}

#[test]
fn check_answers_by_exit_code() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    alice.claim(&["src/"]);
    let mine = alice.coord(&["check", "src/a.rs"]).exits(0).json();
    assert_eq!((&mine["may"], &mine["caller"]), (&true.into(), &alice.id.as_str().into()));
    let theirs = bob.coord(&["check", "src/a.rs", "docs/x"]).exits(3).json();
    assert_eq!((&theirs["may"], &theirs["held_by_others"][0]["holder"]), (&false.into(), &alice.id.as_str().into()));
    bob.coord(&["check", "docs/x"]).exits(0);
    // Nobody holds what somebody waits for; but whoever would claim it waits as well (S8).
    let waiting = bob.coord(&["claim", "src/", "notes.txt", "--intent", "x", "--queue"]).ok().json();
    let awaited = alice.coord(&["check", "notes.txt"]).exits(0).json();
    assert_eq!(awaited["awaited_by_others"][0]["id"], waiting["id"], "{awaited}");
    assert_eq!(bob.coord(&["check", "notes.txt"]).exits(0).json()["awaited_by_others"], serde_json::json!([]));
    bob.coord(&["release", &text(&waiting["id"])]).ok();
    bob.coord(&["check"]).exits(2);
    bob.at("src").coord(&["check", "a.rs"]).exits(3);
    bob.at("src").coord(&["check", "../README.md"]).exits(0);
    assert_eq!(bob.say(&["check", "src/a.rs"]).exits(3).stdout.lines().count(), 1);
}

#[test]
fn claiming_again_is_the_same_claim() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let first = alice.claim(&["src/"]);
    let head = alice.head();
    for asked in [["src/"], ["src/a.rs"], ["src/**"]] {
        assert_eq!(alice.claim(&asked)["id"], first["id"], "{asked:?}");
    }
    assert_eq!(alice.head(), head, "nothing is appended");
    assert_ne!(alice.claim(&["docs/"])["id"], first["id"]);
    bob.coord(&["claim", "src/a.rs", "--intent", "x"]).fails(3, "claim.held");
}

/// P4: a path has one live token, so what overlaps one's own becomes one wider claim.
#[test]
fn claim_beside_ones_own_takes_its_place() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let narrow = alice.claim(&["src/a.rs", "docs/a.md"]);
    let apart = alice.claim(&["tests/"]);
    let wide = alice.coord(&["claim", "src/", "--intent", "More", "--ttl", "5m"]).ok().json();
    assert_eq!(paths(&wide), ["src/", "docs/a.md"]);
    assert_eq!((&wide["replaced"], &wide["intent"]), (&serde_json::json!([narrow["id"]]), &"More".into()));
    assert_eq!(wide["expires"], narrow["expires"], "nothing is given up, time neither");
    assert!(wide["token"].as_u64() > apart["token"].as_u64());
    let live: Vec<_> = alice.coord(&["status"]).ok().of_type("claim").iter().map(|one| one["id"].clone()).collect();
    assert_eq!(live.len(), 2, "{live:?}");
    assert!(!live.contains(&narrow["id"]));
    bob.coord(&["claim", "docs/a.md", "--intent", "x"]).fails(3, "claim.held");
    let said = alice.say(&["claim", "src/", "tests/", "--intent", "All"]).ok();
    assert!(said.stderr.contains("in place of"), "{said}");
}

/// What somebody else holds, or waits for, is not won by widening; what one has stays.
#[test]
fn claim_beside_ones_own_does_not_pass_others() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let mine = alice.claim(&["src/a.rs"]);
    bob.claim(&["src/b.rs"]);
    let live = |actor: &Actor| actor.coord(&["status"]).ok().of_type("claim").len();
    alice.coord(&["claim", "src/", "--intent", "x"]).fails(3, "claim.held");
    alice.coord(&["claim", "src/", "--intent", "x", "--queue"]).fails(3, "claim.deadlock");
    bob.coord(&["claim", "src/a.rs", "--intent", "x", "--queue"]).ok();
    alice.coord(&["claim", "src/a.rs", "src/c.rs", "--intent", "x"]).fails(3, "claim.held");
    assert_eq!(live(&alice), 3);
    alice.coord(&["renew", &text(&mine["id"])]).ok();
    let wide = alice.claim(&["docs/", "src/c.rs"]);
    assert_eq!(wide["replaced"], serde_json::json!([]));
}

#[test]
fn expired_claim_of_ones_own_is_taken_anew() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let first = alice.coord(&["claim", "src/", "--intent", "Short", "--ttl", "1s"]).ok().json();
    crate::support::sandbox::wait_for("expiry", || {
        let claims = alice.coord(&["status"]).ok().of_type("claim");
        (claims[0]["state"] == "expired").then_some(())
    });
    // Nobody takes it over before its grace has passed.
    bob.coord(&["claim", "src/", "--intent", "x"]).fails(3, "claim.held");
    bob.coord(&["claim", "src/", "--intent", "x", "--takeover"]).fails(3, "claim.held");
    let again = alice.claim(&["src/"]);
    assert_eq!(again["state"], "held", "whoever claims holds a live lease afterwards: {again}");
    assert_eq!(again["id"], first["id"], "nobody came in between");
}

#[test]
fn directory_gets_its_slash() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    assert_eq!(paths(&alice.claim(&["src"])), ["src/"]);
    assert_eq!(paths(&alice.claim(&["README.md"])), ["README.md"]);
    assert_eq!(paths(&bob.claim(&["not/there"])), ["not/there", "not/there/"]);
    assert_eq!(paths(&bob.claim(&["not/that/"])), ["not/that/"]);
}

#[test]
fn paths_are_relative_to_where_one_stands() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    alice.write("deep/er/file", "x");
    let below = alice.at("deep/er");
    assert_eq!(paths(&below.claim(&["file"])), ["deep/er/file"]);
    assert_eq!(paths(&below.claim(&["../x.rs"])), ["deep/x.rs"]);
    assert_eq!(paths(&below.claim(&["../../src"])), ["src/"]);
    assert_eq!(paths(&below.claim(&["./y.rs"])), ["deep/er/y.rs"]);
    assert_eq!(paths(&alice.claim(&["./docs/./a.md"])), ["docs/a.md"]);
    assert_eq!(paths(&alice.claim(&["docs//b.md"])), ["docs/b.md"]);
    let absolute = bob.directory.join("tests/t.rs");
    assert_eq!(paths(&bob.claim(&[absolute.to_str().unwrap()])), ["tests/t.rs"]);
    assert_eq!(paths(&bob.claim(&["tests/../other.rs"])), ["other.rs"]);
    alice.coord(&["release", "--all"]).ok();
    bob.coord(&["release", "--all"]).ok();
    assert_eq!(paths(&bob.claim(&["."])), ["**"]);
    bob.coord(&["release", "--all"]).ok();
    assert_eq!(paths(&bob.at("src").claim(&["."])), ["src/"]);
    for outside in ["../outside", "/etc/passwd", "src/../../x"] {
        let refused = bob.coord(&["claim", outside, "--intent", "x"]);
        refused.fails(2, "usage.argument");
    }
}

#[test]
fn directory_can_be_named_from_elsewhere() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    std::os::unix::fs::symlink(&alice.directory, sandbox.root.join("link")).unwrap();
    let outside = Actor { directory: sandbox.root.clone(), ..bob.clone() };
    for (directory, expected) in [("alice/src", "src/1.rs"), ("link/src", "src/2.rs"), ("bob/../alice/src", "src/3.rs")]
    {
        let name = &expected[4..];
        let claim = outside.coord(&["-C", directory, "claim", name, "--intent", "x"]).ok().json();
        assert_eq!((text(&claim["holder"]), paths(&claim)), (alice.id.clone(), vec![expected.to_owned()]));
        bob.coord(&["-C", "../alice/src", "check", name]).exits(0);
        bob.coord(&["check", expected]).exits(3);
    }
    outside.coord(&["-C", "nowhere", "status"]).exits(5);
}

#[test]
fn patterns_that_mean_nothing_are_refused() {
    let sandbox = Sandbox::new();
    let (alice, _) = two(&sandbox);
    let long = "x".repeat(5000);
    for bad in ["", "../x", ".git/config", ".GIT/hooks", "a\u{1b}b", "a\nb", "[", "a/\u{202e}b", long.as_str()] {
        alice.coord(&["claim", "--intent", "x", "--", bad]).fails(2, "usage.argument");
    }
    let many: Vec<String> = (0..65).map(|index| format!("many/{index}.rs")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = alice.coord(&[&["claim", "--intent", "x"], many.as_slice()].concat());
    assert_eq!(refused.code, 1, "{refused}");
    alice.claim(&many[..64]);
    alice.claim(&["a/[bc]?.rs", ".github/workflows/"]);
    alice.claim(&["--", "-dash"]);
}

#[test]
fn leases_end_within_the_policys_time() {
    let sandbox = Sandbox::new();
    let (alice, _) = two(&sandbox);
    for bad in ["0", "0s", "-5m", "NaN", "inf", "1e9s", "99999999999999999999s", "5", "m", "1.5h", "", "ü"] {
        let refused = alice.coord(&["claim", "src/", "--intent", "x", &format!("--ttl={bad}")]);
        refused.fails(2, "usage.argument");
    }
    for long in ["5h", "400d"] {
        let refused = alice.coord(&["claim", "src/", "--intent", "x", "--ttl", long]);
        assert!(refused.code == 1 || refused.code == 2, "{refused}");
    }
    alice.coord(&["claim", "src/", "--intent", "x", "--ttl", "5h"]).fails(1, "claim.ttl");
    alice.coord(&["claim", "src/", "--intent", "x", "--ttl", "4h"]).ok();
    alice.coord(&["renew", "--ttl", "5h"]).fails(1, "claim.ttl");
    alice.coord(&["renew", "--ttl", "90s"]).ok();
}

#[test]
fn resources_conflict_like_paths() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let claim = alice.coord(&["claim", "--resource", "port:8080", "--intent", "Serve"]).ok().json();
    assert_eq!(claim["resources"][0], "port:8080");
    bob.coord(&["claim", "docs/", "--resource", "port:8080", "--intent", "x"]).fails(3, "claim.held");
    bob.coord(&["claim", "--resource", "port:8081", "--intent", "x"]).ok();
    for bad in ["Port:1", "a b", "port:", ":1", ""] {
        bob.coord(&["claim", "--intent", "x", &format!("--resource={bad}")]).fails(2, "usage.argument");
    }
    bob.coord(&["claim", "--intent", "x"]).exits(2);
}

#[test]
fn shared_claims_share_and_exclusive_ones_do_not() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    assert_eq!(alice.coord(&["claim", "src/", "--intent", "x", "--shared"]).ok().json()["mode"], "shared");
    bob.coord(&["claim", "src/a.rs", "--intent", "x"]).fails(3, "claim.held");
    bob.coord(&["check", "src/a.rs"]).exits(3);
    bob.coord(&["claim", "src/a.rs", "--intent", "x", "--shared"]).ok();
    bob.coord(&["check", "src/a.rs"]).exits(0);
}

#[test]
fn quota_bounds_claims_of_one_principal() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let ids: Vec<String> = (0..20).map(|index| text(&alice.claim(&[&format!("many/{index}.rs")])["id"])).collect();
    alice.coord(&["claim", "one/more", "--intent", "x"]).fails(1, "claim.quota");
    bob.claim(&["one/more"]);
    alice.coord(&["release", &ids[0]]).ok();
    alice.claim(&["another"]);
}

#[test]
fn similar_intents_are_shown() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let first = alice.coord(&["claim", "src/a.rs", "--intent", "Stream the tokenizer's input"]).ok().json();
    let second =
        bob.coord(&["claim", "src/b.rs", "--intent", "Let the tokenizer read its input as a stream"]).ok().json();
    assert_eq!(second["similar"][0]["id"], first["id"], "{second}");
    let third = bob.coord(&["claim", "docs/", "--intent", "Explain releases"]).ok().json();
    assert_eq!(third["similar"], serde_json::json!([]));
}

#[test]
fn commits_stay_out_of_others_claims() {
    let sandbox = Sandbox::new();
    let (alice, bob) = two(&sandbox);
    let claim = alice.claim(&["src/a.rs"]);
    bob.write("src/a.rs", "fn a() { 2 }\n");
    bob.git(&["add", "-A"]);
    let refused = bob.try_git(&["commit", "-q", "-m", "Change a"]).exits(1);
    assert!(refused.stderr.contains(&alice.id), "{refused}");
    bob.git(&["reset", "-q", "--hard"]);
    bob.write("src/b.rs", "fn b() { 2 }\n");
    bob.commit("Change b");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let trailers = alice.git(&["log", "-1", "--format=%(trailers:only,unfold)"]);
    assert_eq!(trailers, format!("Coord-Claim: {}", text(&claim["id"])));
    assert_eq!(bob.git(&["log", "-1", "--format=%(trailers:only,unfold)"]), "", "no claim, no trailer");
}
