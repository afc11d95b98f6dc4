//! What one root member may change of the rules at once, because it takes from everybody and gives to nobody: a closed list
//! (S20).

use crate::model::ActionRule;
use crate::model::ApprovalRule;
use crate::model::ClaimRules;
use crate::model::Policy;
use crate::model::Protection;
use crate::model::Requirement;
use crate::model::Right;
use crate::model::Role;

/// The rights by which somebody is stopped or brought in: without them others would be freer, or nobody could mend it.
const BRAKES: [Right; 5] = [Right::Find, Right::Triage, Right::Veto, Right::Revoke, Right::Enroll];

/// Returns whether two policies say the same in different versions.
pub(crate) fn is_same(before: &Policy, after: &Policy) -> bool {
    Policy { version: before.version, parent: before.parent, ..after.clone() } == *before
}

/// Returns whether a policy differs from the one that it follows only in what makes it tighter: a right removed that stops
/// nobody, better keys asked for, a count raised, a severity that blocks or a check added, `ttl-max` lowered, `require`
/// raised from `warn` to `deny`, an action taken away or harder to run.
pub(crate) fn is_tightening(before: &Policy, after: &Policy) -> bool {
    let roles = before.roles.len() == after.roles.len()
        && before
            .roles
            .iter()
            .all(|(name, role)| after.roles.get(name).is_some_and(|after| tightens_role(role, after)));
    let protections = before.protections.len() == after.protections.len()
        && before.protections.iter().zip(&after.protections).all(|(before, after)| tightens_protection(before, after));
    let rest = Policy {
        roles: before.roles.clone(),
        protections: before.protections.clone(),
        claims: before.claims.clone(),
        actions: before.actions.clone(),
        ..after.clone()
    };
    // An action that is not named cannot be run at all.
    let actions = after
        .actions
        .iter()
        .all(|after| before.action(&after.name).is_some_and(|before| tightens_action(before, after)));
    is_same(before, &rest) && roles && protections && actions && tightens_claims(&before.claims, &after.claims)
}

fn tightens_role(before: &Role, after: &Role) -> bool {
    let keeps_brakes = BRAKES.iter().all(|right| before.may.contains(right) == after.may.contains(right));
    let rest = Role { may: before.may.clone(), keys: before.keys, ..after.clone() } == *before;
    keeps_brakes && after.may.is_subset(&before.may) && after.keys >= before.keys && rest
}

fn tightens_protection(before: &Protection, after: &Protection) -> bool {
    let approvals = before.approvals.len() == after.approvals.len()
        && before.approvals.iter().zip(&after.approvals).all(|(before, after)| tightens_rule(before, after));
    let keeps_checks = before.checks.iter().all(|rule| after.checks.contains(rule));
    let (block_on, rules, checks) = (before.block_on.clone(), before.approvals.clone(), before.checks.clone());
    let rest = Protection { block_on, approvals: rules, checks, ..after.clone() } == *before;
    approvals && keeps_checks && rest && after.block_on.is_superset(&before.block_on)
}

/// Whatever more is asked, what was asked before stays.
fn tightens_action(before: &ActionRule, after: &ActionRule) -> bool {
    let kept = before.approvals.iter().zip(&after.approvals).all(|(before, after)| tightens_rule(before, after));
    kept && after.approvals.len() >= before.approvals.len() && after.expires <= before.expires
}

fn tightens_rule(before: &ApprovalRule, after: &ApprovalRule) -> bool {
    after.count >= before.count && ApprovalRule { count: before.count, ..after.clone() } == *before
}

fn tightens_claims(before: &ClaimRules, after: &ClaimRules) -> bool {
    let require = [(before.require, before.require), (Requirement::Warn, Requirement::Deny)];
    let (kept, longest) = (before.require, before.ttl_max);
    let rest = ClaimRules { require: kept, ttl_max: longest, ..after.clone() } == *before;
    rest && require.contains(&(before.require, after.require)) && after.ttl_max <= before.ttl_max
}
