//! What a landing must be able to show (I3, I4, P4), in other words than the gate's: by the work that the simulation made, by the
//! words that were given, and by what the oracle itself saw of claims.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::Landed;
use git_coord::model::Principal;
use git_coord::model::PrincipalId;
use git_coord::model::RecordId;
use git_coord::model::Request;
use git_coord::model::Standing;
use git_coord::rules::State;

use crate::support::simulation::code::Code;
use crate::support::simulation::hook::verdict;
use crate::support::simulation::oracle::check;

/// What the oracle saw of claims on the way to a ledger's entry.
#[derive(Clone, Default)]
pub struct Claims {
    /// The claims that were ever held, with their tokens.
    pub tokens: BTreeMap<RecordId, (Claim, u64)>,
    /// Those that were revoked, or that somebody else took away.
    pub lost: BTreeSet<RecordId>,
}

/// Holds a landing against everything that it says of itself.
pub fn check_landing(old: &State, landed: &Landed, claims: &Claims, code: &Code) -> Result<(), String> {
    let Some(id) = &landed.request else { return Ok(()) };
    let Some(pending) = old.requests.get(id) else { return Err(format!("I3: {id} landed, and nobody asked")) };
    let request = &pending.request;
    let facts = landed.old.and_then(|old| code.facts(old, landed.new));
    let Some(facts) = facts else { return Err(format!("I8: {id} landed what does not follow the branch")) };
    check(landed.delta == Some(facts.delta) && request.delta == facts.delta, || {
        format!("I3: {id} landed another delta")
    })?;
    let Some(before) = landed.old else { return Err(format!("I8: {id} landed on nothing")) };
    let paths = code.changed(before, landed.new);
    let said: BTreeSet<&str> = landed.paths.iter().flatten().map(String::as_str).collect();
    let is_told = said == paths.iter().map(String::as_str).collect();
    check(is_told, || format!("I3: {id} changed {paths:?}, and says {said:?}"))?;
    check_claims(request, landed, claims, &paths)?;
    let authors = code.authors(before, landed.new);
    check_words(old, request, &authors, &paths)?;
    // Beside all that: what is recorded is what the gate says again, asked with the same inputs.
    let again = verdict(old, old, Some(&facts), Some(id), landed.now, (landed.old, landed.new));
    check(again.allows(), || format!("I3: the landing of {id} replays to {:?}", again.code()))?;
    check(landed.verdict == Some(again.digest()), || format!("I3: {id} landed by another verdict"))
}

/// Each path lands under a claim of its request that was held and not lost, by the token that it got.
fn check_claims(request: &Request, landed: &Landed, claims: &Claims, paths: &BTreeSet<String>) -> Result<(), String> {
    let id = &request.id;
    for cited in &landed.claims {
        let token = claims.tokens.get(&cited.id).map(|(_, token)| *token);
        check(token == Some(cited.token), || {
            format!("P4: {id} cites {} under {}, not {token:?}", cited.id, cited.token)
        })?;
        check(request.claims.contains(&cited.id), || {
            format!("P4: {id} landed under {}, which it does not cite", cited.id)
        })?;
        check(!claims.lost.contains(&cited.id), || format!("P4: {id} landed under {}, which was lost", cited.id))?;
    }
    let covers = |path: &String| {
        let mut cited = landed.claims.iter().filter_map(|cited| claims.tokens.get(&cited.id));
        cited.any(|(claim, _)| claim.holder == request.opener && claim.covers_path(path.as_bytes()))
    };
    let bare: Vec<_> = paths.iter().filter(|path| !covers(path)).collect();
    check(bare.is_empty(), || format!("P4: {id} landed {bare:?} under no claim"))
}

/// Somebody approved who had no hand in it and works for nobody who had, and nobody is against it.
fn check_words(
    old: &State,
    request: &Request,
    authors: &BTreeSet<PrincipalId>,
    paths: &BTreeSet<String>,
) -> Result<(), String> {
    let id = &request.id;
    let words = || old.answers(id).map(|answered| (&answered.approval, answered.given));
    // What was said while a key was in doubt is nobody's word, nor what the revoked have left.
    let is_doubted = |by: &PrincipalId, given: u64| {
        old.principal(by).is_some_and(|by| {
            by.record.status == Standing::Revoked || by.record.suspect_since.is_some_and(|since| given >= since)
        })
    };
    let against = words().find(|(word, given)| word.answer == Answer::Veto && !is_doubted(&word.principal, *given));
    check(against.is_none(), || format!("I3: {id} landed against a veto"))?;
    let covering = |claim: &Claim| paths.iter().any(|path| claim.covers_path(path.as_bytes()));
    let holders = old.claims.values().filter(|lease| lease.held.is_some() && covering(&lease.claim));
    let mut involved: BTreeSet<&PrincipalId> = holders.map(|lease| &lease.claim.holder).collect();
    involved.extend(authors.iter().chain([&request.opener]));
    let parties: Vec<&Principal> = involved.iter().filter_map(|id| Some(&old.principal(id)?.record)).collect();
    let counts = |role: &str| {
        words().any(|(word, given)| {
            let Some(by) = old.principal(&word.principal).map(|by| &by.record) else { return false };
            let shares = |other: &&Principal| {
                let is_same = |one: &Option<_>, other: &Option<_>| one.is_some() && one == other;
                is_same(&by.operator, &other.operator) || is_same(&by.vendor, &other.vendor)
            };
            word.answer == Answer::Approve
                && (word.delta, word.request_rev) == (request.delta, Some(request.rev))
                && !involved.contains(&word.principal)
                && (by.role.as_str() == "maintainer" || by.role.as_str() == role)
                && by.status == Standing::Active
                && by.suspect_since.is_none_or(|since| given < since)
                && !parties.iter().any(shares)
        })
    };
    check(counts("reviewer"), || format!("I3: {id} landed, and nobody who is independent approved"))?;
    let is_core = paths.iter().any(|path| path.starts_with("src/core/"));
    check(!is_core || counts("maintainer"), || format!("I3: {id} landed in the core without a maintainer"))
}

/// Nobody's approval of what it asked for itself is ever taken.
pub fn check_approvals(new: &State) -> Result<(), String> {
    for pending in new.requests.values() {
        let request = &pending.request;
        let approves =
            |word: &git_coord::model::Approval| word.answer == Answer::Approve && word.principal == request.opener;
        let own = new.answers(&request.id).any(|answered| approves(&answered.approval));
        check(!own, || format!("I3: {} approved its own {}", request.opener, request.id))?;
    }
    Ok(())
}

/// What was used for a landing is gone after it, and was there before (I4).
pub fn check_used_up(old: &State, new: &State, landed: &Landed) -> Result<(), String> {
    let Some(request) = &landed.request else { return Ok(()) };
    check(new.answers(request).next().is_none(), || format!("I4: approvals of {request} are left"))?;
    let there: BTreeSet<_> = old.answers(request).map(|answered| answered.approval.principal.clone()).collect();
    let used: BTreeSet<_> = landed.approvals.iter().cloned().collect();
    let count = landed.approvals.len();
    check(count == used.len() && used.is_subset(&there), || format!("I4: approvals of {request} count twice"))
}
