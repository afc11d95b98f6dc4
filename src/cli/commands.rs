//! From verbs and their words to `ops`, and from outcomes to reports.

use std::io::IsTerminal;
use std::io::Write;

use clap::CommandFactory;

use crate::cli::arguments::AnswerArguments;
use crate::cli::arguments::Arguments;
use crate::cli::arguments::ClaimArguments;
use crate::cli::arguments::EnrollArguments;
use crate::cli::arguments::FindArguments;
use crate::cli::arguments::GateArguments;
use crate::cli::arguments::GateVerb;
use crate::cli::arguments::HooksArguments;
use crate::cli::arguments::HooksVerb;
use crate::cli::arguments::InitArguments;
use crate::cli::arguments::JoinArguments;
use crate::cli::arguments::PolicyVerb;
use crate::cli::arguments::ReleaseArguments;
use crate::cli::arguments::RequestArguments;
use crate::cli::arguments::Shell;
use crate::cli::arguments::TemplateName;
use crate::cli::arguments::Verb;
use crate::cli::arguments::WatchArguments;
use crate::cli::exit::Exit;
use crate::cli::run::Reader;
use crate::cli::run::print_report;
use crate::format::Word;
use crate::model::Answer;
use crate::model::ClaimMode;
use crate::model::Contention;
use crate::model::Digest;
use crate::model::FindingKind;
use crate::model::FindingState;
use crate::model::PrincipalKind;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::Resource;
use crate::model::Severity;
use crate::model::Span;
use crate::model::Text;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::Surroundings;
use crate::ops::answer;
use crate::ops::audit;
use crate::ops::claim;
use crate::ops::doctor;
use crate::ops::drafts;
use crate::ops::enroll;
use crate::ops::find;
use crate::ops::gate;
use crate::ops::history;
use crate::ops::hook_files::HookState;
use crate::ops::hook_files::Side;
use crate::ops::hooks;
use crate::ops::identity;
use crate::ops::inbox;
use crate::ops::init;
use crate::ops::init::HookChoice;
use crate::ops::join;
use crate::ops::land;
use crate::ops::lease;
use crate::ops::past;
use crate::ops::policy;
use crate::ops::principals;
use crate::ops::request;
use crate::ops::status;
use crate::ops::sync;
use crate::ops::verify;
use crate::ops::verify::Extent;
use crate::ops::watch;
use crate::rules::Update;
use crate::ui;
use crate::ui::Report;
use crate::ui::View;
use crate::watch::WatchMode;

type Answered = Result<(Report, Exit), Failure>;

fn done(report: Report) -> Answered {
    Ok((report, Exit::Done))
}

pub(crate) fn run(verb: Verb, surroundings: Surroundings, reader: Reader) -> Answered {
    match verb {
        Verb::Init(arguments) => run_init(&surroundings, &arguments),
        Verb::Join(arguments) => run_join(surroundings, &arguments),
        Verb::Hooks(verb) => run_hooks(&surroundings, &verb),
        Verb::Doctor => run_doctor(surroundings),
        Verb::Demo { on, keep } => run_demo(&surroundings, on.as_deref(), keep),
        Verb::Completions { shell } => done(completions(shell)),
        Verb::Manual => done(manual()),
        Verb::Verify { full } => {
            let extent = if full { Extent::Full } else { Extent::New };
            done(ui::verify_report(&verify::run(surroundings, extent)?))
        }
        Verb::Sync { remote } => done(ui::sync_report(&sync::run(Context::open(surroundings)?, remote.as_deref())?)),
        Verb::Watch(arguments) => run_watch(surroundings, &arguments, reader),
        Verb::Hook { .. } => unreachable!("hooks are run before"),
        verb => {
            let mut context = Context::open(surroundings)?;
            join::check_pinned(&context)?;
            run_in(verb, &mut context)
        }
    }
}

/// The verbs that work on an open ledger.
fn run_in(verb: Verb, context: &mut Context) -> Answered {
    let (now, guarantee) = (context.ledger_now(), context.guarantee());
    match verb {
        Verb::Enroll(arguments) => run_enroll(context, &arguments),
        Verb::Whoami => done(ui::principal_report(identity::whoami(context)?)),
        Verb::Principals { allowed_signers: false } => done(ui::principals_report(&principals::list(context))),
        Verb::Principals { allowed_signers: true } => done(ui::text_report(&principals::allowed_signers(context))),
        Verb::Claim(arguments) => {
            let outcome = claim::run(context, &claim_options(&arguments)?)?;
            done(ui::claim_report(&outcome, now, guarantee))
        }
        Verb::Renew { named, ttl } => {
            let which = if named.is_empty() { lease::Which::All } else { lease::Which::Named(named) };
            let renewed = lease::renew(context, &which, span(ttl.as_deref())?)?;
            done(ui::leases_report(&renewed, now, guarantee))
        }
        Verb::Release(arguments) => run_release(context, arguments),
        Verb::Handoff { claim, to, accept: _ } => {
            let lease = match to {
                Some(to) => lease::offer(context, &claim, &to)?,
                None => lease::accept(context, &claim)?,
            };
            done(ui::leases_report(&[lease], now, guarantee))
        }
        Verb::Find(arguments) => run_find(context, arguments),
        Verb::Findings { paths, all } => {
            let open = [FindingState::Open];
            let every = [FindingState::Open, FindingState::Resolved, FindingState::Dismissed];
            done(ui::findings_report(&find::list(context, &paths, if all { &every } else { &open })?))
        }
        Verb::Resolve { finding } => close_finding(context, &finding, FindingState::Resolved),
        Verb::Dismiss { finding } => close_finding(context, &finding, FindingState::Dismissed),
        Verb::Request(arguments) => run_request(context, arguments),
        Verb::Approve(arguments) => run_answer(context, &arguments, Answer::Approve),
        Verb::Reject(arguments) => run_answer(context, &arguments, Answer::Reject),
        Verb::Veto(arguments) => run_answer(context, &arguments, Answer::Veto),
        Verb::Withdraw { request } => {
            let appended = answer::withdraw(context, &record_id(&request)?)?;
            done(ui::done_report("withdrew the answer to", &request, appended.height))
        }
        Verb::Inbox => done(ui::inbox_report(&inbox::run(context)?, now)),
        Verb::Status { paths, all } => {
            context.show()?;
            let view = if all { View::All } else { View::Screen };
            done(ui::status_report(&status::run(context, &paths)?, view))
        }
        Verb::Check { paths } => {
            let permission = status::check(context, &paths)?;
            let exit = if permission.is_given() { Exit::Done } else { Exit::Conflict };
            Ok((ui::check_report(&permission, now, guarantee), exit))
        }
        Verb::Gate(arguments) => run_gate(context, &arguments),
        Verb::Land { request, adopt } => run_land(context, request.as_deref(), adopt.as_deref()),
        Verb::Policy(PolicyVerb::Show) => done(ui::text_report(&policy::text(context)?)),
        Verb::Policy(PolicyVerb::Check { file }) => {
            policy::check(context, file.as_deref())?;
            done(ui::text_report("the policy is sound.\n"))
        }
        Verb::Log { record, count } => done(ui::log_report(&history::log(context, count, record.as_deref())?)),
        Verb::Show { id } => done(ui::story_report(&id, &history::show(context, &id)?)),
        Verb::Audit { line: None } => {
            let outcome = audit::run(context)?;
            let exit = if outcome.problems.is_empty() { Exit::Done } else { Exit::Refused };
            Ok((ui::audit_report(&outcome), exit))
        }
        Verb::Audit { line: Some(line) } => {
            let place = line.rsplit_once(':').and_then(|(path, number)| Some((path, number.parse().ok()?)));
            let (path, number) = place.ok_or_else(|| argument(&line, "of the form `path:line`"))?;
            done(ui::line_report(&audit::line(context, path, number)?))
        }
        Verb::Commit { message } => done(ui::drafts_report(&drafts::commit(context, message.as_deref())?)),
        _ => unreachable!("the other verbs open no ledger first"),
    }
}

fn run_init(surroundings: &Surroundings, arguments: &InitArguments) -> Answered {
    let options = init::Options {
        name: arguments.name.clone().unwrap_or_else(|| login_name(surroundings)),
        template: match arguments.template {
            TemplateName::Solo => init::Template::Solo,
            TemplateName::Team => init::Template::Team,
            TemplateName::Strict => init::Template::Strict,
        },
        key_file: arguments.key.clone(),
        remote: arguments.remote.clone(),
        hooks: hook_choice(arguments.no_hooks),
    };
    done(ui::init_report(&init::run(surroundings, &options)?))
}

/// Returns a name for whoever did not say one: that of the home directory.
fn login_name(surroundings: &Surroundings) -> String {
    let home = surroundings.home.as_ref().and_then(|home| home.file_name()?.to_str());
    let name: String = home.unwrap_or("root").to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { "root".to_owned() }
}

fn hook_choice(leave: bool) -> HookChoice {
    if leave { HookChoice::Leave } else { HookChoice::Install }
}

fn run_join(surroundings: Surroundings, arguments: &JoinArguments) -> Answered {
    let options = join::Options {
        principal: arguments.who.clone(),
        pin: arguments.pin.as_deref().map(digest).transpose()?,
        remote: arguments.remote.clone(),
        hooks: hook_choice(arguments.no_hooks),
    };
    done(ui::join_report(&join::run(surroundings, &options)?))
}

fn run_enroll(context: &mut Context, arguments: &EnrollArguments) -> Answered {
    let key = match &arguments.key {
        Some(key) if !key.contains(' ') => policy::read_text(std::path::Path::new(key))?,
        key => key.clone(),
    };
    let outcome = enroll::run(
        context,
        &enroll::Options {
            name: arguments.name.clone(),
            kind: word::<PrincipalKind>(&arguments.kind, "`agent`, `human` or `service`")?,
            role: name(&arguments.role)?,
            vendor: arguments.vendor.as_deref().map(name).transpose()?,
            operator: arguments.operator.as_deref().map(name).transpose()?,
            key,
        },
    )?;
    let mut report = ui::principal_report(&outcome.enrolled);
    if outcome.was_known {
        report.notes.push("it was enrolled already: the same key is the same principal".to_owned());
    }
    if let Some(path) = outcome.new_key {
        report.notes.push(format!("made a key: {}", path.display()));
        report.notes.push(format!("next, in its worktree: git coord join {}", outcome.enrolled.record.id));
    }
    done(report)
}

fn claim_options(arguments: &ClaimArguments) -> Result<claim::Options, Failure> {
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
    })
}

fn run_release(context: &mut Context, arguments: ReleaseArguments) -> Answered {
    if arguments.named.is_empty() && !arguments.all {
        return Err(argument("release", "given claims or paths, or --all"));
    }
    let which = if arguments.all { lease::Which::All } else { lease::Which::Named(arguments.named) };
    let destination = lease::Destination { branch: arguments.branch, commit: arguments.commit, note: arguments.note };
    let (ids, appended) = lease::release(context, &which, &destination)?;
    let mut report = Report::default();
    for id in ids {
        let one = ui::done_report("released", id.as_str(), appended.height);
        report.human.extend(one.human);
        report.json.extend(one.json);
    }
    done(report)
}

fn run_find(context: &mut Context, arguments: FindArguments) -> Answered {
    let options = find::Options {
        text: text(&arguments.text)?,
        kind: word::<FindingKind>(&arguments.kind, "`bug`, `risk`, `note` or `question`")?,
        severity: word::<Severity>(&arguments.severity, "`low`, `medium`, `high` or `critical`")?,
        paths: arguments.paths,
        commit: arguments.commit,
        request: arguments.request.as_deref().map(record_id).transpose()?,
        half_life: span(arguments.half_life.as_deref())?,
    };
    if options.paths.is_empty() && options.commit.is_none() && options.request.is_none() {
        return Err(argument("find", "given `--on <path>`, `--commit` or `--request`"));
    }
    done(ui::finding_report(&find::run(context, &options)?))
}

fn close_finding(context: &mut Context, id: &str, state: FindingState) -> Answered {
    let appended = find::close(context, &record_id(id)?, state)?;
    done(ui::done_report(state.word(), id, appended.height))
}

fn run_request(context: &mut Context, arguments: RequestArguments) -> Answered {
    if let Some(id) = &arguments.close {
        let appended = request::close(context, &record_id(id)?)?;
        return done(ui::done_report("closed", id, appended.height));
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
    };
    done(ui::request_report(&request::run(context, &options)?))
}

fn run_answer(context: &mut Context, arguments: &AnswerArguments, given: Answer) -> Answered {
    let id = record_id(&arguments.request)?;
    let pending = context.state().requests.get(&id);
    let pending = pending.ok_or_else(|| Failure::NotFound { kind: "request", id: id.to_string() })?;
    let delta = match arguments.delta.as_deref() {
        Some(delta) => digest(delta)?,
        // Nobody approves "whatever is latest": a person sees what it is, a program names it.
        None if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() => confirm(pending)?,
        None => return Err(argument("--delta", "left out: name the delta that you read, from `git coord show`")),
    };
    let options = answer::Options {
        request: id,
        answer: given,
        delta,
        reason: arguments.reason.as_deref().map(text).transpose()?,
    };
    done(ui::answer_report(&answer::run(context, &options)?))
}

fn confirm(pending: &crate::rules::Pending) -> Result<Digest, Failure> {
    let mut question: String = ui::request_report(pending).human.iter().map(|line| format!("{line}\n")).collect();
    question.push_str("Is this what you read? [y/N] ");
    std::io::stderr().lock().write_all(question.as_bytes()).ok();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).ok();
    if line.trim().eq_ignore_ascii_case("y") { Ok(pending.request.delta) } else { Err(argument("answer", "confirmed")) }
}

fn run_gate(context: &mut Context, arguments: &GateArguments) -> Answered {
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
                None => request::tip_of(context, &target)?,
            };
            let new = Some(resolve(arguments.head.as_deref().unwrap_or("HEAD"))?);
            gate::run(context, &Update { target, old, new }, None)?
        }
    };
    let exit = if decision.verdict.allows() { Exit::Done } else { Exit::Refused };
    Ok((ui::verdict_report(&decision.verdict), exit))
}

fn run_land(context: &mut Context, id: Option<&str>, adopt: Option<&str>) -> Answered {
    if let Some(branch) = adopt {
        let target = request::target(context, Some(branch))?;
        let appended = land::adopt(context, &target)?;
        return done(ui::done_report("adopted", target.as_str(), appended.height));
    }
    let decision = land::run(context, &record_id(id.unwrap_or_default())?)?;
    let exit = if decision.verdict.allows() { Exit::Done } else { Exit::Refused };
    let mut report = ui::verdict_report(&decision.verdict);
    if exit == Exit::Done {
        let new = decision.verdict.new.map(|id| id.short()).unwrap_or_default();
        report.human.push(format!("landed: {} is at {new}", decision.verdict.target));
    }
    Ok((report, exit))
}

fn side_of(arguments: &HooksArguments) -> (Side, hooks::Writing) {
    let side = if arguments.server { Side::Server } else { Side::Client };
    let writing = if arguments.dry_run { hooks::Writing::DryRun } else { hooks::Writing::Apply };
    (side, writing)
}

fn run_hooks(surroundings: &Surroundings, verb: &HooksVerb) -> Answered {
    match verb {
        HooksVerb::Install(arguments) => {
            let (side, writing) = side_of(arguments);
            done(ui::hooks_report(&hooks::install(surroundings, side, writing)?))
        }
        HooksVerb::Uninstall(arguments) => {
            let (side, writing) = side_of(arguments);
            done(ui::hooks_report(&hooks::uninstall(surroundings, side, writing)?))
        }
        HooksVerb::Status(arguments) => {
            let states = hooks::status(surroundings, side_of(arguments).0)?;
            let sound = states.iter().all(|status| status.state == HookState::Installed);
            Ok((ui::hooks_status_report(&states), if sound { Exit::Done } else { Exit::Refused }))
        }
    }
}

fn run_doctor(surroundings: Surroundings) -> Answered {
    let findings = doctor::run(surroundings)?;
    let bad = findings.iter().any(|finding| finding.health == doctor::Health::Bad);
    Ok((ui::doctor_report(&findings), if bad { Exit::Refused } else { Exit::Done }))
}

fn run_watch(surroundings: Surroundings, arguments: &WatchArguments, reader: Reader) -> Answered {
    let context = Context::open(surroundings)?;
    let idle = span(arguments.idle.as_deref())?;
    let options = watch::Options {
        mode: if arguments.poll { WatchMode::Poll } else { WatchMode::Native },
        idle_limit: idle.map(|span| std::time::Duration::from_secs(span.seconds())),
    };
    let mut left = arguments.count;
    watch::run(context, options, |event| {
        print_report(&ui::event_report(event), reader, Exit::Done);
        left = left.map(|left| left.saturating_sub(1));
        if left == Some(0) { watch::Next::Stop } else { watch::Next::GoOn }
    })?;
    done(Report::default())
}

fn run_demo(surroundings: &Surroundings, on: Option<&std::path::Path>, keep: bool) -> Answered {
    let ending = if keep { crate::demo::Ending::Keep } else { crate::demo::Ending::Remove };
    let told = crate::demo::run(surroundings, on, ending, &mut |line| {
        let mut output = std::io::stdout().lock();
        output.write_all(format!("{line}\n").as_bytes()).ok();
    })?;
    Ok((Report::default(), if told == crate::demo::Told::AsExpected { Exit::Done } else { Exit::Bug }))
}

fn completions(shell: Shell) -> Report {
    let mut command = Arguments::command();
    let mut text = Vec::new();
    match shell {
        Shell::Bash => clap_complete::generate(clap_complete::Shell::Bash, &mut command, "git-coord", &mut text),
        Shell::Zsh => clap_complete::generate(clap_complete::Shell::Zsh, &mut command, "git-coord", &mut text),
        Shell::Fish => clap_complete::generate(clap_complete::Shell::Fish, &mut command, "git-coord", &mut text),
    }
    ui::text_report(&String::from_utf8_lossy(&text))
}

fn manual() -> Report {
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut text).expect("writing to memory does not fail");
    ui::text_report(&String::from_utf8_lossy(&text))
}

fn argument(what: &str, expected: &'static str) -> Failure {
    Failure::Argument { what: what.to_owned(), expected }
}

fn span(text: Option<&str>) -> Result<Option<Span>, Failure> {
    text.map(|text| Span::parse(text).ok_or_else(|| argument(text, "a span such as `90s`, `30m` or `4h`"))).transpose()
}

fn digest(text: &str) -> Result<Digest, Failure> {
    text.parse().map_err(|_| argument(text, "a digest: `sha256:` and 64 digits"))
}

fn record_id(text: &str) -> Result<RecordId, Failure> {
    RecordId::parse(text).map_err(|_| argument(text, "an id such as `c-7k2f9qxm`"))
}

fn name(text: &str) -> Result<RecordName, Failure> {
    RecordName::parse(text).map_err(|_| argument(text, "a name: [a-z0-9._-]"))
}

fn text(text: &str) -> Result<Text, Failure> {
    Text::parse_multiline(text).map_err(|_| argument(text, "plain text of 4096 bytes at most"))
}

fn word<T: Word>(text: &str, expected: &'static str) -> Result<T, Failure> {
    T::from_word(text).ok_or_else(|| argument(text, expected))
}
