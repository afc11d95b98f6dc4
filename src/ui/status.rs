//! What is going on: `status`, `init`, `verify`, `sync`, drafts.

use serde_json::json;

use crate::format::format_time;
use crate::ledger::Outlook;
use crate::model::RecordPath;
use crate::model::Span;
use crate::ops::Guarantee;
use crate::ops::Standing;
use crate::ops::drafts;
use crate::ops::drafts::DraftFile;
use crate::ops::init;
use crate::ops::join::PinTrust;
use crate::ops::status::Outcome;
use crate::ops::verify;
use crate::rules::Code;
use crate::ui::action::assent_json;
use crate::ui::action::assent_line;
use crate::ui::action::run_json;
use crate::ui::action::run_line;
use crate::ui::break_glass::broken_json;
use crate::ui::break_glass::broken_line;
use crate::ui::claim::flight_json;
use crate::ui::claim::flight_line;
use crate::ui::claim::guarantee_word;
use crate::ui::claim::lease_json;
use crate::ui::claim::lease_line;
use crate::ui::collision::change_json;
use crate::ui::collision::tell_changes;
use crate::ui::proposal::agreement_line;
use crate::ui::proposal::proposal_json;
use crate::ui::report::Report;
use crate::ui::report::VIEW_BYTES_MAX;
use crate::ui::report::counted;
use crate::ui::report::plain;
use crate::ui::report::span_words;
use crate::ui::request::request_json;
use crate::ui::request::request_line;
use crate::ui::sync::waiting_json;
use crate::ui::sync::waiting_line;

/// For whom the answer is, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// What fits one screen.
    Screen,
    /// Everything, for people.
    All,
    /// Everything, for programs.
    Objects,
    /// Everything for programs, and beside it what fits one screen.
    Both,
}

/// Lines that are made one by one.
type Lines<'a> = Box<dyn Iterator<Item = String> + 'a>;

/// Returns what is going on.
pub fn status_report(outcome: &Outcome, view: View) -> Report {
    let mut report = Report::new();
    // Thousands of records are put into one form only.
    match view {
        View::Objects => status_objects(outcome, &mut report),
        View::Screen | View::All => human_status(outcome, view, &mut report),
        View::Both => {
            status_objects(outcome, &mut report);
            human_status(outcome, View::Screen, &mut report);
        }
    }
    report
}

fn status_objects(outcome: &Outcome, report: &mut Report) {
    let age = outcome.now.since(outcome.time).seconds();
    report.object(json!({
        "type": "head", "v": 1, "commit": outcome.head.to_string(), "height": outcome.height,
        "guarantee": guarantee_word(outcome.standing.of_ledger()), "tentative": outcome.standing.count(), "age_s": age, "fetched_s": outcome.fetched.map(Span::seconds), "void": outcome.void_count,
        "open_findings": outcome.open_findings, "decisions": outcome.decisions, "drafts_complete": outcome.drafts_complete,
    }));
    for lease in &outcome.leases {
        report.object(lease_json(lease, outcome.now, &outcome.standing));
    }
    for agreement in &outcome.proposals {
        report.object(proposal_json(agreement, &outcome.standing));
    }
    for broken in &outcome.broken {
        report.object(broken_json(broken));
    }
    outcome.assents.iter().for_each(|assent| report.object(assent_json(assent, &outcome.standing)));
    outcome.runs.iter().for_each(|running| report.object(run_json(running, outcome.now, &outcome.standing)));
    for pending in &outcome.requests {
        report.object(request_json(pending, &outcome.standing));
    }
    outcome.waiting.iter().for_each(|waiting| report.object(waiting_json(waiting)));
    for flight in &outcome.in_flight {
        let mut object = flight_json(flight);
        object["type"] = "in_flight".into();
        object["v"] = 1.into();
        report.object(object);
    }
    for change in &outcome.changed_elsewhere {
        let mut object = change_json(change);
        object["type"] = "changed_elsewhere".into();
        object["v"] = 1.into();
        report.object(object);
    }
    for draft in &outcome.drafts {
        report.object(draft_json(draft));
    }
    for void in &outcome.voids {
        report.object(json!({
            "type": "void", "v": 1, "commit": void.commit.to_string(), "height": void.height,
            "code": void.refusal.code.as_str(), "message": void.refusal.message,
        }));
    }
}

fn human_status(outcome: &Outcome, view: View, report: &mut Report) {
    report.line(format!(
        "ledger at height {} ({}), {} principals, last entry {} ago{}",
        outcome.height,
        guarantee_word(outcome.standing.of_ledger()),
        outcome.principals,
        span_words(outcome.now.since(outcome.time)),
        outcome.fetched.map_or(String::new(), |age| format!(", fetched {} ago", span_words(age)))
    ));
    if outcome.standing.of_ledger() == Guarantee::Tentative {
        let count = counted(outcome.standing.count() as u64, "entry is", "entries are");
        report.line(format!("{count} only here and may yet be lost: git coord sync"));
    }
    if let Outlook::Waiting(commit, until) = outcome.outlook {
        let (entry, until) = (commit.short(), format_time(until));
        report.line(format!("the entry {entry} waits until {until}: it is dated ahead of this clock"));
    }
    tell_changes(report, &outcome.changed_elsewhere);
    // What binds comes first: who holds what, what is wrong, what asks, what is under way.
    let held = outcome.leases.iter().map(|lease| lease_line(lease, outcome.now, &outcome.standing));
    let voids =
        outcome.voids.iter().rev().take(3).map(|void| {
            format!("void: {} ({}) {}", void.commit.short(), void.refusal.code, plain(&void.refusal.message))
        });
    let drafts = outcome.drafts.iter().map(draft_line);
    let proposals = outcome.proposals.iter().map(agreement_line);
    let assents = outcome.assents.iter().map(|assent| assent_line(assent, outcome.now, &outcome.standing));
    let runs = outcome.runs.iter().map(|running| run_line(running, outcome.now, &outcome.standing));
    let requests = outcome.requests.iter().map(|pending| request_line(pending, &outcome.standing));
    let waiting = outcome.waiting.iter().map(waiting_line);
    let flights = outcome.in_flight.iter().map(flight_line);
    let broken = outcome.broken.iter().map(|broken| broken_line(broken, outcome.now));
    let groups: [(&str, usize, Lines<'_>); 10] = [
        ("landings to review", broken.len(), Box::new(broken)),
        ("claims", held.len(), Box::new(held)),
        ("void entries", voids.len(), Box::new(voids)),
        ("entries that wait for a key", waiting.len(), Box::new(waiting)),
        ("drafts", drafts.len(), Box::new(drafts)),
        ("runs", runs.len(), Box::new(runs)),
        ("requests for actions", assents.len(), Box::new(assents)),
        ("requests to change the policy", proposals.len(), Box::new(proposals)),
        ("requests", outcome.request_count, Box::new(requests)),
        ("in flight", flights.len(), Box::new(flights)),
    ];
    let mut bytes = report.human.iter().map(String::len).sum::<usize>();
    // Only what is shown is put into words.
    for (name, total, lines) in groups {
        let mut shown = 0;
        for line in lines {
            if view == View::Screen && bytes + line.len() > VIEW_BYTES_MAX {
                break;
            }
            bytes += line.len() + 1;
            shown += 1;
            report.line(line);
        }
        if shown < total {
            report.line(format!("… {} more {name}: git coord status --all", total - shown));
        }
    }
    if outcome.leases.is_empty() {
        report.line("no claims.");
    }
    if !outcome.drafts_complete {
        report.note("of findings, approvals and principals only new and removed files are seen as drafts: `git coord status --all` reads all");
    }
    if outcome.open_findings > 0 {
        let count = counted(outcome.open_findings, "open finding", "open findings");
        report.line(format!("{count}: git coord findings"));
    }
    if outcome.decisions > 0 {
        let count = counted(outcome.decisions as u64, "decision holds", "decisions hold");
        report.line(format!("{count}: git coord decisions"));
    }
}

fn draft_json(draft: &DraftFile) -> serde_json::Value {
    let refusal = draft.finding.as_ref().err();
    json!({
        "type": "draft", "v": 1, "path": draft.path, "owner": draft.owner, "ok": refusal.is_none(),
        "code": refusal.map(|refusal| refusal.code.as_str()), "message": refusal.map(|refusal| refusal.message.clone()),
        "must_be_named": draft.must_be_named,
    })
}

fn draft_line(draft: &DraftFile) -> String {
    let removed = draft.removes().map(|place| match place {
        RecordPath::Claim(id) | RecordPath::Decision(id) | RecordPath::Finding(id) | RecordPath::Request(id) => {
            id.to_string()
        }
        other => plain(&other.to_string()),
    });
    let path = plain(&draft.path);
    let name = if draft.must_be_named { format!(" {path}") } else { String::new() };
    match &draft.finding {
        Ok(()) if let Some(removed) = removed => {
            format!(
                "draft: removes {removed}, whose file is gone (git coord commit{name} signs and appends the removal)"
            )
        }
        Ok(()) => format!("draft: {path} (git coord commit{name} signs and appends it)"),
        Err(refusal) if refusal.code == Code::WorktreeReplaced => {
            format!("checkout: ({}) {}", refusal.code, plain(&refusal.message))
        }
        Err(refusal) => format!("draft: {} ({}) {}", plain(&draft.path), refusal.code, plain(&refusal.message)),
    }
}

/// Returns what became of drafts.
pub fn drafts_report(outcome: &drafts::Outcome, standing: &Standing) -> Report {
    let mut report = Report::new();
    if let Some(appended) = &outcome.appended {
        report.object(json!({
            "type": "done", "v": 1, "id": appended.commit.to_string(), "height": appended.height,
            "guarantee": guarantee_word(standing.of_entry(appended.commit)),
        }));
    }
    for path in &outcome.committed {
        report.line(format!("committed {}", plain(path)));
    }
    if outcome.committed.is_empty() {
        report.line("nothing was signed.");
    }
    for draft in &outcome.left {
        report.object(draft_json(draft));
        report.note(draft_line(draft));
    }
    report
}

/// Returns what a new ledger is.
pub fn init_report(outcome: &init::Outcome) -> Report {
    let mut report = Report::new();
    report.object(json!({
        "type": "init", "v": 1, "principal": outcome.principal.to_string(), "pin": outcome.pin.to_string(),
        "ledger": outcome.ledger.to_string(), "height": outcome.height,
    }));
    report.line(format!("the ledger begins; you are {}", outcome.principal));
    report.line(format!("pin {}", outcome.pin));
    if let Some(key) = &outcome.new_key {
        report.note(format!("made a key without a passphrase: {}", key.display()));
    }
    if outcome.checkout.is_some() {
        report.note("the ledger is checked out in .coord/");
    }
    if let Some(hooks) = &outcome.hooks {
        report.notes.extend(crate::ui::hooks::hooks_report(hooks).human);
    }
    if let Some(remote) = outcome.passed_over.first() {
        let remote = plain(remote);
        report.note(format!(
            "it is in this clone only; to have {remote} decide for everybody: git coord sync --remote {remote}"
        ));
    }
    report.note("next: git coord enroll <name> --kind agent --role builder --vendor <vendor>");
    report
}

/// Returns what a verification found.
pub fn verify_report(outcome: &verify::Outcome) -> Report {
    let mut report = Report::new();
    report.object(json!({
        "type": "verified", "v": 1, "head": outcome.head.to_string(), "height": outcome.height,
        "pin": outcome.pin.to_string(), "entries": outcome.entries, "void": outcome.void, "cached": outcome.cached,
        "trust": match outcome.trust { Some(PinTrust::Checked) => "checked", _ => "first-use" },
    }));
    report.line(format!("verified {} entries up to {}, {} void", outcome.entries, outcome.head.short(), outcome.void));
    report.line(format!("pin {}", outcome.pin));
    if outcome.trust != Some(PinTrust::Checked) {
        report.note("the pin was trusted on first use; compare it with a root member's");
    }
    report
}
