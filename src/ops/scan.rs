//! `find --sarif`: what a scanner reported, as findings.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::disk;
use crate::format::Word;
use crate::format::WriteRecord;
use crate::format::sarif::LeftOut;
use crate::format::sarif::Sarif;
use crate::format::sarif::Scanned;
use crate::format::sarif::mark_of;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Finding;
use crate::model::FindingState;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::RecordPath;
use crate::model::Span;
use crate::ops::context::Context;
use crate::ops::context::random_id;
use crate::ops::failure::Failure;
use crate::ops::find::commit_named;
use crate::ops::identity;
use crate::ops::request::pending;
use crate::rules::Code;
use crate::rules::Noted;
use crate::rules::Refusal;
use crate::rules::State;

const REPORT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How many findings one entry adds at most: the judge takes no more changes at once.
const ENTRY_MAX: usize = 256;
/// How many findings one report adds at most. Everybody reads the ledger, and nobody reads as many findings.
const REPORT_MAX: usize = 1_000;

/// Which report, and what all of it is about.
pub struct Options {
    pub file: PathBuf,
    pub commit: Option<String>,
    pub request: Option<RecordId>,
    pub half_life: Option<Span>,
}

/// What became of a report.
pub struct Outcome {
    pub added: Vec<Noted>,
    /// Those that stand in the ledger as open findings.
    pub known: u64,
    /// Those that somebody has dismissed.
    pub dismissed: u64,
    pub left_out: BTreeMap<LeftOut, (u64, String)>,
}

/// What the ledger has of a result already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Open,
    Dismissed,
}

/// A result with the finding that it would be.
struct Candidate {
    mark: String,
    finding: Finding,
}

/// Leaves what a report says and the ledger does not know yet.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let report = read(context, options)?;
    let identity = identity::acting(context)?;
    let commit = commit_named(context, options.commit.as_deref())?;
    let report = if commit.is_none() && options.request.is_none() { report.with_places_only() } else { report };
    let author = &identity.id;
    let finding = |scanned: Scanned| finding(scanned, author, commit, options);
    let mut left: Vec<Candidate> = report.results.into_iter().map(finding).collect::<Result<_, _>>()?;
    let mut added: Vec<RecordId> = Vec::new();
    loop {
        let mut picked = BTreeSet::new();
        let mut is_done = false;
        let appended = context.append(&identity, |state, _| {
            if let Some(request) = &options.request {
                pending(state, request)?;
            }
            let known = Memory::of(state);
            let new: Vec<&Candidate> =
                left.iter().filter(|candidate| known.of_candidate(candidate).is_none()).collect();
            if added.len() + new.len() > REPORT_MAX {
                let reason = format!("it has {} results that are new; at most {REPORT_MAX} are added", new.len());
                return Err(Failure::Report { path: options.file.clone(), reason });
            }
            is_done = new.len() <= ENTRY_MAX;
            let new = &new[..new.len().min(ENTRY_MAX)];
            picked = new.iter().map(|candidate| candidate.finding.id.clone()).collect();
            if new.is_empty() {
                return Err(Refusal::new(Code::EntryEmpty, "the report says nothing new").into());
            }
            let edits = new.iter().map(|candidate| edit(&candidate.finding)).collect();
            Ok(Draft { edits, message: message(new) })
        });
        match appended {
            Err(_) if is_done && picked.is_empty() => break,
            appended => appended?,
        };
        left.retain(|candidate| !picked.contains(&candidate.finding.id));
        added.extend(picked);
        if is_done {
            break;
        }
    }
    let state = context.state();
    let known = Memory::of(state);
    let count =
        |kind: Known| left.iter().filter(|candidate| known.of_candidate(candidate) == Some(kind)).count() as u64;
    Ok(Outcome {
        added: added.iter().filter_map(|id| state.findings.get(id)).cloned().collect(),
        known: count(Known::Open),
        dismissed: count(Known::Dismissed),
        left_out: report.left_out,
    })
}

fn read(context: &Context, options: &Options) -> Result<Sarif, Failure> {
    let path = context.surroundings.directory.join(&options.file);
    let bytes = disk::read_following_links(&path, REPORT_BYTES_MAX)?;
    let not_found = || Failure::NotFound { kind: "file", id: options.file.display().to_string() };
    let root = context.repository.work_dir().and_then(|root| root.to_str());
    Sarif::read(&bytes.ok_or_else(not_found)?, root)
        .map_err(|fault| Failure::Report { path: options.file.clone(), reason: fault.to_string() })
}

fn finding(
    scanned: Scanned,
    author: &PrincipalId,
    commit: Option<ObjectId>,
    options: &Options,
) -> Result<Candidate, Failure> {
    let finding = Finding {
        rev: 1,
        id: random_id(RecordKind::Finding)?,
        author: author.clone(),
        kind: scanned.kind,
        severity: scanned.severity,
        text: scanned.text,
        paths: scanned.paths,
        commit,
        request: options.request.clone(),
        half_life: options.half_life,
        state: FindingState::Open,
        mission: None,
    };
    Ok(Candidate { mark: scanned.mark, finding })
}

fn edit(finding: &Finding) -> Edit {
    Edit { path: RecordPath::Finding(finding.id.clone()), text: Some(finding.to_text()) }
}

fn message(new: &[&Candidate]) -> String {
    match new {
        [only] => format!("Find a {} {} by a scanner", only.finding.severity.word(), only.finding.kind.word()),
        all => format!("Find {} things by a scanner", all.len()),
    }
}

/// The findings of a state that came from reports, by their marks.
struct Memory<'a>(BTreeMap<&'a str, Vec<&'a Finding>>);

impl<'a> Memory<'a> {
    fn of(state: &'a State) -> Self {
        let mut found: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for noted in state.findings.values() {
            if let Some(mark) = mark_of(noted.finding.text.as_str()) {
                found.entry(mark).or_default().push(&noted.finding);
            }
        }
        Self(found)
    }

    /// Returns what is known of a result. Anybody may write a mark, so what somebody else left counts only if it says at
    /// least as much; and what was dismissed, only if it was ours.
    fn of_candidate(&self, candidate: &Candidate) -> Option<Known> {
        let new = &candidate.finding;
        let about = |finding: &Finding| (finding.paths.clone(), finding.commit, finding.request.clone());
        let same = self.0.get(candidate.mark.as_str()).into_iter().flatten().filter(|old| about(old) == about(new));
        let mut known = None;
        for old in same {
            let is_mine = old.author == new.author;
            let says_as_much = old.text == new.text && old.kind == new.kind && old.severity >= new.severity;
            match old.state {
                FindingState::Open if is_mine || says_as_much => return Some(Known::Open),
                FindingState::Dismissed if is_mine => known = Some(Known::Dismissed),
                _ => {}
            }
        }
        known
    }
}
