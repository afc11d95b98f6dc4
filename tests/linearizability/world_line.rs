//! What is true of the claims on some ground after some calls: as much of it as answers have told.

use crate::linearizability::history::GRACE_S;
use crate::linearizability::history::Told;
use crate::linearizability::history::conflict;

/// The height at which a claim was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Token {
    Waits,
    /// Nobody was told it yet; it is larger than this.
    Above(u64),
    Is(u64),
}

/// When a claim ends: then, or at some time from then on that nobody was told yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ends {
    At(i64),
    NotBefore(i64),
}

impl Ends {
    /// Returns the earliest moment at which it can be.
    pub(super) fn earliest(self) -> i64 {
        let (Self::At(moment) | Self::NotBefore(moment)) = self;
        moment
    }

    /// Returns whether it can be after a moment.
    pub(super) fn can_be_after(self, moment: i64) -> bool {
        matches!(self, Self::NotBefore(_)) || self.earliest() > moment
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lease {
    /// `None` if nobody was told it yet.
    pub(super) id: Option<String>,
    pub(super) holder: String,
    pub(super) ground: Vec<String>,
    pub(super) token: Token,
    pub(super) ends: Ends,
    /// When it ends as its holder was told last; looks of others do not count.
    pub(super) heard: Option<i64>,
}

impl Lease {
    /// Returns whether an answer may be about this claim.
    pub(super) fn is(&self, told: &Told) -> bool {
        self.holder == told.holder && self.id.as_ref().is_none_or(|id| *id == told.id)
    }

    /// Returns the claim as it is if this answer about it is true.
    fn learned(&self, told: &Told) -> Option<Self> {
        let token = match (self.token, told.token) {
            (Token::Waits, None) => Token::Waits,
            (Token::Is(known), Some(said)) if known == said => Token::Is(said),
            (Token::Above(least), Some(said)) if said > least => Token::Is(said),
            _ => return None,
        };
        let fits = match self.ends {
            Ends::At(moment) => moment == told.expires,
            Ends::NotBefore(moment) => moment <= told.expires,
        };
        let learned = Self { id: Some(told.id.clone()), token, ends: Ends::At(told.expires), ..self.clone() };
        (fits && self.is(told)).then_some(learned)
    }
}

/// The claims in the order in which they came, and how far the ledger is at least.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Line {
    pub(super) leases: Vec<Lease>,
    /// The height and the date of its last entry are no less.
    pub(super) height: u64,
    pub(super) time: i64,
}

impl Line {
    /// Returns who is on some ground, by their place in the line.
    pub(super) fn on(&self, ground: &[String]) -> Vec<usize> {
        (0..self.leases.len()).filter(|index| conflict(&self.leases[*index].ground, ground)).collect()
    }

    pub(super) fn named(&self, id: &str) -> Option<usize> {
        self.leases.iter().position(|lease| lease.id.as_deref() == Some(id))
    }

    /// Takes an answer about a claim for true, if it can be.
    pub(super) fn learn(&mut self, index: usize, told: &Told) -> bool {
        let Some(learned) = self.leases[index].learned(told) else { return false };
        self.leases[index] = learned;
        self.height = self.height.max(told.token.unwrap_or(0));
        true
    }

    /// Takes a whole list for true: it tells of these claims and of no others.
    pub(super) fn learn_all(&mut self, of: &[usize], told: &[Told]) -> bool {
        // A claim whose id nobody knows yet is taken last, for what is left.
        let mut left: Vec<usize> = of.to_vec();
        left.sort_by_key(|index| (self.leases[*index].id.is_none(), *index));
        left.len() == told.len()
            && told.iter().all(|one| {
                let Some(at) = left.iter().position(|index| self.leases[*index].is(one)) else { return false };
                self.learn(left.remove(at), one)
            })
    }

    /// Returns whether others wait for a claim to end.
    pub(super) fn is_awaited(&self, index: usize) -> bool {
        let ground = &self.leases[index].ground;
        self.leases[index + 1..].iter().any(|later| later.token == Token::Waits && conflict(&later.ground, ground))
    }

    /// Returns from when on somebody else may take a claim over; nobody does while others wait for it.
    pub(super) fn takeable_from(&self, index: usize) -> Option<i64> {
        (!self.is_awaited(index)).then(|| self.leases[index].ends.earliest() + GRACE_S)
    }

    /// Counts an entry of this height, if it can be the next one.
    pub(super) fn grow(&mut self, height: Option<u64>) -> bool {
        let next = height.unwrap_or(self.height + 1);
        let is_later = next > self.height;
        self.height = self.height.max(next);
        is_later
    }

    /// Ends a claim by an entry that was counted already: whoever waited for it holds now.
    pub(super) fn end(&mut self, index: usize, height: Option<u64>) {
        self.leases.remove(index);
        for at in 0..self.leases.len() {
            let lease = &self.leases[at];
            let is_first = !self.leases[..at].iter().any(|earlier| conflict(&earlier.ground, &lease.ground));
            if lease.token == Token::Waits && is_first {
                self.leases[at].token = height.map_or(Token::Above(self.height - 1), Token::Is);
            }
        }
    }
}
