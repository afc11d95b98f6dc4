//! Protected refs that are not where they last landed, on a forge that runs no hooks: `audit` finds every one.

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

/// A bare repository without hooks, and the root of its ledger in a clone.
pub(super) struct Forge {
    sandbox: Sandbox,
    pub(super) server: Actor,
    pub(super) maria: Actor,
    /// Who wrote what landed; empty if nothing did.
    pub(super) alice: String,
}

impl Forge {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let directory = sandbox.root.join("forge.git");
        sandbox.somebody(&sandbox.root).git(&["init", "-q", "--bare", "-b", "main", "forge.git"]);
        let work = sandbox.repository("work");
        work.git(&["remote", "add", "forge", directory.to_str().unwrap()]);
        work.git(&["push", "-q", "forge", "main"]);
        let maria = work.begin(&["--remote", "forge"]);
        Self { server: sandbox.somebody(&directory), sandbox, maria, alice: String::new() }
    }

    /// Returns a forge whose main branch was adopted, after which a change of alice landed.
    pub(super) fn landed() -> Self {
        let mut forge = Self::new();
        let maria = &forge.maria;
        let alice = maria.agent("alice");
        maria.coord(&["land", "--adopt", "main"]).ok();
        alice.write("src/a.rs", "fn a() { 1 }\n");
        alice.commit("Change a");
        let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
        maria.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
        maria.coord(&["land", &text(&request["id"])]).ok();
        forge.alice = alice.id;
        forge.assert_clean();
        forge
    }

    /// Returns somebody who may push and is not enrolled.
    pub(super) fn outsider(&self) -> Actor {
        let from = self.server.directory.to_str().unwrap();
        self.sandbox.somebody(&self.sandbox.root).git(&["clone", "-q", from, "outside"]);
        let outsider = self.sandbox.somebody(&self.sandbox.root.join("outside"));
        outsider.git(&["config", "user.name", "Somebody"]);
        outsider.git(&["config", "user.email", "somebody@example.org"]);
        outsider
    }

    #[track_caller]
    pub(super) fn assert_clean(&self) {
        assert_eq!(self.maria.coord(&["audit"]).ok().json()["problems"], 0);
    }

    /// Checks that the audit has exactly one problem, of this code and with a name. Returns it.
    #[track_caller]
    pub(super) fn problem(&self, code: &str, name: &str) -> Value {
        problem(&self.maria, code, name)
    }
}

#[track_caller]
fn problem(actor: &Actor, code: &str, name: &str) -> Value {
    let audit = actor.coord(&["audit"]).exits(1);
    let problems = audit.of_type("problem");
    assert_eq!(problems.iter().map(|problem| &problem["code"]).collect::<Vec<_>>(), [code], "{audit}");
    assert!(text(&problems[0]["message"]).contains(name), "{audit}");
    problems[0].clone()
}

#[test]
fn protected_ref_that_never_landed_is_found() {
    let forge = Forge::landed();
    let outsider = forge.outsider();
    outsider.write("src/a.rs", "fn a() { evil }\n");
    outsider.commit("Release");
    outsider.git(&["push", "-q", "origin", "HEAD:refs/heads/release/1.0"]);
    let found = forge.problem("landed.missing", "refs/heads/release/1.0");
    assert!(!text(&found["mend"]).contains("adopt"), "nobody is told to adopt what has not landed: {found}");
    // A name that a checkout takes for a protected one is no way round it.
    outsider.git(&["push", "-q", "origin", ":refs/heads/release/1.0"]);
    forge.assert_clean();
    forge.server.git(&["update-ref", "refs/heads/Release/1", "refs/heads/main"]);
    forge.problem("ref.case", "refs/heads/Release/1");
    forge.server.git(&["update-ref", "-d", "refs/heads/Release/1"]);
    // The legal twins: a ref that nothing protects, and a release that is what landed.
    outsider.git(&["push", "-q", "origin", "HEAD:refs/heads/topic"]);
    forge.assert_clean();
    forge.server.git(&["update-ref", "refs/heads/release/1.0", "refs/heads/main"]);
    let found = forge.problem("landed.missing", "refs/heads/release/1.0");
    let mend = text(&found["mend"]);
    assert_eq!(mend, "git coord land --adopt release/1.0");
    forge.maria.coord(&["land", "--adopt", "release/1.0"]).ok();
    forge.assert_clean();
}

#[test]
fn branch_that_was_never_adopted_is_told_with_what_adopts_it() {
    let forge = Forge::new();
    let found = forge.problem("landed.missing", "refs/heads/main");
    assert_eq!(found["mend"], "git coord land --adopt main");
    let said = forge.maria.say(&["audit"]).exits(1);
    assert!(said.stdout.contains("mend: git coord land --adopt main"), "{said}");
    forge.maria.coord(&["land", "--adopt", "main"]).ok();
    forge.assert_clean();
    // The same where no remote decides, and nothing where there is no branch yet.
    let local = forge.sandbox.repository("local").begin(&[]);
    problem(&local, "landed.missing", "refs/heads/main");
    let looks = local.coord(&["doctor"]).ok().objects();
    let look = looks.iter().find(|look| look["subject"] == "refs").unwrap();
    assert_eq!((look["health"].as_str(), look["mend"].as_str()), (Some("advice"), Some("git coord land --adopt main")));
    local.coord(&["land", "--adopt", "main"]).ok();
    local.coord(&["audit"]).ok();
    forge.sandbox.empty_repository("empty").begin(&[]).coord(&["audit"]).ok();
}

/// REF-11, with legal twin
#[test]
fn branch_that_was_rewound_on_the_server_is_noticed_by_every_clone() {
    let forge = Forge::landed();
    let honest = forge.server.git(&["rev-parse", "main"]);
    let outsider = forge.outsider();
    outsider.coord(&["join", &forge.maria.id, "--remote", "origin"]).ok();
    forge.server.git(&["update-ref", "refs/heads/main", "main~1"]);
    forge.problem("ref.state", "refs/heads/main");
    problem(&outsider, "ref.state", "refs/heads/main");
    forge.server.git(&["update-ref", "refs/heads/main", &honest]);
    forge.assert_clean();
    // The legal twin: whoever cannot fetch, and whoever does not, may lag behind.
    forge.maria.git(&["update-ref", "refs/remotes/forge/main", &format!("{honest}~1")]);
    let looks = forge.maria.coord(&["doctor"]).objects();
    assert!(looks.iter().all(|look| look["subject"] != "refs"), "{looks:?}");
    forge.maria.git(&["remote", "set-url", "forge", "/nowhere"]);
    assert_eq!(forge.maria.coord(&["audit"]).ok().json()["fetched"], false);
}

#[test]
fn branch_that_was_deleted_is_found() {
    let forge = Forge::landed();
    let honest = forge.server.git(&["rev-parse", "main"]);
    forge.server.git(&["update-ref", "-d", "refs/heads/main"]);
    forge.problem("ref.delete", "refs/heads/main");
    // The legal twin: another branch may go.
    forge.server.git(&["update-ref", "refs/heads/main", &honest]);
    forge.server.git(&["update-ref", "refs/heads/topic", &honest]);
    forge.server.git(&["update-ref", "-d", "refs/heads/topic"]);
    forge.assert_clean();
}

/// Makes a policy the active one, by its root member.
fn rule(maria: &Actor, from: &str, to: &str) {
    let active = text(&maria.coord(&["policy", "show"]).ok().json()["text"]);
    let edited = active.replacen(from, to, 1);
    assert_ne!(edited, active, "{active}");
    maria.write("draft.toml", &edited);
    let opened = maria.coord(&["policy", "propose", "draft.toml"]).ok().json();
    maria.coord(&["policy", "activate", &text(&opened["id"])]).ok();
    std::fs::remove_file(maria.directory.join("draft.toml")).unwrap();
}

/// A branch that no rule names any more moves as it likes; named again, it is adopted as it is by then.
#[test]
fn branch_that_was_free_in_between_is_adopted_again() {
    let sandbox = Sandbox::new();
    let maria = sandbox.ledger();
    maria.coord(&["land", "--adopt", "main"]).ok();
    maria.coord(&["land", "--adopt", "main"]).fails(1, "landed.mismatch");
    let (guarded, free) = ("\"refs/heads/main\"", "\"refs/heads/other\"");
    rule(&maria, guarded, free);
    maria.write("src/a.rs", "fn a() { free }\n");
    let moved = maria.commit("Change it without asking");
    maria.coord(&["audit"]).ok();
    maria.coord(&["land", "--adopt", "main"]).fails(1, "landed.mismatch");
    rule(&maria, free, guarded);
    let told = problem(&maria, "landed.missing", "refs/heads/main");
    assert!(text(&told["message"]).contains("protected again"), "{told}");
    assert_eq!(told["mend"], "git coord land --adopt main", "{told}");
    maria.coord(&["land", "--adopt", "main"]).ok();
    let audit = maria.coord(&["audit"]).ok();
    assert_eq!((&audit.json()["adoptions"], audit.of_type("trusted").len()), (&2.into(), 1), "{audit}");
    // The twin: from there on it lands as ever.
    let alice = maria.agent("alice");
    alice.write("src/a.rs", "fn a() { 1 }\n");
    alice.commit("Change it");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    maria.coord(&["approve", &text(&request["id"]), "--delta", &text(&request["delta"])]).ok();
    maria.coord(&["land", &text(&request["id"])]).ok();
    maria.coord(&["audit"]).ok();
    assert_ne!(maria.git(&["rev-parse", "main"]), moved);
    maria.coord(&["land", "--adopt", "main"]).fails(1, "landed.mismatch");
}
