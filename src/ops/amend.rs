//! `principals suspend`, `revoke`, `reinstate`, `suspect`, `clear` and `confirm`: what a principal's record says of its
//! standing, written by whoever the rules let.
//!
//! Who may is the judge's to say; nothing here decides it.

use crate::format::WriteRecord;
use crate::ledger::Appended;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::RecordPath;
use crate::model::Standing;
use crate::ops::aftermath::Aftermath;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::past::landings;
use crate::ops::start::Passed;
use crate::ops::start::Start;
use crate::rules::Code;
use crate::rules::Enrolled;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::Trust;

/// What is to become of a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amendment {
    /// It acts no more until root members reinstate it; its key is suspect since then, if that is said.
    Suspend(Option<Start>),
    /// It never acts again.
    Revoke(Option<Start>),
    /// It acts again.
    Reinstate,
    /// What its key signs from there on is nobody's word; from now on, if nothing is said.
    Suspect(Option<Start>),
    /// Its key is suspect no more.
    Clear,
    /// What its record says of role, vendor and operator counts.
    Confirm,
}

/// What became of a principal.
pub struct Outcome {
    pub amendment: Amendment,
    pub enrolled: Enrolled,
    /// `None` if it was so before, and nothing was written.
    pub appended: Option<Appended>,
    pub aftermath: Aftermath,
}

/// Amends the record of a principal.
pub fn run(context: &mut Context, named: &str, amendment: Amendment) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    let id = one(context.state(), named)?.record.id.clone();
    let since = match &amendment {
        Amendment::Suspend(since) | Amendment::Revoke(since) | Amendment::Suspect(since) => {
            since.as_ref().map(|since| height_of(context, since)).transpose()?
        }
        Amendment::Reinstate | Amendment::Clear | Amendment::Confirm => None,
    };
    let is_own = id == identity.id && amendment == Amendment::Suspect(None);
    if is_own && context.state().policy.is_root(&id) && !context.state().root_decides_without(&id) {
        // Nobody could take it back: whoever means that says since when.
        let message =
            "no root member would be left to decide anything, nor to clear it: if that is meant, say `--since`";
        return Err(Refusal::new(Code::PrincipalStatus, message).into());
    }
    let record = record_of(context.state(), &id)?;
    let is_same = amended(context.state(), &record, &identity.id, &amendment, since) == record;
    let is_so = is_same && (amendment != Amendment::Confirm || is_confirmed(context.state(), &id));
    let appended = if is_so {
        None
    } else {
        Some(context.append(&identity, |state, _| {
            let record = record_of(state, &id)?;
            let amended = amended(state, &record, &identity.id, &amendment, since);
            let text = Principal { rev: record.rev + 1, ..amended }.to_text();
            let edits = vec![Edit { path: RecordPath::Principal(id.clone()), text: Some(text) }];
            Ok(Draft { edits, message: format!("{} {id}", word(&amendment)) })
        })?)
    };
    let enrolled = context.state().principal(&id).expect("principals stay").clone();
    let aftermath = Aftermath::of(context, &enrolled)?;
    Ok(Outcome { amendment, enrolled, appended, aftermath })
}

/// Returns the record as it is to be, but for its `rev`.
fn amended(
    state: &State,
    record: &Principal,
    signer: &PrincipalId,
    amendment: &Amendment,
    since: Option<u64>,
) -> Principal {
    let suspected = match (since, record.suspect_since) {
        (None, known) => known,
        (told, _) => told,
    };
    let record = record.clone();
    match amendment {
        Amendment::Suspend(_) => Principal { status: Standing::Suspended, suspect_since: suspected, ..record },
        Amendment::Revoke(_) => Principal { status: Standing::Revoked, suspect_since: suspected, ..record },
        Amendment::Reinstate => Principal { status: Standing::Active, ..record },
        Amendment::Suspect(_) => Principal { suspect_since: suspected.or(Some(state.height)), ..record },
        Amendment::Clear => Principal { suspect_since: None, ..record },
        // A root member whose word is enough puts it in the place of another's; anybody else adds one (S14).
        Amendment::Confirm if is_confirmed(state, &record.id) => record,
        Amendment::Confirm if state.is_enough_as_root(signer) => {
            Principal { enrolled_by: signer.clone(), confirmed_by: None, ..record }
        }
        // Whoever enrolled it says so once more.
        Amendment::Confirm if record.enrolled_by == *signer && has_unvouched(state, &record.id) => record,
        Amendment::Confirm => Principal { confirmed_by: Some(signer.clone()), ..record },
    }
}

fn is_confirmed(state: &State, id: &PrincipalId) -> bool {
    state.principal(id).is_some_and(|enrolled| enrolled.trust == Trust::Confirmed) && !has_unvouched(state, id)
}

fn has_unvouched(state: &State, id: &PrincipalId) -> bool {
    state.principal(id).is_some_and(|enrolled| !state.unvouched(enrolled).is_empty())
}

fn word(amendment: &Amendment) -> &'static str {
    match amendment {
        Amendment::Suspend(_) => "Suspend",
        Amendment::Revoke(_) => "Revoke",
        Amendment::Reinstate => "Reinstate",
        Amendment::Suspect(_) => "Suspect",
        Amendment::Clear => "Clear the suspicion of",
        Amendment::Confirm => "Confirm",
    }
}

fn record_of(state: &State, id: &PrincipalId) -> Result<Principal, Failure> {
    let found = state.principal(id).map(|enrolled| enrolled.record.clone());
    found.ok_or_else(|| Failure::NotEnrolled(id.to_string()))
}

fn one<'a>(state: &'a State, named: &str) -> Result<&'a Enrolled, Failure> {
    identity::find(state, named).map_err(|failure| match failure {
        Failure::SeveralHere(_) => {
            Failure::Argument { what: named.to_owned(), expected: "the name of one principal only: name its id" }
        }
        other => other,
    })
}

/// Returns the height from which on a key is suspect.
fn height_of(context: &Context, start: &Start) -> Result<u64, Failure> {
    if matches!(start, Start::Time(time) if *time > context.now()) {
        return Err(Failure::Argument { what: "the moment".to_owned(), expected: "in the past" });
    }
    // That of the next entry means from now on.
    if let Start::Height(height) = start
        && *height == context.state().height
    {
        return Ok(*height);
    }
    let mut passed = Vec::new();
    let landings = landings(context, |line, _, _| passed.push(Passed::new(line)))?;
    start.height(context, &passed, &landings)
}
