//! Claims that a remote decides, over ssh on loopback: one by itself, and eight clones at once against a loop of stock git.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::budgets::causes;
use crate::budgets::duel::Duel;
use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::row::time;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::BINARY;
use crate::budgets::sandbox::Sandbox;
use crate::budgets::statistics::median;
use crate::servers::Ssh;

const CLONES: usize = 8;
const CLAIMS: usize = 50;
/// What is slow is measured by fewer: its throughput does not depend on how many there are.
const FEWER: usize = 15;
/// No principal may hold more than twenty claims.
const AGENTS: usize = 3;

/// A bare repository behind sshd, and clones whose connections to it are kept, each with agents for every round.
struct World {
    sandbox: Sandbox,
    server: Ssh,
    repository: PathBuf,
    /// The agents of each clone.
    agents: Vec<Vec<String>>,
    /// Ends last.
    root: tempfile::TempDir,
}

/// Whether the clones know of each other: those on one machine take turns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Machines {
    OneForAll,
    OneEach,
}

/// What a round of claims or of plain commits did.
struct Round {
    per_second: f64,
    /// The slowest clone against the fastest.
    spread: f64,
}

impl World {
    fn new(rounds: usize) -> Self {
        let root = tempfile::tempdir().expect("there is room");
        let sandbox = Sandbox::at(root.path());
        let repository = root.path().join("hub.git");
        sandbox.git(root.path(), &["init", "-q", "--bare", "hub.git"]);
        let server = Ssh::start(&root.path().join("ssh"), &repository);
        let mut world = Self { sandbox, server, repository, agents: Vec::new(), root };
        let work = world.clone_to("work");
        fs::write(work.join("a"), "a\n").expect("it is ours");
        world.sandbox.git(&work, &["add", "a"]);
        world.sandbox.git(&work, &["commit", "-qm", "Begin"]);
        world.sandbox.git(&work, &["push", "-q", "origin", "HEAD:main"]);
        world.sandbox.coord(&work, &["init", "--name", "maria", "--remote", "origin"]);
        for clone in 0..CLONES {
            let agents = (0..AGENTS * rounds).map(|number| {
                let name = format!("a{clone}-{number}");
                let said = world.sandbox.coord(&work, &["--json", "enroll", &name, "--role", "builder"]);
                field(&said, "id")
            });
            let agents: Vec<String> = agents.collect();
            let directory = world.clone_to(&format!("c{clone}"));
            world.sandbox.coord(&directory, &["join", &agents[0], "--remote", "origin"]);
            world.agents.push(agents);
        }
        world
    }

    /// Makes a clone with a connection of its own, as one machine has.
    fn clone_to(&self, name: &str) -> PathBuf {
        let directory = self.root.path().join(name);
        let kept = self.root.path().join(format!("m-{name}"));
        let ssh = format!(
            "{} -o ControlMaster=auto -o ControlPath={} -o ControlPersist=60",
            self.server.ssh_command("alice"),
            kept.display()
        );
        let setting = format!("core.sshCommand={ssh}");
        self.sandbox.git(self.root.path(), &["clone", "-q", "-c", &setting, &self.server.url(), name]);
        directory
    }

    fn clone(&self, number: usize) -> PathBuf {
        self.root.path().join(format!("c{number}"))
    }

    /// Runs something in every clone at once.
    fn everywhere(&self, count: usize, work: impl Fn(usize) + Sync) -> Round {
        let start = Barrier::new(CLONES);
        let took: Vec<Duration> = thread::scope(|scope| {
            let started: Vec<_> = (0..CLONES)
                .map(|clone| {
                    let (start, work) = (&start, &work);
                    scope.spawn(move || {
                        start.wait();
                        let begun = Instant::now();
                        work(clone);
                        begun.elapsed()
                    })
                })
                .collect();
            started.into_iter().map(|one| one.join().expect("no clone fails")).collect()
        });
        let (best, worst) = (took.iter().min().expect("several"), took.iter().max().expect("several"));
        let per_second = (CLONES * count) as f64 / worst.as_secs_f64();
        Round { per_second, spread: worst.as_secs_f64() / best.as_secs_f64() }
    }

    /// Lets every clone claim at once, each claim in a process of its own, so many of them at a time. All must be acknowledged,
    /// and be there once.
    fn claim(&self, round: usize, count: usize, at_a_time: usize, machines: Machines) -> Round {
        let before = self.claims();
        let done = self.everywhere(count, |clone| {
            let directory = self.clone(clone);
            let numbers: Vec<usize> = (0..count).collect();
            for numbers in numbers.chunks(at_a_time) {
                let running: Vec<_> = numbers
                    .iter()
                    .map(|number| {
                        let agent = &self.agents[clone][round * AGENTS + number % AGENTS];
                        let path = format!("r{round}/c{clone}/f{number}");
                        let mut command = self.sandbox.command(BINARY, &directory);
                        command.args(["--as", agent, "claim", &path, "--intent", &path]);
                        if machines == Machines::OneEach {
                            command.env("XDG_STATE_HOME", self.root.path().join(format!("machine{clone}")));
                        }
                        command.spawn().expect("the program is there")
                    })
                    .collect();
                for mut child in running {
                    assert!(child.wait().expect("it was started").success(), "every claim is acknowledged");
                }
            }
        });
        let granted: Vec<String> = self.claims().difference(&before).cloned().collect();
        assert_eq!(granted.len(), CLONES * count, "what was acknowledged is in the ledger, once");
        done
    }

    /// Returns the paths that are held at the remote, each by how often.
    fn claims(&self) -> BTreeSet<String> {
        let listed = self.sandbox.git(&self.repository, &["ls-tree", "-r", "--name-only", "coord", "claims/"]);
        listed.lines().map(str::to_owned).collect()
    }

    /// Lets every clone push signed commits, one by one, as a loop of stock git does it.
    fn push_naively(&self) -> Round {
        let branch = "refs/heads/naive";
        self.sandbox.git(&self.repository, &["update-ref", branch, "refs/heads/main"]);
        let key = self.a_key();
        for clone in 0..CLONES {
            let directory = self.clone(clone);
            self.sandbox.git(&directory, &["fetch", "-q", "origin", branch]);
            self.sandbox.git(&directory, &["checkout", "-q", "-B", "naive", "FETCH_HEAD"]);
        }
        self.everywhere(FEWER, |clone| {
            let directory = self.clone(clone);
            let run = |arguments: &[&str]| {
                let status = self.sandbox.command("git", &directory).args(arguments).status();
                status.expect("git is there").success()
            };
            let signing = format!("user.signingKey={}", key.display());
            for number in 0..FEWER {
                let name = format!("c{clone}-{number}");
                fs::write(directory.join(&name), format!("{name}\n")).expect("it is ours");
                assert!(run(&["add", &name]));
                assert!(run(&["-c", &signing, "-c", "core.hooksPath=/dev/null", "commit", "-q", "-S", "-m", &name]));
                while !run(&["push", "-q", "--no-verify", "origin", "naive:refs/heads/naive"]) {
                    assert!(run(&["fetch", "-q", "origin", branch]));
                    assert!(run(&[
                        "-c",
                        &signing,
                        "-c",
                        "core.hooksPath=/dev/null",
                        "rebase",
                        "-q",
                        "-S",
                        "FETCH_HEAD"
                    ]));
                }
            }
        })
    }

    fn a_key(&self) -> PathBuf {
        let keys = self.sandbox.home.join(".local/share/git-coord/keys");
        keys.join(&self.agents[0][0])
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let Ok(found) = fs::read_dir(self.root.path()) else { return };
        // Kept connections end with the run.
        for kept in found.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("m-")) {
            let mut command = self.sandbox.command("ssh", self.root.path());
            command.args(["-F", "/dev/null", "-O", "exit", "-o"]);
            command.arg(format!("ControlPath={}", kept.path().display())).arg("127.0.0.1").status().ok();
        }
    }
}

/// Returns a text of an answer in JSON.
fn field(said: &str, name: &str) -> String {
    let value = said.lines().find_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()?.get(name).cloned());
    value.and_then(|value| value.as_str().map(str::to_owned)).expect("the answer has it")
}

pub(crate) fn rows(bench: &mut Bench) {
    if !crate::servers::missing(&Ssh::PROGRAMS).is_empty() {
        bench.skip("claims at a remote over ssh", "there is no sshd here");
        return;
    }
    let world = World::new(4);
    one_claim(bench, &world);
    let naive = world.push_naively();
    let together = world.claim(1, CLAIMS, CLAIMS, Machines::OneForAll);
    let apart = world.claim(2, CLAIMS, CLAIMS, Machines::OneEach);
    for clone in 0..CLONES {
        world.sandbox.git(&world.clone(clone), &["config", "coord.group-push", "false"]);
    }
    let alone = world.claim(3, FEWER, 1, Machines::OneEach);
    let what = format!("{CLONES} clones × {CLAIMS} claims, ssh on loopback");
    let rate = |round: &Round| format!("{:.1}/s", round.per_second);
    let against = |round: &Round| round.per_second / naive.per_second;
    let row = |what: String, measured: f64, round: &Round, budget| Row {
        floor: rate(&naive),
        subject: rate(round),
        count: CLONES * CLAIMS,
        ..Row::figure(what, measured, "×", budget)
    };
    let of_loop = "acknowledged a second / a loop of fetch, rebase and push";
    bench.add(row(format!("{what}: {of_loop}"), against(&together), &together, Budget::AtLeast(6.0)));
    bench.add(row(format!("{what}: worst clone / best"), together.spread, &together, Budget::AtMost(3.0)));
    let as_apart = format!("{what}, as on eight machines");
    bench.add(row(format!("{as_apart}: {of_loop}"), against(&apart), &apart, Budget::None));
    bench.add(row(format!("{as_apart}: worst clone / best"), apart.spread, &apart, Budget::None));
    bench.add(row(format!("{what}: every push by itself"), against(&alone), &alone, Budget::None));
}

/// One claim over a connection that is kept, against one push of stock git over the same, and against all that stock git has
/// to do for an entry that is signed: add, commit, push.
fn one_claim(bench: &mut Bench, world: &World) {
    let directory = world.clone(0);
    let mut commit = world.sandbox.git(&directory, &["rev-parse", "origin/main"]);
    let tree = world.sandbox.git(&directory, &["rev-parse", "origin/main^{tree}"]);
    let signing = format!("user.signingKey={}", world.a_key().display());
    world.sandbox.git(&directory, &["checkout", "-q", "-B", "whole"]);
    let mut number = 0;
    let rounds = (0..bench.samples).map(|_| {
        number += 1;
        commit = world.sandbox.git(&directory, &["commit-tree", "-p", &commit, "-m", "x", &tree]);
        let refspec = format!("{commit}:refs/heads/floor");
        let floor = world.sandbox.time("git", &directory, &["push", "-q", "--no-verify", "origin", &refspec]);
        let path = format!("one/{number}");
        let agent = &world.agents[0][number % AGENTS];
        let subject = world.sandbox.time(BINARY, &directory, &["--as", agent, "claim", &path, "--intent", &path]);
        fs::write(directory.join("whole"), &path).expect("it is ours");
        let commit = ["-c", &signing, "-c", "core.hooksPath=/dev/null", "commit", "-q", "-S", "-m", "x"];
        let push = ["push", "-q", "--no-verify", "origin", "whole"];
        let by_hand = [&["add", "whole"][..], &commit, &push].map(|words| world.sandbox.time("git", &directory, words));
        (floor, by_hand.iter().sum(), subject)
    });
    let rounds: Vec<(Duration, Duration, Duration)> = rounds.collect();
    let of_push = Duel::of(rounds.iter().map(|(push, _, claim)| (*push, *claim)));
    let of_hand = Duel::of(rounds.iter().map(|(_, by_hand, claim)| (*by_hand, *claim)));
    let what = "one claim at a remote over ssh, connection kept";
    let row = Row::ratio(format!("{what} / `git push`"), &of_push, Budget::AtMost(1.5)).because(|| {
        let read = || world.sandbox.time("git", &directory, &["ls-remote", "--refs", "origin", "refs/heads/coord"]);
        let reading: Vec<f64> = (0..bench.samples).map(|_| read().as_secs_f64() * 1e6).collect();
        format!(
            "Some servers say “ok” to a push that lost its race, so what was pushed is read back, with a second program over the \
             same connection: `git ls-remote` takes {} by itself. A process that only starts takes {}. The rest is the claim \
             itself, as in the row without a remote.",
            time(median(&reading)),
            causes::bare_start(bench),
        )
    });
    bench.add(row);
    bench.add(Row::ratio(format!("{what} / `git add`, `git commit -S`, `git push`"), &of_hand, Budget::None));
}
