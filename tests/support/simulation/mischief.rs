//! What happens by itself: late and repeated pushes arrive, links fail, the mirror follows, and a malicious server turns on those
//! who ask it.

use std::sync::Arc;

use crate::support::simulation::dice::Dice;
use crate::support::simulation::network;
use crate::support::simulation::reach::Fault;
use crate::support::simulation::world::CLONES;
use crate::support::simulation::world::HUB;
use crate::support::simulation::world::MIRROR;
use crate::support::simulation::world::Simulation;

/// Everything that nobody does.
pub struct Weather {
    pub sim: Arc<Simulation>,
    pub me: usize,
    pub dice: Dice,
}

impl Weather {
    /// Goes on as long as anybody works.
    pub fn pass(&mut self) {
        loop {
            let wait =
                if self.dice.chance(700) { self.dice.between(50, 20_000) } else { self.dice.between(20_000, 900_000) };
            if !self.sim.stage.sleep(self.me, wait) || self.sim.stage.inner().sea.working == 0 {
                return;
            }
            match self.dice.below(8) {
                0..=3 => self.deliver(),
                4 | 5 => self.cut(),
                6 => self.mirror(),
                _ => self.turn(),
            }
            mend_head(&self.sim);
        }
    }

    /// Brings one of the pushes that are on their way, not always the oldest.
    fn deliver(&mut self) {
        let letter = {
            let mut inner = self.sim.stage.inner();
            let count = inner.sea.mail.len() as u64;
            if count == 0 {
                return;
            }
            let index = self.dice.below(count) as usize;
            if index > 0 {
                inner.sea.reach.fault(Fault::Reorder);
            }
            let letter = inner.sea.mail.remove(index);
            inner.sea.reach.fault(if letter.is_again { Fault::Duplicate } else { Fault::Late });
            let clock = inner.clock;
            inner.trace.tell(clock, || format!("{} arrives from clone {}", letter.new.short(), letter.clone));
            letter
        };
        network::take(&self.sim, self.me, &letter).ok();
    }

    fn cut(&mut self) {
        let mut inner = self.sim.stage.inner();
        let often = inner.sea.settings.partitions * 10;
        if self.dice.chance(often) {
            let until = inner.clock + self.dice.between(1_000, 600_000);
            let (clone, server) = (self.dice.below(CLONES as u64) as usize, self.dice.below(2) as usize);
            inner.sea.disks[clone].cut_until[server] = until;
        }
    }

    /// The mirror takes what the first server has, unless it stays behind.
    fn mirror(&mut self) {
        let mut inner = self.sim.stage.inner();
        if !inner.sea.settings.has_mirror {
            return;
        }
        let (there, here) = (inner.sea.servers[HUB].views[0], inner.sea.servers[MIRROR].views[0]);
        if there != here {
            let commits = inner.sea.servers[HUB].commits.clone();
            inner.sea.servers[MIRROR].commits = commits;
            inner.sea.servers[MIRROR].views[0] = there;
        }
    }

    /// A malicious server shows somebody another ledger, or forgets what it is given.
    fn turn(&mut self) {
        let mut inner = self.sim.stage.inner();
        if !inner.sea.settings.is_malicious {
            return;
        }
        let clone = self.dice.below(CLONES as u64) as usize;
        let mut refs = inner.sea.servers[HUB].refs(clone);
        let line = refs.head.map(|head| inner.sea.line(head)).unwrap_or_default();
        let fault = match self.dice.below(7) {
            0 => Fault::ServerForks,
            1 if line.len() > 4 => {
                refs.head = line.get(self.dice.between(1, 4) as usize).copied();
                Fault::ServerRollsBack
            }
            2 => Fault::ServerWithholds,
            3 => {
                refs.head = None;
                Fault::ServerDeletes
            }
            4 => {
                inner.sea.servers[HUB].forgets = true;
                return;
            }
            5 => {
                inner.sea.servers[HUB].replays = true;
                return;
            }
            _ => {
                inner.sea.servers[HUB].view_of[clone] = 0;
                return;
            }
        };
        let clock = inner.clock;
        inner.trace.tell(clock, || format!("the server turns on clone {clone}: {fault:?}"));
        let view = inner.sea.servers[HUB].views.len();
        inner.sea.servers[HUB].views.push(refs);
        inner.sea.servers[HUB].lies.insert(view, fault);
        inner.sea.servers[HUB].view_of[clone] = view;
    }
}

/// Brings all that is still on its way, the oldest first.
pub fn deliver_all(sim: &Simulation, me: usize) {
    loop {
        let mail = std::mem::take(&mut sim.stage.inner().sea.mail);
        if mail.is_empty() {
            return;
        }
        for letter in mail {
            sim.stage.inner().sea.reach.fault(if letter.is_again { Fault::Duplicate } else { Fault::Late });
            network::take(sim, me, &letter).ok();
        }
    }
}

/// Whoever keeps a server without hooks takes back a head that nobody can follow.
pub fn mend_head(sim: &Simulation) {
    let mut inner = sim.stage.inner();
    let Some(head) = inner.sea.servers[HUB].views[0].head else { return };
    if inner.past(head).is_some() {
        return;
    }
    let line = inner.sea.line(head);
    let good = line.into_iter().find(|id| inner.past(*id).is_some());
    inner.sea.servers[HUB].views[0].head = good;
    inner.sea.oracle.is_mended = true;
    let clock = inner.clock;
    inner.trace.tell(clock, || "the server's keeper takes back a head that nobody can follow".to_owned());
}
