//! What can happen next: somebody makes an entry in a clone, a push arrives or is refused, its answer is lost, a process dies
//! and what it sent arrives all the same, a clone fetches, time passes.

use std::collections::BTreeMap;
use std::sync::Mutex;

use git_coord::model::ObjectId;
use git_coord::rules::Code;
use stateright::Model;
use stateright::Property;

use crate::protocol::book::Agent;
use crate::protocol::book::Book;
use crate::protocol::drafts::Verb;
use crate::protocol::promises::Deed;
use crate::protocol::promises::Promise;

const CLONES: usize = 2;

/// How far is looked.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// What was done before anything is looked at; it does not count.
    pub(super) beginning: Vec<(Agent, Verb)>,
    /// How many entries there are at most after that.
    pub(super) entries: usize,
    pub(super) ticks: u8,
    pub(super) lost_answers: u8,
    pub(super) crashes: u8,
    /// Those who claim, ask and land, and those who approve what others ask for.
    pub(super) workers: Vec<Agent>,
    pub(super) approvers: Vec<Agent>,
    pub(super) verbs: Vec<Verb>,
    pub(super) flights: Flights,
    /// What has to be done somewhere, beside what the verbs and the beginning do.
    pub(super) reaches: Vec<Deed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flights {
    /// Made, sent and answered at once, by what the server has.
    None,
    /// Each clone has one under way.
    EachClone,
}

/// A push under way: the entry, and after which one the server is to take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flight {
    entry: ObjectId,
    after: ObjectId,
}

/// What a clone knows, and what it has under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The last entry that it has from the server: acknowledged or fetched.
    known: ObjectId,
    flight: Option<Flight>,
}

/// Everything at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Moment {
    server: ObjectId,
    main: ObjectId,
    clones: [Place; CLONES],
    /// What a process had sent that died since.
    stray: Option<Flight>,
    clock: u8,
    lost_answers: u8,
    crashes: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happening {
    Does(Agent, Verb),
    Arrives { clone: usize, is_answer_lost: bool },
    StrayArrives,
    Dies { clone: usize },
    Fetches { clone: usize },
    TimePasses,
}

pub(super) struct Protocol {
    pub(super) book: Book,
    pub(super) bounds: Bounds,
    /// Where everything begins, and where the main branch is there.
    first: (ObjectId, ObjectId),
    /// Why the gate said no, and how often.
    pub(super) refusals: Mutex<BTreeMap<Code, u64>>,
}

/// Alice and Carol share a clone.
fn clone_of(agent: Agent) -> usize {
    usize::from(agent == Agent::Bob)
}

impl Protocol {
    pub(super) fn new(bounds: Bounds) -> Self {
        let book = Book::new();
        let first = book.first;
        let main = book.landed(first);
        let mut model = Self { book, bounds, first: (first, main), refusals: Mutex::default() };
        model.begin();
        model
    }

    /// Does what was done before anything is looked at, as a server takes it.
    fn begin(&mut self) {
        let clones = [Place { known: self.first.0, flight: None }; CLONES];
        let (server, main) = self.first;
        let mut at = Moment { server, main, clones, stray: None, clock: 0, lost_answers: 0, crashes: 0 };
        for (agent, verb) in &self.bounds.beginning {
            let entry = self.book.attempt(*agent, *verb, at.server, 0).expect("what begins is legal");
            let flight = Flight { entry, after: at.server };
            assert!(self.take(&mut at, flight), "{agent:?} {verb:?} is taken");
        }
        self.first = (at.server, at.main);
    }

    /// Returns how many entries there are since the beginning.
    fn entries(&self, head: ObjectId) -> usize {
        self.book.page(head).entries - self.book.page(self.first.0).entries
    }

    /// Returns whether something was done since the beginning.
    fn has_done(&self, moment: &Moment, deed: Deed) -> bool {
        let before = self.book.page(self.first.0).deeds.done.len();
        self.book.page(moment.server).deeds.done[before..].contains(&deed)
    }

    fn keeps(&self, moment: &Moment, promise: Promise) -> bool {
        !self.book.page(moment.server).deeds.broken.contains(&promise)
    }

    /// The server takes a push if its ledger is where the push says, and if the gate allows what it lands.
    fn take(&self, moment: &mut Moment, flight: Flight) -> bool {
        if moment.server != flight.after {
            return false;
        }
        let (before, after) = (self.book.landed(flight.after), self.book.landed(flight.entry));
        if before != after {
            let refusal = self.book.refusal(flight.entry, moment.clock);
            if moment.main != before || refusal.is_some() {
                *self.refusals.lock().unwrap().entry(refusal.unwrap_or(Code::RefState)).or_default() += 1;
                return false;
            }
            moment.main = after;
        }
        moment.server = flight.entry;
        true
    }

    fn attempt(&self, moment: &Moment, agent: Agent, verb: Verb) -> Option<(usize, Flight)> {
        let clone = clone_of(agent);
        let after = moment.clones[clone].known;
        if moment.clones[clone].flight.is_some() || self.entries(after) >= self.bounds.entries {
            return None;
        }
        let entry = self.book.attempt(agent, verb, after, moment.clock)?;
        Some((clone, Flight { entry, after }))
    }

    fn verbs(&self, agent: Agent) -> Vec<Verb> {
        let is_for = |verb: &Verb| match verb {
            Verb::Approve(opener) => *opener != agent && self.bounds.approvers.contains(&agent),
            // The root member works in the clone of Bob.
            Verb::Tighten => agent == Agent::Bob,
            _ => self.bounds.workers.contains(&agent),
        };
        let approvals = self.bounds.workers.iter().map(|opener| Verb::Approve(*opener));
        self.bounds.verbs.iter().copied().chain(approvals).filter(is_for).collect()
    }

    /// Returns whether everybody who has no claim can have the path once what there is of claims is over. The last entries that
    /// are looked at are not asked about: they have no future here.
    fn can_be_claimed(&self, moment: &Moment) -> bool {
        let page = self.book.page(moment.server);
        let has_none = |agent: &Agent| {
            let holder = &self.book.actor(*agent).id;
            !page.chain.state.claims.values().any(|lease| lease.claim.holder == *holder)
        };
        let later = self.bounds.ticks + 3;
        let can = |agent: Agent| {
            [Verb::Claim, Verb::TakeOver]
                .into_iter()
                .any(|verb| self.book.attempt(agent, verb, moment.server, later).is_some())
        };
        self.entries(moment.server) >= self.bounds.entries || Agent::ALL.into_iter().filter(has_none).all(can)
    }
}

impl Model for Protocol {
    type State = Moment;
    type Action = Happening;

    fn init_states(&self) -> Vec<Moment> {
        let (server, main) = self.first;
        let clones = [Place { known: server, flight: None }; CLONES];
        vec![Moment { server, main, clones, stray: None, clock: 0, lost_answers: 0, crashes: 0 }]
    }

    fn actions(&self, moment: &Moment, happenings: &mut Vec<Happening>) {
        for agent in Agent::ALL {
            let does = self.verbs(agent).into_iter().filter(|verb| self.attempt(moment, agent, *verb).is_some());
            happenings.extend(does.map(|verb| Happening::Does(agent, verb)));
        }
        for (clone, at) in moment.clones.iter().enumerate() {
            match at.flight {
                Some(_) => {
                    happenings.push(Happening::Arrives { clone, is_answer_lost: false });
                    if moment.lost_answers < self.bounds.lost_answers {
                        happenings.push(Happening::Arrives { clone, is_answer_lost: true });
                    }
                    if moment.crashes < self.bounds.crashes {
                        happenings.push(Happening::Dies { clone });
                    }
                }
                None if at.known != moment.server => happenings.push(Happening::Fetches { clone }),
                None => {}
            }
        }
        happenings.extend(moment.stray.map(|_| Happening::StrayArrives));
        if moment.clock < self.bounds.ticks {
            happenings.push(Happening::TimePasses);
        }
    }

    fn next_state(&self, moment: &Moment, happening: Happening) -> Option<Moment> {
        let mut next = moment.clone();
        match happening {
            Happening::Does(agent, verb) => {
                let (clone, flight) = self.attempt(moment, agent, verb)?;
                if self.bounds.flights == Flights::EachClone {
                    next.clones[clone].flight = Some(flight);
                } else if self.take(&mut next, flight) {
                    for clone in &mut next.clones {
                        clone.known = next.server;
                    }
                } else {
                    return None;
                }
            }
            Happening::Arrives { clone, is_answer_lost } => {
                let flight = next.clones[clone].flight.take()?;
                self.take(&mut next, flight);
                if is_answer_lost {
                    next.lost_answers += 1;
                } else {
                    // Whoever is refused fetches; whoever is not has it acknowledged.
                    next.clones[clone].known = next.server;
                }
            }
            Happening::StrayArrives => {
                let flight = next.stray.take()?;
                self.take(&mut next, flight);
            }
            Happening::Dies { clone } => {
                next.stray = next.clones[clone].flight.take();
                next.crashes += 1;
            }
            Happening::Fetches { clone } => next.clones[clone].known = next.server,
            Happening::TimePasses => next.clock += 1,
        }
        // What the server will never take is as good as gone.
        next.stray = next.stray.filter(|stray| stray.after == next.server);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always("one holder", |model: &Self, at: &Moment| model.keeps(at, Promise::OneHolder)),
            Property::always("tokens rise", |model: &Self, at: &Moment| model.keeps(at, Promise::TokensRise)),
            Property::always("grace is kept", |model: &Self, at: &Moment| model.keeps(at, Promise::GraceIsKept)),
            Property::always("a landing is claimed", |model: &Self, at: &Moment| {
                model.keeps(at, Promise::LandingIsClaimed)
            }),
            Property::always("a landing is approved", |model: &Self, at: &Moment| {
                model.keeps(at, Promise::LandingIsApproved)
            }),
            Property::always("a landing follows", |model: &Self, at: &Moment| model.keeps(at, Promise::LandingFollows)),
        ];
        // Where time stands still, nothing that is held is ever over.
        if self.bounds.ticks > 0 {
            let can = |model: &Self, at: &Moment| model.can_be_claimed(at);
            properties.push(Property::always("everybody can claim", can));
        }
        // What nobody ever does shows nothing: each verb is done somewhere.
        for verb in &self.bounds.verbs {
            properties.push(sometimes(match verb {
                Verb::Claim => Deed::Claimed,
                Verb::Renew => Deed::Renewed,
                Verb::Release => Deed::Released,
                Verb::TakeOver => Deed::TakenOver,
                Verb::Request => Deed::Asked,
                Verb::Approve(_) => Deed::Approved,
                Verb::Land => Deed::Landed,
                Verb::Tighten => Deed::Tightened,
            }));
        }
        properties.extend(self.bounds.reaches.iter().map(|deed| sometimes(*deed)));
        if self.bounds.beginning.is_empty() && self.bounds.verbs.contains(&Verb::Land) {
            properties.extend(self.bounds.workers.iter().map(|worker| match worker {
                Agent::Alice => Property::sometimes("alice lands", |model, at| lands(model, at, Agent::Alice)),
                Agent::Bob => Property::sometimes("bob lands", |model, at| lands(model, at, Agent::Bob)),
                Agent::Carol => Property::sometimes("carol lands", |model, at| lands(model, at, Agent::Carol)),
            }));
        }
        properties
    }
}

fn sometimes(deed: Deed) -> Property<Protocol> {
    match deed {
        Deed::Claimed => Property::sometimes("claimed", |model, at| model.has_done(at, Deed::Claimed)),
        Deed::Renewed => Property::sometimes("renewed", |model, at| model.has_done(at, Deed::Renewed)),
        Deed::Released => Property::sometimes("released", |model, at| model.has_done(at, Deed::Released)),
        Deed::TakenOver => Property::sometimes("taken over", |model, at| model.has_done(at, Deed::TakenOver)),
        Deed::Asked => Property::sometimes("asked", |model, at| model.has_done(at, Deed::Asked)),
        Deed::Approved => Property::sometimes("approved", |model, at| model.has_done(at, Deed::Approved)),
        Deed::Landed => Property::sometimes("landed", |model, at| model.has_done(at, Deed::Landed)),
        Deed::LandedByTwo => Property::sometimes("landed by two", |model, at| model.has_done(at, Deed::LandedByTwo)),
        Deed::Tightened => Property::sometimes("tightened", |model, at| model.has_done(at, Deed::Tightened)),
    }
}

fn lands(model: &Protocol, moment: &Moment, agent: Agent) -> bool {
    model.book.page(moment.server).deeds.landers.contains(&agent)
}
