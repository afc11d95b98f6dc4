//! What the rules ask of whoever changes some paths, before there is a change.
//!
//! Decides nothing. A pattern stands for every path that it may name, so a rule that asks about one of them is told.

use std::collections::BTreeSet;

use crate::model::Pattern;
use crate::model::Policy;
use crate::model::Protection;
use crate::model::RecordName;
use crate::rules::gate::checks::describe_check;
use crate::rules::gate::reviews::describe;
use crate::rules::gate::sensitive;

/// What one protection asks of a change on some ground.
#[derive(Clone, Debug)]
pub struct Demand {
    pub protection: Protection,
    pub approvals: Vec<Needed>,
    pub checks: Vec<Needed>,
}

/// One thing that a rule asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// What, in the words of the gate.
    pub words: String,
    /// The paths of the rule that the ground may touch; none means that it asks wherever a change is.
    pub paths: Vec<Pattern>,
}

/// Returns what the protections of everybody and of these missions ask of a change on some ground.
pub fn demands(policy: &Policy, ground: &[Pattern], missions: &BTreeSet<RecordName>) -> Vec<Demand> {
    let needed = |words: String, paths: &[Pattern]| {
        let touched = paths.iter().filter(|path| ground.iter().any(|pattern| pattern.overlaps(path)));
        let touched: Vec<_> = touched.cloned().collect();
        (paths.is_empty() || !touched.is_empty()).then_some(Needed { words, paths: touched })
    };
    let concerns =
        |protection: &&Protection| protection.mission.as_ref().is_none_or(|mission| missions.contains(mission));
    let demand = |protection: &Protection| {
        let approvals = protection.approvals.iter();
        let checks = protection.checks.iter();
        Demand {
            protection: protection.clone(),
            approvals: approvals.filter_map(|rule| needed(describe(&protection.name, rule), &rule.paths)).collect(),
            checks: checks.filter_map(|rule| needed(describe_check(protection, rule), &rule.paths)).collect(),
        }
    };
    policy.protections.iter().filter(concerns).map(demand).collect()
}

/// Returns which of these patterns name one path that runs by itself and asks for a human's approval, because no rule names
/// it. What is in a directory nobody knows before it is changed.
pub fn ask_for_a_human<'a>(policy: &Policy, ground: &'a [Pattern]) -> Vec<&'a Pattern> {
    let protections: Vec<_> = policy.general().collect();
    let asks = |pattern: &&Pattern| {
        let path = [pattern.as_str().as_bytes()];
        pattern.is_literal() && sensitive::needs_human(Some(&path), &protections)
    };
    ground.iter().filter(asks).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::policy::cast::cast;

    fn asked(ground: &[&str], missions: &[&str]) -> Vec<(String, Vec<String>)> {
        let ground: Vec<_> = ground.iter().map(|path| Pattern::parse(path).unwrap()).collect();
        let missions = missions.iter().map(|name| RecordName::parse(name).unwrap()).collect();
        let mut policy = cast().policy;
        let mut first = policy.protections[0].clone();
        let mut rule = first.approvals[0].clone();
        first.approvals.truncate(1);
        first.approvals[0].paths = Vec::new();
        rule.paths = vec![Pattern::parse("infra/**").unwrap(), Pattern::parse("**/Cargo.toml").unwrap()];
        let of_mission = Protection {
            name: RecordName::parse("careful").unwrap(),
            mission: Some(RecordName::parse("big").unwrap()),
            ..first.clone()
        };
        first.approvals.push(rule);
        policy.protections = vec![first, of_mission];
        let words = |demand: Demand| {
            let paths = demand.approvals.iter().flat_map(|needed| &needed.paths).map(ToString::to_string);
            (
                demand.protection.name.to_string(),
                [demand.approvals.len().to_string()].into_iter().chain(paths).collect(),
            )
        };
        demands(&policy, &ground, &missions).into_iter().map(words).collect()
    }

    #[test]
    fn rules_ask_where_the_ground_may_touch_their_paths() {
        let name = asked(&["docs/a.md"], &[])[0].0.clone();
        let told = |paths: &[&str]| vec![(name.clone(), paths.iter().map(ToString::to_string).collect::<Vec<_>>())];
        assert_eq!(asked(&["docs/a.md"], &[]), told(&["1"]));
        assert_eq!(asked(&["docs/"], &[]), told(&["2", "**/Cargo.toml"]));
        assert_eq!(asked(&["infra/a.tf"], &[]), told(&["2", "infra/**"]));
        assert_eq!(asked(&["**"], &[]), told(&["2", "infra/**", "**/Cargo.toml"]));
    }

    #[test]
    fn rules_of_a_mission_ask_whoever_is_in_it() {
        let names =
            |missions: &[&str]| asked(&["docs/a.md"], missions).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(&["small"]).len(), 1);
        assert_eq!(names(&["big"])[1], "careful");
    }
}
