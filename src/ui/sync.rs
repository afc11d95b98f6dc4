//! What a synchronisation did, and what became of each entry that was only here.

use serde_json::Value;
use serde_json::json;

use crate::format::format_time;
use crate::model::RecordPath;
use crate::ops::Guarantee;
use crate::ops::only_here::waiting::Waiting;
use crate::ops::sync::Became;
use crate::ops::sync::Fate;
use crate::ops::sync::Outcome;
use crate::rules::Lease;
use crate::rules::Refusal;
use crate::ui::claim::guarantee_word;
use crate::ui::error::obstacle_json;
use crate::ui::error::obstacle_lines;
use crate::ui::report::Report;
use crate::ui::report::plain;
use crate::ui::report::quoted;

/// Returns what a synchronisation did.
pub fn sync_report(outcome: &Outcome) -> Report {
    let mut report = Report::new();
    let confirmed = outcome.fates.iter().filter(|fate| matches!(fate.became, Became::Confirmed(_)));
    let guarantee = if outcome.remote.is_some() { Guarantee::Remote } else { Guarantee::Local };
    report.object(json!({
        "type": "sync", "v": 1, "head": outcome.head.to_string(), "height": outcome.height,
        "guarantee": guarantee_word(guarantee),
        "confirmed": confirmed.map(|fate| fate.subject.clone()).collect::<Vec<_>>(),
        "lost": outcome.fates.iter().filter_map(|fate| lost_json(fate, &outcome.fates)).collect::<Vec<_>>(),
    }));
    match &outcome.remote {
        Some(remote) => report.line(format!("at height {}, the same as {}", outcome.height, plain(remote))),
        None => {
            report.line(format!("at height {}; there is no remote (git coord sync --remote <name>)", outcome.height))
        }
    }
    for fate in &outcome.fates {
        let lease = outcome.leases.iter().find(|lease| is_about(fate, lease));
        report.object(fate_json(fate, lease, &outcome.fates));
        report.human.extend(fate_lines(fate, lease, &outcome.fates));
    }
    for target in &outcome.finished {
        report.line(format!("finished: {target} is where it last landed"));
    }
    report
}

fn is_about(fate: &Fate, lease: &Lease) -> bool {
    fate.records.contains(&RecordPath::Claim(lease.claim.id.clone()))
}

/// Returns why an entry does not count, its own reason or that of the entry which took it along.
fn refusal_of<'a>(fate: &'a Fate, fates: &'a [Fate]) -> Option<&'a Refusal> {
    match &fate.became {
        Became::Lost(refusal) | Became::Void(refusal) => Some(refusal),
        Became::LostWith(first) => match &fates.iter().find(|fate| fate.commit == *first)?.became {
            Became::Lost(refusal) => Some(refusal),
            _ => None,
        },
        Became::Confirmed(_) | Became::Waiting(_) => None,
    }
}

fn lost_json(fate: &Fate, fates: &[Fate]) -> Option<Value> {
    let refusal = refusal_of(fate, fates)?;
    Some(json!({"subject": fate.subject, "code": refusal.code.as_str(), "message": refusal.message}))
}

fn id_of(path: &RecordPath) -> String {
    match path {
        RecordPath::Claim(id) | RecordPath::Decision(id) | RecordPath::Finding(id) | RecordPath::Request(id) => {
            id.to_string()
        }
        RecordPath::Approval(request, _) => request.to_string(),
        other => other.to_string(),
    }
}

fn fate_json(fate: &Fate, lease: Option<&Lease>, fates: &[Fate]) -> Value {
    let refusal = refusal_of(fate, fates);
    let (outcome, entry, with) = match &fate.became {
        Became::Confirmed(entry) => ("confirmed", Some(entry), None),
        Became::Lost(_) => ("lost", None, None),
        Became::LostWith(first) => ("lost", None, Some(first)),
        Became::Void(_) => ("void", None, None),
        Became::Waiting(first) => ("tentative", None, first.as_ref()),
    };
    let ids: Vec<_> = fate.records.iter().map(id_of).collect();
    json!({
        "type": "synced", "v": 1,
        "outcome": outcome,
        "id": ids.first(),
        "records": ids,
        "subject": fate.subject,
        "signer": fate.signer.as_ref().map(ToString::to_string),
        "commit": fate.commit.to_string(),
        "entry": entry.map(ToString::to_string),
        "token": lease.and_then(|lease| lease.held).map(|grant| grant.token),
        "expires": lease.map(|lease| format_time(lease.claim.expires)),
        "with": with.map(ToString::to_string),
        "code": refusal.map(|refusal| refusal.code.as_str()),
        "message": refusal.map(|refusal| refusal.message.clone()),
        "holders": refusal.map_or_else(Vec::new, |refusal| refusal.obstacles.iter().map(obstacle_json).collect()),
        "look": fate.is_lost().then(|| look(fate)),
        "guarantee": guarantee_word(if entry.is_some() { Guarantee::Remote } else { Guarantee::Tentative }),
    })
}

/// Returns the command that shows an entry which is not in the ledger any more.
fn look(fate: &Fate) -> String {
    format!("git show {}", fate.commit)
}

fn fate_lines(fate: &Fate, lease: Option<&Lease>, fates: &[Fate]) -> Vec<String> {
    let subject = quoted(&fate.subject);
    let ids: Vec<_> = fate.records.iter().map(|path| plain(&id_of(path))).collect();
    let ids = ids.join(", ");
    match &fate.became {
        Became::Confirmed(_) => {
            let token = lease.and_then(|lease| lease.held).map(|grant| grant.token);
            let token = token.map_or(String::new(), |token| format!(", token {token}"));
            let about = if ids.is_empty() { String::new() } else { format!(" ({ids}{token})") };
            vec![format!("confirmed: {subject}{about}")]
        }
        Became::Lost(refusal) => {
            let mut lines = vec![format!("lost: {subject} ({ids}): ({}) {}", refusal.code, plain(&refusal.message))];
            lines.extend(refusal.obstacles.iter().take(5).flat_map(obstacle_lines));
            lines.extend(lost_along(fate, fates));
            lines.push(format!("  look at it: {}", look(fate)));
            let was_claimed = fate.records.iter().any(|path| matches!(path, RecordPath::Claim(_)));
            if was_claimed && !refusal.obstacles.is_empty() {
                lines.push("  claim again: git coord claim <paths> --intent \"…\" --queue --wait 10m".to_owned());
            }
            lines
        }
        // It is said where the first of them is told.
        Became::LostWith(_) => Vec::new(),
        Became::Void(refusal) => vec![format!("void: {subject} ({}) {}", refusal.code, plain(&refusal.message))],
        Became::Waiting(_) => {
            let signer = fate.signer.as_ref().map_or("nobody enrolled".to_owned(), ToString::to_string);
            vec![format!("still tentative: {subject} ({ids}) waits until {signer} synchronises with its key")]
        }
    }
}

fn lost_along(first: &Fate, fates: &[Fate]) -> Option<String> {
    let along: Vec<_> = fates
        .iter()
        .filter(|fate| matches!(fate.became, Became::LostWith(origin) if origin == first.commit))
        .map(|fate| quoted(&fate.subject))
        .collect();
    (!along.is_empty()).then(|| format!("  and what followed it: {}", along.join("; ")))
}

/// Returns an entry that waits for a key, as people read it.
pub(crate) fn waiting_line(waiting: &Waiting) -> String {
    let signer = waiting.signer.as_ref().map_or("its signer".to_owned(), ToString::to_string);
    format!("tentative: {} waits until {signer} runs git coord sync with its key", quoted(&waiting.subject))
}

/// Returns an entry that waits for a key, as programs read it.
pub(crate) fn waiting_json(waiting: &Waiting) -> Value {
    json!({
        "type": "waiting", "v": 1, "commit": waiting.commit.to_string(), "subject": waiting.subject,
        "signer": waiting.signer.as_ref().map(ToString::to_string), "guarantee": guarantee_word(Guarantee::Tentative),
    })
}
