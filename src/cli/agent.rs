//! `git coord agent`: our entries in the settings of agents' programs, and what those call.

use std::io::Read;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use clap::Subcommand;
use tracing::debug_span;

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::surroundings;
use crate::format::AGENT_PAYLOAD_BYTES_MAX;
use crate::hook;
use crate::ops::Surroundings;
use crate::ops::agent;
use crate::ops::agent::AgentClient;
use crate::ops::agent::AgentEvent;
use crate::ops::agent::Session;
use crate::ops::hooks::Writing;
use crate::ui;

#[derive(Debug, Subcommand)]
pub(crate) enum AgentVerb {
    /// Put hooks, the MCP server and instructions into its settings
    Install(AgentInstallArguments),
    /// Take them out again
    Uninstall(AgentUninstallArguments),
    /// Answer an agent's program: what it tells on standard input, in its own words
    #[command(hide = true)]
    Hook(AgentHookArguments),
}

#[derive(Debug, Args)]
pub(crate) struct AgentInstallArguments {
    #[command(flatten)]
    which: AgentUninstallArguments,
    /// Leave out AGENTS.md and the skill file
    #[arg(long)]
    no_instructions: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AgentUninstallArguments {
    /// `claude`, `codex`, `gemini`, `cursor`, `copilot` or `opencode`
    #[arg(value_parser = client)]
    client: AgentClient,
    /// The settings of this user, for every repository, instead of those of this work tree
    #[arg(long)]
    user: bool,
    /// Show what would be written, as a diff
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AgentHookArguments {
    /// The program
    #[arg(value_parser = client)]
    client: AgentClient,
    /// What happens there
    #[arg(value_parser = event)]
    event: AgentEvent,
}

fn client(name: &str) -> Result<AgentClient, String> {
    AgentClient::parse(name).ok_or_else(|| format!("one of {}", AgentClient::ALL.map(AgentClient::as_str).join(", ")))
}

fn event(name: &str) -> Result<AgentEvent, String> {
    AgentEvent::parse(name).ok_or_else(|| format!("one of {}", AgentEvent::ALL.map(AgentEvent::as_str).join(", ")))
}

pub(crate) fn run_agent(surroundings: &Surroundings, verb: &AgentVerb) -> Answered {
    let (outcome, options, name) = match verb {
        AgentVerb::Install(arguments) => {
            let options = options(&arguments.which, arguments.no_instructions);
            (agent::install(surroundings, &options)?, options, "install")
        }
        AgentVerb::Uninstall(arguments) => {
            let options = options(arguments, false);
            (agent::uninstall(surroundings, &options)?, options, "uninstall")
        }
        AgentVerb::Hook(_) => unreachable!("hooks are run before"),
    };
    let report = ui::installation_report(&outcome);
    // Whoever asks for a diff wants all of it.
    let whole = format!("git coord agent {name} {} --dry-run", options.client.as_str());
    done(if options.writing == Writing::DryRun { report } else { report.fit(&whole) })
}

fn options(which: &AgentUninstallArguments, no_instructions: bool) -> agent::Options {
    agent::Options {
        client: which.client,
        scope: if which.user { agent::Scope::User } else { agent::Scope::Project },
        teaching: if no_instructions { agent::Teaching::LeftOut } else { agent::Teaching::Written },
        writing: if which.dry_run { Writing::DryRun } else { Writing::Apply },
    }
}

/// Answers an agent's program in its own way and in time, exit code included.
pub(crate) fn run_agent_hook(arguments: &AgentHookArguments) -> ExitCode {
    let (client, event) = (arguments.client, arguments.event);
    let limit = agent::answer_within(client, event, surroundings::program_patience());
    let deadline = Some(Instant::now() + agent::work_within(limit));
    let read = move || {
        let surroundings = Surroundings { deadline, ..surroundings::read_for_hook() };
        (Session { surroundings, client, project: surroundings::project(client) }, input())
    };
    let answer = match debug_span!("hook").in_scope(|| hook::agent((client, event), limit, read)) {
        Ok(answer) => answer,
        Err(error) => {
            writeln!(std::io::stderr().lock(), "git coord: this cannot be answered: {error}").ok();
            return ExitCode::FAILURE;
        }
    };
    let mut output = std::io::stdout().lock();
    // A program that does not listen has made up its mind already.
    output.write_all(answer.stdout.as_bytes()).and_then(|()| output.flush()).ok();
    std::io::stderr().lock().write_all(answer.stderr.as_bytes()).ok();
    ExitCode::from(answer.code)
}

fn input() -> Vec<u8> {
    let mut bytes = Vec::new();
    // What cannot be read is malformed, and one byte too many tells that there is more.
    std::io::stdin().lock().take(AGENT_PAYLOAD_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).ok();
    bytes
}
