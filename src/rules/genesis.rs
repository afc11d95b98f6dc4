//! The first entry of a ledger.

use crate::model::Charter;
use crate::model::Digest;
use crate::model::Policy;
use crate::model::Principal;
use crate::model::Record;
use crate::model::RecordPath;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::entry::Change;
use crate::rules::entry::Entry;
use crate::rules::entry::Operation;
use crate::rules::judge::check_rules;
use crate::rules::policy::lint::lint;
use crate::rules::records::hardware;
use crate::rules::records::principals::check_key;
use crate::rules::records::principals::check_role;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Enrolled;
use crate::rules::state::State;
use crate::rules::state::Trust;

/// Judges the entry with which a ledger begins: charter, policy and every root member, signed by one of them.
pub fn judge_genesis(entry: &Entry) -> Result<State, Refusal> {
    let parts = Parts::collect(entry.changes())?;
    check_rules(&parts.charter)?;
    ensure(parts.policy.version == 1 && parts.policy.parent.is_none(), Code::RecordFrozen, || {
        "a ledger begins with version 1 of its policy".to_owned()
    })?;
    let mut state = State::without_records(parts.charter, entry.time(), parts.policy, parts.policy_digest);
    for principal in parts.principals {
        add_root_member(&mut state, principal)?;
    }
    ensure(state.principals.len() == state.policy.root.members.len(), Code::RecordMissing, || {
        "every root member is enrolled at genesis".to_owned()
    })?;
    let signer = state
        .principal_by_key(entry.key())
        .ok_or_else(|| Refusal::new(Code::KeyUnknown, "a ledger is signed by one of its root members"))?;
    hardware::check_signature(&state, signer, entry)?;
    lint(&state.policy)?;
    Ok(state)
}

struct Parts {
    charter: Charter,
    policy: Policy,
    policy_digest: Digest,
    principals: Vec<Principal>,
}

impl Parts {
    fn collect(changes: &[Change]) -> Result<Self, Refusal> {
        let (mut charter, mut policy, mut principals) = (None, None, Vec::new());
        for change in changes {
            let Operation::Add(record) = &change.operation else {
                return Err(Refusal::new(Code::RecordFrozen, "a ledger begins with additions").about(&change.path));
            };
            match record {
                Record::Charter(found) => charter = Some(found.clone()),
                Record::Policy(found, digest) => policy = Some((found.as_ref().clone(), *digest)),
                Record::Principal(found) => principals.push(found.as_ref().clone()),
                Record::Readme => {}
                _ => {
                    let message = "a ledger begins with its charter, policy and root members";
                    return Err(Refusal::new(Code::RecordFrozen, message).about(&change.path));
                }
            }
        }
        let missing = |path: RecordPath| Refusal::new(Code::RecordMissing, "a ledger begins with it").about(path);
        let (policy, policy_digest) = policy.ok_or_else(|| missing(RecordPath::Policy))?;
        let charter = charter.ok_or_else(|| missing(RecordPath::Charter))?;
        Ok(Self { charter, policy, policy_digest, principals })
    }
}

fn add_root_member(state: &mut State, principal: Principal) -> Result<(), Refusal> {
    let id = principal.id.clone();
    ensure(state.policy.is_root(&id), Code::RecordRight, || format!("`{id}` is no root member"))?;
    ensure(principal.status == Standing::Active && principal.rev == 1, Code::PrincipalStatus, || {
        format!("`{id}` begins active and at rev 1")
    })?;
    check_role(&state.policy, &principal)?;
    let key = check_key(state, &principal)?;
    state.keys.insert(key.clone(), id.clone());
    state
        .principals
        .insert(id, Enrolled { record: principal, key, trust: Trust::Confirmed, reach: None, confirmed_as: None });
    Ok(())
}
