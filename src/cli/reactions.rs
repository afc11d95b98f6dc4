//! What `watch` starts on events.

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::exit::Exit;
use crate::cli::options::ReactionsVerb;
use crate::ops::Context;
use crate::ops::Surroundings;
use crate::ops::reactions;
use crate::ui;

pub(crate) fn run_reactions(surroundings: Surroundings, verb: Option<ReactionsVerb>) -> Answered {
    let context = Context::open(surroundings)?;
    let (repository, log) = (&context.repository, reactions::log_file(&context.repository));
    let trust = match verb {
        None => reactions::look(repository, &context.surroundings)?,
        Some(ReactionsVerb::Trust) => reactions::trust(repository, &context.surroundings)?,
        Some(ReactionsVerb::Retry { letters }) => {
            let retried = reactions::retry(&context, &letters)?;
            let exit = if retried.iter().all(|one| one.failure.is_none()) { Exit::Done } else { Exit::Refused };
            return Ok((ui::retry_report(&retried), exit));
        }
    };
    done(ui::reactions_report(&reactions::file(repository), &trust, &reactions::letters(repository)?, &log))
}
