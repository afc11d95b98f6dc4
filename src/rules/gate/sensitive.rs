//! Paths whose content runs by itself, on machines of people who only fetched it.

use crate::model::Content;
use crate::model::DeltaEntry;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::Protection;
use crate::model::fold_name;
use crate::rules::code::Code;
use crate::rules::gate::counting::Subject;
use crate::rules::gate::segment::Context;
use crate::rules::gate::verdict::RuleOutcome;
use crate::rules::gate::verdict::first_of;

/// The names of files and directories at any depth that are sensitive whatever the policy says.
const NAMES: &[&str] = &[
    // Git itself.
    ".gitmodules",
    ".gitattributes",
    // What servers run for a commit.
    ".github",
    ".forgejo",
    ".gitea",
    ".gitlab",
    ".gitlab-ci.yml",
    ".circleci",
    ".buildkite",
    ".woodpecker",
    ".woodpecker.yml",
    ".drone.yml",
    ".travis.yml",
    "appveyor.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
    // What hooks run.
    ".husky",
    ".githooks",
    "lefthook.yml",
    ".lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yaml",
    "lefthook.toml",
    ".lefthook.toml",
    "lefthook.json",
    ".lefthook.json",
    "lefthook-local.yml",
    ".lefthook-local.yml",
    "lefthook-local.yaml",
    ".lefthook-local.yaml",
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    ".pre-commit-hooks.yaml",
    // What shells, editors and containers run when somebody opens the directory.
    ".envrc",
    ".vscode",
    ".idea",
    ".devcontainer",
    ".devcontainer.json",
    // What agents run, or obey.
    ".mcp.json",
    ".claude",
    ".cursor",
    ".cursorrules",
    ".codex",
    ".gemini",
    ".windsurf",
    ".windsurfrules",
    ".clinerules",
    "opencode.json",
    ".opencode",
    "AGENTS.md",
    "CLAUDE.md",
    "CLAUDE.local.md",
    "GEMINI.md",
];

/// What is asked for a sensitive path that no rule of the policy names.
pub(crate) const NEEDED: &str = "a human's approval, because it runs by itself";

/// Returns the changes that ask for that: none where approvals are not asked at all.
pub(crate) fn unnamed<'a>(changes: &'a [DeltaEntry], protections: &[&Protection]) -> Vec<&'a DeltaEntry> {
    let rules = || protections.iter().flat_map(|protection| &protection.approvals);
    if rules().next().is_none() {
        return Vec::new();
    }
    let named = |path: &[u8]| rules().any(|rule| rule.names(path));
    changes.iter().filter(|change| is_sensitive(change) && !named(&change.path)).collect()
}

/// Returns whether somebody's approval would count for what asks for it, whichever roles the rules ask.
pub fn could_vouch(
    subject: &Subject<'_>,
    changes: &[DeltaEntry],
    protections: &[&Protection],
    id: &PrincipalId,
) -> bool {
    let enrolled = subject.rights.principal(id).filter(|enrolled| enrolled.record.kind == PrincipalKind::Human);
    let may = enrolled.is_some_and(|enrolled| !subject.rights.is_suspect(enrolled) && subject.is_uninvolved(enrolled));
    may && !unnamed(changes, protections).is_empty()
}

/// Returns whether what has landed on these paths needed a human's approval; any path, where they are not known. Of a submodule
/// its path does not tell.
pub(crate) fn needs_human(paths: Option<&[&[u8]]>, protections: &[&Protection]) -> bool {
    let rules = || protections.iter().flat_map(|protection| &protection.approvals);
    let is_unnamed = |path: &&[u8]| has_sensitive_name(path) && !rules().any(|rule| rule.names(path));
    rules().next().is_some() && paths.is_none_or(|paths| paths.iter().any(is_unnamed))
}

/// A sensitive path that no rule of the policy names needs a human's approval, wherever approvals are asked at all.
pub(crate) fn rule(context: &Context<'_>, protections: &[&Protection]) -> Option<RuleOutcome> {
    let sensitive = unnamed(&context.segment.facts.changes, protections);
    let first = sensitive.first()?;
    let needed = NEEDED;
    let subject = context.subject();
    let mut answers = context.segment.records.answers(&context.pending.request.id);
    let human = answers.find(|answered| {
        subject.approver(answered).is_some_and(|enrolled| enrolled.record.kind == PrincipalKind::Human)
    });
    Some(match human {
        Some(answered) => {
            RuleOutcome::satisfied("sensitive paths", needed, format!("`{}`", answered.approval.principal))
        }
        None => {
            let found = vec![first_of(&first.path, sensitive.len())];
            RuleOutcome::broken("sensitive paths", Code::LaneSensitive, needed, found)
        }
    })
}

/// Returns whether a path is sensitive, in a checkout that folds names as well.
fn is_sensitive(change: &DeltaEntry) -> bool {
    let submodule =
        [&change.old, &change.new].iter().any(|side| side.is_some_and(|side| side.mode == Content::SUBMODULE));
    submodule || has_sensitive_name(&change.path)
}

fn has_sensitive_name(path: &[u8]) -> bool {
    let is_listed = |part: Vec<u8>| NAMES.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(&part));
    path.split(|byte| *byte == b'/').map(fold_name).any(is_listed)
}
