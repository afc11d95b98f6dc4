//! What is said of somebody who was suspended, revoked, reinstated, suspected, cleared or confirmed, and of what follows.

use serde_json::json;

use crate::format::Word;
use crate::model::RecordPath;
use crate::model::Standing as Status;
use crate::ops::Standing;
use crate::ops::aftermath::Aftermath;
use crate::ops::amend::Amendment;
use crate::ops::amend::Outcome;
use crate::rules::Trust;
use crate::ui::claim::at_end;
use crate::ui::claim::guarantee_word;
use crate::ui::claim::tentative_note;
use crate::ui::report::Report;
use crate::ui::report::counted;

/// Returns what became of a principal, and what follows.
pub fn amendment_report(outcome: &Outcome, standing: &Standing) -> Report {
    let Outcome { amendment, enrolled, appended, aftermath } = outcome;
    let record = &enrolled.record;
    let guarantee = match appended {
        Some(appended) => standing.of_entry(appended.commit),
        None => standing.of_record(&RecordPath::Principal(record.id.clone())),
    };
    let next = next(outcome);
    let mut report = Report::new();
    report.object(json!({
        "type": "amended", "v": 1,
        "id": record.id.to_string(),
        "status": record.status.word(),
        "suspect_since": record.suspect_since,
        "confirmed": enrolled.trust == Trust::Confirmed,
        "changed": appended.is_some(),
        "height": appended.as_ref().map(|appended| appended.height),
        "guarantee": guarantee_word(guarantee),
        "claims": words(&aftermath.claims),
        "requests": words(&aftermath.requests),
        "approvals": words(&aftermath.approvals),
        "vetoes_ended": words(&aftermath.vetoes_ended),
        "vetoes_kept": words(&aftermath.vetoes_kept),
        "enrolled": words(&aftermath.enrolled),
        "reviews": aftermath.reviews,
        "root_voices": aftermath.root.map(|(voices, _)| voices),
        "root_threshold": aftermath.root.map(|(_, threshold)| threshold),
        "next": next,
    }));
    let so = if appended.is_some() { "" } else { " already, nothing was written" };
    let since = record.suspect_since.map_or(String::new(), |since| format!(", its key suspect since height {since}"));
    report.line(format!("{} is {}{since}{so}{}", record.id, done_word(amendment), at_end(guarantee)));
    for line in consequences(aftermath) {
        report.line(format!("  {line}"));
    }
    report.notes.extend(next.into_iter().map(|next| format!("next: {next}")));
    report.notes.extend(tentative_note(guarantee));
    report
}

fn done_word(amendment: &Amendment) -> &'static str {
    match amendment {
        Amendment::Suspend(_) => "suspended",
        Amendment::Revoke(_) => "revoked for ever",
        Amendment::Reinstate => "active",
        Amendment::Suspect(_) => "suspect",
        Amendment::Clear => "not suspect any more",
        Amendment::Confirm => "confirmed",
    }
}

fn consequences(aftermath: &Aftermath) -> Vec<String> {
    let lists = [
        ("claims that stay until they expire or are revoked", words(&aftermath.claims)),
        ("requests that stay open", words(&aftermath.requests)),
        ("requests on which its approval does not count", words(&aftermath.approvals)),
        ("requests that its veto stops no more", words(&aftermath.vetoes_ended)),
        ("requests that its veto still stops", words(&aftermath.vetoes_kept)),
        ("enrolled or confirmed by it", words(&aftermath.enrolled)),
    ];
    let lists = lists.into_iter().filter(|(_, ids)| !ids.is_empty());
    let mut lines: Vec<_> = lists.map(|(what, ids)| format!("{what}: {}", ids.join(", "))).collect();
    if aftermath.reviews > 0 {
        lines.push(format!(
            "to be reviewed again: {}",
            counted(aftermath.reviews, "landing or run", "landings and runs")
        ));
    }
    if let Some((voices, threshold)) = aftermath.root {
        lines.push(format!("root members who can speak: {voices}, decisions take {threshold}"));
    }
    lines
}

fn next(outcome: &Outcome) -> Vec<String> {
    let Outcome { enrolled, aftermath, .. } = outcome;
    let (id, is_out) = (&enrolled.record.id, enrolled.record.status != Status::Active);
    let mut next = Vec::new();
    if !aftermath.claims.is_empty() {
        next.push(format!("git coord revoke {}", words(&aftermath.claims).join(" ")));
    }
    if is_out && enrolled.record.suspect_since.is_none() {
        next.push(format!("if its key is in other hands: git coord principals suspect {id} --since <when>"));
    }
    if aftermath.reviews > 0 {
        next.push("git coord audit".to_owned());
    }
    if enrolled.record.suspect_since.is_some() && !is_out {
        next.push(format!("git coord principals suspend {id}: until then it goes on acting"));
    }
    next.extend(aftermath.enrolled.iter().map(|other| format!("git coord show {other}")));
    next
}

fn words<T: ToString>(ids: &[T]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
