//! The command line: reads arguments, environment and clock, runs one verb, prints its report, returns an exit code.

mod arguments;
mod commands;
mod exit;
mod hook_command;
mod run;
mod surroundings;

pub use exit::Exit;
pub use run::main;
