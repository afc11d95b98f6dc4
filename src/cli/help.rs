//! What is printed instead of running a verb: help, the version, and what is wrong with the command line.

use std::io::Write;

use clap::Error;

use crate::cli::exit::Exit;
use crate::ui::plain;

/// How help is asked for, by what clap says of it. Git takes `git coord --help` for itself and looks for a manual page.
const ASKING: [(&str, &str); 2] =
    [("(see more with '--help')", "(see more with 'git coord help')"), ("try '--help'", "try '-h'")];

/// Returns what clap has to say. It repeats what was typed, which may have been copied from somebody else.
pub(crate) fn text(error: &Error) -> String {
    let text = ASKING.iter().fold(error.render().to_string(), |text, (from, to)| text.replace(from, to));
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// Prints what clap has to say. Help and version are answers; everything else is a usage error.
pub(crate) fn print(error: &Error) -> Exit {
    let text = text(error);
    // Whoever closed the pipe has read enough.
    if error.use_stderr() {
        std::io::stderr().lock().write_all(text.as_bytes()).ok();
        return Exit::Usage;
    }
    std::io::stdout().lock().write_all(text.as_bytes()).ok();
    Exit::Done
}
