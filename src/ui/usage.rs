//! The words of a command line that is none.

use crate::ui::error::ErrorKind;
use crate::ui::error::ErrorWords;

/// Returns the failure for what the grammar said of a command line: its first paragraph is the message, the others help.
pub fn usage_words(said: &str) -> ErrorWords {
    let mut paragraphs = said.split("\n\n").map(joined).filter(|paragraph| !paragraph.is_empty());
    let first = paragraphs.next().unwrap_or_default();
    let (message, hints) = match first.strip_prefix("error: ") {
        Some(message) => (message.to_owned(), paragraphs.collect()),
        // Without a command there is nothing to complain of, and the whole help is said.
        None => ("no command is named".to_owned(), vec!["Run `git coord help` to see the commands.".to_owned()]),
    };
    let code = "usage.argument".to_owned();
    let (causes, obstacles) = (Vec::new(), Vec::new());
    ErrorWords { kind: ErrorKind::Usage, code, message, causes, hints, obstacles, said_already: None }
}

fn joined(paragraph: &str) -> String {
    paragraph.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Returns the failure for an argument of a tool that is not as it should be.
pub fn argument_words(message: &str, hint: &str) -> ErrorWords {
    let (code, hints) = ("usage.argument".to_owned(), vec![hint.to_owned()]);
    ErrorWords {
        kind: ErrorKind::Usage,
        code,
        message: message.to_owned(),
        causes: Vec::new(),
        hints,
        obstacles: Vec::new(),
        said_already: None,
    }
}

/// Returns the failure for a call that comes while too many others run.
pub fn busy_words() -> ErrorWords {
    let (kind, code) = (ErrorKind::Conflict, "usage.busy");
    let hints = vec!["Wait for an answer, or cancel a call, and call again.".to_owned()];
    let (code, message) = (code.to_owned(), "too many calls run at once".to_owned());
    let (causes, obstacles) = (Vec::new(), Vec::new());
    ErrorWords { kind, code, message, causes, hints, obstacles, said_already: None }
}

/// Returns what whoever waits for a claim is told meanwhile.
pub fn waiting_line(seconds: u64) -> String {
    format!("in the queue for {seconds} s; whoever stops waiting keeps the place")
}
