//! What machines say of a tree: which checks have passed on exactly what lands, and who said so (APP-17).
//!
//! An attestation lies where approvals lie, and is none: it says nothing of the change, and holds whatever the base and the
//! request's `rev` are. It counts only for the very tree that it names, and so does a failure: it stands against its tree
//! whatever the same service says of others.

use crate::model::CheckRule;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::Protection;
use crate::model::Right;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::gate::counting::Discounted;
use crate::rules::gate::counting::Subject;
use crate::rules::gate::segment::Context;
use crate::rules::gate::verdict::RuleOutcome;
use crate::rules::records::answered::Answered;
use crate::rules::records::approvals::is_disowned;
use crate::rules::records::attestations::Attested;
use crate::rules::records::attestations::CheckResult;
use crate::rules::state::Enrolled;
use crate::rules::state::State;

/// What was found of one check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Whose word it is that it passed.
    pub passed: Vec<PrincipalId>,
    /// Whose word it is that it did not, on the same tree.
    pub failed: Vec<PrincipalId>,
    /// Whose word it was that it did not, on trees that are not told apart any more; of this one they say nothing.
    pub untold: Vec<PrincipalId>,
    pub discounted: Vec<Discounted>,
}

impl Checked {
    /// Returns whether it has passed, and nobody whose word counts says that it failed.
    pub fn is_passed(&self) -> bool {
        !self.passed.is_empty() && !self.is_failed()
    }

    /// Returns whether somebody whose word counts said that it failed, on this tree or perhaps on this tree.
    pub fn is_failed(&self) -> bool {
        !self.failed.is_empty() || !self.untold.is_empty()
    }
}

impl Subject<'_> {
    /// Returns what services say of a check of a tree; of any tree, where it is not known which one lands.
    pub fn checked<'b>(
        &self,
        rule: &CheckRule,
        tree: Option<ObjectId>,
        answers: impl Iterator<Item = &'b Answered>,
    ) -> Checked {
        let mut found = Checked::default();
        for answered in answers {
            let (id, said) = (&answered.approval.principal, &answered.attested);
            // Where the tree is not known, what failed may have been another one.
            let asked = tree.and_then(|tree| said.words_of(tree, &rule.name, &rule.from).next());
            match asked {
                Some(word) if word.result == CheckResult::Failed => {
                    found.failed.extend(self.failures(rule, tree, answered).next().map(|_| id.clone()));
                    continue;
                }
                None if self.failures(rule, tree, answered).next().is_some() => {
                    found.untold.push(id.clone());
                    continue;
                }
                _ => {}
            }
            let passes = match tree.and_then(|tree| Some((tree, said.word(tree, &rule.name)?))) {
                // What it said last was in a role that is not asked.
                Some((_, word)) if word.result == CheckResult::Failed => continue,
                Some(word) => vec![word],
                None => said.passes(&rule.name),
            };
            let checked: Vec<_> =
                passes.iter().map(|(of, word)| self.check_pass(rule, id, word, (*of, tree))).collect();
            if checked.iter().any(Result::is_ok) {
                found.passed.push(id.clone());
            } else if let Some(Err((code, why))) = checked.into_iter().next() {
                found.discounted.push(Discounted { principal: id.clone(), code, why });
            }
        }
        found
    }

    /// Returns the words of a service by which a check failed on a tree and that count: what it said of that tree since it last
    /// passed there, in the roles that are asked, or, if nothing, what it said of trees that are not told apart any more.
    pub(crate) fn failures<'b>(
        &'b self,
        rule: &'b CheckRule,
        tree: Option<ObjectId>,
        answered: &'b Answered,
    ) -> impl Iterator<Item = &'b Attested> {
        let said = &answered.attested;
        let words = tree.map(|tree| said.words_of(tree, &rule.name, &rule.from));
        let mut told = words.into_iter().flatten().peekable();
        let is_untold = tree.is_some() && told.peek().is_none();
        let told = told.take_while(|word| word.result == CheckResult::Failed);
        let untold = rule.from.iter().filter(move |_| is_untold);
        let untold = untold.filter_map(|role| said.untold.get(&(rule.name.clone(), role.clone())));
        told.chain(untold).filter(|word| self.stops(rule, &answered.approval.principal, word))
    }

    /// Checks whether a check that passed on one tree counts for the one that lands, if that is known.
    fn check_pass(
        &self,
        rule: &CheckRule,
        by: &PrincipalId,
        word: &Attested,
        (of, lands): (ObjectId, Option<ObjectId>),
    ) -> Result<(), (Code, String)> {
        self.check_attestation(rule, by, word)?;
        if rule.max_age.is_some_and(|age| word.given_time + age < self.now) {
            return Err((Code::ApprovalStale, "has expired".to_owned()));
        }
        if lands.is_some_and(|lands| lands != of) {
            return Err((Code::ApprovalTree, format!("it is of the tree {}", of.short())));
        }
        Ok(())
    }

    /// Returns whether a word on a check goes on counting for a rule: saying it once more would add nothing.
    pub fn goes_on_counting(&self, rule: &CheckRule, by: &PrincipalId, word: &Attested) -> bool {
        let is_fresh = rule.max_age.is_none_or(|age| word.given_time + age >= self.now);
        match word.result {
            CheckResult::Passed => is_fresh && self.check_attestation(rule, by, word).is_ok(),
            CheckResult::Failed => self.stops(rule, by, word),
        }
    }

    /// Returns whether a failure counts. It ends as a veto does: no one root member lifts it by suspending the service, or by
    /// giving it another role.
    fn stops(&self, rule: &CheckRule, by: &PrincipalId, word: &Attested) -> bool {
        let is_disowned = |state: &State| is_disowned(state, by, word.given);
        self.rights.principal(by).is_some()
            && rule.from.contains(&word.role)
            && self
                .rights
                .role(&word.role)
                .is_some_and(|role| role.may.contains(&Right::Attest) && word.signed >= role.keys)
            && !is_disowned(self.rights)
            && !is_disowned(self.latest)
    }

    /// Returns whether it would count that somebody says that a check failed. Who contributed may say so of its own work:
    /// otherwise whoever names a service as co-author would be rid of what it saw.
    pub(crate) fn could_stop(&self, rule: &CheckRule, enrolled: &Enrolled) -> bool {
        let latest = self.latest.principal(&enrolled.record.id);
        latest.is_none_or(|latest| latest.record.status == Standing::Active)
            && rule.from.contains(&enrolled.record.role)
            && self.rights.may(enrolled, Right::Attest)
    }

    /// Returns whether what somebody says of a check would count.
    pub fn could_attest(&self, rule: &CheckRule, enrolled: &Enrolled) -> Result<(), Discounted> {
        let discounted = |(code, why)| Discounted { principal: enrolled.record.id.clone(), code, why };
        self.check_service(rule, enrolled).map_err(discounted)
    }

    fn check_attestation(&self, rule: &CheckRule, by: &PrincipalId, word: &Attested) -> Result<(), (Code, String)> {
        self.check_service(rule, self.check_word(by, &word.into())?)
    }

    /// Checks who attests. Whoever contributed does not: it would vouch for itself.
    fn check_service(&self, rule: &CheckRule, enrolled: &Enrolled) -> Result<(), (Code, String)> {
        self.check_uninvolved(enrolled, Right::Attest)?;
        if !rule.from.contains(&enrolled.record.role) {
            return Err((Code::ApprovalThreshold, format!("is `{}`, which is not asked", enrolled.record.role)));
        }
        Ok(())
    }
}

impl Context<'_> {
    /// Says what one check needed and what was found of it, if the change asks for it.
    pub(crate) fn check(&self, protection: &Protection, rule: &CheckRule) -> Option<RuleOutcome> {
        if !rule.asks(self.paths.iter().copied()) {
            return None;
        }
        let (subject, facts) = (self.subject(), self.segment.facts);
        let checked =
            subject.checked(rule, Some(facts.new_tree), self.segment.records.answers(&self.pending.request.id));
        let name = format!("check {}", rule.name);
        let needed = format!("{} on the tree {}", describe_check(protection, rule), facts.new_tree.short());
        let mut found: Vec<_> = checked.passed.iter().map(|id| format!("`{id}` attests it")).collect();
        found.extend(checked.failed.iter().map(|id| format!("`{id}` says that it failed")));
        let untold = checked.untold.iter();
        found.extend(untold.map(|id| format!("`{id}` says that it failed on trees that are not told apart any more")));
        let not_counted = |not: &Discounted| match not.code {
            Code::ApprovalTree => format!("`{}` attests it, but {}", not.principal, not.why),
            _ => format!("`{}` attests it but {}", not.principal, not.why),
        };
        found.extend(checked.discounted.iter().map(not_counted));
        if checked.is_passed() {
            return Some(RuleOutcome { rule: name, code: None, warning: None, needed, found, next: Vec::new() });
        }
        let code = match checked.discounted.as_slice() {
            _ if checked.is_failed() => Code::CheckFailed,
            [only] => only.code,
            _ => Code::CheckMissing,
        };
        if found.is_empty() {
            found.push("nobody attests it".to_owned());
        }
        let (request, commit) = (&self.pending.request.id, facts.new);
        // What somebody says that failed, nobody else says that it passed.
        let answers = self.segment.records.answers(request);
        let failing = subject.failing(rule, facts.new_tree, answers);
        let next: Vec<_> = if failing.is_empty() {
            let could = could_attest(self.question.rights, rule).into_iter();
            let could = could.filter(|enrolled| subject.could_attest(rule, enrolled).is_ok()).take(3);
            let ask = |enrolled: &Enrolled| {
                let (id, role, check) = (&enrolled.record.id, &enrolled.record.role, &rule.name);
                format!("ask {id} ({role}):  git coord check attest {request} --passed {check} --commit {commit}")
            };
            could.map(ask).collect()
        } else {
            failing.iter().take(3).map(|failing| failing.next(request, commit)).collect()
        };
        Some(RuleOutcome::broken(&name, code, needed, found).with_next(next))
    }
}

/// Returns the services whose word on a check could count today, if the change was none of theirs.
pub fn could_attest<'a>(state: &'a State, rule: &CheckRule) -> Vec<&'a Enrolled> {
    let suits = |enrolled: &&Enrolled| {
        rule.from.contains(&enrolled.record.role) && state.may(enrolled, Right::Attest) && !state.is_suspect(enrolled)
    };
    state.principals.values().filter(suits).collect()
}

/// Says what a check asks for.
pub(crate) fn describe_check(protection: &Protection, rule: &CheckRule) -> String {
    let roles = rule.from.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    format!("`{}` passed, by the word of {roles} (`{}`)", rule.name, protection.name)
}
