//! The grammar of the command line. Its doc comments are the help.

use std::path::PathBuf;

use clap::Parser;
use clap::Subcommand;

use crate::cli::actions::RunArguments;
use crate::cli::agent::AgentVerb;
use crate::cli::brief::BriefArguments;
use crate::cli::decisions::DecideArguments;
use crate::cli::landing_options::AnswerArguments;
use crate::cli::landing_options::CheckArguments;
use crate::cli::landing_options::GateArguments;
use crate::cli::landing_options::OverruleArguments;
use crate::cli::landing_options::RequestArguments;
use crate::cli::landing_options::VisitArguments;
use crate::cli::options::ClaimArguments;
use crate::cli::options::EnrollArguments;
use crate::cli::options::FindArguments;
use crate::cli::options::HooksVerb;
use crate::cli::options::InitArguments;
use crate::cli::options::JoinArguments;
use crate::cli::options::OfflineArguments;
use crate::cli::options::PolicyVerb;
use crate::cli::options::ReactionsVerb;
use crate::cli::options::ReleaseArguments;
use crate::cli::options::Shell;
use crate::cli::options::WatchArguments;
use crate::cli::principals::PrincipalsVerb;
use crate::cli::similar::SimilarArguments;

/// Coordinate agents and people on one git repository
///
/// Claims say who works where, requests ask to land, approvals let them, and every one of them is a signed commit on
/// the branch `coord`. There is no server but git.
#[derive(Debug, Parser)]
#[command(name = "git-coord", bin_name = "git coord", version)]
pub(crate) struct Arguments {
    /// Act as this principal
    #[arg(long = "as", global = true, value_name = "PRINCIPAL")]
    pub(crate) principal: Option<String>,
    /// Run as if started in this directory
    #[arg(short = 'C', global = true, value_name = "PATH")]
    pub(crate) directory: Option<PathBuf>,
    /// Print JSON lines for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Leave out remarks and hints
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Begin a ledger in this repository, with you as its root
    Init(InitArguments),
    /// Make this clone or worktree act as a principal
    Join(JoinArguments),
    /// Add a principal, making its key or taking it
    Enroll(EnrollArguments),
    /// Show who acts here
    Whoami,
    /// Show who is there, or say who may act
    #[command(args_conflicts_with_subcommands = true)]
    Principals {
        /// Print the file by which stock git verifies signatures
        #[arg(long)]
        allowed_signers: bool,
        #[command(subcommand)]
        verb: Option<PrincipalsVerb>,
    },
    /// Take a lease on paths or resources
    Claim(ClaimArguments),
    /// Extend your claims
    Renew {
        /// Claims, or their paths or resources; all of yours if none is named
        named: Vec<String>,
        /// For how long from now: `90s`, `30m`, `4h`
        #[arg(long)]
        ttl: Option<String>,
        #[command(flatten)]
        offline: OfflineArguments,
    },
    /// Give claims back
    Release(ReleaseArguments),
    /// Pass a claim on to another principal
    Handoff {
        /// The claim, or a path that it covers
        claim: String,
        /// Offer it to this principal
        #[arg(long, value_name = "PRINCIPAL", required_unless_present = "accept", conflicts_with = "accept")]
        to: Option<String>,
        /// Take a claim that is offered to you
        #[arg(long)]
        accept: bool,
        #[command(flatten)]
        offline: OfflineArguments,
    },
    /// End claims of others, if you have the right
    Revoke {
        /// Their ids, or a path or resource that one of them has
        #[arg(required = true)]
        claims: Vec<String>,
    },
    /// Leave a finding on paths, a commit or a request
    Find(FindArguments),
    /// List findings
    Findings {
        /// Only those on these paths
        paths: Vec<String>,
        /// Show resolved and dismissed ones as well
        #[arg(long)]
        all: bool,
    },
    /// Say that a finding is dealt with
    Resolve {
        /// Its id
        finding: String,
        #[command(flatten)]
        offline: OfflineArguments,
    },
    /// Say that a finding is none
    Dismiss {
        /// Its id
        finding: String,
        #[command(flatten)]
        offline: OfflineArguments,
    },
    /// Settle a question for everybody who works on some paths
    Decide(DecideArguments),
    /// List what is settled
    Decisions {
        /// Only what binds these paths
        paths: Vec<String>,
        /// Show superseded ones as well
        #[arg(long)]
        all: bool,
    },
    /// Ask to land a branch, or to run a command
    Request(RequestArguments),
    /// Approve a request
    Approve(AnswerArguments),
    /// Say no to a request
    Reject(AnswerArguments),
    /// Stop a request until you withdraw
    Veto(AnswerArguments),
    /// Say as a root member that a veto is not to stand; as many decide as change the rules
    Overrule(OverruleArguments),
    /// Take your answer to a request back
    Withdraw {
        /// The id of the request
        request: String,
    },
    /// Show what binds whoever is about to touch some paths
    ///
    /// Who holds them, which rules ask about them, what is settled and what stops a landing: all of that. Then, as far as
    /// there is room, what waits for you, work in flight and findings; what is left out is counted.
    Brief(BriefArguments),
    /// Show what waits for you, most binding first
    Inbox,
    /// Show what reads like an intent: claims, work in flight, requests, findings, decisions
    Similar(SimilarArguments),
    /// Show who works where, what waits, and what is in flight
    Status {
        /// Only what is about these paths
        paths: Vec<String>,
        /// Show everything, not what fits one screen, and read every file for drafts
        #[arg(long)]
        all: bool,
    },
    /// Answer whether you may touch these paths: exit code 0 or 3
    Check(CheckArguments),
    /// Decide about a ref update as the server would
    Gate(GateArguments),
    /// Decide, push and record the landing of a request
    Land {
        /// Its id
        #[arg(required_unless_present = "adopt")]
        request: Option<String>,
        /// Take a protected branch without landings as it is
        #[arg(long, value_name = "BRANCH", conflicts_with = "request")]
        adopt: Option<String>,
    },
    /// Run what you asked for and others approved: once, as it was approved
    ///
    /// It is started at the top of the work tree, by no shell, with nothing to read, once the ledger says so where it is
    /// decided. Exit code 0 if it succeeded, 1 if it failed.
    Run(RunArguments),
    /// Show the rules, judge them, change them
    #[command(subcommand)]
    Policy(PolicyVerb),
    /// Show the ledger in words, newest first
    Log {
        /// Only entries that touch this record
        record: Option<String>,
        /// How many; without it the last 20, as far as they fit one screen
        #[arg(short = 'n', long)]
        count: Option<usize>,
    },
    /// Show one record with its whole story
    Show {
        /// Its id, or what tells it: the name of a principal, the path or resource of a claim
        id: String,
    },
    /// Replay every landing to its verdict, or tell the story of one line
    Audit {
        /// `path:line`
        line: Option<String>,
        /// Replay only what landed since: `7d`, `2026-11-21`, a time, a height, or a commit (an entry's, or one that landed)
        #[arg(long, value_name = "WHEN", conflicts_with = "line")]
        since: Option<String>,
        #[command(flatten)]
        visit: VisitArguments,
    },
    /// Measure what coordination cost: waiting, refusals, lost claims, approvals for nothing
    Tax {
        /// Only what happened since: a span back from now, such as `7d`, or a date
        #[arg(long, value_name = "WHEN")]
        since: Option<String>,
    },
    /// Judge the ledger
    Verify {
        /// From genesis, against what was remembered
        #[arg(long)]
        full: bool,
    },
    /// Fetch, judge, replay what is only here, push; exit code 3 if something of it was lost
    Sync {
        /// Let this remote decide from now on
        #[arg(long)]
        remote: Option<String>,
    },
    /// Follow changes as events
    Watch(WatchArguments),
    /// Show what `watch` starts on events here, trust it, try again what failed
    #[command(args_conflicts_with_subcommands = true)]
    Reactions {
        #[command(subcommand)]
        verb: Option<ReactionsVerb>,
    },
    /// Sign and append your drafts in `.coord/`
    ///
    /// Without names: your new and changed claims and requests, and your new findings. All who work in a clone share
    /// `.coord/`, so whatever else somebody may have typed there in your name is signed only if you name it: answers to
    /// requests, principals, changed findings, removals.
    Commit {
        /// Which of them, and no other: `approvals/r-00000001/maria-1a2b3c4d.toml`
        drafts: Vec<String>,
        /// What the entry says; what it changes if nothing is said
        #[arg(short, long)]
        message: Option<String>,
    },
    /// Serve agents over standard input and output (MCP)
    ///
    /// Clients start it; docs/mcp.md says how each is told to. Tools have the names of commands and answer with the
    /// objects that `--json` prints. It ends when its input does.
    Mcp,
    /// Install hooks, take them out, look at them
    #[command(subcommand)]
    Hooks(HooksVerb),
    /// Put coordination into the settings of an agent's program
    #[command(subcommand)]
    Agent(AgentVerb),
    /// Look for what is wrong here and how to mend it
    Doctor,
    /// Play the whole story in a throw-away repository with real git
    Demo {
        /// Play it on a clone of this repository
        #[arg(long, value_name = "REPOSITORY")]
        on: Option<PathBuf>,
        /// Play it through the server of this empty repository: a url or a path
        #[arg(long, value_name = "URL")]
        remote: Option<String>,
        /// Keep the directory to look around in
        #[arg(long)]
        keep: bool,
    },
    /// Print completions for a shell
    Completions { shell: Shell },
    /// Print the manual page
    Manual,
    #[command(hide = true)]
    Hook {
        name: String,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}
