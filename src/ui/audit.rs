//! What an audit found: what is wrong, since when, and what to do about it.

use serde_json::Value;
use serde_json::json;

use crate::format::format_time;
use crate::ops::Failure;
use crate::ops::audit::About;
use crate::ops::audit::Outcome;
use crate::ops::audit::Void;
use crate::ops::audit::Wrong;
use crate::ops::bypass::Bypass;
use crate::ops::past::Moment;
use crate::ops::suspicion::debts::Debt;
use crate::ops::suspicion::debts::Done;
use crate::ops::suspicion::resting::Part;
use crate::rules::Code;
use crate::ui::action::command_words;
use crate::ui::approval::veto_json;
use crate::ui::break_glass::use_json;
use crate::ui::break_glass::use_lines;
use crate::ui::error::words_of;
use crate::ui::report::Report;
use crate::ui::report::brief;
use crate::ui::report::counted;
use crate::ui::report::plain;
use crate::ui::report::quoted;

/// How many void entries and commits people are told of; programs are told more.
const NAMED_MAX: usize = 3;

/// Returns what an audit found.
pub fn audit_report(outcome: &Outcome) -> Report {
    let mut report = Report::new();
    report.object(json!({
        "type": "audit", "v": 1, "entries": outcome.entries, "landings": outcome.landings,
        "adoptions": outcome.adoptions, "void": outcome.void, "problems": outcome.wrongs.len(),
        "fetched": outcome.stale.is_none(), "from": outcome.from, "skipped": outcome.skipped,
        "debts": outcome.debts.len(), "glass": outcome.glass.len(), "settled": outcome.settled,
    }));
    report.line(format!(
        "{}, {}, {}, {} void",
        counted(outcome.entries, "entry", "entries"),
        counted(outcome.landings, "landing", "landings"),
        counted(outcome.adoptions, "adoption", "adoptions"),
        outcome.void
    ));
    if let Some(from) = outcome.from {
        let skipped = counted(outcome.skipped, "landing before is", "landings before are");
        report.line(format!("from height {from} on; {skipped} not replayed"));
    }
    for wrong in &outcome.wrongs {
        tell_wrong(&mut report, wrong);
    }
    for told in &outcome.glass {
        report.object(use_json(told));
        use_lines(told).into_iter().for_each(|line| report.line(line));
    }
    for debt in &outcome.debts {
        tell_debt(&mut report, debt);
    }
    for said in &outcome.overrulings {
        let vetoes: Vec<_> = said.vetoes.iter().map(|veto| veto.principal.to_string()).collect();
        report.object(json!({
            "type": "overruling", "v": 1, "request": said.request.to_string(), "principal": said.member.to_string(),
            "vetoes": vetoes, "overruled": said.vetoes.iter().map(veto_json).collect::<Vec<_>>(), "height": said.moment.height, "t": format_time(said.moment.time),
        }));
        let (member, request, moment) = (&said.member, &said.request, moment_words(said.moment));
        report.line(format!(
            "overruled: {member} said that the veto of {} on {request} is not to stand, {moment}",
            vetoes.join(", ")
        ));
    }
    if outcome.settled > 0 {
        let settled = counted(outcome.settled, "debt was", "debts were");
        report.line(format!("{settled} settled: reviewed again"));
    }
    for landed in &outcome.trusted {
        report.object(json!({
            "type": "trusted", "v": 1, "ref": landed.target.as_str(), "new": landed.new.to_string(),
            "height": landed.decided_at,
        }));
        report.line(format!(
            "trusted: {} began at {}, which had not landed; whoever adopted it at height {} answers for it",
            landed.target,
            landed.new.short(),
            landed.decided_at
        ));
    }
    tell_voids(&mut report, outcome);
    if let Some(failure) = &outcome.stale {
        tell_stale(&mut report, failure);
    }
    if outcome.is_sound() {
        report.line("every landing replays to its verdict.");
    }
    report
}

fn tell_wrong(report: &mut Report, wrong: &Wrong) {
    let problem = &wrong.problem;
    let (target, commit, request, recorder) = match &wrong.about {
        About::Landing { landed, recorder } => {
            (Some(&landed.target), Some(landed.new), landed.request.as_ref(), recorder.as_ref())
        }
        About::Bypass(bypass) => (Some(&bypass.target), bypass.tip, bypass.stopped.as_ref(), None),
        About::Ref => (problem.target.as_ref(), problem.tip, None, None),
    };
    let (brought, left_out) = match &wrong.about {
        About::Bypass(bypass) => (bypass.brought.as_slice(), bypass.left_out),
        About::Landing { .. } | About::Ref => (&[][..], Some(0)),
    };
    let commits: Vec<Value> = brought
        .iter()
        .map(|brought| {
            let signer = brought.signer.as_ref().map(ToString::to_string);
            json!({"commit": brought.commit.to_string(), "signer": signer, "subject": brought.subject})
        })
        .collect();
    let mend = mend_of(wrong);
    report.object(json!({
        "type": "problem", "v": 1, "code": problem.code.as_str(), "message": problem.message, "mend": mend,
        "ref": target.map(|target| target.as_str()), "commit": commit.map(|commit| commit.to_string()),
        "request": request.map(ToString::to_string), "recorder": recorder.map(ToString::to_string),
        "height": wrong.since.map(|since| since.height), "t": wrong.since.map(|since| format_time(since.time)),
        "brought": commits, "left_out": left_out,
    }));
    report.line(format!("problem: {} ({})", plain(&problem.message), problem.code));
    match (&wrong.about, wrong.since) {
        (About::Landing { .. }, Some(since)) => {
            let recorder = recorder.map_or("nobody enrolled".to_owned(), ToString::to_string);
            report.line(format!("  since: {}, recorded by {recorder}", moment_words(since)));
        }
        (_, Some(since)) => report.line(format!("  since: after its last landing, {}", moment_words(since))),
        (_, None) => report.line("  since: nothing ever landed there, so the ledger does not say"),
    }
    for brought in brought.iter().take(NAMED_MAX) {
        let signer = brought.signer.as_ref().map_or("nobody enrolled".to_owned(), ToString::to_string);
        report.line(format!("  brought: {} signed by {signer}: {}", brought.commit.short(), quoted(&brought.subject)));
    }
    match left_out.map(|more| more + brought.len().saturating_sub(NAMED_MAX)) {
        Some(0) => {}
        Some(more) => report.line(format!("  brought: {}", counted(more as u64, "more commit", "more commits"))),
        None => report.line("  brought: what is not here; fetch it to see"),
    }
    if let Some(mend) = mend {
        report.line(format!("  mend: {}", plain(&mend)));
    }
}

fn tell_debt(report: &mut Report, debt: &Debt) {
    let next = next_of_debt(debt);
    let (landed, run) = match &debt.done {
        Done::Landed(landed) => (Some(landed), None),
        Done::Ran(run) => (None, Some(run)),
    };
    let request = landed.map_or(run.map(|run| &run.id), |landed| landed.request.as_ref());
    report.object(json!({
        "type": "debt", "v": 1, "ref": landed.map(|landed| landed.target.as_str()),
        "new": landed.map(|landed| landed.new.to_string()), "action": run.map(|run| run.action.as_str()),
        "request": request.map(ToString::to_string),
        "height": debt.moment.height, "t": format_time(debt.moment.time), "principal": debt.principal.to_string(),
        "parts": debt.parts.iter().map(|part| part_word(*part)).collect::<Vec<_>>(), "suspect_since": debt.since,
        "told": debt.told.height, "told_t": format_time(debt.told.time),
        "finding": debt.begun.as_ref().map(ToString::to_string),
        "reviewers": debt.reviewers.iter().map(ToString::to_string).collect::<Vec<_>>(), "stuck": debt.is_stuck,
        "next": next,
    }));
    report.line(format!("debt: {}", debt_words(debt)));
    report.line(format!(
        "  since: {}; its key is suspect since height {}, said at {}",
        moment_words(debt.moment),
        debt.since,
        moment_words(debt.told)
    ));
    report.line(format!("  mend: {}", plain(&next)));
}

/// Returns what is to be reviewed again, and why.
pub(crate) fn debt_words(debt: &Debt) -> String {
    let parts = debt.parts.iter().map(|part| match part {
        Part::Signature => "a signature",
        Part::Approval => "an approval",
        Part::Attestation => "an attestation",
        Part::Overruling => "the overruling of a veto",
        Part::Withdrawal => "the taking back of a veto or failed check",
        Part::Review => "a finding set aside",
        Part::Recording => "the recording",
    });
    let parts = parts.collect::<Vec<_>>().join(" and ");
    let done = match &debt.done {
        Done::Landed(landed) => format!("{} → {}", landed.target, landed.new.short()),
        Done::Ran(run) => format!("the run of {} ({})", run.action, run.id),
    };
    format!("{done} rests on {parts} of {}", debt.principal)
}

/// Returns what names it: a commit, or a request that was spent.
pub(crate) fn debt_id(debt: &Debt) -> String {
    match &debt.done {
        Done::Landed(landed) => landed.new.to_string(),
        Done::Ran(run) => run.id.to_string(),
    }
}

/// Returns how it is reviewed again.
pub(crate) fn next_of_debt(debt: &Debt) -> String {
    let (look, about) = match &debt.done {
        Done::Landed(landed) => (format!("git show {}", landed.new.short()), format!("--commit {}", landed.new)),
        Done::Ran(run) => {
            (format!("look at what `{}` did", command_words(&run.order.argv)), format!("--request {}", run.id))
        }
    };
    let by: Vec<_> = debt.reviewers.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let by = match by.as_slice() {
        [] => "somebody who may approve and triage, and had no hand in it: nobody here today".to_owned(),
        some => some.join(" or "),
    };
    let find = || format!("git coord find <what you saw> --kind risk --severity low {about}, then ");
    let (find, finding) = match &debt.begun {
        Some(id) => (String::new(), id.to_string()),
        None => (find(), "<its id>".to_owned()),
    };
    format!("{look}, {find}git coord dismiss {finding} (resolve, if something was put right), by {by}")
}

fn part_word(part: Part) -> &'static str {
    match part {
        Part::Signature => "signature",
        Part::Approval => "approval",
        Part::Attestation => "attestation",
        Part::Overruling => "overruling",
        Part::Withdrawal => "withdrawal",
        Part::Review => "review",
        Part::Recording => "recording",
    }
}

/// Returns when an entry was made, as people say it.
fn moment_words(moment: Moment) -> String {
    format!("height {}, {}", moment.height, format_time(moment.time))
}

/// Returns what to do about it.
fn mend_of(wrong: &Wrong) -> Option<String> {
    if let Some(mend) = &wrong.problem.mend {
        return Some(mend.clone());
    }
    match (&wrong.about, wrong.problem.code) {
        (About::Bypass(bypass), _) => Some(mend_of_bypass(bypass)),
        (_, Code::HistoryShallow) => Some("git fetch --unshallow".to_owned()),
        (_, Code::HistoryMissing) => {
            Some("fetch what is missing from a clone that has it, then audit again".to_owned())
        }
        (About::Landing { landed, .. }, _) => {
            let explain =
                landed.request.as_ref().map(|id| format!("git coord gate explain {id} says what is missing; "));
            Some(format!("{}revert it by a request of its own, or ask for it again", explain.unwrap_or_default()))
        }
        (About::Ref, _) => Some("delete it where refs are decided, and ask for what it holds to land".to_owned()),
    }
}

fn mend_of_bypass(bypass: &Bypass) -> String {
    let Bypass { target, last, .. } = bypass;
    if bypass.stopped.is_some() {
        return "git coord sync".to_owned();
    }
    let back = match (&bypass.remote, bypass.tip) {
        (Some(remote), Some(tip)) => {
            format!("git push --no-verify --force-with-lease={target}:{tip} {remote} {last}:{target}")
        }
        (Some(remote), None) => format!("git push {remote} {last}:{target}"),
        (None, _) => format!("git update-ref {target} {last}"),
    };
    let short = target.branch().unwrap_or(target.as_str());
    match bypass.tip {
        Some(tip) if !bypass.brought.is_empty() => format!(
            "what was approved is recorded: git coord land <request>, or with the hub's key git coord gate --record --ref \
             {short}; anything else goes back: {back}, and is asked for: git coord request {} --into {short}",
            tip.short()
        ),
        _ => format!("bring it back: {back}"),
    }
}

fn tell_voids(report: &mut Report, outcome: &Outcome) {
    for Void { height, commit, signer, time, refusal } in &outcome.voids {
        report.object(json!({
            "type": "void", "v": 1, "height": height, "commit": commit.to_string(),
            "signer": signer.as_ref().map(ToString::to_string), "t": time.map(format_time),
            "code": refusal.code.as_str(), "message": refusal.message,
        }));
    }
    for Void { height, commit, signer, refusal, .. } in outcome.voids.iter().take(NAMED_MAX) {
        let signer = signer.as_ref().map_or("nobody enrolled".to_owned(), ToString::to_string);
        report.line(format!(
            "void: height {height}, {} signed by {signer}, changed nothing: {} ({})",
            commit.short(),
            brief(&refusal.message),
            refusal.code
        ));
    }
    let more = outcome.void.saturating_sub(outcome.voids.len().min(NAMED_MAX) as u64);
    if more > 0 {
        report.line(format!("void: {more} more, git coord log"));
    }
}

/// Says of an answer that it knows only what was here before.
pub fn tell_stale(report: &mut Report, failure: &Failure) {
    let words = words_of(failure);
    let said = plain(words.message.lines().next().unwrap_or_default());
    report.note(format!("not fetched, so this is as of the last fetch: {said}"));
    report.object(json!({"type": "stale", "v": 1, "code": words.code, "message": said}));
}
