//! What is observed, by whom, and who may close it.

use crate::model::Digest;
use crate::model::Finding;
use crate::model::FindingState;
use crate::model::Pattern;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::RefName;
use crate::model::Request;
use crate::model::Right;
use crate::rules::code::Code;
use crate::rules::entry::Operation;
use crate::rules::gate::contributors::claim_of;
use crate::rules::judge::Case;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Noted;
use crate::rules::state::State;

pub(crate) fn judge(case: &mut Case<'_>, id: &RecordId, operation: &Operation) -> Result<(), Refusal> {
    match operation {
        Operation::Add(Record::Finding(finding)) => add(case, finding),
        Operation::Replace(Record::Finding(finding)) => change(case, id, finding),
        Operation::Remove => remove(case, id),
        _ => unreachable!("the reader gives findings at findings' paths"),
    }
}

fn add(case: &mut Case<'_>, finding: &Finding) -> Result<(), Refusal> {
    let signer = case.signer()?;
    let signer_id = &signer.record.id;
    ensure(!case.next.used.contains(&finding.id), Code::RecordId, || "the id was used before".to_owned())?;
    ensure(finding.author == *signer_id, Code::RecordOwner, || {
        format!("`{signer_id}` signs a finding of `{}`", finding.author)
    })?;
    case.require(Right::Find, "leave findings")?;
    ensure(finding.rev == 1 && finding.state == FindingState::Open, Code::RecordRev, || {
        "a finding begins open and at rev 1".to_owned()
    })?;
    if let Some(request) = &finding.request {
        // What is spent or closed can be looked at again; such a finding stops nothing.
        ensure(case.next.used.contains(request), Code::RecordMissing, || format!("there is no `{request}`"))?;
    }
    let noted = Noted {
        finding: finding.clone(),
        found: case.entry.time(),
        peak: finding.severity,
        triaged_by: None,
        triaged: case.before.height,
        filed_with_weight: [Right::Veto, Right::Triage].iter().any(|right| case.before.may(signer, *right)),
        raised_by_triage: false,
        raised_by_another: false,
        bound: changes_named(case.next, finding),
    };
    case.next.used.insert(finding.id.clone(), ());
    keep(case.next, &finding.id, Some(noted));
    Ok(())
}

/// Returns the changes that the finding names by a request or by the head of one.
fn changes_named(state: &State, finding: &Finding) -> Vec<(RefName, Digest)> {
    if finding.request.is_none() && finding.commit.is_none() {
        return Vec::new();
    }
    let requests = state.requests.values().map(|pending| &pending.request);
    let named = requests.filter(|request| {
        finding.request.as_ref() == Some(&request.id) || finding.commit.as_ref() == Some(&request.head)
    });
    named.map(|request| (request.target.clone(), request.delta)).collect()
}

/// Keeps for the findings about a request what it asks for when it is closed: the same change may be asked for again.
pub(crate) fn outlive(state: &mut State, request: &Request) {
    let about = |noted: &&Noted| noted.finding.request.as_ref() == Some(&request.id) && !noted.is_bound_to(request);
    let about: Vec<Noted> = state.findings.values().filter(about).cloned().collect();
    for mut noted in about {
        noted.bound.push((request.target.clone(), request.delta));
        state.findings.insert(noted.finding.id.clone(), noted);
    }
}

fn change(case: &mut Case<'_>, id: &RecordId, after: &Finding) -> Result<(), Refusal> {
    let noted = case.next.findings.get(id).expect("the ledger replaces what exists").clone();
    let before = &noted.finding;
    let signer = case.signer()?;
    let signer_id = signer.record.id.clone();
    ensure(after.rev == before.rev + 1, Code::RecordRev, || {
        format!("`rev` is {}, {} follows", after.rev, before.rev + 1)
    })?;
    let is_author = before.author == signer_id;
    // What was said, and of what, is the author's; whether it stands, and how much it weighs, the triager's.
    let said = |finding: &Finding| (finding.text.clone(), finding.kind, finding.half_life, finding.mission.clone());
    let of =
        |finding: &Finding| (finding.author.clone(), finding.paths.clone(), finding.commit, finding.request.clone());
    ensure(of(before) == of(after), Code::RecordField, || "a finding stays with what it is about".to_owned())?;
    ensure(said(before) == said(after) || is_author, Code::RecordOwner, || {
        format!("`{id}` is by `{}`", before.author)
    })?;
    // What somebody else closed or weighed may be confirmed as it is: the gate asks whose word it is (S19).
    let as_it_is = Finding { rev: after.rev, ..before.clone() } == *after;
    let by_another = noted.triaged_by.as_ref().is_some_and(|by| *by != signer_id);
    let confirms = as_it_is && by_another && case.before.may(signer, Right::Triage);
    let triages = before.state != after.state || before.severity != after.severity || confirms;
    if triages {
        let by_right = case.before.may(signer, Right::Triage);
        ensure(by_right, Code::RecordOwner, || {
            format!("`{signer_id}` may not triage; `{id}` is by `{}`", before.author)
        })?;
        check_disinterested(case.before, &noted, &signer_id)?;
    }
    ensure(triages || is_author, Code::RecordOwner, || format!("`{id}` is by `{}`", before.author))?;
    let reopened = before.state != FindingState::Open && after.state == FindingState::Open;
    let raised = after.severity > before.severity || reopened;
    let mut changed = Noted { finding: after.clone(), ..noted };
    changed.raised_by_another |= raised && !is_author;
    if triages {
        changed.peak = changed.peak.max(after.severity);
        changed.triaged_by = Some(signer_id);
        changed.triaged = case.before.height;
        changed.raised_by_triage |= after.state == FindingState::Open;
    }
    keep(case.next, id, Some(changed));
    Ok(())
}

/// A contributor may not triage what blocks its own request (S19), as far as the ledger alone knows contributors.
fn check_disinterested(state: &State, noted: &Noted, signer: &crate::model::PrincipalId) -> Result<(), Refusal> {
    let finding = &noted.finding;
    let severities = |pending: &crate::rules::state::Pending| {
        state.protections_for(pending, &[]).iter().any(|rules| rules.block_on.contains(&finding.severity))
    };
    let concerned = state.requests.values().find(|pending| {
        let contributes = pending.request.opener == *signer
            || pending.request.claims.iter().any(|id| claim_of(state, id).is_some_and(|claim| claim.holder == *signer));
        let about = noted.names(&pending.request)
            || finding.commit == Some(pending.request.head)
            || pending
                .request
                .claims
                .iter()
                .filter_map(|id| claim_of(state, id))
                .any(|claim| Pattern::any_overlap(&claim.paths, &finding.paths));
        contributes && about && severities(pending)
    });
    ensure(concerned.is_none(), Code::ApprovalContributor, || {
        format!("`{signer}` contributes to a request that the finding blocks")
    })
}

fn remove(case: &mut Case<'_>, id: &RecordId) -> Result<(), Refusal> {
    let noted = case.next.findings.get(id).expect("the ledger removes what exists");
    let signer = case.signer()?;
    // What somebody else weighed is no more the author's alone to take back.
    let by_others =
        noted.finding.author != signer.record.id || noted.triaged_by.as_ref().is_some_and(|by| *by != signer.record.id);
    if by_others {
        case.require(Right::Triage, "remove findings of others")
            .map_err(|_| Refusal::new(Code::RecordOwner, format!("`{id}` is by `{}`", noted.finding.author)))?;
        ensure(noted.finding.state != FindingState::Open, Code::RecordField, || {
            "an open finding of somebody else is dismissed or resolved first (S6)".to_owned()
        })?;
        // Who closed it matters to the gate as long as something asks to land,
        ensure(!blocks_somewhere(case.before, noted), Code::RecordField, || {
            "a finding of a blocking severity stays while requests are open".to_owned()
        })?;
    }
    // and as long as something may: who contributes to what nobody has asked for yet, only the gate will know (S19).
    let id_of_signer = &case.signer()?.record.id;
    let takes_back = noted.finding.author == *id_of_signer && !noted.raised_by_another;
    let speaks = case.before.speaks_for_root(id_of_signer, case.before.height);
    let is_root_apart = speaks && noted.triaged_by.as_ref() != Some(id_of_signer);
    ensure(takes_back || is_root_apart || !may_block(case.before, noted), Code::RecordOwner, || {
        "what may block is removed by its author, if nobody else raised it, or by a root member who did not triage it"
            .to_owned()
    })?;
    keep(case.next, id, None);
    Ok(())
}

/// Keeps or drops a finding, and the count of the open ones: everybody who looks is told it.
fn keep(state: &mut State, id: &RecordId, noted: Option<Noted>) {
    let count = |noted: Option<&Noted>| noted.map_or(0, |noted| u64::from(noted.finding.state == FindingState::Open));
    state.open_finding_count -= count(state.findings.get(id));
    state.open_finding_count += count(noted.as_ref());
    match noted {
        Some(noted) => state.findings.insert(id.clone(), noted),
        None => state.findings.remove(id),
    }
}

/// Returns whether it ever weighed as much as blocks some ref.
fn may_block(state: &State, noted: &Noted) -> bool {
    state.policy.protections.iter().any(|rules| rules.block_on.contains(&noted.peak))
}

fn blocks_somewhere(state: &State, noted: &Noted) -> bool {
    state
        .requests
        .values()
        .any(|pending| state.protections_for(pending, &[]).iter().any(|rules| rules.block_on.contains(&noted.peak)))
}
