//! Claims that are taken and renewed for an agent that did not ask for them: one a session, which grows with what it
//! edits, short, and only of the files themselves.

use std::collections::BTreeSet;

use crate::format::WriteRecord;
use crate::git::Repository;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Claim;
use crate::model::ClaimMode;
use crate::model::Contention;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::RecordPath;
use crate::model::Span;
use crate::model::Text;
use crate::ops::agent::notes::Notes;
use crate::ops::claim;
use crate::ops::context::Context;
use crate::ops::context::random_id;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::lease;
use crate::ops::widening;
use crate::rules::Code;
use crate::rules::Lease;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::is_due;
use crate::rules::waits_for;

/// For how long at most: whoever works renews it, and whoever crashed is not in the way for long.
const TTL_MAX: Span = Span::from_s(15 * 60);
/// As many paths as a claim may have.
pub(super) const PATHS_MAX: usize = 64;

/// Returns the claims that were taken automatically in this clone, in whatever session.
pub(crate) fn taken_in(repository: &Repository) -> BTreeSet<RecordId> {
    Notes::of_all(repository)
}

/// Claims files for a session by one claim, each by its own pattern, but for those that lie on ground which the caller has
/// claimed by hand; none if all do. They are at most as many as a claim may have.
pub(super) fn take(context: &mut Context, notes: &mut Notes, files: &[Pattern]) -> Result<Option<Lease>, Failure> {
    let identity = identity::acting(context)?;
    let id = random_id(RecordKind::Claim)?;
    let automatic = Notes::of_all(&context.repository);
    let (mut replaced, mut is_own_ground) = (Vec::new(), false);
    // Before it is there: whoever is stopped in between is to give back what it may have got.
    notes.add_claim(&id)?;
    let appended = context.append(&identity, |state, time| {
        let new_claim = |paths: Vec<Pattern>| Claim {
            rev: 1,
            id: id.clone(),
            holder: identity.id.clone(),
            intent: intent(&paths),
            paths,
            resources: Vec::new(),
            mode: ClaimMode::Exclusive,
            contention: Contention::Refuse,
            expires: time + ttl(state),
            task: None,
            mission: None,
            branch: None,
            offered_to: None,
            revoked_by: None,
        };
        // What somebody claimed by hand stays as it was claimed.
        let is_automatic = |own: &[RecordId]| own.iter().all(|id| automatic.contains(id));
        let is_open = |file: &&Pattern| is_automatic(&widening::joined(state, new_claim(vec![(*file).clone()])).1);
        let open: Vec<Pattern> = files.iter().filter(is_open).cloned().collect();
        let before = grown_from(state, &identity.id, notes, open.len());
        let mut paths = before.map(|claim| claim.paths.clone()).unwrap_or_default();
        paths.extend(open.iter().filter(|file| !paths.contains(file)).cloned().collect::<Vec<_>>());
        let ways = if open.is_empty() { Vec::new() } else { vec![paths, open.clone()] };
        let joined = ways.into_iter().map(|paths| widening::joined(state, new_claim(paths)));
        let mut allowed = joined.filter(|(_, own)| is_automatic(own));
        let Some((claim, own)) = allowed.next() else {
            is_own_ground = true;
            return Err(Refusal::new(Code::ClaimHeld, "the caller holds it already").into());
        };
        let over = claim::over_in_the_way(state, &claim, time, claim::Takeover::IfExpired);
        let gone = own.iter().cloned().chain(over.filter(|id| !own.contains(id)));
        let mut edits = vec![Edit { path: RecordPath::Claim(claim.id.clone()), text: Some(claim.to_text()) }];
        edits.extend(gone.map(|id| Edit { path: RecordPath::Claim(id), text: None }));
        replaced = own;
        Ok(Draft { message: format!("Claim {}\n\n{}", names(&open), claim.intent), edits })
    });
    if is_own_ground {
        return Ok(None);
    }
    appended?;
    // Whoever used what it replaces uses it as well.
    Notes::replace(&context.repository, &replaced, &id);
    let lease = context.state().claims.get(&id).cloned();
    lease.map(Some).ok_or_else(|| Failure::NotFound { kind: "claim", id: id.to_string() })
}

/// Renews the claims of the caller on some files, where half of their time or less is left. What was taken automatically stays
/// short, whoever renews it: an agent that crashed is to be in nobody's way for long.
pub(crate) fn renew_if_due(context: &mut Context, files: &[Pattern]) -> Result<(), Failure> {
    let Ok(me) = identity::whoami(context).map(|enrolled| enrolled.record.id.clone()) else { return Ok(()) };
    let (now, state) = (context.ledger_now(), context.state());
    let (short, taken) = (ttl(state), Notes::of_all(&context.repository));
    let is_automatic = |claim: &Claim| taken.contains(&claim.id);
    let is_half_over = |claim: &Claim| claim.expires.since(now).seconds().saturating_mul(2) <= short.seconds();
    let mine: Vec<&Lease> = lease::in_force(state, &me, files).collect();
    let due = |wanted: &dyn Fn(&Claim) -> bool| -> Vec<String> {
        mine.iter().filter(|lease| wanted(&lease.claim)).map(|lease| lease.claim.id.to_string()).collect()
    };
    let automatic = due(&|claim| is_automatic(claim) && is_half_over(claim));
    let asked_for = due(&|claim| !is_automatic(claim) && is_due(state, claim, now));
    for (ids, span) in [(automatic, Some(short)), (asked_for, None)] {
        if !ids.is_empty() {
            lease::renew(context, &lease::Which::Named(ids), span)?;
        }
    }
    Ok(())
}

/// Returns the claim of the session that has room for more. One that somebody waits for does not grow: whoever waits would
/// wait for more.
fn grown_from<'a>(state: &'a State, me: &PrincipalId, notes: &Notes, more: usize) -> Option<&'a Claim> {
    let claims = notes.claims().iter().filter_map(|id: &RecordId| state.claims.get(id));
    let mine = claims.filter(|lease| lease.is_in_force() && lease.claim.holder == *me);
    let mut grown = mine.filter(|lease| !waits_for(state, lease)).map(|lease| &lease.claim);
    grown
        .find(|claim| claim.paths.len() + more <= PATHS_MAX && claim.resources.is_empty() && claim.offered_to.is_none())
}

fn ttl(state: &State) -> Span {
    state.policy.ttls(None).1.min(TTL_MAX)
}

fn intent(paths: &[Pattern]) -> Text {
    let first = paths.first().map(ToString::to_string).unwrap_or_default();
    let whole = match paths.len() {
        1 => format!("Editing {first}"),
        count => format!("Editing {first} and {} more", count - 1),
    };
    Text::parse(&whole).unwrap_or_else(|_| Text::parse("Editing").expect("it is plain text"))
}

fn names(files: &[Pattern]) -> String {
    let all: Vec<_> = files.iter().map(ToString::to_string).collect();
    all.join(", ").chars().take(64).collect()
}
