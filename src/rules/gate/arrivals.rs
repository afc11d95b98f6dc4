//! A ledger on both sides of a push: what the push lands, and whether that goes together with what else it does.

use crate::model::Landed;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::rules::code::Code;
use crate::rules::gate::facts::Update;
use crate::rules::refusal::Refusal;
use crate::rules::state::State;

/// A landing that a push brings, with the state just before it.
pub type Arrival = (State, Landed);

/// What a push brings to a ledger.
pub struct Arrivals {
    /// The ledger before the push, if there was one.
    pub before: Option<State>,
    /// The ledger as the push would leave it.
    pub after: Option<State>,
    /// In the order of their entries.
    pub landings: Vec<Arrival>,
}

impl Arrivals {
    /// Takes in an entry, by the states before and after it.
    pub fn take_in(&mut self, before: &State, after: &State) {
        if let Some(landed) = after.landed_since(before).next() {
            self.landings.push((before.clone(), landed.clone()));
        }
    }

    /// Returns the landings on a ref: those that it has made already, and those that lead on from where it is.
    pub fn landings_on(&self, target: &RefName, tip: Option<ObjectId>) -> (Vec<&Arrival>, Vec<&Arrival>) {
        let mut there: Vec<_> = self.landings.iter().filter(|(_, landed)| landed.target == *target).collect();
        let made = there.iter().rposition(|(_, landed)| Some(landed.new) == tip).map_or(0, |last| last + 1);
        let ahead = there.split_off(made);
        (there, ahead)
    }

    /// Refuses to move, or to land on, a ref that this push itself begins to protect: neither the old rules nor the new ones
    /// have judged that.
    pub fn check_begun(&self, moved: impl Iterator<Item = RefName>) -> Result<(), Refusal> {
        let (Some(before), Some(after)) = (&self.before, &self.after) else { return Ok(()) };
        let begins = |name: &RefName| after.policy.protects(name) && !before.policy.protects(name);
        let landed = self.landings.iter().map(|(_, landed)| landed.target.clone());
        if moved.chain(landed).any(|name| begins(&name)) {
            return Err(self.mixed());
        }
        Ok(())
    }

    /// Refuses a push that moves a protected ref and changes rules, keys or roles as well.
    pub fn check_unmixed(&self) -> Result<(), Refusal> {
        match (&self.before, &self.after) {
            (Some(before), Some(after))
                if before.policy_digest != after.policy_digest || before.principals != after.principals =>
            {
                Err(self.mixed())
            }
            _ => Ok(()),
        }
    }

    /// Refuses landings that the push records, on a ref that it does not move.
    pub fn check_moved(&self, target: &RefName, ahead: &[&Arrival]) -> Result<(), Refusal> {
        if ahead.is_empty() {
            return Ok(());
        }
        let message = format!("the push records a landing on `{target}` and does not move it");
        Err(Refusal::new(Code::LandedMismatch, message))
    }

    fn mixed(&self) -> Refusal {
        let message = if self.landings.is_empty() {
            "push the change of rules or principals first, by itself"
        } else {
            "push the ledger piece by piece, in its order: up to each landing together with its ref (--atomic), and each \
             change of rules or principals by itself"
        };
        Refusal::new(Code::PushMixed, message)
    }
}

/// Refuses landings, of which there is at least one, that are not the move which a push makes.
pub fn check_landings_fit(update: &Update, landings: &[&Arrival]) -> Result<(), Refusal> {
    let mismatch = |message: &str| Refusal::new(Code::LandedMismatch, message);
    let first = &landings[0].1;
    let last = &landings[landings.len() - 1].1;
    if first.request.is_none() && landings.len() == 1 {
        let fits = update.new == Some(first.new) && (update.old.is_none() || update.old == update.new);
        return if fits { Ok(()) } else { Err(mismatch("the adopted commit is not the pushed one")) };
    }
    if first.old != update.old || Some(last.new) != update.new {
        return Err(mismatch("the recorded landing is not the pushed move"));
    }
    let chained = landings.windows(2).all(|pair| Some(pair[0].1.new) == pair[1].1.old);
    if chained { Ok(()) } else { Err(mismatch("the recorded landings do not follow each other")) }
}
