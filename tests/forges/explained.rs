//! A verdict is explained alike in every clone, whatever has become of the rules since.

use crate::forges::checks::checking;
use crate::forges::forge::Forge;
use crate::forges::forge::MAIN;
use crate::support::sandbox::Actor;

/// Returns another clone, in which maria joined.
fn elsewhere(forge: &Forge, name: &str) -> Actor {
    let from = forge.bare.directory.to_str().unwrap();
    forge.sandbox.somebody(&forge.sandbox.root).git(&["clone", "-q", from, name]);
    let other = forge.sandbox.somebody(&forge.sandbox.root.join(name));
    other.coord(&["join", &forge.maria.id, "--remote", "origin"]).ok();
    other
}

/// Returns what people and programs are told of a request.
fn explained(who: &Actor, request: &str, code: i32) -> [String; 2] {
    let explain = ["gate", "explain", request];
    [who.say(&explain).exits(code).stdout, who.coord(&explain).exits(code).stdout]
}

#[test]
fn verdict_is_explained_alike_everywhere_and_ever_after() {
    let (forge, key) = checking();
    let landed = forge.approved("landed", "src/a.rs", "fn a() { 1 }\n");
    let said = forge.job("ci", &landed.head, &[]).with_env("GIT_COORD_PIN", &forge.pin).with_env("GIT_COORD_KEY", &key);
    said.coord(&["check", "attest", "--passed", "tests"]).ok();
    forge.move_to(MAIN, &landed.head);
    forge.record().ok();
    let refused = forge.approved("refused", "src/b.rs", "fn b() { 1 }\n");
    forge.maria.coord(&["sync"]).ok();
    forge.maria.git(&["fetch", "-q", "origin"]);
    let other = elsewhere(&forge, "other");
    let told = [explained(&forge.maria, &landed.id, 0), explained(&forge.maria, &refused.id, 1)];
    assert!(told[0][0].contains("check tests") && told[1][0].contains("check.missing"), "{told:?}");
    assert_eq!([explained(&other, &landed.id, 0), explained(&other, &refused.id, 1)], told);
    // The rules change, others join, and a clone is made that never saw it otherwise.
    let policy = forge.maria.read(".coord/policy.toml");
    let policy = policy.replacen("count    = 1", "count    = 2", 1);
    forge.maria.enroll("olga", &["--kind", "human", "--role", "maintainer", "--operator", "olga"]);
    forge.maria.enroll("nora", &["--kind", "human", "--role", "maintainer", "--operator", "nora"]);
    let (front, rest) = policy.split_once("version = 1").unwrap();
    let parent = forge.maria.coord(&["policy", "show"]).ok().json();
    let digest = git_coord::format::sha256(parent["text"].as_str().unwrap().as_bytes());
    forge.maria.write("tighter.toml", &format!("{front}version = 2\nparent = \"{digest}\"{rest}"));
    forge.maria.coord(&["policy", "activate", "tighter.toml"]).ok();
    for clone in [&forge.maria, &other, &elsewhere(&forge, "late")] {
        clone.coord(&["sync"]).ok();
        assert_eq!(explained(clone, &landed.id, 0), told[0]);
    }
    let now = explained(&forge.maria, &refused.id, 1);
    assert!(now[0].contains("(policy 2,") && now != told[1], "{now:?}");
    assert_eq!(explained(&other, &refused.id, 1), now);
}

/// S7: keys come and go, and what was decided with them is told as it was.
#[test]
fn verdict_is_explained_alike_after_keys_were_rotated() {
    let (forge, key) = checking();
    let attest = |name: &str, commit: &str| {
        let job = forge.job(name, commit, &[]).with_env("GIT_COORD_PIN", &forge.pin).with_env("GIT_COORD_KEY", &key);
        job.coord(&["check", "attest", "--passed", "tests"]).ok();
    };
    let landed = forge.approved("landed", "src/a.rs", "fn a() { 1 }\n");
    attest("ci", &landed.head);
    forge.move_to(MAIN, &landed.head);
    forge.record().ok();
    let refused = forge.approved("refused", "src/b.rs", "fn b() { 1 }\n");
    let between = forge.approved("between", "src/c.rs", "fn c() { 1 }\n");
    let fetch = |who: &Actor| {
        who.coord(&["sync"]).ok();
        who.git(&["fetch", "-q", "origin"]);
    };
    fetch(&forge.maria);
    let other = elsewhere(&forge, "other");
    let told = explained(&forge.maria, &landed.id, 0);
    let blocked = explained(&forge.maria, &refused.id, 1);
    assert!(told[0].contains(&forge.maria.id) && blocked[0].contains("check.missing"), "{told:?} {blocked:?}");
    // The first line of what waits names the height of the ledger, which moves on.
    let rules = |told: &[String; 2]| told[0].lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    // The approver's, twice, and that of who opened the requests and signed what lands.
    for who in [&forge.maria, &forge.alice, &forge.maria] {
        who.coord(&["principals", "rotate"]).ok();
        fetch(&other);
        for clone in [&forge.maria, &other] {
            assert_eq!(explained(clone, &landed.id, 0), told);
        }
        let now = explained(&forge.maria, &refused.id, 1);
        assert_eq!(explained(&other, &refused.id, 1), now);
        assert_eq!(rules(&now), rules(&blocked));
    }
    // What was approved with old keys lands, and is told alike wherever one looks.
    let merged = forge.merge(&forge.tip(MAIN), &between.head);
    attest("later", &merged);
    forge.move_to(MAIN, &merged);
    forge.record().ok();
    fetch(&forge.maria);
    let late = elsewhere(&forge, "late");
    let after = explained(&forge.maria, &between.id, 0);
    for clone in [&forge.maria, &other, &late] {
        fetch(clone);
        assert_eq!((explained(clone, &landed.id, 0), explained(clone, &between.id, 0)), (told.clone(), after.clone()));
        assert_eq!(explained(clone, &refused.id, 1), explained(&forge.maria, &refused.id, 1));
    }
}
