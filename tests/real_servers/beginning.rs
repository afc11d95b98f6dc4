//! From an empty repository behind a real server to a ledger that decides there, with hooks and an enrolled hub.

use std::thread;

use crate::real_servers::kind::Kind;
use crate::real_servers::kind::on_every_server;
use crate::real_servers::row::Row;
use crate::real_servers::seen;
use crate::real_servers::served::install_program;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

on_every_server!(a_ledger_begins_there_and_decides_there);

/// Races end in both orders; each round is a new path.
const ROUNDS: usize = 3;

fn a_ledger_begins_there_and_decides_there(kind: Kind) {
    let sandbox = Sandbox::new();
    let outside = sandbox.somebody(&sandbox.root);
    outside.git(&["init", "-q", "--bare", "-b", "main", "--object-format", &sandbox.format, "hub.git"]);
    let server = kind.start(&sandbox.root.join("server"), &sandbox.root.join("hub.git"));
    let saw = |row, result: &str| seen::keep(kind, row, &server.version(), result);
    let mut work = sandbox.repository("work");
    let mut variables = server.variables("alice");
    variables.iter().for_each(|(name, value)| work = work.with_env(name, value));
    work.git(&["remote", "add", "hub", &server.url("alice")]);
    work.git(&["push", "-q", "hub", "main"]);
    let maria = work.begin(&["--remote", "hub"]);
    for name in ["anna", "ben"] {
        maria.coord(&["enroll", name, "--role", "builder", "--vendor", "anthropic"]).ok();
    }
    variables = server.variables("bob");
    let clone = |name: &str| {
        let mut somebody = outside.clone();
        variables.iter().for_each(|(name, value)| somebody = somebody.with_env(name, value));
        somebody.git(&["clone", "-q", "-o", "hub", &server.url("bob"), name]);
        let somebody = somebody.at(name);
        somebody.git(&["config", "user.name", "Somebody"]);
        somebody.git(&["config", "user.email", "somebody@example.org"]);
        somebody.coord(&["join", name]).ok();
        assert_eq!(somebody.head(), maria.head());
        somebody
    };
    let clones = [clone("anna"), clone("ben")];
    saw(Row::Begin, "both decide there");

    // Without our hooks the remote decides who was first.
    decides(&clones);
    let program = install_program(&sandbox.root);
    let mut install = server.service(&program);
    install.args(["--json", "hooks", "install", "--server"]);
    let key = text(&Ran::of(install).ok().json()["hub_key"]);
    maria.coord(&["enroll", "hub", "--kind", "service", "--role", "hub", "--key", &key]).ok();
    maria.coord(&["land", "--adopt", "main"]).ok();
    let mut doctor = server.service(&program);
    doctor.args(["--json", "doctor"]);
    assert!(Ran::of(doctor).ok().stdout.contains("L2: a hub is enrolled"));
    saw(Row::Install, "hooks, key; `doctor` there says L2");

    decides(&clones);
    saw(Row::Claim, "guarantee `remote`");
    for round in 0..ROUNDS {
        race(&clones, &format!("src/race{round}.rs"));
    }
    saw(Row::Race, "one holds, the other is told who");

    let anna = &clones[0];
    anna.write("src/a.rs", "fn a() { 1 }\n");
    anna.commit("Change without asking");
    let said = anna.try_git(&["push", "--no-verify", "hub", "HEAD:main"]);
    assert!(said.code != 0 && said.stderr.contains("remote: blocked: refs/heads/main"), "{said}");
    anna.git(&["push", "-q", "--no-verify", "hub", "HEAD:refs/heads/topic"]);
    sandbox.leave_uninspected(server.repository());
    sandbox.leave_uninspected(&sandbox.root.join("hub.git"));
}

/// What is claimed in one clone is known in the other.
#[track_caller]
fn decides(clones: &[Actor; 2]) {
    let claim = clones[0].coord(&["claim", "docs/", "--intent", "Write"]).ok().json();
    assert_eq!(claim["guarantee"], "remote", "{claim}");
    clones[1].coord(&["claim", "docs/guide.md", "--intent", "Write as well"]).fails(3, "claim.held");
    clones[0].coord(&["release", "docs/"]).ok();
    clones[1].coord(&["sync"]).ok();
    clones[1].coord(&["claim", "docs/guide.md", "--intent", "Write as well"]).ok();
    clones[1].coord(&["release", "docs/guide.md"]).ok();
    clones[0].coord(&["sync"]).ok();
}

/// Both ask at once; exactly one holds.
#[track_caller]
fn race(clones: &[Actor; 2], path: &str) {
    let ask = |who: &Actor| who.coord(&["claim", path, "--intent", "Be first", "--force"]);
    let [one, other] = thread::scope(|scope| {
        let running = [0, 1].map(|at| scope.spawn(move || ask(&clones[at])));
        running.map(|thread| thread.join().unwrap())
    });
    let (won, lost) = if one.code == 0 { (one, other) } else { (other, one) };
    assert_eq!(won.ok().json()["guarantee"], "remote");
    lost.fails(3, "claim.held");
}
