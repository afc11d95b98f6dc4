//! `decide` and `decisions`.

use clap::Args;

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::parse::argument;
use crate::cli::parse::record_id;
use crate::cli::parse::repetition;
use crate::cli::parse::text;
use crate::model::Decision;
use crate::model::Text;
use crate::model::Timestamp;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::Standing;
use crate::ops::decide;
use crate::ui;

#[derive(Debug, Args)]
pub(crate) struct DecideArguments {
    /// What was open, in one line of 240 bytes at most
    question: String,
    /// What holds from now on, in 1000 bytes at most: everybody who works there reads it
    #[arg(long, value_name = "TEXT")]
    answer: String,
    /// A path that it binds; without any those of the superseded decision, or else all
    #[arg(long = "on", value_name = "PATH")]
    paths: Vec<String>,
    /// The decision whose place it takes
    #[arg(long, value_name = "DECISION")]
    supersedes: Option<String>,
    /// The finding that it answers
    #[arg(long)]
    finding: Option<String>,
    /// The request that it came from
    #[arg(long)]
    request: Option<String>,
    /// Also if somebody else has settled it already, in the same words
    #[arg(long)]
    force: bool,
}

pub(crate) fn run_decide(context: &mut Context, arguments: &DecideArguments, now: Timestamp) -> Answered {
    let options = decide::Options {
        question: question(&arguments.question)?,
        answer: answer(&arguments.answer)?,
        paths: arguments.paths.clone(),
        request: arguments.request.as_deref().map(record_id).transpose()?,
        finding: arguments.finding.as_deref().map(record_id).transpose()?,
        supersedes: arguments.supersedes.as_deref().map(record_id).transpose()?,
        repetition: repetition(arguments.force),
    };
    let outcome = decide::run(context, &options)?;
    done(ui::decided_report(&outcome, now, &Standing::of(context)?))
}

fn question(typed: &str) -> Result<Text, Failure> {
    let fits = Text::parse(typed).ok().filter(|text| text.as_str().len() <= Decision::QUESTION_BYTES_MAX);
    fits.ok_or_else(|| argument("the question", "one line of plain text, 240 bytes at most"))
}

fn answer(typed: &str) -> Result<Text, Failure> {
    let fits = text(typed).ok().filter(|text| text.as_str().len() <= Decision::ANSWER_BYTES_MAX);
    fits.ok_or_else(|| {
        argument("--answer", "plain text of 1000 bytes at most; reasons can stand in a document that it names")
    })
}

pub(crate) fn run_decisions(context: &Context, paths: &[String], all: bool) -> Answered {
    let which = if all { decide::Which::Every } else { decide::Which::Holding };
    let report = ui::decisions_report(&decide::list(context, paths, which)?, &Standing::of(context)?);
    done(if all { report } else { report.fit("git coord decisions --all") })
}
