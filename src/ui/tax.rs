//! What coordination cost.

use serde_json::Value;
use serde_json::json;

use crate::format::format_time;
use crate::model::PrincipalId;
use crate::model::Span;
use crate::ops::tax::Cause;
use crate::ops::tax::Figures;
use crate::ops::tax::Outcome;
use crate::ops::tax::Wait;
use crate::ui::report::Report;
use crate::ui::report::counted;
use crate::ui::report::span_words;

/// How many principals are named of those who were waited for, and how many rules: those that took longest.
const LISTED_MAX: usize = 3;

fn cause_word(cause: Cause) -> &'static str {
    match cause {
        Cause::Approval => "approval",
        Cause::Veto => "veto",
        Cause::Author => "author",
        Cause::Landing => "landing",
    }
}

fn words(seconds: u64) -> String {
    span_words(Span::from_s(seconds))
}

/// Returns a span of waiting with what it is of.
fn wait_json(mut object: Value, counted: &str, wait: &Wait) -> Value {
    object[counted] = wait.count.into();
    object["waited_s"] = wait.seconds.into();
    object["longest_s"] = wait.longest_s.into();
    object["longest"] = wait.longest.as_ref().map(ToString::to_string).into();
    object
}

fn longest(wait: &Wait) -> String {
    wait.longest.as_ref().map_or(String::new(), |id| format!(", longest {} ({id})", words(wait.longest_s)))
}

/// Returns the share of changes that needed no gate; `None` where there was no change, or where it cannot be told.
fn share(outcome: &Outcome) -> Option<f64> {
    let changes = &outcome.figures.changes;
    let free = changes.unasked + outcome.free_commits?;
    let all = free + changes.asked;
    // Three digits: it is a share of few.
    (all > 0).then(|| (free as f64 / all as f64 * 1_000.0).round() / 1_000.0)
}

/// Returns what was measured, one object for each thing.
pub fn tax_report(outcome: &Outcome) -> Report {
    let figures = &outcome.figures;
    let void: u64 = figures.void.values().sum();
    let mut report = Report::new();
    report.object(json!({
        "type": "tax", "v": 1, "since": outcome.since.map(format_time), "until": format_time(outcome.until),
        "entries": figures.entries, "void": void,
    }));
    let since = outcome.since.map_or("the beginning".to_owned(), format_time);
    let entries = counted(figures.entries, "entry", "entries");
    report.line(format!("from {since} to {}: {entries}, {void} void", format_time(outcome.until)));
    tell_requests(&mut report, figures);
    tell_who(&mut report, figures);
    tell_approvals(&mut report, figures);
    tell_claims(&mut report, figures);
    for (code, count) in &figures.void {
        report.object(json!({"type": "tax_void", "v": 1, "code": code.as_str(), "count": count}));
        report.line(format!("void       {code}: {count}"));
    }
    tell_changes(&mut report, outcome);
    report.note("what was refused before it became an entry, gates included, is not in the ledger and not counted");
    report
}

fn tell_requests(report: &mut Report, figures: &Figures) {
    let requests = &figures.requests;
    let counts = json!({
        "type": "tax_requests", "v": 1, "opened": requests.opened, "landed": requests.landed,
        "closed": requests.closed, "open": requests.open,
    });
    report.object(wait_json(counts, "waited", &requests.waited));
    report.line(format!(
        "requests   {} opened, {} landed, {} closed, {} open; waited {}{}",
        requests.opened,
        requests.landed,
        requests.closed,
        requests.open,
        words(requests.waited.seconds),
        longest(&requests.waited)
    ));
    for cause in Cause::ALL {
        let wait = figures.waits.get(&cause).cloned().unwrap_or_default();
        let open = figures.open.get(&cause).copied().unwrap_or(0);
        let object = json!({"type": "tax_wait", "v": 1, "for": cause_word(cause), "open": open});
        report.object(wait_json(object, "requests", &wait));
        if wait.count > 0 {
            report.line(format!(
                "  for {:<9}{} over {}{}; {open} open",
                cause_word(cause),
                words(wait.seconds),
                counted(wait.count, "request", "requests"),
                longest(&wait)
            ));
        }
    }
}

fn tell_who(report: &mut Report, figures: &Figures) {
    let mut rules: Vec<_> = figures.rules.iter().collect();
    rules.sort_by_key(|(_, wait)| std::cmp::Reverse(wait.seconds));
    for (index, ((protection, from), wait)) in rules.iter().enumerate() {
        let from: Vec<&str> = from.iter().map(|role| role.as_str()).collect();
        let object = json!({"type": "tax_rule", "v": 1, "protection": protection.as_str(), "from": from});
        report.object(wait_json(object, "requests", wait));
        if index < LISTED_MAX {
            report.line(format!(
                "rule       {protection} asks {}: {} over {}{}",
                from.join(" or "),
                words(wait.seconds),
                counted(wait.count, "request", "requests"),
                longest(wait)
            ));
        }
    }
    let all = [("approver", &figures.approvers), ("author", &figures.authors), ("vetoer", &figures.vetoers)];
    for (part, waits) in all {
        let mut waits: Vec<(&PrincipalId, &Wait)> = waits.iter().collect();
        waits.sort_by_key(|(_, wait)| std::cmp::Reverse(wait.seconds));
        for (index, (principal, wait)) in waits.into_iter().enumerate() {
            let object = json!({"type": "tax_principal", "v": 1, "principal": principal.to_string(), "part": part});
            report.object(wait_json(object, "times", wait));
            if index < LISTED_MAX {
                let times = counted(wait.count, "time", "times");
                report.line(format!("{part:<10} {principal}: {} in {times}{}", words(wait.seconds), longest(wait)));
            }
        }
    }
}

fn tell_approvals(report: &mut Report, figures: &Figures) {
    let approvals = &figures.approvals;
    report.object(json!({
        "type": "tax_approvals", "v": 1, "given": approvals.given, "used": approvals.used,
        "outdated": approvals.outdated, "withdrawn": approvals.withdrawn, "closed": approvals.closed,
        "standing": approvals.standing,
    }));
    report.line(format!(
        "approvals  {} given; {} used, {} outdated before use, {} withdrawn, {} closed with their request, {} stand",
        approvals.given, approvals.used, approvals.outdated, approvals.withdrawn, approvals.closed, approvals.standing
    ));
}

fn tell_claims(report: &mut Report, figures: &Figures) {
    let claims = &figures.claims;
    report.object(json!({
        "type": "tax_claims", "v": 1, "made": claims.made, "released": claims.released, "replaced": claims.replaced,
        "handed_over": claims.handed_over, "taken": claims.taken, "revoked": claims.revoked,
        "expired": claims.expired, "run_out": claims.run_out,
    }));
    report.line(format!(
        "claims     {} made; lost {} ({} taken over, {} revoked), {} expired, {} held beyond their end",
        claims.made,
        claims.taken + claims.revoked,
        claims.taken,
        claims.revoked,
        claims.expired,
        claims.run_out
    ));
}

fn tell_changes(report: &mut Report, outcome: &Outcome) {
    let changes = &outcome.figures.changes;
    let share = share(outcome);
    report.object(json!({
        "type": "tax_changes", "v": 1, "asked": changes.asked, "unasked": changes.unasked,
        "free_commits": outcome.free_commits, "share": share,
    }));
    let free = match outcome.free_commits {
        Some(count) => counted(count, "commit on a free branch", "commits on free branches"),
        None => "commits on free branches could not be counted".to_owned(),
    };
    let share = share.map_or(String::new(), |share| format!("; {:.1} % needed no gate", share * 100.0));
    report.line(format!(
        "changes    {} that asked for approval, {} that did not, {free}{share}",
        counted(changes.asked, "landing", "landings"),
        changes.unasked
    ));
}
