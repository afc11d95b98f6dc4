//! Whether somebody could satisfy by itself what a policy asks of others.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::slice;

use crate::model::ApprovalRule;
use crate::model::Holders;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::Protection;
use crate::model::RecordName;
use crate::model::RefPattern;
use crate::model::Right;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::gate::independence::Relation;
use crate::rules::gate::independence::compare;
use crate::rules::gate::independence::largest_distinct;
use crate::rules::gate::independence::trait_of;
use crate::rules::gate::prospects::could_approve;
use crate::rules::refusal::Refusal;
use crate::rules::state::Enrolled;
use crate::rules::state::State;

/// Services and agents of one operator who could land between them what one of them wrote.
pub(crate) struct Clique<'a> {
    pub(crate) deed: Deed,
    /// The protection or the action.
    pub(crate) name: &'a RecordName,
    /// Where that is so: on any path if there is none.
    pub(crate) ground: Option<&'a Pattern>,
    pub(crate) operator: RecordName,
    pub(crate) author: PrincipalId,
    pub(crate) approvers: BTreeSet<PrincipalId>,
    pub(crate) apart: Apart,
}

/// What they could do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Land,
    Run,
}

/// In what those who approve have to differ from those who wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Apart {
    /// In nothing but that they are others.
    Nothing,
    /// In something, and they do.
    Something,
}

/// Refuses rules that their own subjects could satisfy alone (POL-9, POL-10).
pub(crate) fn self_faults(state: &State) -> Vec<Refusal> {
    let mut found = makers(state);
    let unguarded = cliques(state).into_iter().filter(|clique| clique.apart == Apart::Nothing);
    found.extend(unguarded.map(|clique| {
        let told = clique.told();
        Refusal::new(Code::ApprovalSelf, format!("{told}: `distinct` asks for nothing in which they differ"))
    }));
    found
}

impl Clique<'_> {
    /// Says who could do what.
    pub(crate) fn told(&self) -> String {
        let approvers: Vec<_> = self.approvers.iter().map(|id| format!("`{id}`")).collect();
        let place = self.ground.map(|pattern| format!(" on `{pattern}`")).unwrap_or_default();
        let (does, becomes) = match self.deed {
            Deed::Land => ("writes", "land"),
            Deed::Run => ("asks for", "run"),
        };
        format!(
            "what `{}` {does}{place} could {becomes} (`{}`) by the word of {} alone, who has the same operator, `{}`",
            self.author,
            self.name,
            approvers.join(" and "),
            self.operator
        )
    }
}

/// An agent that may enroll and approve makes its own approvers.
fn makers(state: &State) -> Vec<Refusal> {
    let mut found = Vec::new();
    let both = [Right::Enroll, Right::Approve];
    for (name, role) in state.policy.roles.iter().filter(|(_, role)| both.iter().all(|right| role.may.contains(right)))
    {
        let refusal = |who: String| {
            Refusal::new(Code::PrincipalEscalation, format!("{who} could enroll whoever approves what it writes"))
        };
        if role.holders == Holders::Anybody {
            found.push(refusal(format!("the role `{name}` is not for humans only: an agent")));
            continue;
        }
        // The role may have been for everybody until now.
        let holders = state.principals.values().filter(|enrolled| enrolled.record.role == *name);
        let not_human = |enrolled: &&Enrolled| {
            enrolled.record.kind != PrincipalKind::Human && enrolled.record.status == Standing::Active
        };
        let agents = holders.filter(not_human);
        found.extend(
            agents.map(|agent| refusal(format!("`{}` has the role `{name}` and is no human: it", agent.record.id))),
        );
    }
    found
}

/// Something that rules ask about, with all of them.
struct Ground<'a> {
    deed: Deed,
    name: &'a RecordName,
    pattern: Option<&'a Pattern>,
    rules: Vec<&'a ApprovalRule>,
}

/// Returns the cliques of each protection and of each action, one for each operator.
pub(crate) fn cliques(state: &State) -> Vec<Clique<'_>> {
    let policy = &state.policy;
    let of_protection = |protection| {
        let of_pattern = move |pattern| {
            let rules = asking(state, protection, pattern);
            Ground { deed: Deed::Land, name: &protection.name, pattern, rules }
        };
        grounds(protection).into_iter().map(of_pattern)
    };
    let mut found: Vec<Clique<'_>> = Vec::new();
    let asks = |enrolled: &&Enrolled| state.may(enrolled, Right::Request);
    let actions = policy.actions.iter().map(|action| {
        let rules = action.approvals.iter().collect();
        Ground { deed: Deed::Run, name: &action.name, pattern: None, rules }
    });
    for Ground { deed, name, pattern, rules } in policy.protections.iter().flat_map(of_protection).chain(actions) {
        let houses = houses(state, &rules, pattern);
        for author in state.principals.values().filter(asks) {
            let is_known = |clique: &Clique<'_>, operator: &RecordName| {
                (clique.deed, clique.name, &clique.operator) == (deed, name, operator)
            };
            let Some(operator) = state.operator(author) else { continue };
            if found.iter().any(|clique| is_known(clique, &operator)) {
                continue;
            }
            let Some(approvers) = approved_within(state, author, &operator, &houses) else { continue };
            let has_distinct = rules.iter().any(|rule| !rule.distinct.is_empty());
            found.push(Clique {
                deed,
                name,
                ground: pattern,
                operator,
                author: author.record.id.clone(),
                approvers,
                apart: if has_distinct { Apart::Something } else { Apart::Nothing },
            });
        }
    }
    found
}

/// Returns where a protection asks: anywhere else, and on each path that a rule names.
fn grounds(protection: &Protection) -> Vec<Option<&Pattern>> {
    let rules = || protection.approvals.iter();
    let anywhere = rules().any(|rule| rule.paths.is_empty()).then_some(None);
    anywhere.into_iter().chain(rules().flat_map(|rule| &rule.paths).map(Some)).collect()
}

/// Returns every rule that asks on a ground of a protection, also those of others that guard the same refs.
fn asking<'a>(state: &'a State, protection: &Protection, ground: Option<&Pattern>) -> Vec<&'a ApprovalRule> {
    let asks = |rule: &&ApprovalRule| {
        let names = |pattern: &Pattern| rule.paths.iter().any(|path| path.covers(pattern));
        rule.paths.is_empty() || ground.is_some_and(names)
    };
    let protections = state.policy.protections.iter().filter(|other| guards(other, protection));
    protections.flat_map(|other| &other.approvals).filter(asks).collect()
}

/// Returns whether a protection guards every ref that another one guards, for everybody for whom that does.
pub(crate) fn guards(wide: &Protection, narrow: &Protection) -> bool {
    if wide.mission.is_some() && wide.mission != narrow.mission {
        return false;
    }
    let is_covered = |pattern: &RefPattern| wide.refs.iter().any(|other| other.covers(pattern));
    narrow.refs.iter().all(is_covered)
}

/// A rule with those who could approve under it and are no humans, by operator. What a human says of its agents' work is its
/// own word, and what the rules are for.
type House<'a> = (&'a ApprovalRule, BTreeMap<RecordName, Vec<&'a Enrolled>>);

fn houses<'a>(state: &'a State, rules: &[&'a ApprovalRule], ground: Option<&Pattern>) -> Vec<House<'a>> {
    let house = |rule: &&'a ApprovalRule| {
        let mut by_operator: BTreeMap<RecordName, Vec<&Enrolled>> = BTreeMap::new();
        let could = could_approve(state, rule, ground.map_or(&[][..], slice::from_ref)).into_iter();
        for enrolled in could.filter(|enrolled| enrolled.record.kind != PrincipalKind::Human) {
            if let Some(operator) = state.operator(enrolled) {
                by_operator.entry(operator).or_default().push(enrolled);
            }
        }
        (*rule, by_operator)
    };
    rules.iter().map(house).collect()
}

/// Returns who of an operator could approve together what one of them wrote; `None` if a rule wants more.
fn approved_within(
    state: &State,
    author: &Enrolled,
    operator: &RecordName,
    houses: &[House<'_>],
) -> Option<BTreeSet<PrincipalId>> {
    let mut approvers = BTreeSet::new();
    for (rule, by_operator) in houses {
        let own = by_operator.get(operator)?.iter().copied();
        let within: Vec<_> = own.filter(|enrolled| is_independent(state, rule, author, enrolled)).collect();
        let counted = largest_distinct(state, rule, &within);
        if (counted.len() as u64) < rule.count {
            return None;
        }
        approvers.extend(counted);
    }
    Some(approvers)
}

/// Returns whether somebody's approval of what an author wrote alone would count.
pub(crate) fn is_independent(state: &State, rule: &ApprovalRule, author: &Enrolled, approver: &Enrolled) -> bool {
    author.record.id != approver.record.id
        && rule.distinct.iter().all(|distinct| {
            let own = trait_of(state, *distinct, approver);
            own.is_some_and(|own| compare(state, *distinct, &own, author) == Relation::Apart)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::policy::cast::ACTION;
    use crate::rules::policy::cast::cast;
    use crate::rules::policy::cast::enroll;
    use crate::rules::policy::cast::id;
    use crate::rules::policy::cast::policy;
    use crate::rules::policy::today::faults;
    use crate::rules::policy::today::under;

    #[track_caller]
    fn check(state: &State, edits: &[(&str, &str)], expected: &[(Code, &str)]) {
        let found = faults(state, &policy(edits));
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, (code, message)) in found.iter().zip(expected) {
            assert_eq!(found.code, *code, "{found}");
            assert!(found.message.contains(message), "{found}");
        }
    }

    /// POL-9
    #[test]
    fn role_that_makes_its_own_approvers_is_refused() {
        let state = cast();
        let agents = ("[\"find\", \"approve\"]", "[\"find\", \"approve\", \"enroll\"]");
        check(&state, &[agents], &[(Code::PrincipalEscalation, "the role `scribe` is not for humans only")]);
        let humans = ("lanes = [\"docs/**\"]", "lanes = [\"docs/**\"]\nhumans-only = true");
        check(&state, &[("[\"find\", \"approve\"]", "[\"find\", \"enroll\"]")], &[]);
        check(&state, &[agents, humans], &[(Code::PrincipalEscalation, "`dora-00000000` has the role `scribe`")]);
        let mut without = cast();
        without.principals.remove(&id("dora"));
        enroll(&mut without, "olga", PrincipalKind::Human, "scribe", None, "olga");
        check(&without, &[agents, humans], &[]);
    }

    /// Nothing is asked of reviewers but that they are others.
    const NO_DISTINCT: (&str, &str) = ("distinct = [\"operator\", \"vendor\"]", "");
    const ONLY_VENDOR: (&str, &str) = ("distinct = [\"operator\", \"vendor\"]", "distinct = [\"vendor\"]");

    /// POL-10
    #[test]
    fn rule_that_one_operator_satisfies_alone_is_refused() {
        let mut state = cast();
        check(&state, &[NO_DISTINCT], &[]);
        // Alice builds for acme.
        enroll(&mut state, "erin", PrincipalKind::Agent, "reviewer", Some("anthropic"), "acme");
        let told = "what `alice-00000000` writes could land (`main`) by the word of `erin-00000000` alone";
        check(&state, &[NO_DISTINCT], &[(Code::ApprovalSelf, told)]);
        check(&state, &[], &[]);
        check(&state, &[("distinct = [\"operator\", \"vendor\"]", "distinct = [\"operator\"]")], &[]);
        check(&state, &[ONLY_VENDOR], &[]);
    }

    #[test]
    fn other_model_of_the_same_operator_is_no_fault_and_told() {
        let mut state = cast();
        enroll(&mut state, "erin", PrincipalKind::Agent, "reviewer", Some("google"), "acme");
        check(&state, &[ONLY_VENDOR], &[]);
        let apart = |edit| {
            let state = under(&state, &policy(&[edit]));
            cliques(&state).iter().map(|clique| clique.apart).collect::<Vec<_>>()
        };
        assert_eq!(apart(ONLY_VENDOR), [Apart::Something]);
        assert_eq!(apart(("distinct = [\"operator\", \"vendor\"]", "distinct = [\"operator\"]")), []);
    }

    #[test]
    fn human_may_approve_what_its_agents_wrote() {
        let mut state = cast();
        enroll(&mut state, "paul", PrincipalKind::Human, "reviewer", None, "acme");
        check(&state, &[NO_DISTINCT], &[]);
    }

    /// What lands has to satisfy every rule of every protection: one of them is enough to want somebody else.
    #[test]
    fn rule_beside_one_that_wants_others_is_sound() {
        let mut state = cast();
        enroll(&mut state, "erin", PrincipalKind::Agent, "reviewer", Some("anthropic"), "acme");
        let old = "paths = [\"infra/**\"]\n  count = 1\n  from  = [\"maintainer\"]";
        let new = "paths = [\"infra/**\"]\n  count = 1\n  from  = [\"reviewer\"]";
        check(&state, &[(old, new)], &[]);
        let mut guarded = policy(&[NO_DISTINCT]);
        let other = policy(&[("from     = [\"reviewer\", \"maintainer\"]", "from     = [\"maintainer\"]")]);
        let mut other = other.protections[0].clone();
        other.name = RecordName::parse("all").unwrap();
        guarded.protections.push(other.clone());
        assert_eq!(faults(&state, &guarded), []);
        // Its twin guards another ref.
        other.refs = vec![RefPattern::parse("refs/heads/next").unwrap()];
        guarded.protections[1] = other;
        assert_eq!(faults(&state, &guarded).len(), 1);
    }

    /// What is run is as final as what lands.
    #[test]
    fn action_that_one_operator_runs_alone_is_refused() {
        let rule = "count = 1, from = [\"maintainer\"]";
        let by_agents = (rule, "count = 1, from = [\"reviewer\"]");
        let apart = (rule, "count = 1, from = [\"reviewer\"], distinct = [\"operator\"]");
        let mut state = cast();
        check(&state, &[ACTION, by_agents], &[]);
        enroll(&mut state, "erin", PrincipalKind::Agent, "reviewer", Some("google"), "acme");
        let told = "what `alice-00000000` asks for could run (`deploy`) by the word of `erin-00000000` alone";
        check(&state, &[ACTION, by_agents], &[(Code::ApprovalSelf, told)]);
        check(&state, &[ACTION, apart], &[]);
        check(&state, &[ACTION], &[]);
    }
}
