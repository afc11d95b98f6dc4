//! `.coord/`: the checkout of the ledger, its links, and who acts in a worktree.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::disk;
use crate::disk::Durability;
use crate::disk::FileKind;
use crate::git::ConfigScope;
use crate::git::Program;
use crate::git::Repository;
use crate::git::Worktree;
use crate::ledger::Chain;
use crate::ledger::CloneStore;
use crate::ledger::LEDGER_REF;
use crate::ledger::Store;
use crate::model::PrincipalId;
use crate::ops::context::PRINCIPAL_KEY;
use crate::ops::context::WORKTREE_KEY;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::surroundings::Surroundings;
use crate::rules::Code;
use crate::rules::Refusal;

/// The name of the ledger's directory in a work tree.
pub const DIRECTORY: &str = ".coord";
const EXCLUDE_BYTES_MAX: u64 = 1 << 20;
const POINTER_BYTES_MAX: u64 = 1 << 16;
/// How long git may take to make a checkout that it has begun.
const FINISH_LOOK_COUNT: u32 = 50;
const FINISH_LOOK_EVERY: Duration = Duration::from_millis(20);

/// Makes the ledger's checkout in the main work tree, if the repository has one, and keeps git from seeing it there.
pub(crate) fn create(
    surroundings: &Surroundings,
    repository: &Repository,
    program: &Program,
    chain: &Chain,
) -> Result<Option<PathBuf>, Failure> {
    let worktrees = repository.worktrees()?;
    let Some(main) = worktrees.iter().find(|worktree| worktree.git_dir == repository.common_dir()) else {
        return Ok(None);
    };
    let path = main.path.join(DIRECTORY);
    exclude(repository)?;
    if let Some(existing) = finished(surroundings, repository, &path)? {
        let existing = if disk::stat(&existing.path)?.is_none() {
            brought(existing, &path)?
        } else {
            existing.check()?;
            existing
        };
        if existing.path == path {
            repository.tie_worktree(&existing)?;
        }
        return Ok(Some(existing.path));
    }
    if is_unfinished(repository, &path)? {
        disk::remove(&path.join(".git"))?;
        disk::remove_empty_directory(&path);
    }
    if disk::stat(&path)?.is_some() {
        let message = format!("`{}` is in the way of the ledger's checkout", path.display());
        return Err(Refusal::new(Code::WorktreeReplaced, message).into());
    }
    let added = repository.add_worktree(program, &path, LEDGER_REF)?;
    repository.tie_worktree(&added)?;
    let store = CloneStore::local(repository.clone(), program.clone())?;
    let lock = store.lock(store.wait_at_door()?)?;
    store.show(&lock, chain.head, chain.valid_tree)?;
    Ok(Some(path))
}

/// Returns the checkout that is there already. One that git is making right now, called by somebody who was killed
/// meanwhile, is waited for.
fn finished(surroundings: &Surroundings, repository: &Repository, path: &Path) -> Result<Option<Worktree>, Failure> {
    for _ in 0..FINISH_LOOK_COUNT {
        let found = repository.worktree_on(LEDGER_REF)?;
        if found.is_some() || !is_unfinished(repository, path)? {
            return Ok(found);
        }
        (surroundings.pause)(FINISH_LOOK_EVERY);
    }
    Ok(None)
}

/// Returns whether git was stopped while it made a checkout here: nothing is in it yet but the way to our repository.
fn is_unfinished(repository: &Repository, path: &Path) -> Result<bool, Failure> {
    if !matches!(disk::stat(path)?, Some((FileKind::Directory, _))) {
        return Ok(false);
    }
    match disk::list(path)?.as_slice() {
        [] => Ok(true),
        [only] if only == ".git" => {
            let pointer = disk::read(&path.join(".git"), POINTER_BYTES_MAX).ok().flatten().unwrap_or_default();
            let ours = format!("gitdir: {}/", repository.common_dir().join("worktrees").display());
            Ok(pointer.is_empty() || pointer.starts_with(ours.as_bytes()))
        }
        _ => Ok(false),
    }
}

/// Returns the checkout at the place where it belongs, as it is not where git has it on record. If the clone was moved, it
/// is there already, and its `.git` may still name the place where its git directory was.
fn brought(recorded: Worktree, path: &Path) -> Result<Worktree, Failure> {
    let here = Worktree { path: path.to_owned(), ..recorded };
    let pointer = disk::read(&path.join(".git"), POINTER_BYTES_MAX)?.unwrap_or_default();
    let pointer = String::from_utf8_lossy(&pointer).trim_end().to_owned();
    let name = here.git_dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let leads_nowhere =
        || disk::stat(&path.join(pointer.trim_start_matches("gitdir:").trim())).map(|found| found.is_none());
    if disk::stat(path)?.is_none() {
        restore(&here)?;
    } else if !pointer.ends_with(&format!("/worktrees/{name}")) || !leads_nowhere()? {
        let message = format!("`{}` is in the way of the ledger's checkout", path.display());
        return Err(Refusal::new(Code::WorktreeReplaced, message).into());
    }
    Ok(here)
}

/// Makes a checkout anew that somebody removed. It is empty until it is shown what the ledger says.
fn restore(worktree: &Worktree) -> Result<(), Failure> {
    disk::create_directories(&worktree.path)?;
    let pointer = format!("gitdir: {}\n", worktree.git_dir.display());
    disk::write(&worktree.path.join(".git"), pointer.as_bytes(), 0o644, Durability::Cached)?;
    disk::remove(&worktree.git_dir.join("index"))?;
    disk::remove(&worktree.git_dir.join("coord-shown"))?;
    Ok(())
}

/// Gives a linked work tree a `.coord` that leads to the ledger's checkout.
pub(crate) fn link(repository: &Repository) -> Result<(), Failure> {
    let Some(work_dir) = repository.work_dir() else { return Ok(()) };
    let Some(ledger) = repository.worktree_on(LEDGER_REF)? else { return Ok(()) };
    let path = work_dir.join(DIRECTORY);
    exclude(repository)?;
    if ledger.path == path {
        return Ok(());
    }
    // One that was made before the clone was moved leads nowhere.
    if matches!(disk::stat(&path)?, Some((FileKind::Link, _))) && disk::real_path(&path).is_err() {
        disk::remove(&path)?;
    }
    if disk::stat(&path)?.is_none() {
        disk::link(&ledger.path, &path)?;
    }
    Ok(())
}

/// Refuses a `.coord` that is something else than the ledger's own checkout (ENV-4).
pub(crate) fn check(repository: &Repository) -> Result<(), Failure> {
    let Some(ledger) = repository.worktree_on(LEDGER_REF)? else { return Ok(()) };
    ledger.check()?;
    Ok(())
}

fn exclude(repository: &Repository) -> Result<(), Failure> {
    let path = repository.common_dir().join("info").join("exclude");
    let text = disk::read(&path, EXCLUDE_BYTES_MAX)?.unwrap_or_default();
    let pattern = format!("/{DIRECTORY}");
    if String::from_utf8_lossy(&text).lines().any(|line| line.trim() == pattern) {
        return Ok(());
    }
    let mut text = text;
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend(format!("{pattern}\n").bytes());
    disk::write(&path, &text, 0o644, Durability::Cached)?;
    Ok(())
}

/// Makes a work tree act as a principal: whatever stock git signs there is signed with its key, which is named as
/// `user.signingKey` names one; `None` if git names it already.
pub(crate) fn act_as(
    repository: &Repository,
    program: &Program,
    id: &PrincipalId,
    signing_key: Option<&str>,
) -> Result<(), Failure> {
    if repository.is_bare() {
        return Ok(());
    }
    enable_worktree_config(repository, program)?;
    let set = |key: &str, value: &str| repository.config_set(program, ConfigScope::Worktree, key, value);
    set(PRINCIPAL_KEY, id.as_str())?;
    set(WORKTREE_KEY, &identity::worktree_name(repository))?;
    let Some(signing_key) = signing_key else { return Ok(()) };
    let settings = [("gpg.format", "ssh"), ("user.signingKey", signing_key), ("commit.gpgSign", "true")];
    for (key, value) in settings {
        set(key, value)?;
    }
    // What is typed in `.coord/` by the work tree's owner is signed in the same way.
    let is_main = repository.git_dir() == repository.common_dir();
    if is_main && let Some(ledger) = repository.worktree_on(LEDGER_REF)? {
        let ledger = Repository::discover(&ledger.path)?;
        for (key, value) in settings.into_iter().chain(RECORDS_AS_THEY_ARE) {
            ledger.config_set(program, ConfigScope::Worktree, key, value)?;
        }
    }
    Ok(())
}

/// What git does to commits and files elsewhere it does not do in the ledger's checkout, where either makes an entry void.
const RECORDS_AS_THEY_ARE: [(&str, &str); 2] = [("i18n.commitEncoding", "UTF-8"), ("core.autocrlf", "false")];

/// Lets work trees have settings of their own. What says that the main repository is bare, or where its work tree is, then
/// belongs to it alone: git-worktree(1) asks for that, or git takes every other work tree for the main one.
pub(crate) fn enable_worktree_config(repository: &Repository, program: &Program) -> Result<(), Failure> {
    const KEY: &str = "extensions.worktreeConfig";
    let main = Repository::open_git_dir(repository.common_dir())?;
    // A submodule's repository says where its work tree is; until the extension is on, its `.git` leads there as well.
    if let Some(place) = main.shared_config(program, "core.worktree")? {
        let own = repository.common_dir().join("config.worktree");
        program.at(&main).args(["config", "--file"]).arg(&own).args(["core.worktree", &place]).run()?.success()?;
        main.config_unset(program, ConfigScope::Local, "core.worktree")?;
    }
    if repository.config(KEY).as_deref() == Some("true") {
        return Ok(());
    }
    main.config_set(program, ConfigScope::Local, KEY, "true")?;
    if main.is_bare() {
        main.config_set(program, ConfigScope::Worktree, "core.bare", "true")?;
        main.config_unset(program, ConfigScope::Local, "core.bare")?;
    }
    Ok(())
}

/// Returns whether a path is a directory of the repository, for which a claim takes a slash.
pub(crate) fn is_directory(root: &Path, path: &str) -> bool {
    matches!(disk::stat(&root.join(path)), Ok(Some((FileKind::Directory, _))))
}
