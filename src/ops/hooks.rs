//! `hooks`: installed next to what is there, taken out again, looked at. On servers, the hub's key as well.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::git::ConfigScope;
use crate::git::Program;
use crate::git::Repository;
use crate::ledger::LEDGER_REF;
use crate::ops::checkout::enable_worktree_config;
use crate::ops::context::open_repository;
use crate::ops::failure::Failure;
use crate::ops::hook_files;
use crate::ops::hook_files::HookName;
use crate::ops::hook_files::HookStatus;
use crate::ops::hook_files::HooksPath;
use crate::ops::hook_files::HooksPathOrigin;
use crate::ops::hook_files::InstallRequest;
use crate::ops::hook_files::Plan;
use crate::ops::hook_files::Side;
use crate::ops::surroundings::Surroundings;
use crate::sign::PublicKey;
use crate::sign::SecretKey;

const KEY_BYTES_MAX: u64 = 64 * 1024;
/// The pre-commit hook of the ledger's own checkout.
const LEDGER_HOOK: &str = include_str!("../../hooks/ledger.sh");

/// What was installed or taken out.
pub struct Outcome {
    pub plan: Plan,
    /// The public half of the hub's key, on servers.
    pub hub_key: Option<PublicKey>,
    /// Where the hub's key stays when the hooks are taken out: the ledger knows it.
    pub kept_key: Option<PathBuf>,
}

/// Whether files are written or only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    Apply,
    DryRun,
}

/// Installs the client hooks of a repository.
pub(crate) fn install_client(surroundings: &Surroundings, repository: &Repository) -> Result<Outcome, Failure> {
    let plan = hook_files::plan(&request(surroundings, repository, Side::Client)?)?;
    hook_files::apply(&plan)?;
    install_in_ledger(surroundings, repository)?;
    Ok(Outcome { plan, hub_key: None, kept_key: None })
}

/// Gives the ledger's checkout hooks of its own: those of the code, whoever rules them, are not made for entries.
fn install_in_ledger(surroundings: &Surroundings, repository: &Repository) -> Result<(), Failure> {
    let Some(ledger) = repository.worktree_on(LEDGER_REF)? else { return Ok(()) };
    let directory = repository.common_dir().join("coord").join("hooks");
    let binary = surroundings.binary.display().to_string().replace('\'', r"'\''");
    let script = LEDGER_HOOK.replace("@binary@", &binary);
    let path = directory.join("pre-commit");
    if disk::read(&path, KEY_BYTES_MAX)?.as_deref() != Some(script.as_bytes()) {
        disk::write(&path, script.as_bytes(), 0o755, Durability::Cached)?;
    }
    let ledger = Repository::discover(&ledger.path)?;
    let value = directory.display().to_string();
    if ledger.config("core.hooksPath").as_deref() != Some(value.as_str()) {
        let program = Program::find()?;
        enable_worktree_config(repository, &program)?;
        ledger.config_set(&program, ConfigScope::Worktree, "core.hooksPath", &value)?;
    }
    Ok(())
}

fn uninstall_in_ledger(repository: &Repository) -> Result<(), Failure> {
    let directory = repository.common_dir().join("coord").join("hooks");
    disk::remove(&directory.join("pre-commit"))?;
    disk::remove_empty_directory(&directory);
    if let Some(ledger) = repository.worktree_on(LEDGER_REF)? {
        let ledger = Repository::discover(&ledger.path)?;
        if ledger.config("core.hooksPath").is_some_and(|value| value == directory.display().to_string()) {
            ledger.config_unset(&Program::find()?, ConfigScope::Worktree, "core.hooksPath")?;
        }
    }
    Ok(())
}

/// Installs the hooks of one side.
pub fn install(surroundings: &Surroundings, side: Side, writing: Writing) -> Result<Outcome, Failure> {
    let repository = open_repository(&surroundings.directory)?;
    if side == Side::Server && !takes_pushes(&repository)? {
        let what = surroundings.directory.display().to_string();
        let expected =
            "a server's repository: it is not bare, and `receive.denyCurrentBranch` lets nobody push into it";
        return Err(Failure::Argument { what, expected });
    }
    // What this account makes there, another one's server could not read.
    if side == Side::Server
        && let Some(owner) = disk::foreign_owner(repository.common_dir())?
    {
        return Err(Failure::OtherAccount { path: repository.common_dir().to_owned(), owner });
    }
    let plan = hook_files::plan(&request(surroundings, &repository, side)?)?;
    let mut hub_key = None;
    if writing == Writing::Apply {
        hook_files::apply(&plan)?;
        if side == Side::Client {
            install_in_ledger(surroundings, &repository)?;
        }
        if side == Side::Server {
            hub_key = Some(hub_key_of(&repository)?.public());
            secure_server(&repository)?;
        }
    }
    Ok(Outcome { plan, hub_key, kept_key: None })
}

/// Returns whether a repository is there to be pushed into: a bare one, or one that says so of the branch it is on.
fn takes_pushes(repository: &Repository) -> Result<bool, Failure> {
    let denied = repository.own_config("receive.denyCurrentBranch").map(|value| value.to_lowercase());
    let is_open = denied.is_some_and(|value| ["updateinstead", "warn", "ignore", "false"].contains(&value.as_str()));
    Ok(is_open || Repository::open_git_dir(repository.common_dir())?.is_bare())
}

/// Takes the hooks of one side out again.
pub fn uninstall(surroundings: &Surroundings, side: Side, writing: Writing) -> Result<Outcome, Failure> {
    let repository = open_repository(&surroundings.directory)?;
    let plan = hook_files::uninstall(&request(surroundings, &repository, side)?)?;
    if writing == Writing::Apply {
        hook_files::apply(&plan)?;
        if side == Side::Client {
            uninstall_in_ledger(&repository)?;
        }
    }
    let key = hub_key_path(&repository);
    let kept_key = if side == Side::Server && disk::stat(&key)?.is_some() { Some(key) } else { None };
    Ok(Outcome { plan, hub_key: None, kept_key })
}

/// Returns the side whose hooks a repository needs: where nobody works, they are a server's.
pub(crate) fn side_of(repository: &Repository) -> Side {
    if repository.is_bare() { Side::Server } else { Side::Client }
}

/// Looks at the hooks of one side, or of the one that the repository needs.
pub fn status(surroundings: &Surroundings, side: Option<Side>) -> Result<Vec<HookStatus>, Failure> {
    let repository = open_repository(&surroundings.directory)?;
    let side = side.unwrap_or_else(|| side_of(&repository));
    Ok(hook_files::status(&request(surroundings, &repository, side)?)?)
}

fn request(surroundings: &Surroundings, repository: &Repository, side: Side) -> Result<InstallRequest, Failure> {
    let main = Repository::open_git_dir(repository.common_dir())?;
    let work_tree = repository.work_dir().or(main.work_dir()).map(Path::to_owned);
    let base = work_tree.clone().unwrap_or_else(|| repository.common_dir().to_owned());
    let hooks_path = repository.config("core.hooksPath").map(|value| {
        let origin = hooks_path_origin(repository);
        HooksPath { value, base, origin }
    });
    Ok(InstallRequest {
        hooks: hooks_of(side),
        hooks_dir: repository.common_dir().join("hooks"),
        hooks_path,
        work_tree,
        binary: surroundings.binary.clone(),
        side,
    })
}

/// Returns the hooks of a side. A client's refs are its own affair: there, no transaction is watched.
fn hooks_of(side: Side) -> Vec<HookName> {
    match side {
        Side::Client => {
            vec![HookName::PreCommit, HookName::PrepareCommitMsg, HookName::PreMergeCommit, HookName::PrePush]
        }
        Side::Server => vec![HookName::PreReceive, HookName::ReferenceTransaction, HookName::PostReceive],
    }
}

/// Asks git whether the repository's own configuration names the hooks' directory.
fn hooks_path_origin(repository: &Repository) -> HooksPathOrigin {
    let Ok(program) = Program::find() else { return HooksPathOrigin::Inherited };
    let own = |scope: &str| {
        let call = program.at(repository).args(["config", scope, "--get", "core.hooksPath"]);
        call.run().is_ok_and(|output| output.status == 0)
    };
    if own("--local") || own("--worktree") { HooksPathOrigin::Repository } else { HooksPathOrigin::Inherited }
}

/// Returns where the hub's key lies.
fn hub_key_path(repository: &Repository) -> PathBuf {
    repository.common_dir().join("coord").join("hub-key")
}

/// Returns the hub's key; makes it if there is none.
fn hub_key_of(repository: &Repository) -> Result<SecretKey, Failure> {
    if let Some(key) = hub_key(repository)? {
        return Ok(key);
    }
    let key = SecretKey::generate();
    let path = hub_key_path(repository);
    disk::create_directories(path.parent().expect("it lies in a folder"))?;
    disk::write(&path, key.to_openssh("git-coord hub").as_bytes(), 0o600, Durability::Synced)?;
    Ok(key)
}

/// Returns the hub's key, if this is a server with one.
pub(crate) fn hub_key(repository: &Repository) -> Result<Option<SecretKey>, Failure> {
    let path = hub_key_path(repository);
    let bytes = match disk::read(&path, KEY_BYTES_MAX) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(error) => {
            let owner = if error.is_read_only() { disk::foreign_owner(&path)? } else { None };
            return Err(owner.map_or(error.into(), |owner| Failure::OtherAccount { path, owner }));
        }
    };
    let key = SecretKey::from_openssh(&bytes, None);
    key.map(Some).map_err(|error| Failure::KeyUnusable { path, reason: error.to_string() })
}

/// What git itself can refuse, it shall refuse as well: rewinds and deletions of any branch are ours to judge, but
/// malformed objects never come in.
fn secure_server(repository: &Repository) -> Result<(), Failure> {
    let program = Program::find()?;
    let set = |key: &str, value: &str| repository.config_set(&program, ConfigScope::Local, key, value);
    set("receive.fsckObjects", "true")?;
    set("receive.advertisePushOptions", "true")?;
    set("core.logAllRefUpdates", "always")?;
    Ok(())
}
