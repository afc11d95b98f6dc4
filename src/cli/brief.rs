//! `brief`.

use clap::Args;

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::ops::Context;
use crate::ops::brief;
use crate::ui;

#[derive(Debug, Args)]
pub(crate) struct BriefArguments {
    /// The paths; without any those that you claimed, or else all
    paths: Vec<String>,
    /// Its size at 3 bytes a token, 640 if nothing is said; what binds is never cut
    #[arg(long, value_name = "TOKENS", default_value_t = 640, hide_default_value = true)]
    budget: u64,
}

pub(crate) fn run_brief(context: &Context, arguments: &BriefArguments) -> Answered {
    let options = brief::Options { paths: arguments.paths.clone(), budget: arguments.budget };
    done(ui::brief_report(&brief::run(context, &options)?))
}
