//! The rules and their life cycle.

use std::path::Path;

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::exit::Exit;
use crate::cli::options::PolicyVerb;
use crate::cli::options::ProposalWords;
use crate::cli::parse::record_id;
use crate::cli::parse::text;
use crate::model::RecordId;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::Standing;
use crate::ops::explain;
use crate::ops::policy;
use crate::ops::proposal;
use crate::ui;

pub(crate) fn run_policy(context: &mut Context, verb: PolicyVerb) -> Answered {
    match verb {
        PolicyVerb::Show { request: None } => done(ui::text_report(&policy::text(context)?)),
        PolicyVerb::Show { request: Some(request) } => {
            done(ui::text_report(&proposal::draft_text(context, &record_id(&request)?)?))
        }
        PolicyVerb::Check { file } => {
            let checked = policy::check(context, file.as_deref())?;
            let exit = if checked.faults.is_empty() { Exit::Done } else { Exit::Refused };
            Ok((ui::policy_report(&checked), exit))
        }
        PolicyVerb::Explain { what, into } => {
            done(ui::cost_report(&explain::run(context, &explain::Options { what, into })?))
        }
        PolicyVerb::Propose { file, words } => {
            let outcome = proposal::propose(context, &file, &options(&words)?)?;
            done(ui::proposal_report(&outcome, &Standing::of(context)?))
        }
        PolicyVerb::Rollback { version, words } => {
            let outcome = proposal::roll_back(context, version, &options(&words)?)?;
            done(ui::proposal_report(&outcome, &Standing::of(context)?))
        }
        PolicyVerb::Activate { what } => {
            let appended = match RecordId::parse(&what) {
                Ok(id) => proposal::activate(context, &id)?,
                Err(_) => proposal::tighten(context, Path::new(&what))?,
            };
            let guarantee = Standing::of(context)?.of_entry(appended.commit);
            let version = format!("version {}", context.state().policy.version);
            done(ui::done_report("activated", &version, appended.height, guarantee))
        }
    }
}

fn options(words: &ProposalWords) -> Result<proposal::Options, Failure> {
    Ok(proposal::Options {
        title: words.title.as_deref().map(text).transpose()?,
        summary: words.summary.as_deref().map(text).transpose()?,
    })
}
