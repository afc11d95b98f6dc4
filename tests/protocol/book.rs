//! Every sequence of entries that was ever written, with what it leads to. One entry is judged once, however many ways lead to
//! it: what it is called follows from all that came before.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;

use git_coord::ledger::Chain;
use git_coord::ledger::Edit;
use git_coord::ledger::Step;
use git_coord::model::ObjectId;
use git_coord::model::PrincipalKind;
use git_coord::model::RefName;
use git_coord::model::Span;
use git_coord::model::Timestamp;
use git_coord::rules::Code;
use git_coord::rules::Freshness;
use git_coord::rules::Movement;
use git_coord::rules::OtherHead;
use git_coord::rules::Question;
use git_coord::rules::Segment;
use git_coord::rules::SegmentFacts;
use git_coord::rules::Update;
use git_coord::rules::decide;

use crate::kernel::push::main_ref;
use crate::kernel::push::object;
use crate::kernel::push::work_from;
use crate::protocol::drafts::Verb;
use crate::protocol::promises;
use crate::protocol::promises::Deeds;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;

/// The one path that everybody wants.
pub(super) const PATH: &str = "src/a.rs";
/// Claims end after this long, and can be taken over after this long again.
pub(super) const TTL_S: u64 = 60;
pub(super) const GRACE_S: u64 = 120;
/// How much time passes at once: a claim is over after one tick, and can be taken over after two.
const TICK_S: u64 = 90;

/// The first rule asks for one approval; after the change of policy, for two.
pub(super) const POLICY: &str = r#"
format  = 1
version = 1

[root]
threshold = 1
members   = [ROOTS]

[roles.worker]
may   = ["claim", "find", "request", "approve", "land"]
lanes = ["src/**"]

[roles.maintainer]
may         = ["claim", "find", "triage", "request", "approve", "veto", "enroll", "revoke", "propose-policy", "land"]
humans-only = true

[claims]
require       = "warn"
ttl           = "60s"
ttl-max       = "60s"
grace         = "120s"
per-principal = 5

[[protect]]
name    = "main"
refs    = ["refs/heads/main"]
commits = "signed"
claims  = "held"

  [[protect.approvals]]
  count    = 1
  from     = ["worker"]
  distinct = ["operator"]
"#;

/// Those who work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Agent {
    Alice,
    Bob,
    Carol,
}

impl Agent {
    pub(super) const ALL: [Self; 3] = [Self::Alice, Self::Bob, Self::Carol];

    fn name(self) -> &'static str {
        ["alice", "bob", "carol"][self as usize]
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|agent| agent.name() == name)
    }
}

/// A sequence of entries, named by its last one.
pub(super) struct Page {
    pub(super) chain: Chain,
    pub(super) parent: Option<ObjectId>,
    /// How many entries came since the beginning.
    pub(super) entries: usize,
    pub(super) deeds: Deeds,
}

/// After which entry who tries what, and when.
pub(super) type Attempt = (ObjectId, Agent, Verb, u8);

pub(super) struct Book {
    world: World,
    pub(super) root: Actor,
    agents: Vec<Actor>,
    pub(super) first: ObjectId,
    pages: Mutex<HashMap<ObjectId, Arc<Page>>>,
    works: Mutex<HashMap<ObjectId, Arc<SegmentFacts>>>,
    verdicts: Mutex<HashMap<(ObjectId, u8), Option<Code>>>,
    pub(super) attempts: Mutex<HashMap<Attempt, Option<ObjectId>>>,
}

impl Book {
    /// Returns the book of a ledger in which three agents are enrolled and the main branch is adopted.
    pub(super) fn new() -> Self {
        let root = Actor::named("maria");
        let mut world = World::begin(&[Actor::named("maria")], POLICY).unwrap();
        let agents = Agent::ALL.map(|agent| Actor::named(agent.name()));
        for agent in &agents {
            let mut record = principal(agent, PrincipalKind::Agent, "worker", &root);
            record.operator = Some(name(agent.id.name()));
            world.ok(&root, &[put(&record)]);
        }
        let adoption = world.draft_adoption(&main_ref(), object("base"));
        world.ok(&root, &[put(&adoption)]);
        let chain = world.chain().clone();
        let first = chain.head;
        let page = Page { chain, parent: None, entries: 0, deeds: Deeds::default() };
        let pages = Mutex::new(HashMap::from([(first, Arc::new(page))]));
        let (works, verdicts, attempts) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { world, root, agents: agents.into(), first, pages, works, verdicts, attempts }
    }

    pub(super) fn actor(&self, agent: Agent) -> &Actor {
        &self.agents[agent as usize]
    }

    pub(super) fn now(&self, clock: u8) -> Timestamp {
        self.world.now + Span::from_s(TICK_S * u64::from(clock))
    }

    /// Returns a sequence of entries that was accepted once.
    pub(super) fn page(&self, head: ObjectId) -> Arc<Page> {
        Arc::clone(&self.pages.lock().unwrap()[&head])
    }

    /// Writes an entry after another one and has it judged. `None` if it would be void.
    pub(super) fn write(&self, who: &Actor, after: ObjectId, edits: &[Edit], clock: u8) -> Option<ObjectId> {
        let page = self.page(after);
        let time = self.now(clock).max(page.chain.state.time);
        let commit = self.world.commit(who, after, page.chain.valid_tree, edits, time);
        if self.pages.lock().unwrap().contains_key(&commit) {
            return Some(commit);
        }
        let Step::Taken(chain, void) = page.chain.step(&self.world.store, commit, time).unwrap().unwrap() else {
            unreachable!("it is dated by the one clock that there is");
        };
        if void.is_some() {
            return None;
        }
        let deeds = promises::deeds(&page, &chain);
        let next = Page { chain: *chain, parent: Some(after), entries: page.entries + 1, deeds };
        self.pages.lock().unwrap().insert(commit, Arc::new(next));
        Some(commit)
    }

    /// Returns what an agent makes of the main branch where it is now.
    pub(super) fn work(&self, agent: Agent, base: ObjectId) -> Arc<SegmentFacts> {
        let base_name = self.name_of(base);
        let name = format!("{} on {base_name}", agent.name());
        let mut works = self.works.lock().unwrap();
        Arc::clone(
            works
                .entry(object(&name))
                .or_insert_with(|| Arc::new(work_from(&base_name, &name, self.actor(agent), &[PATH]))),
        )
    }

    /// Returns of what a commit was made up: who has worked since the beginning.
    fn name_of(&self, commit: ObjectId) -> String {
        let Some(work) = self.works.lock().unwrap().get(&commit).cloned() else { return "base".to_owned() };
        let worker = Agent::ALL.into_iter().find(|agent| {
            let key = git_coord::rules::CommitSigner::Signed(self.actor(*agent).key());
            work.commits.iter().any(|commit| commit.signer == key)
        });
        let base = self.name_of(work.old.expect("it was made of something"));
        format!("{} on {base}", worker.expect("one of them signed it").name())
    }

    /// Asks the gate, as a server does: may the main branch move as the landing says that an entry makes?
    pub(super) fn refusal(&self, entry: ObjectId, clock: u8) -> Option<Code> {
        if let Some(known) = self.verdicts.lock().unwrap().get(&(entry, clock)) {
            return *known;
        }
        let after = self.page(entry);
        let before = self.page(after.parent.expect("the beginning lands nothing"));
        let (target, landed) = (main_ref(), &after.chain.state.landed[&main_ref()]);
        let request = landed.request.as_ref().expect("it lands a request");
        let work = Arc::clone(&self.works.lock().unwrap()[&landed.new]);
        let pending = &before.chain.state.requests[request];
        let other_heads = pending.heads.iter().filter(|named| named.head != landed.new).map(|named| {
            let other = Arc::clone(&self.works.lock().unwrap()[&named.head]);
            OtherHead { head: named.head, delta: Some(other.delta), commits: Some(other.commits.clone()) }
        });
        let facts = SegmentFacts { other_heads: other_heads.collect(), ..(*work).clone() };
        let verdict = decide(&Question {
            update: &Update { target: target.clone(), old: landed.old, new: Some(landed.new) },
            movement: Movement::Forward,
            segments: &[Segment { facts: &facts, records: &before.chain.state, request: Some(request) }],
            rights: &before.chain.state,
            latest: &after.chain.state,
            now: self.now(clock),
            freshness: Freshness::Known,
        });
        let refusal = verdict.code();
        self.verdicts.lock().unwrap().insert((entry, clock), refusal);
        refusal
    }

    /// Returns where the main branch landed last.
    pub(super) fn landed(&self, head: ObjectId) -> ObjectId {
        let target: RefName = main_ref();
        self.page(head).chain.state.landed[&target].new
    }

    /// Returns how many entries were judged, and how often the gate was asked.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.pages.lock().unwrap().len(), self.verdicts.lock().unwrap().len())
    }
}
