//! A play: three agents without a model, each in its own program and work tree, at the same time on the same files. They
//! know what their hooks and tools tell them, and nothing else.

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

/// Returns the seed of this run.
fn seed() -> u64 {
    let seed = env::var("COORD_PLAY_SEED").map_or(20_261_122, |seed| seed.parse().expect("a number"));
    println!("COORD_PLAY_SEED={seed}");
    seed
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

#[test]
fn two_hundred_edits_by_three_agents_lose_nothing_and_every_collision_is_announced() {
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
    let begun = Instant::now();
    let players: Vec<Player<'_>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..CAST.len())
            .map(|who| {
                let cast = (&agents[who], CAST[who].1);
                let mut player = Player::new(who, cast, &everybody, (&chronicle, &watch), seed);
                let desk = &desk;
                scope.spawn(move || {
                    player.play(EDITS[who], FILES, desk);
                    player
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let took = begun.elapsed();
    if let Some(file) = env::var_os("COORD_PLAY_CHRONICLE") {
        fs::write(file, chronicle.text()).unwrap();
    }
    print!("{watch}");

    let tally = chronicle.judge().unwrap_or_else(|faults| panic!("{}", faults.join("\n")));
    let conflicts: usize = players.iter().map(|player| player.conflicts).sum();
    let overtaken: usize = players.iter().map(|player| player.overtaken).sum();
    println!("{tally:?}, {conflicts} merges by hand, {overtaken} landings overtaken, {:.1} s", took.as_secs_f64());
    assert_eq!(tally.writes, EDITS.iter().sum::<usize>());
    assert!(tally.collisions > 0 && tally.denied > 0 && tally.second_writes > 0, "nobody met anybody: {tally:?}");
    assert_nothing_is_lost(maria, &everybody);
}

/// Checks that the main branch of the hub has every line once.
fn assert_nothing_is_lost(maria: &Actor, everybody: &[String]) {
    maria.git(&["fetch", "-q", "hub", "main"]);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for file in 0..FILES {
        let content = maria.git(&["show", &format!("FETCH_HEAD:{}", name_of(file))]);
        assert_eq!(content.lines().next(), Some(&*format!("Part {file}")), "{content}");
        for line in content.lines().skip(1) {
            *found.entry(line.to_owned()).or_default() += 1;
        }
    }
    let of = |(who, edits): (&String, &usize)| {
        (0..*edits).map(|edit| (format!("{who} edit-{edit:03}"), 1)).collect::<Vec<_>>()
    };
    let expected: BTreeMap<String, usize> = everybody.iter().zip(&EDITS).flat_map(of).collect();
    assert_eq!(found, expected);
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
        if is_hooked {
            assert_eq!(wish, Wish::Left);
            let tally = chronicle.judge().unwrap();
            assert_eq!((tally.writes, tally.denied > 0, tally.second_writes), (1, true, 0));
            continue;
        }
        assert_eq!(wish, Wish::Written);
        let faults = chronicle.judge().unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("1 was not told that 0 has 0 in hand"), "{faults:?}");
        // The hooks of git would still have held it up.
        bob.coord(&["hooks", "uninstall"]).ok();
        first.commit();
        second.commit();
        let merged = alice.try_git(&["merge", "-q", "--no-edit", "bob"]);
        assert!(merged.code == 1 && merged.stdout.contains("CONFLICT"), "{merged}");
    }
}
