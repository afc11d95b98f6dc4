//! Machine checks by real pushes: what was tested is what lands (APP-17).

use std::fs;

use git_coord::rules::Code;

use crate::server::cast::PLAIN;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::world::Actor;

const FN: &str = "fn a() { 1 }\n";

/// Returns a stage whose policy asks for a check, with a service that attests.
fn stage() -> Stage {
    let roles = "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]";
    let checks = "\n  [[protect.checks]]\n  name = \"tests\"\n  from = [\"ci\"]\n";
    let stage = Stage::with(&(PLAIN.replacen("[roles.builder]", roles, 1) + checks));
    let ci = Actor::named("ci");
    let (file, key) = (stage.key_file("ci"), ci.key().to_openssh());
    fs::write(&file, ci.secret().to_openssh("ci").as_bytes()).unwrap();
    fs::write(file.with_extension("pub"), format!("{key}\n")).unwrap();
    let enroll = ["enroll", "ci", "--kind", "service", "--role", "ci", "--vendor", "tools", "--operator", "tools"];
    stage.said("maria", &[&enroll[..], &["--key", &key]].concat());
    stage
}

#[test]
fn push_is_refused_until_its_checks_are_attested() {
    let stage = stage();
    let asked = stage.approved("x", "src/a.rs", FN);
    stage.refused(&["x:main"], Code::CheckMissing);
    stage.said("ci", &["check", "attest", &asked.id, "--failed", "tests", "--commit", "x"]);
    stage.refused(&["x:main"], Code::CheckFailed);
    stage.said("ci", &["check", "attest", "--passed", "tests", "--commit", "x"]);
    stage.accepted(&["x:main"]);
    stage.assert_recorded();
    assert!(stage.state().approvals.is_empty(), "it is used up");
}

/// APP-17, with legal twin: the base moved in another file. The approval holds, and what was tested is not what lands.
#[test]
fn attestation_is_of_the_very_tree_that_lands() {
    let stage = stage();
    let first = stage.approved("x", "src/a.rs", FN);
    let second = stage.approved("y", "src/b.rs", "fn b() { 1 }\n");
    for asked in [&first, &second] {
        stage.said("ci", &["check", "attest", "--passed", "tests", "--commit", &asked.head]);
    }
    stage.accepted(&["x:main"]);
    stage.sync();
    stage.fetch();
    stage.git(&["checkout", "-q", "y"]);
    let key = format!("user.signingKey={}", stage.key_file("alice").display());
    stage.git(&["-c", &key, "-c", "commit.gpgSign=true", "rebase", "-q", "refs/remotes/hub/main"]);
    stage.refused(&["y:main"], Code::ApprovalTree);
    // It is named by its request, because the request's own head has another tree.
    stage.said("ci", &["check", "attest", &second.id, "--passed", "tests", "--commit", "y"]);
    stage.accepted(&["y:main"]);
    assert_eq!(stage.hub_tip(MAIN), stage.tip("y"));
    stage.assert_recorded();
}
