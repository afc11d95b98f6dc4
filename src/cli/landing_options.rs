//! Options of what asks to land, answers, and decides.

use crate::cli::actions::RequestVerb;
use clap::Args;
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RequestArguments {
    #[command(subcommand)]
    pub(crate) verb: Option<RequestVerb>,
    /// The branch or commit; `HEAD` if nothing is said
    pub(crate) branch: Option<String>,
    /// The branch to land on
    #[arg(long)]
    pub(crate) into: Option<String>,
    /// What the change does, in one line; the last commit's subject if nothing is said
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// What those who approve should know
    #[arg(long)]
    pub(crate) summary: Option<String>,
    /// The mission that it belongs to
    #[arg(long)]
    pub(crate) mission: Option<String>,
    /// Cite this claim as well
    #[arg(long)]
    pub(crate) claim: Vec<String>,
    /// Bring this request up to date instead of opening another
    #[arg(long, value_name = "REQUEST")]
    pub(crate) update: Option<String>,
    /// Close this request
    #[arg(long, value_name = "REQUEST", conflicts_with_all = ["update", "branch"])]
    pub(crate) close: Option<String>,
    /// Also if somebody else says so already, in the same words
    #[arg(long)]
    pub(crate) force: bool,
    /// Land before anybody approves, for this reason, as a human who may
    #[arg(long, value_name = "REASON", conflicts_with_all = ["update", "close"])]
    pub(crate) break_glass: Option<String>,
    /// For how long that may be used: at most 1h
    #[arg(long, value_name = "SPAN", requires = "break_glass", default_value = "30m")]
    pub(crate) expires: String,
}

#[derive(Debug, Args)]
pub(crate) struct AnswerArguments {
    /// Its id
    pub(crate) request: String,
    /// The delta that you read; required unless a person answers at a terminal
    #[arg(long)]
    pub(crate) delta: Option<String>,
    /// Why, in a sentence
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct OverruleArguments {
    #[command(flatten)]
    pub(crate) answer: AnswerArguments,
    /// Whose veto
    #[arg(long, value_name = "PRINCIPAL")]
    pub(crate) veto_of: String,
    /// The entry of the veto that you read; required like `--delta`
    #[arg(long, value_name = "ENTRY")]
    pub(crate) veto: Option<String>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct CheckArguments {
    #[command(subcommand)]
    pub(crate) verb: Option<CheckVerb>,
    /// Files, directories or globs; `./attest` for a file of that name
    #[arg(required = true)]
    pub(crate) paths: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CheckVerb {
    /// Say as a service which checks passed on a tree, or did not
    Attest(AttestArguments),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true, args = ["passed", "failed"])]
pub(crate) struct AttestArguments {
    /// The request; the only one that results in the tree if none is named
    pub(crate) request: Option<String>,
    /// A check that passed
    #[arg(long, value_name = "CHECK")]
    pub(crate) passed: Vec<String>,
    /// A check that did not pass: it stops a landing of the tree until the same service says otherwise
    #[arg(long, value_name = "CHECK")]
    pub(crate) failed: Vec<String>,
    /// The commit that was checked; `HEAD` if nothing is said
    #[arg(long, value_name = "COMMIT", conflicts_with = "tree")]
    pub(crate) commit: Option<String>,
    /// The tree that was checked, by its full id
    #[arg(long, value_name = "TREE")]
    pub(crate) tree: Option<String>,
    /// The file with the service's key; that of `GIT_COORD_KEY` if nothing is said, and else the key of who acts here
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) visit: VisitArguments,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[group(required = true, multiple = true, args = ["target", "base", "head", "record"])]
pub(crate) struct GateArguments {
    #[command(subcommand)]
    pub(crate) verb: Option<GateVerb>,
    /// The branch that would move; the protected one of `main`, `master` and `trunk` if nothing is said
    #[arg(long = "ref", value_name = "BRANCH")]
    pub(crate) target: Option<String>,
    /// The commit where it is; where it was last seen if nothing is said, or with a pin where it last landed
    #[arg(long)]
    pub(crate) base: Option<String>,
    /// The commit where it would be; `HEAD` if nothing is said
    #[arg(long)]
    pub(crate) head: Option<String>,
    /// Record what a forge landed there, with the hub's key
    #[arg(long, conflicts_with_all = ["base", "head"])]
    pub(crate) record: bool,
    /// The file with the hub's key; that of `GIT_COORD_KEY` if nothing is said
    #[arg(long, value_name = "FILE", requires = "record")]
    pub(crate) key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) visit: VisitArguments,
}

/// How a clone that nobody joined, such as that of a CI job, finds the ledger.
#[derive(Debug, Args)]
pub(crate) struct VisitArguments {
    /// The pin that the ledger must have; that of `GIT_COORD_PIN` if nothing is said
    #[arg(long)]
    pub(crate) pin: Option<String>,
    /// The remote that decides
    #[arg(long)]
    pub(crate) remote: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GateVerb {
    /// Explain what stands between a request and its branch
    Explain {
        /// Its id
        request: String,
    },
}
