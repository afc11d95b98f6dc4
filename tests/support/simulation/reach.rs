//! What was reached: a fault that never happened, and a refusal that nobody got, prove nothing.

use std::collections::BTreeMap;

use git_coord::rules::Code;

/// What can go wrong around the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Partition,
    Delay,
    Duplicate,
    Late,
    Reorder,
    LostRequest,
    LostAck,
    Crash,
    Skew,
    ClockStep,
    /// A malicious server shows somebody a branch of its own.
    ServerForks,
    ServerRollsBack,
    ServerWithholds,
    ServerDeletes,
    /// It says "ok" and forgets.
    ServerForgets,
    /// It says "ok" to what was pushed before, and does nothing.
    ServerReplays,
    /// A key that is enrolled signs what it may not, and pushes it raw.
    RogueEntry,
    /// It pushes a history without what others wrote.
    RogueRewrite,
    /// A revoked key goes on writing.
    RevokedWrites,
    /// A server that only follows the first is behind.
    MirrorBehind,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::Partition,
        Self::Delay,
        Self::Duplicate,
        Self::Late,
        Self::Reorder,
        Self::LostRequest,
        Self::LostAck,
        Self::Crash,
        Self::Skew,
        Self::ClockStep,
        Self::ServerForks,
        Self::ServerRollsBack,
        Self::ServerWithholds,
        Self::ServerDeletes,
        Self::ServerForgets,
        Self::ServerReplays,
        Self::RogueEntry,
        Self::RogueRewrite,
        Self::RevokedWrites,
        Self::MirrorBehind,
    ];
}

/// How often each was reached, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    pub faults: BTreeMap<Fault, u64>,
    pub codes: BTreeMap<Code, u64>,
    /// What succeeded, by what it was; and how often what was found out about a server.
    pub deeds: BTreeMap<&'static str, u64>,
}

impl Reach {
    pub fn fault(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub fn code(&mut self, code: Code) {
        *self.codes.entry(code).or_default() += 1;
    }

    pub fn deed(&mut self, deed: &'static str) {
        *self.deeds.entry(deed).or_default() += 1;
    }

    pub fn add(&mut self, other: &Self) {
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for (code, count) in &other.codes {
            *self.codes.entry(*code).or_default() += count;
        }
        for (deed, count) in &other.deeds {
            *self.deeds.entry(deed).or_default() += count;
        }
    }
}
