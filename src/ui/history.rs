//! The ledger in words.

use serde_json::Value;
use serde_json::json;

use crate::format::format_time;
use crate::ops::Guarantee;
use crate::ops::Standing;
use crate::ops::history::Deed;
use crate::ops::history::Line;
use crate::ops::history::Story;
use crate::ui::claim::at_end;
use crate::ui::claim::guarantee_word;
use crate::ui::objection::objection_lines;
use crate::ui::objection::objections_json;
use crate::ui::report::Report;
use crate::ui::report::plain;
use crate::ui::request::finding_line;
use crate::ui::review::review_json;
use crate::ui::review::review_lines;

fn deed_word(deed: Deed) -> &'static str {
    match deed {
        Deed::Added => "add",
        Deed::Changed => "change",
        Deed::Removed => "remove",
    }
}

fn line_json(line: &Line, standing: &Standing) -> Value {
    let change = |(deed, path): &(Deed, String)| {
        let record = path.split('/').next().unwrap_or_default();
        let id = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".toml");
        json!({"op": deed_word(*deed), "record": record, "id": id, "path": path})
    };
    json!({
        "type": "entry", "v": 1,
        "height": line.height,
        "commit": line.commit.to_string(),
        "payload": line.payload.map(|digest| digest.to_string()),
        "signer": line.signer.as_ref().map(ToString::to_string),
        "t": line.time.map(format_time),
        "subject": line.subject,
        "trailers": line.trailers.iter().map(|(key, value)| json!({"key": key, "value": value})).collect::<Vec<_>>(),
        "changes": line.changes.iter().map(change).collect::<Vec<_>>(),
        "left_out": line.left_out,
        "void": line.void.as_ref().map(|refusal| refusal.code.as_str()),
        "guarantee": guarantee_word(standing.of_entry(line.commit)),
    })
}

fn line_text(line: &Line, standing: &Standing) -> String {
    let time = line.time.map(format_time).unwrap_or_default();
    let signer = line.signer.as_ref().map_or("nobody enrolled".to_owned(), ToString::to_string);
    let void = line.void.as_ref().map_or(String::new(), |refusal| format!("  VOID ({})", refusal.code));
    let tentative = at_end(standing.of_entry(line.commit));
    format!("{:>5}  {time}  {signer}  {}{void}{tentative}", line.height, plain(&line.subject))
}

/// Returns entries, newest first.
pub fn log_report(lines: &[Line], standing: &Standing) -> Report {
    let mut report = Report::new();
    for line in lines {
        report.object(line_json(line, standing));
        report.line(line_text(line, standing));
    }
    report
}

/// Returns a record with its whole story.
pub fn story_report(story: &Story, standing: &Standing) -> Report {
    let guarantee = story.path.as_ref().map_or(standing.of_ledger(), |path| standing.of_record(path));
    let mut report = Report::new();
    report.object(json!({
        "type": "record", "v": 1, "id": story.id, "path": story.path.as_ref().map(ToString::to_string), "text": story.text,
        "entries": story.lines.iter().map(|line| line_json(line, standing)).collect::<Vec<_>>(),
        "review": story.review.as_ref().map(review_json),
        "objections": objections_json(&story.objections),
        "findings": story.findings.iter().map(|noted| noted.finding.id.to_string()).collect::<Vec<_>>(),
        "guarantee": guarantee_word(guarantee),
    }));
    if guarantee == Guarantee::Tentative {
        report.line("  (tentative: it is not at the remote as it is here)");
    }
    // What a change does comes first, and what its author says of it behind a mark: nobody may tell it in our words.
    if let Some(review) = &story.review {
        report.human.extend(review_lines(review));
    }
    match &story.text {
        Some(text) => report.human.extend(text.lines().map(|line| format!("  > {}", plain(line)))),
        None => report.line("  (not in the state any more)"),
    }
    report.human.extend(story.objections.iter().flat_map(objection_lines));
    if !story.findings.is_empty() {
        report.line("  open findings about it");
    }
    report.human.extend(story.findings.iter().map(|noted| format!("    {}", finding_line(noted, standing))));
    for line in &story.lines {
        report.line(line_text(line, standing));
    }
    report
}
