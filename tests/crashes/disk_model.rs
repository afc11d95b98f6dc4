//! What a disk may hold after the power went: what was waited for, and of the rest any part.
//!
//! Two kinds of file systems. The *journal* keeps the order of names: what a directory says is as it was at some instant since
//! the last wait for the disk. The *loose* one keeps none: each name that nobody waited for is there or not, on its own. In both
//! the bytes of a file that nobody waited for are all there, or none, or some, or zeros.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use crate::crashes::tracer::Call;
use crate::support::servers::Random;

const O_CREAT: i64 = 0o100;
const O_TRUNC: i64 = 0o1000;
const O_TMPFILE: i64 = 0o20_000_000;

/// The order in which names reach the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Journal,
    Loose,
}

type Number = usize;
type Names = BTreeMap<OsString, Number>;

#[derive(Clone, Debug)]
enum Node {
    Directory,
    /// A file with what it held at the start.
    File(Vec<u8>),
    Link(PathBuf),
}

#[derive(Clone, Debug)]
enum Step {
    /// A name of a directory comes to mean something else, or nothing. Steps of one group are one for the journal.
    Name {
        directory: Number,
        name: OsString,
        means: Option<Number>,
        group: usize,
    },
    Bytes {
        file: Number,
        at: Option<u64>,
        bytes: Vec<u8>,
    },
    Length {
        file: Number,
        length: u64,
    },
    Sync(Number),
    SyncAll,
    Acknowledged,
}

/// Everything that was done to a directory since its start.
#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    nodes: Vec<Node>,
    start: BTreeMap<Number, Names>,
    now: BTreeMap<Number, Names>,
    /// What was done, each with whether it was done on another machine, which keeps its power.
    steps: Vec<(Step, bool)>,
    groups: usize,
    /// Which file lost a name last, and in which group.
    unlinked: Option<(Number, usize)>,
}

/// What the bytes of a file are that nobody waited for.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Kept,
    Lost,
    Zeros,
    Torn,
}

impl Disk {
    /// Reads a directory as it is, as far as it has one of these names.
    pub(super) fn new(root: &Path, names: &[String]) -> Self {
        let mut disk = Self {
            root: root.to_owned(),
            nodes: vec![Node::Directory],
            start: BTreeMap::from([(0, Names::new())]),
            now: BTreeMap::new(),
            steps: Vec::new(),
            groups: 0,
            unlinked: None,
        };
        for name in names {
            let number = disk.take(&root.join(name));
            disk.start.get_mut(&0).unwrap().insert(name.into(), number);
        }
        disk.now = disk.start.clone();
        disk
    }

    fn take(&mut self, path: &Path) -> Number {
        let kind = fs::symlink_metadata(path).unwrap();
        let number = self.nodes.len();
        if kind.is_dir() {
            self.nodes.push(Node::Directory);
            let mut names = Names::new();
            for entry in fs::read_dir(path).unwrap().map(Result::unwrap) {
                names.insert(entry.file_name(), self.take(&entry.path()));
            }
            self.start.insert(number, names);
        } else if kind.is_symlink() {
            self.nodes.push(Node::Link(fs::read_link(path).unwrap()));
        } else {
            self.nodes.push(Node::File(fs::read(path).unwrap()));
        }
        number
    }

    /// How many steps were taken.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Forgets every wait for the disk, as if nobody had waited.
    pub(super) fn forget_waits(&mut self) {
        self.steps.retain(|(step, _)| !matches!(step, Step::Sync(_) | Step::SyncAll));
    }

    /// Notes that a command has said that it is done.
    pub(super) fn acknowledge(&mut self) {
        self.steps.push((Step::Acknowledged, false));
    }

    /// Returns after which steps a command had said that it was done.
    pub(super) fn acknowledged(&self) -> Vec<usize> {
        let steps = self.steps.iter().enumerate();
        steps.filter(|(_, step)| matches!(step.0, Step::Acknowledged)).map(|(index, _)| index + 1).collect()
    }

    /// Returns after which steps another machine had just done what it was asked for.
    pub(super) fn answers(&self) -> Vec<usize> {
        let ends = self.steps.windows(2).enumerate().filter(|(_, pair)| pair[0].1 && !pair[1].1);
        ends.map(|(index, _)| index + 1).collect()
    }

    /// Finds the directory and the name of a path; `None` if it is none of ours.
    fn place(&self, path: &Path) -> Option<(Number, OsString)> {
        let below = path.strip_prefix(&self.root).ok()?;
        let mut parts: Vec<OsString> = Vec::new();
        for part in below.components() {
            let Component::Normal(part) = part else { return None };
            parts.push(part.to_owned());
        }
        let name = parts.pop()?;
        let mut directory = 0;
        for part in parts {
            directory = *self.now.get(&directory)?.get(&part)?;
        }
        Some((directory, name))
    }

    fn node(&self, path: &Path) -> Option<Number> {
        let (directory, name) = self.place(path)?;
        self.now.get(&directory)?.get(&name).copied()
    }

    fn name(&mut self, path: &Path, means: Option<Number>, is_elsewhere: bool) {
        let Some((directory, name)) = self.place(path) else { return };
        let names = self.now.get_mut(&directory).unwrap_or_else(|| panic!("{} is in no directory", path.display()));
        match means {
            Some(number) => names.insert(name.clone(), number),
            None => names.remove(&name),
        };
        self.steps.push((Step::Name { directory, name, means, group: self.groups }, is_elsewhere));
    }

    fn create(&mut self, path: &Path, node: Node, is_elsewhere: bool) {
        if self.place(path).is_none() {
            return;
        }
        let number = self.nodes.len();
        if matches!(node, Node::Directory) {
            self.now.insert(number, Names::new());
            self.start.insert(number, Names::new());
        }
        self.nodes.push(node);
        self.name(path, Some(number), is_elsewhere);
    }

    /// Takes in a call. `is_elsewhere` says of a path that it is on a machine that keeps its power.
    pub(super) fn follow(&mut self, call: &Call, is_elsewhere: impl Fn(&Path) -> bool) {
        if call.result < 0 {
            return;
        }
        let (path, elsewhere) = (call.path.as_path(), is_elsewhere(&call.path));
        self.groups += 1;
        let step = match call.name.as_str() {
            "open" => {
                match self.node(path) {
                    // A file without a name is gone when the power is.
                    _ if call.offset & O_TMPFILE == O_TMPFILE => return,
                    None if call.offset & O_CREAT != 0 => {
                        return self.create(path, Node::File(Vec::new()), elsewhere);
                    }
                    Some(file) if call.offset & O_TRUNC != 0 => Step::Length { file, length: 0 },
                    _ => return,
                }
            }
            "write" | "pwrite" | "writev" => {
                // Nobody finds a file again that has no name any more.
                let Some(file) = self.node(path) else { return };
                Step::Bytes { file, at: u64::try_from(call.offset).ok(), bytes: call.data.clone() }
            }
            "rename" => {
                let Some(number) = self.node(path) else { return };
                self.name(&call.second_path(), Some(number), elsewhere);
                return self.name(path, None, elsewhere);
            }
            "link" => {
                let Some(number) = self.node(path) else { return };
                // A file that has its second name has the one that it comes from, on any disk.
                let named = self.steps.iter().rev().find_map(|(step, _)| match step {
                    Step::Name { means, group, .. } if *means == Some(number) => Some(*group),
                    _ => None,
                });
                let next = self.groups;
                self.groups = named.unwrap_or(next);
                self.name(&call.second_path(), Some(number), elsewhere);
                self.groups = next;
                return;
            }
            "unlink" | "rmdir" => {
                // So do the two names of a file that are taken away together.
                let (number, next) = (self.node(path), self.groups);
                let last = self.unlinked.filter(|(last, _)| Some(*last) == number);
                self.groups = last.map_or(next, |(_, group)| group);
                self.unlinked = number.map(|number| (number, self.groups));
                self.name(path, None, elsewhere);
                self.groups = next;
                return;
            }
            "mkdir" => return self.create(path, Node::Directory, elsewhere),
            "symlink" => return self.create(path, Node::Link(call.second_path()), elsewhere),
            "truncate" | "ftruncate" => {
                let Some(file) = self.node(path) else { return };
                Step::Length { file, length: call.offset as u64 }
            }
            "fsync" | "fdatasync" => {
                let Some(number) = self.node(path) else { return };
                Step::Sync(number)
            }
            "syncfs" | "sync" => Step::SyncAll,
            "chmod" | "fchmod" | "fallocate" | "sync_file_range" => return,
            other => panic!("`{other}` of {} is not followed", path.display()),
        };
        self.steps.push((step, elsewhere));
    }

    /// Writes what the disk may hold when the power goes after so many steps, over the directory as it was at the start.
    /// Returns in a few words what was lost.
    pub(super) fn lose_power(&self, cut: usize, order: Order, random: &mut Random) -> String {
        self.lose_power_at(self.finish_elsewhere(cut), order, random)
    }

    /// Lets the other machine end what it was asked for. Returns how many steps were taken then.
    fn finish_elsewhere(&self, cut: usize) -> usize {
        let is_elsewhere = |step: &&(Step, bool)| step.1;
        if !self.steps[..cut].last().as_ref().is_some_and(is_elsewhere) {
            return cut;
        }
        // Whoever asks waits meanwhile: what is done here next was done after the answer, and what is asked then was not asked.
        cut + self.steps[cut..].iter().take_while(is_elsewhere).count()
    }

    fn lose_power_at(&self, cut: usize, order: Order, random: &mut Random) -> String {
        let durable = self.durable(cut, order);
        let (names, lost) = self.surviving_names(cut, order, &durable, random);
        let mut told = lost;
        let mut contents: BTreeMap<Number, Vec<u8>> = BTreeMap::new();
        for number in self.files_written(cut) {
            let is_unsure = (0..cut).any(|index| !durable[index] && self.file_of(index) == Some(number));
            let fate = match random.below(5) {
                _ if !is_unsure => Fate::Kept,
                0 | 1 => Fate::Lost,
                2 => Fate::Zeros,
                3 => Fate::Torn,
                _ => Fate::Kept,
            };
            if !matches!(fate, Fate::Kept) {
                told.push_str(&format!("; {fate:?} {}", self.last_name(number, cut)));
            }
            contents.insert(number, self.content(number, cut, &durable, fate));
        }
        self.write_out(&names, &contents);
        told
    }

    fn file_of(&self, index: usize) -> Option<Number> {
        match self.steps[index].0 {
            Step::Bytes { file, .. } | Step::Length { file, .. } => Some(file),
            _ => None,
        }
    }

    fn files_written(&self, cut: usize) -> BTreeSet<Number> {
        (0..cut).filter_map(|index| self.file_of(index)).collect()
    }

    fn last_name(&self, number: Number, cut: usize) -> String {
        let is_it = |(step, _): &&(Step, bool)| matches!(step, Step::Name { means, .. } if *means == Some(number));
        match self.steps[..cut].iter().rev().find(is_it) {
            Some((Step::Name { name, .. }, _)) => name.to_string_lossy().into_owned(),
            _ => format!("file {number} that was there"),
        }
    }

    /// Returns of each step whether it was waited for.
    fn durable(&self, cut: usize, order: Order) -> Vec<bool> {
        let mut durable = vec![false; cut];
        let (mut synced, mut is_all, mut is_journal) = (BTreeSet::new(), false, false);
        for index in (0..cut).rev() {
            let (step, is_elsewhere) = &self.steps[index];
            durable[index] = *is_elsewhere
                || is_all
                || match step {
                    Step::Name { directory, .. } => synced.contains(directory) || is_journal,
                    Step::Bytes { file, .. } | Step::Length { file, .. } => synced.contains(file),
                    _ => true,
                };
            match step {
                Step::Sync(number) => {
                    synced.insert(*number);
                    is_journal |= order == Order::Journal;
                }
                Step::SyncAll => is_all = true,
                _ => {}
            }
        }
        durable
    }

    fn surviving_names(
        &self,
        cut: usize,
        order: Order,
        durable: &[bool],
        random: &mut Random,
    ) -> (BTreeMap<Number, Names>, String) {
        let unsure: Vec<usize> = (0..cut).filter(|index| !durable[*index]).collect();
        let until = match random.below(3) {
            0 => cut,
            1 => unsure.first().copied().unwrap_or(cut),
            _ => unsure.first().map_or(cut, |first| first + random.below((cut - first + 1) as u64) as usize),
        };
        // From a disk that keeps nearly all to one that loses nearly all.
        let share = random.below(11);
        let (mut coins, mut names, mut lost) = (BTreeMap::new(), self.start.clone(), 0);
        for (index, (step, _)) in self.steps[..cut].iter().enumerate() {
            let Step::Name { directory, name, means, group } = step else { continue };
            let coin = *coins.entry(*group).or_insert_with(|| random.below(10) < share);
            let is_kept = durable[index]
                || match order {
                    Order::Journal => index < until,
                    Order::Loose => coin,
                };
            if !is_kept {
                lost += 1;
                continue;
            }
            let within = names.get_mut(directory).unwrap();
            match means {
                Some(number) => within.insert(name.clone(), *number),
                None => within.remove(name),
            };
        }
        (names, format!("{lost} of {} names lost", unsure.len()))
    }

    fn content(&self, number: Number, cut: usize, durable: &[bool], fate: Fate) -> Vec<u8> {
        let Node::File(start) = &self.nodes[number] else { return Vec::new() };
        let mut content = start.clone();
        for (index, (step, _)) in self.steps[..cut].iter().enumerate() {
            let is_lost = !durable[index] && matches!(fate, Fate::Lost);
            match step {
                Step::Bytes { file, at, bytes } if *file == number && !is_lost => {
                    let at = at.map_or(content.len(), |at| at as usize);
                    let is_zeros = !durable[index] && matches!(fate, Fate::Zeros);
                    let bytes = if is_zeros { vec![0; bytes.len()] } else { bytes.clone() };
                    // Half of what was written last, or before: the rest never came.
                    let is_torn = !durable[index] && matches!(fate, Fate::Torn);
                    let bytes = if is_torn { &bytes[..bytes.len() / 2] } else { &bytes[..] };
                    if content.len() < at + bytes.len() {
                        content.resize(at + bytes.len(), 0);
                    }
                    content[at..at + bytes.len()].copy_from_slice(bytes);
                }
                Step::Length { file, length } if *file == number && !is_lost => content.resize(*length as usize, 0),
                _ => {}
            }
        }
        content
    }

    fn write_out(&self, names: &BTreeMap<Number, Names>, contents: &BTreeMap<Number, Vec<u8>>) {
        self.write_directory(0, &self.root, names, contents, &mut BTreeMap::new());
    }

    fn write_directory(
        &self,
        directory: Number,
        path: &Path,
        names: &BTreeMap<Number, Names>,
        contents: &BTreeMap<Number, Vec<u8>>,
        written: &mut BTreeMap<Number, PathBuf>,
    ) {
        let (before, after) = (&self.start[&directory], &names[&directory]);
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            let path = path.join(name);
            let is_directory = fs::symlink_metadata(&path).unwrap().is_dir();
            if is_directory { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
        for (name, number) in after {
            let (path, is_same) = (path.join(name), before.get(name) == Some(number));
            let is_file = matches!(self.nodes[*number], Node::File(_));
            if let Some(first) = written.get(number).filter(|_| is_file) {
                fs::remove_file(&path).ok();
                fs::hard_link(first, &path).unwrap();
                continue;
            }
            written.insert(*number, path.clone());
            match &self.nodes[*number] {
                Node::Directory => {
                    if !is_same {
                        fs::create_dir(&path).unwrap();
                    }
                    self.write_directory(*number, &path, names, contents, written);
                }
                Node::Link(target) if !is_same => {
                    fs::remove_file(&path).ok();
                    symlink(target, &path).unwrap();
                }
                Node::File(start) if !is_same || contents.contains_key(number) => {
                    fs::remove_file(&path).ok();
                    fs::write(&path, contents.get(number).unwrap_or(start)).unwrap();
                }
                _ => {}
            }
        }
    }
}
