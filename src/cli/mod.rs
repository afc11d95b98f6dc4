//! The command line: reads arguments, environment and clock, runs one verb, prints its report, returns an exit code.

mod actions;
mod agent;
mod arguments;
mod brief;
mod commands;
mod decisions;
mod exit;
mod generated;
mod git_parameters;
mod help;
mod hook_command;
mod landing;
mod landing_options;
mod mcp;
mod offline;
mod options;
mod parse;
mod policy;
mod principals;
mod progress;
mod reactions;
mod run;
mod setup;
mod similar;
mod surroundings;
mod trace;
mod work;

pub use exit::Exit;
pub use run::main;
pub use trace::tell_phases;
