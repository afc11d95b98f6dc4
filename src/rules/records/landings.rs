//! The record of what landed: the judge's part of a landing (S23).

use crate::model::Landed;
use crate::model::Pattern;
use crate::model::Record;
use crate::model::RecordPath;
use crate::model::Right;
use crate::model::Span;
use crate::rules::code::Code;
use crate::rules::entry::Operation;
use crate::rules::gate::contributors::Contributors;
use crate::rules::gate::counting::Subject;
use crate::rules::gate::leases::LANDED_PATTERN;
use crate::rules::gate::leases::counts;
use crate::rules::judge::Case;
use crate::rules::records::adoption;
use crate::rules::records::approvals::vetoes_against;
use crate::rules::records::break_glass;
use crate::rules::records::left_vetoes;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Pending;

/// How long after its decision a landing is dated at most: room for clocks that disagree, and for a slow push. A hub that
/// was stopped in between records later than that and dates the entry as the decision, because nobody wrote meanwhile. So
/// nobody who records can choose a time at which what has expired by ledger time still counted.
pub(crate) const RECORDED_WITHIN: Span = Span::from_s(900);

pub(crate) fn judge(case: &mut Case<'_>, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Add(Record::Landed(landed)) | Operation::Replace(Record::Landed(landed)) => record(case, landed),
        Operation::Remove => Err(Refusal::new(Code::RecordFrozen, "landings are never removed")),
        _ => unreachable!("the reader gives landings at landings' paths"),
    }
}

fn record(case: &mut Case<'_>, landed: &Landed) -> Result<(), Refusal> {
    let signer = case.signer()?;
    let is_hub = case.before.is_hub(signer);
    ensure(is_hub || case.before.may(signer, Right::Land), Code::RecordRight, || {
        format!("`{}` (role `{}`) may not record landings", signer.record.id, signer.record.role)
    })?;
    // A ref that no rule names is free: what would be recorded of it means nothing, and could be made to mean something.
    ensure(case.before.policy.protects(&landed.target), Code::LandedMismatch, || {
        format!("no rule protects `{}`", landed.target)
    })?;
    check_sequence(case, landed)?;
    match &landed.request {
        None => return adoption::adopt(case, landed),
        Some(id) => {
            let pending = case.before.requests.get(id).cloned();
            let pending = pending.ok_or_else(|| {
                let code = if case.before.used.contains(id) { Code::ApprovalConsumed } else { Code::RecordMissing };
                Refusal::new(code, format!("`{id}` is not open"))
            })?;
            check_request(case, landed, &pending)?;
            break_glass::check_reviewed(case.before, &landed.target)?;
            match &pending.request.break_glass {
                Some(glass) => {
                    break_glass::check_landing(case, landed, &pending, glass)?;
                    let broken = break_glass::broken(case, pending.clone(), landed.clone());
                    case.next.requests.remove(id);
                    case.next.broken.insert(id.clone(), broken);
                }
                None => {
                    check_removals(case, landed, &pending)?;
                    check_approvals(case, landed, &pending)?;
                    left_vetoes::keep(case, &pending.request);
                }
            }
            check_claims(case, landed, &pending)?;
            remember_tokens(case, landed)?;
            case.next.landed_deltas.insert(pending.request.delta, case.before.height);
        }
    }
    case.next.adopting.remove(&landed.target);
    case.next.lapsed.remove(&landed.target);
    case.next.landed.insert(landed.target.clone(), landed.clone());
    Ok(())
}

/// Each landing of a ref begins where the last one ended.
fn check_sequence(case: &Case<'_>, landed: &Landed) -> Result<(), Refusal> {
    let last = case.before.landed.get(&landed.target);
    let rev = case.before.next_landed_rev(&landed.target);
    ensure(landed.rev == rev, Code::RecordRev, || format!("`rev` is {}, {rev} follows", landed.rev))?;
    if let Some(last) = last {
        ensure(landed.old == Some(last.new), Code::LandedMismatch, || {
            format!("`{}` last landed at {}", landed.target, last.new.short())
        })?;
    }
    // Audits decide again at the time that it tells.
    let time = case.entry.time();
    let is_of_now = landed.now <= time + Span::SKEW_MAX && time <= landed.now + RECORDED_WITHIN;
    ensure(is_of_now, Code::LandedMismatch, || "`now` is not the time of its entry".to_owned())?;
    let policy = case.before.policy.version;
    ensure(landed.policy == policy, Code::RecordField, || format!("the policy is {policy}, not {}", landed.policy))?;
    ensure(landed.decided_at <= case.before.height, Code::RecordField, || "it was decided in the future".to_owned())
}

fn check_request(case: &Case<'_>, landed: &Landed, pending: &Pending) -> Result<(), Refusal> {
    let request = &pending.request;
    ensure(request.target == landed.target, Code::ApprovalRef, || {
        format!("`{}` asks for `{}`, not `{}`", request.id, request.target, landed.target)
    })?;
    ensure(landed.delta == Some(request.delta), Code::ApprovalDelta, || {
        format!("`{}` asks for the delta {}", request.id, request.delta)
    })?;
    let vetoed = vetoes_against(case.before, case.before, request).next();
    ensure(vetoed.is_none(), Code::ApprovalVeto, || format!("`{}` is under a veto", request.id))
}

/// Exactly the named request and its answers disappear with a landing.
fn check_removals(case: &Case<'_>, landed: &Landed, pending: &Pending) -> Result<(), Refusal> {
    let id = &pending.request.id;
    let mut removed_request = false;
    for change in case.entry.changes() {
        let belongs = match (&change.path, &change.operation) {
            (RecordPath::Request(request), Operation::Remove) => {
                removed_request |= request == id;
                request == id
            }
            (RecordPath::Approval(request, _), Operation::Remove) => request == id,
            (
                RecordPath::Landed(_),
                Operation::Add(Record::Landed(other)) | Operation::Replace(Record::Landed(other)),
            ) => **other == *landed,
            _ => false,
        };
        ensure(belongs, Code::LandedMismatch, || format!("`{}` has nothing to do with this landing", change.path))?;
    }
    ensure(removed_request, Code::LandedMismatch, || format!("`{id}` is used up by its landing"))
}

/// What the state alone can tell of the approvals: enough of them, of independent principals.
fn check_approvals(case: &Case<'_>, landed: &Landed, pending: &Pending) -> Result<(), Refusal> {
    let mut contributors = Contributors::of_request(pending);
    for signer in &landed.signers {
        contributors.principals.entry(signer.clone()).or_insert("signed a commit");
    }
    for signer in &landed.elsewhere {
        contributors.principals.entry(signer.clone()).or_insert("signed the same change elsewhere");
    }
    let named: Vec<&str> = landed.paths.iter().flatten().map(String::as_str).collect();
    let paths: Vec<&[u8]> = named.iter().map(|path| path.as_bytes()).collect();
    let subject = Subject {
        paths: &paths,
        lands: Some((landed.old, pending.request.new_tree)),
        now: case.entry.time(),
        ..Subject::of(case.before, (&pending.request).into(), &contributors)
    };
    for protection in case.before.protections_for(pending, &paths) {
        for rule in &protection.approvals {
            let asks = rule.asks(paths.iter().copied());
            let answers = case.before.answers(&pending.request.id);
            let count = subject.count(rule, answers);
            ensure(!asks || count.counted.len() as u64 >= rule.count, Code::ApprovalThreshold, || {
                format!("`{}` asks for {} approvals, {} count", protection.name, rule.count, count.counted.len())
            })?;
        }
        // A forge may make another tree of the change than its head has: of which tree it was said, the gate tells.
        for rule in protection.checks.iter().filter(|rule| rule.asks(paths.iter().copied())) {
            let checked = subject.checked(rule, None, case.before.answers(&pending.request.id));
            ensure(checked.is_passed(), Code::CheckMissing, || {
                format!("`{}` asks for the check `{}`, which nobody attests", protection.name, rule.name)
            })?;
        }
    }
    Ok(())
}

/// A landing names the claims under which it was done: all that its request cites and that still count, and no others.
fn check_claims(case: &Case<'_>, landed: &Landed, pending: &Pending) -> Result<(), Refusal> {
    let cited = &pending.request.claims;
    let foreign = landed.claims.iter().find(|claim| !cited.contains(&claim.id));
    let missing =
        cited.iter().find(|id| counts(case.before, id) && !landed.claims.iter().any(|claim| claim.id == **id));
    ensure(foreign.is_none() && missing.is_none(), Code::LandedMismatch, || {
        let id = foreign.map(|claim| &claim.id).or(missing).expect("one of them is there");
        format!("`claims` is not what `{}` cites: `{id}`", pending.request.id)
    })
}

/// Keeps, for every path, the largest token under which it landed (S10).
fn remember_tokens(case: &mut Case<'_>, landed: &Landed) -> Result<(), Refusal> {
    for cited in &landed.claims {
        let live = case.before.claims.get(&cited.id).map(|lease| (&lease.claim, lease.held.map(|grant| grant.token)));
        let ended = || case.before.tombstones.get(&cited.id).map(|stone| (&stone.claim, stone.token));
        let found = live.or_else(ended);
        let (claim, token) =
            found.ok_or_else(|| Refusal::new(Code::RecordMissing, format!("there is no claim `{}`", cited.id)))?;
        ensure(token == Some(cited.token), Code::ClaimFenced, || {
            format!("`{}` was not held under that token", cited.id)
        })?;
        let pattern_key = |pattern: &Pattern| [&[LANDED_PATTERN], pattern.as_str().as_bytes()].concat();
        let keys: Vec<Vec<u8>> = match &landed.paths {
            Some(paths) => {
                paths.iter().map(|path| path.clone().into_bytes()).filter(|path| claim.covers_path(path)).collect()
            }
            // Too many to list: whatever the claim covers may have changed.
            None => claim.paths.iter().map(pattern_key).collect(),
        };
        for path in keys {
            let key = (landed.target.clone(), path);
            let least = case.next.landed_tokens.get(&key).copied().unwrap_or(0);
            case.next.landed_tokens.insert(key, least.max(cited.token));
        }
    }
    Ok(())
}
