//! lefthook: it writes the files of the hooks that it knows of, and reads what to run from the work tree.
//!
//! Its local file is merged with the shared one, survives `lefthook install`, and is this machine's own, but every work
//! tree needs one. Lines in the files that it writes would serve all work trees, until lefthook writes them anew, which
//! it does whenever two of them differ. Hooks that lefthook does not know of have our file as anywhere else.

use std::path::Path;
use std::path::PathBuf;

use crate::disk;

use super::block;
use super::block::Origin;
use super::error::HookFileError;
use super::hook_name::HookName;
use super::plan::FileContent;
use super::plan::Plan;
use super::request::Program;

const SECTION: &str = include_str!("../../../hooks/lefthook.yml");
const STEMS: [&str; 3] = ["lefthook", ".lefthook", ".config/lefthook"];
const EXTENSIONS: [&str; 5] = ["yml", "yaml", "toml", "json", "jsonc"];
const HEADING: &str = "# Asks git coord too. `git coord hooks uninstall` takes these lines out again.";

/// Returns whether the work tree has a configuration for lefthook.
pub(super) fn is_used(work_tree: &Path) -> Result<bool, HookFileError> {
    Ok(configuration(work_tree, "")?.is_some() || configuration(work_tree, "-local")?.is_some())
}

/// Returns whether lefthook writes this hook's file, now or at its next installation.
pub(super) fn rules(work_tree: &Path, hook_file: &Path, hook: HookName) -> Result<bool, HookFileError> {
    if is_generated(hook_file)? {
        return Ok(true);
    }
    for suffix in ["", "-local"] {
        let Some(path) = configuration(work_tree, suffix)? else { continue };
        let Some(content) = FileContent::read(&path)? else { continue };
        let bytes = match block::find(&content.bytes) {
            // Our own lines do not make the hook lefthook's.
            Ok(Some(found)) => block::remove(&content.bytes, &found),
            _ => content.bytes,
        };
        if names(&bytes, hook) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns what lefthook's local file should hold so that these hooks, and those already in it, are asked.
pub(super) fn install(
    plan: &mut Plan,
    work_tree: &Path,
    directory: &Path,
    program: &Program,
    hooks: &[HookName],
) -> Result<(), HookFileError> {
    let path = local_file(work_tree)?;
    let before = FileContent::read(&path)?;
    let bytes = before.as_ref().map(|content| content.bytes.clone()).unwrap_or_default();
    let snippet = |hooks: &[HookName]| sections(hooks, program);
    let Ok(found) = block::find(&bytes) else {
        plan.needs_manual.push(format!("The marks in `{}` are damaged: take git coord's lines out.", path.display()));
        return Ok(());
    };
    let others = found.as_ref().map_or_else(|| bytes.clone(), |found| block::remove(&bytes, found));
    let is_yaml = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
    let is_open = is_yaml && !others.trim_ascii_start().starts_with(b"{");
    let is_link = disk::stat(&path)?.is_some() && before.is_none();
    let (free, taken): (Vec<HookName>, Vec<HookName>) =
        hooks.iter().partition(|hook| is_open && !is_link && !names(&others, **hook));
    if !taken.is_empty() {
        plan.needs_manual.push(format!("Add to `{}`, among what is there:\n{}", path.display(), snippet(&taken)));
    }
    for hook in &free {
        if !is_generated(&directory.join(hook.as_str()))? {
            plan.needs_manual.push(format!("Run `lefthook install`, so that it runs `{hook}`."));
        }
    }
    let mut all = found.as_ref().map(|found| named_in(&found.text)).unwrap_or_default();
    all.extend(free);
    all.sort();
    all.dedup();
    if all.is_empty() {
        return Ok(());
    }
    let origin =
        found.as_ref().map_or(if before.is_none() { Origin::Created } else { Origin::Inserted }, |found| found.origin);
    let text = block::enclose(&format!("{HEADING}\n{}", snippet(&all)), origin, None);
    let bytes = match &found {
        Some(found) => block::replace(&bytes, found, &text),
        None => block::append(&bytes, &text),
    };
    let mode = before.as_ref().map_or(0o644, |before| before.mode);
    plan.edit(&path, before, Some(FileContent { bytes, mode }));
    Ok(())
}

/// Takes these hooks out of lefthook's local file.
pub(super) fn uninstall(
    plan: &mut Plan,
    work_tree: &Path,
    program: &Program,
    hooks: &[HookName],
) -> Result<(), HookFileError> {
    let path = local_file(work_tree)?;
    let Some(before) = FileContent::read(&path)? else { return Ok(()) };
    let Ok(Some(found)) = block::find(&before.bytes) else { return Ok(()) };
    let mut left = named_in(&found.text);
    left.retain(|hook| !hooks.contains(hook));
    let bytes = if left.is_empty() {
        block::remove(&before.bytes, &found)
    } else {
        let text = block::enclose(&format!("{HEADING}\n{}", sections(&left, program)), found.origin, None);
        block::replace(&before.bytes, &found, &text)
    };
    let is_gone = found.origin == Origin::Created && bytes.trim_ascii().is_empty();
    let after = (!is_gone).then_some(FileContent { bytes, mode: before.mode });
    plan.edit(&path, Some(before), after);
    Ok(())
}

/// Returns whether the local file asks us at this hook, and whether with today's lines.
pub(super) fn find(work_tree: &Path, program: &Program, hook: HookName) -> Result<Option<Freshness>, HookFileError> {
    let path = local_file(work_tree)?;
    let bytes = FileContent::read(&path)?.map(|content| content.bytes).unwrap_or_default();
    let text = match block::find(&bytes) {
        Ok(Some(found)) if named_in(&found.text).contains(&hook) => found.text,
        _ => return Ok(None),
    };
    let is_current = text.contains(&sections(&[hook], program));
    Ok(Some(if is_current { Freshness::Current } else { Freshness::Old }))
}

/// Whether lines are what would be written today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    Current,
    Old,
}

/// Returns the file that lefthook reads after its shared one.
pub(super) fn local_file(work_tree: &Path) -> Result<PathBuf, HookFileError> {
    if let Some(path) = configuration(work_tree, "-local")? {
        return Ok(path);
    }
    let shared = configuration(work_tree, "")?;
    let is_hidden =
        shared.as_ref().and_then(|path| path.file_name()).is_some_and(|name| name.as_encoded_bytes()[0] == b'.');
    let directory = shared.as_ref().and_then(|path| path.parent()).unwrap_or(work_tree);
    Ok(directory.join(if is_hidden { ".lefthook-local.yml" } else { "lefthook-local.yml" }))
}

fn configuration(work_tree: &Path, suffix: &str) -> Result<Option<PathBuf>, HookFileError> {
    for stem in STEMS {
        for extension in EXTENSIONS {
            let path = work_tree.join(format!("{stem}{suffix}.{extension}"));
            if disk::stat(&path)?.is_some() {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}

fn is_generated(hook_file: &Path) -> Result<bool, HookFileError> {
    let content = FileContent::read(hook_file)?.map(|content| content.bytes).unwrap_or_default();
    Ok(content.windows(13).any(|window| window == b"call_lefthook"))
}

/// Returns whether a line begins with the hook's name as a key, in any of the formats.
fn names(content: &[u8], hook: HookName) -> bool {
    String::from_utf8_lossy(content).lines().any(|line| {
        let rest = line.trim_start_matches([' ', '\t', '[', '"', '\'', '{']).strip_prefix(hook.as_str());
        rest.is_some_and(|rest| rest.starts_with(['"', '\'', ':', ' ', '.', ']', '=']))
    })
}

fn named_in(text: &str) -> Vec<HookName> {
    text.lines().filter_map(|line| HookName::parse(line.strip_suffix(':')?).ok()).collect()
}

fn sections(hooks: &[HookName], program: &Program) -> String {
    let section = |hook: &HookName| {
        let stdin = if hook.reads_stdin() { "true" } else { "false" };
        let text = SECTION.trim_end().replace("@hook@", hook.as_str()).replace("@stdin@", stdin);
        text.replace("@binary@", &program.shell_word())
    };
    hooks.iter().map(section).collect::<Vec<String>>().join("\n")
}
