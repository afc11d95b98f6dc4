//! The options of the verbs that have many.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TemplateName {
    Solo,
    Team,
    Strict,
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// Your name in the ledger: `[a-z][a-z0-9-]*`
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How strict the first policy is
    #[arg(long, value_enum, default_value = "team")]
    pub(crate) template: TemplateName,
    /// Sign with this key file instead of the one git is configured with
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Let this remote decide from now on
    #[arg(long)]
    pub(crate) remote: Option<String>,
    /// Leave git's hooks alone
    #[arg(long)]
    pub(crate) no_hooks: bool,
}

#[derive(Debug, Args)]
pub(crate) struct JoinArguments {
    /// Who acts in this worktree; whoever's key is at hand if nobody is named
    #[arg(value_name = "PRINCIPAL")]
    pub(crate) who: Option<String>,
    /// The pin that the ledger must have
    #[arg(long)]
    pub(crate) pin: Option<String>,
    /// The remote that decides
    #[arg(long)]
    pub(crate) remote: Option<String>,
    /// Leave git's hooks alone
    #[arg(long)]
    pub(crate) no_hooks: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EnrollArguments {
    /// Its name: `[a-z][a-z0-9-]*`; its id is that and the start of its key's hash
    pub(crate) name: String,
    /// `agent`, `human` or `service`
    #[arg(long, default_value = "agent")]
    pub(crate) kind: String,
    /// What it may do: a role of the policy, or `hub`
    #[arg(long)]
    pub(crate) role: String,
    /// The model family of an agent
    #[arg(long)]
    pub(crate) vendor: Option<String>,
    /// The human or organisation behind it; you, if nobody is named
    #[arg(long)]
    pub(crate) operator: Option<String>,
    /// Its public key, or the file that holds it; without it a key is made here
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ClaimArguments {
    /// Files, directories or globs
    #[arg(required_unless_present = "resource")]
    pub(crate) paths: Vec<String>,
    /// What you are about to do there
    #[arg(short, long)]
    pub(crate) intent: String,
    /// Let others share it
    #[arg(long)]
    pub(crate) shared: bool,
    /// For how long: `90s`, `30m`, `4h`
    #[arg(long)]
    pub(crate) ttl: Option<String>,
    /// Wait in line instead of being refused
    #[arg(long)]
    pub(crate) queue: bool,
    /// Queue, and wait so long until it is held
    #[arg(long, value_name = "SPAN")]
    pub(crate) wait: Option<String>,
    /// Take over what expired long enough ago
    #[arg(long)]
    pub(crate) takeover: bool,
    /// A named resource such as `port:8080`
    #[arg(long)]
    pub(crate) resource: Vec<String>,
    /// The task that it is for
    #[arg(long)]
    pub(crate) task: Option<String>,
    /// The mission that it belongs to
    #[arg(long)]
    pub(crate) mission: Option<String>,
    /// Also if somebody else says so already, in the same words
    #[arg(long)]
    pub(crate) force: bool,
    /// Leave it here without asking the remote: it is tentative until `git coord sync`
    #[arg(long, conflicts_with = "wait")]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OfflineArguments {
    /// Leave it here without asking the remote: it is tentative until `git coord sync`
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReleaseArguments {
    /// Claims, or their paths or resources
    pub(crate) named: Vec<String>,
    /// All claims of yours
    #[arg(long, conflicts_with = "named")]
    pub(crate) all: bool,
    /// The branch where the work is
    #[arg(long)]
    pub(crate) branch: Option<String>,
    /// The commit where the work is
    #[arg(long)]
    pub(crate) commit: Option<String>,
    /// What whoever comes next should know
    #[arg(long)]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) offline: OfflineArguments,
}

#[derive(Debug, Args)]
pub(crate) struct FindArguments {
    /// What you observed
    #[arg(required_unless_present = "sarif")]
    pub(crate) text: Option<String>,
    /// Take what a scanner reported in SARIF 2.1.0, and the ledger does not know yet
    #[arg(long, value_name = "FILE", conflicts_with_all = ["text", "kind", "severity", "paths", "force"])]
    pub(crate) sarif: Option<PathBuf>,
    /// `bug`, `risk`, `note` or `question`
    #[arg(long, default_value = "note")]
    pub(crate) kind: String,
    /// `low`, `medium`, `high` or `critical`
    #[arg(long, default_value = "medium")]
    pub(crate) severity: String,
    /// A path that it is about
    #[arg(long = "on", value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    /// A commit that it is about
    #[arg(long)]
    pub(crate) commit: Option<String>,
    /// A request that it is about
    #[arg(long)]
    pub(crate) request: Option<String>,
    /// After which span it weighs half as much
    #[arg(long)]
    pub(crate) half_life: Option<String>,
    /// Also if somebody else says so already, in the same words
    #[arg(long)]
    pub(crate) force: bool,
    /// Leave it here without asking the remote, as is done anyway when that does not answer
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyVerb {
    /// Print the active policy
    Show {
        /// A request to change the policy: print its draft instead
        request: Option<String>,
    },
    /// Lint a policy file, or the active policy, and say who could approve under it
    Check {
        /// The file; the active policy if none is named
        file: Option<PathBuf>,
    },
    /// Say what a change would cost: which rules ask, and who could approve
    Explain {
        /// A range `A..B`, one commit, or a request
        what: String,
        /// The branch on which it would land; the protected one of `main`, `master` and `trunk` if nothing is said
        #[arg(long)]
        into: Option<String>,
    },
    /// Ask the root members to make a file the policy
    Propose {
        /// The file; `version` and `parent` are set
        file: PathBuf,
        #[command(flatten)]
        words: ProposalWords,
    },
    /// Make an approved draft the policy, or a file that only tightens it
    Activate {
        /// The request, or the file
        what: String,
    },
    /// Ask the root members to bring back an earlier version, as a new one
    Rollback {
        /// The version
        version: u64,
        #[command(flatten)]
        words: ProposalWords,
    },
}

/// What a request to change the policy says.
#[derive(Debug, Args)]
pub(crate) struct ProposalWords {
    /// What it is about, in one line
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Why
    #[arg(long)]
    pub(crate) summary: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    /// Read the directories again and again instead of asking the operating system
    #[arg(long)]
    pub(crate) poll: bool,
    /// Ask the remote that decides for news so often
    #[arg(long, value_name = "SPAN")]
    pub(crate) fetch: Option<String>,
    /// End after so many events
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// End when nothing has happened for so long
    #[arg(long, value_name = "SPAN")]
    pub(crate) idle: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReactionsVerb {
    /// Let `watch` start what `.git/coord/reactions.toml` says, once you have read it
    Trust {
        /// The digest that you read; required unless a person answers at a terminal
        digest: Option<String>,
    },
    /// Start once more what failed or was cut off
    Retry {
        /// Dead letters; all if none is named
        letters: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum HooksVerb {
    /// Install them next to what is there
    Install(HooksArguments),
    /// Take them out again
    Uninstall(HooksArguments),
    /// Show how they are
    Status(HooksArguments),
}

#[derive(Debug, Args)]
pub(crate) struct HooksArguments {
    /// The hooks of a server's repository, which hold the gate; `status` takes a bare repository for one
    #[arg(long)]
    pub(crate) server: bool,
    /// Show what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
}
