//! `policy propose`, `activate` and `rollback`: how the rules change.

use std::path::Path;

use crate::format::RECORD_BYTES_MAX;
use crate::format::WriteRecord;
use crate::format::parse_record;
use crate::format::sha256;
use crate::ledger::Appended;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::ledger::refusal_of;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::Policy;
use crate::model::PolicyRequest;
use crate::model::PrincipalId;
use crate::model::Record;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::RecordPath;
use crate::model::Text;
use crate::ops::closing::closing;
use crate::ops::context::Context;
use crate::ops::context::random_id;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::policy;
use crate::rules::Proposed;
use crate::rules::State;
use crate::rules::is_agreed;
use crate::rules::is_tightening;
use crate::rules::lint_for;
use crate::rules::speakers;

/// What a request to change the policy says beside its draft.
pub struct Options {
    pub title: Option<Text>,
    pub summary: Option<Text>,
}

/// How far the root members agree to a draft.
#[derive(Clone, Debug)]
pub struct Agreement {
    pub proposed: Proposed,
    /// Those whose word for it counts.
    pub members: Vec<PrincipalId>,
    pub threshold: u64,
    /// Whether it may be activated.
    pub is_reached: bool,
}

impl Agreement {
    pub(crate) fn of(state: &State, proposed: &Proposed) -> Self {
        Self {
            proposed: proposed.clone(),
            members: speakers(state, proposed).into_iter().collect(),
            threshold: state.policy.root.threshold,
            is_reached: is_agreed(state, proposed),
        }
    }
}

/// A request to change the policy that is open now.
pub struct Outcome {
    pub agreement: Agreement,
    /// The caller had opened it before, and nothing was written.
    pub existed: bool,
    /// Whether one root member may make it active at once.
    pub only_tightens: bool,
}

/// A policy as it would follow the active one.
struct Next {
    text: String,
    policy: Policy,
    delta: Digest,
}

/// Asks to make a file the policy.
pub fn propose(context: &mut Context, file: &Path, options: &Options) -> Result<Outcome, Failure> {
    let text = policy::read_text(&context.surroundings.directory.join(file))?.unwrap_or_default();
    let fallback = Text::parse("Change the policy").expect("it is plain text");
    ask(context, &text, options, &fallback)
}

/// Asks to bring back what was the policy in an earlier version.
pub fn roll_back(context: &mut Context, version: u64, options: &Options) -> Result<Outcome, Failure> {
    let text = earlier(context, version)?;
    let fallback = Text::parse(&format!("Bring back version {version} of the policy")).expect("it is plain text");
    ask(context, &text, options, &fallback)
}

fn ask(context: &mut Context, text: &str, options: &Options, fallback: &Text) -> Result<Outcome, Failure> {
    let identity = identity::acting(context)?;
    let next = following(context.state(), text)?;
    let only_tightens = is_tightening(&context.state().policy, &next.policy);
    let same = |proposed: &&Proposed| proposed.request.opener == identity.id && proposed.request.delta == next.delta;
    if let Some(proposed) = context.state().proposals.values().find(same) {
        return Ok(Outcome { agreement: Agreement::of(context.state(), proposed), existed: true, only_tightens });
    }
    let id = random_id(RecordKind::Request)?;
    context.append(&identity, |state, _| {
        let Next { text, policy, delta } = following(state, text)?;
        let request = PolicyRequest {
            id: id.clone(),
            opener: identity.id.clone(),
            version: policy.version,
            delta,
            title: options.title.clone().unwrap_or_else(|| fallback.clone()),
            summary: options.summary.clone(),
        };
        let draft = RecordPath::Draft(policy.version, id.clone());
        Ok(Draft {
            edits: vec![
                Edit { path: draft, text: Some(text) },
                Edit { path: RecordPath::Request(id.clone()), text: Some(request.to_text()) },
            ],
            message: format!("Propose version {} of the policy", policy.version),
        })
    })?;
    let state = context.state();
    let agreement = Agreement::of(state, state.proposals.get(&id).expect("it was just opened"));
    Ok(Outcome { agreement, existed: false, only_tightens })
}

/// Makes an approved draft the policy.
pub fn activate(context: &mut Context, id: &RecordId) -> Result<Appended, Failure> {
    let identity = identity::acting(context)?;
    let text = draft_text(context, id)?;
    context.append(&identity, |state, _| {
        let proposed = pending(state, id)?;
        let mut edits = closing(state, id);
        edits.push(Edit { path: RecordPath::Policy, text: Some(text.clone()) });
        Ok(Draft { edits, message: format!("Activate version {} of the policy", proposed.request.version) })
    })
}

/// Makes a file the policy at once, as one root member may if it only makes the rules tighter.
pub fn tighten(context: &mut Context, file: &Path) -> Result<Appended, Failure> {
    let identity = identity::acting(context)?;
    let text = policy::read_text(&context.surroundings.directory.join(file))?.unwrap_or_default();
    context.append(&identity, |state, _| {
        let next = following(state, &text)?;
        let message = format!("Tighten the policy to version {}", next.policy.version);
        Ok(Draft { edits: vec![Edit { path: RecordPath::Policy, text: Some(next.text) }], message })
    })
}

pub(crate) fn pending<'a>(state: &'a State, id: &RecordId) -> Result<&'a Proposed, Failure> {
    state.proposals.get(id).ok_or_else(|| Failure::NotFound { kind: "request", id: id.to_string() })
}

/// Returns the text of a draft.
pub fn draft_text(context: &Context, id: &RecordId) -> Result<String, Failure> {
    let path = RecordPath::Draft(pending(context.state(), id)?.request.version, id.clone());
    let tree = context.ledger.chain().valid_tree;
    let (_, blob) = context.repository.tree_entry(tree, &path.to_string())?.expect("a request comes with its draft");
    text_of(context, blob)
}

fn text_of(context: &Context, blob: ObjectId) -> Result<String, Failure> {
    let bytes = context.repository.blob(blob, RECORD_BYTES_MAX as u64)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns the policy of a text as it would follow the active one, whatever version the text says.
fn following(state: &State, text: &str) -> Result<Next, Failure> {
    let text = with_version(text, state.policy.version + 1, state.policy_digest);
    let record = parse_record(&RecordPath::Policy, text.as_bytes());
    let record = record.map_err(|fault| refusal_of(&RecordPath::Policy, &fault))?;
    let Record::Policy(policy, delta) = record else { unreachable!("the reader gives policies at the policy's path") };
    lint_for(state, &policy)?;
    Ok(Next { text, policy: *policy, delta })
}

/// Returns a policy's text with another version and parent. All else stays as it is, comments too.
fn with_version(text: &str, version: u64, parent: Digest) -> String {
    let ours = format!("version = {version}\nparent = \"{parent}\"\n");
    let tables = text.lines().position(|line| line.trim_start().starts_with('['));
    let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
    let top = tables.unwrap_or(usize::MAX);
    let is_top = |at: usize, line: &str, name: &str| at < top && key(line) == name;
    let place = ["version", "format"].iter().find_map(|name| {
        let found = text.lines().enumerate().find(|(at, line)| is_top(*at, line, name));
        found.map(|(at, _)| at)
    });
    let mut out = String::with_capacity(text.len() + ours.len());
    if place.is_none() {
        out.push_str(&ours);
    }
    for (at, line) in text.lines().enumerate() {
        if !is_top(at, line, "version") && !is_top(at, line, "parent") {
            out.push_str(line);
            out.push('\n');
        }
        if place == Some(at) {
            out.push_str(&ours);
        }
    }
    out
}

/// Returns the text of an earlier version. Each version cites the one before it, so that nothing else can stand in for it.
fn earlier(context: &Context, version: u64) -> Result<String, Failure> {
    let missing = || Failure::NotFound { kind: "version of the policy", id: version.to_string() };
    let mut wanted = context.state().policy.parent;
    let mut seen = None;
    for commit in context.ledger.line(usize::MAX)? {
        let tree = context.repository.commit_links(commit)?.tree;
        let Some((_, blob)) = context.repository.tree_entry(tree, "policy.toml")? else { continue };
        if seen.replace(blob) == Some(blob) {
            continue;
        }
        // What a void entry brought in may be anything.
        let Ok(text) = text_of(context, blob) else { continue };
        if wanted != Some(sha256(text.as_bytes())) {
            continue;
        }
        let Ok(Record::Policy(policy, _)) = parse_record(&RecordPath::Policy, text.as_bytes()) else { break };
        if policy.version == version {
            return Ok(text);
        }
        wanted = policy.parent;
    }
    Err(missing())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_parent_are_set_and_all_else_stays() {
        let parent = sha256(b"before");
        let ours = format!("version = 4\nparent = \"{parent}\"\n");
        let rest = "# Why: see below.\n\n[root]\nthreshold = 1\n\n[claims]\nversion = 2\n";
        for (before, after) in [
            (format!("format = 1\nversion = 3\nparent = \"x\"\n{rest}"), format!("format = 1\n{ours}{rest}")),
            (format!("parent = \"x\"\nversion=3\nformat = 1\n{rest}"), format!("{ours}format = 1\n{rest}")),
            (format!("format = 1\n{rest}"), format!("format = 1\n{ours}{rest}")),
            (rest.to_owned(), format!("{ours}{rest}")),
        ] {
            assert_eq!(with_version(&before, 4, parent), after, "{before}");
            assert_eq!(with_version(&after, 4, parent), after, "once more");
        }
    }
}
