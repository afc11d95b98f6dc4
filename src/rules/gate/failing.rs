//! How a failed check that stands comes to an end, and by whom: of a service that acts no more, or in another role, nobody else
//! takes the word back.

use crate::model::CheckRule;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Standing;
use crate::model::Timestamp;
use crate::rules::gate::counting::Subject;
use crate::rules::records::answered::Answered;
use crate::rules::state::Enrolled;

/// A check that failed by the word of one service, which counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    pub check: RecordName,
    pub by: PrincipalId,
    /// The role that the service has now.
    pub role: RecordName,
    /// The height and the time of the first of its words that count.
    pub given: u64,
    pub given_time: Timestamp,
    pub remedy: Remedy,
}

/// What ends a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Its service runs the check again, and it passes.
    Pass,
    /// As before, or its service takes back what it said: it contributed, so that its pass counts for nothing else.
    PassOfContributor,
    /// Its service takes back what it said: in the role that it has, its pass is not asked for.
    Withdrawal,
    /// A root member says that its word counts no more: the service is suspended.
    RootAsSuspended,
    /// As before: what the service says is nobody's word, because its key is suspect.
    RootAsSuspect,
}

impl Remedy {
    /// Returns whether no run of the check ends it, so that somebody has to see to it.
    pub fn is_stuck(self) -> bool {
        !matches!(self, Self::Pass | Self::PassOfContributor)
    }
}

impl Failing {
    /// Returns what is to be done about it, of a request that lands a commit.
    pub fn next(&self, request: &RecordId, commit: ObjectId) -> String {
        let Self { check, by, role, given, .. } = self;
        match self.remedy {
            Remedy::Pass => {
                format!("ask {by} ({role}):  git coord check attest {request} --passed {check} --commit {commit}")
            }
            Remedy::PassOfContributor | Remedy::Withdrawal => {
                format!("ask {by} ({role}):  git coord withdraw {request}")
            }
            Remedy::RootAsSuspended | Remedy::RootAsSuspect => format!(
                "ask a root member:  git coord principals suspect {by} --since {given}, if it was wrong by then, or \
                 git coord principals revoke {by}"
            ),
        }
    }
}

impl Subject<'_> {
    /// Returns by whose word a check failed on a tree, or perhaps on it, and what would end that.
    pub fn failing<'b>(
        &self,
        rule: &CheckRule,
        tree: ObjectId,
        answers: impl Iterator<Item = &'b Answered>,
    ) -> Vec<Failing> {
        let failing = |answered: &Answered| {
            let first = self.failures(rule, Some(tree), answered).min_by_key(|word| word.given)?;
            let by = &answered.approval.principal;
            let enrolled = self.latest.principal(by)?;
            Some(Failing {
                check: rule.name.clone(),
                by: by.clone(),
                role: enrolled.record.role.clone(),
                given: first.given,
                given_time: first.given_time,
                remedy: self.remedy_of(rule, enrolled),
            })
        };
        answers.filter_map(failing).collect()
    }

    fn remedy_of(&self, rule: &CheckRule, enrolled: &Enrolled) -> Remedy {
        if enrolled.record.status != Standing::Active {
            Remedy::RootAsSuspended
        } else if self.latest.is_suspect(enrolled) {
            Remedy::RootAsSuspect
        } else if self.could_attest(rule, enrolled).is_ok() {
            Remedy::Pass
        } else if self.could_stop(rule, enrolled) {
            Remedy::PassOfContributor
        } else {
            Remedy::Withdrawal
        }
    }
}
