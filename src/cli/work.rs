//! Claims, findings, and following them.

use std::time::Duration;

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::exit::Exit;
use crate::cli::options::ClaimArguments;
use crate::cli::options::FindArguments;
use crate::cli::options::ReleaseArguments;
use crate::cli::options::WatchArguments;
use crate::cli::parse::argument;
use crate::cli::parse::name;
use crate::cli::parse::record_id;
use crate::cli::parse::repetition;
use crate::cli::parse::span;
use crate::cli::parse::text;
use crate::cli::parse::word;
use crate::cli::run::Reader;
use crate::cli::run::print_report;
use crate::format::Word;
use crate::model::ClaimMode;
use crate::model::Contention;
use crate::model::FindingKind;
use crate::model::FindingState;
use crate::model::RecordId;
use crate::model::Resource;
use crate::model::Severity;
use crate::model::Span;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::Guarantee;
use crate::ops::Standing;
use crate::ops::Surroundings;
use crate::ops::claim;
use crate::ops::find;
use crate::ops::lease;
use crate::ops::named;
use crate::ops::reactions::Runner;
use crate::ops::revoke;
use crate::ops::scan;
use crate::ops::watch;
use crate::ui;
use crate::ui::Report;
use crate::watch::WatchMode;

pub(crate) fn claim_options(arguments: &ClaimArguments) -> Result<claim::Options, Failure> {
    let wait = span(arguments.wait.as_deref())?;
    let resources = arguments
        .resource
        .iter()
        .map(|text| Resource::parse(text).map_err(|_| argument(text, "a resource such as `port:8080`")));
    Ok(claim::Options {
        paths: arguments.paths.clone(),
        resources: resources.collect::<Result<_, _>>()?,
        intent: text(&arguments.intent)?,
        mode: if arguments.shared { ClaimMode::Shared } else { ClaimMode::Exclusive },
        ttl: span(arguments.ttl.as_deref())?,
        contention: if arguments.queue || wait.is_some() { Contention::Queue } else { Contention::Refuse },
        wait,
        takeover: if arguments.takeover { claim::Takeover::IfExpired } else { claim::Takeover::Never },
        task: arguments.task.as_deref().map(name).transpose()?,
        mission: arguments.mission.as_deref().map(name).transpose()?,
        repetition: repetition(arguments.force),
    })
}

pub(crate) fn run_release(context: &mut Context, arguments: ReleaseArguments) -> Answered {
    if arguments.named.is_empty() && !arguments.all {
        return Err(argument("release", "given claims or paths, or --all"));
    }
    let which = if arguments.all { lease::Which::All } else { lease::Which::Named(arguments.named) };
    let destination = lease::Destination { branch: arguments.branch, commit: arguments.commit, note: arguments.note };
    let (ids, appended) = lease::release(context, &which, &destination)?;
    let guarantee = Standing::of(context)?.of_entry(appended.commit);
    done(ended_report("released", &ids, appended.height, guarantee))
}

pub(crate) fn run_revoke(context: &mut Context, claims: &[String]) -> Answered {
    let ids: Vec<RecordId> = claims.iter().map(|text| named::of_others(context, text)).collect::<Result<_, _>>()?;
    let appended = revoke::run(context, &ids)?;
    let guarantee = Standing::of(context)?.of_entry(appended.commit);
    done(ended_report("revoked", &ids, appended.height, guarantee))
}

fn ended_report(how: &str, ids: &[RecordId], height: u64, guarantee: Guarantee) -> Report {
    let mut report = Report::default();
    for id in ids {
        let one = ui::done_report(how, id.as_str(), height, guarantee);
        report.human.extend(one.human);
        report.json.extend(one.json);
    }
    report
}

pub(crate) fn run_find(context: &mut Context, arguments: FindArguments) -> Answered {
    if let Some(file) = arguments.sarif {
        let options = scan::Options {
            file,
            commit: arguments.commit,
            request: arguments.request.as_deref().map(record_id).transpose()?,
            half_life: span(arguments.half_life.as_deref())?,
        };
        let outcome = scan::run(context, &options)?;
        return done(ui::scan_report(&outcome, &Standing::of(context)?).fit("git coord findings"));
    }
    let options = find::Options {
        text: text(arguments.text.as_deref().unwrap_or_default())?,
        kind: word::<FindingKind>(&arguments.kind, "`bug`, `risk`, `note` or `question`")?,
        severity: word::<Severity>(&arguments.severity, "`low`, `medium`, `high` or `critical`")?,
        paths: arguments.paths,
        commit: arguments.commit,
        request: arguments.request.as_deref().map(record_id).transpose()?,
        half_life: span(arguments.half_life.as_deref())?,
        repetition: repetition(arguments.force),
    };
    if options.paths.is_empty() && options.commit.is_none() && options.request.is_none() {
        return Err(argument("find", "given `--on <path>`, `--commit` or `--request`"));
    }
    let found = find::run(context, &options)?;
    done(ui::finding_report(&found, context.ledger_now(), &Standing::of(context)?))
}

pub(crate) fn close_finding(context: &mut Context, id: &str, state: FindingState) -> Answered {
    let appended = find::close(context, &record_id(id)?, state)?;
    let guarantee = Standing::of(context)?.of_entry(appended.commit);
    done(ui::done_report(state.word(), id, appended.height, guarantee))
}

pub(crate) fn run_watch(surroundings: Surroundings, arguments: &WatchArguments, reader: Reader) -> Answered {
    let context = Context::open(surroundings)?;
    let runner = Runner::new(&context, ui::event_text)?;
    let length = |span: Span| Duration::from_secs(span.seconds());
    let fetch_every = span(arguments.fetch.as_deref())?.map(length);
    if fetch_every.is_some() && context.ledger.store().remote().is_none() {
        return Err(argument(
            "--fetch",
            "possible here: no remote decides; `git coord sync --remote <remote>` lets one do so",
        ));
    }
    let options = watch::Options {
        mode: if arguments.poll { WatchMode::Poll } else { WatchMode::Native },
        idle_limit: span(arguments.idle.as_deref())?.map(length),
        fetch_every,
    };
    let mut left = arguments.count;
    watch::run(context, options, runner, |event| {
        print_report(&ui::event_report(event), reader, Exit::Done);
        left = left.map(|left| left.saturating_sub(1));
        if left == Some(0) { watch::Next::Stop } else { watch::Next::GoOn }
    })?;
    done(Report::default())
}
