//! Policies: read, held against themselves, and against who is there.

use git_coord::format::parse_record;
use git_coord::model::Record;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::rules::faults;
use git_coord::rules::lint;
use git_coord::rules::lint_for;
use git_coord::rules::remarks;

use super::ground::with_ground;

/// Reads the bytes as a policy: whatever it says, the linter has an answer, always the same.
pub fn run(data: &[u8]) {
    let Ok(Record::Policy(policy, _)) = parse_record(&RecordPath::Policy, data) else { return };
    let in_itself = lint(&policy);
    assert_eq!(lint(&policy), in_itself);
    with_ground(|ground| {
        let found = faults(&ground.chain.state, &policy);
        assert_eq!(lint_for(&ground.chain.state, &policy).err(), found.first().cloned(), "the first fault is told");
        if in_itself.is_err() {
            assert!(!found.is_empty(), "what cannot be does not fit");
        }
        let told = remarks(&ground.chain.state, &policy);
        assert!(told.len() <= 10_000, "{} remarks", told.len());
        let main = RefName::parse("refs/heads/main").expect("it is a name");
        let rules = policy.protections.iter().filter(|rule| rule.mission.is_none());
        let is_named = rules.flat_map(|rule| &rule.refs).any(|refs| refs.matches(main.as_str()));
        assert!(!is_named || policy.protects(&main), "what a rule names is protected");
    });
}
