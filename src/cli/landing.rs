//! Requests, answers, the gate, landings.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::io::Write;

use crate::cli::actions::RequestVerb;
use crate::cli::actions::run_action;
use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::exit::Exit;
use crate::cli::landing_options::AnswerArguments;
use crate::cli::landing_options::AttestArguments;
use crate::cli::landing_options::GateArguments;
use crate::cli::landing_options::GateVerb;
use crate::cli::landing_options::OverruleArguments;
use crate::cli::landing_options::RequestArguments;
use crate::cli::landing_options::VisitArguments;
use crate::cli::parse::argument;
use crate::cli::parse::digest;
use crate::cli::parse::name;
use crate::cli::parse::record_id;
use crate::cli::parse::repetition;
use crate::cli::parse::span;
use crate::cli::parse::text;
use crate::cli::surroundings;
use crate::model::Answer;
use crate::model::Digest;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Span;
use crate::model::Text;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::Standing;
use crate::ops::answer;
use crate::ops::attest;
use crate::ops::checked_tree::Ground;
use crate::ops::forge;
use crate::ops::gate;
use crate::ops::identity;
use crate::ops::land;
use crate::ops::overrule;
use crate::ops::past;
use crate::ops::proposal;
use crate::ops::request;
use crate::ops::review;
use crate::ops::visit;
use crate::rules::Objection;
use crate::rules::Update;
use crate::rules::Verdict;
use crate::rules::assent;
use crate::rules::objections;
use crate::ui;

pub(crate) fn run_request(context: &mut Context, arguments: RequestArguments) -> Answered {
    if let Some(RequestVerb::Action(arguments)) = &arguments.verb {
        return run_action(context, arguments);
    }
    if let Some(id) = &arguments.close {
        let appended = request::close(context, &record_id(id)?)?;
        let guarantee = Standing::of(context)?.of_entry(appended.commit);
        return done(ui::done_report("closed", id, appended.height, guarantee));
    }
    let claims = arguments.claim.iter().map(|id| record_id(id)).collect::<Result<Vec<_>, _>>()?;
    let options = request::Options {
        head: arguments.branch,
        into: arguments.into,
        title: arguments.title.as_deref().map(text).transpose()?,
        summary: arguments.summary.as_deref().map(text).transpose()?,
        mission: arguments.mission.as_deref().map(name).transpose()?,
        claims,
        update: arguments.update.as_deref().map(record_id).transpose()?,
        break_glass: arguments.break_glass.as_deref().map(|reason| glass(reason, &arguments.expires)).transpose()?,
        repetition: repetition(arguments.force),
    };
    let outcome = request::run(context, &options)?;
    let mut report = ui::asked_report(&outcome, context.ledger_now(), &Standing::of(context)?);
    let pending = outcome.pending;
    report.notes.extend(ui::adoption_note(context.state(), &pending));
    report.notes.extend(gate::tip_ahead(context, &pending.request)?.map(|tip| ui::rebase_note(&pending, tip)));
    done(report)
}

/// Returns why glass is broken, and for how long it may be.
fn glass(reason: &str, expires: &str) -> Result<(Text, Span), Failure> {
    let lasts = span(Some(expires))?.expect("a span was given");
    Ok((text(reason)?, lasts))
}

pub(crate) fn run_answer(context: &mut Context, arguments: &AnswerArguments, given: Answer) -> Answered {
    let id = record_id(&arguments.request)?;
    let delta = delta_read(context, arguments, &id)?;
    let options = answer::Options {
        request: id,
        answer: given,
        delta,
        reason: arguments.reason.as_deref().map(text).transpose()?,
    };
    done(ui::answer_report(&answer::run(context, &options)?))
}

/// Returns the delta that is answered. Nobody answers "whatever is latest": a person sees what it is, a program names it.
fn delta_read(context: &Context, arguments: &AnswerArguments, id: &RecordId) -> Result<Digest, Failure> {
    match arguments.delta.as_deref() {
        Some(delta) => digest(delta),
        None if a_person_answers() => confirm(context, id),
        None => Err(argument("--delta", "left out: name the delta that you read, from `git coord show`")),
    }
}

pub(crate) fn run_overrule(context: &mut Context, arguments: &OverruleArguments) -> Answered {
    let id = record_id(&arguments.answer.request)?;
    let delta = delta_read(context, &arguments.answer, &id)?;
    let veto = veto_read(context, arguments, &id)?;
    let options = overrule::Options {
        request: id,
        veto_of: arguments.veto_of.clone(),
        delta,
        veto,
        reason: arguments.answer.reason.as_deref().map(text).transpose()?,
    };
    done(ui::answer_report(&overrule::run(context, &options)?))
}

/// Returns the entry of the veto that is overruled: as of a delta, nobody overrules whichever is the latest.
fn veto_read(context: &Context, arguments: &OverruleArguments, id: &RecordId) -> Result<Digest, Failure> {
    if let Some(veto) = &arguments.veto {
        return digest(veto);
    }
    let missing = || argument("--veto", "left out: name the entry of the veto that you read, from `git coord show`");
    if !a_person_answers() {
        return Err(missing());
    }
    let author = &identity::find(context.state(), &arguments.veto_of)?.record.id;
    let vetoes = objections(context.state(), id).into_iter().filter(Objection::is_veto);
    let vetoes: Vec<_> = vetoes.filter(|veto| veto.answered.approval.principal == *author).collect();
    // Where there are several, only their entries tell which one is meant.
    let [veto] = vetoes.as_slice() else { return Err(missing()) };
    ask(ui::objection_lines(veto), "Is this the veto that you read?")?;
    Ok(veto.answered.entry)
}

pub(crate) fn a_person_answers() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Returns the names of checks.
fn names(words: &[String]) -> Result<BTreeSet<RecordName>, Failure> {
    words.iter().map(|word| name(word)).collect()
}

pub(crate) fn run_attest(context: &mut Context, arguments: &AttestArguments) -> Answered {
    let (passed, failed) = (names(&arguments.passed)?, names(&arguments.failed)?);
    if let Some(both) = passed.intersection(&failed).next() {
        return Err(argument(both.as_str(), "both passed and failed: name it once"));
    }
    let ground = match &arguments.tree {
        Some(tree) => Ground::Tree(tree.parse().map_err(|_| argument(tree, "the full id of a tree"))?),
        None => arguments.commit.clone().map_or(Ground::Head, Ground::Commit),
    };
    let options = attest::Options {
        request: arguments.request.as_deref().map(record_id).transpose()?,
        ground,
        passed,
        failed,
        key: arguments.key.clone().or_else(surroundings::hub_key),
    };
    done(ui::attestation_report(&attest::run(context, &options)?))
}

fn confirm(context: &Context, id: &RecordId) -> Result<Digest, Failure> {
    let state = context.state();
    let (mut lines, delta) = match (state.proposals.get(id), request::known(state, id).ok()) {
        (Some(proposed), _) => {
            let mut lines = vec![ui::proposal_line(proposed)];
            lines.extend(ui::text_report(&proposal::draft_text(context, id)?).human);
            (lines, proposed.request.delta)
        }
        (None, None) if let Some(petition) = state.petitions.get(id) => {
            let now = context.ledger_now();
            let lines = ui::assent_lines(&assent(state, petition, now), now, &Standing::of(context)?);
            (lines, petition.request.delta)
        }
        (None, Some(pending)) => {
            let mut lines = ui::request_report(pending, &Standing::of(context)?).human;
            lines.extend(review::of_request(context, pending).iter().flat_map(ui::review_lines));
            (lines, pending.request.delta)
        }
        (None, None) => return Err(Failure::NotFound { kind: "request", id: id.to_string() }),
    };
    lines.extend(objections(state, id).iter().flat_map(ui::objection_lines));
    ask(lines, "Is this what you read?")?;
    Ok(delta)
}

/// Shows something to whoever types, and goes on with a yes.
pub(crate) fn ask(lines: Vec<String>, whether: &str) -> Result<(), Failure> {
    let mut question: String = lines.iter().map(|line| format!("{line}\n")).collect();
    question.push_str(&format!("{whether} [y/N] "));
    std::io::stderr().lock().write_all(question.as_bytes()).ok();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok();
    if line.trim().eq_ignore_ascii_case("y") { Ok(()) } else { Err(argument("answer", "confirmed")) }
}

/// Returns how a clone that nobody joined finds its ledger, as the command line or the environment says.
pub(crate) fn visit_options(arguments: &VisitArguments) -> Result<visit::Options, Failure> {
    let told = arguments.pin.clone().or_else(surroundings::pin);
    Ok(visit::Options { pin: told.as_deref().map(digest).transpose()?, remote: arguments.remote.clone() })
}

/// Whether the gate said no, or could not tell: a job fails with both, and people want to know which.
fn exit_of(verdict: &Verdict) -> Exit {
    match verdict {
        allowing if allowing.allows() => Exit::Done,
        unknowing if unknowing.cannot_tell() => Exit::Environment,
        _ => Exit::Refused,
    }
}

fn run_record(context: &mut Context, arguments: &GateArguments) -> Answered {
    let target = request::target(context, arguments.target.as_deref())?;
    let key = arguments.key.clone().or_else(surroundings::hub_key);
    let key = key.ok_or_else(|| argument("--key", "left out: name the file with the hub's key"))?;
    match forge::record(context, &key, &target)? {
        forge::Outcome::Recorded { new, landed } => done(ui::recorded_report(&target, new, &landed)),
        forge::Outcome::Refused(decision) => Ok((ui::unrecorded_report(&decision), exit_of(&decision.verdict))),
    }
}

pub(crate) fn run_gate(context: &mut Context, arguments: &GateArguments) -> Answered {
    if arguments.record {
        return run_record(context, arguments);
    }
    let decision = match &arguments.verb {
        Some(GateVerb::Explain { request }) => past::explain(context, &record_id(request)?)?,
        None => {
            let target = request::target(context, arguments.target.as_deref())?;
            let resolve = |spec: &str| -> Result<_, Failure> {
                let found = context.repository.resolve(spec)?;
                found.ok_or_else(|| Failure::NotFound { kind: "commit", id: spec.to_owned() })
            };
            let old = match &arguments.base {
                Some(base) => Some(resolve(base)?),
                None => gate::beginning(context, &target)?,
            };
            let new = Some(resolve(arguments.head.as_deref().unwrap_or("HEAD"))?);
            // A check that has the wrong commit would pass for ever: of what does not move nothing is allowed.
            if old == new {
                return Err(argument("--head", "another commit than `--base`: nothing would move"));
            }
            gate::run(context, &Update { target, old, new }, &[])?
        }
    };
    Ok((ui::verdict_report(&decision), exit_of(&decision.verdict)))
}

pub(crate) fn run_land(context: &mut Context, id: Option<&str>, adopt: Option<&str>) -> Answered {
    if let Some(branch) = adopt {
        let target = request::target(context, Some(branch))?;
        let appended = land::adopt(context, &target)?;
        return done(ui::adoption_report(context.state(), &target, appended.height));
    }
    let decision = land::run(context, &record_id(id.unwrap_or_default())?)?;
    let exit = exit_of(&decision.verdict);
    let mut report = ui::verdict_report(&decision);
    if exit == Exit::Done {
        let new = decision.verdict.new.map(|id| id.short()).unwrap_or_default();
        report.human.push(format!("landed: {} is at {new}", decision.verdict.target));
    }
    Ok((report, exit))
}
