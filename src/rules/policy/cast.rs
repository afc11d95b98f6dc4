//! Principals, a policy that suits them, and a claim, for the unit tests of the rules.

use crate::format::parse_record;
use crate::format::sha256;
use crate::model::Charter;
use crate::model::Claim;
use crate::model::ClaimMode;
use crate::model::Contention;
use crate::model::Pattern;
use crate::model::Policy;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::RecordPath;
use crate::model::Standing;
use crate::model::Text;
use crate::model::Timestamp;
use crate::rules::judge::RULES;
use crate::rules::state::Enrolled;
use crate::rules::state::State;
use crate::rules::state::Trust;
use crate::sign::SecretKey;

const POLICY: &str = r#"
format  = 1
version = 1

[root]
threshold = 1
members   = ["maria-00000000"]

[roles.builder]
may = ["claim", "find", "request"]

[roles.reviewer]
may = ["find", "triage", "approve"]

[roles.scribe]
may   = ["find", "approve"]
lanes = ["docs/**"]

[roles.maintainer]
may         = ["claim", "find", "triage", "request", "approve", "veto", "enroll", "revoke", "propose-policy", "land"]
humans-only = true

[[protect]]
name     = "main"
refs     = ["refs/heads/main"]
claims   = "held"

  [[protect.approvals]]
  count    = 1
  from     = ["reviewer", "maintainer"]
  distinct = ["operator", "vendor"]

  [[protect.approvals]]
  paths = ["infra/**"]
  count = 1
  from  = ["maintainer"]
"#;

/// Adds an action to the policy.
pub(crate) const ACTION: (&str, &str) = (
    "[[protect]]",
    "[[actions]]\nname = \"deploy\"\napprovals = [{ count = 1, from = [\"maintainer\"] }]\nexpires = \"15m\"\n\n[[protect]]",
);

/// Returns the policy with these texts of it replaced.
pub(crate) fn policy(edits: &[(&str, &str)]) -> Policy {
    let mut text = POLICY.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    match parse_record(&RecordPath::Policy, text.as_bytes()).unwrap() {
        Record::Policy(policy, _) => *policy,
        _ => unreachable!("it is a policy"),
    }
}

pub(crate) fn id(name: &str) -> PrincipalId {
    PrincipalId::parse(&format!("{name}-00000000")).unwrap()
}

/// Returns a claim of alice on `src/`.
pub(crate) fn claim(own: RecordId, expires: Timestamp) -> Claim {
    Claim {
        rev: 1,
        id: own,
        holder: id("alice"),
        intent: Text::parse("Work").unwrap(),
        paths: vec![Pattern::parse("src/").unwrap()],
        resources: Vec::new(),
        mode: ClaimMode::Exclusive,
        contention: Contention::Refuse,
        expires,
        task: None,
        mission: None,
        branch: None,
        offered_to: None,
        revoked_by: None,
    }
}

/// Returns a state at height 9: two humans, and agents who build, review, and review what is written.
pub(crate) fn cast() -> State {
    let began = Timestamp::from_unix_s(1_800_000_000).unwrap();
    let charter = Charter { rules: RULES, audience: Text::parse("cast").unwrap(), created: began };
    let mut state = State { height: 9, ..State::without_records(charter, began, policy(&[]), sha256(b"")) };
    enroll(&mut state, "maria", PrincipalKind::Human, "maintainer", None, "maria");
    enroll(&mut state, "nora", PrincipalKind::Human, "maintainer", None, "nora");
    enroll(&mut state, "alice", PrincipalKind::Agent, "builder", Some("anthropic"), "acme");
    enroll(&mut state, "carol", PrincipalKind::Agent, "reviewer", Some("openai"), "gamma");
    enroll(&mut state, "dora", PrincipalKind::Agent, "scribe", Some("google"), "delta");
    state
}

/// Enrolls somebody for whom a root member vouches.
pub(crate) fn enroll(
    state: &mut State,
    name: &str,
    kind: PrincipalKind,
    role: &str,
    vendor: Option<&str>,
    operator: &str,
) {
    let word = |text: &str| RecordName::parse(text).unwrap();
    let key = SecretKey::from_seed(sha256(name.as_bytes()).as_bytes()).public();
    let record = Principal {
        rev: 1,
        id: id(name),
        kind,
        role: word(role),
        vendor: vendor.map(word),
        operator: Some(word(operator)),
        key: key.to_openssh(),
        status: Standing::Active,
        enrolled_by: id("maria"),
        confirmed_by: None,
        suspect_since: None,
        rotation: None,
        capabilities: Vec::new(),
    };
    state.keys.insert(key.clone(), id(name));
    state
        .principals
        .insert(id(name), Enrolled { record, key, trust: Trust::Confirmed, reach: None, confirmed_as: None });
}
