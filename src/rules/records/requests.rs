//! Changes that ask to land.

use crate::model::Digest;
use crate::model::PrincipalId;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::Request;
use crate::model::Right;
use crate::rules::code::Code;
use crate::rules::entry::Operation;
use crate::rules::gate::contributors::holder_of;
use crate::rules::judge::Case;
use crate::rules::records::answered::Answered;
use crate::rules::records::approvals::stands_against;
use crate::rules::records::break_glass;
use crate::rules::records::findings;
use crate::rules::records::hardware;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::NamedHead;
use crate::rules::state::Pending;
use crate::rules::state::State;

/// How many heads a request may have had: each decision about it reads all of them.
const HEADS_MAX: usize = 256;

pub(crate) fn judge(case: &mut Case<'_>, id: &RecordId, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Add(Record::Request(request)) => add(case, request),
        Operation::Replace(Record::Request(request)) => change(case, id, request),
        Operation::Remove => remove(case, id),
        _ => unreachable!("the reader gives requests at requests' paths"),
    }
}

fn add(case: &mut Case<'_>, request: &Request) -> Result<(), Refusal> {
    let signer = &case.signer()?.record.id;
    ensure(!case.next.used.contains(&request.id), Code::RecordId, || "the id was used before".to_owned())?;
    ensure(request.opener == *signer, Code::RecordOwner, || {
        format!("`{signer}` signs a request of `{}`", request.opener)
    })?;
    case.require(Right::Request, "open requests")?;
    ensure(request.rev == 1, Code::RecordRev, || "a request begins at rev 1".to_owned())?;
    if let Some(glass) = &request.break_glass {
        break_glass::check_request(case, request, glass)?;
    }
    check_claims(case.next, request)?;
    let pending = Pending {
        request: request.clone(),
        opened: case.before.height,
        opened_time: case.entry.time(),
        updated: case.before.height,
        heads: vec![named_head(case, request)],
        holders: holders(case.next, request).collect(),
        signed: hardware::met_by(case.entry.key(), case.entry.user_verified()),
    };
    case.next.used.insert(request.id.clone(), ());
    case.next.requests.insert(request.id.clone(), pending);
    Ok(())
}

fn change(case: &mut Case<'_>, id: &RecordId, after: &Request) -> Result<(), Refusal> {
    let before = case.next.requests.get(id).expect("the ledger replaces what exists").clone();
    let signer = &case.signer()?.record.id;
    ensure(before.request.opener == *signer && after.opener == *signer, Code::RecordOwner, || {
        format!("`{id}` was opened by `{}`, `{signer}` signs", before.request.opener)
    })?;
    ensure(after.rev == before.request.rev + 1, Code::RecordRev, || {
        format!("`rev` is {}, {} follows", after.rev, before.request.rev + 1)
    })?;
    ensure(after.target == before.request.target, Code::RecordField, || {
        "a request stays with its ref; open another".to_owned()
    })?;
    let breaks = before.request.break_glass.is_some() || after.break_glass.is_some();
    ensure(!breaks, Code::GlassRefused, || "what breaks the glass is for one exact move; open another".to_owned())?;
    let mission = &before.request.mission;
    ensure(mission.is_none() || *mission == after.mission, Code::RecordField, || {
        "a request stays with its mission; open another".to_owned()
    })?;
    check_claims(case.next, after)?;
    let mut heads = before.heads;
    if heads.iter().all(|named| named.head != after.head) {
        heads.push(named_head(case, after));
    }
    ensure(heads.len() <= HEADS_MAX, Code::RecordLimit, || {
        format!("a request has at most {HEADS_MAX} heads; open another")
    })?;
    let mut all_holders = before.holders;
    for holder in holders(case.next, after) {
        if !all_holders.contains(&holder) {
            all_holders.push(holder);
        }
    }
    let updated = case.before.height;
    let pending = Pending { request: after.clone(), updated, heads, holders: all_holders, ..before };
    case.next.requests.insert(id.clone(), pending);
    Ok(())
}

fn named_head(case: &Case<'_>, request: &Request) -> NamedHead {
    let landed = case.before.landed.get(&request.target).map(|landed| landed.new);
    NamedHead { head: request.head, landed }
}

/// Returns who holds or held the claims that a request cites.
fn holders(state: &State, request: &Request) -> impl Iterator<Item = PrincipalId> {
    request.claims.iter().filter_map(|id| holder_of(state, id))
}

/// A request cites claims that are known: live, or ended and remembered.
fn check_claims(state: &State, request: &Request) -> Result<(), Refusal> {
    for id in &request.claims {
        let known = state.claims.contains_key(id) || state.tombstones.contains_key(id);
        ensure(known, Code::RecordMissing, || format!("there is no claim `{id}`"))?;
    }
    Ok(())
}

fn remove(case: &mut Case<'_>, id: &RecordId) -> Result<(), Refusal> {
    let pending = case.next.requests.get(id).expect("the ledger removes what exists");
    let signer = &case.signer()?.record.id;
    let lands = landed_by(case, id);
    let opener = &pending.request.opener;
    ensure(lands || opener == signer || case.before.is_revoked(opener), Code::RecordOwner, || {
        format!("`{id}` was opened by `{}`", pending.request.opener)
    })?;
    let delta = &pending.request.delta;
    let stands = |answered: &Answered, delta: &Digest| stands_against(case.before, answered, delta);
    let is_vetoed = case.before.answers(id).any(|answered| stands(answered, delta));
    ensure(!is_vetoed, Code::ApprovalVeto, || "a request under a veto is not removed (S18)".to_owned())?;
    if !lands {
        // With a landing it is left behind; here nothing would be left of it.
        let former = case.before.answers(id).find(|answered| stands(answered, &answered.approval.delta));
        let former = former.map(|answered| &answered.approval);
        former.map_or(Ok(()), |veto| {
            let (by, delta) = (&veto.principal, veto.delta);
            let message = format!(
                "the veto of `{by}` is overruled for what `{id}` asks for now, and stands against the change {delta} that it asked \
                 for then: let it ask for that again to have it overruled for that as well, or leave it open"
            );
            Err(Refusal::new(Code::ApprovalVeto, message))
        })?;
        let request = pending.request.clone();
        findings::outlive(case.next, &request);
    }
    case.next.requests.remove(id);
    Ok(())
}

/// Returns whether the same entry lands the request.
pub(crate) fn landed_by(case: &Case<'_>, id: &RecordId) -> bool {
    case.entry.changes().iter().any(|change| match &change.operation {
        Operation::Add(Record::Landed(landed)) | Operation::Replace(Record::Landed(landed)) => {
            landed.request.as_ref() == Some(id)
        }
        _ => false,
    })
}

/// Closing a request removes its approvals (S17): none stays behind.
pub(crate) fn check_complete(before: &State, next: &State) -> Result<(), Refusal> {
    let closed = before.requests.keys().filter(|id| !next.requests.contains_key(*id) && !next.broken.contains_key(*id));
    let reviewed = before.broken.keys().filter(|id| !next.broken.contains_key(*id));
    let decided = before.proposals.keys().filter(|id| !next.proposals.contains_key(*id));
    let run = before.petitions.keys().filter(|id| !next.petitions.contains_key(*id));
    for id in closed.chain(decided).chain(reviewed).chain(run) {
        if let Some(answered) = next.answers(id).next() {
            let message = format!("the answer of `{}` goes with the request", answered.approval.principal);
            return Err(Refusal::new(Code::RecordField, message).about(format!("requests/{id}.toml")));
        }
    }
    Ok(())
}
