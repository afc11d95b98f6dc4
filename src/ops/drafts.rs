//! Drafts: files in `.coord/` that are not in the ledger yet. `commit` signs and appends those that are the caller's.

use std::collections::BTreeSet;
use std::path::Path;

use crate::disk;
use crate::disk::FileKind;
use crate::format::RECORD_BYTES_MAX;
use crate::format::parse_record;
use crate::git::GitError;
use crate::git::Worktree;
use crate::ledger::Appended;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::ledger::refusal_of;
use crate::model::ObjectId;
use crate::model::Record;
use crate::model::RecordPath;
use crate::ops::context::Context;
use crate::ops::draft_signers;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::rehearsal;
use crate::ops::surroundings::Surroundings;
use crate::rules::Change;
use crate::rules::Code;
use crate::rules::Operation;
use crate::rules::Refusal;

/// A file of the ledger's checkout that differs from the ledger.
#[derive(Clone, Debug)]
pub struct DraftFile {
    /// Its path within `.coord/`.
    pub path: String,
    /// What would become of it.
    pub finding: Result<(), Refusal>,
    /// Whose record it is, if it can be read.
    pub owner: Option<String>,
    pub text: Option<String>,
    /// Whether it speaks for its owner or takes something away. All who work in a clone share its checkout, so `commit` signs
    /// such a draft only if it is named.
    pub must_be_named: bool,
}

impl DraftFile {
    /// Returns the record that it removes, if it is fine and does.
    pub fn removes(&self) -> Option<RecordPath> {
        let is_removal = self.finding.is_ok() && self.text.is_none();
        RecordPath::parse(&self.path).filter(|_| is_removal)
    }
}

/// A draft with the change that it makes, if it can be read.
pub(crate) type Drafted = (DraftFile, Option<Change>);

/// What of a checkout of very many files is looked at for its content even at a glance.
const ALWAYS: [&str; 2] = ["claims/", "requests/"];

/// The path of the checkout itself.
const WHOLE: &str = ".";

/// Returns the drafts, with what is wrong with each: every file is looked at.
pub fn list(context: &Context) -> Result<Vec<DraftFile>, Failure> {
    let tree = context.ledger.chain().valid_tree;
    among(context, |worktree| Ok(context.repository.paths_that_may_differ(worktree, tree)?))
}

/// Returns the drafts that a glance shows, and whether it shows all: in a ledger of thousands of files a changed content is
/// only noticed where work is going on.
pub fn glance(context: &Context) -> Result<(Vec<DraftFile>, bool), Failure> {
    let (tree, mut is_thorough) = (context.ledger.chain().valid_tree, true);
    let drafts = among(context, |worktree| {
        let glance = context.repository.glance(worktree, tree, &ALWAYS)?;
        is_thorough = glance.is_thorough;
        Ok(glance.paths)
    })?;
    Ok((drafts, is_thorough))
}

/// Returns the drafts that a glance shows, and those of the files that are named, whose content is compared whatever their
/// time stamps say.
pub(crate) fn look(context: &Context, named: BTreeSet<String>) -> Result<Vec<DraftFile>, Failure> {
    let tree = context.ledger.chain().valid_tree;
    among(context, |worktree| {
        let mut paths: BTreeSet<String> =
            context.repository.glance(worktree, tree, &ALWAYS)?.paths.into_iter().collect();
        for path in named {
            // What came and went, and directories, are nobody's drafts.
            let is_file = disk::stat(&worktree.path.join(&path))?.is_some_and(|(kind, _)| kind != FileKind::Directory);
            if is_file || context.repository.file_entry(tree, &path)?.is_some() {
                paths.insert(path);
            }
        }
        Ok(paths.into_iter().collect())
    })
}

/// Judges the files of the checkout that may be drafts, if it is there.
fn among(
    context: &Context,
    find: impl FnOnce(&Worktree) -> Result<Vec<String>, Failure>,
) -> Result<Vec<DraftFile>, Failure> {
    match checkout(context)? {
        Checkout::Absent => Ok(Vec::new()),
        Checkout::Replaced(draft) => Ok(vec![draft]),
        Checkout::Present(worktree) => judged(context, worktree, find(worktree)?),
    }
}

/// Returns the path of a file within the ledger's checkout, if it lies there and is not git's.
pub(crate) fn path_within(context: &Context, file: &Path) -> Option<String> {
    let inside = file.strip_prefix(&context.ledger.store().worktree()?.path).ok()?;
    let is_file = |path: &&str| !path.is_empty() && *path != ".git";
    inside.to_str().filter(is_file).map(ToOwned::to_owned)
}

/// What is at the place of the ledger's checkout.
enum Checkout<'a> {
    Absent,
    Present(&'a Worktree),
    /// Something else, which is told as a draft of the whole and not looked into (ENV-4).
    Replaced(DraftFile),
}

fn checkout(context: &Context) -> Result<Checkout<'_>, Failure> {
    let Some(worktree) = context.ledger.store().worktree() else { return Ok(Checkout::Absent) };
    match is_there(worktree) {
        Ok(true) => Ok(Checkout::Present(worktree)),
        Ok(false) => Ok(Checkout::Absent),
        Err(error @ GitError::BadWorktree { .. }) => {
            let message = format!("{error}; nothing in it was read. Move it away, then run `git coord join`");
            let finding = Err(Refusal::new(Code::WorktreeReplaced, message));
            Ok(Checkout::Replaced(DraftFile {
                path: WHOLE.to_owned(),
                finding,
                owner: None,
                text: None,
                must_be_named: false,
            }))
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns whether the checkout is there; refuses what is there instead of it.
pub(crate) fn is_there(worktree: &Worktree) -> Result<bool, GitError> {
    if disk::stat(&worktree.path)?.is_none() {
        return Ok(false);
    }
    worktree.check().map(|()| true)
}

fn judged(context: &Context, worktree: &Worktree, paths: Vec<String>) -> Result<Vec<DraftFile>, Failure> {
    let mut drafts = Vec::new();
    let mut tree = context.repository.tree_lookup(context.ledger.chain().valid_tree);
    for path in paths {
        let file = worktree.path.join(&path);
        if !is_reached(worktree, &path)? {
            continue;
        }
        let recorded = tree.file_entry(&path)?;
        if !is_as_recorded(context, &file, recorded)? {
            drafts.extend(read(context, &file, path, recorded)?);
        }
    }
    draft_signers::judge_together(context, &mut drafts)?;
    Ok(drafts.into_iter().map(|(draft, _)| draft).collect())
}

/// Returns whether nothing but directories leads to a file. A file or a link in the place of a directory is a draft itself;
/// neither is what a link leads to the ledger's, nor is all that it hides removed.
fn is_reached(worktree: &Worktree, path: &str) -> Result<bool, Failure> {
    let above = path.match_indices('/').map(|(end, _)| worktree.path.join(&path[..end]));
    for directory in above {
        if !matches!(disk::stat(&directory)?, None | Some((FileKind::Directory, _))) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Paths are listed by time stamps; what counts is the content.
fn is_as_recorded(context: &Context, file: &Path, recorded: Option<ObjectId>) -> Result<bool, Failure> {
    let Some(blob) = recorded else { return Ok(false) };
    let Ok(Some(present)) = disk::read(file, RECORD_BYTES_MAX as u64) else { return Ok(false) };
    Ok(context.repository.blob(blob, RECORD_BYTES_MAX as u64)? == present)
}

/// Reads a draft, with the change that it makes if it can be read; none if there is nothing any more.
fn read(context: &Context, file: &Path, path: String, recorded: Option<ObjectId>) -> Result<Option<Drafted>, Failure> {
    let refused = |refusal: Refusal| {
        let finding = Err(refusal.about(&path));
        (DraftFile { path: path.clone(), finding, owner: None, text: None, must_be_named: false }, None)
    };
    let Some(place) = RecordPath::parse(&path) else {
        return Ok(Some(refused(Refusal::new(Code::LedgerTree, "no record belongs at this path"))));
    };
    let bytes = match disk::read(file, RECORD_BYTES_MAX as u64) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(Some(refused(Refusal::new(Code::RecordLimit, error.to_string())))),
    };
    let exists = recorded.is_some();
    let operation = match &bytes {
        // It went while it was looked at.
        None if !exists => return Ok(None),
        None => Operation::Remove,
        Some(bytes) => match parse_record(&place, bytes) {
            Err(fault) => return Ok(Some(refused(refusal_of(&place, &fault)))),
            Ok(record) if exists => Operation::Replace(record),
            Ok(record) => Operation::Add(record),
        },
    };
    let must_be_named = must_be_named(&operation);
    let change = Change { path: place, operation };
    let (owner, finding) = draft_signers::judge_alone(context, &change)?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let finding = finding.map_err(|refusal| refusal.about(&path));
    Ok(Some((DraftFile { finding, path, owner, text, must_be_named }, Some(change))))
}

/// Claims, requests and new findings are the work of every day; whatever else somebody may have typed there decides.
fn must_be_named(operation: &Operation) -> bool {
    match operation {
        Operation::Add(Record::Finding(_)) => false,
        Operation::Add(record) | Operation::Replace(record) => match record {
            Record::Claim(claim) => claim.revoked_by.is_some(),
            // What breaks the glass lands by the word of its opener alone.
            Record::Request(request) => request.break_glass.is_some(),
            _ => true,
        },
        Operation::Remove => true,
    }
}

/// What became of the drafts.
pub struct Outcome {
    pub appended: Option<Appended>,
    pub committed: Vec<String>,
    /// Drafts that were left: of others, with something wrong, or not named.
    pub left: Vec<DraftFile>,
}

/// Signs and appends drafts that belong to the caller, in one entry: those that are named, or if none is, those that need
/// not be.
pub fn commit(context: &mut Context, named: &[String], message: Option<&str>) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    context.ledger.store().worktree().map(is_there).transpose()?;
    let all = list(context)?;
    let is_mine = |draft: &DraftFile| draft.finding.is_ok() && draft.owner.as_deref() == Some(identity.id.as_str());
    let named = named.iter().map(|path| named_draft(&all, path)).collect::<Result<BTreeSet<_>, _>>()?;
    if let Some(other) = all.iter().find(|draft| named.contains(&draft.path) && !is_mine(draft)) {
        let foreign = || Refusal::new(Code::RecordOwner, format!("`{}` is no draft of yours", other.path));
        return Err(other.finding.clone().err().unwrap_or_else(foreign).into());
    }
    let is_asked = |draft: &DraftFile| match named.is_empty() {
        true => is_mine(draft) && !draft.must_be_named,
        false => named.contains(&draft.path),
    };
    let (asked, left): (Vec<_>, Vec<_>) = all.into_iter().partition(is_asked);
    if asked.is_empty() {
        return Ok(Outcome { appended: None, committed: Vec::new(), left });
    }
    let committed: Vec<String> = asked.iter().map(|draft| draft.path.clone()).collect();
    let edits: Vec<Edit> = asked
        .into_iter()
        .filter_map(|draft| Some(Edit { path: RecordPath::parse(&draft.path)?, text: draft.text }))
        .collect();
    let message = message.map_or_else(|| format!("Commit {}", committed.join(", ")), str::to_owned);
    let appended = context.append(&identity, |_, _| Ok(Draft { edits: edits.clone(), message: message.clone() }))?;
    Ok(Outcome { appended: Some(appended), committed, left })
}

/// Returns the path of a draft that is named within the checkout, or as it lies in the work tree.
fn named_draft(all: &[DraftFile], named: &str) -> Result<String, Failure> {
    let inside = named.strip_prefix("./").unwrap_or(named);
    let inside = inside.strip_prefix(".coord/").unwrap_or(inside);
    let found = all.iter().find(|draft| draft.path == inside);
    found.map(|draft| draft.path.clone()).ok_or_else(|| Failure::NotFound { kind: "draft", id: named.to_owned() })
}

/// Says what the ledger worktree's own pre-commit hook says: whether the staged change would count.
///
/// A stock commit may have written an index back that it had read before an entry of ours; unless git holds its lock while
/// it asks, that is mended first, and git reads the index again.
pub fn check_staged(surroundings: Surroundings) -> Result<Result<(), Refusal>, Failure> {
    let context = Context::open(surroundings)?;
    context.show()?;
    let directory = &context.surroundings.directory;
    let tree = context
        .program
        .within(directory)
        .index_file(context.surroundings.index_file.as_deref())
        .arg("write-tree")
        .run()?
        .success()?;
    let tree = String::from_utf8_lossy(&tree.stdout).trim().parse();
    let tree = tree.map_err(|_| Failure::Unwritable("git wrote no tree".to_owned()))?;
    rehearsal::judge_tree(&context, tree)
}
