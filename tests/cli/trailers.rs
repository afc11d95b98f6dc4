//! What the hook adds to the message of a commit: the claims under which it is made, where git finds trailers, and nothing
//! that anybody has configured.

use std::fs;

use git_coord::format::with_trailers;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::format_under_test;
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
        let sandbox = Sandbox::with_git(&git, &format_under_test());
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

/// A commit without a message is given up, as it is without us; one with a message is made.
#[test]
fn trailer_makes_no_message_of_nothing() {
    let sandbox = Sandbox::new();
    let (alice, claim) = staged(&sandbox);
    let before = alice.git(&["rev-parse", "HEAD"]);
    let refused = alice.try_git(&["commit", "-q", "-m", ""]);
    assert!(refused.code != 0 && refused.stderr.contains("empty commit message"), "{}", refused.stderr);
    assert_eq!(alice.git(&["rev-parse", "HEAD"]), before);
    alice.git(&["commit", "-q", "-m", "Change it"]);
    assert_eq!(message(&alice), format!("Change it\n\nCoord-Claim: {claim}"));
}

/// ENV-2, with legal twin and control:
/// git runs a command for every trailer that is configured with one, asked for or not.
#[test]
fn configured_trailer_commands_are_not_run() {
    for git in gits() {
        let sandbox = Sandbox::with_git(&git, &format_under_test());
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

/// Where a message is stamped without git, it is as git would stamp it.
#[test]
fn plain_messages_are_stamped_as_git_stamps_them() {
    let stamps = ["Coord-Claim: c-22222222".to_owned(), "Coord-Claim: c-33333333".to_owned()];
    let first = &stamps[0];
    let plain = [
        "Change it\n".to_owned(),
        "fix: change it\n".to_owned(),
        "Change it\nand that\n".to_owned(),
        "Change it\n\nBecause.\nAnd so.\n".to_owned(),
        "Change it\n\n\nBecause.\n".to_owned(),
        "Change it\n\nSee also: that.\n\nBecause.\n".to_owned(),
        "Change it\n\nSigned-off-by: A <a@example.org>\n".to_owned(),
        "Change it\n\nBecause.\n\nReviewed-by: B\nSigned-off-by: A <a@example.org>\n".to_owned(),
        format!("Change it\n\n{first}\n"),
        format!("{first}\n"),
        format!("{first}\n\nBecause.\n"),
        format!("Change it\n\nBug: 1\n{first}\n{}\n", stamps[1]),
    ];
    let doubtful = [
        "",
        "\n",
        "Change it",
        "Change it\n\n",
        "\nChange it\n",
        "# A comment\n",
        "Change it\n# A comment\n",
        "Change it\n\nBug: 1\n  folded\n",
        "Change it\n\nBug: 1\nand more\n",
        "Change it\n\nSee this: here\n",
        "Change it\n---\nBecause.\n",
        "Change it\n\n- one\n- two\n",
        "Change it\n\nBug:1\n",
        "Änderung\n",
        "Change it\n\nBecause.\n(cherry picked from commit 0)\n",
    ];
    for git in gits() {
        let sandbox = Sandbox::with_git(&git, &format_under_test());
        let maria = sandbox.ledger();
        for message in &plain {
            maria.write("message", message);
            let mut arguments = vec!["interpret-trailers"];
            for stamp in &stamps {
                arguments.extend(["--if-exists", "addIfDifferent", "--trailer", stamp]);
            }
            arguments.push("message");
            let expected = format!("{}\n", maria.git(&arguments));
            let written = with_trailers(message, &stamps);
            assert_eq!(written.as_deref(), Some(expected.as_str()), "{message:?} with {}", git.display());
        }
    }
    for message in doubtful {
        assert_eq!(with_trailers(message, &stamps), None, "{message:?}");
    }
}
