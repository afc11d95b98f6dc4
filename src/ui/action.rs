//! Requests for actions, and runs of what was approved.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::format::format_time;
use crate::model::Argument;
use crate::model::Order;
use crate::model::RecordPath;
use crate::model::RunState;
use crate::model::Timestamp;
use crate::ops::Standing;
use crate::ops::action;
use crate::ops::run;
use crate::rules::Assent;
use crate::rules::Consent;
use crate::rules::Running;
use crate::ui::claim::at_end;
use crate::ui::claim::guarantee_word;
use crate::ui::error::words_of;
use crate::ui::report::Report;
use crate::ui::report::plain;
use crate::ui::report::quoted;
use crate::ui::report::span_words;

/// Returns a command as a shell would take it to the same arguments, with nothing in it that moves a terminal.
pub(crate) fn command_words(argv: &[Argument]) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "@%+=:,./_-".contains(letter);
    let quoted = |argument: &Argument| match argument.as_str() {
        text if !text.is_empty() && text.chars().all(is_plain) => text.to_owned(),
        text => format!("'{}'", text.replace('\'', "'\\''")),
    };
    plain(&argv.iter().map(quoted).collect::<Vec<_>>().join(" "))
}

/// Returns what is said of a request for an action that was opened.
pub fn action_report(outcome: &action::Outcome, now: Timestamp, standing: &Standing) -> Report {
    let mut report = Report::new();
    report.object(assent_json(&outcome.assent, standing));
    let mut lines = assent_lines(&outcome.assent, now, standing).into_iter();
    let asked = if outcome.existed { "you asked for this already, nothing was written: " } else { "" };
    report.line(format!("{asked}{}", lines.next().unwrap_or_default()));
    report.human.extend(lines);
    let request = &outcome.assent.petition.request;
    let (id, delta) = (&request.id, request.delta);
    report.notes.push(match outcome.assent.consent() {
        Consent::Ready => format!("next: git coord run {id}"),
        _ => format!("next, as somebody else: git coord show {id}, then git coord approve {id} --delta {delta}"),
    });
    report
}

/// Returns a request for an action in a line, and the exact command and its inputs in others.
pub fn assent_lines(assent: &Assent, now: Timestamp, standing: &Standing) -> Vec<String> {
    let request = &assent.petition.request;
    let mut lines = vec![assent_line(assent, now, standing), format!("  runs: {}", command_words(&request.order.argv))];
    lines.extend(input_lines(&request.order));
    for rule in assent.rules.iter().flatten() {
        let counted: Vec<_> = rule.count.counted.iter().map(|id| format!("`{id}` approved")).collect();
        let not = rule.count.discounted.iter().map(|not| format!("`{}` approved but {}", not.principal, not.why));
        let found: Vec<_> = counted.into_iter().chain(not).collect();
        let found = if found.is_empty() { "nobody approved".to_owned() } else { found.join("; ") };
        lines.push(plain(&format!("  needs {}: {found}", rule.needed)));
    }
    lines
}

fn input_lines(order: &Order) -> Vec<String> {
    let line = |input: &crate::model::Input| plain(&format!("  with {} ({})", input.path, input.digest));
    order.inputs.iter().map(line).collect()
}

/// Returns one line about a request for an action.
pub(crate) fn assent_line(assent: &Assent, now: Timestamp, standing: &Standing) -> String {
    let request = &assent.petition.request;
    let state = match (assent.consent(), assent.until()) {
        (Consent::Ready, Some(until)) => format!("approved, for {} yet", span_words(until.since(now))),
        (Consent::Ready, None) => "approved".to_owned(),
        (Consent::Open, _) => "waits for approvals".to_owned(),
        (Consent::Expired, _) => "approvals have expired".to_owned(),
        (Consent::Vetoed, _) => "vetoed".to_owned(),
        (Consent::Unnamed, _) => "the policy names it no more".to_owned(),
    };
    let worth = at_end(standing.of_record(&RecordPath::Request(request.id.clone())));
    let title = quoted(request.title.as_str());
    format!("{} {}, by {}: {title} ({state}){worth}", request.id, plain(&request.action.to_string()), request.opener)
}

/// Returns a request for an action as an object.
pub(crate) fn assent_json(assent: &Assent, standing: &Standing) -> Value {
    let request = &assent.petition.request;
    let needed: Vec<_> = assent.rules.iter().flatten().map(|rule| rule.needed.clone()).collect();
    json!({
        "type": "action-request", "v": 1,
        "id": request.id.to_string(),
        "opener": request.opener.to_string(),
        "action": request.action.as_str(),
        "argv": argv_json(&request.order),
        "inputs": inputs_json(&request.order),
        "delta": request.delta.to_string(),
        "mission": request.mission.as_ref().map(ToString::to_string),
        "title": request.title.as_str(),
        "state": assent.consent().word(),
        "needed": needed,
        "approvers": assent.approvers().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "until": assent.until().map(format_time),
        "guarantee": guarantee_word(standing.of_record(&RecordPath::Request(request.id.clone()))),
    })
}

pub(crate) fn argv_json(order: &Order) -> Value {
    order.argv.iter().map(Argument::as_str).collect()
}

fn inputs_json(order: &Order) -> Value {
    order.inputs.iter().map(|input| json!({"path": input.path.as_str(), "digest": input.digest.to_string()})).collect()
}

/// Returns what became of a command that was run.
pub fn run_report(outcome: &run::Outcome, now: Timestamp, standing: &Standing) -> Report {
    let mut report = Report::new();
    let mut object = run_json(&outcome.running, now, standing);
    object["recorded"] = outcome.untold.is_none().into();
    report.object(object);
    report.line(run_line(&outcome.running, now, standing));
    if let Some(failure) = &outcome.unstarted {
        report.human.extend(words_of(failure).human());
        report.line("nothing was run, and the request is spent: ask anew");
    }
    if let Some(failure) = &outcome.untold {
        let run = &outcome.running.run;
        report.human.extend(words_of(failure).human());
        report.line(format!("the ledger does not say so yet: git coord run {} --outcome {}", run.id, run.state.word()));
    }
    report
}

/// Returns what is said of an outcome that was told.
pub fn told_report(running: &Running, now: Timestamp, standing: &Standing) -> Report {
    let mut report = Report::new();
    let mut object = run_json(running, now, standing);
    object["recorded"] = true.into();
    report.object(object);
    report.line(run_line(running, now, standing));
    report
}

/// Returns one line about a run.
pub(crate) fn run_line(running: &Running, now: Timestamp, standing: &Standing) -> String {
    let run = &running.run;
    let age = span_words(now.since(running.since_time));
    let end = match (run.state, run.status, run.signal) {
        (RunState::Started, ..) => format!("started {age} ago, no outcome known"),
        (RunState::Succeeded, ..) => "succeeded".to_owned(),
        (RunState::Failed, Some(status), _) => format!("failed with status {status}"),
        (RunState::Failed, None, Some(signal)) => format!("ended by signal {signal}"),
        (RunState::Failed, None, None) => "failed".to_owned(),
        (RunState::Unknown, ..) => "nobody can tell how it ended".to_owned(),
    };
    let worth = at_end(standing.of_record(&RecordPath::Run(run.id.clone())));
    let command = command_words(&run.order.argv);
    format!("{}: {command}: {end}{worth}", plain(&format!("{} {}, run by {}", run.id, run.action, run.runner)))
}

/// Returns a run as an object.
pub(crate) fn run_json(running: &Running, now: Timestamp, standing: &Standing) -> Value {
    let run = &running.run;
    json!({
        "type": "run", "v": 1,
        "id": run.id.to_string(),
        "runner": run.runner.to_string(),
        "action": run.action.as_str(),
        "argv": argv_json(&run.order),
        "inputs": inputs_json(&run.order),
        "delta": run.delta.to_string(),
        "approvers": run.approvals.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "policy": run.policy,
        "state": run.state.word(),
        "status": run.status,
        "signal": run.signal,
        "seconds": run.seconds,
        "started": format_time(running.since_time),
        "age_s": now.since(running.since_time).seconds(),
        "finished": run.finished.map(format_time),
        "guarantee": guarantee_word(standing.of_record(&RecordPath::Run(run.id.clone()))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_is_shown_as_a_shell_would_take_it() {
        let shown = |argv: &[&str]| {
            let argv: Vec<_> = argv.iter().map(|argument| Argument::parse(argument).unwrap()).collect();
            command_words(&argv)
        };
        assert_eq!(shown(&["./deploy.sh", "--to=production", "a,b"]), "./deploy.sh --to=production a,b");
        assert_eq!(shown(&["printf", "", "a b", "$HOME", "it's"]), "printf '' 'a b' '$HOME' 'it'\\''s'");
        assert_eq!(shown(&["x", "; rm -rf /"]), "x '; rm -rf /'");
    }
}
