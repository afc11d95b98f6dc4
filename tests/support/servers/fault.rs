//! What a network does to a connection, drawn from a seed.

use std::time::Duration;

/// What becomes of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Everything passes.
    None,
    /// It is closed before anything has passed.
    Refused,
    /// It is closed when so many bytes have gone to the server.
    CutUp(u64),
    /// It is closed when so many bytes have come from the server.
    CutDown(u64),
    /// It is closed when the server has done what the watched file tells of, before a word of that comes back.
    LostAnswer,
    /// Everything passes, this much later.
    Delayed(Duration),
    /// After so many bytes nothing passes any more, and nobody closes it.
    Stalled(u64),
    /// Nothing passes any more, and nobody closes it, when the server has done what the watched file tells of.
    Muted,
    /// So many bytes pass in a second.
    Slow(u64),
}

impl Fault {
    /// Everything that can be wrong, by the names under which it is counted.
    pub(crate) const NAMES: [&str; 8] =
        ["refused", "cut on the way up", "cut on the way down", "lost answer", "delayed", "stalled", "muted", "slow"];

    /// Returns the name under which it is counted.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "passed",
            Self::Refused => "refused",
            Self::CutUp(_) => "cut on the way up",
            Self::CutDown(_) => "cut on the way down",
            Self::LostAnswer => "lost answer",
            Self::Delayed(_) => "delayed",
            Self::Stalled(_) => "stalled",
            Self::Muted => "muted",
            Self::Slow(_) => "slow",
        }
    }

    /// Draws what becomes of a connection: half of them are left alone.
    pub(crate) fn drawn(random: &mut Random) -> Self {
        // Setting up ssh takes some three thousand bytes each way, what git says another one or two thousand.
        let place = random.below(5000);
        match random.below(22) {
            0 => Self::Refused,
            1 | 2 => Self::CutUp(place),
            3 | 4 => Self::CutDown(place),
            5 | 6 => Self::LostAnswer,
            7 => Self::Delayed(Duration::from_millis(50 + random.below(350))),
            8 => Self::Stalled(place),
            9 => Self::Muted,
            10 => Self::Slow(4_000 + random.below(20_000)),
            _ => Self::None,
        }
    }
}

/// Numbers that a seed decides.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns a number below a limit.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        // A step of an odd constant reaches every state; the mixing spreads it over all bits.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}
