//! Beginning, joining, enrolling, hooks, doctor, demo.

use std::io::Write;
use std::path::Path;

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::exit::Exit;
use crate::cli::options::EnrollArguments;
use crate::cli::options::HooksArguments;
use crate::cli::options::HooksVerb;
use crate::cli::options::InitArguments;
use crate::cli::options::JoinArguments;
use crate::cli::options::TemplateName;
use crate::cli::parse::digest;
use crate::cli::parse::name;
use crate::cli::parse::word;
use crate::cli::run::Format;
use crate::cli::run::Reader;
use crate::demo;
use crate::model::PrincipalKind;
use crate::ops::Context;
use crate::ops::Surroundings;
use crate::ops::doctor;
use crate::ops::enroll;
use crate::ops::hook_files::HookState;
use crate::ops::hook_files::Side;
use crate::ops::hooks;
use crate::ops::init;
use crate::ops::init::HookChoice;
use crate::ops::join;
use crate::ops::policy;
use crate::ui;
use crate::ui::Report;

pub(crate) fn run_init(surroundings: &Surroundings, arguments: &InitArguments) -> Answered {
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
pub(crate) fn login_name(surroundings: &Surroundings) -> String {
    let home = surroundings.home.as_ref().and_then(|home| home.file_name()?.to_str());
    let name: String = home.unwrap_or("root").to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    if name.starts_with(|c: char| c.is_ascii_lowercase()) { name } else { "root".to_owned() }
}

pub(crate) fn hook_choice(leave: bool) -> HookChoice {
    if leave { HookChoice::Leave } else { HookChoice::Install }
}

pub(crate) fn run_join(surroundings: Surroundings, arguments: &JoinArguments) -> Answered {
    let options = join::Options {
        principal: arguments.who.clone(),
        pin: arguments.pin.as_deref().map(digest).transpose()?,
        remote: arguments.remote.clone(),
        hooks: hook_choice(arguments.no_hooks),
    };
    done(ui::join_report(&join::run(surroundings, &options)?))
}

pub(crate) fn run_enroll(context: &mut Context, arguments: &EnrollArguments) -> Answered {
    let key = match &arguments.key {
        Some(key) if !key.contains(' ') => policy::read_text(Path::new(key))?,
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
    let mut report = ui::enrolment_report(&outcome);
    if outcome.was_known {
        report.notes.push("it was enrolled already: the same key is the same principal".to_owned());
    }
    if let Some(path) = outcome.new_key {
        report.notes.push(format!("made a key: {}", path.display()));
        report.notes.push(format!("next, in its worktree: git coord join {}", outcome.listed.enrolled.record.id));
    }
    done(report)
}

pub(crate) fn side_of(arguments: &HooksArguments) -> (Side, hooks::Writing) {
    let side = if arguments.server { Side::Server } else { Side::Client };
    let writing = if arguments.dry_run { hooks::Writing::DryRun } else { hooks::Writing::Apply };
    (side, writing)
}

pub(crate) fn run_hooks(surroundings: &Surroundings, verb: &HooksVerb) -> Answered {
    match verb {
        HooksVerb::Install(arguments) => {
            let (side, writing) = side_of(arguments);
            done(ui::hooks_report(&hooks::install(surroundings, side, writing)?))
        }
        HooksVerb::Uninstall(arguments) => {
            let (side, writing) = side_of(arguments);
            done(ui::hooks_removal_report(&hooks::uninstall(surroundings, side, writing)?))
        }
        HooksVerb::Status(arguments) => {
            let side = arguments.server.then_some(Side::Server);
            let states = hooks::status(surroundings, side)?;
            let sound = states.iter().all(|status| status.state == HookState::Installed);
            Ok((ui::hooks_status_report(&states), if sound { Exit::Done } else { Exit::Refused }))
        }
    }
}

pub(crate) fn run_doctor(surroundings: Surroundings) -> Answered {
    let findings = doctor::run(surroundings)?;
    let bad = findings.iter().any(|finding| finding.health == doctor::Health::Bad);
    Ok((ui::doctor_report(&findings), if bad { Exit::Refused } else { Exit::Done }))
}

pub(crate) fn run_demo(surroundings: &Surroundings, ground: demo::Ground<'_>, keep: bool, reader: Reader) -> Answered {
    let ending = if keep { demo::Ending::Keep } else { demo::Ending::Remove };
    let outcome = demo::run(surroundings, ground, ending, &mut |line| {
        if reader.format == Format::Human {
            // Whoever closed the pipe has read enough; the exit code is still to be had.
            std::io::stdout().lock().write_all(format!("{line}\n").as_bytes()).ok();
        }
    })?;
    let exit = if outcome.told == demo::Told::AsExpected { Exit::Done } else { Exit::Bug };
    Ok((Report { json: vec![outcome.json()], ..Report::default() }, exit))
}
