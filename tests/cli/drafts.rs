//! Drafts: what differs from the ledger in its checkout, however it came about.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::raw::claim_text;

fn drafts(actor: &Actor) -> Vec<Value> {
    actor.coord(&["status"]).ok().of_type("draft")
}

fn paths(actor: &Actor) -> Vec<String> {
    drafts(actor).iter().map(|draft| text(&draft["path"])).collect()
}

impl Actor {
    /// Checks how the lines begin in which a person is told of drafts.
    #[track_caller]
    fn assert_drafts_say(&self, beginnings: &[&str]) {
        let said = self.say(&["status"]).ok().stdout;
        let lines: Vec<_> = said.lines().filter(|line| line.starts_with("draft:")).collect();
        assert_eq!(lines.len(), beginnings.len(), "{said}");
        for beginning in beginnings {
            assert!(lines.iter().any(|line| line.starts_with(beginning)), "{beginning}: {said}");
        }
    }
}

/// Puts the ledger's checkout away and a link in its place, and asks what is told then.
fn with_checkout_replaced(actor: &Actor, target: &Path, ask: impl FnOnce()) {
    let (checkout, away) = (actor.directory.join(".coord"), actor.directory.join("../away"));
    fs::rename(&checkout, &away).unwrap();
    symlink(target, &checkout).unwrap();
    ask();
    fs::remove_file(&checkout).unwrap();
    fs::rename(&away, &checkout).unwrap();
}

#[test]
fn link_in_the_place_of_the_checkout_is_told_and_not_followed() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.claim(&["src/"]);
    let outside = sandbox.root.join("outside");
    fs::create_dir_all(outside.join("claims")).unwrap();
    fs::write(outside.join("claims/secret.toml"), "format = 1\n").unwrap();
    with_checkout_replaced(&maria, &outside, || {
        for arguments in [&["status"][..], &["status", "--all"]] {
            let ran = maria.coord(arguments).ok();
            let told: Vec<_> = ran.of_type("draft").iter().map(|draft| draft["code"].clone()).collect();
            assert_eq!(told, ["worktree.replaced"], "{ran}");
            assert_eq!(ran.of_type("claim").len(), 1, "the ledger is read as ever: {ran}");
            let said = maria.say(arguments).ok().stdout;
            assert!(said.contains("checkout: (worktree.replaced)") && said.contains("git coord join"), "{said}");
            assert!(!said.contains("secret") && !said.contains("git coord commit"), "{said}");
        }
        maria.coord(&["commit"]).fails(4, "worktree.replaced");
    });
    assert_eq!(paths(&maria), [""; 0]);
    maria.write(".coord/claims/c-22222222.toml", "format = 1\n");
    assert_eq!(paths(&maria), ["claims/c-22222222.toml"], "in its place it is read");
    maria.coord(&["commit"]).ok();
}

#[test]
fn directory_of_records_that_was_something_else_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let claim = text(&maria.claim(&["src/"])["id"]);
    let (claims, away) = (maria.directory.join(".coord/claims"), sandbox.root.join("away"));
    let in_its_place: [&dyn Fn(); 2] =
        [&|| symlink(&away, &claims).unwrap(), &|| maria.write(".coord/claims", "in the way\n")];
    for put in in_its_place {
        fs::rename(&claims, &away).unwrap();
        fs::write(away.join("c-22222222.toml"), "format = 1\n").unwrap();
        put();
        for arguments in [&["status"][..], &["status", "--all"]] {
            let ran = maria.coord(arguments).ok();
            let told: Vec<_> = ran.of_type("draft").iter().map(|draft| draft["path"].clone()).collect();
            assert_eq!(
                told,
                ["claims"],
                "what it leads to is not in the ledger, and what it hides is not removed: {ran}"
            );
            assert_eq!(ran.of_type("claim").len(), 1, "{ran}");
        }
        let head = maria.head();
        maria.coord(&["commit"]).ok();
        assert_eq!(maria.head(), head);
        fs::remove_file(&claims).unwrap();
        fs::remove_file(away.join("c-22222222.toml")).unwrap();
        fs::rename(&away, &claims).unwrap();
        assert_eq!(paths(&maria), [""; 0]);
    }
    fs::remove_file(claims.join(format!("{claim}.toml"))).unwrap();
    assert_eq!(paths(&maria), [format!("claims/{claim}.toml")]);
    maria.assert_drafts_say(&[&format!("draft: removes {claim}, ")]);
}

#[test]
fn missing_record_is_told_as_a_removal() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let claim = text(&maria.claim(&["src/"])["id"]);
    let finding = text(&maria.coord(&["find", "Slow", "--on", "src/"]).ok().json()["id"]);
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&maria.id, "docs/"));
    fs::remove_file(maria.directory.join(format!(".coord/claims/{claim}.toml"))).unwrap();
    maria.assert_drafts_say(&["draft: claims/c-22222222.toml (git coord commit", &format!("draft: removes {claim}, ")]);
    maria.coord(&["commit"]).ok();
    maria.coord(&["commit", &format!("claims/{claim}.toml")]).ok();
    let live: Vec<_> = maria.coord(&["status"]).ok().of_type("claim").iter().map(|one| text(&one["id"])).collect();
    assert_eq!(live, ["c-22222222"]);
    assert_eq!(paths(&maria), [""; 0]);
    let findings = maria.coord(&["findings"]).ok();
    assert_eq!(findings.json()["id"], finding.as_str(), "what is in its place stays");
}

/// All who work in a clone share its checkout: what speaks for somebody, or takes something away, is signed if it is named.
#[test]
fn what_others_typed_in_ones_name_is_not_signed_unasked() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let alice = maria.agent("alice");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let (id, held) = (text(&request["id"]), text(&maria.claim(&["docs/"])["id"]));
    let approval = format!("approvals/{id}/{}.toml", maria.id);
    let typed = format!(
        "format = 1\nrequest = \"{id}\"\ndelta = \"{}\"\nverdict = \"approve\"\nrole = \"maintainer\"\npolicy = 1\n",
        text(&request["delta"])
    );
    maria.write(&format!(".coord/{approval}"), &typed);
    fs::remove_file(maria.directory.join(format!(".coord/claims/{held}.toml"))).unwrap();
    maria.write(".coord/claims/c-22222222.toml", &claim_text(&maria.id, "tests/"));
    let removal = format!("claims/{held}.toml");
    maria.assert_drafts_say(&[
        "draft: claims/c-22222222.toml (git coord commit signs",
        &format!("draft: {approval} (git coord commit {approval} signs"),
        &format!("draft: removes {held}, whose file is gone (git coord commit {removal} signs"),
    ]);
    maria.coord(&["commit"]).ok();
    assert_eq!(paths(&maria), [approval.clone(), removal.clone()]);
    let head = maria.head();
    assert!(maria.coord(&["commit"]).ok().of_type("done").is_empty());
    assert_eq!(maria.head(), head);
    maria.coord(&["commit", "approvals/none.toml"]).fails(2, "usage.not-found");
    alice.coord(&["commit", &approval]).fails(1, "record.owner");
    assert_eq!(maria.head(), head);
    maria.coord(&["commit", &format!(".coord/{approval}")]).ok();
    assert_eq!(paths(&maria), [removal]);
    maria.coord(&["land", "--adopt", "main"]).ok();
    maria.coord(&["land", &id]).ok();
}

/// POL-14: what breaks the glass lands by one word, and that word is nobody else's to type.
#[test]
fn broken_glass_that_others_typed_is_not_signed_unasked() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.write("draft.toml", &maria.read(".coord/policy.toml").replacen("\"land\"]", "\"land\", \"break-glass\"]", 1));
    let proposed = text(&maria.coord(&["policy", "propose", "draft.toml"]).ok().json()["id"]);
    maria.coord(&["policy", "activate", &proposed]).ok();
    maria.coord(&["land", "--adopt", "main"]).ok();
    maria.git(&["switch", "-q", "-c", "emergency"]);
    maria.write("src/a.rs", "fn a() { 1 }\n");
    maria.commit("Change a");
    let asked = ["request", "HEAD", "--into", "main"];
    let glass = maria.coord(&[&asked[..], &["--break-glass", "The site is down"]].concat()).ok().json();
    let typed = |id: &str| {
        let file = maria.read(&format!(".coord/requests/{id}.toml"));
        maria.coord(&["request", "--close", id]).ok();
        file
    };
    let glass = typed(&text(&glass["id"]));
    assert!(glass.contains("[break-glass]"), "{glass}");
    let ordinary = typed(&text(&maria.coord(&asked).ok().json()["id"]));
    // Both look like hers to whoever works in the same clone.
    maria.write(".coord/requests/r-22222222.toml", &glass);
    maria.write(".coord/requests/r-33333333.toml", &ordinary);
    maria.coord(&["commit"]).ok();
    assert_eq!(paths(&maria), ["requests/r-22222222.toml"]);
    maria.coord(&["commit", "requests/r-22222222.toml"]).ok();
    assert_eq!(paths(&maria), [""; 0]);
}

/// A record of somebody else's is signed by whoever acts, where the judge lets it.
#[test]
fn hand_edited_principal_is_committed_by_who_may_write_it() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let file = format!("principals/{}.toml", alice.id);
    let place = format!(".coord/{file}");
    let record = maria.read(&place);
    let edited = |from: &str, to: &str| {
        assert!(record.contains(from), "{record}");
        maria.write(&place, &record.replace("rev = 1\n", "rev = 2\n").replace(from, to));
    };
    let told = |actor: &Actor| drafts(actor).remove(0);
    edited("status = \"active\"", "status = \"suspended\"");
    let draft = told(&maria);
    assert_eq!((&draft["ok"], &draft["owner"]), (&true.into(), &maria.id.as_str().into()), "{draft}");
    assert_eq!(told(&bob)["owner"], alice.id.as_str(), "it may step down itself");
    let head = maria.head();
    bob.coord(&["commit", &file]).fails(1, "record.owner");
    maria.coord(&["commit"]).ok();
    assert_eq!(maria.head(), head, "it must be named");
    maria.coord(&["commit", &file]).ok();
    assert!(maria.git(&["show", &format!("coord:{file}")]).contains("suspended"));
    alice.coord(&["claim", "src/", "--intent", "x"]).fails(1, "key.revoked");
    // What nobody may is told with the reason.
    maria.write(
        &place,
        &maria.read(&place).replace("rev = 2\n", "rev = 3\n").replace("role = \"builder\"", "role = \"lord\""),
    );
    let head = maria.head();
    maria.coord(&["commit", &file]).fails(1, "principal.role");
    assert_eq!(maria.head(), head);
}

/// Its own capabilities are still its own to write, and an enrolment that was typed is its enroller's.
#[test]
fn principal_commits_what_it_wrote_of_itself() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let (alice, bob) = (maria.agent("alice"), maria.agent("bob"));
    let file = format!("principals/{}.toml", alice.id);
    let record = maria.read(&format!(".coord/{file}")).replace("rev = 1\n", "rev = 2\n");
    maria.write(&format!(".coord/{file}"), &format!("{record}capabilities = [\"rust\"]\n"));
    maria.coord(&["commit", &file]).fails(1, "record.owner");
    bob.coord(&["commit", &file]).fails(1, "record.owner");
    alice.coord(&["commit", &file]).ok();
    assert!(alice.git(&["show", &format!("coord:{file}")]).contains("rust"));
}

/// A draft of the policy and the request for it make sense together only.
#[test]
fn request_to_change_the_policy_is_committed_with_its_draft() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let bob = maria.agent("bob");
    let (request, draft) = ("requests/r-22222222.toml", "drafts/2-r-22222222.toml");
    // Proposed, taken out again, and typed anew under another id.
    let looser = maria.read(".coord/policy.toml").replacen("per-principal = 20", "per-principal = 30", 1);
    maria.write("draft.toml", &looser);
    let first = text(&maria.coord(&["policy", "propose", "draft.toml"]).ok().json()["id"]);
    let typed = |path: &str| maria.git(&["show", &format!("coord:{path}")]) + "\n";
    let texts = (typed(&format!("requests/{first}.toml")), typed(&format!("drafts/2-{first}.toml")));
    maria.coord(&["request", "--close", &first]).ok();
    maria.write(&format!(".coord/{request}"), &texts.0);
    let alone = &drafts(&maria)[0];
    assert_eq!((&alone["ok"], &alone["code"]), (&false.into(), &"record.missing".into()), "{alone}");
    maria.write(&format!(".coord/{draft}"), &texts.1);
    for one in drafts(&maria) {
        assert_eq!((&one["ok"], &one["owner"]), (&true.into(), &maria.id.as_str().into()), "{one}");
    }
    assert_eq!(drafts(&bob).len(), 2);
    let head = maria.head();
    maria.coord(&["commit", request]).fails(1, "record.missing");
    maria.coord(&["commit", draft]).fails(1, "record.missing");
    bob.coord(&["commit", request, draft]).fails(1, "record.owner");
    maria.coord(&["commit"]).ok();
    assert_eq!(maria.head(), head, "what decides is named");
    maria.coord(&["commit", request, draft]).ok();
    assert_eq!(maria.coord(&["status"]).ok().of_type("policy-request").len(), 1);
    // It becomes active as one entry as well, also by hand.
    maria.write(".coord/policy.toml", &texts.1);
    for path in [request, draft] {
        fs::remove_file(maria.directory.join(".coord").join(path)).unwrap();
    }
    maria.coord(&["commit", "policy.toml"]).fails(1, "policy.threshold");
    maria.coord(&["commit", "policy.toml", request, draft]).ok();
    assert_eq!(maria.coord(&["status"]).ok().of_type("policy-request").len(), 0);
    assert!(maria.coord(&["policy", "show"]).ok().json()["text"].as_str().unwrap().contains("per-principal = 30"));
}

/// Programs learn as people do why a draft was not signed.
#[test]
fn what_is_not_signed_is_told_to_programs_too() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    let claim = claim_text(&maria.id, "src/");
    maria.write(".coord/claims/c-22222222.toml", &claim.replace("format = 1", "format = 2"));
    maria.write(".coord/claims/c-33333333.toml", &claim.replace("src/", "docs/"));
    let ran = maria.coord(&["commit"]).ok();
    assert_eq!(ran.of_type("done").len(), 1, "{ran}");
    let left = ran.of_type("draft");
    assert_eq!(left.len(), 1, "{ran}");
    assert_eq!((&left[0]["path"], &left[0]["ok"]), (&"claims/c-22222222.toml".into(), &false.into()));
    assert_eq!(left[0]["code"], "record.parse");
    assert!(maria.say(&["commit"]).ok().stderr.contains("record.parse"));
}
