//! From the bytes of a report to what may become findings.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::format::claim::PATTERNS_MAX;
use crate::format::digest::sha256;
use crate::format::sarif::message::message;
use crate::format::sarif::message::record_text;
use crate::format::sarif::message::shortened;
use crate::format::sarif::place;
use crate::format::sarif::place::Outside;
use crate::format::sarif::rule::rule_of;
use crate::format::sarif::shape::Judgement;
use crate::format::sarif::shape::Log;
use crate::format::sarif::shape::Outcome;
use crate::format::sarif::shape::Run;
use crate::model::FindingKind;
use crate::model::Pattern;
use crate::model::Severity;
use crate::model::Text;

const VERSION: &str = "2.1.0";
/// How a text ends that came from a report: 16 digits tell the result from all others.
const MARK: &str = " [sarif ";
const MARK_DIGITS: usize = 16;
const NAME_BYTES_MAX: usize = 128;

/// Why nothing is taken from a report.
#[derive(Debug, thiserror::Error)]
pub enum SarifFault {
    #[error("it is not SARIF: {0}")]
    Syntax(String),
    #[error("it is SARIF `{0}`; 2.1.0 is read")]
    Version(String),
}

/// Why a result does not become a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// Somebody has set it aside in the code or in the scanner.
    Suppressed,
    /// It says that nothing is wrong, or has the level `none`.
    NoProblem,
    /// It was there in an earlier run and is not any more.
    Absent,
    /// It is about a file that is not in this repository.
    Outside,
    /// It is about no file, and neither a commit nor a request was named.
    Placeless,
    /// It says nothing.
    Wordless,
    /// The report has it twice.
    Repeated,
}

/// A result that may become a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    pub kind: FindingKind,
    pub severity: Severity,
    pub text: Text,
    /// Empty if it is about no file.
    pub paths: Vec<Pattern>,
    /// The same for the same result in another run.
    pub mark: String,
}

/// What a report says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sarif {
    pub results: Vec<Scanned>,
    /// How many were left out for each reason, and the rule and file of the first of them.
    pub left_out: BTreeMap<LeftOut, (u64, String)>,
}

impl Sarif {
    /// Reads a report. An absolute path in it counts if it is below this root of a work tree.
    pub fn read(bytes: &[u8], root: Option<&str>) -> Result<Self, SarifFault> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let log: Log = serde_json::from_slice(bytes).map_err(|error| SarifFault::Syntax(error.to_string()))?;
        if log.version != VERSION {
            return Err(SarifFault::Version(shortened(&log.version, NAME_BYTES_MAX)));
        }
        let mut report = Self::default();
        let mut drafts = Vec::new();
        for run in &log.runs {
            for outcome in run.results.iter().flatten() {
                match draft(run, outcome, root) {
                    Ok(draft) => drafts.push((draft, outcome)),
                    Err(reason) => report.leave_out(reason, || about(outcome)),
                }
            }
        }
        let mut lines: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (draft, _) in &drafts {
            lines.entry(draft.by_prints.clone()).or_default().insert(draft.by_line.clone());
        }
        let mut seen = BTreeSet::new();
        for (draft, outcome) in drafts {
            // Some scanners write one fingerprint for everything.
            let tells = lines.get(&draft.by_prints).is_some_and(|lines| lines.len() == 1);
            let mark = if tells { draft.by_prints.clone() } else { draft.by_line.clone() };
            match draft.finished(mark) {
                Some(scanned) if seen.insert(scanned.mark.clone()) => report.results.push(scanned),
                Some(_) => report.leave_out(LeftOut::Repeated, || about(outcome)),
                None => report.leave_out(LeftOut::Wordless, || about(outcome)),
            }
        }
        Ok(report)
    }

    fn leave_out(&mut self, reason: LeftOut, about: impl FnOnce() -> String) {
        self.left_out.entry(reason).or_insert_with(|| (0, about())).0 += 1;
    }

    /// Leaves out what is about no file.
    #[must_use]
    pub fn with_places_only(mut self) -> Self {
        let (placed, placeless): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.results).into_iter().partition(|scanned| !scanned.paths.is_empty());
        self.results = placed;
        for scanned in placeless {
            self.leave_out(LeftOut::Placeless, || shortened(scanned.text.as_str(), NAME_BYTES_MAX));
        }
        self
    }
}

/// Returns the mark at the end of the text of a finding that came from a report.
pub fn mark_of(text: &str) -> Option<&str> {
    let (_, mark) = text.strip_suffix(']')?.rsplit_once(MARK)?;
    let is_mark = mark.len() == MARK_DIGITS && mark.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_mark.then_some(mark)
}

/// Returns the rule and the place of a result as the report writes them.
fn about(outcome: &Outcome) -> String {
    let rule = outcome.rule_id.as_deref().unwrap_or("(no rule)");
    let mut uris = outcome
        .locations
        .iter()
        .filter_map(|location| location.physical_location.as_ref()?.artifact_location.as_ref()?.uri.as_deref());
    let uri = uris.next().map_or(String::new(), |uri| format!(" {uri}"));
    shortened(&format!("{rule}{uri}"), NAME_BYTES_MAX)
}

/// A result before it is known what tells it from the others.
struct Draft {
    kind: FindingKind,
    severity: Severity,
    beginning: String,
    place: String,
    paths: Vec<Pattern>,
    /// Its mark by its fingerprints; that by its line if it has none.
    by_prints: String,
    by_line: String,
}

impl Draft {
    fn finished(self, mark: String) -> Option<Scanned> {
        let end = format!(" ({}){MARK}{mark}]", self.place);
        let text = record_text(&self.beginning, &end)?;
        Some(Scanned { kind: self.kind, severity: self.severity, text, paths: self.paths, mark })
    }
}

fn draft(run: &Run, outcome: &Outcome, root: Option<&str>) -> Result<Draft, LeftOut> {
    if outcome.kind.is_some_and(|kind| kind != Judgement::Fail) {
        return Err(LeftOut::NoProblem);
    }
    if outcome.baseline_state.as_deref() == Some("absent") {
        return Err(LeftOut::Absent);
    }
    let accepted = |status: Option<&str>| matches!(status, None | Some("accepted"));
    let suppressions = &outcome.suppressions;
    if !suppressions.is_empty() && suppressions.iter().all(|one| accepted(one.status.as_deref())) {
        return Err(LeftOut::Suppressed);
    }
    let found = rule_of(&run.tool, outcome);
    let severity = found.severity(found.level(outcome.level)).ok_or(LeftOut::NoProblem)?;
    let paths = paths(run, outcome, root).map_err(|Outside| LeftOut::Outside)?;
    let said = message(&outcome.message, &found).ok_or(LeftOut::Wordless)?;
    let tool = shortened(&run.tool.driver.name, NAME_BYTES_MAX);
    let rule = found.id.unwrap_or_default();
    let line = line_of(outcome).map(|line| line.to_string());
    let names = [tool.as_str(), rule];
    let by_line = mark(names, &paths, [said.clone(), line.clone().unwrap_or_default()]);
    let prints = [&outcome.fingerprints, &outcome.partial_fingerprints].into_iter().find(|prints| !prints.is_empty());
    let by_prints = prints.map(|prints| prints.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
    let by_prints = by_prints.map_or_else(|| by_line.clone(), |prints| mark(names, &paths, prints));
    let beginning = if rule.is_empty() { said } else { format!("{}: {said}", shortened(rule, NAME_BYTES_MAX)) };
    let place = line.map_or_else(|| tool.clone(), |line| format!("line {line}, {tool}"));
    Ok(Draft { kind: found.kind(), severity, beginning, place, paths, by_prints, by_line })
}

/// Returns the files that a result is about; those outside are left out as long as one is inside.
fn paths(run: &Run, outcome: &Outcome, root: Option<&str>) -> Result<Vec<Pattern>, Outside> {
    let mut paths: Vec<Pattern> = Vec::new();
    let mut is_outside = false;
    let physical = outcome.locations.iter().filter_map(|location| location.physical_location.as_ref());
    for artifact in physical.filter_map(|physical| physical.artifact_location.as_ref()) {
        match place::pattern(artifact, run, root) {
            Some(Ok(path)) if !paths.contains(&path) && paths.len() < PATTERNS_MAX => paths.push(path),
            Some(Err(Outside)) => is_outside = true,
            Some(Ok(_)) | None => {}
        }
    }
    if paths.is_empty() && is_outside { Err(Outside) } else { Ok(paths) }
}

fn line_of(outcome: &Outcome) -> Option<u64> {
    outcome.locations.iter().find_map(|location| location.physical_location.as_ref()?.region.as_ref()?.start_line)
}

/// Returns a mark of a result of this tool and rule about these files.
fn mark(names: [&str; 2], paths: &[Pattern], words: impl IntoIterator<Item = String>) -> String {
    let mut parts: Vec<String> = names.into_iter().map(str::to_owned).collect();
    parts.push(paths.len().to_string());
    parts.extend(paths.iter().map(|path| path.as_str().to_owned()));
    parts.extend(words);
    // Each with its length: no two lists are one text.
    let told: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    sha256(told.as_bytes()).as_bytes().iter().take(MARK_DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}
