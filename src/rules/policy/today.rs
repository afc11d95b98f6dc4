//! What is wrong with a policy for those who are enrolled today: what [`lint`] cannot see without them.
//!
//! Asked before a policy is activated, and by `policy check`. A ledger begins under [`lint`] alone, because whoever begins it
//! has not enrolled anybody yet.

use std::slice;

use crate::model::LeaseRule;
use crate::model::Pattern;
use crate::model::Policy;
use crate::model::Right;
use crate::rules::code::Code;
use crate::rules::gate::checks::could_attest;
use crate::rules::gate::checks::describe_check;
use crate::rules::gate::independence::largest_distinct;
use crate::rules::gate::prospects::could_approve;
use crate::rules::gate::reviews::describe;
use crate::rules::policy::alone::self_faults;
use crate::rules::policy::lint::lint;
use crate::rules::policy::names::name_faults;
use crate::rules::refusal::Refusal;
use crate::rules::state::Enrolled;
use crate::rules::state::State;

/// Refuses a policy that those who are enrolled today could not live under.
pub fn lint_for(state: &State, policy: &Policy) -> Result<(), Refusal> {
    faults(state, policy).into_iter().next().map_or(Ok(()), Err)
}

/// Returns everything for which [`lint_for`] refuses a policy.
pub fn faults(state: &State, policy: &Policy) -> Vec<Refusal> {
    // What has no sense by itself has none for anybody.
    if let Err(fault) = lint(policy) {
        return vec![fault];
    }
    let state = under(state, policy);
    let mut found = root_faults(&state);
    found.extend(idle_faults(&state));
    found.extend(approval_faults(&state));
    found.extend(check_faults(&state));
    found.extend(self_faults(&state));
    found.extend(name_faults(policy));
    found.into_iter().map(|fault| fault.about("policy.toml")).collect()
}

/// Returns the state as if a policy was active.
pub(crate) fn under(state: &State, policy: &Policy) -> State {
    State { policy: policy.clone(), ..state.clone() }
}

fn unsatisfiable(message: String) -> Refusal {
    Refusal::new(Code::PolicyUnsatisfiable, message)
}

/// The rules can still be changed: whoever is root exists, and enough of them could sign today.
fn root_faults(state: &State) -> Vec<Refusal> {
    let root = &state.policy.root;
    let missing = root.members.iter().filter(|member| state.principal(member).is_none());
    let mut found: Vec<_> =
        missing.map(|member| unsatisfiable(format!("the root member `{member}` is nobody who is enrolled"))).collect();
    let voices = state.root_voices();
    if voices < root.threshold {
        let asked = root.threshold;
        found.push(unsatisfiable(format!(
            "`root.threshold` is {asked}, and {voices} could sign: members of one operator count once, and none who is \
             suspended, revoked or suspect"
        )));
    }
    found
}

/// Somebody can still do each thing without which the ledger stands still.
fn idle_faults(state: &State) -> Vec<Refusal> {
    let is_able = |enrolled: &&Enrolled| !state.is_suspect(enrolled);
    let anybody = |right: Right| state.principals.values().filter(is_able).any(|enrolled| state.may(enrolled, right));
    let protections = &state.policy.protections;
    let is_held = protections.iter().any(|protection| protection.claims == LeaseRule::Held);
    let records = || anybody(Right::Land) || state.principals.values().any(|enrolled| state.is_hub(enrolled));
    let mut found = Vec::new();
    let mut ask = |holds: bool, message: &str| {
        if !holds {
            found.push(unsatisfiable(message.to_owned()));
        }
    };
    ask(anybody(Right::Enroll), "nobody may enroll: nobody could ever join");
    ask(state.policy.actions.is_empty() || anybody(Right::Request), "nobody may request: no action could ever be run");
    if !protections.is_empty() {
        ask(anybody(Right::Request), "nobody may request: nothing could land on what is protected");
        ask(records(), "nobody may land, and there is no hub: nothing could land on what is protected");
        ask(!is_held || anybody(Right::Claim), "nobody may claim, and what lands has to be claimed");
    }
    found
}

/// Each rule has enough who could satisfy it, on each of its paths.
fn approval_faults(state: &State) -> Vec<Refusal> {
    let mut found = Vec::new();
    for protection in &state.policy.protections {
        for rule in &protection.approvals {
            let grounds: Vec<&[Pattern]> = match rule.paths.as_slice() {
                [] => vec![&[]],
                paths => paths.iter().map(slice::from_ref).collect(),
            };
            for ground in grounds {
                let could = could_approve(state, rule, ground);
                let together = largest_distinct(state, rule, &could).len() as u64;
                if together < rule.count {
                    let place = ground.first().map(|pattern| format!(" on `{pattern}`")).unwrap_or_default();
                    let asked = describe(&protection.name, rule);
                    found.push(unsatisfiable(format!("too few{place} for {asked}: {together} could approve together")));
                }
            }
        }
    }
    for action in &state.policy.actions {
        for rule in &action.approvals {
            let together = largest_distinct(state, rule, &could_approve(state, rule, &[])).len() as u64;
            if together < rule.count {
                let asked = describe(&action.name, rule);
                found.push(unsatisfiable(format!("too few for {asked}: {together} could approve together")));
            }
        }
    }
    found
}

/// Each check has a service that could attest it.
fn check_faults(state: &State) -> Vec<Refusal> {
    let protections = state.policy.protections.iter();
    let rules = protections.flat_map(|protection| protection.checks.iter().map(move |rule| (protection, rule)));
    let lacking = rules.filter(|(_, rule)| could_attest(state, rule).is_empty());
    let told = lacking.map(|(protection, rule)| describe_check(protection, rule));
    told.map(|asked| unsatisfiable(format!("no service could say today: {asked}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PrincipalKind;
    use crate::model::Standing;
    use crate::rules::policy::cast::ACTION;
    use crate::rules::policy::cast::cast;
    use crate::rules::policy::cast::enroll;
    use crate::rules::policy::cast::id;
    use crate::rules::policy::cast::policy;
    use crate::rules::records::reach::Reach;

    /// Returns the messages of what is wrong with an edited policy for everybody, with a change of who is there.
    fn found(edits: &[(&str, &str)], change: impl FnOnce(&mut State)) -> Vec<String> {
        let mut state = cast();
        change(&mut state);
        let found = faults(&state, &policy(edits));
        assert_eq!(lint_for(&state, &policy(edits)).err(), found.first().cloned());
        assert!(found.iter().all(|fault| fault.code == Code::PolicyUnsatisfiable), "{found:?}");
        found.into_iter().map(|fault| fault.message).collect()
    }

    #[track_caller]
    fn check(edits: &[(&str, &str)], change: impl FnOnce(&mut State), expected: &[&str]) {
        let found = found(edits, change);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}");
        }
    }

    fn set(state: &mut State, name: &str, change: impl FnOnce(&mut Enrolled)) {
        let mut enrolled = state.principal(&id(name)).unwrap().clone();
        change(&mut enrolled);
        state.principals.insert(id(name), enrolled);
    }

    fn suspend(name: &str) -> impl FnOnce(&mut State) {
        move |state| set(state, name, |enrolled| enrolled.record.status = Standing::Suspended)
    }

    fn suspect(name: &str, since: u64) -> impl FnOnce(&mut State) {
        move |state| set(state, name, |enrolled| enrolled.record.suspect_since = Some(since))
    }

    const TWO_ROOTS: (&str, &str) =
        ("members   = [\"maria-00000000\"]", "members   = [\"maria-00000000\", \"nora-00000000\"]");
    const BOTH: (&str, &str) = ("threshold = 1", "threshold = 2");

    #[test]
    fn policy_that_all_can_live_under_is_sound() {
        check(&[], |_| {}, &[]);
        check(&[TWO_ROOTS, BOTH], |_| {}, &[]);
    }

    /// POL-11
    #[test]
    fn root_that_could_not_sign_is_refused() {
        check(
            &[("maria-00000000", "zoe-00000000")],
            |_| {},
            &["`zoe-00000000` is nobody", "`root.threshold` is 1, and 0"],
        );
        check(&[TWO_ROOTS, BOTH], suspend("nora"), &["`root.threshold` is 2, and 1"]);
        check(&[TWO_ROOTS], suspend("nora"), &[]);
        // The state is at height 9.
        check(&[TWO_ROOTS, BOTH], suspect("nora", 9), &["`root.threshold` is 2, and 1"]);
        check(&[TWO_ROOTS, BOTH], suspect("nora", 10), &[]);
    }

    /// S20
    #[test]
    fn root_members_of_one_operator_are_one() {
        let shares = |state: &mut State| {
            let operator = state.principal(&id("maria")).unwrap().record.operator.clone();
            set(state, "nora", |enrolled| enrolled.record.operator = operator);
        };
        check(&[TWO_ROOTS, BOTH], shares, &["`root.threshold` is 2, and 1"]);
        check(&[TWO_ROOTS], shares, &[]);
    }

    #[test]
    fn deed_that_nobody_may_do_is_refused() {
        for (right, expected) in [("\"enroll\", ", "nobody may enroll"), (", \"land\"", "nobody may land")] {
            check(&[(right, "")], |_| {}, &[expected]);
        }
        let requests = [("\"claim\", \"find\", \"request\"]", "\"claim\"]"), ("\"triage\", \"request\", ", "")];
        check(&requests, |_| {}, &["nobody may request"]);
        check(&requests[..1], |_| {}, &[]);
        let claims = [("\"claim\", \"find\", \"request\"]", "\"request\"]"), ("[\"claim\", \"find\", ", "[")];
        check(&claims, |_| {}, &["nobody may claim"]);
        check(&[claims[0], claims[1], ("claims   = \"held\"", "")], |_| {}, &[]);
    }

    #[test]
    fn hub_records_where_nobody_may_land() {
        let only_hub = |state: &mut State| enroll(state, "hub", PrincipalKind::Service, Policy::HUB, None, "server");
        check(&[(", \"land\"", "")], only_hub, &[]);
    }

    /// Where nothing is protected nothing has to land.
    #[test]
    fn unprotected_repository_needs_nobody_who_lands() {
        let bare =
            policy(&[(", \"land\"", ""), ("\"triage\", \"request\", ", ""), ("\"find\", \"request\"", "\"find\"")]);
        let bare = Policy { protections: Vec::new(), ..bare };
        assert_eq!(faults(&cast(), &bare), []);
    }

    #[test]
    fn rule_that_too_few_could_satisfy_is_refused() {
        let three = ("count    = 1", "count    = 4");
        check(
            &[three],
            |_| {},
            &["too few for 4 of reviewer or maintainer (`main`), with another operator and vendor"],
        );
        check(&[("count    = 1", "count    = 3")], |_| {}, &[]);
        check(&[("count    = 1", "count    = 3")], suspend("carol"), &["2 could approve together"]);
        check(&[("count    = 1", "count    = 3")], suspect("carol", 0), &["2 could approve together"]);
    }

    /// The policy with a role that attests, and a check that these roles are asked for.
    fn checking(checks: &str) -> Vec<(&'static str, String)> {
        let roles = "[roles.ci]\nmay = [\"attest\"]\n\n[roles.builder]".to_owned();
        let rule = "claims   = \"held\"\n".to_owned() + checks;
        vec![("[roles.builder]", roles), ("claims   = \"held\"\n", rule)]
    }

    #[track_caller]
    fn check_checking(checks: &str, change: impl FnOnce(&mut State), expected: &[&str]) {
        let edits = checking(checks);
        let edits: Vec<_> = edits.iter().map(|(from, to)| (*from, to.as_str())).collect();
        check(&edits, change, expected);
    }

    const TESTS: &str = "[[protect.checks]]\nname = \"tests\"\nfrom = [\"ci\"]\n";

    fn with_ci(kind: PrincipalKind) -> impl FnOnce(&mut State) {
        move |state| enroll(state, "ci", kind, "ci", None, "tools")
    }

    #[test]
    fn check_that_no_service_could_attest_is_refused() {
        check_checking(TESTS, with_ci(PrincipalKind::Service), &[]);
        let told = "no service could say today: `tests` passed, by the word of ci (`main`)";
        check_checking(TESTS, |_| {}, &[told]);
        check_checking(TESTS, with_ci(PrincipalKind::Agent), &[told]);
        let out = |state: &mut State| {
            with_ci(PrincipalKind::Service)(state);
            suspend("ci")(state);
        };
        check_checking(TESTS, out, &[told]);
    }

    #[test]
    fn check_that_makes_no_sense_is_refused() {
        let service = || with_ci(PrincipalKind::Service);
        let twice = format!("{TESTS}\n{TESTS}");
        check_checking(&twice, service(), &["`main` asks twice for the check `tests`"]);
        check_checking(&format!("{TESTS}\n{}", TESTS.replace("tests", "lint")), service(), &[]);
        check_checking(&TESTS.replace("\"ci\"", ""), service(), &["`main` asks no role for the check `tests`"]);
        for role in ["reviewer", "nobody"] {
            let told = format!("`main` asks the role `{role}` for the check `tests`, which may not attest");
            check_checking(&TESTS.replace("ci", role), service(), &[&told]);
        }
        let void = format!("{TESTS}paths = [\"x/.git/**\"]\n");
        check_checking(&void, service(), &["`main` asks about `x/.git/**`, where nothing"]);
        let humans = [("[roles.builder]", "[roles.ci]\nmay = [\"attest\"]\nhumans-only = true\n\n[roles.builder]")];
        let rule = format!("claims   = \"held\"\n{TESTS}");
        check(&[humans[0], ("claims   = \"held\"\n", &rule)], service(), &["it is for humans, and services attest"]);
    }

    #[test]
    fn action_that_too_few_could_satisfy_is_refused() {
        let two = ("count = 1, from = [\"maintainer\"]", "count = 2, from = [\"maintainer\"]");
        check(&[ACTION, two], |_| {}, &[]);
        check(&[ACTION, two], suspend("nora"), &["too few for 2 of maintainer (`deploy`): 1 could approve together"]);
        let nobody_asks =
            [ACTION, ("\"claim\", \"find\", \"request\"]", "\"claim\"]"), ("\"triage\", \"request\", ", "")];
        let bare = Policy { protections: Vec::new(), ..policy(&nobody_asks) };
        assert!(lint_for(&cast(), &bare).unwrap_err().message.contains("no action could ever be run"));
    }

    /// A rule is as good as those who review on each of its paths.
    #[test]
    fn path_that_nobody_reviews_is_refused() {
        let scribes = |paths: &str| format!("paths = [{paths}]\n  count = 1\n  from  = [\"scribe\"]");
        let old = "paths = [\"infra/**\"]\n  count = 1\n  from  = [\"maintainer\"]";
        check(&[(old, &scribes("\"docs/a/**\", \"src/**\""))], |_| {}, &["too few on `src/**` for 1 of scribe"]);
        check(&[(old, &scribes("\"docs/a/**\", \"**/*.md\""))], |_| {}, &[]);
    }

    /// Nor by whom nobody vouched for there.
    #[test]
    fn path_beyond_the_reach_of_those_who_review_it_is_refused() {
        let old = "paths = [\"infra/**\"]\n  count = 1\n  from  = [\"maintainer\"]";
        let scribes = (old, "paths = [\"docs/b/**\"]\n  count = 1\n  from  = [\"scribe\"]");
        let reach = |lane: &'static str| {
            move |state: &mut State| {
                let may = state.policy.roles.values().flat_map(|role| &role.may).copied().collect();
                let lanes = vec![Pattern::parse(lane).unwrap()];
                set(state, "dora", |dora| dora.reach = Some(Reach { may, lanes }));
            }
        };
        check(&[scribes], |_| {}, &[]);
        for lane in ["docs/b/c/**", "docs/**", "**/*.md"] {
            check(&[scribes], reach(lane), &[]);
        }
        for lane in ["docs/a/**", "src/**"] {
            check(&[scribes], reach(lane), &["too few on `docs/b/**` for 1 of scribe"]);
        }
    }

    #[test]
    fn what_is_wrong_by_itself_is_told_alone() {
        check(&[("threshold = 1", "threshold = 0"), ("\"enroll\", ", "")], |_| {}, &["`root.threshold` is 0"]);
    }
}
