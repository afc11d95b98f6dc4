//! What a seed decides before anybody acts: how bad the weather is, and who means harm.

use crate::support::simulation::dice::Dice;
use crate::support::simulation::world::CLONES;

/// A store that does not keep its promises: the simulation must find that out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A clone takes an entry for done that it never sent.
    AcknowledgesAndForgets,
    /// The server moves its refs from wherever they are.
    SwapsWithoutComparing,
    /// What was verified is not remembered.
    ForgetsThePin,
    /// Whatever is asked, one entry comes after another: what was sent is taken for being there.
    PinsAnything,
}

/// How a seed is played: as it says itself, or as a test asks, which says so where it fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    #[default]
    Plain,
    /// Nobody means harm, and pushes by clocks that are ahead come late.
    Hurried,
    Broken(Broken),
}

impl Manner {
    /// Every manner with its name.
    pub const ALL: [(&str, Self); 6] = [
        ("plain", Self::Plain),
        ("hurried", Self::Hurried),
        ("acknowledges-and-forgets", Self::Broken(Broken::AcknowledgesAndForgets)),
        ("swaps-without-comparing", Self::Broken(Broken::SwapsWithoutComparing)),
        ("forgets-the-pin", Self::Broken(Broken::ForgetsThePin)),
        ("pins-anything", Self::Broken(Broken::PinsAnything)),
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(own, _)| *own == name).map(|(_, manner)| *manner)
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, manner)| *manner == self).map_or("plain", |(name, _)| name)
    }

    /// Changes what a seed has decided.
    pub fn change(self, settings: &mut Settings) {
        match self {
            Self::Plain => {}
            Self::Hurried => {
                (settings.is_guarded, settings.is_malicious, settings.has_rogue) = (true, false, false);
                (settings.skews, settings.clock_steps) = ([66_000; CLONES], 0);
                (settings.late, settings.duplicates, settings.crashes) = (400, 0, 0);
            }
            Self::Broken(broken) => settings.broken = Some(broken),
        }
    }
}

/// What a seed decides. Rates are in a thousand.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether the server has the hooks.
    pub is_guarded: bool,
    pub is_malicious: bool,
    pub has_rogue: bool,
    /// Whether a server without hooks lets its ledger be rewritten.
    pub lets_rewrite: bool,
    pub has_mirror: bool,
    pub crashes: u64,
    pub partitions: u64,
    pub lost_requests: u64,
    pub lost_acks: u64,
    pub late: u64,
    pub duplicates: u64,
    pub delays: u64,
    pub clock_steps: u64,
    /// How far each clone's clock is ahead, in milliseconds.
    pub skews: [i64; CLONES],
    /// How many commands each actor gives.
    pub commands: u64,
    pub broken: Option<Broken>,
}

impl Settings {
    pub fn of(dice: &mut Dice) -> Self {
        let mut rate = |often: u64, most: u64| if dice.chance(often) { dice.between(1, most) } else { 0 };
        let (crashes, partitions, lost_requests) = (rate(600, 12), rate(500, 60), rate(500, 80));
        let (lost_acks, late, duplicates, delays) = (rate(700, 150), rate(500, 80), rate(500, 80), rate(700, 150));
        let clock_steps = rate(300, 60);
        let mut skews = [0; CLONES];
        for skew in &mut skews {
            *skew = match dice.below(10) {
                0 => dice.below(140_000) as i64 - 70_000,
                1 | 2 => dice.below(40_000) as i64 - 20_000,
                _ => 0,
            };
        }
        let is_guarded = dice.chance(650);
        Self {
            is_guarded,
            is_malicious: dice.chance(250),
            has_rogue: dice.chance(600),
            lets_rewrite: !is_guarded && dice.chance(300),
            has_mirror: dice.chance(300),
            crashes,
            partitions,
            lost_requests,
            lost_acks,
            late,
            duplicates,
            delays,
            clock_steps,
            skews,
            commands: dice.between(3, 8),
            broken: None,
        }
    }
}
