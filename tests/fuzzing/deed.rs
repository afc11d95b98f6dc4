//! What somebody does in one entry, as a tape says: records of the right shape, edits of those that are there, garbage.

use git_coord::format::format_time;
use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::ledger::Store;
use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::Decision;
use git_coord::model::ObjectId;
use git_coord::model::PolicyRequest;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::Request;
use git_coord::model::Span;

use crate::support::world::Actor;
use crate::support::world::Filed;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::text;
use crate::support::world::write;

use super::draft;
use super::fold::Growing;
use super::tape::Tape;
use super::tape::spliced;

/// Those who are enrolled, and two who are not.
const ACTORS: [&str; 13] =
    ["maria", "nora", "olga", "alice", "bob", "carol", "dave", "erin", "sam", "hub", "tester", "mallory", "zoe"];
const ROLES: [&str; 6] = ["builder", "guest", "lead", "reviewer", "maintainer", "hub"];
const KINDS: [PrincipalKind; 3] = [PrincipalKind::Agent, PrincipalKind::Human, PrincipalKind::Service];
const ANSWERS: [Answer; 5] = [Answer::Approve, Answer::Reject, Answer::Veto, Answer::Attest, Answer::Overrule];
/// Lines that take the place of others.
const LINES: &[&str] = &[
    "",
    "status = \"revoked\"",
    "status = \"suspended\"",
    "status = \"active\"",
    "suspect-since = 3",
    "state = \"resolved\"",
    "state = \"dismissed\"",
    "severity = \"low\"",
    "mode = \"shared\"",
    "queue = true",
    "paths = [\"src/a.rs\"]",
    "paths = [\"**\"]",
    "offered-to = \"BOB\"",
    "revoked-by = \"NORA\"",
    "holder = \"BOB\"",
    "confirmed-by = \"OLGA\"",
    "role = \"maintainer\"",
    "role = \"guest\"",
    "verdict = \"approve\"",
    "verdict = \"veto\"",
    "expires = SOON",
    "expires = LATER",
    "claims = []",
    "threshold = 2",
    "count    = 2",
    "version = 2",
    "rev = 0",
    "break-glass = { reason = \"It burns\", expires = SOON }",
];

/// A file of the ledger and its content, or none.
type File = (String, Option<Vec<u8>>);

pub fn actor(tape: &mut Tape<'_>) -> Actor {
    let who = Actor::named(tape.pick(&ACTORS));
    if tape.byte() == 255 { who.rekeyed("another key") } else { who }
}

/// Returns what an entry changes.
pub fn edits(growing: &Growing, base: ObjectId, who: &Actor, tape: &mut Tape<'_>) -> Vec<File> {
    let mut edits: Vec<File> = Vec::new();
    for _ in 0..=tape.below(3) {
        let more = deed(growing, base, who, tape);
        edits.retain(|(path, _)| more.iter().all(|(other, _)| other != path));
        edits.extend(more);
    }
    edits
}

fn deed(growing: &Growing, base: ObjectId, who: &Actor, tape: &mut Tape<'_>) -> Vec<File> {
    let state = &growing.chain.state;
    let requests: Vec<&Request> = state.requests.values().map(|pending| &pending.request).collect();
    let request = tape.byte();
    let request = (!requests.is_empty()).then(|| requests[usize::from(request) % requests.len()]);
    let made: Option<Vec<Edit>> = match tape.below(16) {
        0 | 1 => Some(vec![put(&draft::claim(tape, who, growing.now))]),
        2 => Some(vec![put(&draft::finding(tape, who))]),
        3 => {
            let supersedes = state.decisions.keys().next().cloned().filter(|_| tape.flag());
            Some(vec![put(&Decision { supersedes, ..draft::decision(who, tape.byte(), "src/") })])
        }
        4 => {
            let held = state.claims.values().filter(|lease| lease.claim.holder == who.id);
            let claims = held.map(|lease| lease.claim.id.clone()).take(tape.below(3)).collect();
            Some(vec![put(&draft::request(state, who, tape.byte(), tape.below(6), claims))])
        }
        5 => request.map(|request| vec![put(&draft::answer(state, who, request, tape.pick(&ANSWERS)))]),
        6 => request.map(|request| landing(growing, request)),
        7 => {
            let newcomer = Actor::named(tape.pick(&["mallory", "zoe", "yves", "alice"]));
            let by = if tape.flag() { &newcomer } else { who };
            let record = principal(&newcomer, tape.pick(&KINDS), tape.pick(&ROLES), by);
            Some(vec![put(&record)])
        }
        8 => Some(policy_draft(growing, who, tape)),
        9 => Some(policy_activation(growing)),
        10 => renewal(growing, tape),
        _ => None,
    };
    let made: Option<Vec<File>> = made.map(|edits| {
        let file = |edit: Edit| (edit.path.to_string(), edit.text.map(String::into_bytes));
        edits.into_iter().map(file).collect()
    });
    made.unwrap_or_else(|| existing(growing, base, tape).into_iter().collect())
}

fn landing(growing: &Growing, request: &Request) -> Vec<Edit> {
    let state = &growing.chain.state;
    let landed = draft::landing(state, request, growing.chain.head, growing.now);
    let answers = state.answers(&request.id).map(|answered| remove(answered.approval.path()));
    [put(&landed), remove(RecordPath::Request(request.id.clone()))].into_iter().chain(answers).collect()
}

fn renewal(growing: &Growing, tape: &mut Tape<'_>) -> Option<Vec<Edit>> {
    let leases: Vec<_> = growing.chain.state.claims.values().collect();
    let lease = leases.get(tape.below(leases.len().max(1)))?;
    let expires = growing.now + Span::from_s(1_800);
    Some(vec![put(&Claim { rev: lease.claim.rev + 1, expires, ..lease.claim.clone() })])
}

fn policy_draft(growing: &Growing, who: &Actor, tape: &mut Tape<'_>) -> Vec<Edit> {
    let state = &growing.chain.state;
    let id = draft::id(RecordKind::Request, tape.byte());
    let version = state.policy.version + 1;
    let base = super::ground::policy(crate::support::world::POLICY);
    let root: Vec<_> = state.policy.root.members.iter().map(|id| format!("\"{id}\"")).collect();
    let policy = base.replace("ROOTS", &root.join(", "));
    let policy =
        policy.replacen("version = 1", &format!("version = {version}\nparent = \"{}\"", state.policy_digest), 1);
    let policy = policy.replacen("per-principal = 5", &format!("per-principal = {}", tape.byte()), 1);
    let policy = if tape.flag() { line_changed(&policy, growing, tape) } else { policy };
    let delta = sha256(policy.as_bytes());
    let title = text("Change the policy");
    let request = PolicyRequest { id: id.clone(), opener: who.id.clone(), version, delta, title, summary: None };
    vec![write(RecordPath::Draft(version, id), &policy), put(&request)]
}

/// Makes the last draft the active policy, whoever agreed.
fn policy_activation(growing: &Growing) -> Vec<Edit> {
    let files = files(growing, growing.chain.valid_tree);
    let Some((path, content)) = files.into_iter().rfind(|(path, _)| path.starts_with("drafts/")) else {
        return Vec::new();
    };
    let Some(RecordPath::Draft(version, id)) = RecordPath::parse(&path) else { return Vec::new() };
    let answers = growing.chain.state.answers(&id).map(|answered| remove(answered.approval.path()));
    let text = String::from_utf8_lossy(&content).into_owned();
    let request = remove(RecordPath::Request(id.clone()));
    [write(RecordPath::Policy, &text), remove(RecordPath::Draft(version, id.clone())), request]
        .into_iter()
        .chain(answers)
        .collect()
}

/// Returns the files of a tree.
fn files(growing: &Growing, tree: ObjectId) -> Vec<(String, Vec<u8>)> {
    let store = &&growing.store;
    let changes = store.tree_changes(None, tree).expect("it is a tree");
    let content = |id| store.blob(id, 1 << 20).expect("it is a blob");
    let file = |path: Vec<u8>, id| (String::from_utf8_lossy(&path).into_owned(), content(id));
    changes.into_iter().filter_map(|change| Some(file(change.path, change.new?.1))).collect()
}

/// Changes a file that is there: takes it away, writes it elsewhere, changes a line or some bytes of it.
fn existing(growing: &Growing, base: ObjectId, tape: &mut Tape<'_>) -> Option<File> {
    let files = files(growing, base);
    if files.is_empty() {
        return None;
    }
    let (path, content) = files[tape.below(files.len())].clone();
    Some(match tape.below(5) {
        0 => (path, None),
        1 => (files[tape.below(files.len())].0.clone(), Some(content)),
        2 => (path, Some(spliced(&content, tape))),
        _ => {
            let text = String::from_utf8_lossy(&content).into_owned();
            (path, Some(line_changed(&bumped(&text), growing, tape).into_bytes()))
        }
    })
}

/// Returns a record with the next `rev`.
fn bumped(text: &str) -> String {
    let line = text.lines().find(|line| line.starts_with("rev = "));
    let Some(line) = line else { return text.to_owned() };
    let rev: u64 = line["rev = ".len()..].parse().unwrap_or(0);
    text.replacen(line, &format!("rev = {}", rev.saturating_add(1)), 1)
}

/// Puts a line of the list in the place of the one with its key, or in front of the first table.
fn line_changed(text: &str, growing: &Growing, tape: &mut Tape<'_>) -> String {
    let id = |name: &str| Actor::named(name).id.to_string();
    let line = tape.pick(LINES).replace("BOB", &id("bob")).replace("NORA", &id("nora")).replace("OLGA", &id("olga"));
    let line = line.replace("SOON", &format_time(growing.now + Span::from_s(600)));
    let line = line.replace("LATER", &format_time(growing.now + Span::from_s(1 << 20)));
    let Some((key, _)) = line.split_once('=') else { return text.to_owned() };
    let is_same = |other: &&str| other.split_once('=').is_some_and(|(other, _)| other.trim() == key.trim());
    match text.lines().find(is_same) {
        Some(old) => text.replacen(old, &line, 1),
        None => match text.split_once("\n[") {
            Some((front, rest)) => format!("{front}\n{line}\n[{rest}"),
            None => format!("{text}{line}\n"),
        },
    }
}
