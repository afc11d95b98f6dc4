//! In what approvers differ from contributors and from each other: operators and vendors.

use crate::model::ApprovalRule;
use crate::model::Distinct;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::RecordName;
use crate::rules::gate::pairs::Pairs;
use crate::rules::gate::pairs::Side;
use crate::rules::parties::operator_in;
use crate::rules::state::Enrolled;
use crate::rules::state::State;
use crate::rules::state::Trust;

/// An operator or a vendor.
pub(crate) enum Trait {
    Named(RecordName),
    /// Differs from every other.
    Apart,
}

impl Trait {
    pub(crate) fn clashes_with(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Named(one), Self::Named(other)) if one == other)
    }
}

/// Returns the operator or vendor that counts for a principal, if it is known.
pub(crate) fn trait_of(rights: &State, distinct: Distinct, enrolled: &Enrolled) -> Option<Trait> {
    match distinct {
        Distinct::Operator => rights.operator(enrolled).map(Trait::Named),
        // Humans come from no model family: they differ from everybody, once somebody vouches that they are human.
        Distinct::Vendor if enrolled.record.kind == PrincipalKind::Human && enrolled.trust == Trust::Confirmed => {
            Some(Trait::Apart)
        }
        Distinct::Vendor => rights.vendor(enrolled).map(Trait::Named),
    }
}

/// Returns the operator or vendor that a record names.
fn written(distinct: Distinct, record: &Principal) -> Option<Trait> {
    match distinct {
        Distinct::Operator => operator_in(record).map(Trait::Named),
        Distinct::Vendor if record.kind == PrincipalKind::Human => Some(Trait::Apart),
        Distinct::Vendor => record.vendor.clone().map(Trait::Named),
    }
}

/// How an approver stands to somebody who had a hand in a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Apart,
    /// They are of the same operator or vendor, or nobody knows.
    Shared,
    /// By what is written they differ, but nobody has confirmed that, and of what else the other may be they do not (S14).
    Unconfirmed,
}

/// Compares an approver's own operator or vendor with that of somebody who had a hand in a change.
pub(crate) fn compare(rights: &State, distinct: Distinct, own: &Trait, other: &Enrolled) -> Relation {
    if written(distinct, &other.record).is_none_or(|written| own.clashes_with(&written)) {
        return Relation::Shared;
    }
    let is_apart = match (other.trust, own, distinct) {
        (Trust::Confirmed, ..) => true,
        (Trust::Provisional, Trait::Named(own), Distinct::Operator) => {
            rights.operators(other).is_some_and(|theirs| !theirs.contains(own))
        }
        (Trust::Provisional, Trait::Named(own), Distinct::Vendor) => {
            // Where a human stands behind it, no family is vouched for.
            let vouched = rights.vendor(other).is_some();
            let behind = rights.records_behind(other).unwrap_or_default();
            vouched && behind.iter().all(|record| record.vendor.as_ref() != Some(own))
        }
        (Trust::Provisional, Trait::Apart, _) => rights.records_behind(other).is_some(),
    };
    if is_apart { Relation::Apart } else { Relation::Unconfirmed }
}

/// Returns the largest set of approvers that differ from each other as the rule asks, up to what it needs.
pub(crate) fn largest_distinct(rights: &State, rule: &ApprovalRule, eligible: &[&Enrolled]) -> Vec<PrincipalId> {
    let side = |distinct: Distinct, enrolled: &Enrolled| match trait_of(rights, distinct, enrolled) {
        Some(Trait::Named(name)) if rule.distinct.contains(&distinct) => Side::Shared(name),
        _ => Side::Own(enrolled.record.id.clone()),
    };
    let mut pairs = Pairs::default();
    for enrolled in eligible {
        let (operator, vendor) = (side(Distinct::Operator, enrolled), side(Distinct::Vendor, enrolled));
        pairs.of.entry(operator).or_default().push((vendor, enrolled.record.id.clone()));
    }
    pairs.largest(usize::try_from(rule.count).unwrap_or(usize::MAX))
}
