//! `log` and `show`: the ledger in words.

use crate::format::commit;
use crate::git::TreeChange;
use crate::ledger::Chain;
use crate::ledger::Step;
use crate::ledger::Store;
use crate::model::Digest;
use crate::model::FindingState;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordPath;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::named;
use crate::ops::request::known;
use crate::ops::review;
use crate::ops::review::Review;
use crate::rules::Noted;
use crate::rules::Objection;
use crate::rules::Refusal;
use crate::rules::objections;

/// How many changes of one entry are told: anybody may push a void one with any number of them.
const CHANGE_COUNT_MAX: usize = 1_000;

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Added,
    Changed,
    Removed,
}

/// One entry, as the judge took it.
#[derive(Clone, Debug)]
pub struct Line {
    pub height: u64,
    pub commit: ObjectId,
    pub payload: Option<Digest>,
    pub signer: Option<PrincipalId>,
    pub time: Option<Timestamp>,
    pub subject: String,
    /// Trailers of the message: session, mission, trace, where work went.
    pub trailers: Vec<(String, String)>,
    pub changes: Vec<(Deed, String)>,
    /// How many changes more there are than are told here.
    pub left_out: usize,
    pub void: Option<Refusal>,
}

/// Returns the entries of the ledger from genesis, judged again one by one; each is handed to `visit`.
pub fn replay(context: &Context, mut visit: impl FnMut(&Line, &Chain, &Chain)) -> Result<(), Failure> {
    let store = context.ledger.store();
    let mut line = context.ledger.line(usize::MAX)?;
    line.reverse();
    let now = context.now();
    let root = line.first().copied().expect("a ledger has a genesis");
    let mut chain =
        Chain::begin(store, root, now)?.map_err(|fault| Failure::Untrusted(fault.clone(), fault.refusal))?;
    let first = describe(context, root, None, &chain, None)?;
    visit(&first, &chain, &chain);
    for commit_id in line.into_iter().skip(1) {
        let step =
            chain.step(store, commit_id, now)?.map_err(|fault| Failure::Untrusted(fault.clone(), fault.refusal))?;
        let Step::Taken(next, void) = step else { break };
        let described = describe(context, commit_id, Some(&chain), &next, void.map(|void| void.refusal))?;
        visit(&described, &chain, &next);
        chain = *next;
    }
    Ok(())
}

fn describe(
    context: &Context,
    commit_id: ObjectId,
    before: Option<&Chain>,
    after: &Chain,
    void: Option<Refusal>,
) -> Result<Line, Failure> {
    let store = context.ledger.store();
    let raw = store.commit(commit_id)?;
    let height = before.map_or(0, |before| before.state.height);
    let Ok(signed) = commit::parse(&raw, store.hash_kind()) else {
        return Ok(Line {
            height,
            commit: commit_id,
            payload: None,
            signer: None,
            time: None,
            subject: "(not an entry)".to_owned(),
            trailers: Vec::new(),
            changes: Vec::new(),
            left_out: 0,
            void,
        });
    };
    let payload = signed.payload();
    let base = before.map(|before| before.valid_tree);
    // A void entry's tree may be anything; what it wanted is then not told.
    let changed = store.tree_changes(base, payload.tree()).unwrap_or_default();
    let key = crate::sign::verify_commit(signed.clone()).ok().map(|verified| verified.key().clone());
    let signer = key.and_then(|key| before.unwrap_or(after).state.keys.get(&key).cloned());
    let message = payload.message();
    Ok(Line {
        height,
        commit: commit_id,
        payload: Some(Digest::new(payload.digest())),
        signer: signer.filter(|_| void.is_none() || before.is_some()),
        time: Timestamp::from_unix_s(payload.committer().time()),
        subject: message.lines().next().unwrap_or_default().to_owned(),
        trailers: trailers(message),
        changes: changed.iter().take(CHANGE_COUNT_MAX).map(deed).collect(),
        left_out: changed.len().saturating_sub(CHANGE_COUNT_MAX),
        void,
    })
}

fn deed(change: &TreeChange) -> (Deed, String) {
    let deed = match (&change.old, &change.new) {
        (None, _) => Deed::Added,
        (_, None) => Deed::Removed,
        _ => Deed::Changed,
    };
    (deed, String::from_utf8_lossy(&change.path).into_owned())
}

fn trailers(message: &str) -> Vec<(String, String)> {
    let lines = message.lines().filter(|line| line.starts_with("Coord-"));
    let pairs = lines.filter_map(|line| line.split_once(": "));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Returns the newest entries, newest first, at most `most`; only those that touch a record if one is named.
pub fn log(context: &Context, most: usize, record: Option<&str>) -> Result<Vec<Line>, Failure> {
    let mut lines = std::collections::VecDeque::new();
    let mut is_there = false;
    let touches = |line: &Line| record.is_none_or(|id| line.changes.iter().any(|(_, path)| names(path, id)));
    replay(context, |line, _, _| {
        if touches(line) {
            is_there = true;
            lines.push_front(line.clone());
            lines.truncate(most);
        }
    })?;
    match record {
        Some(id) if !is_there => Err(Failure::NotFound { kind: "record", id: id.to_owned() }),
        _ => Ok(lines.into()),
    }
}

fn names(path: &str, id: &str) -> bool {
    path.split('/').any(|part| part == id || part.strip_suffix(".toml") == Some(id))
}

/// One record with its whole story.
pub struct Story {
    pub id: String,
    pub path: Option<RecordPath>,
    /// The present text; `None` if it is not in the state any more.
    pub text: Option<String>,
    /// The change that an open request asks to land, if its head is to be had.
    pub review: Option<Review>,
    /// What is said against an open request.
    pub objections: Vec<Objection>,
    /// The open findings about an open request, or about the change that it asks to land.
    pub findings: Vec<Noted>,
    pub lines: Vec<Line>,
}

/// Returns a record and every entry that touched it, by its id or by what tells it.
pub fn show(context: &Context, named: &str) -> Result<Story, Failure> {
    let missing = || Failure::NotFound { kind: "record", id: named.to_owned() };
    if let Some(story) = story(context, named)? {
        return Ok(story);
    }
    if RecordId::parse(named).is_ok() {
        return Err(missing());
    }
    let id = match identity::find(context.state(), named) {
        Err(Failure::NotEnrolled(_)) => named::one(context, named, None)?.map(|id| id.to_string()),
        found => Some(found?.record.id.to_string()),
    };
    let found = id.map(|id| story(context, &id)).transpose()?.flatten();
    found.ok_or_else(missing)
}

fn story(context: &Context, id: &str) -> Result<Option<Story>, Failure> {
    let mut lines = Vec::new();
    let mut path = None;
    replay(context, |line, _, _| {
        for (_, changed) in line.changes.iter().filter(|(_, changed)| names(changed, id)) {
            path = path.take().or_else(|| RecordPath::parse(changed));
        }
        if line.changes.iter().any(|(_, changed)| names(changed, id)) {
            lines.push(line.clone());
        }
    })?;
    if lines.is_empty() {
        return Ok(None);
    }
    let tree = context.ledger.chain().valid_tree;
    let found = match &path {
        Some(path) => context.repository.tree_entry(tree, &path.to_string())?,
        None => None,
    };
    let text = match found {
        Some((_, blob)) => Some(context.repository.blob(blob, crate::format::RECORD_BYTES_MAX as u64)?),
        None => None,
    };
    let pending = match &path {
        Some(RecordPath::Request(id)) => known(context.state(), id).ok(),
        _ => None,
    };
    let review = pending.and_then(|pending| review::of_request(context, pending).ok());
    let about = |noted: &&Noted| {
        noted.finding.state == FindingState::Open && pending.is_some_and(|pending| noted.names(&pending.request))
    };
    let findings = context.state().findings.values().filter(about).cloned().collect();
    let objections = match &path {
        Some(RecordPath::Request(id)) => objections(context.state(), id),
        _ => Vec::new(),
    };
    let text = text.and_then(|text| String::from_utf8(text).ok());
    Ok(Some(Story { id: id.to_owned(), objections, findings, path, text, review, lines }))
}
