//! Reads the ledger once, and the branches of this clone.

use crate::ledger::LEDGER_REF;
use crate::model::ObjectId;
use crate::model::RecordPath;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::history;
use crate::ops::tax::figures::Figures;
use crate::ops::tax::meter::Meter;
use crate::ops::tax::meter::Move;

const BRANCHES: &str = "refs/heads/";

/// What was measured, and between which moments.
pub struct Outcome {
    /// `None` for the beginning of the ledger.
    pub since: Option<Timestamp>,
    pub until: Timestamp,
    pub figures: Figures,
    /// Commits on branches that no rule protects, which nobody asked to land; `None` if git could not count them.
    pub free_commits: Option<u64>,
}

/// Measures what happened from a moment on, or all of it.
pub fn run(context: &Context, since: Option<Timestamp>) -> Result<Outcome, Failure> {
    let mut meter = Meter::new(since);
    history::replay(context, |line, before, after| {
        // An entry that counts changes so few records that all of them are told.
        let touched: Vec<_> = line.changes.iter().filter_map(|(_, path)| RecordPath::parse(path)).collect();
        let void = line.void.as_ref().map(|refusal| refusal.code);
        meter.take(&Move { before: &before.state, after: &after.state, touched: &touched, void });
    })?;
    let until = context.ledger_now();
    let figures = meter.end(context.state(), until);
    let free_commits = free_commits(context, &figures, since)?;
    Ok(Outcome { since, until, figures, free_commits })
}

/// Asks git how many commits, merges aside, are on free branches here, and neither on a protected one nor in what somebody
/// asked to land.
fn free_commits(context: &Context, figures: &Figures, since: Option<Timestamp>) -> Result<Option<u64>, Failure> {
    let (mut free, mut known): (Vec<ObjectId>, Vec<ObjectId>) = (Vec::new(), Vec::new());
    let state = context.state();
    for (name, tip) in branches(context)? {
        if name == LEDGER_REF {
            continue;
        }
        let is_protected = RefName::parse(&name).is_ok_and(|name| state.policy.protects(&name));
        if is_protected { known.push(tip) } else { free.push(tip) }
    }
    if free.is_empty() {
        return Ok(Some(0));
    }
    known.extend(state.landed.values().map(|landed| landed.new));
    known.extend(&figures.heads);
    let tips = free.iter().map(|tip| format!("{tip}\n"));
    let input: String = tips.chain(known.iter().map(|tip| format!("^{tip}\n"))).collect();
    let age = since.map(|since| format!("--max-age={}", since.unix_s()));
    let call = context.program.at(&context.repository).args(["rev-list", "--count", "--no-merges", "--ignore-missing"]);
    let output = call.args(age).arg("--stdin").stdin(input.as_bytes()).run()?;
    let count = String::from_utf8_lossy(&output.stdout).trim().parse().ok();
    Ok(count.filter(|_| output.status == 0))
}

/// Returns the branches of this clone, and those of the remote that decides, by their names there.
fn branches(context: &Context) -> Result<Vec<(String, ObjectId)>, Failure> {
    let mut found = context.repository.references(BRANCHES)?;
    if let Some(remote) = context.ledger.store().remote() {
        let prefix = format!("refs/remotes/{remote}/");
        for (name, tip) in context.repository.references(&prefix)? {
            let branch = name.strip_prefix(&prefix).unwrap_or_default();
            // The remote's `HEAD` is another name for one of them.
            if branch != "HEAD" {
                found.push((format!("{BRANCHES}{branch}"), tip));
            }
        }
    }
    Ok(found)
}
