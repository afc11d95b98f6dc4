//! From arguments to an exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use tracing::debug_span;

use crate::cli::agent::AgentVerb;
use crate::cli::agent::run_agent_hook;
use crate::cli::arguments::Arguments;
use crate::cli::arguments::Verb;
use crate::cli::commands;
use crate::cli::exit::Exit;
use crate::cli::help;
use crate::cli::hook_command;
use crate::cli::mcp;
use crate::cli::progress;
use crate::cli::surroundings;
use crate::cli::trace::tell_phases;
use crate::ops::Failure;
use crate::ui::ErrorWords;
use crate::ui::Report;
use crate::ui::json_line;
use crate::ui::usage_words;
use crate::ui::words_of;

/// Who reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) format: Format,
    pub(crate) remarks: Remarks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Human,
    Json,
    /// A program that shows people, or a model, both.
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remarks {
    Shown,
    Hidden,
}

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(print_unparsed(&error).code()),
    };
    if let Verb::Agent(AgentVerb::Hook(arguments)) = &arguments.verb {
        tell_phases();
        return run_agent_hook(arguments);
    }
    ExitCode::from(run(arguments).code())
}

/// Returns who reads the output, as far as a command line tells that could not be read.
fn asked_format() -> Format {
    let given = surroundings::arguments();
    let mut options = given.iter().take_while(|argument| *argument != "--");
    if options.any(|argument| argument == "--json") { Format::Json } else { Format::Human }
}

/// Prints what there is instead of arguments. Help and version are answers; everything else is a usage error.
fn print_unparsed(error: &clap::Error) -> Exit {
    if error.use_stderr() && asked_format() == Format::Json {
        let words = usage_words(&help::text(error));
        return print_words(&words, Reader { format: Format::Json, remarks: Remarks::Shown });
    }
    help::print(error)
}

fn run(arguments: Arguments) -> Exit {
    let reader = Reader {
        format: if arguments.json { Format::Json } else { Format::Human },
        remarks: if arguments.quiet { Remarks::Hidden } else { Remarks::Shown },
    };
    tell_phases();
    let _whole = debug_span!("command").entered();
    if let Verb::Hook { name, arguments } = &arguments.verb {
        return hook_command::run(name, arguments);
    }
    if let Verb::Mcp = arguments.verb {
        return mcp::serve(arguments.directory, arguments.principal);
    }
    let mut surroundings = surroundings::read(arguments.directory, arguments.principal);
    if reader.remarks == Remarks::Shown && reader.format == Format::Human && progress::is_terminal() {
        surroundings.progress = progress::of_judging();
        surroundings.transfer = Some(progress::of_fetching());
    }
    let ran = commands::run(arguments.verb, surroundings, reader);
    let _phase = debug_span!("print").entered();
    match ran {
        Ok((report, exit)) => print_report(&report, reader, exit),
        Err(failure) => print_failure(&failure, reader),
    }
}

/// Prints a report: the answer on standard output, remarks beside it.
pub(crate) fn print_report(report: &Report, reader: Reader, exit: Exit) -> Exit {
    let mut text = String::new();
    match reader.format {
        Format::Json | Format::Both => {
            report.json.iter().for_each(|object| text.push_str(&format!("{}\n", json_line(object))))
        }
        Format::Human => report.human.iter().for_each(|line| text.push_str(&format!("{line}\n"))),
    }
    let mut output = std::io::stdout().lock();
    // Whoever closed the pipe has read enough; a full disk is told by the exit code.
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => return Exit::Environment,
        _ => {}
    }
    if reader.remarks == Remarks::Shown && reader.format == Format::Human {
        let notes: String = report.notes.iter().map(|note| format!("{note}\n")).collect();
        std::io::stderr().lock().write_all(notes.as_bytes()).ok();
    }
    exit
}

pub(crate) fn print_failure(failure: &Failure, reader: Reader) -> Exit {
    print_words(&words_of(failure), reader)
}

fn print_words(words: &ErrorWords, reader: Reader) -> Exit {
    let text = match reader.format {
        Format::Json | Format::Both => format!("{}\n", json_line(&words.json())),
        Format::Human => {
            let lines = words.human();
            let shown = lines.iter().filter(|line| reader.remarks == Remarks::Shown || !line.starts_with("hint:"));
            shown.map(|line| format!("{line}\n")).collect()
        }
    };
    std::io::stderr().lock().write_all(text.as_bytes()).ok();
    Exit::of(words.kind)
}
