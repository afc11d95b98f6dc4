//! What `watch` starts on events.

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::exit::Exit;
use crate::cli::landing::a_person_answers;
use crate::cli::landing::ask;
use crate::cli::options::ReactionsVerb;
use crate::cli::parse::argument;
use crate::cli::parse::digest;
use crate::model::Digest;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::Surroundings;
use crate::ops::reactions;
use crate::ops::reactions::Trust;
use crate::ui;

pub(crate) fn run_reactions(surroundings: Surroundings, verb: Option<ReactionsVerb>) -> Answered {
    let context = Context::open(surroundings)?;
    let (repository, log) = (&context.repository, reactions::log_file(&context.repository));
    let trust = match verb {
        None => reactions::look(repository, &context.surroundings),
        Some(ReactionsVerb::Trust { digest }) => {
            reactions::trust(&context, |found| digest_read(&context, digest.as_deref(), found))?
        }
        Some(ReactionsVerb::Retry { letters }) => {
            let retried = reactions::retry(&context, &letters)?;
            let exit = if retried.iter().all(|one| one.failure.is_none()) { Exit::Done } else { Exit::Refused };
            return Ok((ui::retry_report(&retried), exit));
        }
    };
    done(ui::reactions_report(&reactions::file(repository), &trust, &reactions::letters(repository)?, &log))
}

/// Returns the digest of what was read. Nobody trusts "whatever is there": a person sees what it is, a program names it.
fn digest_read(context: &Context, named: Option<&str>, found: &Trust) -> Result<Digest, Failure> {
    match (named, found) {
        (Some(named), _) => digest(named),
        (None, Trust::Given(digest, _) | Trust::Missing(digest, _)) if a_person_answers() => {
            let (repository, log) = (&context.repository, reactions::log_file(&context.repository));
            let report = ui::reactions_report(&reactions::file(repository), found, &[], &log);
            ask(report.human, "Are these what you read?")?;
            Ok(*digest)
        }
        (None, _) => Err(argument("trust", "given the digest that you read, from `git coord reactions`")),
    }
}
