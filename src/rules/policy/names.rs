//! What a policy names: protections, refs and paths, and whether any of it can be meant.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::Pattern;
use crate::model::Policy;
use crate::model::RefPattern;
use crate::model::fold_name;
use crate::model::fold_path;
use crate::rules::code::Code;
use crate::rules::gate::ledger_ground;
use crate::rules::policy::alone::guards;
use crate::rules::refusal::Refusal;

/// Refuses names that say nothing: they look as if something was guarded.
pub(crate) fn name_faults(policy: &Policy) -> Vec<Refusal> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for protection in &policy.protections {
        let name = &protection.name;
        if !names.insert(name) {
            found.push(format!("two protections are called `{name}`"));
        }
        let void = protection.refs.iter().filter(|pattern| pattern.example().is_none());
        found.extend(void.map(|pattern| format!("`{name}` protects `{pattern}`, and no ref can have such a name")));
        let paths = protection.approvals.iter().flat_map(|rule| &rule.paths);
        let paths = paths.chain(protection.checks.iter().flat_map(|rule| &rule.paths));
        let void = paths.filter(|pattern| pattern.example(can_land).is_none());
        found.extend(void.map(|pattern| format!("`{name}` asks about `{pattern}`, where nothing can ever land")));
    }
    found.into_iter().map(|message| Refusal::new(Code::PolicyUnsatisfiable, message)).collect()
}

/// Returns whether a commit can put something at a path.
fn can_land(path: &str) -> bool {
    let is_name = |part: &str| !matches!(part, "." | "..") && fold_name(part.as_bytes()) != b".git";
    path.split('/').all(is_name) && !ledger_ground::is_taken(path.as_bytes())
}

/// Returns pairs of protections, by name: every ref of the first is one of the second as well.
pub(crate) fn shadows(policy: &Policy) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (index, narrow) in policy.protections.iter().enumerate() {
        for (other, wide) in policy.protections.iter().enumerate() {
            // Two that guard the same are told once, and that one guards what itself does is nothing to tell.
            let is_told = other <= index && guards(narrow, wide);
            // A mission adds to what holds for everybody: that is its purpose.
            if wide.mission == narrow.mission && guards(wide, narrow) && !is_told {
                found.push((narrow.name.to_string(), wide.name.to_string()));
            }
        }
    }
    found
}

/// Returns patterns that differ from each other only as a folding file system does not see.
pub(crate) fn twins(policy: &Policy) -> Vec<(String, String)> {
    let refs = || policy.protections.iter().flat_map(|protection| protection.refs.iter().map(RefPattern::as_str));
    let rules = || policy.protections.iter().flat_map(|protection| &protection.approvals);
    let lanes = policy.roles.values().flat_map(|role| &role.lanes);
    let checks = policy.protections.iter().flat_map(|protection| &protection.checks).flat_map(|rule| &rule.paths);
    let paths = rules().flat_map(|rule| &rule.paths).chain(checks).chain(lanes).map(Pattern::as_str);
    let mut found = pairs(refs().collect());
    found.extend(pairs(paths.collect()));
    found
}

fn pairs(patterns: BTreeSet<&str>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut seen: BTreeMap<Vec<u8>, &str> = BTreeMap::new();
    for pattern in patterns {
        if let Some(twin) = seen.insert(fold_path(pattern.as_bytes()), pattern) {
            found.push((twin.to_owned(), pattern.to_owned()));
        }
    }
    found
}

/// Returns the protections of missions whose refs nobody has to ask about: they are asked where everybody is.
pub(crate) fn idle(policy: &Policy) -> Vec<String> {
    let meets = |one: &RefPattern, other: &RefPattern| one.example().is_some_and(|name| other.matches(name.as_str()));
    let is_protected = |pattern: &RefPattern| {
        let mut general = policy.general().flat_map(|protection| &protection.refs);
        general.any(|other| meets(pattern, other) || meets(other, pattern))
    };
    let of_missions = policy.protections.iter().filter(|protection| protection.mission.is_some());
    let idle = of_missions.filter(|protection| !protection.refs.iter().any(is_protected));
    idle.map(|protection| protection.name.to_string()).collect()
}

/// Returns the refs that look like one branch and are all branches below it.
pub(crate) fn belows(policy: &Policy) -> Vec<String> {
    let refs = policy.protections.iter().flat_map(|protection| &protection.refs);
    refs.map(RefPattern::as_str).filter(|pattern| pattern.ends_with('/')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::policy::cast::cast;
    use crate::rules::policy::cast::policy;
    use crate::rules::policy::today::faults;

    const REFS: &str = "refs     = [\"refs/heads/main\"]";
    const PATHS: &str = "paths = [\"infra/**\"]";

    #[track_caller]
    fn check(edit: (&str, &str), expected: Option<&str>) {
        let found = faults(&cast(), &policy(&[edit]));
        assert!(found.iter().all(|fault| fault.code == Code::PolicyUnsatisfiable));
        let told: Vec<_> = found.iter().map(|fault| fault.message.as_str()).collect();
        match expected {
            Some(expected) => assert!(told.len() == 1 && told[0].contains(expected), "{told:?}"),
            None => assert!(told.is_empty(), "{told:?}"),
        }
    }

    #[test]
    fn ref_that_cannot_be_is_refused() {
        for refs in ["refs/heads/main.lock", "refs/heads/*.lock", "refs/heads/ma in", "refs/heads/.hidden/*"] {
            let edited = format!("refs = [\"refs/heads/main\", \"{refs}\"]");
            check((REFS, &edited), Some(&format!("`main` protects `{refs}`, and no ref")));
        }
        check((REFS, "refs = [\"refs/heads/main\", \"refs/heads/main.locks\", \"refs/heads/*\", \"refs/**\"]"), None);
    }

    #[test]
    fn path_that_cannot_be_is_refused() {
        for path in ["vendor/.git/config", "**/.GIT/**", "x/.gi[t]/hooks/*", ".coord/policy.toml", ".Coord/**"] {
            let edited = format!("paths = [\"infra/**\", \"{path}\"]");
            check((PATHS, &edited), Some(&format!("`main` asks about `{path}`, where nothing")));
        }
        check((PATHS, "paths = [\"vendor/.gitmodules\", \".git[ti]x\", \"x/.coord/**\", \"**\", \".*/**\"]"), None);
    }

    #[test]
    fn protections_of_one_name_are_refused() {
        let second =
            |name: &str| format!("[[protect]]\nname = \"{name}\"\nrefs = [\"refs/heads/next\"]\n\n[[protect]]");
        check(("[[protect]]", &second("main")), Some("two protections are called `main`"));
        check(("[[protect]]", &second("next")), None);
    }

    /// POL-13: the strictest wins, so that neither hides the other.
    #[test]
    fn protection_within_another_is_told() {
        let told = |refs: &str| {
            let second = format!("[[protect]]\nname = \"second\"\nrefs = [{refs}]\n\n[[protect]]");
            let policy = policy(&[("[[protect]]", &second)]);
            assert_eq!(faults(&cast(), &policy), []);
            shadows(&policy)
        };
        let pair = |one: &str, other: &str| vec![(one.to_owned(), other.to_owned())];
        assert_eq!(told("\"refs/heads/*\""), pair("main", "second"));
        assert_eq!(told("\"refs/**\", \"refs/tags/*\""), pair("main", "second"));
        assert_eq!(told("\"refs/heads/main\""), pair("second", "main"));
        assert_eq!(told("\"refs/heads/main\", \"refs/heads/next\""), pair("main", "second"));
        assert_eq!(told("\"refs/heads/next\", \"refs/heads/m\""), []);
    }

    /// What a mission asks beside everybody is its purpose; what it asks twice is told.
    #[test]
    fn protection_within_another_of_its_mission_is_told() {
        let told = |mission: &str| {
            let refs = |refs: &str| format!("refs = [\"refs/heads/{refs}\"]\n\n");
            let one = format!("[[missions.pay.protect]]\nname = \"one\"\n{}", refs("main"));
            let two = format!("[[missions.{mission}.protect]]\nname = \"two\"\n{}", refs("*"));
            shadows(&policy(&[("[[protect]]", &format!("{one}{two}[[protect]]"))]))
        };
        assert_eq!(told("pay"), [("one".to_owned(), "two".to_owned())]);
        assert_eq!(told("search"), []);
    }

    #[test]
    fn patterns_that_differ_only_by_case_are_told() {
        let told = |edit| twins(&policy(&[edit]));
        assert_eq!(
            told((REFS, "refs = [\"refs/heads/main\", \"refs/heads/Main\"]")),
            [("refs/heads/Main".to_owned(), "refs/heads/main".to_owned())]
        );
        assert_eq!(told((PATHS, "paths = [\"Docs/**\"]")), [("Docs/**".to_owned(), "docs/**".to_owned())]);
        assert_eq!(told((REFS, "refs = [\"refs/heads/main\", \"refs/heads/mane\"]")), []);
        assert_eq!(told((PATHS, "paths = [\"docs/**\"]")), []);
    }

    #[test]
    fn directory_of_branches_is_told() {
        assert_eq!(belows(&policy(&[(REFS, "refs = [\"refs/heads/main/\"]")])), ["refs/heads/main/"]);
        assert_eq!(belows(&policy(&[])), [""; 0]);
    }
}
