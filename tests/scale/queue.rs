//! Machines that hand in: each pushes to a ref of its own, where nobody is in its way, and one machine beside the host takes
//! what is there, judges it and pushes it to the ledger. What is not built yet is tried here.

use super::chance::Chance;
use super::figures::Figures;
use super::host::Host;
use super::race::CROSSINGS_ASKING;
use super::race::CROSSINGS_PUSH;
use super::race::HOST_PART;
use super::race::Setting;
use super::waits::Waits;

/// Whoever has handed in looks so often what became of it.
const LOOKS_EVERY_S: f64 = 1.0;

/// Lets entries come one by one, independently of each other.
pub fn run(figures: Figures, setting: Setting) -> Waits {
    let (mut chance, mut host, mut waits) = (Chance::new(1), Host::new(setting.host_cores), Waits::default());
    let mut handed_in = hand_in(figures, setting, &mut chance, &mut host, &mut waits).into_iter().peekable();
    let mut now_s = 0.0;
    while let Some(first) = handed_in.peek() {
        now_s = f64::max(now_s, first.there_s) + figures.asking_s / 2.0;
        let mut taken = Vec::new();
        while let Some(one) = handed_in.next_if(|one| one.there_s <= now_s) {
            taken.push(one);
        }
        let entries: usize = taken.iter().map(|one| one.wanted.len()).sum();
        // It judges what it is handed and makes the entry of each.
        now_s += entries as f64 * (figures.judging_s + figures.making_s) + figures.push_s;
        waits.wins += 1;
        waits.pushes += 1;
        for one in taken {
            let looked_s = now_s + chance.part() * LOOKS_EVERY_S + CROSSINGS_ASKING * setting.round_trip_s;
            waits.acknowledged(one.wanted, looked_s);
        }
    }
    waits
}

struct HandedIn {
    wanted: Vec<f64>,
    there_s: f64,
}

/// Returns what every machine hands in, in the order in which it is there.
fn hand_in(
    figures: Figures,
    setting: Setting,
    chance: &mut Chance,
    host: &mut Host,
    waits: &mut Waits,
) -> Vec<HandedIn> {
    let each = setting.per_second / setting.machines as f64;
    let mut pushes = Vec::new();
    for _ in 0..setting.machines {
        let (mut at_s, mut free_s) = (chance.until_next(each), 0.0_f64);
        while at_s < setting.lasts_s {
            // Everything that came while the push before was under way goes together.
            let start_s = free_s.max(at_s);
            let mut wanted = Vec::new();
            while at_s <= start_s && at_s < setting.lasts_s {
                wanted.push(at_s);
                at_s += chance.until_next(each);
            }
            let took_s = figures.push_s + CROSSINGS_PUSH * setting.round_trip_s;
            free_s = start_s + wanted.len() as f64 * figures.making_s + took_s;
            pushes.push((start_s, free_s, wanted));
        }
    }
    pushes.sort_by(|one, other| one.0.total_cmp(&other.0));
    waits.pushes += pushes.len();
    let mut there: Vec<HandedIn> = pushes
        .into_iter()
        .map(|(start_s, free_s, wanted)| {
            let work_s = figures.push_s * HOST_PART;
            let queued_s = host.work(start_s, work_s) - start_s - work_s;
            HandedIn { wanted, there_s: free_s + queued_s }
        })
        .collect();
    there.sort_by(|one, other| one.there_s.total_cmp(&other.there_s));
    there
}
