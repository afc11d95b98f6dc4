//! The words and hints of every failure, for every front end.

use serde_json::Value;
use serde_json::json;

use crate::format::format_time;
use crate::git::GitError;
use crate::ledger::Lost;
use crate::ops::Failure;
use crate::ops::Offline;
use crate::ops::similar::Known;
use crate::rules::Code;
use crate::rules::Obstacle;
use crate::rules::Refusal;
use crate::ui::hint::refusal_hints;
use crate::ui::lock::lock_hint;
use crate::ui::report::path_words;
use crate::ui::report::plain;
use crate::ui::report::quoted;
use crate::ui::similar::said_already_hint;
use crate::ui::similar::said_already_json;
use crate::ui::similar::said_already_line;

/// Returns who stands in the way, as people read it.
pub(crate) fn obstacle_lines(obstacle: &Obstacle) -> [String; 2] {
    let state = obstacle.token.map_or("queued".to_owned(), |token| format!("token {token}"));
    let ground = path_words(&obstacle.ground);
    let until = format_time(obstacle.expires);
    let held = format!("  {ground}: {} by {} until {until} ({state})", obstacle.claim, obstacle.holder);
    [held, format!("    {}", quoted(&obstacle.intent))]
}

/// Returns who stands in the way, as programs read it.
pub(crate) fn obstacle_json(obstacle: &Obstacle) -> Value {
    json!({
        "claim": obstacle.claim.to_string(),
        "holder": obstacle.holder.to_string(),
        "intent": obstacle.intent,
        "paths": obstacle.ground,
        "token": obstacle.token,
        "expires": format_time(obstacle.expires),
    })
}

/// What sort of failure it is; front ends turn it into their exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A rule said no.
    Refused,
    Usage,
    /// Somebody holds it, or a race was lost; later may work.
    Conflict,
    /// Signature, pin, fork, tampering.
    Untrusted,
    /// No repository, key or remote, or a file that cannot be read or written.
    Environment,
}

/// A failure in words.
#[derive(Clone, Debug)]
pub struct ErrorWords {
    pub kind: ErrorKind,
    pub code: String,
    pub message: String,
    pub causes: Vec<String>,
    pub hints: Vec<String>,
    pub obstacles: Vec<Obstacle>,
    /// The record of somebody else that says the same.
    pub said_already: Option<Box<Known>>,
}

impl ErrorWords {
    /// Returns the failure as people read it.
    pub fn human(&self) -> Vec<String> {
        // What a remote said has lines of its own.
        let mut message = self.message.lines().map(plain);
        let mut lines = vec![format!("error: {} ({})", message.next().unwrap_or_default(), self.code)];
        lines.extend(message.map(|line| format!("  {line}")));
        for cause in &self.causes {
            let mut said = cause.lines().map(plain);
            lines.push(format!("  caused by: {}", said.next().unwrap_or_default()));
            lines.extend(said.map(|line| format!("    {line}")));
        }
        lines.extend(self.obstacles.iter().take(5).flat_map(obstacle_lines));
        lines.extend(self.said_already.as_deref().map(said_already_line));
        lines.extend(self.hints.iter().map(|hint| format!("hint: {}", plain(hint))));
        lines
    }

    /// Returns the failure as programs read it.
    pub fn json(&self) -> Value {
        let mut holders: Vec<_> = self.obstacles.iter().map(obstacle_json).collect();
        holders.extend(self.said_already.as_deref().map(said_already_json));
        json!({
            "type": "error", "v": 1, "code": self.code, "message": self.message,
            "causes": self.causes, "hints": self.hints, "holders": holders,
        })
    }
}

const DISK_FULL: &str = "Free some space, then run the same command again; nothing was lost.";
const DISK_FAILS: &str =
    "When what is in its way is gone, run the same command again; `git coord status` shows what was recorded.";

/// Returns the words for a failure.
pub fn words_of(failure: &Failure) -> ErrorWords {
    let (kind, code) = classify(failure);
    let mut causes = Vec::new();
    let mut source = std::error::Error::source(failure);
    while let Some(error) = source {
        causes.push(error.to_string());
        source = error.source();
    }
    let obstacles = match failure {
        Failure::Refused(refusal) => refusal.obstacles.clone(),
        _ => Vec::new(),
    };
    let message = match failure {
        // What stands in the way is named below; the record that was wanted never came to be.
        Failure::Refused(Refusal { record: Some(record), message, obstacles, .. }) if obstacles.is_empty() => {
            format!("`{record}`: {message}")
        }
        other => other.to_string(),
    };
    let said_already = match failure {
        Failure::SaidAlready(known) => Some(known.clone()),
        _ => None,
    };
    ErrorWords { kind, code, message, causes, hints: hints(failure), obstacles, said_already }
}

fn classify(failure: &Failure) -> (ErrorKind, String) {
    let (kind, code) = match failure {
        Failure::Refused(refusal) => return (kind_of(refusal.code), refusal.code.to_string()),
        Failure::Untrusted(_, refusal) => return (ErrorKind::Untrusted, refusal.code.to_string()),
        Failure::PushRefused(said) if let Some(code) = code_said(said) => return (kind_of(code), code.to_string()),
        Failure::Lost(_) => (ErrorKind::Untrusted, Code::LedgerFork.as_str()),
        Failure::NoLedger | Failure::NothingToJoin { .. } => (ErrorKind::Environment, "ledger.none"),
        Failure::NotJoined => (ErrorKind::Untrusted, "trust.none"),
        Failure::SeveralRemotes { .. } => (ErrorKind::Usage, "remote.several"),
        Failure::LedgerExists | Failure::LedgerThere { .. } => (ErrorKind::Refused, "ledger.exists"),
        Failure::NobodyHere => (ErrorKind::Environment, "identity.none"),
        Failure::SeveralHere(_) => (ErrorKind::Usage, "identity.several"),
        Failure::NotEnrolled(_) => (ErrorKind::Usage, "identity.unknown"),
        Failure::KeyMissing { .. } | Failure::KeyUnusable { .. } => (ErrorKind::Environment, "key.missing"),
        Failure::OtherAccount { .. } => (ErrorKind::Environment, "git.unsafe"),
        Failure::Sign(_) => (ErrorKind::Environment, "key.unusable"),
        Failure::Argument { .. } => (ErrorKind::Usage, "usage.argument"),
        Failure::Path { .. } => (ErrorKind::Usage, "usage.argument"),
        Failure::Report { .. } => (ErrorKind::Usage, "usage.report"),
        Failure::OtherReactions { .. } => (ErrorKind::Refused, "reactions.changed"),
        Failure::OnlyPeople { .. } => (ErrorKind::Refused, "reactions.agent"),
        Failure::AskedAlready { .. } => (ErrorKind::Refused, Code::RequestAmbiguous.as_str()),
        Failure::OwnGround { .. } => (ErrorKind::Conflict, Code::ClaimHeld.as_str()),
        Failure::SaidAlready(_) => (ErrorKind::Conflict, "overlap.same-wording"),
        Failure::NotFound { .. } | Failure::NoRemote { .. } => (ErrorKind::Usage, "usage.not-found"),
        Failure::WaitedEnough { .. } => (ErrorKind::Conflict, "claim.waiting"),
        Failure::Contended(_) => (ErrorKind::Conflict, "ledger.contended"),
        Failure::Diverged => (ErrorKind::Conflict, "ledger.diverged"),
        Failure::NothingDecided => (ErrorKind::Refused, Code::LedgerStale.as_str()),
        Failure::RemoteGone { .. } => (ErrorKind::Environment, "remote.unknown"),
        Failure::RemoteUnreachable { .. } => (ErrorKind::Environment, "remote.unreachable"),
        Failure::Unsupported(_) => (ErrorKind::Environment, "environment.unsupported"),
        Failure::GitTooOld { .. } => (ErrorKind::Environment, "git.too-old"),
        Failure::ProgramMissing(_) => (ErrorKind::Environment, "program.missing"),
        Failure::NotStarted { .. } => (ErrorKind::Environment, "program.missing"),
        Failure::NoCommit { .. } => (ErrorKind::Environment, "git.no-commit"),
        Failure::PushRefused(_) => (ErrorKind::Refused, "push.refused"),
        Failure::Unwritable(_) | Failure::NoRandomness => (ErrorKind::Environment, "environment.unwritable"),
        Failure::Hooks(_) => (ErrorKind::Environment, "hooks.files"),
        Failure::Settings { .. } => (ErrorKind::Environment, "agent.settings"),
        Failure::Git(GitError::BadWorktree { .. }) => (ErrorKind::Untrusted, Code::WorktreeReplaced.as_str()),
        Failure::Git(GitError::TrustLost { .. }) => (ErrorKind::Untrusted, "trust.lost"),
        Failure::Git(error) => (ErrorKind::Environment, git_code(error)),
        Failure::Disk(error) if error.is_full() => (ErrorKind::Environment, "disk.full"),
        Failure::Disk(error) if error.is_read_only() => (ErrorKind::Environment, "disk.read-only"),
        Failure::Disk(_) => (ErrorKind::Environment, "disk.error"),
    };
    (kind, code.to_owned())
}

/// Returns the code that a server of ours gave with its refusal.
fn code_said(said: &str) -> Option<Code> {
    let errors = said.lines().filter(|line| line.starts_with("error: "));
    let codes = errors.filter_map(|line| Some(line.strip_suffix(')')?.rsplit_once('(')?.1));
    codes.filter_map(|word| Code::ALL.iter().copied().find(|code| code.as_str() == word)).next()
}

fn kind_of(code: Code) -> ErrorKind {
    match code {
        Code::ClaimHeld | Code::ClaimOverlap | Code::ClaimFenced | Code::ClaimDeadlock | Code::PushMoved => {
            ErrorKind::Conflict
        }
        Code::LedgerFork
        | Code::LedgerRoot
        | Code::LedgerMerge
        | Code::SignatureBad
        | Code::EntryNonCanonical
        | Code::EntryMultipleSignatures
        | Code::EntryUnsigned
        | Code::SignatureMalleable
        | Code::KeyUnknown
        | Code::RulesUnknown
        | Code::WorktreeReplaced => ErrorKind::Untrusted,
        // No rule said no: what it takes to decide is not here.
        Code::HistoryMissing | Code::HistoryShallow | Code::LedgerStale => ErrorKind::Environment,
        _ => ErrorKind::Refused,
    }
}

fn git_code(error: &GitError) -> &'static str {
    match error {
        GitError::NotARepository { .. } => "git.no-repository",
        GitError::Unsafe { .. } => "git.unsafe",
        GitError::ImplicitBare { .. } => "git.bare",
        GitError::Shallow { .. } => "history.shallow",
        GitError::Missing { .. } | GitError::Corrupt { .. } => "history.missing",
        GitError::Unsupported { .. } => "git.unsupported",
        GitError::RefLocked { .. } | GitError::IndexLocked { .. } | GitError::Locked { .. } => "git.locked",
        GitError::Disk(error) if error.is_full() => "disk.full",
        GitError::ReadOnly { .. } => "disk.read-only",
        GitError::Disk(error) if error.is_read_only() => "disk.read-only",
        GitError::DiskInWay { is_full: true, .. } => "disk.full",
        GitError::Disk(_) | GitError::DiskInWay { .. } => "disk.error",
        _ => "git.failed",
    }
}

fn hints(failure: &Failure) -> Vec<String> {
    let hint: &str = match failure {
        Failure::Refused(refusal) => return refusal_hints(refusal),
        Failure::Lost(lost) => return lost_hints(lost),
        Failure::LedgerThere { remote } => {
            return vec![format!("Run `git coord join --remote {}` to act in it.", plain(remote))];
        }
        Failure::AskedAlready { request, .. } => {
            return vec![format!("Run the same command with `--update {request}` to change what it says.")];
        }
        Failure::OwnGround { claim, .. } => {
            return vec![format!("Run `git coord release {claim}` first; waiting would be for yourself.")];
        }
        Failure::SaidAlready(known) => {
            return vec![said_already_hint(known)];
        }
        Failure::Git(
            GitError::Locked { lock }
            | GitError::RefLocked { lock: Some(lock), .. }
            | GitError::IndexLocked { lock: Some(lock), .. },
        ) => return vec![lock_hint(lock)],
        Failure::NoRemote { known, .. } if !known.is_empty() => {
            return vec![format!("Name one that git knows: {}.", listed(known))];
        }
        Failure::SeveralRemotes { known } => {
            return vec![format!("Choose one with `git coord join --remote <name>`: {}.", listed(known))];
        }
        Failure::NothingToJoin { remote: Some(remote) } => {
            let remote = plain(remote);
            return vec![format!(
                "Name the remote that has one with `git coord join --remote <name>`, or run `git coord init --remote {remote}` to begin one there."
            )];
        }
        Failure::NothingToJoin { remote: None } => {
            "Run `git coord init` to begin a ledger here, or `git remote add <name> <address>` for one that has a ledger."
        }
        Failure::RemoteGone { known, .. } if !known.is_empty() => {
            return vec![format!(
                "Say which has the ledger now with `git coord sync --remote <name>`: {}.",
                listed(known)
            )];
        }
        Failure::RemoteGone { .. } => {
            "Add it with `git remote add <name> <address>`, then run `git coord sync --remote <name>`."
        }
        Failure::NoRemote { .. } => "Git knows none here; add one with `git remote add <name> <address>`.",
        Failure::NoLedger => "Run `git coord init` to begin a ledger here, or `git coord join` to fetch the remote's.",
        Failure::NotJoined => {
            "Give the pin with `--pin` or GIT_COORD_PIN (`git coord doctor` prints it where somebody joined), or join."
        }
        Failure::Settings { .. } => {
            "Nothing was written. Mend the file, or move it away, and run the same command again; `--dry-run` shows what it does."
        }
        Failure::LedgerExists => "Run `git coord join` to act in it, or `git coord status` to see it.",
        Failure::NobodyHere => {
            "Ask who may enroll: `git coord enroll <name>`; then run `git coord join <principal>` here."
        }
        Failure::SeveralHere(_) => {
            "Name one with `--as <principal>`, or run `git coord join <principal>` in this worktree."
        }
        Failure::NotEnrolled(_) => "Run `git coord principals` to see who is there.",
        Failure::KeyMissing { .. } => "Load the key into ssh-agent, or set `user.signingKey` to its file.",
        Failure::KeyUnusable { .. } => "Load the key into ssh-agent with `ssh-add`, or set GIT_COORD_PASSPHRASE.",
        Failure::OtherAccount { owner, .. } => {
            return vec![format!(
                "A server's repository belongs, with all that is in it, to the account that the server runs as. Give it back with \
                 `chown -R`, and run `git coord hooks install --server` as that account, by `sudo -u '#{owner}'` if it is this one."
            )];
        }
        Failure::Sign(_) => "Run `ssh-add -l` to see whether the agent has the key and is unlocked.",
        Failure::Path { .. } => {
            "Name a file, a directory or a glob inside the work tree: `src/a.rs`, `src/`, `src/**/*.rs`."
        }
        Failure::Argument { what, .. } if what == "--role" => "Run `git coord policy show` to see the roles.",
        Failure::Argument { expected, .. } if expected.starts_with("a digest") => {
            "Copy it as it was printed; `git coord show <request>` prints the delta of a request."
        }
        Failure::NotFound { kind: "record", .. } => "Run `git coord log` to see what was recorded.",
        Failure::NotFound { kind: "commit" | "ref", .. } => {
            "Run `git log --all` to see what is here, and `git fetch` for what is elsewhere."
        }
        Failure::OtherReactions { .. } => "Read the file, and `git coord reactions`, which prints its digest.",
        Failure::OnlyPeople { .. } => "Leave it to the user, in a shell of their own.",
        Failure::PushRefused(_) => "What refused it has said why; run `git coord sync` to see what is there.",
        Failure::NotFound { kind: "claim" | "claim of", .. } => "Run `git coord status` to see the claims.",
        Failure::NotFound { kind: "request to land", .. } => {
            "Run `git coord show <id>` to see what became of it, or `git coord status` for those that are open."
        }
        Failure::NotFound { kind: "request", .. } => "Run `git coord status` to see the requests.",
        Failure::NotFound { kind: "finding", .. } => "Run `git coord findings` to see them.",
        Failure::WaitedEnough { .. } => "The claim stays in the queue; run `git coord status` to see who holds it.",
        Failure::Diverged => "Run `git coord sync`: it rebuilds what is only here on top of what is there.",
        Failure::GitTooOld { .. } => "Upgrade git: 2.34 is the first that signs with ssh keys.",
        Failure::ProgramMissing("ssh-keygen") => "Install the client of OpenSSH; stock git signs and verifies with it.",
        Failure::NoCommit { .. } => "Make a first commit there, or run `git coord demo` without `--on`.",
        Failure::Contended(_) => "Run the same command again.",
        Failure::NothingDecided => "Run `git coord sync`.",
        Failure::RemoteUnreachable { offline: Offline::Possible, .. } => {
            "Nothing was written. Run the same command when the remote answers, or with `--offline`: then it is tentative \
             until `git coord sync` brings it there, and may be lost to whoever was faster."
        }
        Failure::RemoteUnreachable { .. } => "Nothing was written. Run the same command when the remote answers.",
        Failure::Untrusted(..) => "Nothing was changed. Compare both ledgers with `git log`, and ask a root member.",
        Failure::Git(GitError::NotARepository { .. }) => {
            "Run it inside a git repository, or name a directory of one with `-C`."
        }
        Failure::Git(GitError::Unsafe { .. }) => {
            "Work as the account that it belongs to, or run `git config --global --add safe.directory <path>` if you trust it."
        }
        Failure::Git(GitError::Shallow { .. }) => "Run `git fetch --unshallow`, then the same command again.",
        Failure::Git(GitError::Missing { .. }) => {
            "Fetch it; in a partial clone `git fetch --refetch --no-filter` brings what was left out."
        }
        Failure::Git(GitError::BadWorktree { .. }) => {
            "Look at what is there; then move it away and run `git coord join` to make the checkout anew."
        }
        Failure::Git(GitError::TrustLost { .. }) => {
            "Ask a root member for the pin, remove the file, then run `git coord join --pin <pin>`."
        }
        Failure::Git(GitError::IndexLocked { .. } | GitError::RefLocked { .. }) => {
            "Another git command is at work; run the same command again when it has ended."
        }
        Failure::Git(GitError::Disk(error)) | Failure::Disk(error) if error.is_full() => DISK_FULL,
        Failure::Git(GitError::Disk(error)) | Failure::Disk(error) if !error.is_read_only() => DISK_FAILS,
        Failure::Git(GitError::DiskInWay { is_full, .. }) => {
            if *is_full {
                DISK_FULL
            } else {
                DISK_FAILS
            }
        }
        Failure::Git(GitError::ReadOnly { .. } | GitError::Disk(_)) | Failure::Disk(_) => {
            "Run it where the repository may be written; `status`, `check`, `log` and `verify` tell what is here as it is."
        }
        _ => return Vec::new(),
    };
    vec![hint.to_owned()]
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{}`", plain(name))).collect::<Vec<_>>().join(", ")
}

fn lost_hints(lost: &Lost) -> Vec<String> {
    vec![match lost {
        Lost::RolledBack { remote, verified, landed, .. } | Lost::Deleted { remote, verified, landed } => {
            let refs: String = landed.iter().map(|(name, new)| format!(" {new}:{}", plain(name.as_str()))).collect();
            let atomic = if refs.is_empty() { "" } else { "--atomic " };
            let remote = plain(remote);
            format!(
                "Nothing was changed. Ask who did that; `git push {atomic}{remote} {verified}:refs/heads/coord{refs}` brings \
                 it back."
            )
        }
        Lost::Left { verified, found } => format!(
            "Nothing was changed. Look at `git log {found}`; `git update-ref refs/heads/coord {verified}` goes back to what \
             was verified."
        ),
        Lost::Gone { verified: Some(verified), is_here: true, .. } => {
            format!("Run `git update-ref refs/heads/coord {verified}` to bring it back.")
        }
        Lost::Gone { remote: Some(_), .. } => "Run `git coord join` to fetch it from the remote.".to_owned(),
        Lost::Gone { .. } => {
            "Fetch it from another clone with `git fetch <clone> coord:refs/heads/coord`; what was trusted is known."
                .to_owned()
        }
        Lost::Replaced { verified, found, .. } => {
            format!("Nothing was changed. Compare them with `git log {verified}...{found}`, and ask a root member.")
        }
    }]
}
