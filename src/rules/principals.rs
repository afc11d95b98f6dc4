//! Who is enrolled, by whom, and how that changes.

use crate::model::Enrolment;
use crate::model::Holders;
use crate::model::Pattern;
use crate::model::Policy;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::Record;
use crate::model::RecordName;
use crate::model::Right;
use crate::model::Role;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::entry::Change;
use crate::rules::entry::Entry;
use crate::rules::entry::Operation;
use crate::rules::judge::Case;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Enrolled;
use crate::rules::state::State;
use crate::rules::state::Trust;
use crate::sign::KeyFault;
use crate::sign::PublicKey;
use crate::sign::verify_detached;

/// The namespace in which a new key signs that it takes over (S7).
pub const ROTATION_NAMESPACE: &str = "coord-key";

/// Returns what the new key signs at a rotation.
pub fn rotation_message(audience: &str, principal: &PrincipalId, old: &PublicKey) -> String {
    format!("{audience}\n{principal}\n{}\n", old.fingerprint())
}

/// Returns whether the change enrolls the very key that signs the entry.
pub(crate) fn is_self_enrolment(entry: &Entry, change: &Change) -> bool {
    match &change.operation {
        Operation::Add(Record::Principal(principal)) => {
            PublicKey::parse(&principal.key).is_ok_and(|key| key == *entry.key())
        }
        _ => false,
    }
}

pub(crate) fn judge(case: &mut Case<'_>, id: &PrincipalId, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Remove => {
            Err(Refusal::new(Code::PrincipalStatus, "principals are never removed; revoke `status` instead"))
        }
        Operation::Add(Record::Principal(principal)) => enroll(case, principal),
        Operation::Replace(Record::Principal(principal)) => change(case, id, principal),
        _ => unreachable!("the reader gives principals at principals' paths"),
    }
}

fn enroll(case: &mut Case<'_>, principal: &Principal) -> Result<(), Refusal> {
    let key = check_key(case.next, principal)?;
    ensure(principal.status == Standing::Active && principal.rev == 1, Code::PrincipalStatus, || {
        "a principal begins active and at rev 1".to_owned()
    })?;
    ensure(principal.confirmed_by.is_none() && principal.suspect_since.is_none(), Code::RecordField, || {
        "a principal begins neither confirmed nor suspect".to_owned()
    })?;
    check_role(&case.before.policy, principal)?;
    let trust = match case.signer {
        None => enroll_self(case, principal)?,
        Some(enroller) => enroll_other(case, enroller, principal)?,
    };
    case.next.keys.insert(key.clone(), principal.id.clone());
    case.next.principals.insert(principal.id.clone(), Enrolled { record: principal.clone(), key, trust });
    Ok(())
}

fn enroll_self(case: &Case<'_>, principal: &Principal) -> Result<Trust, Refusal> {
    let role = case.before.role(&principal.role);
    ensure(role.is_some_and(|role| role.enrolment == Enrolment::BySelf), Code::RecordRight, || {
        format!("nobody enrolls itself as `{}`", principal.role)
    })?;
    ensure(principal.enrolled_by == principal.id, Code::RecordField, || "`enrolled-by` names who signs".to_owned())?;
    Ok(Trust::Provisional)
}

fn enroll_other(case: &Case<'_>, enroller: &Enrolled, principal: &Principal) -> Result<Trust, Refusal> {
    case.require(Right::Enroll, "enroll others")?;
    ensure(principal.enrolled_by == enroller.record.id, Code::RecordField, || {
        format!("`enrolled-by` is `{}`, `{}` signs", principal.enrolled_by, enroller.record.id)
    })?;
    check_grant(case.before, enroller, &principal.role)?;
    Ok(trust_set_by(case.before, enroller))
}

fn trust_set_by(state: &State, setter: &Enrolled) -> Trust {
    if state.speaks_for_root(&setter.record.id, state.height) { Trust::Confirmed } else { Trust::Provisional }
}

/// Nobody grants a right that it lacks; a hub is made by root members only.
fn check_grant(state: &State, granter: &Enrolled, role: &RecordName) -> Result<(), Refusal> {
    if state.speaks_for_root(&granter.record.id, state.height) {
        return Ok(());
    }
    let own = state.role(&granter.record.role);
    let granted = state.role(role);
    let within = match (own, granted) {
        (Some(own), Some(granted)) => granted.may.is_subset(&own.may) && lanes_within(granted, own),
        _ => false,
    };
    ensure(within, Code::PrincipalEscalation, || {
        format!("`{}` cannot give the role `{role}`, which may more than its own", granter.record.id)
    })
}

fn lanes_within(granted: &Role, own: &Role) -> bool {
    let covered = |lane: &Pattern| own.lanes.iter().any(|mine| mine.covers(lane));
    own.lanes.is_empty() || (!granted.lanes.is_empty() && granted.lanes.iter().all(covered))
}

/// Refuses keys that are weak, of another type, known, or not those of the id.
pub(crate) fn check_key(state: &State, principal: &Principal) -> Result<PublicKey, Refusal> {
    let key = parse_key(&principal.key)?;
    if let Some(owner) = state.keys.get(&key) {
        return Err(Refusal::new(Code::KeyReused, format!("the key already belongs to `{owner}`")));
    }
    let fits = principal.id.suffix() == key.short();
    ensure(fits, Code::PrincipalName, || {
        format!("`{}` is not the id of its key, which ends in `{}`", principal.id, key.short())
    })?;
    ensure(!state.principals.contains_key(&principal.id), Code::RecordId, || format!("`{}` exists", principal.id))?;
    Ok(key)
}

fn parse_key(text: &str) -> Result<PublicKey, Refusal> {
    let key = PublicKey::parse(text).map_err(|fault| {
        let code = match fault {
            KeyFault::Weak => Code::KeyWeak,
            KeyFault::KeyType(_) => Code::KeyType,
            KeyFault::Syntax => Code::RecordParse,
        };
        Refusal::new(code, fault.to_string())
    })?;
    ensure(key.to_openssh() == text, Code::RecordParse, || "`key` is written without a comment".to_owned())?;
    Ok(key)
}

pub(crate) fn check_role(policy: &Policy, principal: &Principal) -> Result<(), Refusal> {
    if principal.role.as_str() == Policy::HUB {
        return ensure(principal.kind == PrincipalKind::Service, Code::PrincipalRole, || {
            "a hub is a service".to_owned()
        });
    }
    let role = policy.roles.get(&principal.role);
    let role =
        role.ok_or_else(|| Refusal::new(Code::PrincipalRole, format!("there is no role `{}`", principal.role)))?;
    let fits = role.holders == Holders::Anybody || principal.kind == PrincipalKind::Human;
    ensure(fits, Code::PrincipalRole, || format!("only humans are `{}`", principal.role))?;
    let has_vendor = principal.kind == PrincipalKind::Human && principal.vendor.is_some();
    ensure(!has_vendor, Code::RecordField, || "humans have no vendor".to_owned())
}

fn change(case: &mut Case<'_>, id: &PrincipalId, after: &Principal) -> Result<(), Refusal> {
    let before = case.next.principal(id).expect("the ledger replaces what exists").clone();
    ensure(after.rev == before.record.rev + 1, Code::RecordRev, || {
        format!("`rev` is {}, {} follows", after.rev, before.record.rev + 1)
    })?;
    let signer = case.signer()?.clone();
    let by_self = signer.record.id == *id;
    let mut changed = Enrolled { record: after.clone(), ..before.clone() };
    if after.key != before.record.key {
        ensure(by_self, Code::RecordOwner, || format!("only `{id}` rotates its key"))?;
        changed.key = rotate(case, &before, after)?;
    }
    check_status(case.before, &signer, &before.record, after)?;
    check_suspicion(case.before, &signer, &before.record, after)?;
    let recast = (&after.role, &after.vendor, &after.operator, after.kind)
        != (&before.record.role, &before.record.vendor, &before.record.operator, before.record.kind)
        || after.enrolled_by != before.record.enrolled_by;
    if recast {
        changed.trust = recast_by(case, &signer, &before, after)?;
    } else if after.confirmed_by != before.record.confirmed_by {
        changed.trust = confirmed_by(case, &signer, &before, after)?;
    }
    let unchanged = Principal { rev: after.rev, ..before.record.clone() };
    ensure(by_self || *after != unchanged, Code::RecordOwner, || format!("only `{id}` rewrites its record as it is"))?;
    ensure(by_self || after.capabilities == before.record.capabilities, Code::RecordOwner, || {
        format!("only `{id}` says what it is capable of")
    })?;
    ensure(after.key != before.record.key || after.rotation == before.record.rotation, Code::RecordField, || {
        "`rotation` comes with a new key".to_owned()
    })?;
    case.next.keys.insert(changed.key.clone(), id.clone());
    case.next.principals.insert(id.clone(), changed);
    Ok(())
}

/// A new key signs that it takes over from the old one; the old one signs the entry.
fn rotate(case: &Case<'_>, before: &Enrolled, after: &Principal) -> Result<PublicKey, Refusal> {
    let key = parse_key(&after.key)?;
    ensure(!case.next.keys.contains_key(&key), Code::KeyReused, || "the key is known already".to_owned())?;
    let armor = after.rotation.as_deref().unwrap_or_default();
    let message = rotation_message(case.before.charter.audience.as_str(), &after.id, &before.key);
    let signed = verify_detached(ROTATION_NAMESPACE, message.as_bytes(), armor);
    ensure(signed.is_ok_and(|signer| signer == key), Code::SignatureBad, || {
        "`rotation` is not the new key's signature".to_owned()
    })?;
    Ok(key)
}

fn check_status(state: &State, signer: &Enrolled, before: &Principal, after: &Principal) -> Result<(), Refusal> {
    if after.status == before.status {
        return Ok(());
    }
    let id = &after.id;
    ensure(before.status != Standing::Revoked, Code::PrincipalStatus, || format!("`{id}` is revoked for ever"))?;
    let steps_down = after.status > before.status;
    let policy = &state.policy;
    if signer.record.id == *id {
        ensure(steps_down, Code::PrincipalStatus, || format!("`{id}` cannot reinstate itself"))?;
        // S15: what only root members undo, and only enough of them, would be for ever.
        return ensure(!policy.is_root(id) || state.root_decides_without(id), Code::PrincipalStatus, || {
            format!("without `{id}` the active root members are too few: decisions take {}", policy.root.threshold)
        });
    }
    state.require_root(&signer.record.id, "suspend, revoke or reinstate others")?;
    // S15: one root member suspends another; more than that takes the threshold, which one signature is not.
    let needs_threshold = (policy.is_root(id) && after.status == Standing::Revoked) || !steps_down;
    ensure(!needs_threshold || (policy.root.threshold == 1 && !policy.is_root(id)), Code::PrincipalStatus, || {
        format!("that takes {} root members", policy.root.threshold.max(2))
    })
}

/// `suspect-since` is set by root members and only moves earlier; clearing it takes the threshold (S15).
fn check_suspicion(state: &State, signer: &Enrolled, before: &Principal, after: &Principal) -> Result<(), Refusal> {
    if after.suspect_since == before.suspect_since {
        return Ok(());
    }
    let disowns_itself = signer.record.id == after.id && after.suspect_since.is_some();
    let policy = &state.policy;
    if !(disowns_itself && policy.is_root(&after.id)) {
        // A thief would take back what the thief is suspected of.
        state.require_root(&signer.record.id, "set `suspect-since`, or clear it")?;
    }
    match (before.suspect_since, after.suspect_since) {
        (Some(old), Some(new)) => {
            ensure(new < old, Code::PrincipalStatus, || "`suspect-since` only moves earlier".to_owned())
        }
        (None, _) => Ok(()),
        (Some(_), None) => ensure(policy.root.threshold == 1, Code::PrincipalStatus, || {
            format!("clearing a suspicion takes {} root members", policy.root.threshold)
        }),
    }
}

fn recast_by(case: &Case<'_>, signer: &Enrolled, before: &Enrolled, after: &Principal) -> Result<Trust, Refusal> {
    let id = &after.id;
    case.require(Right::Enroll, "change role, vendor or operator of others")?;
    ensure(signer.record.id != *id, Code::PrincipalEscalation, || {
        "nobody changes its own role, vendor or operator".to_owned()
    })?;
    let policy = &case.before.policy;
    let by_root = case.before.speaks_for_root(&signer.record.id, case.before.height);
    ensure(!policy.is_root(id) || by_root, Code::PrincipalEscalation, || {
        format!("`{id}` is a root member, which only root members change")
    })?;
    // By their operators root members are counted: one of them does not make two of one, nor one of two.
    let counts_alone = policy.root.threshold == 1 || after.operator == before.record.operator;
    ensure(!policy.is_root(id) || counts_alone, Code::PrincipalEscalation, || {
        format!("`{id}` is a root member, whose operator no single one changes")
    })?;
    check_role(policy, after)?;
    check_grant(case.before, signer, &after.role)?;
    // Taking away from somebody who may more than oneself would be a way to power as well.
    check_grant(case.before, signer, &before.record.role)?;
    // S14: the word of one does not undo that of two, or of a root member, nor put itself in the place of another's.
    let enroller = &before.record.enrolled_by;
    let answers_for = *enroller == signer.record.id || *enroller == *id;
    let is_free = before.trust == Trust::Provisional && answers_for;
    ensure(is_free || by_root, Code::PrincipalEscalation, || match before.trust {
        Trust::Confirmed => format!("`{id}` is confirmed, and recast by root members only"),
        Trust::Provisional => format!("`{id}` was enrolled by `{enroller}`, who recasts it, or root members do"),
    })?;
    ensure(after.enrolled_by == signer.record.id && after.confirmed_by.is_none(), Code::RecordField, || {
        "`enrolled-by` names who changed it last, and `confirmed-by` starts anew".to_owned()
    })?;
    Ok(trust_set_by(case.before, signer))
}

fn confirmed_by(case: &Case<'_>, signer: &Enrolled, before: &Enrolled, after: &Principal) -> Result<Trust, Refusal> {
    case.require(Right::Enroll, "confirm others")?;
    let id = &signer.record.id;
    ensure(case.before.stands_by(id, case.before.height), Code::KeySuspect, || {
        format!("the key of `{id}` is suspect: it confirms nobody")
    })?;
    let names_signer = after.confirmed_by.as_ref() == Some(id) && before.record.confirmed_by.is_none();
    ensure(names_signer, Code::RecordField, || "`confirmed-by` names who signs, once".to_owned())?;
    ensure(*id != after.id && *id != before.record.enrolled_by, Code::PrincipalEscalation, || {
        "a second principal confirms".to_owned()
    })?;
    // Nobody but itself has vouched for who enrolled itself: one word more would make two of one.
    let self_made = before.record.enrolled_by == after.id;
    ensure(!self_made || case.before.speaks_for_root(id, case.before.height), Code::PrincipalEscalation, || {
        format!("`{}` enrolled itself: a root member confirms it, or somebody enrolls it anew", after.id)
    })?;
    let enroller = case.before.principal(&before.record.enrolled_by);
    let enroller_operator = enroller.and_then(|enroller| case.before.operator(enroller));
    let operator = case.before.operator(signer);
    ensure(operator.is_some() && operator != enroller_operator, Code::ApprovalIndependence, || {
        "whoever confirms has another operator than who enrolled".to_owned()
    })?;
    check_grant(case.before, signer, &after.role)?;
    Ok(Trust::Confirmed)
}
