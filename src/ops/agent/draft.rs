//! What is going to be written into settings, planned as a whole: what cannot be done without touching what is somebody
//! else's is refused before anything is written.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;
use crate::disk::Replaced;
use crate::format::settings::Owned;
use crate::format::settings::SettingsFault;
use crate::format::settings::owned_of;
use crate::format::settings::put;
use crate::format::settings::put_section;
use crate::format::settings::take;
use crate::format::settings::take_section;
use crate::ops::agent::AgentClient;
use crate::ops::agent::Change;
use crate::ops::agent::InstallRemark;
use crate::ops::agent::layout;
use crate::ops::agent::layout::Wanted;
use crate::ops::agent::layout::WantedFile;
use crate::ops::failure::Failure;
use crate::ops::hooks::Writing;

/// What is going to be written.
pub(super) struct Draft<'a> {
    client: AgentClient,
    root: PathBuf,
    main: PathBuf,
    binary: &'a Path,
    changes: Vec<Change>,
    pub(super) remarks: Vec<InstallRemark>,
}

/// What became of a draft.
pub(super) enum Ended {
    Done,
    /// Somebody has written one of the files since it was read.
    Overtaken(PathBuf),
}

impl<'a> Draft<'a> {
    pub(super) fn new(client: AgentClient, root: &Path, main: &Path, binary: &'a Path) -> Self {
        let real = |path: &Path| disk::real_path(path).unwrap_or_else(|_| path.to_owned());
        Self { client, root: real(root), main: real(main), binary, changes: Vec::new(), remarks: Vec::new() }
    }

    pub(super) fn put(&mut self, file: &WantedFile) -> Result<(), Failure> {
        self.change(file, |draft, before| {
            let is_ours = |command: &str| layout::is_ours(draft.client, draft.binary, command);
            let made = match &file.wanted {
                Wanted::Entries(entries) => put(before, entries, &is_ours),
                Wanted::Table(table) => table.put(before, &is_ours),
                Wanted::Section(body) => put_section(before, body),
                Wanted::Whole(text) => match before.map(owned_of) {
                    None | Some(Owned::Ours) => Ok(text.clone().into_bytes()),
                    Some(Owned::Changed) => Err(SettingsFault::Changed),
                    Some(Owned::Foreign) => Err(SettingsFault::Taken(file.path.display().to_string())),
                },
            };
            match made {
                Ok(made) => return Ok(Some(made)),
                Err(SettingsFault::Changed) => draft.remarks.push(InstallRemark::Stays(file.path.clone())),
                Err(SettingsFault::Taken(name)) if file.is_server => {
                    draft.remarks.push(InstallRemark::OtherServer { path: file.path.clone(), name });
                }
                Err(fault) => return Err(fault),
            }
            Ok(before.map(<[u8]>::to_vec))
        })
    }

    pub(super) fn take(&mut self, file: &WantedFile) -> Result<(), Failure> {
        self.change(file, |draft, before| {
            let Some(bytes) = before else { return Ok(None) };
            let is_ours = |command: &str| layout::is_ours(draft.client, draft.binary, command);
            let taken = match &file.wanted {
                Wanted::Entries(entries) => take(Some(bytes), entries, &is_ours),
                Wanted::Table(table) => table.take(bytes, &is_ours),
                Wanted::Section(_) => take_section(bytes),
                Wanted::Whole(_) => match owned_of(bytes) {
                    Owned::Ours => Ok(None),
                    Owned::Changed => Err(SettingsFault::Changed),
                    Owned::Foreign => Ok(Some(bytes.to_vec())),
                },
            };
            if taken == Err(SettingsFault::Changed) {
                draft.remarks.push(InstallRemark::Stays(file.path.clone()));
                return Ok(Some(bytes.to_vec()));
            }
            taken
        })
    }

    /// Makes of a file what it is to be; two changes of one file are made one after the other.
    fn change(
        &mut self,
        file: &WantedFile,
        make: impl FnOnce(&mut Self, Option<&[u8]>) -> Result<Option<Vec<u8>>, SettingsFault>,
    ) -> Result<(), Failure> {
        let path = self.place_of(file)?;
        let known = match self.changes.iter().position(|change| change.path == path) {
            Some(known) => known,
            None => {
                self.changes.push(Change::none(path.clone())?);
                self.changes.len() - 1
            }
        };
        let before = self.changes[known].after.clone();
        let refused = |fault: SettingsFault| Failure::Settings { path: path.clone(), reason: fault.to_string() };
        self.changes[known].after = make(self, before.as_deref()).map_err(refused)?;
        Ok(())
    }

    /// Returns the file itself where a link leads to it, which must not lead out of where the settings belong.
    fn place_of(&self, file: &WantedFile) -> Result<PathBuf, Failure> {
        let root = if file.is_in_main { &self.main } else { &self.root };
        let named = root.join(&file.path);
        let astray =
            || Failure::Settings { path: named.clone(), reason: "it is a link that leads elsewhere".to_owned() };
        let mut existing = named.clone();
        let mut rest = Vec::new();
        while disk::stat(&existing)?.is_none() {
            rest.extend(existing.file_name().map(ToOwned::to_owned));
            if !existing.pop() {
                break;
            }
        }
        let real = disk::real_path(&existing).map_err(|_| astray())?;
        let real = rest.iter().rev().fold(real, |path, name| path.join(name));
        let is_gits = real.strip_prefix(root).is_ok_and(|inside| inside.starts_with(".git"));
        if real.starts_with(root) && !is_gits { Ok(real) } else { Err(astray()) }
    }

    /// Writes what was planned, if anything is to be written, and adds it to what was changed.
    pub(super) fn done(self, writing: Writing, changed: &mut Vec<Change>) -> Result<Ended, Failure> {
        let changes: Vec<Change> = self.changes.into_iter().filter(|change| change.before != change.after).collect();
        changes.iter().try_for_each(Change::check_writable)?;
        for change in changes {
            if writing == Writing::Apply && change.write([&self.root, &self.main])? == Replaced::Changed {
                return Ok(Ended::Overtaken(change.path));
            }
            changed.push(change);
        }
        Ok(Ended::Done)
    }
}
