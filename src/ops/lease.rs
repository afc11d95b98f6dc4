//! `renew`, `release`, `handoff`: what a holder does with its claims.

use crate::format::WriteRecord;
use crate::ledger::Appended;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Claim;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::RecordPath;
use crate::model::Span;
use crate::ops::claim;
use crate::ops::context::Context;
use crate::ops::context::random_id;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::named;
use crate::rules::Code;
use crate::rules::Lease;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::is_due;
use crate::rules::leases_on;

/// Which of the caller's claims are meant.
pub enum Which {
    All,
    /// By ids, or by paths that they cover.
    Named(Vec<String>),
}

/// Where released work went.
#[derive(Default)]
pub struct Destination {
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub note: Option<String>,
}

/// Claims after a renewal.
pub struct Renewal {
    pub leases: Vec<Lease>,
    /// Those of them that end later than before.
    pub extended: Vec<RecordId>,
}

/// Extends claims of the caller: all in one entry, and only where that is worth one. A time that is named is always
/// written.
pub fn renew(context: &mut Context, which: &Which, ttl: Option<Span>) -> Result<Renewal, Failure> {
    let identity = identity::acting(context)?;
    let ids = select(context, &identity.id, which, Scope::Unrevoked)?;
    if ttl.is_none() && !is_any_due(context, &identity.id, &ids) {
        // Somebody may have ended one of them meanwhile.
        context.pull()?;
        if !is_any_due(context, &identity.id, &ids) {
            // The entry before may be of a command that was killed before it had tidied up.
            context.show()?;
            return Ok(Renewal { leases: leases(context, &ids), extended: Vec::new() });
        }
    }
    let mut extended = Vec::new();
    context.append(&identity, |state, time| {
        let mut edits = Vec::new();
        extended.clear();
        for id in &ids {
            let claim = own(state, &identity.id, id)?;
            let expires = time + ttl.unwrap_or(state.policy.ttls(claim.mission.as_ref()).1);
            // Whoever names no time wants none to end sooner.
            if ttl.is_none() && expires <= claim.expires && claim.revoked_by.is_none() {
                continue;
            }
            extended.push(id.clone());
            let renewed = Claim { rev: claim.rev + 1, expires, ..claim.clone() };
            edits.push(Edit { path: RecordPath::Claim(id.clone()), text: Some(renewed.to_text()) });
        }
        Ok(Draft { edits, message: format!("Renew {}", names(&extended)) })
    })?;
    Ok(Renewal { leases: leases(context, &ids), extended })
}

/// Returns the claims of a principal that are in force on these paths.
pub(crate) fn in_force<'a>(
    state: &'a State,
    holder: &PrincipalId,
    patterns: &[Pattern],
) -> impl Iterator<Item = &'a Lease> {
    let own = |lease: &&Lease| lease.is_in_force() && lease.claim.holder == *holder;
    leases_on(state, patterns).into_iter().filter(own)
}

/// Returns whether a renewal of one of these is worth an entry.
fn is_any_due(context: &Context, holder: &PrincipalId, ids: &[RecordId]) -> bool {
    let (state, now) = (context.state(), context.ledger_now());
    // What cannot be renewed is for the judge to say.
    let is_refused = |claim: &Claim| claim.holder != *holder || claim.revoked_by.is_some();
    let is_worth_it = |claim: &Claim| is_refused(claim) || is_due(state, claim, now);
    ids.iter().any(|id| state.claims.get(id).is_none_or(|lease| is_worth_it(&lease.claim)))
}

/// Gives claims back, saying where the work went.
pub fn release(
    context: &mut Context,
    which: &Which,
    destination: &Destination,
) -> Result<(Vec<RecordId>, Appended), Failure> {
    let identity = identity::acting(context)?;
    let ids = select(context, &identity.id, which, Scope::Present)?;
    let trailers = trailers(destination);
    let appended = context.append(&identity, |state, _| {
        let mut edits = Vec::new();
        for id in &ids {
            own(state, &identity.id, id)?;
            edits.push(Edit { path: RecordPath::Claim(id.clone()), text: None });
        }
        Ok(Draft { edits, message: format!("Release {}{trailers}", names(&ids)) })
    })?;
    Ok((ids, appended))
}

/// Gives back those of some claims that are still there and the caller's. Returns them.
pub(crate) fn release_left(
    context: &mut Context,
    ids: &[RecordId],
    destination: &Destination,
) -> Result<Vec<RecordId>, Failure> {
    let identity = identity::acting(context)?;
    let trailers = trailers(destination);
    let (mut left, mut is_nothing_left) = (Vec::new(), false);
    let appended = context.append(&identity, |state, _| {
        left = ids.iter().filter(|id| own(state, &identity.id, id).is_ok()).cloned().collect();
        is_nothing_left = left.is_empty();
        if is_nothing_left {
            return Err(Failure::NotFound { kind: "claim of", id: identity.id.to_string() });
        }
        let edits = left.iter().map(|id| Edit { path: RecordPath::Claim(id.clone()), text: None }).collect();
        Ok(Draft { edits, message: format!("Release {}{trailers}", names(&left)) })
    });
    if !is_nothing_left {
        appended?;
    }
    Ok(left)
}

/// Offers a claim to another principal, who takes it by `accept`.
pub fn offer(context: &mut Context, id: &str, to: &str) -> Result<Lease, Failure> {
    let identity = identity::acting(context)?;
    let to = identity::find(context.state(), to)?.record.id.clone();
    let ids = select(context, &identity.id, &Which::Named(vec![id.to_owned()]), Scope::Unrevoked)?;
    context.append(&identity, |state, _| {
        let mut edits = Vec::new();
        for id in &ids {
            let claim = own(state, &identity.id, id)?;
            let offered = Claim { rev: claim.rev + 1, offered_to: Some(to.clone()), ..claim.clone() };
            edits.push(Edit { path: RecordPath::Claim(id.clone()), text: Some(offered.to_text()) });
        }
        Ok(Draft { edits, message: format!("Offer {} to {to}", names(&ids)) })
    })?;
    leases(context, &ids).into_iter().next().ok_or_else(|| missing(id))
}

/// Takes a claim that was offered to the caller: its own claim, with a new token.
pub fn accept(context: &mut Context, id: &str) -> Result<Lease, Failure> {
    let identity = identity::acting(context)?;
    let offered = RecordId::parse(id).or_else(|_| offered_on(context, &identity.id, id))?;
    let new_id = random_id(RecordKind::Claim)?;
    context.append(&identity, |state, time| {
        let lease = state.claims.get(&offered).ok_or_else(|| missing(id))?;
        if lease.claim.offered_to.as_ref() != Some(&identity.id) {
            let message = format!("`{offered}` is not offered to `{}`", identity.id);
            return Err(Refusal::new(Code::RecordOwner, message).into());
        }
        let taken = Claim {
            rev: 1,
            id: new_id.clone(),
            holder: identity.id.clone(),
            expires: time + state.policy.ttls(lease.claim.mission.as_ref()).1,
            offered_to: None,
            revoked_by: None,
            ..lease.claim.clone()
        };
        Ok(Draft {
            edits: vec![
                Edit { path: RecordPath::Claim(offered.clone()), text: None },
                Edit { path: RecordPath::Claim(new_id.clone()), text: Some(taken.to_text()) },
            ],
            message: format!("Accept {offered} as {new_id}"),
        })
    })?;
    leases(context, &[new_id]).into_iter().next().ok_or_else(|| missing(id))
}

/// Returns the claim that covers a path and is offered to somebody.
fn offered_on(context: &Context, to: &PrincipalId, path: &str) -> Result<RecordId, Failure> {
    let patterns = claim::patterns(context, &[path.to_owned()])?;
    let offered = context.state().claims.values().map(|lease| &lease.claim);
    let mut offered = offered.filter(|claim| claim.offered_to.as_ref() == Some(to));
    let found = offered.find(|claim| Pattern::any_overlap(&claim.paths, &patterns));
    found.map(|claim| claim.id.clone()).ok_or_else(|| missing(path))
}

fn missing(id: &str) -> Failure {
    Failure::NotFound { kind: "claim", id: id.to_owned() }
}

/// Returns the caller's claim, or says that it was lost.
fn own<'a>(state: &'a State, holder: &PrincipalId, id: &RecordId) -> Result<&'a Claim, Failure> {
    if let Some(lease) = state.claims.get(id) {
        if lease.claim.holder == *holder {
            return Ok(&lease.claim);
        }
        let message = format!("`{id}` is held by `{}`", lease.claim.holder);
        return Err(Refusal::new(Code::RecordOwner, message).into());
    }
    match state.tombstones.get(id) {
        Some(stone) if stone.claim.holder == *holder => {
            let message = format!("`{id}` ended at height {}; claim anew", stone.ended);
            Err(Refusal::new(Code::ClaimFenced, message).into())
        }
        _ => Err(missing(id.as_str())),
    }
}

/// Which claims are meant by all, or by a path. An id means the one that has it.
#[derive(Clone, Copy)]
enum Scope {
    /// Those that are there.
    Present,
    /// Of these, the ones that nobody has revoked, if there is any.
    Unrevoked,
}

impl Scope {
    fn of<'a>(self, found: impl Iterator<Item = &'a Lease>) -> Vec<RecordId> {
        let mut found: Vec<_> = found.map(|lease| &lease.claim).collect();
        if matches!(self, Self::Unrevoked) && found.iter().any(|claim| claim.revoked_by.is_none()) {
            found.retain(|claim| claim.revoked_by.is_none());
        }
        found.into_iter().map(|claim| claim.id.clone()).collect()
    }
}

fn select(context: &Context, holder: &PrincipalId, which: &Which, scope: Scope) -> Result<Vec<RecordId>, Failure> {
    let state = context.state();
    let mine = || state.claims.values().filter(|lease| lease.claim.holder == *holder);
    let ids = match which {
        Which::All => scope.of(mine()),
        Which::Named(named) => {
            let mut ids = Vec::new();
            for text in named {
                if let Ok(id) = RecordId::parse(text) {
                    ids.push(id);
                    continue;
                }
                let found = scope.of(named::on(context, text, mine())?.into_iter());
                if found.is_empty() {
                    return Err(missing(text));
                }
                ids.extend(found);
            }
            ids.sort();
            ids.dedup();
            ids
        }
    };
    if ids.is_empty() {
        return Err(Failure::NotFound { kind: "claim of", id: holder.to_string() });
    }
    Ok(ids)
}

fn leases(context: &Context, ids: &[RecordId]) -> Vec<Lease> {
    ids.iter().filter_map(|id| context.state().claims.get(id).cloned()).collect()
}

fn names(ids: &[RecordId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn trailers(destination: &Destination) -> String {
    let line = |key: &str, value: &Option<String>| {
        let value: String = value.as_ref()?.chars().filter(|c| !c.is_control()).collect();
        Some(format!("{key}: {value}"))
    };
    let lines: Vec<_> = [
        line("Coord-Branch", &destination.branch),
        line("Coord-Commit", &destination.commit),
        line("Coord-Note", &destination.note),
    ]
    .into_iter()
    .flatten()
    .collect();
    if lines.is_empty() { String::new() } else { format!("\n\n{}", lines.join("\n")) }
}
