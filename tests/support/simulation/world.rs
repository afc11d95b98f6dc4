//! What lies around the actors: clones, servers, the network between them, and what is known of all of it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::OnceLock;

use git_coord::format::commit;
use git_coord::git::PushResult;
use git_coord::ledger::Chain;
use git_coord::ledger::MemoryStore;
use git_coord::ledger::Snapshot;
use git_coord::ledger::Store;
use git_coord::ledger::encode_chain;
use git_coord::model::ObjectId;
use git_coord::model::PrincipalKind;
use git_coord::model::RefName;
use git_coord::model::Span;
use git_coord::model::Timestamp;

use crate::support::simulation::code::Code;
use crate::support::simulation::code::base_commit;
use crate::support::simulation::oracle::Oracle;
use crate::support::simulation::reach::Fault;
use crate::support::simulation::reach::Reach;
use crate::support::simulation::settings::Settings;
use crate::support::simulation::stage::Stage;
use crate::support::world::Actor;
use crate::support::world::World;
use crate::support::world::principal;
use crate::support::world::put;

/// How many clones there are.
pub const CLONES: usize = 5;
/// The server that decides, and one that only follows it.
pub const HUB: usize = 0;
pub const MIRROR: usize = 1;

/// What survives a crash of a clone's processes.
pub struct Disk {
    /// The entries that are here.
    pub commits: BTreeSet<ObjectId>,
    pub branch: Option<ObjectId>,
    /// What was verified at each server.
    pub confirmed: [Option<ObjectId>; 2],
    pub verified: Option<ObjectId>,
    pub memory: Arc<MemoryStore>,
    pub evidence: BTreeSet<ObjectId>,
    /// Which process has the lock: an actor, and which of its lives.
    pub lock: Option<(usize, u64)>,
    /// How far its clock is ahead, in milliseconds.
    pub skew: i64,
    /// How far it ever was.
    pub skew_max: i64,
    /// Until when it cannot reach each server.
    pub cut_until: [u64; 2],
}

/// Where a server's refs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refs {
    pub head: Option<ObjectId>,
    pub main: ObjectId,
}

/// What a server holds. One that is malicious shows some clones another view.
pub struct Server {
    pub commits: BTreeSet<ObjectId>,
    pub memory: Arc<MemoryStore>,
    /// What it remembers to have verified, where it has hooks.
    pub verified: Option<ObjectId>,
    pub views: Vec<Refs>,
    /// Which view each clone gets.
    pub view_of: [usize; CLONES],
    /// Whether it says "ok" to the next push and forgets it.
    pub forgets: bool,
    /// Whether it answers the next push as it has answered another one, and does nothing.
    pub replays: bool,
    pub last_answers: Option<Vec<PushResult>>,
    /// How it lies by each of its views but the first.
    pub lies: BTreeMap<usize, Fault>,
}

impl Server {
    pub fn refs(&self, clone: usize) -> Refs {
        self.views[self.view_of[clone]]
    }
}

/// A push on its way.
#[derive(Clone, Debug)]
pub struct Letter {
    pub clone: usize,
    pub server: usize,
    pub old: Option<ObjectId>,
    pub new: ObjectId,
    /// Where the protected branch is to move to, from where.
    pub code: Option<(ObjectId, ObjectId)>,
    /// Whether it may leave out what is there.
    pub is_forced: bool,
    /// Whether it has been there before.
    pub is_again: bool,
}

/// Everything that more than one actor sees.
pub struct Sea {
    pub parents: BTreeMap<ObjectId, Option<ObjectId>>,
    pub disks: Vec<Disk>,
    pub servers: Vec<Server>,
    pub mail: Vec<Letter>,
    pub settings: Settings,
    pub oracle: Oracle,
    pub reach: Reach,
    pub code: Code,
    /// Whether anything goes wrong at present.
    pub is_stormy: bool,
    /// How many of those who work are not done.
    pub working: usize,
}

impl Sea {
    /// Returns whether an entry is another one or after it.
    pub fn descends(&self, head: ObjectId, wanted: ObjectId) -> bool {
        let mut current = Some(head);
        while let Some(commit) = current {
            if commit == wanted {
                return true;
            }
            current = self.parents.get(&commit).copied().flatten();
        }
        false
    }

    /// Returns whether somebody has been at the server's refs who means harm, or mends what they did.
    pub fn is_harmed(&self) -> bool {
        self.settings.is_malicious || self.oracle.is_rewritten || self.oracle.is_mended
    }

    /// Returns an entry and those before it, newest first.
    pub fn line(&self, head: ObjectId) -> Vec<ObjectId> {
        let mut line = vec![head];
        while let Some(Some(parent)) = self.parents.get(&line[line.len() - 1]) {
            line.push(*parent);
        }
        line
    }

    /// Returns what a clone's clock says.
    pub fn time(&self, clone: usize, clock: u64) -> Timestamp {
        shown(clock, self.disks[clone].skew)
    }

    /// Returns the latest time that a clone's clock can ever have said.
    pub fn latest_time(&self, clone: usize, clock: u64) -> Timestamp {
        shown(clock, self.disks[clone].skew_max)
    }
}

/// Returns what a clock says that is so far ahead.
fn shown(clock: u64, skew: i64) -> Timestamp {
    beginning() + Span::from_s((clock as i64 + skew).max(0) as u64 / 1_000)
}

/// A simulation: the stage, and the objects of all ledgers. Which of them is where is told elsewhere.
pub struct Simulation {
    pub stage: Arc<Stage>,
    pub pool: Arc<MemoryStore>,
}

/// What every seed begins with, made once: a ledger with a cast, and a protected branch that is adopted.
pub struct Beginning {
    pub store: &'static MemoryStore,
    pub head: ObjectId,
    pub line: Vec<ObjectId>,
    pub memory: Snapshot,
    pub chain: Chain,
    pub time: Timestamp,
}

/// Returns the time at which every simulation begins: some hours after the cast was enrolled.
pub fn beginning() -> Timestamp {
    start().time + Span::from_s(7_200)
}

pub fn main_ref() -> RefName {
    RefName::parse("refs/heads/main").unwrap()
}

/// Returns what every seed begins with.
pub fn start() -> &'static Beginning {
    static START: OnceLock<Beginning> = OnceLock::new();
    START.get_or_init(|| {
        let mut world = World::with_roots(&["maria", "rosa"], str::to_owned);
        let maria = Actor::named("maria");
        for (name, role) in [("mallory", "builder"), ("trudy", "lead")] {
            world.ok(&maria, &[put(&principal(&Actor::named(name), PrincipalKind::Agent, role, &maria))]);
        }
        let adopted = world.draft_adoption(&main_ref(), base_commit());
        world.ok(&maria, &[put(&adopted)]);
        let head = world.chain().head;
        let memory = Snapshot { head, chain: encode_chain(world.chain()) };
        let line = world.ledger.line(usize::MAX).unwrap();
        Beginning { store: world.store, head, line, memory, chain: world.chain().clone(), time: world.state().time }
    })
}

/// Returns the world as it is before anybody acts.
pub fn sea(settings: Settings, pool: &Arc<MemoryStore>) -> Sea {
    let start = start();
    pool.copy_objects_from(start.store);
    let memory = || {
        let memory = Arc::new(MemoryStore::default());
        (&*memory).remember(&start.memory).unwrap();
        memory
    };
    let commits: BTreeSet<ObjectId> = start.line.iter().copied().collect();
    let disk = |skew: i64| Disk {
        commits: commits.clone(),
        branch: Some(start.head),
        confirmed: [Some(start.head), None],
        verified: Some(start.head),
        memory: memory(),
        evidence: BTreeSet::new(),
        lock: None,
        skew,
        skew_max: skew,
        cut_until: [0; 2],
    };
    let server = || Server {
        commits: commits.clone(),
        memory: memory(),
        verified: Some(start.head),
        views: vec![Refs { head: Some(start.head), main: base_commit() }],
        view_of: [0; CLONES],
        forgets: false,
        replays: false,
        last_answers: None,
        lies: BTreeMap::new(),
    };
    let mut parents = BTreeMap::new();
    for id in &start.line {
        let raw = start.store.commit(*id).unwrap();
        parents.insert(*id, commit::parents(&raw).unwrap().first().copied());
    }
    Sea {
        parents,
        disks: settings.skews.iter().map(|skew| disk(*skew)).collect(),
        servers: vec![server(), server()],
        mail: Vec::new(),
        oracle: Oracle::new(pool, start),
        reach: Reach::default(),
        code: Code::default(),
        is_stormy: true,
        working: 0,
        settings,
    }
}
