//! A play: three agents without a model, each in its own program and work tree, at the same time on the same files. They
//! know what their hooks and tools tell them, and nothing else. The control is the same play without the hooks.
//!
//! `COORD_PLAY_SEED` is another play; `COORD_PLAY_CHRONICLE` names a file for all that happened.

mod chronicle;
mod desk;
mod player;
mod stopwatch;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::thread;
use std::time::Instant;

use crate::agents::play::chronicle::Chronicle;
use crate::agents::play::chronicle::Tally;
use crate::agents::play::desk::Desk;
use crate::agents::play::player::Player;
use crate::agents::play::player::Wish;
use crate::agents::play::player::name_of;
use crate::agents::play::stopwatch::Stopwatch;
use crate::agents::told::team;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Hub;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const FILES: usize = 40;
/// By each of the three.
const EDITS: [usize; 3] = [67, 67, 66];
const CAST: [(&str, &str, &str); 3] =
    [("alice", "claude", "anthropic"), ("bob", "codex", "openai"), ("carol", "gemini", "google")];

/// What came of a play.
struct Played {
    tally: Tally,
    faults: Vec<String>,
    /// Lines that were written and are not on the main branch of the hub, or more often than they were written.
    lost: Vec<String>,
}

/// Returns the seed of this run.
fn seed() -> u64 {
    env::var("COORD_PLAY_SEED").map_or(20_261_122, |seed| seed.parse().expect("a number"))
}

/// Fills the main branch with files, and has the policy claim what is edited.
fn set_the_stage(hub: &Hub) {
    let maria = &hub.maria;
    for file in 0..FILES {
        maria.write(&name_of(file), &format!("Part {file}\n"));
    }
    maria.commit("Begin the parts");
    // Nobody is asked about what is there before there are rules for it.
    let work = maria.directory.to_str().unwrap();
    maria.at(&hub.directory).git(&["-c", "core.hooksPath=/dev/null", "fetch", "-q", work, "main:main"]);
    maria.coord(&["land", "--adopt", "main"]).ok();
    let active = text(&maria.coord(&["policy", "show"]).ok().json()["text"]);
    let edited = active.replacen("require       = \"warn\"", "require       = \"auto\"", 1);
    assert_ne!(edited, active);
    maria.write("draft.toml", &edited);
    let opened = maria.coord(&["policy", "propose", "draft.toml"]).ok().json();
    maria.coord(&["policy", "activate", &text(&opened["id"])]).ok();
}

/// Has the three of them make all edits and land them, with the hooks or without.
fn perform(is_hooked: bool) -> Played {
    let seed = seed();
    let sandbox = Sandbox::new();
    let hub = sandbox.hub();
    let maria = &hub.maria;
    set_the_stage(&hub);
    let agents = CAST.map(|(name, client, vendor)| {
        let agent = maria.enroll(name, &["--role", "builder", "--vendor", vendor]);
        agent.coord(&["agent", "install", client]).ok();
        agent
    });
    let rosa = maria.enroll("rosa", &["--role", "reviewer", "--vendor", "mistral"]);
    let everybody: Vec<String> = agents.iter().map(|agent| agent.id.clone()).collect();
    let (chronicle, watch) = (Chronicle::default(), Stopwatch::default());
    let desk = Desk::open(&rosa, maria, &watch);
    let in_cast = |who: usize| {
        let player = Player::new(who, (&agents[who], CAST[who].1), &everybody, (&chronicle, &watch), seed);
        if is_hooked { player } else { player.without_hooks() }
    };
    let mut players: Vec<Player<'_>> = (0..CAST.len()).map(in_cast).collect();
    let begun = Instant::now();
    let desk = &desk;
    thread::scope(|scope| {
        for (player, edits) in players.iter_mut().zip(EDITS) {
            scope.spawn(move || player.play(edits, FILES, desk));
        }
    });
    let took = begun.elapsed().as_secs_f64();
    if let Some(file) = env::var_os("COORD_PLAY_CHRONICLE") {
        fs::write(file, chronicle.text()).unwrap();
    }
    let (tally, faults) = chronicle.judge();
    let lost = lost(maria, &everybody);
    let conflicts: usize = players.iter().map(|player| player.conflicts).sum();
    let overtaken: usize = players.iter().map(|player| player.overtaken).sum();
    println!(
        "COORD_PLAY_SEED={seed} {}: {took:.1} s\n{tally:?}, {conflicts} rebases put right by hand, \
         {overtaken} landings overtaken, {} lines lost\n{watch}",
        if is_hooked { "with hooks" } else { "without hooks" },
        lost.len()
    );
    Played { tally, faults, lost }
}

/// Returns the lines that the main branch of the hub has not exactly once, or that nobody wrote.
fn lost(maria: &Actor, everybody: &[String]) -> Vec<String> {
    maria.git(&["fetch", "-q", "hub", "main"]);
    let of = |(who, edits): (&String, &usize)| {
        (0..*edits).map(|edit| (format!("{who} edit-{edit:03}"), 1)).collect::<Vec<_>>()
    };
    let mut missing: BTreeMap<String, i32> = everybody.iter().zip(&EDITS).flat_map(of).collect();
    for file in 0..FILES {
        let content = maria.git(&["show", &format!("FETCH_HEAD:{}", name_of(file))]);
        assert_eq!(content.lines().next(), Some(&*format!("Part {file}")), "{content}");
        for line in content.lines().skip(1) {
            *missing.entry(line.to_owned()).or_default() -= 1;
        }
    }
    missing.into_iter().filter(|(_, count)| *count != 0).map(|(line, count)| format!("{count} × {line}")).collect()
}

#[test]
fn two_hundred_edits_by_three_agents_lose_nothing_and_every_collision_is_announced() {
    let played = perform(true);
    assert!(played.faults.is_empty(), "{}", played.faults.join("\n"));
    assert!(played.lost.is_empty(), "{}", played.lost.join("\n"));
    let tally = played.tally;
    assert_eq!((tally.writes, tally.unannounced), (EDITS.iter().sum::<usize>(), 0));
    assert!(tally.collisions > 0 && tally.denied > 0 && tally.second_writes > 0, "nobody met anybody: {tally:?}");
}

/// The control: the judge that finds no fault above finds many where the hooks are not there.
#[test]
fn without_the_hooks_many_collisions_of_two_hundred_edits_are_not_announced() {
    let played = perform(false);
    let tally = played.tally;
    assert_eq!((tally.writes, tally.asked), (EDITS.iter().sum::<usize>(), 0));
    assert!(tally.unannounced > 20 && tally.unannounced == tally.second_writes, "{tally:?}");
}

/// The same steps with the hooks and without them: without, the judge sees a second write that nobody announced, and the
/// work of both does not merge.
#[test]
fn without_the_hooks_the_second_write_is_not_announced_and_conflicts() {
    for is_hooked in [true, false] {
        let sandbox = Sandbox::new();
        let (_maria, alice, bob) = team(&sandbox, "auto");
        for (agent, client) in [(&alice, "claude"), (&bob, "gemini")] {
            agent.coord(&["agent", "install", client]).ok();
            if !is_hooked {
                agent.coord(&["agent", "uninstall", client]).ok();
            }
        }
        let everybody = [alice.id.clone(), bob.id.clone()];
        let (chronicle, watch) = (Chronicle::default(), Stopwatch::default());
        let mut first = Player::new(0, (&alice, "claude"), &everybody, (&chronicle, &watch), 1);
        let mut second = Player::new(1, (&bob, "gemini"), &everybody, (&chronicle, &watch), 1);
        assert_eq!(first.wish(0), Wish::Written);
        let wish = second.wish(0);
        let (tally, faults) = chronicle.judge();
        if is_hooked {
            assert_eq!(wish, Wish::Left);
            assert_eq!((tally.writes, tally.denied > 0, tally.second_writes), (1, true, 0));
            assert!(faults.is_empty(), "{faults:?}");
            continue;
        }
        assert_eq!(wish, Wish::Written);
        assert_eq!((faults.len(), tally.unannounced), (1, 1), "{faults:?}");
        assert!(faults[0].contains("1 was not told that 0 has 0 in hand"), "{faults:?}");
        // The hooks of git would still have held it up.
        bob.coord(&["hooks", "uninstall"]).ok();
        first.commit();
        second.commit();
        let merged = alice.try_git(&["merge", "-q", "--no-edit", "bob"]);
        assert!(merged.code == 1 && merged.stdout.contains("CONFLICT"), "{merged}");
    }
}
