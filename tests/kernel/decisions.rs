//! Decisions: who settles what, and that it stays as it was made.

use git_coord::model::Decision;
use git_coord::model::Pattern;
use git_coord::model::Principal;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::Severity;
use git_coord::rules::Code;
use git_coord::rules::State;
use git_coord::rules::binding;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::patterns;
use crate::support::world::put;
use crate::support::world::take_away;
use crate::support::world::text;
use crate::support::world::write;

/// Returns a ledger in which maintainers decide, and leads within the documents.
fn world() -> World {
    let policy = |policy: &str| {
        policy
            .replace(r#""propose-policy", "land"]"#, r#""propose-policy", "land", "decide"]"#)
            .replace(r#""request", "enroll"]"#, r#""request", "enroll", "decide"]"#)
    };
    World::with_policy(policy)
}

fn draft(world: &mut World, author: &Actor, paths: &[&str]) -> Decision {
    Decision {
        id: world.id(RecordKind::Decision),
        author: author.id.clone(),
        question: text("Which parser?"),
        answer: text("The one that is there."),
        paths: patterns(paths),
        request: None,
        finding: None,
        supersedes: None,
    }
}

fn over(world: &mut World, author: &Actor, old: &Decision) -> Decision {
    let paths: Vec<_> = old.paths.iter().map(Pattern::as_str).collect();
    Decision { supersedes: Some(old.id.clone()), ..draft(world, author, &paths) }
}

#[track_caller]
fn decided(world: &mut World, author: &Actor, paths: &[&str]) -> Decision {
    let decision = draft(world, author, paths);
    world.ok(author, &[put(&decision)]);
    decision
}

fn ids(state: &State, paths: &[&str]) -> Vec<RecordId> {
    binding(state, &patterns(paths)).into_iter().map(|settled| settled.decision.id.clone()).collect()
}

/// LED-4, with legal twin: it binds others, so it takes a right.
#[test]
fn decision_needs_the_right() {
    let (mut world, alice, nora) = (world(), Actor::named("alice"), Actor::named("nora"));
    for who in ["alice", "carol", "sam", "hub"] {
        let who = Actor::named(who);
        let decision = draft(&mut world, &who, &["src/"]);
        world.refuse(&who, &[put(&decision)], Code::RecordRight);
    }
    let stranger = Actor::named("mallory");
    let decision = draft(&mut world, &stranger, &["src/"]);
    world.refuse(&stranger, &[put(&decision)], Code::KeyUnknown);
    let decision = draft(&mut world, &nora, &["src/"]);
    world.refuse(&alice, &[put(&decision)], Code::RecordOwner);
    world.ok(&nora, &[put(&decision)]);
    let settled = world.state().decisions.get(&decision.id).unwrap();
    assert_eq!((&settled.decision, settled.since_time), (&decision, world.now));
}

/// LED-4, with legal twin: not even its author decides in the name of somebody else.
#[test]
fn decision_is_of_its_signer() {
    let (mut world, maria, nora) = (world(), Actor::named("maria"), Actor::named("nora"));
    let decision = draft(&mut world, &nora, &["src/"]);
    world.refuse(&maria, &[put(&decision)], Code::RecordOwner);
    world.ok(&maria, &[put(&Decision { author: maria.id.clone(), ..decision })]);
}

/// LED-4, with legal twin: neither its author nor a root member rewrites what was settled; another decision takes its place.
#[test]
fn decision_is_neither_edited_nor_taken_away() {
    let (mut world, maria, nora) = (world(), Actor::named("maria"), Actor::named("nora"));
    let decision = decided(&mut world, &nora, &["src/"]);
    for who in [&nora, &maria] {
        let reworded = Decision { answer: text("Another one."), ..decision.clone() };
        world.refuse(who, &[put(&reworded)], Code::DecisionFrozen);
        let narrowed = Decision { paths: patterns(&["src/a.rs"]), ..decision.clone() };
        world.refuse(who, &[put(&narrowed)], Code::DecisionFrozen);
        let taken_over = Decision { author: who.id.clone(), answer: text("Mine."), ..decision.clone() };
        world.refuse(who, &[put(&taken_over)], Code::DecisionFrozen);
        world.refuse(who, &[take_away(&decision)], Code::DecisionFrozen);
        // Nor in the entry that puts another in its place.
        let next = over(&mut world, who, &decision);
        world.refuse(who, &[put(&next), take_away(&decision)], Code::DecisionFrozen);
    }
    assert_eq!(ids(world.state(), &["src/a.rs"]), std::slice::from_ref(&decision.id));
    let next = over(&mut world, &maria, &decision);
    world.ok(&maria, &[put(&next)]);
    assert_eq!(ids(world.state(), &["src/a.rs"]), [next.id]);
    world.refuse(&nora, &[take_away(&decision)], Code::DecisionFrozen);
}

/// LED-4, with legal twin: of two that race for one place the second loses.
#[test]
fn decision_is_superseded_once() {
    let (mut world, maria, nora) = (world(), Actor::named("maria"), Actor::named("nora"));
    let first = decided(&mut world, &nora, &["src/"]);
    let (mine, theirs) = (over(&mut world, &nora, &first), over(&mut world, &maria, &first));
    // In one entry they would race as well.
    let both = Decision { author: nora.id.clone(), ..theirs.clone() };
    world.refuse(&nora, &[put(&mine), put(&both)], Code::DecisionSuperseded);
    world.ok(&nora, &[put(&mine)]);
    let refusal = world.refuse(&maria, &[put(&theirs)], Code::DecisionSuperseded);
    assert_eq!(refusal.message, format!("`{}` was superseded by `{}`", first.id, mine.id));
    // What is there now can be superseded.
    world.ok(&maria, &[put(&Decision { supersedes: Some(mine.id.clone()), ..theirs.clone() })]);
    let state = world.state();
    assert_eq!(ids(state, &[]), std::slice::from_ref(&theirs.id));
    assert_eq!(state.successor(&first.id).unwrap().decision.id, mine.id);
    assert!(!state.holds(&first.id) && !state.holds(&mine.id) && state.holds(&theirs.id));
}

#[test]
fn what_a_decision_names_exists() {
    let (mut world, nora) = (world(), Actor::named("nora"));
    let decision = draft(&mut world, &nora, &["src/"]);
    let nowhere = |id: &str| Some(RecordId::parse(id).unwrap());
    for bad in [
        Decision { supersedes: nowhere("d-zzzzzzzz"), ..decision.clone() },
        Decision { supersedes: Some(decision.id.clone()), ..decision.clone() },
        Decision { finding: nowhere("f-zzzzzzzz"), ..decision.clone() },
        Decision { request: nowhere("r-zzzzzzzz"), ..decision.clone() },
    ] {
        world.refuse(&nora, &[put(&bad)], Code::RecordMissing);
    }
    // One that the same entry makes was not there before.
    let next = over(&mut world, &nora, &decision);
    world.refuse(&nora, &[put(&decision), put(&next)], Code::RecordMissing);
    let finding = world.find(&Actor::named("alice"), Severity::Low, &["src/"]);
    let decision = Decision { finding: Some(finding.id), ..decision };
    world.ok(&nora, &[put(&decision)]);
    world.ok(&nora, &[put(&next)]);
    // An id is used once.
    world.refuse(&nora, &[take_away(&decision)], Code::DecisionFrozen);
    let again = Decision { supersedes: None, ..next };
    world.refuse(&nora, &[put(&again)], Code::DecisionFrozen);
}

/// LED-4, with legal twin: who keeps to lanes binds, and frees, only what is in them.
#[test]
fn decision_keeps_to_the_lanes_of_its_author() {
    let mut world = world();
    let (maria, nora, lea) = (Actor::named("maria"), Actor::named("nora"), Actor::named("lea"));
    let lead = crate::support::world::principal(&lea, git_coord::model::PrincipalKind::Human, "lead", &maria);
    world.ok(&maria, &[put(&lead)]);
    for outside in [&["src/"][..], &["**"], &["docs/", "src/"], &["**/*.md"]] {
        let decision = draft(&mut world, &lea, outside);
        world.refuse(&lea, &[put(&decision)], Code::LaneOutside);
    }
    let wide = decided(&mut world, &nora, &["**"]);
    let narrow = Decision { supersedes: Some(wide.id.clone()), ..draft(&mut world, &lea, &["docs/"]) };
    world.refuse(&lea, &[put(&narrow)], Code::LaneOutside);
    world.ok(&lea, &[put(&Decision { supersedes: None, ..narrow })]);
    let narrow = Decision { supersedes: Some(wide.id), ..draft(&mut world, &nora, &["src/"]) };
    world.ok(&nora, &[put(&narrow)]);
}

/// KEY-2, with legal twin: what a suspect key has settled binds nobody, and what it superseded holds again.
#[test]
fn decision_of_a_suspect_key_is_nobodys_word() {
    let (mut world, maria, nora) = (world(), Actor::named("maria"), Actor::named("nora"));
    let olga = Actor::named("olga");
    let first = decided(&mut world, &olga, &["src/"]);
    let since = world.state().height;
    let stolen = over(&mut world, &nora, &first);
    world.ok(&nora, &[put(&stolen)]);
    let alone = decided(&mut world, &nora, &["docs/"]);
    assert_eq!(ids(world.state(), &[]), [alone.id.clone(), stolen.id.clone()]);
    let suspect = Principal { suspect_since: Some(since), ..world.next_record(&nora) };
    world.ok(&maria, &[put(&suspect)]);
    assert_eq!(ids(world.state(), &[]), std::slice::from_ref(&first.id));
    let more = draft(&mut world, &nora, &["tests/"]);
    world.refuse(&nora, &[put(&more)], Code::KeySuspect);
    // It is superseded like any other that holds, and so it stays, whatever becomes of the key: one question, one answer.
    let next = over(&mut world, &olga, &first);
    world.ok(&olga, &[put(&next)]);
    assert_eq!(ids(world.state(), &[]), std::slice::from_ref(&next.id));
    let beside = over(&mut world, &olga, &stolen);
    world.refuse(&olga, &[put(&beside)], Code::DecisionSuperseded);
    let cleared = Principal { suspect_since: None, ..world.next_record(&nora) };
    world.ok(&maria, &[put(&cleared)]);
    assert_eq!(ids(world.state(), &[]), [next.id.clone(), alone.id]);
    let last = over(&mut world, &nora, &next);
    world.ok(&nora, &[put(&last)]);
}

/// PARSE-7, with legal twin: what is too long, or could hide what it says, is no record at all.
#[test]
fn text_of_a_decision_is_bounded_and_plain() {
    let (mut world, nora) = (world(), Actor::named("nora"));
    let file = |question: &str, answer: &str| {
        format!(
            "format = 1\nauthor = \"{}\"\nquestion = \"{question}\"\nanswer = \"{answer}\"\npaths = [\"src/\"]\n",
            nora.id
        )
    };
    let long = |length| "x".repeat(length);
    let path = RecordPath::Decision(world.id(RecordKind::Decision));
    for (question, answer) in [
        (long(241).as_str(), "Yes."),
        ("Why?", long(1_001).as_str()),
        ("Why?", ""),
        ("", "Yes."),
        ("Two\\nlines?", "Yes."),
        ("Why?", "a\\u001b[2Jb"),
        ("Why?", "a\\u202eb"),
        ("Why?", "a\u{e0041}b"),
        ("a\\u0007b", "Yes."),
    ] {
        world.refuse(&nora, &[write(path.clone(), &file(question, answer))], Code::RecordParse);
    }
    world.ok(&nora, &[write(path, &file(&long(240), &long(1_000)))]);
}

#[test]
fn decisions_bind_the_paths_that_they_name() {
    let (mut world, nora) = (world(), Actor::named("nora"));
    let parser = decided(&mut world, &nora, &["src/parser/", "tests/parser_*.rs"]);
    let all = decided(&mut world, &nora, &["**"]);
    let state = world.state();
    assert_eq!(ids(state, &["src/parser/a.rs"]), [all.id.clone(), parser.id.clone()]);
    assert_eq!(ids(state, &["src/"]), [all.id.clone(), parser.id.clone()]);
    assert_eq!(ids(state, &["tests/parser_a.rs"]), [all.id.clone(), parser.id]);
    assert_eq!(ids(state, &["docs/"]), [all.id]);
}
