//! Commands that others approve: asking for one, running it, telling what became of it.

use std::process::Stdio;

use clap::Args;
use clap::Subcommand;

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::exit::Exit;
use crate::cli::parse::argument;
use crate::cli::parse::name;
use crate::cli::parse::record_id;
use crate::cli::parse::text;
use crate::cli::parse::word;
use crate::cli::run::Format;
use crate::cli::run::Reader;
use crate::model::Argument;
use crate::model::RunState;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::Standing;
use crate::ops::action;
use crate::ops::run;
use crate::ui;

#[derive(Debug, Subcommand)]
pub(crate) enum RequestVerb {
    /// Ask to run a command that git cannot undo, under an action of the policy
    ///
    /// Approvals are of exactly these words, which no shell reads, and of exactly these inputs. A branch that is called
    /// `action` is asked for as `refs/heads/action`.
    Action(ActionArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ActionArguments {
    /// The action, as the policy calls it
    name: String,
    /// A file that the command reads: it is approved as it is now
    #[arg(long = "input", value_name = "FILE")]
    inputs: Vec<String>,
    /// What it does, in one line
    #[arg(long)]
    title: Option<String>,
    /// What those who approve should know
    #[arg(long)]
    summary: Option<String>,
    /// The mission that it belongs to
    #[arg(long)]
    mission: Option<String>,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    argv: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The id of the request
    request: String,
    /// Run nothing; say what became of what was started: `succeeded`, `failed` or `unknown`
    #[arg(long, value_name = "WORD")]
    pub(crate) outcome: Option<String>,
}

pub(crate) fn run_action(context: &mut Context, arguments: &ActionArguments) -> Answered {
    let expected = "an argument of 4096 bytes at most, without control and invisible characters";
    let argv = arguments.argv.iter().map(|typed| Argument::parse(typed).map_err(|_| argument(typed, expected)));
    let options = action::Options {
        action: name(&arguments.name)?,
        argv: argv.collect::<Result<_, Failure>>()?,
        inputs: arguments.inputs.clone(),
        title: arguments.title.as_deref().map(text).transpose()?,
        summary: arguments.summary.as_deref().map(text).transpose()?,
        mission: arguments.mission.as_deref().map(name).transpose()?,
    };
    let outcome = action::ask(context, &options)?;
    done(ui::action_report(&outcome, context.ledger_now(), &Standing::of(context)?))
}

pub(crate) fn run_run(context: &mut Context, arguments: &RunArguments, reader: Reader) -> Answered {
    let id = record_id(&arguments.request)?;
    if let Some(told) = &arguments.outcome {
        let expected = "`succeeded`, `failed` or `unknown`";
        let state: RunState = word(told, expected)?;
        if state == RunState::Started {
            return Err(argument(told, expected));
        }
        let running = run::tell(context, &id, state)?;
        return done(ui::told_report(&running, context.ledger_now(), &Standing::of(context)?));
    }
    // What programs read on our standard output is ours alone.
    let stdout = match reader.format {
        Format::Human => Stdio::inherit(),
        Format::Json | Format::Both => Stdio::from(std::io::stderr()),
    };
    let outcome = run::run(context, &id, stdout)?;
    let exit = if outcome.running.run.state == RunState::Succeeded { Exit::Done } else { Exit::Refused };
    Ok((ui::run_report(&outcome, context.ledger_now(), &Standing::of(context)?), exit))
}
