//! Killed at any instant of its life, alone or with all that it has started: the next command works, and what was
//! acknowledged is there.

use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::crashes::left_locks::aftermath;
use crate::crashes::scene::Effect;
use crate::crashes::scene::Place;
use crate::crashes::scene::Scene;
use crate::crashes::scene::Thorough;
use crate::crashes::scene::Verb;
use crate::crashes::tally::Tally;
use crate::support::sandbox::wait_for;
use crate::support::servers::Random;

const AT_ONCE: usize = 2;
/// Every so many commands everything is judged anew. It has no divisor in common with the number of commands, eleven and
/// twelve, and so comes after each of them in turn: a divisor would always look after the same.
const JUDGED_EVERY: usize = 5;

/// How many commands are killed, in all tests together.
fn kills() -> usize {
    env::var("COORD_TEST_KILLS").map_or(60, |kills| kills.parse().expect("a number of kills"))
}

fn seed() -> u64 {
    env::var("COORD_TEST_SEED").map_or(11, |seed| seed.parse().expect("a number"))
}

/// Returns what is killed: what our program does, and what git does when it looks after a repository.
fn victims(scene: &Scene) -> Vec<(Verb, &'static str)> {
    let mut victims: Vec<(Verb, &str)> = scene.verbs().into_iter().map(|verb| (verb, "git-coord")).collect();
    for (name, words) in [("gc", &["gc", "-q"][..]), ("repack", &["repack", "-a", "-d", "-q"])] {
        let arguments = words.iter().map(|word| (*word).to_owned()).collect();
        victims.push((Verb { name, actor: scene.maria.clone(), arguments, effect: Effect::Nothing }, "git"));
    }
    victims
}

fn start(verb: &Verb, program: &str) -> std::process::Child {
    let mut command = verb.actor.command(program);
    command.args(&verb.arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.process_group(0).spawn().unwrap()
}

/// Waits until nobody stands below a directory any more: what was started goes on when only the first is killed.
fn wait_until_quiet(root: &Path) {
    wait_for("end of what was started", || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let mut places = processes.filter_map(|process| fs::read_link(process.path().join("cwd")).ok());
        (!places.any(|place| place.starts_with(root))).then_some(())
    });
}

/// Kills a command after a while. Returns its exit code, or `None` if it was killed before its end.
fn kill(scene: &Scene, verb: &Verb, program: &str, delay: Duration, is_alone: bool) -> Option<i32> {
    let mut child = start(verb, program);
    thread::sleep(delay);
    if is_alone {
        child.kill().unwrap();
    } else {
        let group = format!("-{}", child.id());
        Command::new("kill").args(["-9", "--", &group]).stderr(Stdio::null()).status().unwrap();
    }
    let code = child.wait().unwrap().code();
    wait_until_quiet(&scene.sandbox.root);
    code
}

fn try_kills(place: Place, kills: usize, seed: u64) -> Tally {
    let scene = Scene::new(place);
    let (mut random, mut tally) = (Random::new(seed), Tally::default());
    let victims = victims(&scene);
    let mut usual: Vec<Duration> = victims
        .iter()
        .map(|(verb, program)| {
            scene.restore();
            let start_time = Instant::now();
            assert!(start(verb, program).wait().unwrap().success(), "{}", verb.name);
            let usual = start_time.elapsed();
            wait_until_quiet(&scene.sandbox.root);
            usual
        })
        .collect();
    let mut number = 0;
    while tally.trials < kills {
        let place_of_verb = number % victims.len();
        let (verb, program) = &victims[place_of_verb];
        let is_alone = random.below(2) == 0;
        // Any instant of its life, and a little after it.
        let share = random.below(1050) as f64 / 1000.0;
        scene.restore();
        let delay = usual[place_of_verb].mul_f64(share);
        let code = kill(&scene, verb, program, delay, is_alone);
        number += 1;
        assert!(number < 40 * kills + 100, "only {} of {number} could be killed", tally.trials);
        let who = if is_alone { "alone" } else { "with all it started" };
        let is_done = scene.is_done(&verb.effect);
        let outcome = match (code, is_done) {
            (None, true) => "killed, new state",
            (None, false) => "killed, old state",
            (Some(_), _) => "ended before",
        };
        tally.count(&format!("{} {who}", verb.name), outcome);
        let mut wrong = Vec::new();
        if code.is_some() {
            // The first time is longer than the others.
            usual[place_of_verb] = usual[place_of_verb].min(delay);
        }
        if code.is_some_and(|code| code != 0) {
            wrong.push(format!("it failed with {code:?} though nobody was in its way"));
        }
        if code == Some(0) && !is_done {
            wrong.push("it was acknowledged and is not there".to_owned());
        }
        if code.is_some() && wrong.is_empty() {
            continue;
        }
        tally.trials += 1;
        let is_git_killed = !is_alone || *program == "git";
        wrong.extend(aftermath(&scene, verb, Thorough::every(JUDGED_EVERY, number), is_git_killed, &mut tally));
        if is_done && !scene.is_done(&verb.effect) {
            wrong.push("it was there and is not there after the next command".to_owned());
        }
        let at = format!("{} {place:?}, killed {who} after {:.0} % of its usual time", verb.name, share * 100.0);
        tally.wrong.extend(wrong.into_iter().map(|wrong| format!("{at}: {wrong}")));
    }
    scene.restore();
    tally
}

fn check(place: Place, kills: usize) {
    let mut tally = Tally::default();
    thread::scope(|scope| {
        let part = |part: usize| scope.spawn(move || try_kills(place, kills / AT_ONCE, seed() + part as u64));
        let parts: Vec<_> = (0..AT_ONCE).map(part).collect();
        for part in parts {
            tally.merge(part.join().unwrap());
        }
    });
    tally.conclude("kills at random instants");
}

#[test]
fn killed_command_leaves_nothing_to_repair() {
    check(Place::Here, kills() * 2 / 3);
}

#[test]
fn killed_command_that_a_hub_decides_leaves_nothing_to_repair() {
    check(Place::Hub, kills() / 3);
}

/// Control: a command that is killed on the way is one that does not come back, and a lock that no git left, or what was
/// acknowledged and is gone, would be told.
#[test]
fn damage_that_no_kill_may_leave_is_noticed() {
    let scene = Scene::new(Place::Here);
    let verb = scene.verbs().remove(0);
    let look = |may_leave: bool| aftermath(&scene, &verb, Thorough::No, may_leave, &mut Tally::default());
    assert_eq!(look(false), Vec::<String>::new());
    let git_dir = scene.maria.directory.join(".git");
    let check = |may_leave: bool, damage: &dyn Fn(), expected: &str| {
        scene.restore();
        damage();
        let told = look(may_leave);
        assert!(told.iter().any(|told| told.contains(expected)), "{expected}: {told:?}");
    };
    let lock = git_dir.join("refs/heads/coord.lock");
    check(false, &|| fs::write(&lock, "").unwrap(), "git.locked");
    check(true, &|| fs::write(git_dir.join("coord/odd.lock"), "").unwrap(), "left over");
    check(true, &|| scene.maria.write(".coord/claims/odd.toml", "half"), "the checkout is not right");
    check(true, &|| drop(scene.maria.git(&["update-ref", "refs/heads/coord", "refs/heads/coord~3"])), "does not work");
    // The legal one: git's own lock after a git was killed.
    scene.restore();
    fs::write(&lock, "").unwrap();
    assert_eq!(look(true), Vec::<String>::new());
    assert!(!lock.exists());
}
