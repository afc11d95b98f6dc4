//! Machines that all push to one ref. Everybody on a machine shares its pushes; between machines the ref's compare-and-swap
//! decides, and whoever loses asks, makes its entries anew and comes again after a pause.

use std::cmp::Ordering;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem;

use super::chance::Chance;
use super::figures::Figures;
use super::host::Host;
use super::waits::Waits;

/// As long as the program itself tries, and as often (`src/ledger/backoff.rs`).
const PATIENCE_S: f64 = 60.0;
const ATTEMPTS_MAX: u32 = 64;
const PAUSE_MAX_S: f64 = 2.0;
/// How often the network is crossed by a question, and by a push, over a connection that is kept: the channel is opened, the
/// refs come, and with a push the objects go and the report returns.
pub const CROSSINGS_ASKING: f64 = 2.0;
pub const CROSSINGS_PUSH: f64 = 3.0;
/// Which part of a push or a question is the host's work, if clients are elsewhere.
pub const HOST_PART: f64 = 0.5;

/// A moment of simulated time, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment(pub f64);

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// How many there are, where, and what they want.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub machines: usize,
    /// Entries a second, of all together.
    pub per_second: f64,
    /// How long entries are wanted, in seconds; what is wanted by then is still waited for.
    pub lasts_s: f64,
    pub round_trip_s: f64,
    pub host_cores: usize,
    /// Among how many ledgers, each with a ref of its own, the machines are divided.
    pub ledgers: usize,
}

/// Where the work of clients is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    Elsewhere,
    /// On the cores of the host, as where everything is measured on one machine.
    OnTheHost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Wanted,
    Ask,
    Make,
    Push,
    Arrived,
    ReadBack,
}

/// An entry that somebody wants.
struct Wanted {
    at_s: f64,
    /// How many pushes with it were lost.
    lost: u32,
}

#[derive(Default)]
struct Machine {
    waiting: Vec<Wanted>,
    /// What is in the push that is under way.
    pushed: Vec<Wanted>,
    seen: u64,
    is_busy: bool,
    lost: u32,
    began_s: f64,
}

/// A run of the model.
pub struct Race {
    figures: Figures,
    setting: Setting,
    clients: Clients,
    host: Host,
    chance: Chance,
    machines: Vec<Machine>,
    /// How often each ledger has moved.
    moved: Vec<u64>,
    events: BinaryHeap<Reverse<(Moment, usize, Step)>>,
    waits: Waits,
}

impl Race {
    /// Lets entries come one by one, independently of each other.
    pub fn run(figures: Figures, setting: Setting) -> Waits {
        let mut race = Self::new(figures, setting, Clients::Elsewhere);
        for machine in 0..setting.machines {
            race.want_next(machine, 0.0);
        }
        race.finish()
    }

    /// Lets every machine start so many processes at once that want an entry each, on the cores of the host, as the benchmark
    /// does.
    pub fn burst(figures: Figures, setting: Setting, each: usize) -> Waits {
        let mut race = Self::new(figures, Setting { lasts_s: 0.0, ..setting }, Clients::OnTheHost);
        for _ in 0..each {
            for machine in 0..setting.machines {
                let there_s = race.host.work(0.0, figures.process_s);
                race.at(there_s, machine, Step::Wanted);
            }
        }
        race.finish()
    }

    fn new(figures: Figures, setting: Setting, clients: Clients) -> Self {
        Self {
            figures,
            setting,
            clients,
            host: Host::new(setting.host_cores),
            chance: Chance::new(1),
            machines: (0..setting.machines).map(|_| Machine::default()).collect(),
            moved: vec![0; setting.ledgers],
            events: BinaryHeap::new(),
            waits: Waits::default(),
        }
    }

    fn finish(mut self) -> Waits {
        while let Some(Reverse((Moment(now_s), machine, step))) = self.events.pop() {
            match step {
                Step::Wanted => self.wanted(machine, now_s),
                Step::Ask => self.ask(machine, now_s),
                Step::Make => self.make(machine, now_s),
                Step::Push => self.push(machine, now_s),
                Step::Arrived => self.arrived(machine, now_s),
                Step::ReadBack => self.read_back(machine, now_s),
            }
        }
        self.waits
    }

    fn at(&mut self, at_s: f64, machine: usize, step: Step) {
        self.events.push(Reverse((Moment(at_s), machine, step)));
    }

    fn want_next(&mut self, machine: usize, now_s: f64) {
        let at_s = now_s + self.chance.until_next(self.setting.per_second / self.setting.machines as f64);
        if at_s < self.setting.lasts_s {
            self.at(at_s, machine, Step::Wanted);
        }
    }

    fn wanted(&mut self, machine: usize, now_s: f64) {
        if self.clients == Clients::Elsewhere {
            self.want_next(machine, now_s);
        }
        let one = &mut self.machines[machine];
        one.waiting.push(Wanted { at_s: now_s, lost: 0 });
        if !mem::replace(&mut one.is_busy, true) {
            one.lost = 0;
            self.at(now_s, machine, Step::Ask);
        }
    }

    /// Where the ledger is, and what others have put into it.
    fn ask(&mut self, machine: usize, now_s: f64) {
        self.machines[machine].began_s = now_s;
        let done_s = self.exchange(now_s, self.figures.asking_s / 2.0, CROSSINGS_ASKING);
        self.at(done_s, machine, Step::Make);
    }

    /// Every entry that waits is made on top of that.
    fn make(&mut self, machine: usize, now_s: f64) {
        let moved = self.moved[machine % self.setting.ledgers];
        let one = &mut self.machines[machine];
        one.seen = moved;
        one.pushed.append(&mut one.waiting);
        let work_s = one.pushed.len() as f64 * self.figures.making_s;
        let done_s = match self.clients {
            Clients::Elsewhere => now_s + work_s,
            Clients::OnTheHost => self.host.work(now_s, work_s),
        };
        self.at(done_s, machine, Step::Push);
    }

    fn push(&mut self, machine: usize, now_s: f64) {
        self.waits.pushes += 1;
        let done_s = self.exchange(now_s, self.figures.push_s, CROSSINGS_PUSH);
        self.at(done_s, machine, Step::Arrived);
    }

    /// The compare-and-swap.
    fn arrived(&mut self, machine: usize, now_s: f64) {
        let moved = &mut self.moved[machine % self.setting.ledgers];
        if *moved == self.machines[machine].seen {
            *moved += 1;
            self.waits.wins += 1;
            let done_s = self.exchange(now_s, self.figures.asking_s / 2.0, CROSSINGS_ASKING);
            return self.at(done_s, machine, Step::ReadBack);
        }
        let one = &mut self.machines[machine];
        one.lost += 1;
        let lost = one.lost;
        let before = one.pushed.len();
        one.pushed.iter_mut().for_each(|wanted| wanted.lost += 1);
        one.pushed.retain(|wanted| wanted.lost < ATTEMPTS_MAX && now_s - wanted.at_s < PATIENCE_S);
        self.waits.given_up += before - one.pushed.len();
        one.waiting.append(&mut one.pushed);
        if one.waiting.is_empty() {
            one.is_busy = false;
            return;
        }
        let widest_s = (now_s - one.began_s) * f64::from(1 << lost.min(3));
        let pause_s = widest_s.min(PAUSE_MAX_S) * self.chance.part();
        self.at(now_s + pause_s, machine, Step::Ask);
    }

    fn read_back(&mut self, machine: usize, now_s: f64) {
        let one = &mut self.machines[machine];
        self.waits.acknowledged(mem::take(&mut one.pushed).into_iter().map(|wanted| wanted.at_s), now_s);
        one.lost = 0;
        one.is_busy = !one.waiting.is_empty();
        if one.is_busy {
            self.at(now_s, machine, Step::Ask);
        }
    }

    /// Returns when an exchange with the host is over that takes so long on one machine.
    fn exchange(&mut self, now_s: f64, work_s: f64, crossings: f64) -> f64 {
        match self.clients {
            Clients::OnTheHost => self.host.work(now_s, work_s),
            Clients::Elsewhere => {
                let own_s = work_s * (1.0 - HOST_PART);
                self.host.work(now_s, work_s * HOST_PART) + own_s + crossings * self.setting.round_trip_s
            }
        }
    }
}
