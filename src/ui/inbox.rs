//! What waits for somebody.

use serde_json::json;

use crate::format::Word;
use crate::format::format_time;
use crate::model::BreakGlass;
use crate::model::RecordName;
use crate::model::RecordPath;
use crate::model::Request;
use crate::model::Timestamp;
use crate::ops::Guarantee;
use crate::ops::Standing;
use crate::ops::inbox::Item;
use crate::ops::left_here::KeyPlace;
use crate::ops::left_here::Left;
use crate::ops::left_here::SetAside;
use crate::rules::Objection;
use crate::rules::Pending;
use crate::rules::Proposed;
use crate::ui::action::argv_json;
use crate::ui::action::assent_line;
use crate::ui::action::assent_lines;
use crate::ui::action::run_line;
use crate::ui::audit::debt_id;
use crate::ui::audit::debt_words;
use crate::ui::audit::next_of_debt;
use crate::ui::break_glass::broken_line;
use crate::ui::break_glass::glass_line;
use crate::ui::break_glass::next_of;
use crate::ui::claim::guarantee_word;
use crate::ui::claim::lease_line;
use crate::ui::escalation;
use crate::ui::escalation::told;
use crate::ui::objection::objection_line;
use crate::ui::objection::objections_json;
use crate::ui::proposal::proposal_line;
use crate::ui::report::Report;
use crate::ui::report::counted;
use crate::ui::report::plain;
use crate::ui::report::span_words;
use crate::ui::request::finding_line;
use crate::ui::request::request_line;

/// Returns what waits for the caller, most binding first.
pub fn inbox_report(items: &[Item], now: Timestamp, standing: &Standing) -> Report {
    let mut report = Report::new();
    for item in items {
        let (kind, id, line, next) = match item {
            Item::Ahead(ahead) => {
                let signer = ahead.signer.as_ref().map_or("somebody".to_owned(), ToString::to_string);
                let date = ahead.time.map(format_time).unwrap_or_default();
                let line =
                    format!("an entry of {signer} is dated {date}, ahead of this clock: nothing is written before");
                let next = "git coord doctor says whether this clock is right; if so, wait, and ask who signed it";
                ("ahead", ahead.commit.to_string(), line, next.to_owned())
            }
            Item::OnlyHere(left) => {
                let line = format!("{} and may yet be lost", only_here(left, now));
                ("tentative", left.first.to_string(), line, "git coord sync".to_owned())
            }
            Item::SetAside(SetAside { left, signer, key }) => {
                let signer = signer.as_ref().map_or("nobody enrolled".to_owned(), ToString::to_string);
                let line = format!("{}, set aside for the key of {signer}", only_here(left, now));
                let next = match key {
                    KeyPlace::Here => "git coord sync".to_owned(),
                    KeyPlace::Away => format!("git coord sync, where the key of {signer} is"),
                };
                ("key", left.first.to_string(), line, next)
            }
            Item::Approve(pending) => {
                let id = pending.request.id.to_string();
                let delta = pending.request.delta;
                let next = format!("git coord show {id}, then git coord approve {id} --delta {delta}");
                ("approve", id, format!("approve? {}", request_line(pending, standing)), next)
            }
            Item::Glass(broken) => {
                ("glass", broken.pending.request.id.to_string(), broken_line(broken, now), next_of(broken))
            }
            Item::Attest(pending, checks) => {
                let Request { id, head, .. } = &pending.request;
                let passed: String = checks.iter().map(|check| format!(" --passed {check}")).collect();
                let next =
                    format!("check out {head}, run them, then git coord check attest {id}{passed} --commit {head}");
                let named = checks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                ("attest", id.to_string(), format!("check {named}? {}", request_line(pending, standing)), next)
            }
            Item::Review(debt) => {
                let (kind, words) = match debt.is_stuck {
                    true => ("stuck", "stuck, for root members to review again: nobody else could"),
                    false => ("review", "review again"),
                };
                let line = format!("{words}: {}, suspect since height {}", debt_words(debt), debt.since);
                (kind, debt_id(debt), line, next_of_debt(debt))
            }
            Item::Answered(pending, against) => {
                let id = pending.request.id.to_string();
                let next = format!("git coord show {id}");
                ("answered", id, opposed(against, &request_line(pending, standing)), next)
            }
            Item::Behind(pending, tip) => {
                let Request { id, target, .. } = &pending.request;
                let tip = tip.short();
                let line =
                    format!("moved on: {target} is at {tip}, which is not in {}", request_line(pending, standing));
                let next = match pending.request.break_glass {
                    None => format!("git rebase {tip}, then git coord request --update {id}"),
                    Some(_) => format!("git coord request --close {id}, then git rebase {tip} and ask anew"),
                };
                ("behind", id.to_string(), line, next)
            }
            Item::Unused(pending) => {
                let id = pending.request.id.to_string();
                let line = format!("never used, and expired: {}", glass_line(pending, standing));
                ("unused", id.clone(), line, format!("git coord request --close {id}"))
            }
            Item::Breaking(pending) => {
                let Request { id, delta, .. } = &pending.request;
                let next = format!(
                    "its opener lands it by git coord land {id}; others: git coord show {id}, then git coord approve or veto \
                     {id} --delta {delta}"
                );
                let line = format!("lands before anybody approves: {}", glass_line(pending, standing));
                ("breaking", id.to_string(), line, next)
            }
            Item::Agree(proposed) => {
                let (id, delta) = (&proposed.request.id, proposed.request.delta);
                let next = format!("git coord policy show {id}, then git coord approve {id} --delta {delta}");
                ("agree", id.to_string(), format!("agree? {}", proposal_line(proposed)), next)
            }
            Item::Opposed(proposed, against) => {
                let id = proposed.request.id.to_string();
                let next = format!("git coord show {id}");
                ("answered", id, opposed(against, &proposal_line(proposed)), next)
            }
            Item::Overtaken(proposed) => {
                let id = &proposed.request.id;
                let line = format!("overtaken by another version: {}", proposal_line(proposed));
                let next =
                    format!("git coord request --close {id}, then propose it anew: git coord policy propose <file>");
                ("overtaken", id.to_string(), line, next)
            }
            Item::Activate(proposed) => {
                let id = &proposed.request.id;
                let next = format!("git coord policy activate {id}");
                ("activate", id.to_string(), format!("agreed: {}", proposal_line(proposed)), next)
            }
            Item::Unfinished(running) => {
                let id = &running.run.id;
                let next = format!("git coord run {id} --outcome succeeded, failed or unknown");
                ("outcome", id.to_string(), run_line(running, now, standing), next)
            }
            Item::Allow(assent) => {
                let (id, delta) = (&assent.petition.request.id, assent.petition.request.delta);
                let next = format!("git coord show {id}, then git coord approve {id} --delta {delta}");
                let line = assent_lines(assent, now, standing).join("\n");
                ("approve-action", id.to_string(), format!("approve? {line}"), next)
            }
            Item::Run(assent) => {
                let id = &assent.petition.request.id;
                let line = assent_lines(assent, now, standing).join("\n");
                ("run", id.to_string(), format!("run? {line}"), format!("git coord run {id}"))
            }
            Item::Declined(assent, against) => {
                let id = &assent.petition.request.id;
                let line = opposed(against, &assent_line(assent, now, standing));
                ("answered", id.to_string(), line, format!("git coord show {id}"))
            }
            Item::Adopt(target) => {
                let next = format!("git coord land --adopt {}", target.branch().unwrap_or(target.as_str()));
                ("adopt", target.to_string(), format!("adopt? {target}, as another root member did"), next)
            }
            Item::Offered(lease) => {
                let id = lease.claim.id.to_string();
                let next = format!("git coord handoff {id} --accept");
                ("offered", id, format!("offered to you: {}", lease_line(lease, now, standing)), next)
            }
            Item::Expired(lease) => {
                let id = lease.claim.id.to_string();
                let next = format!("git coord renew {id}, or git coord release {id}");
                ("expired", id, format!("expired: {}", lease_line(lease, now, standing)), next)
            }
            Item::Awaited(lease) => {
                let id = lease.claim.id.to_string();
                let next = format!("git coord release {id}");
                ("awaited", id, format!("others wait for: {}", lease_line(lease, now, standing)), next)
            }
            Item::Waiting(lease) => {
                let id = lease.claim.id.to_string();
                (
                    "waiting",
                    id,
                    format!("you wait for: {}", lease_line(lease, now, standing)),
                    "git coord status".to_owned(),
                )
            }
            Item::Escalated(one) => told(one, now, standing),
            Item::Finding(noted) => {
                let id = noted.finding.id.to_string();
                let next = format!("git coord show {id}");
                ("finding", id, format!("on your paths: {}", finding_line(noted, standing)), next)
            }
        };
        let waits = waits_since(item);
        let (delta, glass) = (delta_of(item), glass_of(item));
        let (left, signer) = match item {
            Item::OnlyHere(left) => (Some(left), None),
            Item::SetAside(SetAside { left, signer, .. }) => (Some(left), signer.as_ref()),
            _ => (None, None),
        };
        let checks = match item {
            Item::Attest(pending, checks) => Some((pending.request.head.to_string(), texts(checks))),
            _ => None,
        };
        // What would be run, to the letter; `null` where nothing would.
        let argv = match item {
            Item::Allow(assent) | Item::Run(assent) | Item::Declined(assent, _) => {
                Some(argv_json(&assent.petition.request.order))
            }
            Item::Unfinished(running) => Some(argv_json(&running.run.order)),
            _ => None,
        };
        report.object(json!({
            "type": "inbox", "v": 1, "kind": kind, "id": id, "delta": delta, "next": next, "argv": argv,
            "checks": checks.as_ref().map(|(_, names)| names), "commit": checks.as_ref().map(|(commit, _)| commit),
            "count": left.map(|left| left.count), "since": since(item).map(format_time),
            "signer": signer.map(ToString::to_string),
            "objections": objections_json(against_of(item)),
            "reason": glass.map(|glass| glass.reason.as_str()), "until": glass.map(|glass| format_time(glass.expires)),
            "guarantee": guarantee_word(worth(item, standing)),
        }));
        let mut lines = line.split('\n').map(str::to_owned);
        let age = waits.map_or(String::new(), |since| format!(" (waits {})", span_words(now.since(since))));
        report.human.extend(lines.next().map(|first| format!("{first}{age}")));
        report.human.extend(lines);
        report.line(format!("  next: {}", plain(&next)));
    }
    if items.is_empty() {
        report.line("nothing waits for you.");
    }
    report
}

/// Returns what an answer must name; nothing where nothing is answered.
fn delta_of(item: &Item) -> Option<String> {
    let delta = match item {
        Item::Glass(broken) => broken.pending.request.delta,
        Item::Allow(assent) | Item::Run(assent) | Item::Declined(assent, _) => assent.petition.request.delta,
        _ => pending_of(item).map(|pending| pending.request.delta).or(proposed_of(item).map(|it| it.request.delta))?,
    };
    Some(delta.to_string())
}

/// Returns the open request to land that an item is about.
fn pending_of(item: &Item) -> Option<&Pending> {
    match item {
        Item::Approve(pending)
        | Item::Answered(pending, _)
        | Item::Attest(pending, _)
        | Item::Behind(pending, _)
        | Item::Unused(pending)
        | Item::Breaking(pending) => Some(pending),
        _ => None,
    }
}

/// Returns the draft of the policy that an item is about.
fn proposed_of(item: &Item) -> Option<&Proposed> {
    match item {
        Item::Agree(proposed) | Item::Opposed(proposed, _) | Item::Activate(proposed) | Item::Overtaken(proposed) => {
            Some(proposed)
        }
        _ => None,
    }
}

/// Returns why something lands, or landed, before anybody approved it.
fn glass_of(item: &Item) -> Option<&BreakGlass> {
    let pending = match item {
        Item::Glass(broken) => Some(&broken.pending),
        _ => pending_of(item),
    };
    pending?.request.break_glass.as_ref()
}

/// Returns what is said against what an item is about.
fn against_of(item: &Item) -> &[Objection] {
    match item {
        Item::Answered(_, against) | Item::Opposed(_, against) | Item::Declined(_, against) => against,
        Item::Escalated(one) => escalation::against_of(one),
        _ => &[],
    }
}

/// Returns a line about a request, with the weightiest answer that stands against it in front, and what each says below.
fn opposed(against: &[Objection], line: &str) -> String {
    let word = against.iter().map(|objection| objection.answered.approval.answer).max().map_or("", |most| most.word());
    let below: String = against.iter().map(|objection| format!("\n{}", objection_line(objection))).collect();
    format!("{word}: {line}{below}")
}

/// Returns since when something has been asked for, if its line does not tell.
fn waits_since(item: &Item) -> Option<Timestamp> {
    match item {
        Item::Allow(assent) | Item::Run(assent) | Item::Declined(assent, _) => Some(assent.petition.opened_time),
        _ => pending_of(item).map(|pending| pending.opened_time).or(proposed_of(item).map(|it| it.opened_time)),
    }
}

fn texts(names: &[RecordName]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Returns how many entries are only here, and since when.
fn only_here(left: &Left, now: Timestamp) -> String {
    let age = left.since.map(|since| span_words(now.since(since)));
    let oldest = if left.count == 1 { "" } else { "the oldest " };
    let age = age.map_or(String::new(), |age| format!(" ({oldest}for {age})"));
    format!("{} only here{age}", counted(left.count, "entry is", "entries are"))
}

fn worth(item: &Item, standing: &Standing) -> Guarantee {
    let request = pending_of(item).map(|pending| &pending.request.id).or(proposed_of(item).map(|it| &it.request.id));
    match item {
        Item::Ahead(_) | Item::OnlyHere(_) | Item::SetAside(_) => Guarantee::Tentative,
        Item::Unfinished(running) => standing.of_record(&RecordPath::Run(running.run.id.clone())),
        Item::Allow(assent) | Item::Run(assent) | Item::Declined(assent, _) => {
            standing.of_record(&RecordPath::Request(assent.petition.request.id.clone()))
        }
        Item::Offered(lease) | Item::Expired(lease) | Item::Awaited(lease) | Item::Waiting(lease) => {
            standing.of_lease(lease)
        }
        Item::Finding(noted) => standing.of_record(&RecordPath::Finding(noted.finding.id.clone())),
        Item::Escalated(one) => escalation::worth(one, standing),
        _ => request.map_or(standing.of_ledger(), |id| standing.of_record(&RecordPath::Request(id.clone()))),
    }
}

/// Returns since when it waits, as far as the ledger tells.
fn since(item: &Item) -> Option<Timestamp> {
    match item {
        Item::OnlyHere(left) | Item::SetAside(SetAside { left, .. }) => left.since,
        Item::Unfinished(running) => Some(running.since_time),
        Item::Glass(broken) => Some(broken.landed.now),
        Item::Review(debt) => Some(debt.told.time),
        Item::Expired(lease) => Some(lease.claim.expires),
        Item::Finding(noted) => Some(noted.found),
        Item::Escalated(one) => escalation::since(one),
        _ => waits_since(item),
    }
}
