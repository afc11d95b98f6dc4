//! `mcp`: each call of a tool is one command line, run here as if it had been typed.

use std::io::IsTerminal;
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use clap::Parser;

use crate::cli::arguments::Arguments;
use crate::cli::commands;
use crate::cli::exit::Exit;
use crate::cli::help;
use crate::cli::run::Format;
use crate::cli::run::Reader;
use crate::cli::run::Remarks;
use crate::cli::surroundings;
use crate::mcp;
use crate::mcp::Said;
use crate::mcp::Wait;
use crate::ui::ErrorWords;
use crate::ui::usage_words;
use crate::ui::words_of;

/// Runs the words after `git coord` where the command line said, and as whom.
fn run(
    (directory, principal): (Option<PathBuf>, Option<String>),
    words: &[String],
    wait: &Arc<Wait>,
) -> Result<Said, ErrorWords> {
    let line = std::iter::once("git-coord").chain(words.iter().map(String::as_str));
    let arguments = Arguments::try_parse_from(line).map_err(|error| usage_words(&help::text(&error)))?;
    // Whoever serves for hours meets another clock and another ledger with each call.
    let mut surroundings = surroundings::read(directory, principal);
    let wait = wait.clone();
    surroundings.pause = Rc::new(move |span| wait.pause(span));
    // A person at the terminal of the client is not asked by us.
    surroundings.passphrase = Rc::new(|_| surroundings::told_passphrase());
    let reader = Reader { format: Format::Both, remarks: Remarks::Shown };
    let ran = commands::run_one_of_many(arguments.verb, surroundings, reader);
    let (report, exit) = ran.map_err(|failure| words_of(&failure))?;
    Ok(Said { report, is_done: exit == Exit::Done })
}

/// Serves whoever is at the other end of standard input and output, until they go.
pub(crate) fn serve(directory: Option<PathBuf>, principal: Option<String>) -> Exit {
    if std::io::stdin().is_terminal() {
        let told = "git coord mcp waits for JSON-RPC of a client here, a message a line; to be told how to set up yours, \
                    see docs/mcp.md. Ctrl-D ends it.\n";
        std::io::stderr().lock().write_all(told.as_bytes()).ok();
    }
    let place = (directory, principal);
    let run_words = Arc::new(move |words: &[String], wait: &Arc<Wait>| run(place.clone(), words, wait));
    match mcp::serve(std::io::stdin(), std::io::stdout(), run_words) {
        Ok(()) => Exit::Done,
        Err(error) => {
            std::io::stderr().lock().write_all(format!("error: cannot serve: {error}\n").as_bytes()).ok();
            Exit::Environment
        }
    }
}
