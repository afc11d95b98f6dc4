//! What a change would cost, for people and programs.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::model::ApprovalRule;
use crate::model::CommitRule;
use crate::model::LeaseRule;
use crate::model::Pattern;
use crate::model::Protection;
use crate::model::RefPattern;
use crate::ops::explain::Explanation;
use crate::rules::Enrolled;
use crate::rules::PathCost;
use crate::rules::Price;
use crate::ui::policy::attesters_json;
use crate::ui::policy::services;
use crate::ui::report::Report;
use crate::ui::report::counted;
use crate::ui::report::plain;

/// How many paths are named in one line.
const SHOWN_MAX: usize = 8;

/// Returns what a change would cost.
pub fn cost_report(explanation: &Explanation) -> Report {
    let mut report = Report::new();
    let cost = &explanation.cost;
    report.object(explanation_json(explanation));
    cost.prices.iter().for_each(|price| report.object(price_json(price)));
    cost.checks.iter().for_each(|check| report.object(attesters_json(check)));
    cost.paths.iter().for_each(|path| report.object(path_json(explanation, path)));
    report.line(heading(explanation));
    if cost.protections.is_empty() {
        report.line("  nothing guards it: it costs nothing");
        return report;
    }
    for price in &cost.prices {
        report.line(format!("  {}", plain(&price.needed)));
        report.line(format!("    asked by {}", asked_by(price)));
        let could: Vec<_> = price.could.iter().map(approver_words).collect();
        let could = if could.is_empty() { "nobody today".to_owned() } else { could.join(", ") };
        report.line(format!("    could approve: {could}"));
        if !price.is_enough() {
            let (count, together) = (price.count, price.together);
            report.line(format!("    too few: {count} are needed, {together} could approve together"));
        }
    }
    for check in &cost.checks {
        report.line(format!("  {} on what lands", plain(&check.needed)));
        report.line(format!("    could attest: {}", services(check)));
    }
    let free: Vec<&[u8]> = free(explanation).collect();
    if !free.is_empty() {
        report.line(format!("  costs no approval: {}", paths_words(&free)));
    }
    for condition in conditions(&cost.protections) {
        report.line(format!("  besides: {condition}"));
    }
    for (id, why) in &cost.contributors.principals {
        report.line(format!("  {id} {why}, and cannot approve"));
    }
    for unknown in &cost.contributors.unknown {
        report.line(format!("  {}: it could be anybody, so nobody can approve", plain(unknown)));
    }
    report
}

fn heading(explanation: &Explanation) -> String {
    let names: Vec<_> =
        explanation.cost.protections.iter().map(|protection| format!("`{}`", protection.name)).collect();
    let guarded = if names.is_empty() { String::new() } else { format!(", guarded by {}", names.join(" and ")) };
    let count = explanation.cost.paths.len() as u64;
    format!(
        "{}  {}..{}  {}{guarded}   (policy {}, ledger {})",
        explanation.target,
        explanation.base.short(),
        explanation.head.short(),
        counted(count, "path", "paths"),
        explanation.policy,
        explanation.height
    )
}

fn asked_by(price: &Price) -> String {
    match &price.rule {
        Some((_, rule)) if rule.paths.is_empty() => "every change".to_owned(),
        None if price.asked_by.is_empty() => "every change".to_owned(),
        _ => paths_words(&price.asked_by.iter().map(Vec::as_slice).collect::<Vec<_>>()),
    }
}

fn paths_words(paths: &[&[u8]]) -> String {
    let mut words: Vec<_> = paths.iter().take(SHOWN_MAX).map(|path| plain(&path_text(path))).collect();
    if paths.len() > SHOWN_MAX {
        words.push(format!("{} more", paths.len() - SHOWN_MAX));
    }
    words.join(", ")
}

fn path_text(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

fn free(explanation: &Explanation) -> impl Iterator<Item = &[u8]> {
    let is_free = |path: &&PathCost| path.prices.is_empty();
    explanation.cost.paths.iter().filter(is_free).map(|path| path.path.as_slice())
}

/// Returns what is asked besides approvals, which costs nobody's word.
fn conditions(protections: &[Protection]) -> Vec<String> {
    let any = |holds: fn(&Protection) -> bool| protections.iter().any(holds);
    let mut found = Vec::new();
    if any(|protection| protection.commits == CommitRule::Signed) {
        found.push("every commit is signed by somebody enrolled".to_owned());
    }
    if any(|protection| protection.claims == LeaseRule::Held) {
        found.push("contributors hold claims on every path".to_owned());
    }
    let severities: std::collections::BTreeSet<_> =
        protections.iter().flat_map(|protection| &protection.block_on).map(|severity| severity.word()).collect();
    if !severities.is_empty() {
        let severities = severities.into_iter().collect::<Vec<_>>().join(" or ");
        found.push(format!("no open finding on it is {severities}"));
    }
    found
}

fn approver_words(enrolled: &Enrolled) -> String {
    let record = &enrolled.record;
    let kind = record.vendor.as_ref().map_or(record.kind.word(), |vendor| vendor.as_str());
    format!("{} ({}, {kind})", record.id, record.role)
}

fn explanation_json(explanation: &Explanation) -> Value {
    let protection = |protection: &Protection| {
        json!({
            "name": protection.name.as_str(),
            "refs": protection.refs.iter().map(RefPattern::as_str).collect::<Vec<_>>(),
            "commits": protection.commits.word(), "claims": protection.claims.word(),
            "history": protection.history.word(),
            "block_on": protection.block_on.iter().map(|severity| severity.word()).collect::<Vec<_>>(),
        })
    };
    let contributors = &explanation.cost.contributors;
    let who = contributors.principals.iter().map(|(id, why)| json!({ "principal": id.to_string(), "why": why }));
    json!({
        "type": "explanation", "v": 1, "ref": explanation.target.as_str(),
        "request": explanation.request.as_ref().map(ToString::to_string),
        "base": explanation.base.to_string(), "head": explanation.head.to_string(),
        "policy": explanation.policy, "height": explanation.height,
        "protections": explanation.cost.protections.iter().map(protection).collect::<Vec<_>>(),
        "contributors": who.collect::<Vec<_>>(), "unknown": contributors.unknown,
        "free": free(explanation).map(path_text).collect::<Vec<_>>(),
    })
}

fn price_json(price: &Price) -> Value {
    let rule = price.rule.as_ref().map(|(_, rule)| rule);
    let texts = |patterns: &[Pattern]| patterns.iter().map(ToString::to_string).collect::<Vec<_>>();
    let distinct = |rule: &ApprovalRule| rule.distinct.iter().map(|distinct| distinct.word()).collect::<Vec<_>>();
    let could = price.could.iter().map(|enrolled| {
        let record = &enrolled.record;
        json!({
            "id": record.id.to_string(), "role": record.role.as_str(), "kind": record.kind.word(),
            "vendor": record.vendor.as_ref().map(ToString::to_string),
        })
    });
    json!({
        "type": "cost", "v": 1, "protection": price.rule.as_ref().map(|(name, _)| name), "needed": price.needed,
        "count": price.count, "from": rule.map(|rule| rule.from.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "distinct": rule.map(distinct), "bind": rule.map(|rule| rule.bind.word()),
        "paths": rule.map(|rule| texts(&rule.paths)),
        "asked_by": price.asked_by.iter().map(|path| path_text(path)).collect::<Vec<_>>(),
        "could": could.collect::<Vec<_>>(), "together": price.together, "enough": price.is_enough(),
    })
}

fn path_json(explanation: &Explanation, path: &PathCost) -> Value {
    let cost = &explanation.cost;
    let needed = path.prices.iter().map(|index| cost.prices[*index].needed.as_str());
    json!({
        "type": "path", "v": 1, "path": path_text(&path.path), "needs": needed.collect::<Vec<_>>(),
        "protections": cost.protections.iter().map(|protection| protection.name.as_str()).collect::<Vec<_>>(),
    })
}
