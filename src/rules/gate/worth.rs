//! What an approval is worth to everything that asks for one, and whether saying it again would change that.
//!
//! To say an approval again makes it young, and counts it among those of another hour: what has ended comes back by it. So
//! whoever says one again asks here first.

use crate::model::ApprovalRule;
use crate::model::KeyRule;
use crate::rules::code::Code;
use crate::rules::gate::counting::Discounted;
use crate::rules::gate::counting::Subject;
use crate::rules::records::answered::Answered;
use crate::rules::records::hardware;
use crate::rules::state::State;

/// What an approval is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worth {
    /// It counts wherever its principal's would.
    Counts,
    /// So it does; but it has ended for a rule that does not take its principal's for another reason, and may take it one day.
    CountsYet,
    /// Somewhere it counts no more, and would if it were given now.
    Lapsed(Discounted),
    /// Somewhere it does not count, and giving it now would not help.
    Discounted(Discounted),
}

impl Worth {
    /// Returns why it does not count, if so.
    pub fn discounted(self) -> Option<Discounted> {
        match self {
            Self::Counts | Self::CountsYet => None,
            Self::Lapsed(why) | Self::Discounted(why) => Some(why),
        }
    }

    fn of(now: impl Iterator<Item = (Result<(), Discounted>, Result<(), Discounted>)>) -> Self {
        let mut worth = Self::Counts;
        for (said, anew) in now {
            match (said, anew, &worth) {
                (Err(why), Ok(()), _) => return Self::Lapsed(why),
                (Err(why), Err(_), Self::Counts) => worth = Self::Discounted(why),
                _ => {}
            }
        }
        worth
    }
}

impl Subject<'_> {
    /// Returns what an approval is worth to these rules, which ask for one, and to what asks for anybody's. A rule that takes
    /// nobody like its principal has no say.
    pub fn worth(&self, rules: &[&ApprovalRule], answered: &Answered) -> Worth {
        let anew = self.anew(answered);
        let takes = |rule: &&&ApprovalRule| self.could_count(rule, &answered.approval.principal).is_ok();
        let by_rules = rules.iter().filter(takes).map(|rule| (self.taken(rule, answered), self.taken(rule, &anew)));
        let by_any = [(self.check_said(answered), self.check_said(&anew))];
        match Worth::of(by_rules.chain(by_any)) {
            Worth::Counts if rules.iter().any(|rule| self.has_ended(rule, answered)) => Worth::CountsYet,
            worth => worth,
        }
    }

    /// Returns whether a rule that asks a role finds what was said in it too old, or one too many, whoever said it.
    fn has_ended(&self, rule: &ApprovalRule, answered: &Answered) -> bool {
        let is_old = rule.max_age.is_some_and(|age| answered.given_time + age < self.now);
        let is_hurried = rule.max_per_hour.is_some_and(|most| answered.within_hour > most);
        rule.from.contains(&answered.approval.role) && (is_old || is_hurried)
    }

    fn taken(&self, rule: &ApprovalRule, answered: &Answered) -> Result<(), Discounted> {
        self.count(rule, std::iter::once(answered)).discounted.pop().map_or(Ok(()), Err)
    }

    /// Returns the same answer as its principal would give it now, with the best signature that its key makes.
    fn anew(&self, answered: &Answered) -> Answered {
        let mut anew = answered.clone();
        let id = &answered.approval.principal;
        if let Some(enrolled) = self.rights.principal(id) {
            anew.approval.role = enrolled.record.role.clone();
            anew.signed = best_signature(self.rights, answered);
        }
        anew.request_rev = self.request_rev();
        anew.given = self.latest.height;
        anew.given_time = self.now;
        anew.within_hour = self.latest.approvals_within_hour(id, self.now) + 1;
        anew
    }
}

/// Returns what an approval of a draft of the policy is worth.
pub fn worth_for_draft(state: &State, answered: &Answered) -> Worth {
    let id = &answered.approval.principal;
    let check = |given, signed| {
        let (code, why) = if !hardware::is_met(state, id, signed) {
            (Code::SignatureFlags, "did not sign with the key that its role asks for")
        } else if !state.stands_by(id, given) {
            (Code::ApprovalThreshold, "is not active, or gave it while its key is suspect")
        } else {
            return Ok(());
        };
        Err(Discounted { principal: id.clone(), code, why: why.to_owned() })
    };
    let anew = check(state.height, best_signature(state, answered));
    Worth::of(std::iter::once((check(answered.given, answered.signed), anew)))
}

fn best_signature(state: &State, answered: &Answered) -> KeyRule {
    let enrolled = state.principal(&answered.approval.principal);
    let fit = enrolled.filter(|enrolled| state.has_fit_key(enrolled));
    fit.map_or(answered.signed, |enrolled| answered.signed.max(state.key_rule(enrolled)))
}
