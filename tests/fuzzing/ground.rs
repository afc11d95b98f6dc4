//! A ledger with a cast and something of everything, made once and then only read.

use git_coord::ledger::Chain;
use git_coord::ledger::MemoryStore;
use git_coord::model::Answer;
use git_coord::model::FindingState;
use git_coord::model::PrincipalKind;
use git_coord::model::Severity;
use git_coord::model::Timestamp;

use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::principal;
use crate::support::world::put;

use super::draft;

/// A ledger as it was left.
pub struct Ground {
    pub store: &'static MemoryStore,
    pub chain: Chain,
    pub now: Timestamp,
}

thread_local! {
    static GROUND: &'static Ground = Box::leak(Box::new(Ground::new()));
}

/// Hands out the ledger.
pub fn with_ground<T>(use_it: impl FnOnce(&'static Ground) -> T) -> T {
    GROUND.with(|ground| use_it(ground))
}

/// The policy of the ledger: what every world has, and an action and a check beside.
pub fn policy(text: &str) -> String {
    let more = "\n[[protect.checks]]\nname = \"test\"\nfrom = [\"checker\"]\n\n\
        [roles.checker]\nmay = [\"attest\"]\n\n[[actions]]\nname = \"deploy\"\nexpires = \"1h\"\n\
        approvals = [{ count = 1, from = [\"maintainer\"] }]\n";
    let rights = text.replace("\"land\"]", "\"land\", \"break-glass\", \"decide\"]");
    format!("{rights}{more}")
}

impl Ground {
    fn new() -> Self {
        let mut world = World::with_policy(policy);
        let (alice, bob, carol, nora) =
            (Actor::named("alice"), Actor::named("bob"), Actor::named("carol"), Actor::named("nora"));
        let tester = Actor::named("tester");
        world.ok(
            &Actor::named("maria"),
            &[put(&principal(&tester, PrincipalKind::Service, "checker", &Actor::named("maria")))],
        );
        let claim = world.claim(&alice, &["src/parser/", "docs/*.md"]);
        world.queue(&bob, &["src/parser/a.rs"]);
        let finding = world.find(&carol, Severity::High, &["src/**"]);
        let settled = git_coord::model::Finding { rev: 2, state: FindingState::Resolved, ..finding };
        world.ok(&nora, &[put(&settled)]);
        world.find(&bob, Severity::Low, &["tests/"]);
        let (state, now) = (world.state().clone(), world.now);
        let request = draft::request(&state, &alice, 1, 0, vec![claim.id]);
        world.ok(&alice, &[put(&request)]);
        world.answer(&carol, &request, Answer::Approve);
        world.ok(&nora, &[put(&draft::decision(&nora, 1, "docs/"))]);
        Self { store: world.store, chain: world.chain().clone(), now }
    }
}
