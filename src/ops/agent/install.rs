//! Our entries in the settings of an agent's program: put in, and taken out again.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::format::settings::Owned;
use crate::format::settings::owned_of;
use crate::ops::agent::AgentClient;
use crate::ops::agent::Change;
use crate::ops::agent::InstallRemark;
use crate::ops::agent::Scope;
use crate::ops::agent::change::FILE_BYTES_MAX;
use crate::ops::agent::draft::Draft;
use crate::ops::agent::draft::Ended;
use crate::ops::agent::layout;
use crate::ops::agent::layout::Wanted;
use crate::ops::context::open_repository;
use crate::ops::failure::Failure;
use crate::ops::hooks::Writing;
use crate::ops::surroundings::Surroundings;

/// How often a plan is made anew because the program wrote its settings meanwhile.
const ATTEMPTS_MAX: u32 = 8;

/// Which program, whose settings, and what goes along.
pub struct Options {
    pub client: AgentClient,
    pub scope: Scope,
    pub teaching: Teaching,
    pub writing: Writing,
}

/// Whether the files that teach agents are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teaching {
    Written,
    LeftOut,
}

/// What was done, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    pub client: AgentClient,
    pub changes: Vec<Change>,
    pub remarks: Vec<InstallRemark>,
    pub writing: Writing,
}

/// Puts our entries into the settings of a program.
pub fn install(surroundings: &Surroundings, options: &Options) -> Result<Installation, Failure> {
    let mut files = layout::files(options.client, options.scope, &surroundings.binary);
    if options.scope == Scope::Project && options.teaching == Teaching::Written {
        files.extend(layout::teaching(options.client));
    }
    carry_out(surroundings, options, |draft, _| {
        files.iter().try_for_each(|file| draft.put(file))?;
        draft.remarks.extend(InstallRemark::of(options.client, options.scope));
        Ok(())
    })
}

/// Takes our entries out of the settings of a program again. What teaches agents goes with the last program.
pub fn uninstall(surroundings: &Surroundings, options: &Options) -> Result<Installation, Failure> {
    let files = layout::files(options.client, options.scope, &surroundings.binary);
    carry_out(surroundings, options, |draft, roots| {
        files.iter().try_for_each(|file| draft.take(file))?;
        if options.scope == Scope::User {
            return Ok(());
        }
        let others = AgentClient::ALL.into_iter().filter(|client| *client != options.client);
        let left: Vec<AgentClient> = others.filter(|client| is_installed(roots, *client)).collect();
        for file in layout::teaching(options.client) {
            let is_shared =
                |client: &AgentClient| layout::teaching(*client).iter().any(|other| other.path == file.path);
            if !left.iter().any(is_shared) {
                draft.take(&file)?;
            }
        }
        Ok(())
    })
}

/// Makes a plan and carries it out; another one, where somebody wrote one of the files meanwhile.
fn carry_out(
    surroundings: &Surroundings,
    options: &Options,
    plan: impl Fn(&mut Draft<'_>, [&Path; 2]) -> Result<(), Failure>,
) -> Result<Installation, Failure> {
    let root = root_of(surroundings, options.scope)?;
    let main = main_of(surroundings, &root)?;
    let (client, writing) = (options.client, options.writing);
    // What a plan had written that was overtaken is changed as well.
    let mut changes = Vec::new();
    let mut overtaken = PathBuf::new();
    for _ in 0..ATTEMPTS_MAX {
        let mut draft = Draft::new(client, &root, &main, &surroundings.binary);
        plan(&mut draft, [&root, &main])?;
        let remarks = draft.remarks.clone();
        match draft.done(writing, &mut changes)? {
            Ended::Done => return Ok(Installation { client, changes, remarks, writing }),
            Ended::Overtaken(path) => overtaken = path,
        }
    }
    Err(Failure::Settings { path: overtaken, reason: "its program writes it all the time".to_owned() })
}

fn root_of(surroundings: &Surroundings, scope: Scope) -> Result<PathBuf, Failure> {
    match scope {
        Scope::User => surroundings.home.clone().ok_or_else(|| Failure::Argument {
            what: "--user".to_owned(),
            expected: "possible for who has no home directory",
        }),
        Scope::Project => {
            let repository = open_repository(&surroundings.directory)?;
            repository.work_dir().map(Path::to_owned).ok_or_else(|| Failure::Argument {
                what: surroundings.directory.display().to_string(),
                expected: "a work tree: agents work in one",
            })
        }
    }
}

/// Returns the main work tree, for those who read settings there; this one, if there is no other.
fn main_of(surroundings: &Surroundings, root: &Path) -> Result<PathBuf, Failure> {
    let Ok(repository) = open_repository(&surroundings.directory) else { return Ok(root.to_owned()) };
    if repository.git_dir() == repository.common_dir() || repository.work_dir() != Some(root) {
        return Ok(root.to_owned());
    }
    let all = repository.worktrees()?;
    let main = all.into_iter().find(|worktree| worktree.git_dir == repository.common_dir());
    Ok(main.map_or_else(|| root.to_owned(), |worktree| worktree.path))
}

/// Returns whether the hooks of a program are in the settings of a work tree.
fn is_installed([root, main]: [&Path; 2], client: AgentClient) -> bool {
    let mut files = layout::files(client, Scope::Project, Path::new("git-coord")).into_iter();
    files.any(|file| {
        let bytes =
            disk::read_following_links(&if file.is_in_main { main } else { root }.join(&file.path), FILE_BYTES_MAX)
                .ok()
                .flatten()
                .unwrap_or_default();
        let marker = format!("agent hook {} ", client.as_str());
        let is_plugin = matches!(file.wanted, Wanted::Whole(_)) && owned_of(&bytes) != Owned::Foreign;
        is_plugin || String::from_utf8_lossy(&bytes).contains(&marker)
    })
}
