//! What was put into the settings of an agent's program, and what would be: a diff.

use serde_json::json;

use crate::ops::agent::Change;
use crate::ops::agent::InstallRemark;
use crate::ops::agent::Installation;
use crate::ops::hooks::Writing;
use crate::ui::report::Report;
use crate::ui::report::plain;

/// How many lines around a change are shown.
const AROUND: usize = 3;

/// Returns what an installation or its removal did.
pub fn installation_report(outcome: &Installation) -> Report {
    let mut report = Report::new();
    let path = |change: &Change| plain(&change.path.display().to_string());
    let files = outcome.changes.iter().map(|change| json!({"path": path(change), "change": verb(change)}));
    let written = outcome.writing == Writing::Apply;
    let remarks: Vec<String> = outcome.remarks.iter().map(remark_text).collect();
    report.object(json!({
        "type": "agent", "v": 1, "client": outcome.client.as_str(), "written": written, "files": files.collect::<Vec<_>>(),
        "remarks": remarks,
    }));
    if outcome.changes.is_empty() {
        report.line(format!("agent {}: nothing to change", outcome.client.as_str()));
    }
    for change in &outcome.changes {
        match outcome.writing {
            Writing::Apply => {
                report.line(format!("agent {}: {} {}", outcome.client.as_str(), verb(change), path(change)))
            }
            Writing::DryRun => diff(change).into_iter().for_each(|line| report.line(line)),
        }
    }
    remarks.iter().for_each(|remark| report.note(format!("note: {remark}")));
    report
}

/// Returns what is left for a person to know, or to do, in a sentence.
fn remark_text(remark: &InstallRemark) -> String {
    let sentence = match remark {
        InstallRemark::Stays(path) => {
            return format!(
                "{} was changed by somebody: what git coord wrote there stays as it is.",
                plain(&path.display().to_string())
            );
        }
        InstallRemark::OtherServer { path, name } => {
            let path = plain(&path.display().to_string());
            return format!("{path} has a server of its own as `{}`, which stays.", plain(name));
        }
        InstallRemark::TrustHooks => {
            "Codex runs hooks only in a trusted project and after `/hooks` in it was answered with trust, again after each \
             change."
        }
        InstallRemark::ApproveServer => "Claude Code asks once to approve the server of .mcp.json.",
        InstallRemark::AddServer => {
            "The MCP server of the user is Claude Code's to write: claude mcp add --scope user coord -- git-coord mcp"
        }
        InstallRemark::TrustFolder => "Gemini CLI runs hooks and servers of a trusted folder only.",
        InstallRemark::ServerOfUser => {
            "Copilot CLI knows MCP servers of the user only: git coord agent install copilot --user"
        }
    };
    sentence.to_owned()
}

fn verb(change: &Change) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "created",
        (_, None) => "removed",
        _ => "changed",
    }
}

/// Returns a unified diff of one change. What is ours stands together, or nearly so: one hunk shows it.
fn diff(change: &Change) -> Vec<String> {
    let text = |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
    let (old, new) = (text(&change.before), text(&change.after));
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let same = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let rest = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(one, other)| one == other).count();
    let (from, until) = (same.saturating_sub(AROUND), rest.saturating_sub(AROUND));
    let (old_end, new_end) = (old.len() - rest, new.len() - rest);
    let path = plain(&change.path.display().to_string());
    let name =
        |bytes: &Option<Vec<u8>>, side| if bytes.is_some() { format!("{side}{path}") } else { "/dev/null".to_owned() };
    let mut lines = vec![
        format!("--- {}", name(&change.before, "")),
        format!("+++ {}", name(&change.after, "")),
        format!("@@ -{} +{} @@", place(from, old.len() - until - from), place(from, new.len() - until - from)),
    ];
    let mut show = |sign: char, part: &[&str]| {
        for line in part {
            lines.push(format!("{sign}{}", plain(line.trim_end_matches(['\n', '\r']))));
            if !line.ends_with('\n') {
                lines.push("\\ No newline at end of file".to_owned());
            }
        }
    };
    show(' ', &old[from..same]);
    show('-', &old[same..old_end]);
    show('+', &new[same..new_end]);
    show(' ', &old[old_end..old.len() - until]);
    lines
}

fn place(from: usize, count: usize) -> String {
    format!("{},{count}", if count == 0 { from } else { from + 1 })
}
