//! Random entries, legal and illegal, by several principals over a few paths.

use std::collections::BTreeMap;

use git_coord::ledger::Edit;
use git_coord::ledger::Ledger;
use git_coord::ledger::encode_chain;
use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::ClaimMode;
use git_coord::model::Contention;
use git_coord::model::Finding;
use git_coord::model::FindingState;
use git_coord::model::RecordId;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Span;
use git_coord::rules::State;
use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::prelude::ProptestConfig;
use proptest::prelude::any;
use proptest::proptest;
use proptest::strategy::Strategy;

use crate::kernel::push::main_ref;
use crate::kernel::push::work_from;
use crate::support::cache::remembered;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::patterns;
use crate::support::world::put;
use crate::support::world::take_away;

const ACTORS: [&str; 5] = ["alice", "bob", "nora", "carol", "hub"];
const PATHS: [&[&str]; 6] = [&["src/"], &["src/a.rs"], &["SRC/A.rs", "docs/"], &["src/*.rs"], &["docs/x"], &["tests/"]];

/// One step: who does what to what, after how many seconds.
#[derive(Clone, Copy, Debug)]
struct Step {
    who: usize,
    verb: u8,
    pick: usize,
    other: usize,
    passed: u64,
    /// Whether it is done by somebody who may, rather than by anybody.
    honest: bool,
    /// Whether stock git makes the entry, so that an illegal one ends up in the chain.
    raw: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let passed = proptest::prop_oneof![6 => 0_u64..90, 1 => 1_700_u64..2_200];
    let chances = (weighted(0.7), weighted(0.2));
    let step = (0..ACTORS.len(), 0..14_u8, any::<usize>(), any::<usize>(), passed, chances);
    let step = step.prop_map(|(who, verb, pick, other, passed, (honest, raw))| Step {
        who,
        verb,
        pick,
        other,
        passed,
        honest,
        raw,
    });
    vec(step, 1..40)
}

fn chosen<T: Clone>(values: impl Iterator<Item = T>, pick: usize) -> Option<T> {
    let values: Vec<T> = values.collect();
    (!values.is_empty()).then(|| values[pick % values.len()].clone())
}

/// Returns who does a step: its owner or somebody with the right, if it is honest.
fn actor(world: &World, step: Step) -> Actor {
    let state = world.state();
    let holder = || chosen(state.claims.values().map(|lease| lease.claim.holder.clone()), step.pick);
    let named = match step.verb {
        _ if !step.honest => None,
        0..=4 | 11 => Some(["alice", "bob", "nora"][step.who % 3].to_owned()),
        5 | 7 | 8 => holder().map(|id| id.name().to_owned()),
        10 | 12 => Some(["carol", "nora"][step.who % 2].to_owned()),
        13 => Some("hub".to_owned()),
        _ => None,
    };
    Actor::named(named.as_deref().unwrap_or(ACTORS[step.who]))
}

/// Returns the edits of a step. Whether they are legal is for the judge to say.
fn edits(world: &mut World, step: Step, who: &Actor) -> Option<Vec<Edit>> {
    let paths = PATHS[step.other % PATHS.len()];
    let lease = chosen(world.state().claims.values().map(|lease| lease.claim.clone()), step.pick);
    let finding = chosen(world.state().findings.values().map(|noted| noted.finding.clone()), step.pick);
    let request = chosen(world.state().requests.values().map(|pending| pending.request.clone()), step.pick);
    Some(match step.verb {
        0 | 1 => vec![put(&world.draft_claim(who, paths))],
        2 | 3 => vec![put(&Claim { contention: Contention::Queue, ..world.draft_claim(who, paths) })],
        4 => vec![put(&Claim { mode: ClaimMode::Shared, ..world.draft_claim(who, paths) })],
        5 => vec![take_away(&lease?)],
        6 => vec![take_away(&lease?), put(&world.draft_claim(who, paths))],
        7 => {
            let claim = lease?;
            let (rev, expires) = (claim.rev + 1, world.now + Span::from_s(1_800));
            vec![put(&Claim { rev, expires, ..claim })]
        }
        8 => {
            let claim = lease?;
            if who.id.name() == "nora" && claim.holder != who.id {
                return Some(vec![put(&Claim { rev: claim.rev + 1, revoked_by: Some(who.id.clone()), ..claim })]);
            }
            let offered_to = Some(Actor::named(ACTORS[step.other % ACTORS.len()]).id);
            let paths = if step.who.is_multiple_of(2) { claim.paths.clone() } else { patterns(paths) };
            vec![put(&Claim { rev: claim.rev + 1, paths, offered_to, ..claim })]
        }
        9 => vec![put(&world.draft_finding(who, Severity::High, paths))],
        10 => {
            let finding = finding?;
            vec![put(&Finding { rev: finding.rev + 1, state: FindingState::Resolved, ..finding })]
        }
        11 => {
            let facts = work_from("base", &format!("head {}", step.other % 3), who, &["src/a.rs"]);
            let cited: Vec<Claim> = lease.into_iter().filter(|_| !step.honest).collect();
            vec![put(&world.draft_request(who, &main_ref(), &facts, &cited.iter().collect::<Vec<_>>()))]
        }
        12 => {
            let request: Request = request?;
            let answer = [Answer::Approve, Answer::Approve, Answer::Reject, Answer::Veto][step.other % 4];
            vec![put(&world.draft_answer(who, &request, answer))]
        }
        _ => {
            let request = request?;
            let heads = (0..3).map(|head| format!("head {head}"));
            let mut facts = heads.map(|head| work_from("base", &head, &Actor::named("alice"), &["src/a.rs"]));
            let fitting = facts.rfind(|facts| !step.honest || facts.delta == request.delta);
            let facts = fitting.expect("every request is of one of these");
            world.landing_edits(&world.draft_landing(&request, &facts))
        }
    })
}

/// I2: what conflicts is never held at once, and its tokens strictly increase.
#[derive(Default)]
struct Tokens(BTreeMap<RecordId, (Claim, u64)>);

impl Tokens {
    fn check(&mut self, state: &State) {
        let held: Vec<_> = state.claims.values().filter_map(|lease| Some((&lease.claim, lease.held?.token))).collect();
        for (index, (one, _)) in held.iter().enumerate() {
            for (other, _) in &held[index + 1..] {
                assert!(!one.conflicts_with(other), "{one:?} and {other:?} are both held");
            }
        }
        for (claim, token) in held {
            if let Some((_, before)) = self.0.get(&claim.id) {
                assert_eq!(*before, token, "the token of a held claim never changes");
                continue;
            }
            for (earlier, old) in self.0.values().filter(|(earlier, _)| earlier.conflicts_with(claim)) {
                assert!(*old < token, "{claim:?} came after {earlier:?}");
            }
            self.0.insert(claim.id.clone(), (claim.clone(), token));
        }
    }
}

fn run(steps: Vec<Step>) {
    let mut world = World::new();
    let mut tokens = Tokens::default();
    for step in steps {
        world.pass(step.passed);
        let who = actor(&world, step);
        let Some(edits) = edits(&mut world, step, &who) else { continue };
        let before = world.state().clone();
        let voids = world.chain().void_count;
        if step.raw {
            world.force(&who, &edits);
        } else if let Err(refusal) = world.append(&who, &edits, "Change") {
            assert!(*world.state() == before, "I9: {refusal}");
        }
        if world.chain().void_count > voids {
            assert!(*world.state() == State { height: before.height + 1, ..before.clone() }, "I9");
        }
        let state = world.state();
        assert!(state.height >= before.height && state.time >= before.time);
        assert!(before.used.keys().all(|id| state.used.contains(id)), "no id is used twice");
        assert!(state.approvals.keys().all(|id| state.requests.contains_key(id)), "I4");
        tokens.check(state);
        assert!(remembered(&encode_chain(world.chain())).as_ref() == Some(world.chain()), "the cache forgets");
    }
    let anew = Ledger::open_anew(world.store, world.now).unwrap();
    assert!(anew.chain() == world.chain(), "judging from genesis leads elsewhere");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_entries_keep_the_invariants(steps in steps()) {
        run(steps);
    }
}
