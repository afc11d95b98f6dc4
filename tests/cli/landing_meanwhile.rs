//! Landing while others write to the ledger: it is decided anew on what they wrote, and not given up.

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::git_under_test;
use crate::support::sandbox::text;

/// Lands an approved change of alice's, while rosa runs a command between the look at the ledger and the decision, so many
/// times at most; `{id}` and `{delta}` are those of the request. Returns what came of it, and where the branch was and is.
fn land_while(times: usize, command: &str) -> (Ran, [String; 3]) {
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    maria.coord(&["land", "--adopt", "main"]).ok();
    let alice = maria.agent("alice");
    let rosa = maria.enroll("rosa", &["--kind", "human", "--role", "maintainer", "--operator", "rosa"]);
    alice.write("src/a.rs", "fn a() { 1 }\n");
    let head = alice.commit("Change a");
    let request = alice.coord(&["request", "HEAD", "--into", "main"]).ok().json();
    let (id, delta) = (text(&request["id"]), text(&request["delta"]));
    maria.coord(&["approve", &id, "--delta", &delta]).ok();
    let command = command.replace("{id}", &id).replace("{delta}", &delta);
    let place = rosa.directory.display();
    let meanwhile = format!(
        "(cd '{place}' && PATH=\"$HONEST\" git-coord {command}) >&2 || mkdir '{}/failed'",
        sandbox.root.display()
    );
    let before = maria.git(&["rev-parse", "main"]);
    let ran = with_busy_git(&sandbox, maria, times, &meanwhile).coord(&["land", &id]);
    assert!(sandbox.root.join("turn-1").exists() && !sandbox.root.join("failed").exists(), "{ran}");
    let after = sandbox.somebody(&hub.directory).git(&["rev-parse", "main"]);
    (ran, [before, head, after])
}

/// Returns the same actor with a git that does something before it fetches the main branch, so many times.
fn with_busy_git(sandbox: &Sandbox, actor: &Actor, times: usize, meanwhile: &str) -> Actor {
    let (root, real) = (sandbox.root.display(), git_under_test());
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' fetch '*'refs/heads/main:'*)\n\
         for turn in $(seq {times}); do\nif mkdir \"{root}/turn-$turn\" 2>/dev/null; then {meanwhile}; break; fi\ndone\n\
         ;;\nesac\nexec '{}' \"$@\"\n",
        real.display()
    );
    sandbox.script("busy/git", &script);
    let (_, honest) = actor.environment.iter().find(|(name, _)| name == "PATH").unwrap();
    let path = format!("{}:{}", sandbox.root.join("busy").display(), honest.to_str().unwrap());
    actor.with_env("HONEST", honest).with_env("PATH", path)
}

/// D12, legal twin: what was written meanwhile changes nothing of the decision.
#[test]
fn landing_goes_on_while_others_write() {
    let (ran, [_, head, after]) = land_while(3, "claim \"docs/$turn.md\" --intent \"Write part $turn\"");
    ran.ok();
    assert_eq!(after, head);
}

/// D12: what was written meanwhile counts, although the decision before it would have let the change land.
#[test]
fn landing_is_decided_anew_on_what_others_wrote() {
    let (ran, [before, _, after]) = land_while(1, "veto {id} --delta {delta} --reason 'It is wrong'");
    assert_eq!(ran.code, 1, "{ran}");
    let rules = ran.of_type("verdict")[0]["rules"].clone();
    assert!(rules.to_string().contains("approval.veto"), "{rules}");
    assert_eq!(after, before);
}
