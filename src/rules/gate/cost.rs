//! What a change would cost on a ref: whose word it takes, and who could give it today.
//!
//! Decides nothing. It asks the rules of the gate who could approve, before anybody does.

use crate::model::ApprovalRule;
use crate::model::PrincipalKind;
use crate::model::Protection;
use crate::rules::gate::attesters;
use crate::rules::gate::attesters::Attesters;
use crate::rules::gate::contributors::Contributors;
use crate::rules::gate::counting::Subject;
use crate::rules::gate::facts::SegmentFacts;
use crate::rules::gate::independence::largest_distinct;
use crate::rules::gate::reviews::describe;
use crate::rules::gate::sensitive;
use crate::rules::gate::work::Work;
use crate::rules::state::Enrolled;
use crate::rules::state::Pending;
use crate::rules::state::State;

/// A change that is asked about.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The request for it, or the one that there would be.
    pub pending: &'a Pending,
    pub stage: Stage,
    pub facts: &'a SegmentFacts,
}

/// Whether anybody has asked for a change to land.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Somebody has, and had a hand in it by that.
    Requested,
    /// Nobody has yet.
    Committed,
}

/// What a change would cost.
#[derive(Clone, Debug)]
pub struct Cost {
    /// What guards the ref: nothing, if it is free.
    pub protections: Vec<Protection>,
    pub contributors: Contributors,
    pub prices: Vec<Price>,
    /// The checks that have to pass on the result, with who could attest them.
    pub checks: Vec<Attesters>,
    /// Every changed path, in order.
    pub paths: Vec<PathCost>,
}

/// A number of approvals that it takes.
#[derive(Clone, Debug)]
pub struct Price {
    /// The rule that asks, with the name of its protection; `None` for what is asked whatever the rules are.
    pub rule: Option<(String, ApprovalRule)>,
    /// What is asked for, in the words of the gate.
    pub needed: String,
    pub count: u64,
    /// The changed paths that ask for it.
    pub asked_by: Vec<Vec<u8>>,
    /// Who could give it today. Nobody of them contributed.
    pub could: Vec<Enrolled>,
    /// How many of them fit together, up to the count.
    pub together: u64,
}

/// A changed path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathCost {
    pub path: Vec<u8>,
    /// Which of the prices it asks for; none, if it costs nothing.
    pub prices: Vec<usize>,
}

impl Price {
    /// Returns whether it could be paid today.
    pub fn is_enough(&self) -> bool {
        self.together >= self.count
    }
}

/// Returns what a change would cost under the policy of a state.
pub fn cost(state: &State, asked: Asked<'_>) -> Cost {
    let facts = asked.facts;
    let request = &asked.pending.request;
    let contributors = match asked.stage {
        Stage::Requested => Contributors::of_segment(state, asked.pending, facts, Work::Landing(&facts.commits)),
        Stage::Committed => Contributors::of_commits(state, asked.pending, facts, Work::Landing(&facts.commits)),
    };
    let paths: Vec<&[u8]> = facts.changes.iter().map(|change| change.path.as_slice()).collect();
    let protections = state.protections_for(asked.pending, &paths);
    let subject = Subject { paths: &paths, ..Subject::of(state, request.into(), &contributors) };
    let mut prices = Vec::new();
    for protection in &protections {
        for rule in protection.approvals.iter().filter(|rule| rule.asks(paths.iter().copied())) {
            prices.push(price_of(&subject, protection, rule));
        }
    }
    prices.extend(price_of_sensitive(&subject, &protections, facts));
    prices.extend(price_of_nothing(&subject, &protections));
    let mut checks = Vec::new();
    for protection in &protections {
        let asked = protection.checks.iter().filter(|rule| rule.asks(paths.iter().copied()));
        checks.extend(asked.map(|rule| {
            let mut found = attesters::of(state, protection, rule);
            found.could.retain(|enrolled| subject.could_attest(rule, enrolled).is_ok());
            found
        }));
    }
    let of_path = |path: &&[u8]| {
        let asks = |price: &Price| price.asked_by.iter().any(|asking| asking == path);
        let prices = prices.iter().enumerate().filter(|(_, price)| asks(price)).map(|(index, _)| index);
        PathCost { path: path.to_vec(), prices: prices.collect() }
    };
    let paths = paths.iter().map(of_path).collect();
    Cost { protections: protections.into_iter().cloned().collect(), paths, prices, checks, contributors }
}

fn price_of(subject: &Subject<'_>, protection: &Protection, rule: &ApprovalRule) -> Price {
    let asks = |path: &&&[u8]| rule.paths.is_empty() || rule.names(path);
    let trusted = |enrolled: &&Enrolled| !subject.rights.is_suspect(enrolled);
    let could: Vec<&Enrolled> = subject.candidates(rule, usize::MAX).into_iter().filter(trusted).collect();
    Price {
        rule: Some((protection.name.to_string(), rule.clone())),
        needed: describe(&protection.name, rule),
        count: rule.count,
        asked_by: subject.paths.iter().filter(asks).map(|path| path.to_vec()).collect(),
        together: largest_distinct(subject.rights, rule, &could).len() as u64,
        could: could.into_iter().cloned().collect(),
    }
}

/// One approval that no rule asks for.
fn single(subject: &Subject<'_>, needed: &str, asked_by: Vec<Vec<u8>>, suits: impl Fn(&Enrolled) -> bool) -> Price {
    let trusted = |enrolled: &&Enrolled| !subject.rights.is_suspect(enrolled) && subject.is_uninvolved(enrolled);
    let principals = subject.rights.principals.values().filter(trusted);
    let could: Vec<Enrolled> = principals.filter(|enrolled| suits(enrolled)).cloned().collect();
    Price { rule: None, needed: needed.to_owned(), count: 1, asked_by, together: could.len().min(1) as u64, could }
}

fn price_of_sensitive(subject: &Subject<'_>, protections: &[&Protection], facts: &SegmentFacts) -> Option<Price> {
    let unnamed = sensitive::unnamed(&facts.changes, protections);
    let paths: Vec<_> = unnamed.into_iter().map(|change| change.path.clone()).collect();
    let is_human = |enrolled: &Enrolled| enrolled.record.kind == PrincipalKind::Human;
    (!paths.is_empty()).then(|| single(subject, sensitive::NEEDED, paths, is_human))
}

fn price_of_nothing(subject: &Subject<'_>, protections: &[&Protection]) -> Option<Price> {
    let is_empty = subject.paths.is_empty() && !protections.is_empty();
    is_empty.then(|| single(subject, "an approval, because the change is empty", Vec::new(), |_| true))
}
