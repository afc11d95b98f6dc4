//! What processes called and were answered, each with when it began and ended.

/// How long after its end a claim cannot be taken over, under the policy of every history.
pub(super) const GRACE_S: i64 = 120;

/// A claim as an answer tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Told {
    pub(super) id: String,
    pub(super) holder: String,
    /// `None` while it waits.
    pub(super) token: Option<u64>,
    pub(super) expires: i64,
}

/// What becomes of a claim whose ground is not free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Refuse,
    Queue,
    TakeOver,
}

/// Whose claims are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Everybody,
    Others,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Claim {
        ttl: i64,
        manner: Manner,
    },
    /// Names a time to live, so that it is always written.
    Renew {
        id: String,
        ttl: i64,
    },
    Release {
        id: String,
    },
    /// Asks the clone who is on some ground; nothing is written.
    Look(Whose),
    /// What a claim that could be queued has come to by the end of its call, as that was answered. Nobody calls it by itself.
    Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Held or, without a token, in the queue.
    Granted(Told),
    /// These are in the way.
    Refused(Vec<Told>),
    Renewed(Told),
    /// With the height of the entry that did it.
    Released(u64),
    /// The claim is over.
    Fenced,
    Seen(Vec<Told>),
    /// Nobody heard how it ended: it may come true later, or never.
    Unknown,
}

/// One call of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) agent: String,
    /// In which clone it was made.
    pub(super) clone: usize,
    pub(super) call: Call,
    /// What it is about: files, and directories with a slash at their end.
    pub(super) ground: Vec<String>,
    pub(super) answer: Answer,
    /// When it began and ended, on one clock that never goes back.
    pub(super) start: u64,
    pub(super) end: u64,
    /// What the process's own clock can have said meanwhile, in seconds since 1970.
    pub(super) clock: (i64, i64),
}

/// Where claims are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decided {
    /// In the only clone.
    Here,
    /// At a remote: what a clone sees is as old as what it last took from there.
    AtRemote,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct History {
    pub(super) decided: Decided,
    pub(super) operations: Vec<Operation>,
}

impl Operation {
    /// Returns what is left to come true of a claim that was queued and held later, all within its call; `None` if it cannot
    /// have come in two steps.
    pub(super) fn outcome(&self) -> Option<Self> {
        match (&self.call, &self.answer) {
            (Call::Claim { manner: Manner::Queue, .. }, Answer::Granted(told)) if told.token.is_some() => {
                Some(Self { call: Call::Outcome, answer: Answer::Seen(vec![told.clone()]), ..self.clone() })
            }
            _ => None,
        }
    }

    pub(super) fn is_look(&self) -> bool {
        matches!(self.call, Call::Look(_))
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.answer == Answer::Unknown
    }

    /// Until when it may come true.
    pub(super) fn until(&self) -> u64 {
        if self.is_unknown() { u64::MAX } else { self.end }
    }

    /// The height of the entry that it made, as it was told.
    pub(super) fn height(&self) -> Option<u64> {
        match &self.answer {
            Answer::Granted(told) => told.token,
            Answer::Released(height) => Some(*height),
            _ => None,
        }
    }
}

/// Returns whether two pieces of ground share a path.
pub(super) fn conflict(one: &[String], other: &[String]) -> bool {
    one.iter().any(|a| other.iter().any(|b| contains(a, b) || contains(b, a)))
}

/// Returns whether one piece of ground is all of another.
pub(super) fn covers(one: &[String], other: &[String]) -> bool {
    other.iter().all(|b| one.iter().any(|a| contains(a, b)))
}

fn contains(a: &str, b: &str) -> bool {
    a == b || a.ends_with('/') && b.starts_with(a)
}
