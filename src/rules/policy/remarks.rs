//! What may surprise those who live under a policy, and is allowed all the same.

use std::slice;

use crate::model::ApprovalRule;
use crate::model::Holders;
use crate::model::Pattern;
use crate::model::Policy;
use crate::model::PrincipalKind;
use crate::model::RecordName;
use crate::model::Right;
use crate::model::Standing;
use crate::rules::gate::independence::largest_distinct;
use crate::rules::gate::prospects::could_approve;
use crate::rules::gate::reviews::describe;
use crate::rules::policy::alone::Apart;
use crate::rules::policy::alone::cliques;
use crate::rules::policy::alone::is_independent;
use crate::rules::policy::names::belows;
use crate::rules::policy::names::idle;
use crate::rules::policy::names::shadows;
use crate::rules::policy::names::twins;
use crate::rules::policy::today::under;
use crate::rules::state::Enrolled;
use crate::rules::state::State;

/// Something that a policy does not say on its face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Surprise {
    /// Every ref of a protection is one of another as well.
    Covered,
    /// Two patterns differ only by case or normalisation.
    Twins,
    /// A pattern looks like a branch and is a directory of branches.
    Below,
    /// A mission asks about refs that are free.
    MissionIdle,
    /// A root member cannot sign.
    RootIdle,
    /// Somebody has a role that is not there.
    RoleGone,
    /// Somebody who is no human has a role for humans only.
    NotHuman,
    /// Agents of one operator can land by themselves.
    OneOperator,
    /// Whoever could ask for what a rule is about is needed to approve it.
    NobodyElse,
    /// Those who could approve review some paths only.
    SomePaths,
    /// What runs by itself wants a human, and none could approve.
    NoHuman,
}

impl Surprise {
    /// Returns the word by which programs know it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Twins => "twins",
            Self::Below => "below",
            Self::MissionIdle => "mission-idle",
            Self::RootIdle => "root-idle",
            Self::RoleGone => "role-gone",
            Self::NotHuman => "not-human",
            Self::OneOperator => "one-operator",
            Self::NobodyElse => "nobody-else",
            Self::SomePaths => "some-paths",
            Self::NoHuman => "no-human",
        }
    }
}

/// A surprise with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub surprise: Surprise,
    pub message: String,
}

/// Returns what may surprise those who are enrolled today under a policy. It refuses nothing.
pub fn remarks(state: &State, policy: &Policy) -> Vec<Remark> {
    let state = under(state, policy);
    let mut found = Vec::new();
    let mut say = |surprise, messages: Vec<String>| {
        found.extend(messages.into_iter().map(|message| Remark { surprise, message }));
    };
    say(Surprise::Covered, shadows(policy).iter().map(|(narrow, wide)| covered(narrow, wide)).collect());
    say(Surprise::Twins, twins(policy).iter().map(|(one, other)| twin(one, other)).collect());
    say(Surprise::Below, belows(policy).iter().map(|pattern| below(pattern)).collect());
    say(Surprise::MissionIdle, idle(policy).iter().map(|name| mission_idle(name)).collect());
    say(Surprise::RootIdle, root_idle(&state));
    say(Surprise::RoleGone, role_gone(&state));
    say(Surprise::NotHuman, not_human(&state));
    let apart = cliques(&state).into_iter().filter(|clique| clique.apart == Apart::Something);
    say(Surprise::OneOperator, apart.map(|clique| clique.told()).collect());
    say(Surprise::NobodyElse, of_rules(&state, nobody_else));
    say(Surprise::NobodyElse, of_actions(&state, nobody_else));
    say(Surprise::SomePaths, of_rules(&state, some_paths));
    say(Surprise::NoHuman, no_human(&state).into_iter().collect());
    found
}

fn covered(narrow: &str, wide: &str) -> String {
    format!("every ref of `{narrow}` is one of `{wide}` too: both hold there, and the stricter one wins")
}

fn twin(one: &str, other: &str) -> String {
    format!("`{one}` and `{other}` differ only in how they are spelled; some file systems take one for the other")
}

fn below(pattern: &str) -> String {
    let branch = pattern.trim_end_matches('/');
    format!("`{pattern}` guards what lies below, and not `{branch}` itself")
}

fn mission_idle(name: &str) -> String {
    format!("`{name}` asks about refs that are free for everybody else, so nothing is asked there")
}

fn root_idle(state: &State) -> Vec<String> {
    let members = state.policy.root.members.iter().filter_map(|member| state.principal(member));
    let why = |enrolled: &Enrolled| match enrolled.record.status {
        Standing::Revoked => Some("is revoked"),
        Standing::Suspended => Some("is suspended"),
        Standing::Active if state.is_suspect(enrolled) => Some("has a suspect key"),
        Standing::Active => None,
    };
    let told = |enrolled: &Enrolled| {
        why(enrolled).map(|why| format!("the root member `{}` {why}, and has no say", enrolled.record.id))
    };
    members.filter_map(told).collect()
}

fn active(state: &State) -> impl Iterator<Item = &Enrolled> {
    state.principals.values().filter(|enrolled| enrolled.record.status == Standing::Active)
}

fn role_gone(state: &State) -> Vec<String> {
    let is_gone = |enrolled: &&Enrolled| {
        let role = &enrolled.record.role;
        role.as_str() != Policy::HUB && state.role(role).is_none()
    };
    let told = |enrolled: &Enrolled| {
        format!(
            "`{}` has the role `{}`, which is not there: it may do nothing",
            enrolled.record.id, enrolled.record.role
        )
    };
    active(state).filter(is_gone).map(told).collect()
}

fn not_human(state: &State) -> Vec<String> {
    let is_for_humans =
        |enrolled: &Enrolled| state.role(&enrolled.record.role).is_some_and(|role| role.holders == Holders::HumansOnly);
    let wrong =
        active(state).filter(|enrolled| enrolled.record.kind != PrincipalKind::Human && is_for_humans(enrolled));
    let told = |enrolled: &Enrolled| {
        format!(
            "`{}` is no human and keeps the role `{}`, which is for humans only",
            enrolled.record.id, enrolled.record.role
        )
    };
    wrong.map(told).collect()
}

fn of_rules(state: &State, tell: impl Fn(&State, &RecordName, &ApprovalRule) -> Option<String>) -> Vec<String> {
    let rules = state
        .policy
        .protections
        .iter()
        .flat_map(|protection| protection.approvals.iter().map(move |rule| (&protection.name, rule)));
    rules.filter_map(|(name, rule)| tell(state, name, rule)).collect()
}

fn of_actions(state: &State, tell: impl Fn(&State, &RecordName, &ApprovalRule) -> Option<String>) -> Vec<String> {
    let actions = state.policy.actions.iter();
    let rules = actions.flat_map(|action| action.approvals.iter().map(move |rule| (&action.name, rule)));
    rules.filter_map(|(name, rule)| tell(state, name, rule)).collect()
}

/// Returns how many could approve together where these patterns match what an author wrote, if one is given.
fn together(state: &State, rule: &ApprovalRule, ground: &[Pattern], author: Option<&Enrolled>) -> u64 {
    let could = could_approve(state, rule, ground).into_iter();
    let others = could.filter(|enrolled| author.is_none_or(|author| is_independent(state, rule, author, enrolled)));
    largest_distinct(state, rule, &others.collect::<Vec<_>>()).len() as u64
}

fn nobody_else(state: &State, name: &RecordName, rule: &ApprovalRule) -> Option<String> {
    // What too few could approve whoever wrote it is refused, and not told once more.
    if together(state, rule, &rule.paths, None) < rule.count {
        return None;
    }
    let mut authors = active(state).filter(|enrolled| state.may(enrolled, Right::Request));
    let is_enough = |author: &Enrolled| together(state, rule, &rule.paths, Some(author)) >= rule.count;
    let asked = describe(name, rule);
    (!authors.any(is_enough))
        .then(|| format!("nothing that anybody enrolled asks for could get {asked}: enroll others"))
}

fn some_paths(state: &State, name: &RecordName, rule: &ApprovalRule) -> Option<String> {
    if !rule.paths.is_empty() {
        return None;
    }
    let everywhere = Pattern::parse("**").expect("it is a pattern");
    let reviews_all = |enrolled: &&Enrolled| {
        let lanes = state.lanes_of(enrolled);
        lanes.is_some_and(|lanes| lanes.is_empty() || lanes.iter().any(|lane| lane.covers(&everywhere)))
    };
    let could = could_approve(state, rule, slice::from_ref(&everywhere));
    let all: Vec<_> = could.iter().copied().filter(reviews_all).collect();
    let count = |set: &[&Enrolled]| largest_distinct(state, rule, set).len() as u64;
    let asked = describe(name, rule);
    (count(&all) < rule.count && count(&could) >= rule.count)
        .then(|| format!("too few review every path for {asked}: outside the lanes of the others nothing could land"))
}

fn no_human(state: &State) -> Option<String> {
    let asks = state.policy.protections.iter().any(|protection| !protection.approvals.is_empty());
    let approves = |enrolled: &Enrolled| {
        enrolled.record.kind == PrincipalKind::Human
            && state.may(enrolled, Right::Approve)
            && !state.is_suspect(enrolled)
    };
    let has_human = state.principals.values().any(approves);
    (asks && !has_human)
        .then(|| "no human may approve, which paths ask for that run by themselves, as CI and hooks do".to_owned())
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
    use crate::rules::records::reach::Reach;

    /// Checks what surprises under an edited policy; none of it is a fault.
    #[track_caller]
    fn check(state: &State, edits: &[(&str, &str)], expected: &[(Surprise, &str)]) {
        let policy = policy(edits);
        assert_eq!(faults(state, &policy), []);
        let found = remarks(state, &policy);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, (surprise, message)) in found.iter().zip(expected) {
            assert_eq!(found.surprise, *surprise, "{found:?}");
            assert!(found.message.contains(message), "{found:?}");
        }
    }

    fn without(names: &[&str]) -> State {
        let mut state = cast();
        for name in names {
            state.principals.remove(&id(name));
        }
        state
    }

    #[test]
    fn policy_that_suits_all_surprises_nobody() {
        check(&cast(), &[], &[]);
    }

    #[test]
    fn names_that_mislead_are_told() {
        let refs = "refs     = [\"refs/heads/main\"]";
        let below = "refs = [\"refs/heads/main\", \"refs/heads/main/\"]";
        check(&cast(), &[(refs, below)], &[(Surprise::Below, "not `refs/heads/main` itself")]);
        let twins = "refs = [\"refs/heads/main\", \"refs/heads/MAIN\"]";
        check(&cast(), &[(refs, twins)], &[(Surprise::Twins, "`refs/heads/MAIN` and `refs/heads/main`")]);
        let second = "[[protect]]\nname = \"all\"\nrefs = [\"refs/heads/*\"]\n\n[[protect]]";
        check(&cast(), &[("[[protect]]", second)], &[(Surprise::Covered, "every ref of `main` is one of `all` too")]);
    }

    /// Whose rules are asked only where everybody is asked has none on a free ref.
    #[test]
    fn mission_that_guards_what_is_free_is_told() {
        let on = |refs: &str| format!("[[missions.pay.protect]]\nname = \"pay\"\nrefs = [{refs}]\n\n[[protect]]");
        check(&cast(), &[("[[protect]]", &on("\"refs/heads/next\""))], &[(Surprise::MissionIdle, "`pay` asks about")]);
        check(&cast(), &[("[[protect]]", &on("\"refs/heads/next\", \"refs/heads/*\""))], &[]);
        check(&cast(), &[("[[protect]]", &on("\"refs/heads/main\""))], &[]);
    }

    #[test]
    fn root_member_without_a_say_is_told() {
        let mut state = cast();
        let two = ("members   = [\"maria-00000000\"]", "members   = [\"maria-00000000\", \"nora-00000000\"]");
        check(&state, &[two], &[]);
        let mut nora = state.principal(&id("nora")).unwrap().clone();
        nora.record.suspect_since = Some(9);
        state.principals.insert(id("nora"), nora.clone());
        check(&state, &[two], &[(Surprise::RootIdle, "`nora-00000000` has a suspect key")]);
        nora.record.status = Standing::Revoked;
        state.principals.insert(id("nora"), nora);
        check(&state, &[two], &[(Surprise::RootIdle, "`nora-00000000` is revoked")]);
    }

    #[test]
    fn role_that_its_holders_lose_is_told() {
        check(
            &cast(),
            &[("[roles.scribe]", "[roles.writer]")],
            &[(Surprise::RoleGone, "`dora-00000000` has the role `scribe`")],
        );
        check(&without(&["dora"]), &[("[roles.scribe]", "[roles.writer]")], &[]);
        let humans = ("lanes = [\"docs/**\"]", "lanes = [\"docs/**\"]\nhumans-only = true");
        check(&cast(), &[humans], &[(Surprise::NotHuman, "`dora-00000000` is no human")]);
        check(&without(&["dora"]), &[humans], &[]);
    }

    #[test]
    fn operator_that_needs_nobody_is_told() {
        let mut state = cast();
        enroll(&mut state, "erin", PrincipalKind::Agent, "reviewer", Some("google"), "acme");
        check(&state, &[], &[]);
        let vendor = ("distinct = [\"operator\", \"vendor\"]", "distinct = [\"vendor\"]");
        check(&state, &[vendor], &[(Surprise::OneOperator, "by the word of `erin-00000000` alone")]);
    }

    #[test]
    fn author_who_would_have_to_approve_is_told() {
        let alone = without(&["nora", "carol", "dora", "alice"]);
        let expected = [
            (Surprise::NobodyElse, "could get 1 of reviewer or maintainer (`main`)"),
            (Surprise::NobodyElse, "could get 1 of maintainer (`main`)"),
        ];
        check(&alone, &[], &expected);
        check(&without(&["nora", "carol", "dora"]), &[], &[]);
        // What is run is asked of others as well.
        let run = (Surprise::NobodyElse, "could get 1 of maintainer (`deploy`)");
        check(&alone, &[ACTION], &[expected[0], expected[1], run]);
        check(&without(&["nora", "carol", "dora"]), &[ACTION], &[]);
    }

    /// What is refused because too few are enrolled, whoever wrote it, is not told once more.
    #[test]
    fn rule_for_which_too_few_are_enrolled_is_refused_and_not_told() {
        let told = |count: u64| {
            let policy = policy(&[("count    = 1", &format!("count    = {count}"))]);
            let remarks = remarks(&cast(), &policy);
            (faults(&cast(), &policy).len(), remarks.iter().map(|remark| remark.surprise).collect::<Vec<_>>())
        };
        assert_eq!(told(3), (0, vec![]));
        assert_eq!(told(4), (1, vec![]));
    }

    #[test]
    fn reviewers_of_some_paths_are_told() {
        let scribes = ("from     = [\"reviewer\", \"maintainer\"]", "from     = [\"scribe\"]");
        check(&cast(), &[scribes], &[(Surprise::SomePaths, "too few review every path for 1 of scribe")]);
        check(&cast(), &[scribes, ("lanes = [\"docs/**\"]", "lanes = [\"docs/**\", \"**\"]")], &[]);
    }

    /// Whoever vouched for them could not vouch for every path.
    #[test]
    fn reviewers_whose_reach_is_some_paths_are_told() {
        let mut state = cast();
        let edits = [("from     = [\"reviewer\", \"maintainer\"]", "from     = [\"reviewer\"]")];
        let told = |state: &State| {
            let remarks = remarks(state, &policy(&edits));
            remarks.iter().any(|remark| remark.surprise == Surprise::SomePaths)
        };
        assert!(!told(&state));
        let carol = state.principals.get(&id("carol")).unwrap().clone();
        let may = state.role(&carol.record.role).unwrap().may.clone();
        let reach = Reach { may, lanes: vec![Pattern::parse("docs/**").unwrap()] };
        state.principals.insert(id("carol"), Enrolled { reach: Some(reach), ..carol });
        assert!(told(&state));
    }

    #[test]
    fn rules_without_a_human_are_told() {
        let agents = [
            ("\"triage\", \"request\", \"approve\"", "\"triage\", \"request\""),
            ("from     = [\"reviewer\", \"maintainer\"]", "from     = [\"reviewer\"]"),
            ("from  = [\"maintainer\"]", "from  = [\"reviewer\"]"),
        ];
        check(&cast(), &agents, &[(Surprise::NoHuman, "no human may approve")]);
        check(&cast(), &agents[1..], &[]);
    }
}
