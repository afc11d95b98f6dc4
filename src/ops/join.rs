//! `join`: makes this clone or worktree act as a principal.

use std::path::PathBuf;

use crate::git::GitError;
use crate::git::Program;
use crate::git::Repository;
use crate::ledger::CloneStore;
use crate::ledger::LEDGER_REF;
use crate::ledger::Ledger;
use crate::ledger::Store;
use crate::ledger::check_never_had_one;
use crate::ledger::read_trust;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::ops::checkout;
use crate::ops::context::Context;
use crate::ops::context::REMOTE_KEY;
use crate::ops::context::open_repository;
use crate::ops::context::store_of;
use crate::ops::failure::Failure;
use crate::ops::hooks;
use crate::ops::identity;
use crate::ops::init::HookChoice;
use crate::ops::init::write_pin;
use crate::ops::principals::Listed;
use crate::ops::remote;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
use crate::rules::Refusal;
use crate::sign::PublicKey;

/// How to join.
pub struct Options {
    /// Who acts in this worktree from now on; without it whoever's key is at hand.
    pub principal: Option<String>,
    /// The pin that the ledger must have.
    pub pin: Option<Digest>,
    /// Where the ledger is decided.
    pub remote: Option<String>,
    pub hooks: HookChoice,
}

/// Who acts here now.
pub struct Outcome {
    pub listed: Listed,
    pub pin: Digest,
    pub trust: PinTrust,
    pub checkout: Option<PathBuf>,
    pub hooks: Option<hooks::Outcome>,
}

/// How the ledger came to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinTrust {
    /// The pin was given and fits.
    Checked,
    /// Whatever was there first was believed.
    FirstUse,
}

/// Joins a ledger in this worktree.
pub fn run(mut surroundings: Surroundings, options: &Options) -> Result<Outcome, Failure> {
    let repository = open_repository(&surroundings.directory)?;
    let program = surroundings.git()?;
    surroundings.principal = options.principal.clone().or(surroundings.principal);
    let repository = ensure_ledger(repository, &program, options, &surroundings)?;
    let context = Context::open_in(surroundings, repository)?;
    let trust = check_pin(&context, options)?;
    let enrolled = identity::whoami(&context)?.clone();
    let id = enrolled.record.id.clone();
    let key_file = identity::own_key_file(&context.surroundings, &id, &enrolled.key)?;
    let signing_key = match &key_file {
        Some(path) => Some(path.display().to_string()),
        None => {
            let signer = identity::signer_for(&enrolled.key, Some(&id), &context.repository, &context.surroundings)?;
            signer.ok_or(Failure::KeyMissing { principal: id.clone() })?;
            signing_key_to_set(&context, &enrolled.key)?
        }
    };
    let checkout =
        checkout::create(&context.surroundings, &context.repository, &context.program, context.ledger.chain())?;
    checkout::link(&context.repository)?;
    checkout::act_as(&context.repository, &context.program, &id, signing_key.as_deref())?;
    context.show()?;
    let hooks = match options.hooks {
        // A repository without a work tree makes no commits; what a server needs is installed by its own command.
        HookChoice::Install if context.repository.is_bare() => None,
        HookChoice::Install => Some(hooks::install_client(&context.surroundings, &context.repository)?),
        HookChoice::Leave => None,
    };
    let listed = Listed::of(context.state(), &enrolled);
    Ok(Outcome { listed, pin: context.ledger.pin(), trust, checkout, hooks })
}

/// Returns what git is to sign with here, unless it names that key already: whoever joined before may have left another.
fn signing_key_to_set(context: &Context, key: &PublicKey) -> Result<Option<String>, Failure> {
    let mut untold = context.surroundings.clone();
    let told = untold.signing_key.take();
    let names = |surroundings: &Surroundings| {
        let configured = identity::configured_key(&context.repository, surroundings)?;
        Ok::<_, Failure>(configured.as_ref() == Some(key))
    };
    if names(&untold)? {
        return Ok(None);
    }
    let told = told.filter(|told| !told.is_empty());
    Ok(Some(if names(&context.surroundings)? { told.unwrap_or_else(|| literal(key)) } else { literal(key) }))
}

/// Returns a key as git's `user.signingKey` names one that only the agent has.
pub(crate) fn literal(key: &PublicKey) -> String {
    let text = key.to_openssh();
    // The first git that signs with ssh keys knows no prefix, and later ones take both.
    if text.starts_with("ssh-") { text } else { format!("key::{text}") }
}

/// Fetches the ledger if this clone does not have it yet.
fn ensure_ledger(
    repository: Repository,
    program: &Program,
    options: &Options,
    surroundings: &Surroundings,
) -> Result<Repository, Failure> {
    let here = repository.reference(LEDGER_REF)?;
    let known = pinned(&repository)?.map(|(pin, _)| pin);
    let store = match &options.remote {
        Some(remote) => remote::chosen_store(remote, &repository, program)?,
        // A bare clone has the branch from the first, and nobody has joined there yet.
        None if repository.own_config(REMOTE_KEY).is_none() && (here.is_none() || known.is_none()) => {
            remote::likely_store(&repository, program)?
        }
        None if here.is_some() => return Ok(repository),
        None => store_of(&repository, program)?,
    };
    if here.is_some() && store.remote().is_none() {
        return Ok(repository);
    }
    let store = store.telling(surroundings.progress.clone());
    let there = remote::ask(&store)?;
    if let (Some(_), None, None) = (here, there, &options.remote) {
        // What git has copied from elsewhere is decided here as long as nobody says otherwise.
        return Ok(repository);
    }
    if let Some(here) = here {
        return decide_elsewhere(store, here, there);
    }
    let Some(head) = there else {
        check_never_had_one(&store, known)?;
        return Err(Failure::NothingToJoin { remote: store.remote().map(str::to_owned) });
    };
    // Only a chain that verifies, and begins as it should, becomes this clone's ledger.
    let mut ledger = Ledger::open_at(store, head, surroundings.now())?;
    if [options.pin, known].into_iter().flatten().any(|pin| pin != ledger.pin()) {
        return Err(wrong_pin(ledger.pin()));
    }
    remote::keep(ledger.store())?;
    // What is dated ahead of this clock was not judged: it is for whoever fetches later, if it is still there.
    let judged = ledger.chain().head;
    ledger.store().confirm(judged)?;
    ledger.store().follow(None, judged)?;
    // What was judged just now is not judged a second time.
    ledger.remember()?;
    Ok(Repository::open_git_dir(repository.git_dir())?)
}

/// Lets a remote decide about a ledger that is here already. It may have none yet, but not another one.
fn decide_elsewhere(store: CloneStore, here: ObjectId, there: Option<ObjectId>) -> Result<Repository, Failure> {
    let repository = store.repository();
    if let Some(there) = there
        && repository.merge_base(here, there)?.is_none()
    {
        let remote = store.remote().unwrap_or_default();
        return Err(Refusal::new(Code::LedgerRoot, format!("the ledger of `{remote}` is another one")).into());
    }
    remote::keep(&store)?;
    Ok(Repository::open_git_dir(repository.git_dir())?)
}

pub(crate) fn wrong_pin(found: Digest) -> Failure {
    Refusal::new(Code::LedgerRoot, format!("the ledger here has the pin {found}")).into()
}

fn check_pin(context: &Context, options: &Options) -> Result<PinTrust, Failure> {
    let found = context.ledger.pin();
    let Some(expected) = options.pin else {
        return match pinned(&context.repository)? {
            Some((known, trust)) if known == found => Ok(trust),
            Some(_) => Err(wrong_pin(found)),
            None => {
                write_pin(&context.repository, &found, "first-use")?;
                Ok(PinTrust::FirstUse)
            }
        };
    };
    if expected != found {
        return Err(wrong_pin(found));
    }
    write_pin(&context.repository, &found, "checked")?;
    Ok(PinTrust::Checked)
}

/// Returns the pin of this clone, and how it came to be trusted.
pub(crate) fn pinned(repository: &Repository) -> Result<Option<(Digest, PinTrust)>, Failure> {
    let path = repository.common_dir().join("coord").join("pin");
    let Some(bytes) = read_trust(&path)? else { return Ok(None) };
    // Half a pin is not none: without one, whatever is there would be trusted.
    parse_pin(&bytes).map(Some).ok_or_else(|| GitError::TrustLost { path, cause: None }.into())
}

/// Reads the file that tells which ledger this clone trusts, and how it came to.
pub fn parse_pin(bytes: &[u8]) -> Option<(Digest, PinTrust)> {
    let (pin, trust) = std::str::from_utf8(bytes).ok()?.trim().split_once(' ')?;
    let trust = match trust {
        "checked" => PinTrust::Checked,
        "first-use" => PinTrust::FirstUse,
        _ => return None,
    };
    Some((pin.parse().ok()?, trust))
}

/// Refuses a ledger that begins otherwise than the one that was trusted first.
pub(crate) fn check_pinned(context: &Context) -> Result<(), Failure> {
    match pinned(&context.repository)? {
        Some((pin, _)) if pin != context.ledger.pin() => Err(wrong_pin(context.ledger.pin())),
        _ => Ok(()),
    }
}
