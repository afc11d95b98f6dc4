//! From verbs and their words to `ops`, and from outcomes to reports.

use std::mem::ManuallyDrop;

use tracing::debug_span;

use crate::cli::actions::RunArguments;
use crate::cli::actions::run_run;
use crate::cli::agent::run_agent;
use crate::cli::arguments::Verb;
use crate::cli::brief::run_brief;
use crate::cli::decisions::run_decide;
use crate::cli::decisions::run_decisions;
use crate::cli::exit::Exit;
use crate::cli::generated::completions;
use crate::cli::generated::manual;
use crate::cli::landing::run_answer;
use crate::cli::landing::run_attest;
use crate::cli::landing::run_gate;
use crate::cli::landing::run_land;
use crate::cli::landing::run_overrule;
use crate::cli::landing::run_request;
use crate::cli::landing::visit_options;
use crate::cli::landing_options::AttestArguments;
use crate::cli::landing_options::CheckArguments;
use crate::cli::landing_options::CheckVerb;
use crate::cli::landing_options::GateArguments;
use crate::cli::offline;
use crate::cli::options::PolicyVerb;
use crate::cli::parse::argument;
use crate::cli::parse::moment;
use crate::cli::parse::record_id;
use crate::cli::parse::span;
use crate::cli::parse::start;
use crate::cli::policy::run_policy;
use crate::cli::principals::run_principals;
use crate::cli::reactions::run_reactions;
use crate::cli::run::Format;
use crate::cli::run::Reader;
use crate::cli::setup::run_demo;
use crate::cli::setup::run_doctor;
use crate::cli::setup::run_enroll;
use crate::cli::setup::run_hooks;
use crate::cli::setup::run_init;
use crate::cli::setup::run_join;
use crate::cli::similar::run_similar;
use crate::cli::work::claim_options;
use crate::cli::work::close_finding;
use crate::cli::work::run_find;
use crate::cli::work::run_release;
use crate::cli::work::run_revoke;
use crate::cli::work::run_watch;
use crate::demo;
use crate::model::Answer;
use crate::model::FindingState;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::Standing;
use crate::ops::Surroundings;
use crate::ops::answer;
use crate::ops::audit;
use crate::ops::claim;
use crate::ops::drafts;
use crate::ops::find;
use crate::ops::history;
use crate::ops::identity;
use crate::ops::inbox;
use crate::ops::lease;
use crate::ops::principals;
use crate::ops::status;
use crate::ops::status::Detail;
use crate::ops::story;
use crate::ops::sync;
use crate::ops::sync::Fate;
use crate::ops::tax;
use crate::ops::verify;
use crate::ops::verify::Extent;
use crate::ops::visit;
use crate::ui;
use crate::ui::Report;
use crate::ui::View;

pub(crate) type Answered = Result<(Report, Exit), Failure>;

pub(crate) fn done(report: Report) -> Answered {
    Ok((report, Exit::Done))
}

pub(crate) fn run(verb: Verb, surroundings: Surroundings, reader: Reader) -> Answered {
    match verb {
        Verb::Init(arguments) => run_init(&surroundings, &arguments),
        Verb::Join(arguments) => run_join(surroundings, &arguments),
        Verb::Hooks(verb) => run_hooks(&surroundings, &verb),
        Verb::Agent(verb) => run_agent(&surroundings, &verb),
        Verb::Doctor => run_doctor(surroundings),
        Verb::Demo { on, remote, keep } => {
            let ground = demo::Ground { on: on.as_deref(), remote: remote.as_deref() };
            run_demo(&surroundings, ground, keep, reader)
        }
        Verb::Completions { shell } => done(completions(shell)),
        Verb::Manual => done(manual()),
        Verb::Verify { full } => {
            let extent = if full { Extent::Full } else { Extent::New };
            done(ui::verify_report(&verify::run(surroundings, extent)?))
        }
        Verb::Sync { remote } => {
            let outcome = sync::run(Context::open(surroundings)?, remote.as_deref())?;
            let exit = if outcome.fates.iter().any(Fate::is_lost) { Exit::Conflict } else { Exit::Done };
            Ok((ui::sync_report(&outcome), exit))
        }
        Verb::Reactions { verb } => run_reactions(surroundings, verb),
        Verb::Watch(arguments) => run_watch(surroundings, &arguments, reader),
        Verb::Hook { .. } | Verb::Mcp => unreachable!("what prints nothing of its own is run before"),
        verb => {
            // The process ends after this: giving every record back one by one would take longer than reading them.
            let mut context = ManuallyDrop::new(open_for(&verb, surroundings)?);
            run_on(verb, &mut context, reader)
        }
    }
}

/// Runs a verb that works on a ledger, in a process that goes on after it.
pub(crate) fn run_one_of_many(verb: Verb, surroundings: Surroundings, reader: Reader) -> Answered {
    let mut context = open_for(&verb, surroundings)?;
    run_on(verb, &mut context, reader)
}

fn run_on(verb: Verb, context: &mut Context, reader: Reader) -> Answered {
    context.set_offline(offline::asked_for(&verb));
    let stale = debug_span!("fetch").in_scope(|| freshen(&verb, context))?;
    let (mut report, exit) = debug_span!("do what is asked").in_scope(|| run_in(verb, context, reader))?;
    if let Some(failure) = stale {
        ui::tell_stale(&mut report, &failure);
    }
    Ok((report, exit))
}

/// Opens the ledger of this clone, or for what a CI job asks as the remote has it.
fn open_for(verb: &Verb, surroundings: Surroundings) -> Result<Context, Failure> {
    match verb {
        Verb::Check(CheckArguments { verb: Some(CheckVerb::Attest(AttestArguments { visit, .. })), .. })
        | Verb::Gate(GateArguments { visit, .. })
        | Verb::Audit { visit, .. } => visit::open(surroundings, &visit_options(visit)?),
        _ => Context::open(surroundings),
    }
}

/// How many entries are shown unless a number is asked for.
const LOG_LINE_COUNT: usize = 20;

/// Fetches what a verb is about. Returns why it could not, where the verb only looks.
fn freshen(verb: &Verb, context: &mut Context) -> Result<Option<Failure>, Failure> {
    match verb {
        // What somebody else has just written is what these are about.
        Verb::Approve(_)
        | Verb::Reject(_)
        | Verb::Veto(_)
        | Verb::Overrule(_)
        | Verb::Withdraw { .. }
        | Verb::Run(RunArguments { outcome: None, .. })
        | Verb::Handoff { .. }
        | Verb::Principals { verb: Some(_), .. }
        | Verb::Check(CheckArguments { verb: Some(_), .. })
        | Verb::Policy(PolicyVerb::Propose { .. } | PolicyVerb::Activate { .. } | PolicyVerb::Rollback { .. })
        | Verb::Request(_) => context.settle().map(|()| None),
        // These only look; without the remote they look at what is here, and say so.
        Verb::Gate(_) | Verb::Audit { .. } if context.ledger.store().is_visit() => Ok(None),
        Verb::Gate(_) => context.look_at_decided(),
        Verb::Brief(_) | Verb::Inbox | Verb::Audit { line: Some(_), .. } => context.look(),
        _ => Ok(None),
    }
}

/// The verbs that work on an open ledger.
fn run_in(verb: Verb, context: &mut Context, reader: Reader) -> Answered {
    let now = context.ledger_now();
    match verb {
        Verb::Enroll(arguments) => run_enroll(context, &arguments),
        Verb::Whoami => {
            let listed = principals::Listed::of(context.state(), identity::whoami(context)?);
            done(ui::principal_report(&listed))
        }
        Verb::Principals { verb: Some(verb), .. } => run_principals(context, verb),
        Verb::Principals { allowed_signers: false, .. } => {
            done(ui::principals_report(&principals::list(context)).fit("git coord principals --json"))
        }
        Verb::Principals { allowed_signers: true, .. } => done(ui::text_report(&principals::allowed_signers(context))),
        Verb::Claim(arguments) => {
            let outcome = claim::run(context, &claim_options(&arguments)?)?;
            done(ui::claim_report(&outcome, now, &Standing::of(context)?))
        }
        Verb::Renew { named, ttl, offline: _ } => {
            let which = if named.is_empty() { lease::Which::All } else { lease::Which::Named(named) };
            let renewed = lease::renew(context, &which, span(ttl.as_deref())?)?;
            done(ui::renewal_report(&renewed, now, &Standing::of(context)?))
        }
        Verb::Release(arguments) => run_release(context, arguments),
        Verb::Revoke { claims } => run_revoke(context, &claims),
        Verb::Handoff { claim, to, accept: _, offline: _ } => {
            let lease = match to {
                Some(to) => lease::offer(context, &claim, &to)?,
                None => lease::accept(context, &claim)?,
            };
            done(ui::leases_report(&[lease], now, &Standing::of(context)?))
        }
        Verb::Find(arguments) => run_find(context, arguments),
        Verb::Findings { paths, all } => {
            let open = [FindingState::Open];
            let every = [FindingState::Open, FindingState::Resolved, FindingState::Dismissed];
            let found = find::list(context, &paths, if all { &every } else { &open })?;
            let report = ui::findings_report(&found, &Standing::of(context)?);
            done(if all { report } else { report.fit("git coord findings --all") })
        }
        Verb::Decide(arguments) => run_decide(context, &arguments, now),
        Verb::Decisions { paths, all } => run_decisions(context, &paths, all),
        Verb::Resolve { finding, offline: _ } => close_finding(context, &finding, FindingState::Resolved),
        Verb::Dismiss { finding, offline: _ } => close_finding(context, &finding, FindingState::Dismissed),
        Verb::Request(arguments) => run_request(context, arguments),
        Verb::Approve(arguments) => run_answer(context, &arguments, Answer::Approve),
        Verb::Reject(arguments) => run_answer(context, &arguments, Answer::Reject),
        Verb::Veto(arguments) => run_answer(context, &arguments, Answer::Veto),
        Verb::Overrule(arguments) => run_overrule(context, &arguments),
        Verb::Withdraw { request } => {
            let appended = answer::withdraw(context, &record_id(&request)?)?;
            let guarantee = Standing::of(context)?.of_entry(appended.commit);
            done(ui::done_report("withdrew the answer to", &request, appended.height, guarantee))
        }
        Verb::Inbox => {
            let report = ui::inbox_report(&inbox::run(context)?, now, &Standing::of(context)?);
            done(report.fit("git coord inbox --json"))
        }
        Verb::Brief(arguments) => run_brief(context, &arguments),
        Verb::Similar(arguments) => run_similar(context, &arguments, now),
        Verb::Status { paths, all } => {
            context.show()?;
            let (view, detail) = match (reader.format, all) {
                (Format::Human, false) => (View::Screen, Detail::Screen),
                (Format::Human, true) => (View::All, Detail::Files),
                (Format::Json, false) => (View::Objects, Detail::Records),
                (Format::Json, true) => (View::Objects, Detail::Files),
                (Format::Both, _) => (View::Both, Detail::Records),
            };
            done(ui::status_report(&status::run(context, &paths, detail)?, view))
        }
        Verb::Check(CheckArguments { verb: Some(CheckVerb::Attest(arguments)), .. }) => run_attest(context, &arguments),
        Verb::Check(CheckArguments { paths, .. }) => {
            let permission = status::check(context, &paths)?;
            let exit = if permission.is_given() { Exit::Done } else { Exit::Conflict };
            let report = ui::check_report(&permission, now, &Standing::of(context)?);
            Ok((report.fit("git coord status --all <paths>"), exit))
        }
        Verb::Gate(arguments) => run_gate(context, &arguments),
        Verb::Land { request, adopt } => run_land(context, request.as_deref(), adopt.as_deref()),
        Verb::Run(arguments) => run_run(context, &arguments, reader),
        Verb::Policy(verb) => run_policy(context, verb),
        Verb::Log { record, count } => {
            let lines = history::log(context, count.unwrap_or(LOG_LINE_COUNT), record.as_deref())?;
            let report = ui::log_report(&lines, &Standing::of(context)?);
            done(if count.is_some() { report } else { report.fit("git coord log -n 20") })
        }
        Verb::Show { id } => done(ui::story_report(&history::show(context, &id)?, &Standing::of(context)?)),
        Verb::Audit { line: None, since, .. } => {
            let start = since.map(|since| start(&since, context.now()));
            let outcome = audit::run(context, start.as_ref())?;
            let exit = if outcome.is_sound() { Exit::Done } else { Exit::Refused };
            Ok((ui::audit_report(&outcome).fit("git coord audit --json"), exit))
        }
        Verb::Audit { line: Some(line), .. } => {
            let place = line.rsplit_once(':').and_then(|(path, number)| Some((path, number.parse().ok()?)));
            let (path, number) = place.ok_or_else(|| argument(&line, "of the form `path:line`"))?;
            done(ui::line_report(&story::line(context, path, number)?))
        }
        Verb::Tax { since } => {
            let since = since.map(|text| moment(&text, now)).transpose()?;
            done(ui::tax_report(&tax::run(context, since)?).fit("git coord tax --json"))
        }
        Verb::Commit { drafts, message } => {
            let outcome = drafts::commit(context, &drafts, message.as_deref())?;
            done(ui::drafts_report(&outcome, &Standing::of(context)?))
        }
        _ => unreachable!("the other verbs open no ledger first"),
    }
}
