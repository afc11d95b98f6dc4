//! What is wrong with a policy before anybody lives under it.

use std::collections::BTreeSet;

use crate::model::ActionRule;
use crate::model::ApprovalRule;
use crate::model::Holders;
use crate::model::Policy;
use crate::model::Protection;
use crate::model::RecordName;
use crate::model::Right;
use crate::model::Span;
use crate::rules::code::Code;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;

/// Refuses a policy that nobody can satisfy or that names what does not exist.
pub fn lint(policy: &Policy) -> Result<(), Refusal> {
    let fault = |message: String| Refusal::new(Code::PolicyUnsatisfiable, message).about("policy.toml");
    let members = policy.root.members.len() as u64;
    if policy.root.threshold < 1 || policy.root.threshold > members {
        return Err(fault(format!("`root.threshold` is {}, there are {members} members", policy.root.threshold)));
    }
    let claims = &policy.claims;
    if claims.ttl > claims.ttl_max {
        return Err(fault(format!("`claims.ttl` {} is longer than `claims.ttl-max` {}", claims.ttl, claims.ttl_max)));
    }
    // S4: whoever is dated early by the allowed skew must not lose its claim to one dated late.
    if claims.grace.seconds() < 2 * Span::SKEW_MAX.seconds() {
        let least = 2 * Span::SKEW_MAX.seconds();
        return Err(fault(format!("`claims.grace` is {}, at least {least}s are needed", claims.grace)));
    }
    if claims.per_principal < 1 {
        return Err(fault("`claims.per-principal` is 0: nobody could claim".to_owned()));
    }
    for (name, mission) in &policy.missions {
        // Its `ttl-max` is above zero, as every span that a policy names.
        if mission.per_principal == Some(0) {
            return Err(fault(format!("nobody could claim in the mission `{name}`")));
        }
    }
    lint_protections(policy).and_then(|()| lint_actions(policy)).map_err(|refusal| refusal.about("policy.toml"))
}

fn lint_protections(policy: &Policy) -> Result<(), Refusal> {
    for protection in &policy.protections {
        let name = &protection.name;
        ensure(!protection.refs.is_empty(), Code::PolicyUnsatisfiable, || format!("`{name}` protects no ref"))?;
        lint_approvals(policy, name, &protection.approvals)?;
        lint_checks(policy, protection)?;
    }
    Ok(())
}

/// Refuses actions that nobody could run, or anybody.
fn lint_actions(policy: &Policy) -> Result<(), Refusal> {
    let mut names = BTreeSet::new();
    for ActionRule { name, approvals, expires } in &policy.actions {
        ensure(names.insert(name), Code::PolicyUnsatisfiable, || format!("two actions are called `{name}`"))?;
        ensure(!approvals.is_empty(), Code::PolicyUnsatisfiable, || format!("`{name}` asks for no approval"))?;
        let longest = ActionRule::EXPIRES_MAX;
        ensure((Span::from_s(1)..=longest).contains(expires), Code::PolicyUnsatisfiable, || {
            format!("`{name}`: `expires` is {expires}, at least 1s and at most {longest} are needed")
        })?;
        lint_approvals(policy, name, approvals)?;
    }
    Ok(())
}

fn lint_approvals(policy: &Policy, name: &RecordName, rules: &[ApprovalRule]) -> Result<(), Refusal> {
    for rule in rules {
        ensure(rule.count >= 1, Code::PolicyUnsatisfiable, || format!("`{name}` asks for {} approvals", rule.count))?;
        ensure(!rule.from.is_empty(), Code::PolicyUnsatisfiable, || format!("`{name}` asks approvals from no role"))?;
        ensure(rule.max_per_hour != Some(0), Code::PolicyUnsatisfiable, || {
            format!("`{name}` counts no approval: `max-per-hour` is 0")
        })?;
        for role in &rule.from {
            let found = policy.roles.get(role);
            let may = found.is_some_and(|role| role.may.contains(&Right::Approve));
            ensure(may, Code::PolicyUnsatisfiable, || {
                format!("`{name}` asks the role `{role}`, which may not approve")
            })?;
        }
    }
    Ok(())
}

/// Each check is asked for once, of services.
fn lint_checks(policy: &Policy, protection: &Protection) -> Result<(), Refusal> {
    let name = &protection.name;
    let mut names = BTreeSet::new();
    for rule in &protection.checks {
        let check = &rule.name;
        ensure(names.insert(check), Code::PolicyUnsatisfiable, || {
            format!("`{name}` asks twice for the check `{check}`")
        })?;
        ensure(!rule.from.is_empty(), Code::PolicyUnsatisfiable, || {
            format!("`{name}` asks no role for the check `{check}`")
        })?;
        for role in &rule.from {
            let found = policy.roles.get(role);
            ensure(found.is_some_and(|role| role.may.contains(&Right::Attest)), Code::PolicyUnsatisfiable, || {
                format!("`{name}` asks the role `{role}` for the check `{check}`, which may not attest")
            })?;
            ensure(found.is_some_and(|role| role.holders == Holders::Anybody), Code::PolicyUnsatisfiable, || {
                format!(
                    "`{name}` asks the role `{role}` for the check `{check}`: it is for humans, and services attest"
                )
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::policy::cast::ACTION;
    use crate::rules::policy::cast::policy;

    #[track_caller]
    fn check(edit: (&str, &str), expected: Option<&str>) {
        let found = lint(&policy(&[ACTION, edit])).err();
        assert!(found.as_ref().is_none_or(|fault| fault.code == Code::PolicyUnsatisfiable));
        let told = found.map(|fault| fault.message);
        assert_eq!(told.is_some(), expected.is_some(), "{told:?}");
        assert!(told.zip(expected).is_none_or(|(told, expected)| told.contains(expected)));
    }

    /// Checks a policy with this in its section of claims.
    #[track_caller]
    fn check_claims(claims: &str, expected: Option<&str>) {
        check(("[roles.builder]", &format!("[claims]\n{claims}\n\n[roles.builder]")), expected);
    }

    #[test]
    fn claims_that_nobody_could_make_or_keep_are_refused() {
        check_claims("ttl = \"2h\"\nttl-max = \"2h\"", None);
        check_claims(
            "ttl = \"7201s\"\nttl-max = \"2h\"",
            Some("`claims.ttl` 7201s is longer than `claims.ttl-max` 2h"),
        );
        check_claims("per-principal = 1", None);
        check_claims("per-principal = 0", Some("`claims.per-principal` is 0"));
    }

    /// S4
    #[test]
    fn grace_is_twice_the_skew_of_clocks_at_least() {
        check_claims("grace = \"120s\"", None);
        check_claims("grace = \"119s\"", Some("`claims.grace` is 119s, at least 120s are needed"));
    }

    #[test]
    fn mission_in_which_nobody_could_claim_is_refused() {
        let in_mission = |rule: &str, expected| {
            check(("[roles.builder]", &format!("[missions.pay.claims]\n{rule}\n\n[roles.builder]")), expected);
        };
        let told = Some("nobody could claim in the mission `pay`");
        in_mission("per-principal = 0\nttl-max = \"1h\"", told);
        in_mission("per-principal = 0", told);
        in_mission("per-principal = 1\nttl-max = \"1s\"", None);
    }

    const APPROVALS: &str = "[{ count = 1, from = [\"maintainer\"] }]";

    #[test]
    fn action_that_nobody_or_anybody_could_run_is_refused() {
        check((APPROVALS, "[]"), Some("`deploy` asks for no approval"));
        check((APPROVALS, "[{ count = 0, from = [\"maintainer\"] }]"), Some("`deploy` asks for 0 approvals"));
        check((APPROVALS, "[{ count = 1, from = [] }]"), Some("`deploy` asks approvals from no role"));
        check((APPROVALS, "[{ count = 1, from = [\"builder\"] }]"), Some("the role `builder`, which may not approve"));
        check((APPROVALS, "[{ count = 1, from = [\"nobody\"] }]"), Some("the role `nobody`, which may not approve"));
        check((APPROVALS, "[{ count = 1, from = [\"maintainer\"], max-per-hour = 0 }]"), Some("`max-per-hour` is 0"));
        check((APPROVALS, "[{ count = 1, from = [\"maintainer\"], max-per-hour = 1 }]"), None);
    }

    #[test]
    fn approvals_of_an_action_count_for_a_day_at_most() {
        check(("\"15m\"", "\"86401s\""), Some("`expires` is"));
        check(("\"15m\"", "\"24h\""), None);
        check(("\"15m\"", "\"1s\""), None);
    }

    #[test]
    fn actions_of_one_name_are_refused() {
        let (marker, one) = ACTION;
        let two = |name: &str| format!("{}\n{}", one.replace(marker, "").replace("deploy", name), "[[actions]]");
        check(("[[actions]]", &two("deploy")), Some("two actions are called `deploy`"));
        check(("[[actions]]", &two("publish")), None);
    }
}
