//! Landings that rest on somebody whose key turned out to be suspect: `audit` and `inbox` tell them until they are
//! reviewed again (KEY-2).

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

use super::audits::height_of;

/// A ledger with maria, who maintains, alice, who writes, and bob and carol, who review.
pub(super) struct Cast {
    #[expect(dead_code, reason = "removes the directory when it is dropped")]
    sandbox: Sandbox,
    pub(super) maria: Actor,
    pub(super) alice: Actor,
    pub(super) bob: Actor,
    pub(super) carol: Actor,
}

impl Cast {
    pub(super) fn new() -> Self {
        let sandbox = Sandbox::new();
        let maria = sandbox.ledger();
        Self::of(sandbox, maria)
    }

    pub(super) fn of(sandbox: Sandbox, maria: Actor) -> Self {
        let alice = maria.agent("alice");
        let reviewer = |name: &str, vendor: &str| maria.enroll(name, &["--role", "reviewer", "--vendor", vendor]);
        let (bob, carol) = (reviewer("bob", "openai"), reviewer("carol", "mistral"));
        maria.coord(&["land", "--adopt", "main"]).ok();
        Self { maria, alice, bob, carol, sandbox }
    }

    /// Asks for a change of alice, which somebody approves. Returns the commit and the request.
    pub(super) fn approved(&self, path: &str, content: &str, approver: &Actor) -> (String, String) {
        self.alice.write(path, content);
        let commit = self.alice.commit(&format!("Change {path}"));
        let request = self.alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
        approver.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
        (commit, text(&request["id"]))
    }

    /// Lands such a change. Returns the commit.
    fn land(&self, path: &str, content: &str, approver: &Actor) -> String {
        let (commit, request) = self.approved(path, content, approver);
        self.maria.coord(&["land", &request]).ok();
        commit
    }

    pub(super) fn suspect(&self, whom: &Actor, since: u64) {
        self.maria.coord(&["principals", "suspect", &whom.id, "--since", &since.to_string()]).ok();
    }

    /// Files a finding about a commit. Returns its id.
    fn find(&self, who: &Actor, commit: &str, kind: &str) -> String {
        let arguments = ["find", "Looked again", "--kind", kind, "--severity", "low", "--commit", commit];
        text(&who.coord(&arguments).ok().json()["id"])
    }

    /// Returns what is owed, each as the commit and who it rests on.
    #[track_caller]
    pub(super) fn debts(&self) -> Vec<Value> {
        let audit = self.maria.coord(&["audit"]);
        let debts = audit.of_type("debt");
        assert_eq!(audit.code, i32::from(!debts.is_empty()), "{audit}");
        assert_eq!(audit.json()["debts"], debts.len(), "{audit}");
        debts
    }

    #[track_caller]
    pub(super) fn assert_owed(&self, commits: &[&str]) {
        let owed = self.debts();
        assert_eq!(owed.iter().map(|debt| text(&debt["new"])).collect::<Vec<_>>(), commits, "{owed:?}");
    }
}

/// Returns the digest of what a request asks for.
pub(super) fn delta_of(who: &Actor, request: &str) -> String {
    let record = who.read(&format!(".coord/requests/{request}.toml"));
    let delta = record.lines().find_map(|line| line.strip_prefix("delta")).unwrap();
    delta.trim_matches([' ', '=', '"']).to_owned()
}

fn reviews_of(who: &Actor) -> Vec<String> {
    let items = who.coord(&["inbox"]).ok().objects();
    items.iter().filter(|item| item["kind"] == "review").map(|item| text(&item["id"])).collect()
}

/// KEY-2: each way to rest on somebody, and only since it is suspect.
#[test]
fn landings_since_a_key_is_suspect_are_to_be_reviewed_again() {
    let cast = Cast::new();
    let before = cast.land("src/a.rs", "fn a() { 1 }\n", &cast.bob);
    let since = cast.maria.coord(&["status"]).ok().json()["height"].as_u64().unwrap() + 1;
    let approved = cast.land("src/a.rs", "fn a() { 2 }\n", &cast.bob);
    let height = height_of(&cast.maria, "Land ");
    let other = cast.land("src/b.rs", "fn b() { 1 }\n", &cast.carol);
    cast.assert_owed(&[]);
    assert!(reviews_of(&cast.carol).is_empty());
    cast.suspect(&cast.bob, since);
    let told = height_of(&cast.maria, "Suspect");
    cast.assert_owed(&[&approved]);
    let debt = cast.debts().remove(0);
    assert_eq!((&debt["principal"], &debt["parts"]), (&cast.bob.id.as_str().into(), &serde_json::json!(["approval"])));
    assert_eq!((&debt["height"], &debt["suspect_since"], &debt["told"]), (&height.into(), &since.into(), &told.into()));
    // Those who may approve are told, and nobody else: alice wrote it, bob is suspect.
    for (who, told) in [(&cast.carol, true), (&cast.maria, true), (&cast.alice, false), (&cast.bob, false)] {
        assert_eq!(!reviews_of(who).is_empty(), told, "{}", who.id);
    }
    let said = cast.maria.say(&["audit"]).exits(1).stdout;
    let rests = format!("rests on an approval of {}", cast.bob.id);
    let named = ["  since: height ", "  mend: git show ", &rests];
    assert!(named.iter().all(|part| said.contains(part)), "{said}");
    assert!(!said.contains("every landing replays"), "{said}");
    assert!(cast.carol.say(&["inbox"]).ok().stdout.contains("review again: refs/heads/main"));
    // Whoever signs and whoever records is relied on as well.
    cast.suspect(&cast.alice, since);
    let parts = |who: &Actor| -> Vec<Value> {
        let debts = cast.debts();
        debts.iter().filter(|debt| debt["principal"] == who.id.as_str()).map(|debt| debt["parts"].clone()).collect()
    };
    assert_eq!(parts(&cast.alice), [serde_json::json!(["signature"]), serde_json::json!(["signature"])]);
    // Earlier means more; taken back means none.
    cast.suspect(&cast.bob, 0);
    assert_eq!(parts(&cast.bob).len(), 2);
    for who in [&cast.bob, &cast.alice] {
        cast.maria.coord(&["principals", "clear", &who.id]).ok();
    }
    cast.assert_owed(&[]);
    // The only root member disowns itself for good.
    cast.suspect(&cast.maria, height + 1);
    assert_eq!(parts(&cast.maria), [serde_json::json!(["recording"])]);
    cast.maria.coord(&["principals", "clear", "maria"]).fails(1, "key.suspect");
    assert!(before != approved && approved != other);
}

/// KEY-2, legal twin: what was approved before stands, whenever it lands.
#[test]
fn approval_before_a_key_is_suspect_stands() {
    let cast = Cast::new();
    let (commit, request) = cast.approved("src/a.rs", "fn a() { 1 }\n", &cast.bob);
    let given = cast.maria.coord(&["log", "-n", "1"]).ok().json()["height"].as_u64().unwrap();
    cast.maria.coord(&["land", &request]).ok();
    cast.suspect(&cast.bob, given + 1);
    cast.assert_owed(&[]);
    // The twin: it was suspect already when it approved.
    cast.suspect(&cast.bob, given);
    cast.assert_owed(&[&commit]);
}

/// KEY-2: a finding that stood in the way was set aside with the suspect key.
#[test]
fn landing_past_a_finding_that_somebody_suspect_set_aside_is_to_be_reviewed_again() {
    let cast = Cast::new();
    let finding = |severity: &str, path: &str| {
        let arguments = ["find", "It fails", "--kind", "bug", "--severity", severity, "--on", path];
        text(&cast.carol.coord(&arguments).ok().json()["id"])
    };
    cast.bob.coord(&["dismiss", &finding("critical", "src/a.rs")]).ok();
    // Neither one elsewhere nor one that stops nothing.
    cast.bob.coord(&["dismiss", &finding("critical", "docs/")]).ok();
    cast.bob.coord(&["dismiss", &finding("low", "src/b.rs")]).ok();
    let landed = cast.land("src/a.rs", "fn a() { 1 }\n", &cast.carol);
    cast.land("src/b.rs", "fn b() { 1 }\n", &cast.carol);
    cast.suspect(&cast.bob, 0);
    cast.assert_owed(&[&landed]);
    assert_eq!(cast.debts()[0]["parts"], serde_json::json!(["review"]));
}

/// KEY-2: what counts as a review, each with what does not.
#[test]
fn finding_that_somebody_independent_closes_reviews_again() {
    let cast = Cast::new();
    let landed = cast.land("src/a.rs", "fn a() { 1 }\n", &cast.bob);
    // Somebody else is suspect already, of later landings only.
    cast.suspect(&cast.alice, height_of(&cast.maria, "Land ") + 1);
    let early = cast.find(&cast.maria, &landed, "risk");
    cast.suspect(&cast.bob, 0);
    // What was filed before anybody knew is about something else, and so is another kind, and another commit.
    cast.carol.coord(&["dismiss", &early]).ok();
    cast.assert_owed(&[&landed]);
    let note = cast.find(&cast.carol, &landed, "note");
    cast.carol.coord(&["dismiss", &note]).ok();
    let elsewhere = cast.find(&cast.carol, "main~1", "risk");
    cast.carol.coord(&["dismiss", &elsewhere]).ok();
    cast.assert_owed(&[&landed]);
    // Whoever is suspect closes in vain.
    let review = cast.find(&cast.alice, &landed, "risk");
    cast.bob.coord(&["dismiss", &review]).ok();
    cast.assert_owed(&[&landed]);
    let open = cast.find(&cast.carol, &landed, "risk");
    cast.assert_owed(&[&landed]);
    let debt = cast.debts().remove(0);
    assert_eq!(debt["finding"], open.as_str(), "{debt}");
    assert!(text(&debt["next"]).contains(&open), "{debt}");
    cast.carol.coord(&["dismiss", &open]).ok();
    cast.assert_owed(&[]);
    assert_eq!(cast.maria.coord(&["audit"]).ok().json()["settled"], 1);
    assert!(reviews_of(&cast.maria).is_empty());
    // A reviewer who turns out to be suspect as well reviewed nothing.
    cast.suspect(&cast.carol, 0);
    cast.assert_owed(&[&landed]);
    let again = cast.find(&cast.maria, &landed, "risk");
    cast.maria.coord(&["resolve", &again]).ok();
    cast.assert_owed(&[]);
}

/// KEY-2: contributors do not review what they wrote.
#[test]
fn contributor_does_not_review_again() {
    let cast = Cast::new();
    cast.maria.write("src/b.rs", "fn b() { 2 }\n");
    let head = cast.maria.commit("Change b");
    cast.maria.git(&["branch", "topic"]);
    cast.maria.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let request = cast.maria.coord(&["request", "topic", "--into", "main"]).ok().json();
    cast.bob.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
    cast.maria.coord(&["land", &text(&request["id"])]).ok();
    cast.suspect(&cast.bob, 0);
    let own = cast.find(&cast.maria, &head, "risk");
    cast.maria.coord(&["resolve", &own]).ok();
    cast.assert_owed(&[&head]);
    let review = cast.find(&cast.carol, &head, "risk");
    cast.carol.coord(&["resolve", &review]).ok();
    cast.assert_owed(&[]);
}

/// KEY-2, with legal twin: what nobody enrolled could review again comes to the root, which settles it.
#[test]
fn landing_that_nobody_could_review_again_is_the_roots() {
    let cast = Cast::new();
    cast.maria.write("src/b.rs", "fn b() { 2 }\n");
    let head = cast.maria.commit("Change b");
    cast.maria.git(&["branch", "topic"]);
    cast.maria.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let request = cast.alice.coord(&["request", "topic", "--into", "main"]).ok().json();
    cast.bob.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
    cast.maria.coord(&["land", &text(&request["id"])]).ok();
    cast.suspect(&cast.bob, 0);
    assert_eq!(cast.debts()[0]["stuck"], false);
    let early = cast.find(&cast.maria, &head, "risk");
    cast.maria.coord(&["dismiss", &early]).ok();
    cast.assert_owed(&[&head]);
    // Carol could have, and leaves.
    cast.maria.coord(&["principals", "revoke", &cast.carol.id]).ok();
    let debt = cast.debts().remove(0);
    assert_eq!((&debt["stuck"], &debt["reviewers"]), (&true.into(), &serde_json::json!([cast.maria.id])), "{debt}");
    let items = cast.maria.coord(&["inbox"]).ok().of_type("inbox");
    assert!(items.iter().any(|item| item["kind"] == "stuck" && item["id"] == head.as_str()), "{items:?}");
    let said = cast.find(&cast.maria, &head, "risk");
    cast.maria.coord(&["dismiss", &said]).ok();
    cast.assert_owed(&[]);
}

/// KEY-2, with legal twin: what runs by itself is reviewed again by a human as well, as it was approved by one.
#[test]
fn sensitive_path_is_reviewed_again_by_a_human() {
    for (path, is_enough) in [(".envrc", false), ("src/a.rs", true)] {
        let cast = Cast::new();
        let (landed, request) = cast.approved(path, "export A=1\n", &cast.carol);
        let delta = delta_of(&cast.alice, &request);
        cast.maria.coord(&["approve", &request, "--delta", &delta]).ok();
        cast.maria.coord(&["land", &request]).ok();
        cast.suspect(&cast.carol, 0);
        let by_agent = cast.find(&cast.alice, &landed, "risk");
        cast.bob.coord(&["dismiss", &by_agent]).ok();
        cast.assert_owed((!is_enough).then_some(landed.as_str()).as_slice());
        if !is_enough {
            let by_human = cast.find(&cast.alice, &landed, "risk");
            cast.maria.coord(&["dismiss", &by_human]).ok();
            cast.assert_owed(&[]);
        }
    }
}

/// KEY-2: the same change, asked for anew and approved by others, needs no further review.
#[test]
fn same_change_that_lands_again_without_the_suspect_is_reviewed() {
    let cast = Cast::new();
    cast.land("src/a.rs", "fn a() { 1 }\n", &cast.bob);
    cast.suspect(&cast.bob, 0);
    assert_eq!(cast.debts().len(), 1);
    cast.land("src/a.rs", "fn a() {}\n", &cast.carol);
    assert_eq!(cast.debts().len(), 1, "a revert is another change");
    cast.land("src/a.rs", "fn a() { 1 }\n", &cast.carol);
    cast.assert_owed(&[]);
}

/// KEY-2, with legal twins: what landed because a service said that it passed, since its key is suspect; not what it said
/// before, nor of another tree, nor what nobody asked for.
#[test]
fn landing_on_the_attestation_of_a_suspect_service_is_to_be_reviewed_again() {
    let sandbox = Sandbox::new();
    let checks = "\n  [[protect.checks]]\n  name = \"tests\"\n  from = [\"ci\"]\n";
    let roles = "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]";
    let maria = sandbox.repository("work").begin_under(|policy| policy.replacen("[roles.builder]", roles, 1) + checks);
    let cast = Cast::of(sandbox, maria);
    let service = |name: &str| cast.maria.enroll(name, &["--kind", "service", "--role", "ci"]);
    let (ci, other) = (service("ci"), service("other"));
    let say = |who: &Actor, request: &str, word: &str, commit: &str| {
        who.coord(&["check", "attest", request, word, "tests", "--commit", commit]).ok();
        height_of(&cast.maria, "Attest checks of")
    };
    let (landed, request) = cast.approved("src/a.rs", "fn a() { 1 }\n", &cast.carol);
    let first = say(&ci, &request, "--passed", &landed);
    let second = say(&other, &request, "--passed", "main");
    let third = say(&other, &request, "--passed", &landed);
    cast.maria.coord(&["land", &request]).ok();
    // The other one spoke of this tree before, and later of none that landed.
    cast.suspect(&ci, first + 1);
    cast.assert_owed(&[]);
    cast.suspect(&other, second);
    cast.assert_owed(&[&landed]);
    cast.maria.coord(&["principals", "clear", &other.id]).ok();
    cast.suspect(&other, third + 1);
    cast.assert_owed(&[]);
    cast.suspect(&ci, first);
    cast.assert_owed(&[&landed]);
    let debt = cast.debts().remove(0);
    assert_eq!((&debt["principal"], &debt["parts"]), (&ci.id.as_str().into(), &serde_json::json!(["attestation"])));
    let said = cast.maria.say(&["audit"]).exits(1).stdout;
    assert!(said.contains(&format!("rests on an attestation of {}", ci.id)), "{said}");
    // Who wrote it does not review it.
    assert_eq!(debt["reviewers"], serde_json::json!([cast.bob.id, cast.carol.id, cast.maria.id]));
    let own = cast.find(&cast.alice, &landed, "risk");
    cast.assert_owed(&[&landed]);
    cast.carol.coord(&["dismiss", &own]).ok();
    cast.assert_owed(&[]);
}

/// KEY-2, with legal twin: whoever said that a veto is not to stand is relied on as well.
#[test]
fn landing_past_a_veto_that_a_suspect_key_overruled_is_to_be_reviewed_again() {
    for (after, parts) in [(0, serde_json::json!(["overruling", "recording"])), (1, serde_json::json!(["recording"]))] {
        let cast = Cast::new();
        let sam = cast.maria.enroll("sam", &["--role", "maintainer", "--kind", "human"]);
        let (landed, id) = cast.approved("src/a.rs", "fn a() { 1 }\n", &cast.carol);
        let delta = delta_of(&cast.alice, &id);
        sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It leaks"]).ok();
        let veto = cast.maria.veto_entry(&id, &sam.id);
        cast.maria.coord(&["overrule", &id, "--veto-of", &sam.id, "--veto", &veto, "--delta", &delta]).ok();
        let height = height_of(&cast.maria, "Overrule");
        cast.maria.coord(&["land", &id]).ok();
        cast.suspect(&cast.maria, height + after);
        cast.assert_owed(&[&landed]);
        assert_eq!(cast.debts()[0]["parts"], parts);
    }
}

/// KEY-2, with legal twins: what was run on the approval of a suspect key cannot be undone, and is told until somebody who
/// could have approved it has looked at it.
#[test]
fn run_on_the_approval_of_a_suspect_key_is_to_be_looked_at() {
    let cast = super::actions::Cast::new("15m");
    let (maria, alice, carol) = (&cast.maria, &cast.alice, &cast.carol);
    maria.coord(&["land", "--adopt", "main"]).ok();
    let dora = maria.enroll("dora", &["--role", "reviewer", "--vendor", "mistral", "--operator", "delta"]);
    let debts = || {
        let audit = maria.coord(&["audit"]);
        assert_eq!(audit.code, i32::from(!audit.of_type("debt").is_empty()), "{audit}");
        audit.of_type("debt")
    };
    cast.script("");
    let id = cast.approved(&["./act.sh"]);
    let given = height_of(maria, "Approve");
    alice.coord(&["run", &id]).ok();
    // Its record goes with the next start; what was run stays run.
    let next = cast.approved(&["./act.sh", "again"]);
    alice.coord(&["run", &next]).ok();
    let last = height_of(maria, "Approve");
    let find = |who: &Actor| {
        let about = ["find", "Looked", "--kind", "risk", "--severity", "low", "--request", &id];
        text(&who.coord(&about).ok().json()["id"])
    };
    let early = find(maria);
    let suspect = |since: u64| maria.coord(&["principals", "suspect", &carol.id, "--since", &since.to_string()]).ok();
    suspect(last + 1);
    assert_eq!(debts(), Vec::<Value>::new(), "both were approved before");
    suspect(given);
    let owed = debts();
    let told: Vec<_> = owed.iter().map(|debt| (text(&debt["request"]), text(&debt["action"]))).collect();
    assert_eq!(told, [(id.clone(), "deploy".to_owned()), (next.clone(), "deploy".to_owned())]);
    assert_eq!(
        (&owed[0]["principal"], &owed[0]["parts"]),
        (&carol.id.as_str().into(), &serde_json::json!(["approval"]))
    );
    assert_eq!((&owed[0]["ref"], &owed[0]["new"]), (&Value::Null, &Value::Null));
    assert_eq!(owed[0]["reviewers"], serde_json::json!([dora.id]));
    assert_eq!(reviews_of(&dora), [id.clone(), next.clone()]);
    assert!([maria, carol, alice].into_iter().all(|who| reviews_of(who).is_empty()));
    let said = maria.say(&["audit"]).exits(1).stdout;
    assert!(said.contains(&format!("the run of deploy ({id}) rests on an approval of {}", carol.id)), "{said}");
    assert!(said.contains("look at what `./act.sh` did"), "{said}");
    // Neither what was found before anybody knew, nor what the suspect closes, nor who shares an operator with who asked.
    dora.coord(&["dismiss", &early]).ok();
    for closer in [carol, maria] {
        let own = find(alice);
        closer.coord(&["dismiss", &own]).ok();
    }
    assert_eq!(debts().len(), 2);
    let review = find(maria);
    assert_eq!(debts()[0]["finding"], review.as_str());
    dora.coord(&["dismiss", &review]).ok();
    let owed = debts();
    assert_eq!(owed.iter().map(|debt| text(&debt["request"])).collect::<Vec<_>>(), [next]);
    maria.coord(&["principals", "clear", &carol.id]).ok();
    assert_eq!(debts(), Vec::<Value>::new());
}

/// KEY-2, with legal twin: what broke the glass rests on who reviewed it, and not on who had rejected the request before.
#[test]
fn review_of_broken_glass_rests_on_no_rejection_from_before_it_landed() {
    let sandbox = Sandbox::new();
    let breaking = |policy: &str| policy.replacen("\"land\"]", "\"land\", \"break-glass\"]", 1);
    let maria = sandbox.repository("work").begin_under(breaking);
    let cast = Cast::of(sandbox, maria);
    let sven = cast.maria.enroll("sven", &["--kind", "human", "--role", "maintainer", "--operator", "sven"]);
    sven.write("src/a.rs", "fn a() { 1 }\n");
    let head = sven.commit("Change a");
    let asked = sven.coord(&["request", "HEAD", "--into", "main", "--break-glass", "It is down"]).ok().json();
    let (id, delta) = (text(&asked["id"]), text(&asked["delta"]));
    cast.bob.coord(&["reject", &id, "--delta", &delta]).ok();
    sven.coord(&["land", &id]).ok();
    let reviewed = cast.carol.coord(&["approve", &id, "--delta", &delta]).ok().json();
    assert_eq!(reviewed["reviewed"], "refs/heads/main");
    cast.suspect(&cast.bob, 0);
    cast.assert_owed(&[]);
    cast.suspect(&cast.carol, 0);
    cast.assert_owed(&[&head]);
    assert_eq!(cast.debts()[0]["parts"], serde_json::json!(["approval"]));
}

/// KEY-2, with legal twin: a landing rests on the word against a veto that let it through, and not on one of what the request
/// asked for before.
#[test]
fn landing_rests_on_no_word_against_a_veto_that_was_of_another_change() {
    let cast = Cast::new();
    let human = |name: &str| cast.maria.enroll(name, &["--role", "maintainer", "--kind", "human", "--operator", name]);
    let (sam, otto) = (human("sam"), human("otto"));
    let active = text(&cast.maria.coord(&["policy", "show"]).ok().json()["text"]);
    let one = format!("members   = [\"{}\"", cast.maria.id);
    cast.maria.write("draft.toml", &active.replacen(&one, &format!("{one}, \"{}\"", otto.id), 1));
    let opened = cast.maria.coord(&["policy", "propose", "draft.toml"]).ok().json();
    cast.maria.coord(&["policy", "activate", &text(&opened["id"])]).ok();
    let ask = |content: &str, more: &[&str]| {
        cast.alice.write("src/a.rs", content);
        let head = cast.alice.commit("Change a");
        let asked = cast.alice.coord(&[&["request", "HEAD", "--into", "main"], more].concat()).ok().json();
        (head, text(&asked["id"]), text(&asked["delta"]))
    };
    let (_, id, delta) = ask("fn a() { 1 }\n", &[]);
    sam.coord(&["veto", &id, "--delta", &delta, "--reason", "It leaks"]).ok();
    let veto = cast.maria.veto_entry(&id, &sam.id);
    let overrule = |who: &Actor, delta: &str| {
        who.coord(&["overrule", &id, "--veto-of", &sam.id, "--veto", &veto, "--delta", delta]).ok();
    };
    overrule(&cast.maria, &delta);
    let early = height_of(&cast.maria, "Overrule");
    let (head, _, delta) = ask("fn a() { 2 }\n", &["--update", &id]);
    overrule(&otto, &delta);
    cast.carol.coord(&["approve", &id, "--delta", &delta]).ok();
    otto.coord(&["land", &id]).ok();
    cast.suspect(&otto, 0);
    cast.assert_owed(&[&head]);
    assert_eq!(cast.debts()[0]["parts"], serde_json::json!(["overruling", "recording"]));
    cast.maria.coord(&["principals", "clear", &otto.id]).ok();
    cast.suspect(&cast.maria, early);
    cast.assert_owed(&[]);
}
