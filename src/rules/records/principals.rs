//! Who is enrolled, by whom, and how that changes.

use crate::model::Enrolment;
use crate::model::Holders;
use crate::model::Policy;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::Record;
use crate::model::Right;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::entry::Change;
use crate::rules::entry::Entry;
use crate::rules::entry::Operation;
use crate::rules::judge::Case;
use crate::rules::records::hardware;
use crate::rules::records::reach::Reach;
use crate::rules::records::vouching;
use crate::rules::records::vouching::Word;
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
    let Word { trust, reach } = match case.signer {
        None => enroll_self(case, principal)?,
        Some(enroller) => enroll_other(case, enroller, principal)?,
    };
    case.next.keys.insert(key.clone(), principal.id.clone());
    case.next
        .principals
        .insert(principal.id.clone(), Enrolled { record: principal.clone(), key, trust, reach, confirmed_as: None });
    Ok(())
}

fn enroll_self(case: &Case<'_>, principal: &Principal) -> Result<Word, Refusal> {
    let role = case.before.role(&principal.role).filter(|role| role.enrolment == Enrolment::BySelf);
    let role =
        role.ok_or_else(|| Refusal::new(Code::RecordRight, format!("nobody enrolls itself as `{}`", principal.role)))?;
    ensure(principal.enrolled_by == principal.id, Code::RecordField, || "`enrolled-by` names who signs".to_owned())?;
    // The policy lets anybody have what the role is now, and no more.
    Ok(Word { trust: Trust::Provisional, reach: Some(Reach::of_role(role)) })
}

fn enroll_other(case: &Case<'_>, enroller: &Enrolled, principal: &Principal) -> Result<Word, Refusal> {
    case.require(Right::Enroll, "enroll others")?;
    ensure(principal.enrolled_by == enroller.record.id, Code::RecordField, || {
        format!("`enrolled-by` is `{}`, `{}` signs", principal.enrolled_by, enroller.record.id)
    })?;
    vouching::grant(case.before, enroller, &principal.role)
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
    hardware::check_key(role.keys, principal.role.as_str(), &parse_key(&principal.key)?)?;
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
    let unchanged = Principal { rev: after.rev, ..before.record.clone() };
    let said_again = *after == unchanged && vouching::is_said_again(case.before, &signer, &before);
    let word = if recast {
        Some(vouching::recast(case, &signer, &before, after)?)
    } else if after.confirmed_by != before.record.confirmed_by {
        Some(vouching::confirm(case, &signer, &before, after)?)
    } else if said_again {
        Some(vouching::say_again(case, &signer, &before)?)
    } else {
        None
    };
    if let Some(Word { trust, reach }) = word {
        let was = if before.trust == Trust::Confirmed { Some(&before.record) } else { before.confirmed_as.as_ref() };
        changed.confirmed_as = was.filter(|_| trust == Trust::Provisional).cloned();
        (changed.trust, changed.reach) = (trust, reach);
    }
    ensure(by_self || said_again || *after != unchanged, Code::RecordOwner, || {
        format!("only `{id}` rewrites its record as it is")
    })?;
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
    // A thief would shut its owner out.
    ensure(!case.before.is_suspect(before), Code::KeySuspect, || {
        format!(
            "the key of `{}` is suspect, and passes its place on to no other: somebody else enrolls a new one",
            after.id
        )
    })?;
    let key = parse_key(&after.key)?;
    if let Some(role) = case.before.role(&after.role) {
        hardware::check_key(role.keys, after.role.as_str(), &key)?;
    }
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
    let ends_root = policy.is_root(id) && after.status == Standing::Revoked;
    ensure(!ends_root, Code::PrincipalStatus, || {
        format!("`{id}` is a root member: the others drop it from `members` first, by `git coord policy propose`")
    })?;
    ensure(steps_down || (policy.root.threshold == 1 && !policy.is_root(id)), Code::PrincipalStatus, || {
        format!(
            "that takes {} root members, and nothing collects their words: enroll a new key",
            policy.root.threshold.max(2)
        )
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
            let threshold = policy.root.threshold;
            format!(
                "clearing a suspicion takes {threshold} root members, and nothing collects their words: enroll a new key"
            )
        }),
    }
}
