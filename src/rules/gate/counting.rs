//! Which approvals count for a rule of the policy, and why the others do not.

use std::collections::BTreeSet;

use crate::format::Word as _;
use crate::model::ActionRequest;
use crate::model::Answer;
use crate::model::ApprovalRule;
use crate::model::Binding;
use crate::model::Digest;
use crate::model::Distinct;
use crate::model::KeyRule;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordName;
use crate::model::Request;
use crate::model::Right;
use crate::model::Standing;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::gate::contributors::Contributors;
use crate::rules::gate::independence::Relation;
use crate::rules::gate::independence::Trait;
use crate::rules::gate::independence::compare;
use crate::rules::gate::independence::largest_distinct;
use crate::rules::gate::independence::trait_of;
use crate::rules::records::answered::Answered;
use crate::rules::records::attestations::Attested;
use crate::rules::records::hardware;
use crate::rules::state::Enrolled;
use crate::rules::state::State;

/// What is asked about approvals.
pub struct Subject<'a> {
    /// Rights, keys and policy.
    pub rights: &'a State,
    /// Revocations count from here as well.
    pub latest: &'a State,
    pub request: Matter<'a>,
    pub contributors: &'a Contributors,
    /// The changed paths, for review scopes.
    pub paths: &'a [&'a [u8]],
    /// The old tip and the new tree that land, where they are known: what `bind = "tree"` binds to.
    pub lands: Option<(Option<ObjectId>, ObjectId)>,
    pub now: Timestamp,
}

/// The request that approvals are of.
#[derive(Clone, Copy)]
pub struct Matter<'a> {
    opener: &'a PrincipalId,
    rev: u64,
    delta: Digest,
    /// The base and the new tree of a change.
    ends: Option<(ObjectId, ObjectId)>,
}

impl<'a> From<&'a Request> for Matter<'a> {
    fn from(request: &'a Request) -> Self {
        let Request { opener, rev, delta, base, new_tree, .. } = request;
        Self { opener, rev: *rev, delta: *delta, ends: Some((*base, *new_tree)) }
    }
}

impl<'a> From<&'a ActionRequest> for Matter<'a> {
    fn from(request: &'a ActionRequest) -> Self {
        Self { opener: &request.opener, rev: 1, delta: request.delta, ends: None }
    }
}

/// In which role something was said, when, and by what signature.
pub(crate) struct Word<'a> {
    role: &'a RecordName,
    given: u64,
    signed: KeyRule,
}

impl<'a> From<&'a Answered> for Word<'a> {
    fn from(answered: &'a Answered) -> Self {
        Self { role: &answered.approval.role, given: answered.given, signed: answered.signed }
    }
}

impl<'a> From<&'a Attested> for Word<'a> {
    fn from(Attested { role, given, signed, .. }: &'a Attested) -> Self {
        Self { role, given: *given, signed: *signed }
    }
}

/// An approval that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discounted {
    pub principal: PrincipalId,
    pub code: Code,
    pub why: String,
}

/// The count of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub counted: Vec<PrincipalId>,
    pub discounted: Vec<Discounted>,
}

impl<'a> Subject<'a> {
    /// Returns what is asked by one state of the ledger, at its time, whichever paths change and whatever lands.
    pub fn of(state: &'a State, request: Matter<'a>, contributors: &'a Contributors) -> Self {
        Self { rights: state, latest: state, request, contributors, paths: &[], lands: None, now: state.time }
    }
}

impl Subject<'_> {
    /// Counts the approvals that satisfy a rule: as many as fit together.
    pub fn count<'b>(&self, rule: &ApprovalRule, answers: impl Iterator<Item = &'b Answered>) -> Count {
        let approvals = answers.filter(|answered| answered.approval.answer == Answer::Approve);
        self.count_all(rule, approvals.map(|answered| (answered, self.check(rule, answered))))
    }

    /// As [`Self::count`], of what has landed already: who rejects it has reviewed it as well. What was read does not change
    /// any more, so a review does not age.
    pub(crate) fn count_reviews<'b>(&self, rule: &ApprovalRule, reviews: impl Iterator<Item = &'b Answered>) -> Count {
        self.count_all(rule, reviews.map(|answered| (answered, self.check_lasting(rule, answered))))
    }

    fn count_all<'b, 's>(
        &'s self,
        rule: &ApprovalRule,
        checked: impl Iterator<Item = (&'b Answered, Result<&'s Enrolled, (Code, String)>)>,
    ) -> Count {
        let mut eligible = Vec::new();
        let mut discounted = Vec::new();
        for (answered, checked) in checked {
            match checked {
                Ok(enrolled) => eligible.push(enrolled),
                Err((code, why)) => {
                    discounted.push(Discounted { principal: answered.approval.principal.clone(), code, why });
                }
            }
        }
        let counted = largest_distinct(self.rights, rule, &eligible);
        for enrolled in eligible {
            if !counted.contains(&enrolled.record.id) {
                let why = "shares operator or vendor with another approver".to_owned();
                discounted.push(Discounted {
                    principal: enrolled.record.id.clone(),
                    code: Code::ApprovalIndependence,
                    why,
                });
            }
        }
        Count { counted, discounted }
    }

    /// Returns whether an approval by this principal could count for a rule, whatever tree it is bound to.
    pub fn could_count(&self, rule: &ApprovalRule, id: &PrincipalId) -> Result<(), Discounted> {
        let discounted = |(code, why)| Discounted { principal: id.clone(), code, why };
        let enrolled = self.rights.principal(id);
        let enrolled = enrolled.ok_or_else(|| discounted((Code::ApprovalThreshold, "is not enrolled".to_owned())))?;
        self.check_principal(rule, enrolled).map_err(discounted)
    }

    /// Returns the principals that could still satisfy a rule, at most `most`.
    pub fn candidates(&self, rule: &ApprovalRule, most: usize) -> Vec<&Enrolled> {
        let suits = |enrolled: &&Enrolled| self.check_principal(rule, enrolled).is_ok();
        self.rights.principals.values().filter(suits).take(most).collect()
    }

    fn check<'s>(&'s self, rule: &ApprovalRule, answered: &Answered) -> Result<&'s Enrolled, (Code, String)> {
        self.check_answer(answered)?;
        if rule.max_age.is_some_and(|age| answered.given_time + age < self.now) {
            return Err((Code::ApprovalStale, "has expired".to_owned()));
        }
        self.check_lasting(rule, answered)
    }

    /// As [`Self::check`], however long ago it was said.
    fn check_lasting<'s>(&'s self, rule: &ApprovalRule, answered: &Answered) -> Result<&'s Enrolled, (Code, String)> {
        let enrolled = self.check_answer(answered)?;
        if rule.max_per_hour.is_some_and(|most| answered.within_hour > most) {
            return Err((Code::ApprovalRate, format!("had approved {} within an hour", answered.within_hour)));
        }
        self.check_principal(rule, enrolled)?;
        if rule.bind == Binding::Tree && !self.is_bound_tree(answered) {
            return Err((Code::ApprovalTree, "approved another base or result".to_owned()));
        }
        Ok(enrolled)
    }

    /// Returns who stands behind an approval, if it counts at all, whatever a rule asks for.
    pub(crate) fn approver(&self, answered: &Answered) -> Option<&Enrolled> {
        let approves = answered.approval.answer == Answer::Approve;
        self.reviewer(answered).filter(|_| approves)
    }

    /// As [`Self::approver`], of a review of what has landed, be it a rejection.
    pub(crate) fn reviewer(&self, review: &Answered) -> Option<&Enrolled> {
        self.check_answer(review).ok().filter(|enrolled| self.is_uninvolved(enrolled))
    }

    /// Checks that an approval is one at all, whatever a rule asks for.
    pub(crate) fn check_said(&self, answered: &Answered) -> Result<(), Discounted> {
        let checked = self.check_answer(answered).and_then(|by| self.check_uninvolved(by, Right::Approve));
        checked.map_err(|(code, why)| Discounted { principal: answered.approval.principal.clone(), code, why })
    }

    /// Returns the revision of the request that is asked about.
    pub(crate) fn request_rev(&self) -> u64 {
        self.request.rev
    }

    /// Checks that an answer is to the request as it stands, by a key that nobody suspects.
    fn check_answer<'s>(&'s self, answered: &Answered) -> Result<&'s Enrolled, (Code, String)> {
        let approval = &answered.approval;
        let outdated = answered.request_rev != self.request.rev || approval.delta != self.request.delta;
        if outdated && self.rights.principal(&approval.principal).is_some() {
            return Err((Code::ApprovalDelta, format!("is outdated: the request is at rev {}", self.request.rev)));
        }
        self.check_word(&approval.principal, &answered.into())
    }

    /// Checks that what somebody said is its word now, in its role, by a key that nobody suspects.
    pub(crate) fn check_word<'s>(&'s self, by: &PrincipalId, word: &Word<'_>) -> Result<&'s Enrolled, (Code, String)> {
        let enrolled = self.rights.principal(by);
        let enrolled = enrolled.ok_or_else(|| (Code::ApprovalThreshold, "is not enrolled".to_owned()))?;
        // What was said in one role does not become the word of another.
        if *word.role != enrolled.record.role {
            return Err((Code::ApprovalThreshold, format!("spoke as `{}`, which it is no more", word.role)));
        }
        let rule = self.rights.key_rule(enrolled);
        if word.signed < rule {
            return Err((Code::SignatureFlags, format!("was not signed with {}", hardware::asked(rule))));
        }
        let suspect = |state: &State| state.principal(by)?.record.suspect_since;
        let suspect = suspect(self.rights).into_iter().chain(suspect(self.latest));
        if suspect.min().is_some_and(|since| word.given >= since) {
            return Err((Code::ApprovalThreshold, "was given while its key is suspect".to_owned()));
        }
        Ok(enrolled)
    }

    /// Returns whether somebody may approve and had no hand in the change.
    pub(crate) fn is_uninvolved(&self, enrolled: &Enrolled) -> bool {
        self.check_uninvolved(enrolled, Right::Approve).is_ok()
    }

    /// Checks that somebody may approve, or attest, and had no hand in the change.
    pub(crate) fn check_uninvolved(&self, enrolled: &Enrolled, right: Right) -> Result<(), (Code, String)> {
        let id = &enrolled.record.id;
        if id == self.request.opener {
            return Err((Code::ApprovalSelf, "opened the request".to_owned()));
        }
        if let Some(why) = self.contributors.principals.get(id) {
            return Err((Code::ApprovalContributor, (*why).to_owned()));
        }
        let revoked = self.latest.principal(id).is_some_and(|latest| latest.record.status != Standing::Active);
        if revoked || !self.rights.may(enrolled, right) {
            return Err((Code::ApprovalThreshold, format!("may not {}", right.word())));
        }
        // Unknown authorship counts as everybody.
        if let Some(unknown) = self.contributors.unknown.first() {
            return Err((Code::ApprovalIndependence, format!("cannot be told from the authors: {unknown}")));
        }
        Ok(())
    }

    /// Returns the contributors because of whom nobody can tell whether somebody's approval counts: once it is confirmed for
    /// whom they work, it would.
    pub(crate) fn awaits(&self, rule: &ApprovalRule, enrolled: &Enrolled) -> BTreeSet<&PrincipalId> {
        let mut found = BTreeSet::new();
        if self.check_suited(rule, enrolled).is_err() {
            return found;
        }
        for distinct in &rule.distinct {
            let Some(own) = trait_of(self.rights, *distinct, enrolled) else { return BTreeSet::new() };
            for id in self.contributors.principals.keys() {
                match self.relation(*distinct, &own, id) {
                    Relation::Apart => {}
                    Relation::Shared => return BTreeSet::new(),
                    Relation::Unconfirmed => drop(found.insert(id)),
                }
            }
        }
        found
    }

    /// Checks who approves, whatever it approves.
    fn check_principal(&self, rule: &ApprovalRule, enrolled: &Enrolled) -> Result<(), (Code, String)> {
        self.check_suited(rule, enrolled)?;
        self.check_independent(rule, enrolled)
    }

    /// As [`Self::check_principal`], whoever had a hand in the change.
    fn check_suited(&self, rule: &ApprovalRule, enrolled: &Enrolled) -> Result<(), (Code, String)> {
        self.check_uninvolved(enrolled, Right::Approve)?;
        if !rule.from.contains(&enrolled.record.role) {
            return Err((Code::ApprovalThreshold, format!("is `{}`, which is not asked", enrolled.record.role)));
        }
        let asked = |path: &[u8]| rule.paths.is_empty() || rule.names(path);
        let outside = self.paths.iter().find(|path| asked(path) && !self.rights.reaches(enrolled, path));
        if let Some(path) = outside {
            return Err((Code::ApprovalScope, format!("does not review `{}`", String::from_utf8_lossy(path))));
        }
        Ok(())
    }

    fn check_independent(&self, rule: &ApprovalRule, enrolled: &Enrolled) -> Result<(), (Code, String)> {
        for distinct in &rule.distinct {
            let own = trait_of(self.rights, *distinct, enrolled);
            let Some(own) = own else {
                return Err((Code::ApprovalIndependence, format!("has no known {}", word(*distinct))));
            };
            for id in self.contributors.principals.keys() {
                let word = word(*distinct);
                let why = match self.relation(*distinct, &own, id) {
                    Relation::Apart => continue,
                    Relation::Shared => format!("shares the {word} of `{id}`"),
                    Relation::Unconfirmed => format!(
                        "may share the {word} of `{id}`, which is not confirmed yet: git coord principals confirm {id}"
                    ),
                };
                return Err((Code::ApprovalIndependence, why));
            }
        }
        Ok(())
    }

    /// Compares an approver with a contributor. Whoever comes with the push is known from there; whoever is not known at all
    /// differs from nobody.
    fn relation(&self, distinct: Distinct, own: &Trait, id: &PrincipalId) -> Relation {
        let contributor = self.rights.principal(id).or_else(|| self.latest.principal(id));
        contributor.map_or(Relation::Shared, |contributor| compare(self.rights, distinct, own, contributor))
    }

    fn is_bound_tree(&self, answered: &Answered) -> bool {
        let Some(((old, lands), (base, new_tree))) = self.lands.zip(self.request.ends) else { return false };
        let approved = (answered.approval.base.unwrap_or(base), answered.approval.new_tree.unwrap_or(new_tree));
        old == Some(approved.0) && lands == approved.1
    }
}

fn word(distinct: Distinct) -> &'static str {
    match distinct {
        Distinct::Operator => "operator",
        Distinct::Vendor => "vendor",
    }
}
