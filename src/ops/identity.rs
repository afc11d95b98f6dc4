//! Who acts, and with which key.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::disk;
use crate::git::Repository;
use crate::ledger::Author;
use crate::ledger::Signer;
use crate::model::PrincipalId;
use crate::ops::context::Context;
use crate::ops::context::PRINCIPAL_KEY;
use crate::ops::context::WORKTREE_KEY;
use crate::ops::failure::Failure;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
use crate::rules::Enrolled;
use crate::rules::Refusal;
use crate::rules::State;
use crate::sign::PublicKey;
use crate::sign::SecretKey;
use crate::sign::SecretKeyError;
use crate::sign::agent;

pub(crate) const KEY_BYTES_MAX: u64 = 64 * 1024;
const AGENT_PATIENCE: Duration = Duration::from_secs(2);

/// A principal that can act here.
#[derive(Debug)]
pub struct Identity {
    pub id: PrincipalId,
    pub signer: Signer,
}

impl Identity {
    pub(crate) fn author(&self) -> Author<'_> {
        Author { name: self.id.to_string(), mail: format!("{}@coord.invalid", self.id), signer: &self.signer }
    }
}

/// Returns who acts: the one named, else the worktree's, else the only one whose key this user has.
pub fn whoami(context: &Context) -> Result<&Enrolled, Failure> {
    who(context.state(), &context.repository, &context.surroundings)
}

/// Returns who acts in a repository.
pub(crate) fn who<'a>(
    state: &'a State,
    repository: &Repository,
    surroundings: &Surroundings,
) -> Result<&'a Enrolled, Failure> {
    let named = surroundings.principal.clone().or_else(|| joined_here(repository));
    if let Some(named) = named {
        return find(state, &named);
    }
    let keys = keys_at_hand(repository, surroundings)?;
    let mut mine: Vec<&Enrolled> = state.principals.values().filter(|enrolled| keys.contains(&enrolled.key)).collect();
    match mine.len() {
        0 => Err(Failure::NobodyHere),
        1 => Ok(mine.remove(0)),
        _ => Err(Failure::SeveralHere(mine.into_iter().map(|enrolled| enrolled.record.id.clone()).collect())),
    }
}

/// Returns whose key git signs with here: what it signs is that principal's, whoever was named.
pub(crate) fn signing_with_git(context: &Context) -> Result<&Enrolled, Failure> {
    let Some(key) = configured_key(&context.repository, &context.surroundings)? else { return whoami(context) };
    let state = context.state();
    let found = state.principals.values().find(|enrolled| enrolled.key == key);
    found.ok_or_else(|| match state.keys.get(&key) {
        Some(owner) => Refusal::new(Code::KeyRevoked, rotated_away(owner)).into(),
        None => Refusal::new(Code::KeyUnknown, "git signs here with a key that nobody enrolled").into(),
    })
}

/// Says what is wrong where git signs with a key that its principal has no more.
pub(crate) fn rotated_away(owner: &PrincipalId) -> String {
    format!("git signs here with a key that `{owner}` has rotated away: `git coord join {owner}` sets the present one")
}

/// Returns who joined in this worktree. `git worktree add` copies the settings of the worktree that it is called in, and
/// whoever works in the new one is not who joined in the old one.
pub(crate) fn joined_here(repository: &Repository) -> Option<String> {
    let is_copy = repository.own_config(WORKTREE_KEY).is_some_and(|name| name != worktree_name(repository));
    if is_copy { None } else { repository.own_config(PRINCIPAL_KEY) }
}

/// Returns the name by which git knows a worktree; it stays when the repository moves.
pub(crate) fn worktree_name(repository: &Repository) -> String {
    match repository.git_dir().strip_prefix(repository.common_dir()) {
        Ok(inside) if !inside.as_os_str().is_empty() => inside.display().to_string(),
        _ => "main".to_owned(),
    }
}

/// Finds a principal by its id, or by its name if only one has it.
pub fn find<'a>(state: &'a State, named: &str) -> Result<&'a Enrolled, Failure> {
    if let Some(enrolled) = PrincipalId::parse(named).ok().and_then(|id| state.principal(&id)) {
        return Ok(enrolled);
    }
    let mut same: Vec<&Enrolled> =
        state.principals.values().filter(|enrolled| enrolled.record.id.name() == named).collect();
    match same.len() {
        0 => Err(Failure::NotEnrolled(named.to_owned())),
        1 => Ok(same.remove(0)),
        _ => Err(Failure::SeveralHere(same.into_iter().map(|enrolled| enrolled.record.id.clone()).collect())),
    }
}

/// Returns who acts, with a way to sign. Whoever was enrolled elsewhere is known where the ledger is decided.
pub fn acting(context: &mut Context) -> Result<Identity, Failure> {
    if let Err(Failure::NotEnrolled(_) | Failure::NobodyHere) = whoami(context) {
        context.look()?;
    }
    known_here(context)
}

/// Returns who acts, with a way to sign, as far as this clone knows.
pub(crate) fn known_here(context: &Context) -> Result<Identity, Failure> {
    let enrolled = whoami(context)?;
    identity_of(enrolled, &context.repository, &context.surroundings)
}

/// Returns a principal with a way to sign as it.
pub(crate) fn identity_of(
    enrolled: &Enrolled,
    repository: &Repository,
    surroundings: &Surroundings,
) -> Result<Identity, Failure> {
    let id = enrolled.record.id.clone();
    let signer = signer_for(&enrolled.key, Some(&id), repository, surroundings)?;
    let signer = signer.ok_or(Failure::KeyMissing { principal: id.clone() })?;
    Ok(Identity { id, signer })
}

/// Returns where the private key of a principal of this user lies.
pub fn key_path(surroundings: &Surroundings, id: &PrincipalId) -> Option<PathBuf> {
    Some(surroundings.data_directory.as_ref()?.join("keys").join(id.as_str()))
}

/// Returns where private keys of a principal of this user lie: the first one, and those that took its place since.
pub(crate) fn own_key_files(surroundings: &Surroundings, id: &PrincipalId) -> Result<Vec<PathBuf>, Failure> {
    let Some(first) = key_path(surroundings, id) else { return Ok(Vec::new()) };
    let directory = first.parent().expect("a key lies in a folder").to_owned();
    let is_later = |name: &String| {
        let rest = name.strip_prefix(id.as_str()).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| !rest.ends_with(".pub"))
    };
    let later = disk::list(&directory)?.into_iter().filter(is_later).map(|name| directory.join(name));
    Ok([first.clone()].into_iter().chain(later).collect())
}

/// Returns where the private half of a principal's key lies among its own.
pub(crate) fn own_key_file(
    surroundings: &Surroundings,
    id: &PrincipalId,
    key: &PublicKey,
) -> Result<Option<PathBuf>, Failure> {
    for path in own_key_files(surroundings, id)? {
        if disk::stat(&path)?.is_some() && public_key_of(&path)?.as_ref() == Some(key) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Finds a way to sign with a key: the user's own key file, then what git would sign with.
pub(crate) fn signer_for(
    key: &PublicKey,
    id: Option<&PrincipalId>,
    repository: &Repository,
    surroundings: &Surroundings,
) -> Result<Option<Signer>, Failure> {
    let own = id.map(|id| own_key_files(surroundings, id)).transpose()?.unwrap_or_default();
    for path in own.into_iter().chain(configured_key_file(repository, surroundings)) {
        if let Some(signer) = signer_of_file(&path, key, repository, surroundings)? {
            return Ok(Some(signer));
        }
    }
    Ok(agent_with(key, surroundings))
}

/// Returns a way to sign with the key of a file.
pub(crate) fn signer_of_file(
    path: &Path,
    key: &PublicKey,
    repository: &Repository,
    surroundings: &Surroundings,
) -> Result<Option<Signer>, Failure> {
    if public_key_of(path)?.as_ref() != Some(key) {
        return Ok(None);
    }
    // Whoever has a signing program of its own has it for a reason.
    if let Some(program) = repository.config("gpg.ssh.program").filter(|program| program != "ssh-keygen") {
        let program = expand_home(&program, surroundings);
        return Ok(Some(Signer::Program { program, key_file: path.to_owned(), key: key.clone() }));
    }
    if let Some(signer) = agent_with(key, surroundings) {
        return Ok(Some(signer));
    }
    let private = private_path(path);
    let Some(bytes) = disk::read_following_links(&private, KEY_BYTES_MAX)? else { return Ok(None) };
    let unusable = |reason: String| Failure::KeyUnusable { path: private.clone(), reason };
    let secret = match SecretKey::from_openssh(&bytes, None) {
        Err(SecretKeyError::Encrypted) => {
            let asked = (surroundings.passphrase)(&private.display().to_string());
            let passphrase =
                asked.ok_or_else(|| unusable("it has a passphrase and nobody is there to type it".into()))?;
            SecretKey::from_openssh(&bytes, Some(&passphrase)).map_err(|error| unusable(error.to_string()))?
        }
        other => other.map_err(|error| unusable(error.to_string()))?,
    };
    Ok(Some(Signer::Key(secret)))
}

/// Returns the keys that ssh-agent offers; one that does not answer has none.
pub(crate) fn keys_of_agent(surroundings: &Surroundings) -> Vec<PublicKey> {
    let socket = surroundings.agent_socket.as_ref();
    socket.and_then(|socket| agent::list(socket, AGENT_PATIENCE).ok()).unwrap_or_default()
}

fn agent_with(key: &PublicKey, surroundings: &Surroundings) -> Option<Signer> {
    let socket = surroundings.agent_socket.clone()?;
    keys_of_agent(surroundings).contains(key).then(|| Signer::Agent { socket, key: key.clone() })
}

/// Returns the public keys that this user can sign with.
pub(crate) fn keys_at_hand(repository: &Repository, surroundings: &Surroundings) -> Result<Vec<PublicKey>, Failure> {
    let mut keys = Vec::new();
    if let Some(directory) = surroundings.data_directory.as_ref().map(|data| data.join("keys")) {
        for name in disk::list(&directory)?.into_iter().filter(|name| !name.ends_with(".pub")) {
            keys.extend(public_key_of(&directory.join(name))?);
        }
    }
    keys.extend(configured_key(repository, surroundings)?);
    Ok(keys)
}

/// Returns the public key that git is configured to sign with.
pub(crate) fn configured_key(
    repository: &Repository,
    surroundings: &Surroundings,
) -> Result<Option<PublicKey>, Failure> {
    let Some(value) = signing_key_setting(repository, surroundings) else { return Ok(None) };
    let literal = value.strip_prefix("key::").unwrap_or(&value);
    if let Ok(key) = PublicKey::parse(literal) {
        return Ok(Some(key));
    }
    public_key_of(&expand_home(&value, surroundings))
}

fn configured_key_file(repository: &Repository, surroundings: &Surroundings) -> Option<PathBuf> {
    key_file_named(&signing_key_setting(repository, surroundings)?, surroundings)
}

/// Returns every file that any configuration of git names as a key to sign with, whoever it is for.
pub(crate) fn every_configured_key_file(
    repository: &Repository,
    surroundings: &Surroundings,
) -> impl Iterator<Item = PathBuf> {
    let values = repository.every_config("user.signingkey").into_iter();
    values.filter_map(move |value| key_file_named(&value, surroundings))
}

fn key_file_named(value: &str, surroundings: &Surroundings) -> Option<PathBuf> {
    let is_literal = value.starts_with("key::") || value.starts_with("ssh-") || value.starts_with("sk-");
    (!is_literal && !value.is_empty()).then(|| expand_home(value, surroundings))
}

fn signing_key_setting(repository: &Repository, surroundings: &Surroundings) -> Option<String> {
    let told = surroundings.signing_key.clone().or_else(|| repository.config("user.signingkey"));
    told.filter(|value| !value.is_empty())
}

pub(crate) fn expand_home(value: &str, surroundings: &Surroundings) -> PathBuf {
    match (value.strip_prefix("~/"), &surroundings.home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(value),
    }
}

/// Returns the private half of a key, whichever half is named.
pub(crate) fn private_path(path: &Path) -> PathBuf {
    match path.extension() {
        Some(extension) if extension == "pub" => path.with_extension(""),
        _ => path.to_owned(),
    }
}

/// Returns the public key of a key file: of its `.pub` neighbour, or of the file itself, whichever kind it is.
pub(crate) fn public_key_of(path: &Path) -> Result<Option<PublicKey>, Failure> {
    let mut public = private_path(path).into_os_string();
    public.push(".pub");
    for candidate in [PathBuf::from(public), path.to_owned()] {
        let Some(bytes) = disk::read_following_links(&candidate, KEY_BYTES_MAX)? else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let parsed = text.lines().next().and_then(|line| PublicKey::parse(line.trim()).ok());
        if let Some(key) = parsed.or_else(|| SecretKey::public_of(&bytes).ok()) {
            return Ok(Some(key));
        }
    }
    Ok(None)
}
