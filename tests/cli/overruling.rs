//! A veto that root members overrule, from the command line: by as many as decide, with the delta that they read.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::actions;
use super::actions::Cast;
use super::actions::waits;
use super::offline::Setting;

fn codes(verdict: &serde_json::Value) -> Vec<String> {
    let rules = verdict["rules"].as_array().unwrap();
    rules.iter().filter_map(|rule| rule["code"].as_str().map(str::to_owned)).collect()
}

/// Asks to land a change; returns the request and its delta.
fn asked(alice: &Actor) -> (String, String) {
    alice.claim(&["src/a.rs"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let asked = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    (text(&asked["id"]), text(&asked["delta"]))
}

#[test]
fn root_member_overrules_a_veto_and_it_is_told() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let alice = maria.agent("alice");
    let sam = maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
    let (id, delta) = asked(&alice);
    maria.coord(&["approve", &id, "--delta", &delta]).ok();
    let overrule = |who: &Actor, delta: &str, veto: &str| {
        who.coord(&["overrule", &id, "--veto-of", "sam", "--veto", veto, "--delta", delta])
    };
    // There is nothing to overrule yet.
    overrule(&maria, &delta, &delta).fails(1, "record.missing");
    sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It leaks"]).ok();
    let read = maria.veto_entry(&id, &sam.id);
    assert_eq!(codes(&maria.coord(&["land", &id]).exits(1).json()), ["approval.veto"]);
    let ledger = maria.head();
    overrule(&alice, &delta, &read).fails(1, "record.right");
    overrule(&sam, &delta, &read).fails(1, "record.right");
    maria.coord(&["overrule", &id, "--veto-of", "sam", "--veto", &read]).fails(2, "usage.argument");
    maria.coord(&["overrule", &id, "--veto-of", "sam", "--delta", &delta]).fails(2, "usage.argument");
    let other = delta.replace("sha256:", "sha256:0").get(..delta.len()).unwrap().to_owned();
    overrule(&maria, &other, &read).fails(1, "approval.delta");
    maria
        .coord(&["overrule", &id, "--veto-of", "nobody", "--veto", &read, "--delta", &delta])
        .fails(2, "identity.unknown");
    assert_eq!(maria.head(), ledger, "what was refused left nothing");
    let said = overrule(&maria, &delta, &read).ok().json();
    assert_eq!((&said["verdict"], &said["overrules"]), (&"approve".into(), &serde_json::json!([sam.id])));
    let veto = serde_json::json!([{"request": id, "principal": sam.id, "entry": read}]);
    assert_eq!(said["overruled"], veto);
    let ledger = maria.head();
    overrule(&maria, &delta, &read).ok();
    assert_eq!(maria.head(), ledger, "the same word once more writes nothing");
    let told = maria.coord(&["log", "-n", "1"]).ok().json();
    assert_eq!(text(&told["subject"]), format!("Overrule the veto of {} on {id}", sam.id));
    // A veto that is given anew stands, and an approval that is given anew does not carry the old word against it.
    sam.coord(&["withdraw", &id]).ok();
    sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It still leaks"]).ok();
    assert_eq!(codes(&maria.coord(&["land", &id]).exits(1).json()), ["approval.veto"]);
    maria.coord(&["approve", &id, "--delta", &delta, "--reason", "Read again"]).ok();
    assert_eq!(codes(&maria.coord(&["land", &id]).exits(1).json()), ["approval.veto"]);
    // Nor does a word against the veto that was read then hit it.
    let refused = overrule(&maria, &delta, &read).fails(1, "record.missing");
    assert!(text(&refused["message"]).contains("anew"), "{refused}");
    overrule(&maria, &delta, &maria.veto_entry(&id, &sam.id)).ok();
    // An approval in other words goes on overruling what it overruled.
    maria.coord(&["approve", &id, "--delta", &delta, "--reason", "Read once more"]).ok();
    maria.coord(&["land", &id]).ok();
    let audit = maria.coord(&["audit"]).ok();
    let told: Vec<_> = audit.of_type("overruling").iter().map(|said| text(&said["principal"])).collect();
    assert_eq!(told, [maria.id.clone(), maria.id.clone()]);
    let line = maria.coord(&["audit", "src/a.rs:1"]).ok().json();
    assert_eq!(line["landing"]["overruled"], serde_json::json!([{"veto_of": sam.id, "by": [maria.id]}]));
    let told = maria.say(&["audit", "src/a.rs:1"]).ok().stdout;
    assert!(told.contains(&format!("overruled the veto of {}, by {}", sam.id, maria.id)), "{told}");
}

/// S27: an approval that has expired is given anew with all that its principal overruled by it: the veto stands no more than before.
#[test]
fn approval_that_is_given_anew_goes_on_overruling() {
    let sandbox = Sandbox::new();
    let short = |policy: &str| policy.replacen("count ", "max-age = \"1s\"\ncount ", 1);
    let maria = sandbox.repository("work").begin_under(short);
    let sam = maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
    let (id, delta) = asked(&maria.agent("alice"));
    sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It leaks"]).ok();
    let read = maria.veto_entry(&id, &sam.id);
    maria.coord(&["overrule", &id, "--veto-of", "sam", "--veto", &read, "--delta", &delta]).ok();
    for more in [&["--reason", "Read"][..], &[]] {
        let approve = [&["approve", &id, "--delta", &delta], more].concat();
        maria.coord(&approve).ok();
        crate::support::sandbox::wait_for("an expired approval", || {
            maria.say(&approve).ok().stdout.starts_with("approved").then_some(())
        });
        let shown = maria.coord(&["show", &id]).ok().json();
        assert_eq!(shown["objections"][0]["state"], "overruled");
    }
    let told = maria.coord(&["log", "-n", "9"]).ok().of_type("entry");
    assert!(told.iter().all(|entry| !text(&entry["subject"]).contains("Withdraw")), "{told:?}");
}

/// S27, with legal twin: who overrules a veto long after it approved does not approve anew by that; what it approved just now stays
/// approved.
#[test]
fn overruling_does_not_renew_an_approval_that_has_expired() {
    for age in ["1s", "1h"] {
        let sandbox = Sandbox::new();
        let aging = |policy: &str| policy.replacen("count ", &format!("max-age = \"{age}\"\ncount "), 1);
        let maria = sandbox.repository("work").begin_under(aging);
        maria.coord(&["land", "--adopt", "main"]).ok();
        let sam = maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
        let (id, delta) = asked(&maria.agent("alice"));
        maria.coord(&["approve", &id, "--delta", &delta]).ok();
        let has_expired = age == "1s";
        if has_expired {
            crate::support::sandbox::wait_for("an expired approval", || {
                let explained = maria.coord(&["gate", "explain", &id]);
                codes(&explained.json()).contains(&"approval.stale".to_owned()).then_some(())
            });
        }
        sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It leaks"]).ok();
        let read = maria.veto_entry(&id, &sam.id);
        let said = maria.coord(&["overrule", &id, "--veto-of", "sam", "--veto", &read, "--delta", &delta]).ok().json();
        let verdict = if has_expired { "overrule" } else { "approve" };
        assert_eq!((&said["verdict"], &said["expired"]), (&verdict.into(), &has_expired.into()));
        if !has_expired {
            maria.coord(&["land", &id]).ok();
            continue;
        }
        assert_eq!(codes(&maria.coord(&["land", &id]).exits(1).json()), ["approval.threshold"]);
        // Who still thinks so says so, and goes on overruling.
        let approved = maria.coord(&["approve", &id, "--delta", &delta]).ok().json();
        assert_eq!(approved["overrules"], serde_json::json!([sam.id]));
    }
}

/// APP-13, with legal twin: a word that was only here is said again where the ledger is decided, and not against a veto that took
/// the place of the one that was read.
#[test]
fn overruling_that_is_replayed_hits_no_other_veto() {
    for is_replaced in [false, true] {
        let Setting { sandbox: _sandbox, hub, alice, other } = Setting::new();
        let maria = &hub.maria;
        maria.coord(&["land", "--adopt", "main"]).ok();
        let sam = maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
        alice.write("src/a.rs", "fn a() { 1 }\n");
        alice.commit("Change a");
        let asked = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
        let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
        sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It leaks"]).ok();
        let read = maria.veto_entry(&id, &sam.id);
        maria.write(
            &format!(".coord/approvals/{id}/{}.toml", maria.id),
            &format!(
                "format = 1\nrequest = \"{id}\"\ndelta = \"{delta}\"\nverdict = \"overrule\"\nrole = \"maintainer\"\n\
                 policy = 1\noverrules = [{{ principal = \"{}\", entry = \"{read}\" }}]\n",
                sam.id
            ),
        );
        maria.raw(&["add", "-A"]).ok();
        maria.raw(&["commit", "-q", "-S", "-m", "Overrule a veto"]).ok();
        let elsewhere = other.with_env("GIT_COORD_AS", &sam.id);
        if is_replaced {
            elsewhere.coord(&["veto", &id, "--delta", &delta, "--reason", "It also lies"]).ok();
        } else {
            elsewhere.claim(&["docs/"]);
        }
        let synced = maria.coord(&["sync"]).exits(if is_replaced { 3 } else { 0 }).of_type("synced");
        let lost = is_replaced.then_some("record.missing");
        assert_eq!((synced.len(), synced[0]["code"].as_str()), (1, lost), "{synced:?}");
        let shown = maria.coord(&["show", &id]).ok().json();
        assert_eq!(shown["objections"][0]["state"], if is_replaced { "stands" } else { "overruled" });
    }
}

/// S27, with legal twins: an approval that has expired by the rule of a mission which only a claim on the changed path tells of is
/// not renewed either; one that is young enough, or older than what is asked about other paths, stays.
#[test]
fn overruling_renews_no_approval_that_expired_for_a_mission_nobody_named() {
    let of_mission = |age: &str| {
        format!(
            "\n[[missions.pay.protect]]\nname = \"pay\"\nrefs = [\"refs/heads/main\"]\n\n  \
             [[missions.pay.protect.approvals]]\n  count = 1\n  from = [\"maintainer\"]\n  max-age = \"{age}\"\n"
        )
    };
    let of_paths = "\n  [[protect.approvals]]\n  paths = [\"infra/**\"]\n  count = 1\n  from = [\"maintainer\"]\n  \
                    max-age = \"1s\"\n";
    for (more, goes_on) in [(of_mission("1s"), false), (of_mission("1h"), true), (of_paths.to_owned(), true)] {
        let sandbox = Sandbox::new();
        let maria = sandbox.repository("work").begin_under(|policy| format!("{policy}{more}"));
        maria.coord(&["land", "--adopt", "main"]).ok();
        let sam = maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
        let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
        alice.coord(&["claim", "--mission", "pay", "--intent", "Work here", "src/a.rs"]).ok();
        bob.write("src/a.rs", "fn a() { 1 }\n");
        bob.git(&["commit", "-q", "-a", "--no-verify", "-m", "Change a"]);
        let asked = bob.coord(&["request", "HEAD", "--into", "main"]).ok().json();
        let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
        let approve = ["approve", &id, "--delta", &delta];
        maria.coord(&approve).ok();
        let ledger = maria.head();
        std::thread::sleep(std::time::Duration::from_millis(2_100));
        sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It leaks"]).ok();
        let read = maria.veto_entry(&id, &sam.id);
        let said = maria.coord(&["overrule", &id, "--veto-of", "sam", "--veto", &read, "--delta", &delta]).ok().json();
        let verdict = if goes_on { "approve" } else { "overrule" };
        assert_eq!((&said["verdict"], &said["expired"]), (&verdict.into(), &(!goes_on).into()), "{more}");
        assert_ne!(maria.head(), ledger);
        // Whoever still thinks so says so.
        assert_eq!(maria.say(&approve).ok().stdout.starts_with("already"), goes_on);
        let explained = codes(&maria.coord(&["gate", "explain", &id]).json());
        assert!(!explained.contains(&"approval.stale".to_owned()), "{explained:?}");
    }
}

/// S27, with legal twin: where the change cannot be read, nobody can tell what is asked of it, and nothing is approved again.
#[test]
fn overruling_renews_no_approval_of_a_change_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let sam = maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
    let alice = maria.agent("alice");
    let (id, delta) = asked(&alice);
    let head = alice.git(&["rev-parse", "HEAD"]);
    let lies = maria.directory.join(".git/objects").join(&head[..2]).join(&head[2..]);
    let aside = sandbox.root.join("aside");
    let approve = ["approve", &id, "--delta", &delta];
    maria.coord(&approve).ok();
    for is_read in [true, false] {
        sam.coord(&["veto", &id, "--delta", &delta, "--reason", &format!("It leaks, {is_read}")]).ok();
        let read = maria.veto_entry(&id, &sam.id);
        if !is_read {
            std::fs::rename(&lies, &aside).unwrap();
            // What was approved is told as it is all the same: nothing that anybody asks on this ref has ended it.
            assert!(maria.say(&approve).ok().stdout.starts_with("already approved"));
        }
        let said = maria.coord(&["overrule", &id, "--veto-of", "sam", "--veto", &read, "--delta", &delta]).ok().json();
        let verdict = if is_read { "approve" } else { "overrule" };
        assert_eq!((&said["verdict"], &said["expired"]), (&verdict.into(), &(!is_read).into()));
    }
    std::fs::rename(&aside, &lies).unwrap();
    let approved = maria.coord(&approve).ok().json();
    assert_eq!((&approved["state"], &approved["overrules"]), (&"valid".into(), &serde_json::json!([sam.id])));
}

/// With legal twins: who only overruled a veto has not said what it thinks of a change, of a command or of a draft, and is asked for
/// that; who approved is not.
#[test]
fn whoever_only_overruled_is_still_asked() {
    let cast = Cast::new("15m");
    let maria = &cast.maria;
    let sam = maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
    let bob = maria.enroll("bob", &["--role", "builder", "--vendor", "openai", "--operator", "beta"]);
    let overrule = |who: &Actor, (id, delta): &(String, String)| {
        sam.coord(&["veto", id, "--delta", delta, "--reason", "It leaks"]).ok();
        let read = maria.veto_entry(id, &sam.id);
        let said = who.coord(&["overrule", id, "--veto-of", "sam", "--veto", &read, "--delta", delta]).ok().json();
        assert_eq!(said["verdict"], "overrule");
    };
    let command = actions::ask(&bob, &[], &["true"]);
    for (asked, kind) in [(asked(&bob), "approve"), ((text(&command["id"]), text(&command["delta"])), "approve-action")]
    {
        overrule(maria, &asked);
        assert_eq!(waits(maria, &asked.0), [kind]);
        maria.coord(&["approve", &asked.0, "--delta", &asked.1]).ok();
        assert!(!waits(maria, &asked.0).contains(&kind.to_owned()));
    }
    // A draft of the policy, which takes two root members.
    let otto = maria.enroll("otto", &["--kind", "human", "--role", "maintainer", "--operator", "otto"]);
    let propose = |edit: &dyn Fn(&str) -> String| {
        maria.write("draft.toml", &edit(&text(&maria.coord(&["policy", "show"]).ok().json()["text"])));
        let opened = maria.coord(&["policy", "propose", "draft.toml"]).ok().json();
        (text(&opened["id"]), text(&opened["delta"]))
    };
    let both = format!("members   = [\"{}\", \"{}\"", maria.id, otto.id);
    let one = format!("members   = [\"{}\"", maria.id);
    let two = |policy: &str| policy.replacen("threshold = 1", "threshold = 2", 1).replacen(&one, &both, 1);
    let first = propose(&two);
    otto.coord(&["approve", &first.0, "--delta", &first.1]).ok();
    maria.coord(&["policy", "activate", &first.0]).ok();
    let draft = propose(&|policy| policy.replacen("per-principal = 20", "per-principal = 1", 1));
    overrule(&otto, &draft);
    assert_eq!(waits(&otto, &draft.0), ["agree"]);
    otto.coord(&["approve", &draft.0, "--delta", &draft.1]).ok();
    assert!(!waits(&otto, &draft.0).contains(&"agree".to_owned()));
}

/// APP-18, with legal twin: a stamp too many is not said again; and of one that counted, and is one too many once it is said again,
/// that is told.
#[test]
fn overruling_tells_what_becomes_of_a_hurried_approval() {
    let sandbox = Sandbox::new();
    let hurried = |policy: &str| policy.replacen("count ", "max-per-hour = 2\ncount ", 1);
    let maria = sandbox.repository("work").begin_under(hurried);
    let sam = maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
    let requests = ["alice", "bob"].map(|name| {
        let builder = maria.agent(name);
        builder.write(&format!("src/{name}.rs"), "fn a() { 1 }\n");
        builder.commit(&format!("Change it as {name}"));
        let asked = builder.coord(&["request", "HEAD", "--into", "main"]).ok().json();
        (text(&asked["id"]), text(&asked["delta"]))
    });
    let approve = |(id, delta): &(String, String)| maria.coord(&["approve", id, "--delta", delta]).ok().json();
    let overrule = |(id, delta): &(String, String)| {
        sam.coord(&["veto", id, "--delta", delta, "--reason", "It leaks"]).ok();
        let read = maria.veto_entry(id, &sam.id);
        let said = maria.coord(&["overrule", id, "--veto-of", "sam", "--veto", &read, "--delta", delta]).ok().json();
        (text(&said["verdict"]), text(&said["state"]), said["expired"] == true)
    };
    let told = |verdict: &str, state: &str, expired| (verdict.to_owned(), state.to_owned(), expired);
    approve(&requests[0]);
    assert_eq!(overrule(&requests[0]), told("approve", "valid", false));
    assert_eq!(approve(&requests[1])["state"], "not-counted");
    assert_eq!(overrule(&requests[1]), told("overrule", "valid", true));
    assert_eq!(approve(&requests[0])["state"], "valid");
    // What counted was one more of the hour.
    sam.coord(&["withdraw", &requests[0].0]).ok();
    assert_eq!(overrule(&requests[0]), told("approve", "not-counted", false));
}
