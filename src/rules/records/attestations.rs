//! What a service said of trees, check by check: of one tree and one check its latest word stands, until it takes its
//! answer back. What it said before in another role stands where the policy asks for that role and not for the later one: a
//! check that is asked of two roles by one name need not be the same job.
//!
//! The record says what was said last, and of one tree. What was said before of others stays with it in the state, or a
//! word on a second tree would be enough to make a failure on the first one forgotten. It is bounded: what goes first is
//! the oldest, and a failure that goes leaves its check behind, so that nobody makes it forgotten by much ado.

use std::collections::BTreeMap;

use crate::model::Answer;
use crate::model::Approval;
use crate::model::KeyRule;
use crate::model::ObjectId;
use crate::model::RecordName;
use crate::model::Timestamp;
use crate::rules::code::Code;
use crate::rules::records::answered::Answered;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckResult {
    Passed,
    Failed,
}

/// A service's word on one check of one tree, with the moment from which it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    pub result: CheckResult,
    /// The role that was exercised.
    pub role: RecordName,
    pub given: u64,
    pub given_time: Timestamp,
    /// What its signature meets of what roles ask for.
    pub signed: KeyRule,
}

/// All that one service said of the trees of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attestations {
    /// The latest word on each check of each tree.
    pub words: BTreeMap<(ObjectId, RecordName), Attested>,
    /// What was said before those in other roles, the latest word in each from the first failure on, the oldest first.
    pub former: BTreeMap<(ObjectId, RecordName), Vec<Attested>>,
    /// Checks that failed on trees that are not told apart any more, by the role that said so, each with the first of those
    /// words.
    pub untold: BTreeMap<(RecordName, RecordName), Attested>,
}

impl Attestations {
    /// So many words of one service stand for one request; older ones give way.
    pub const WORDS_MAX: usize = 256;

    /// Returns the word on a check of a tree.
    pub fn word(&self, tree: ObjectId, check: &RecordName) -> Option<&Attested> {
        self.words.get(&(tree, check.clone()))
    }

    /// Returns the words on a check of a tree that were said in one of some roles, the latest first.
    pub(crate) fn words_of<'a>(
        &'a self,
        tree: ObjectId,
        check: &RecordName,
        roles: &'a [RecordName],
    ) -> impl Iterator<Item = &'a Attested> {
        let former = self.former.get(&(tree, check.clone())).into_iter().flatten().rev();
        self.word(tree, check).into_iter().chain(former).filter(|word| roles.contains(&word.role))
    }

    /// Returns every word on a tree, by the names of the checks.
    pub fn of_tree(&self, tree: ObjectId) -> impl Iterator<Item = (&RecordName, &Attested)> {
        self.words.iter().filter(move |((of, _), _)| *of == tree).map(|((_, check), word)| (check, word))
    }

    /// Returns the words by which a check passed, on whatever trees, the latest first.
    pub fn passes(&self, check: &RecordName) -> Vec<(ObjectId, &Attested)> {
        let passed = |((_, name), word): &(&(ObjectId, RecordName), &Attested)| {
            name == check && word.result == CheckResult::Passed
        };
        let mut found: Vec<_> = self.words.iter().filter(passed).map(|((tree, _), word)| (*tree, word)).collect();
        found.sort_by_key(|(_, word)| std::cmp::Reverse(word.given));
        found
    }

    /// Takes in what an answer says, if it is an attestation: each word in the place of the one before.
    pub(crate) fn take_in(&mut self, answered: &Answered) -> Result<(), Refusal> {
        let approval = &answered.approval;
        let Some(tree) = approval.new_tree.filter(|_| approval.answer == Answer::Attest) else { return Ok(()) };
        let passed = approval.passed.iter().map(|name| (name, CheckResult::Passed));
        for (name, result) in passed.chain(approval.failed.iter().map(|name| (name, CheckResult::Failed))) {
            let role = approval.role.clone();
            let Answered { given, given_time, signed, .. } = *answered;
            self.say((tree, name.clone()), Attested { result, role, given, given_time, signed });
        }
        while self.words.len() + self.former.values().map(Vec::len).sum::<usize>() > Self::WORDS_MAX {
            self.let_go();
        }
        ensure(self.untold.len() <= Approval::CHECKS_MAX, Code::RecordLimit, || {
            let count = self.untold.len();
            format!("{count} checks failed on trees that are not told apart any more: withdraw the answer first")
        })
    }

    fn say(&mut self, key: (ObjectId, RecordName), word: Attested) {
        let role = word.role.clone();
        let Some(before) = self.words.insert(key.clone(), word) else { return };
        let mut former = self.former.remove(&key).unwrap_or_default();
        former.push(before);
        former.retain(|word| word.role != role);
        self.keep_former(key, former);
    }

    /// Keeps what was said before in other roles, as far as a failure is among it: a pass is kept for what it says of those
    /// before it.
    fn keep_former(&mut self, key: (ObjectId, RecordName), former: Vec<Attested>) {
        let kept: Vec<_> = former.into_iter().skip_while(|word| word.result == CheckResult::Passed).collect();
        if !kept.is_empty() {
            self.former.insert(key, kept);
        }
    }

    /// Lets the oldest word go. A failure stays as one on some tree.
    fn let_go(&mut self) {
        let former = self.former.iter().flat_map(|(key, words)| words.iter().map(move |word| (key, word)));
        let oldest = self.words.iter().chain(former).min_by_key(|(_, word)| word.given);
        let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
        let word = match self.former.remove(&key) {
            Some(mut words) => {
                let word = words.remove(0);
                self.keep_former(key.clone(), words);
                Some(word)
            }
            None => self.words.remove(&key),
        };
        if let Some(word) = word.filter(|word| word.result == CheckResult::Failed) {
            self.untold.entry((key.1, word.role.clone())).or_insert(word);
        }
    }
}
