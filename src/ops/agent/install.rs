//! Our entries in the settings of an agent's program: planned as a whole, then written. What cannot be done without
//! touching what is somebody else's is refused before anything is written.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Durability;
use crate::disk::FileKind;
use crate::format::settings::Owned;
use crate::format::settings::SettingsFault;
use crate::format::settings::owned_of;
use crate::format::settings::put;
use crate::format::settings::put_block;
use crate::format::settings::take;
use crate::format::settings::take_block;
use crate::format::toml_fault;
use crate::ops::agent::AgentClient;
use crate::ops::agent::Scope;
use crate::ops::agent::layout;
use crate::ops::agent::layout::Wanted;
use crate::ops::agent::layout::WantedFile;
use crate::ops::context::open_repository;
use crate::ops::failure::Failure;
use crate::ops::hooks::Writing;
use crate::ops::surroundings::Surroundings;

/// More than any settings file has.
const FILE_BYTES_MAX: u64 = 4 << 20;
const NEW_FILE_MODE: u32 = 0o644;

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

/// One file before and after; `None` is no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: PathBuf,
    pub before: Option<Vec<u8>>,
    pub after: Option<Vec<u8>>,
    mode: u32,
}

/// What was done, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    pub client: AgentClient,
    pub changes: Vec<Change>,
    /// What is left for a person to do, in sentences.
    pub remarks: Vec<String>,
    pub writing: Writing,
}

/// Puts our entries into the settings of a program.
pub fn install(surroundings: &Surroundings, options: &Options) -> Result<Installation, Failure> {
    let root = root_of(surroundings, options.scope)?;
    let main = main_of(surroundings, &root)?;
    let mut draft = Draft::new(options.client, root, main, &surroundings.binary);
    let mut files = layout::files(options.client, options.scope, &surroundings.binary);
    if options.scope == Scope::Project && options.teaching == Teaching::Written {
        files.extend(layout::teaching(options.client));
    }
    for file in &files {
        draft.put(file)?;
    }
    draft.remark(options);
    draft.done(options)
}

/// Takes our entries out of the settings of a program again. What teaches agents goes with the last program.
pub fn uninstall(surroundings: &Surroundings, options: &Options) -> Result<Installation, Failure> {
    let root = root_of(surroundings, options.scope)?;
    let main = main_of(surroundings, &root)?;
    let mut draft = Draft::new(options.client, root.clone(), main.clone(), &surroundings.binary);
    let files = layout::files(options.client, options.scope, &surroundings.binary);
    for file in &files {
        draft.take(file)?;
    }
    if options.scope == Scope::Project {
        let others = AgentClient::ALL.into_iter().filter(|client| *client != options.client);
        let left: Vec<AgentClient> = others.filter(|client| is_installed([&root, &main], *client)).collect();
        for file in layout::teaching(options.client) {
            let is_shared =
                |client: &AgentClient| layout::teaching(*client).iter().any(|other| other.path == file.path);
            if !left.iter().any(is_shared) {
                draft.take(&file)?;
            }
        }
    }
    draft.done(options)
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

/// What is going to be written.
struct Draft<'a> {
    client: AgentClient,
    root: PathBuf,
    main: PathBuf,
    binary: &'a Path,
    changes: Vec<Change>,
    remarks: Vec<String>,
}

impl<'a> Draft<'a> {
    fn new(client: AgentClient, root: PathBuf, main: PathBuf, binary: &'a Path) -> Self {
        let root = disk::real_path(&root).unwrap_or(root);
        let main = disk::real_path(&main).unwrap_or(main);
        Self { client, root, main, binary, changes: Vec::new(), remarks: Vec::new() }
    }

    fn put(&mut self, file: &WantedFile) -> Result<(), Failure> {
        let shown = file.path.display().to_string();
        self.change(file, |draft, before| {
            let is_ours = |command: &str| layout::is_ours(draft.client, draft.binary, command);
            let made = match &file.wanted {
                Wanted::Entries(entries) => put(before, entries, &is_ours),
                Wanted::Block(comments, body) => {
                    put_block(before, *comments, body).and_then(|made| checked(file, before, made))
                }
                Wanted::Whole(text) => match before.map(owned_of) {
                    None | Some(Owned::Ours) => Ok(text.clone().into_bytes()),
                    Some(Owned::Changed) => {
                        draft.remarks.push(format!("{shown} was changed by somebody and stays as it is."));
                        return Ok(before.map(<[u8]>::to_vec));
                    }
                    Some(Owned::Foreign) => Err(SettingsFault::Taken(shown.clone())),
                },
            };
            match made {
                Ok(made) => Ok(Some(made)),
                Err(SettingsFault::Taken(what)) if file.is_server => {
                    draft.remarks.push(format!("{shown} has a server of its own as `{what}`, which stays."));
                    Ok(before.map(<[u8]>::to_vec))
                }
                Err(fault) => Err(fault),
            }
        })
    }

    fn take(&mut self, file: &WantedFile) -> Result<(), Failure> {
        let shown = file.path.display().to_string();
        self.change(file, |draft, before| {
            let Some(bytes) = before else { return Ok(None) };
            let is_ours = |command: &str| layout::is_ours(draft.client, draft.binary, command);
            match &file.wanted {
                Wanted::Entries(entries) => take(Some(bytes), entries, &is_ours),
                Wanted::Block(comments, _) => take_block(bytes, *comments),
                Wanted::Whole(_) => match owned_of(bytes) {
                    Owned::Ours => Ok(None),
                    Owned::Changed => {
                        draft.remarks.push(format!("{shown} was changed by somebody and stays."));
                        Ok(Some(bytes.to_vec()))
                    }
                    Owned::Foreign => Ok(Some(bytes.to_vec())),
                },
            }
        })
    }

    /// Makes of a file what it is to be; two changes of one file are made one after the other.
    fn change(
        &mut self,
        file: &WantedFile,
        make: impl FnOnce(&mut Self, Option<&[u8]>) -> Result<Option<Vec<u8>>, SettingsFault>,
    ) -> Result<(), Failure> {
        let path = self.place_of(file)?;
        let (found, mode) = read(&path)?;
        let known = self.changes.iter().position(|change| change.path == path);
        let before = known.map_or_else(|| found.clone(), |index| self.changes[index].after.clone());
        let refused = |fault: SettingsFault| Failure::Settings { path: path.clone(), reason: fault.to_string() };
        let after = make(self, before.as_deref()).map_err(refused)?;
        match known {
            Some(index) => self.changes[index].after = after,
            None => self.changes.push(Change { path, before: found, after, mode }),
        }
        Ok(())
    }

    /// Returns the file itself where a link leads to it, which must not lead out of where the settings belong.
    fn place_of(&self, file: &WantedFile) -> Result<PathBuf, Failure> {
        let root = if file.is_in_main { &self.main } else { &self.root };
        let named = root.join(&file.path);
        let mut existing = named.clone();
        let mut rest = Vec::new();
        while disk::stat(&existing)?.is_none() {
            rest.extend(existing.file_name().map(ToOwned::to_owned));
            if !existing.pop() {
                break;
            }
        }
        let real = disk::real_path(&existing).map_err(|_| leads_astray(&named))?;
        let real = rest.iter().rev().fold(real, |path, name| path.join(name));
        let is_gits = real.strip_prefix(root).is_ok_and(|inside| inside.starts_with(".git"));
        if real.starts_with(root) && !is_gits { Ok(real) } else { Err(leads_astray(&named)) }
    }

    /// Says what a person has to do before the program calls our hooks.
    fn remark(&mut self, options: &Options) {
        let sentence = match (options.client, options.scope) {
            (AgentClient::Codex, _) => {
                "Codex runs hooks only in a trusted project and after `/hooks` in it was answered with trust, again after \
                 each change."
            }
            (AgentClient::Claude, Scope::Project) => "Claude Code asks once to approve the server of .mcp.json.",
            (AgentClient::Claude, Scope::User) => {
                "The MCP server of the user is Claude Code's to write: claude mcp add --scope user coord -- git-coord mcp"
            }
            (AgentClient::Gemini, _) => "Gemini CLI runs hooks and servers of a trusted folder only.",
            (AgentClient::Copilot, Scope::Project) => {
                "Copilot CLI knows MCP servers of the user only: git coord agent install copilot --user"
            }
            _ => return,
        };
        self.remarks.push(sentence.to_owned());
    }

    fn done(self, options: &Options) -> Result<Installation, Failure> {
        let changes: Vec<Change> = self.changes.into_iter().filter(|change| change.before != change.after).collect();
        for change in &changes {
            check_writable(change)?;
        }
        if options.writing == Writing::Apply {
            changes.iter().try_for_each(|change| write(change, [&self.root, &self.main]))?;
        }
        Ok(Installation { client: self.client, changes, remarks: self.remarks, writing: options.writing })
    }
}

/// Returns a file of another form than JSON, if it still is one.
fn checked(file: &WantedFile, before: Option<&[u8]>, made: Vec<u8>) -> Result<Vec<u8>, SettingsFault> {
    if file.path.extension().is_none_or(|extension| extension != "toml") {
        return Ok(made);
    }
    let fault = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => toml_fault(text).map(SettingsFault::Syntax),
        Err(_) => Some(SettingsFault::Encoding),
    };
    if let Some(fault) = before.and_then(fault) {
        return Err(fault);
    }
    // It was sound before: what is in the way is of the same name.
    if fault(&made).is_some() { Err(SettingsFault::Taken("mcp_servers.coord".to_owned())) } else { Ok(made) }
}

fn leads_astray(path: &Path) -> Failure {
    Failure::Settings { path: path.to_owned(), reason: "it is a link that leads elsewhere".to_owned() }
}

fn read(path: &Path) -> Result<(Option<Vec<u8>>, u32), Failure> {
    let unusable = |reason: &str| Failure::Settings { path: path.to_owned(), reason: reason.to_owned() };
    match disk::stat(path)? {
        None => Ok((None, NEW_FILE_MODE)),
        Some((FileKind::Regular, mode)) => Ok((disk::read(path, FILE_BYTES_MAX)?, mode)),
        Some(_) => Err(unusable("it is not a file")),
    }
}

/// Refuses what somebody has protected: replacing a file asks for no right to it.
fn check_writable(change: &Change) -> Result<(), Failure> {
    if change.before.is_some() && change.mode & 0o200 == 0 {
        let reason = "nobody may write it".to_owned();
        return Err(Failure::Settings { path: change.path.clone(), reason });
    }
    Ok(())
}

fn write(change: &Change, roots: [&Path; 2]) -> Result<(), Failure> {
    let Some(after) = &change.after else {
        disk::remove(&change.path)?;
        // What was made for it goes with it, if nothing else is there.
        let mut folder = change.path.parent();
        while let Some(path) =
            folder.filter(|path| roots.iter().any(|root| path.starts_with(root)) && !roots.contains(path))
        {
            disk::remove_empty_directory(path);
            folder = path.parent();
        }
        return Ok(());
    };
    Ok(disk::write(&change.path, after, change.mode, Durability::Cached)?)
}
