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
    /// A malicious server shows somebody a branch of its own, which goes on.
    ServerForks,
    ServerRollsBack,
    /// It shows somebody nothing new, and takes nothing from it.
    ServerWithholds,
    ServerDeletes,
    /// It says "ok" and forgets.
    ServerForgets,
    /// It answers as it has answered another push, and does nothing.
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

/// What has to succeed now and then, and what has to be found out: a world in which nothing ever lands breaks no promise.
pub const DEEDS: [&str; 21] = [
    "claim",
    "renew",
    "release",
    "takes over",
    "revoke a claim",
    "find",
    "triage",
    "ask",
    "answer",
    "close",
    "land",
    "propose",
    "activate",
    "change a principal",
    "enrolls itself",
    "look",
    "refuses a head",
    "finds the ledger lost",
    "knows in the end that it was cheated",
    "claim at last",
    "release at last",
];

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

    /// Returns what was reached less often than it has to be, of these codes and of all faults and deeds.
    pub fn missed(&self, codes: impl Iterator<Item = Code>, least: u64) -> Vec<String> {
        let is_rare = |count: Option<&u64>| count.is_none_or(|count| *count < least);
        let faults = Fault::ALL.into_iter().filter(|fault| is_rare(self.faults.get(fault)));
        let deeds = DEEDS.into_iter().filter(|deed| is_rare(self.deeds.get(deed)));
        let codes = codes.filter(|code| is_rare(self.codes.get(code)));
        let named = faults.map(|fault| format!("{fault:?}")).chain(deeds.map(|deed| format!("`{deed}`")));
        named.chain(codes.map(|code| code.to_string())).collect()
    }
}
