//! Whose word stands behind a principal: who may enroll whom, recast it, confirm it, and how far that reaches (S14, POL-9).

use crate::model::Principal;
use crate::model::RecordName;
use crate::model::Right;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::judge::Case;
use crate::rules::records::principals::check_role;
use crate::rules::records::reach::Reach;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Enrolled;
use crate::rules::state::State;
use crate::rules::state::Trust;

/// What somebody's word makes of a principal.
pub(crate) struct Word {
    pub(crate) trust: Trust,
    pub(crate) reach: Option<Reach>,
}

/// Judges whether somebody may put a principal into a role. Returns what its word is worth.
pub(crate) fn grant(state: &State, granter: &Enrolled, role: &RecordName) -> Result<Word, Refusal> {
    let reach = check_grant(state, granter, role)?;
    let trust = if state.is_enough_as_root(&granter.record.id) { Trust::Confirmed } else { Trust::Provisional };
    Ok(Word { trust, reach })
}

/// Nobody grants a right that it lacks; a hub is made by root members only. Returns what the granter can vouch for.
fn check_grant(state: &State, granter: &Enrolled, role: &RecordName) -> Result<Option<Reach>, Refusal> {
    let cannot = || {
        let message = format!("`{}` cannot give the role `{role}`, which may more than its own", granter.record.id);
        Refusal::new(Code::PrincipalEscalation, message)
    };
    match state.reach_of(granter).ok_or_else(cannot)? {
        None => Ok(None),
        Some(reach) => {
            let granted = state.role(role).is_some_and(|role| reach.holds(role));
            if granted { Ok(Some(reach)) } else { Err(cannot()) }
        }
    }
}

/// Judges a change of what a principal's record says of its role, kind, vendor or operator.
pub(crate) fn recast(
    case: &Case<'_>,
    signer: &Enrolled,
    before: &Enrolled,
    after: &Principal,
) -> Result<Word, Refusal> {
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
    let mut word = grant(case.before, signer, &after.role)?;
    if policy.is_root(id) && before.trust == Trust::Confirmed {
        // Its operator is as it was, and stays its own: it does not become that of the other root member.
        word.trust = Trust::Confirmed;
    }
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
    Ok(word)
}

/// Judges the word of a second principal for another, or of whoever holds what nobody vouched for yet.
pub(crate) fn confirm(
    case: &Case<'_>,
    signer: &Enrolled,
    before: &Enrolled,
    after: &Principal,
) -> Result<Word, Refusal> {
    case.require(Right::Enroll, "confirm others")?;
    let id = &signer.record.id;
    ensure(case.before.stands_by(id, case.before.height), Code::KeySuspect, || {
        format!("the key of `{id}` is suspect: it confirms nobody")
    })?;
    let is_open = before.record.confirmed_by.is_none() || !case.before.unvouched(before).is_empty();
    ensure(after.confirmed_by.as_ref() == Some(id) && is_open, Code::RecordField, || {
        "`confirmed-by` names who signs, once".to_owned()
    })?;
    ensure(*id != after.id && *id != before.record.enrolled_by, Code::PrincipalEscalation, || {
        "a second principal confirms".to_owned()
    })?;
    // Nobody but itself has vouched for who enrolled itself: one word more would make two of one.
    let self_made = before.record.enrolled_by == after.id;
    ensure(!self_made || case.before.is_enough_as_root(id), Code::PrincipalEscalation, || {
        let root = if case.before.policy.root.threshold == 1 { "a root member confirms it, or " } else { "" };
        format!(
            "`{}` enrolled itself: {root}somebody puts its own word in the place of that, and a second confirms",
            after.id
        )
    })?;
    ensure(case.before.is_second(signer, before), Code::ApprovalIndependence, || {
        "whoever confirms has another operator than who enrolled".to_owned()
    })?;
    let reach = check_grant(case.before, signer, &after.role)?;
    Ok(Word { trust: Trust::Confirmed, reach: both(before, reach) })
}

impl State {
    /// Returns whether somebody works for another operator than who enrolled a principal. Who enrolled itself is of nobody.
    fn is_second(&self, by: &Enrolled, whom: &Enrolled) -> bool {
        let enroller = self.principal(&whom.record.enrolled_by);
        let theirs = enroller.and_then(|enroller| self.operators(enroller)).unwrap_or_default();
        self.operators(by).is_some_and(|own| own.is_disjoint(&theirs))
    }

    /// Returns whether what is written of somebody counts for less than it says until somebody else confirms it (S14): a role
    /// that decides, and for whom it works. Who enrolled itself into a role that anybody may have waits for nobody.
    pub fn waits_for_confirmation(&self, whom: &Enrolled) -> bool {
        let role = self.role(&whom.record.role);
        let decides = role.is_some_and(|role| role.may.iter().any(|right| right.needs_confirmation()));
        let is_said_by_another = whom.record.enrolled_by != whom.record.id;
        let waits = whom.record.status == Standing::Active && whom.trust == Trust::Provisional;
        waits && (decides || is_said_by_another)
    }

    /// Returns whether somebody's word would confirm a principal.
    pub fn could_confirm(&self, by: &Enrolled, whom: &Enrolled) -> bool {
        let (id, enroller) = (&by.record.id, &whom.record.enrolled_by);
        if *id == whom.record.id || !self.may(by, Right::Enroll) || !self.stands_by(id, self.height) {
            return false;
        }
        let is_self_made = *enroller == whom.record.id;
        let suffices = id != enroller && self.is_second(by, whom) && !is_self_made;
        self.is_enough_as_root(id) || suffices && check_grant(self, by, &whom.record.role).is_ok()
    }
}

/// Returns whether somebody says once more what it said of a principal before: the role has more by now, or the word weighs
/// more.
pub(crate) fn is_said_again(state: &State, signer: &Enrolled, before: &Enrolled) -> bool {
    let record = &before.record;
    let vouched = record.enrolled_by == signer.record.id || record.confirmed_by.as_ref() == Some(&signer.record.id);
    let is_enough_now = before.trust == Trust::Provisional && state.is_enough_as_root(&signer.record.id);
    vouched && record.id != signer.record.id && (is_enough_now || !state.unvouched(before).is_empty())
}

/// Judges what somebody says once more, who may vouch for more by now.
pub(crate) fn say_again(case: &Case<'_>, signer: &Enrolled, before: &Enrolled) -> Result<Word, Refusal> {
    case.require(Right::Enroll, "confirm others")?;
    let id = &signer.record.id;
    ensure(case.before.stands_by(id, case.before.height), Code::KeySuspect, || {
        format!("the key of `{id}` is suspect: it confirms nobody")
    })?;
    let Word { trust, reach } = grant(case.before, signer, &before.record.role)?;
    let trust = if trust == Trust::Confirmed { trust } else { before.trust };
    Ok(Word { trust, reach: both(before, reach) })
}

/// Returns how far the word of somebody more reaches together with what was said before.
fn both(before: &Enrolled, reach: Option<Reach>) -> Option<Reach> {
    Some(before.reach.as_ref()?.joined(&reach?))
}
