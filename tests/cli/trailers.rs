//! What the hook adds to the message of a commit: the claims under which it is made, where git finds trailers, and nothing
//! that anybody has configured.

use std::fs;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::gits;
use crate::support::sandbox::text;

use super::hostile::Canary;

/// Returns an agent with a staged change, and the claim under which it is made.
fn staged(sandbox: &Sandbox) -> (Actor, String) {
    let alice = sandbox.ledger().agent("alice");
    let claim = text(&alice.claim(&["src/"])["id"]);
    stage(&alice, "1");
    (alice, claim)
}

fn stage(alice: &Actor, content: &str) {
    alice.write("src/a.rs", content);
    alice.git(&["add", "src/a.rs"]);
}

/// Returns the message of the last commit.
fn message(alice: &Actor) -> String {
    alice.git(&["log", "-1", "--format=%B"]).trim_end().to_owned()
}

#[test]
fn claim_is_stamped_where_git_finds_trailers() {
    for git in gits() {
        let sandbox = Sandbox::with_git(&git, "sha1");
        let (alice, claim) = staged(&sandbox);
        let alice = alice.with_env("GIT_EDITOR", "true");
        let stamp = format!("Coord-Claim: {claim}");
        let signed = "Signed-off-by: Somebody <somebody@example.org>";
        let check = |arguments: &[&str], expected: &str| {
            stage(&alice, &format!("{arguments:?}{expected}"));
            alice.git(&[&["commit", "-q"], arguments].concat());
            assert_eq!(message(&alice), expected, "{arguments:?} with {}", git.display());
            let found = alice.git(&["log", "-1", "--format=%(trailers:key=Coord-Claim,valueonly)"]);
            assert_eq!(found.trim(), claim, "{arguments:?} with {}", git.display());
        };
        check(&["-m", "Change it"], &format!("Change it\n\n{stamp}"));
        check(&["-m", "Change it", "-m", "Because."], &format!("Change it\n\nBecause.\n\n{stamp}"));
        check(&["-s", "-m", "Change it"], &format!("Change it\n\n{signed}\n{stamp}"));
        check(&["-m", &format!("Change it\n\n{stamp}")], &format!("Change it\n\n{stamp}"));
        // Below stand comments, and in the second one a line that cuts off a difference.
        check(&["-e", "-m", "Change it"], &format!("Change it\n\n{stamp}"));
        check(&["-e", "-v", "-s", "-m", "Change it"], &format!("Change it\n\n{signed}\n{stamp}"));
        alice.git(&["config", "core.commentChar", ";"]);
        check(&["-e", "-m", "Change it"], &format!("Change it\n\n{stamp}"));
        check(&["-e", "-v", "-m", "Change it", "-m", "# Because."], &format!("Change it\n\n# Because.\n\n{stamp}"));
    }
}

/// ENV-2: git runs a command for every trailer that is configured with one, asked for or not.
#[test]
fn configured_trailer_commands_are_not_run() {
    for git in gits() {
        let sandbox = Sandbox::with_git(&git, "sha1");
        let (alice, claim) = staged(&sandbox);
        let canary = Canary::new(&sandbox);
        let configured = |name: &str, variable: &str| {
            format!("[trailer \"{name}\"]\n\tkey = {name}\n\t{variable} = {} </dev/null\n", canary.program)
        };
        let user = [configured("Helped-by", "command"), configured("Coord-Claim", "cmd")].concat();
        fs::write(sandbox.home.join(".gitconfig"), user).unwrap();
        for (name, variable) in [("Signed-off-by", "command"), ("Coord-Claim", "command"), ("Seen-by", "cmd")] {
            alice.git(&["config", &format!("trailer.{name}.key"), name]);
            alice.git(&["config", &format!("trailer.{name}.{variable}"), &format!("{} </dev/null", canary.program)]);
        }
        fs::write(alice.directory.join("message"), "Subject\n").unwrap();
        alice.git(&["interpret-trailers", "--trailer", "Coord-Claim: c-22222222", "message"]);
        canary.assert_sang();
        alice.git(&["commit", "-q", "-m", "Change it"]);
        canary.assert_silent(&["commit"]);
        assert_eq!(message(&alice), format!("Change it\n\nCoord-Claim: {claim}"));
    }
}
