//! `principals rotate`: puts another key in the place of the caller's own.
//!
//! The new key signs that it takes over from the old one, and the old one signs the entry. Only then does git sign with the new
//! one here; where this process ends before, `join` does the rest.

use std::path::PathBuf;

use crate::format::WriteRecord;
use crate::ledger::Appended;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::ledger::Signer;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::ops::checkout;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::join;
use crate::ops::keys;
use crate::rules::Code;
use crate::rules::ROTATION_NAMESPACE;
use crate::rules::Refusal;
use crate::rules::State;
use crate::rules::rotation_message;
use crate::sign::PublicKey;

/// Which key takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewKey {
    /// One that is made here.
    Made,
    /// That of a file, of whichever half.
    File(PathBuf),
    /// A public key, which ssh-agent can sign with.
    Line(String),
}

/// What came of it.
pub struct Outcome {
    pub id: PrincipalId,
    pub old: PublicKey,
    pub new: PublicKey,
    pub appended: Appended,
    /// Where the key lies that was made.
    pub made: Option<PathBuf>,
    /// Where the old one lies, if among those that git coord keeps.
    pub left: Option<PathBuf>,
    /// Whether git signs with the new one in this worktree now.
    pub is_set: bool,
    pub open: Open,
}

/// What the principal has open, none of which changes with its key.
pub struct Open {
    /// Its claims, which it goes on holding.
    pub claims: Vec<RecordId>,
    /// The open requests that it opened.
    pub requests: Vec<RecordId>,
    /// The open requests that it answered: its answers stand.
    pub answers: Vec<RecordId>,
}

impl Open {
    fn of(state: &State, id: &PrincipalId) -> Self {
        let claims = state.claims.values().map(|lease| &lease.claim).filter(|claim| claim.holder == *id);
        let landing = state.requests.values().map(|pending| (&pending.request.opener, &pending.request.id));
        let policies = state.proposals.values().map(|proposed| (&proposed.request.opener, &proposed.request.id));
        let actions = state.petitions.values().map(|petition| (&petition.request.opener, &petition.request.id));
        let opened = landing.chain(policies).chain(actions).filter(|(opener, _)| *opener == id);
        let answered = state.approvals.iter().filter(|(_, answers)| answers.contains_key(id));
        Self {
            claims: claims.map(|claim| claim.id.clone()).collect(),
            requests: opened.map(|(_, request)| request.clone()).collect(),
            answers: answered.map(|(request, _)| request.clone()).collect(),
        }
    }
}

/// Puts another key in the place of the caller's own.
pub fn run(context: &mut Context, new: &NewKey) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    let id = identity.id.clone();
    let old = identity.signer.key();
    check_may(context, &id)?;
    let taken = take(context, &id, new)?;
    let key = taken.signer.key();
    let appended = sign_over(context, &taken.signer, &id, &old).and_then(|rotation| {
        context.append(&identity, |state, _| {
            let before = state.principal(&id).ok_or_else(|| Failure::NotEnrolled(id.to_string()))?.record.clone();
            let rotated =
                Principal { rev: before.rev + 1, key: key.to_openssh(), rotation: Some(rotation.clone()), ..before };
            let edits = vec![Edit { path: RecordPath::Principal(id.clone()), text: Some(rotated.to_text()) }];
            Ok(Draft { edits, message: format!("Rotate the key of {id}") })
        })
    });
    if let (Err(failure), Some(path)) = (&appended, &taken.made)
        && failure.is_final()
    {
        keys::discard(path)?;
    }
    let appended = appended?;
    let is_set = set(context, &id, &taken.setting)?;
    let left = identity::own_key_file(&context.surroundings, &id, &old)?;
    let open = Open::of(context.state(), &id);
    Ok(Outcome { left, is_set, appended, old, new: key, made: taken.made, open, id })
}

/// Refuses what the judge would, before a key is made or anybody is asked for a passphrase.
fn check_may(context: &Context, id: &PrincipalId) -> Result<(), Failure> {
    let state = context.state();
    let me = state.principal(id).ok_or_else(|| Failure::NotEnrolled(id.to_string()))?;
    if state.is_suspect(me) {
        let message = format!("the key of `{id}` is suspect, and passes its place on to no other");
        return Err(Refusal::new(Code::KeySuspect, message).about(RecordPath::Principal(id.clone())).into());
    }
    Ok(())
}

/// A key that takes over.
struct Taken {
    signer: Signer,
    /// What `user.signingKey` is to be.
    setting: String,
    made: Option<PathBuf>,
}

fn take(context: &Context, id: &PrincipalId, new: &NewKey) -> Result<Taken, Failure> {
    let (repository, surroundings) = (&context.repository, &context.surroundings);
    match new {
        NewKey::Made => {
            let made = keys::create_next(surroundings, id)?;
            let setting = made.path.display().to_string();
            Ok(Taken { signer: Signer::Key(made.secret), setting, made: Some(made.path) })
        }
        NewKey::File(path) => {
            let path = surroundings.directory.join(path);
            let unusable = |reason: &str| Failure::KeyUnusable { path: path.clone(), reason: reason.to_owned() };
            let key = identity::public_key_of(&path)?.ok_or_else(|| unusable("no ed25519 key is there"))?;
            check_new(context, &key)?;
            let signer = identity::signer_of_file(&path, &key, repository, surroundings)?;
            let signer = signer.ok_or_else(|| unusable("it cannot sign"))?;
            Ok(Taken { signer, setting: path.display().to_string(), made: None })
        }
        NewKey::Line(line) => {
            let key = keys::parse_public(line)?;
            check_new(context, &key)?;
            let signer = identity::signer_for(&key, Some(id), repository, surroundings)?;
            let signer = signer.ok_or_else(|| Failure::KeyMissing { principal: id.clone() })?;
            Ok(Taken { signer, setting: join::literal(&key), made: None })
        }
    }
}

/// One key is one principal's for ever, also after it was rotated away, or its principal revoked.
fn check_new(context: &Context, key: &PublicKey) -> Result<(), Failure> {
    match context.state().keys.get(key) {
        Some(owner) => Err(Refusal::new(Code::KeyReused, format!("the key already belongs to `{owner}`")).into()),
        None => Ok(()),
    }
}

fn sign_over(context: &Context, new: &Signer, id: &PrincipalId, old: &PublicKey) -> Result<String, Failure> {
    let message = rotation_message(context.state().charter.audience.as_str(), id, old);
    Ok(new.sign_in(ROTATION_NAMESPACE, message.as_bytes())?)
}

/// Lets git sign with the new key, where the principal has joined.
fn set(context: &Context, id: &PrincipalId, setting: &str) -> Result<bool, Failure> {
    let joined = identity::joined_here(&context.repository);
    let is_here = joined
        .is_some_and(|named| identity::find(context.state(), &named).is_ok_and(|enrolled| enrolled.record.id == *id));
    if is_here && !context.repository.is_bare() {
        checkout::act_as(&context.repository, &context.program, id, Some(setting))?;
        return Ok(true);
    }
    Ok(false)
}
