//! Fetch, push and listing through the git program, so that credentials, proxies and ssh settings just work.
//!
//! What a remote answers is text from a stranger. Whether a push took effect is for the caller to read back: some servers say
//! "ok" to a push that lost its race.
//!
//! A connection over which nothing comes any more ends by itself, long before a call is given up that is still being answered.

use std::path::PathBuf;
use std::time::Duration;

use super::GitError;
use super::Invocation;
use super::Output;
use super::Program;
use super::Repository;
use super::ssh;
use super::transfer::TransferListener;
use crate::disk;
use crate::model::ObjectId;

/// How long a remote may take to say what it has.
const LIST_LIMIT: Duration = Duration::from_secs(30);
/// How long a remote may take with a push, its hooks included.
const PUSH_LIMIT: Duration = Duration::from_secs(60);
/// How long a fetch may take: a clone that is new gets everything.
const FETCH_LIMIT: Duration = Duration::from_secs(300);
/// When http counts as silent. A server says something every five seconds while it works.
const HTTP_SILENCE: [(&str, &str); 2] = [("http.lowSpeedLimit", "1"), ("http.lowSpeedTime", "20")];

const FETCH_OPTIONS: [&str; 5] =
    ["--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules", "--no-filter"];

/// Whether a push may take effect in part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Atomicity {
    AllOrNone,
    EachAlone,
}

/// What to push, and on which conditions.
#[derive(Clone, Debug)]
pub struct PushRequest<'a> {
    pub refspecs: &'a [String],
    /// What the remote must hold, by full name, for its reference to be moved; `None` is "does not exist".
    pub leases: &'a [(String, Option<ObjectId>)],
    pub atomicity: Atomicity,
    pub push_options: &'a [String],
}

/// What the remote said about one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushResult {
    pub name: String,
    pub outcome: PushOutcome,
}

/// Whether the remote says that it moved a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    Ok,
    /// It did not, for the reason that git or the remote gave.
    Rejected(String),
}

/// Another repository, by the name or the address that git knows it under.
#[derive(Clone, Debug)]
pub struct Remote {
    base: Invocation,
    listener: Option<TransferListener>,
    name: String,
    /// Replaces the limits of the single calls.
    limit: Option<Duration>,
    /// Where a connection of ssh is kept.
    socket: Option<PathBuf>,
}

impl Program {
    /// Begins to talk to a remote of a repository.
    pub fn remote(&self, repository: &Repository, name: &str) -> Remote {
        let ssh = ssh::command(repository, name);
        let (line, socket) = ssh.map_or((None, None), |ssh| (Some(ssh.line), ssh.socket));
        let base = self.at(repository).transport().ssh_command(line);
        let unset = HTTP_SILENCE.iter().filter(|(key, _)| repository.config(key).is_none());
        let base = unset.fold(base, |base, (key, value)| base.setting(&format!("{key}={value}")));
        Remote { base, listener: self.listener().cloned(), name: name.to_owned(), limit: None, socket }
    }
}

impl Remote {
    /// Gives up when the remote takes longer than this.
    pub fn limit(self, limit: Duration) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Lets git run the user's own hooks, as a push of code should.
    pub fn keep_hooks(self) -> Self {
        Self { base: self.base.keep_hooks(), ..self }
    }

    /// Fetches exactly these refspecs: no tags, no other tracking references, no submodules, no clean-up afterwards. A clone
    /// that leaves out what it can get later gets all of this: nothing is decided on what is missing.
    pub fn fetch(&self, refspecs: &[String]) -> Result<(), GitError> {
        let call = self.within(FETCH_LIMIT).setting("core.fsync=objects,reference").arg("fetch");
        let call = match self.listener.clone() {
            Some(listener) => call.telling(listener).arg("--progress"),
            None => call.arg("--quiet"),
        };
        let call = call.args(FETCH_OPTIONS);
        self.run(call.args(["--refmap=", "--end-of-options", &self.name]).args(refspecs))?.success()?;
        Ok(())
    }

    /// Fetches these objects with all that belongs to them, whatever else is here.
    pub(super) fn fetch_objects(&self, ids: &[&str]) -> Result<(), GitError> {
        let call = self.within(FETCH_LIMIT).setting("fetch.negotiationAlgorithm=noop").setting("core.fsync=objects");
        let call =
            call.stdin(format!("{}\n", ids.join("\n")).as_bytes()).arg("fetch").arg("--quiet").args(FETCH_OPTIONS);
        self.run(call.args(["--refmap=", "--stdin", "--end-of-options", &self.name]))?.success()?;
        Ok(())
    }

    /// Begins a call in the repository that the remote belongs to.
    pub(super) fn call(&self) -> Invocation {
        self.within(FETCH_LIMIT)
    }

    /// Runs a call. Over a connection that let it wait until its time was up, nobody else is to wait.
    fn run(&self, call: Invocation) -> Result<Output, GitError> {
        let result = call.run();
        if let (Err(GitError::TimedOut { .. }), Some(socket)) = (&result, &self.socket) {
            disk::remove(socket)?;
        }
        result
    }

    fn within(&self, limit: Duration) -> Invocation {
        self.base.clone().limit(self.limit.unwrap_or(limit))
    }

    /// Returns what the remote holds now under these full reference names; those that do not exist are left out.
    pub fn references(&self, names: &[String]) -> Result<Vec<(String, ObjectId)>, GitError> {
        // Git also lists names that merely end in what was asked for.
        Ok(self.list(names)?.into_iter().filter(|(name, _)| names.contains(name)).collect())
    }

    /// Returns every reference that the remote shows.
    pub fn every_reference(&self) -> Result<Vec<(String, ObjectId)>, GitError> {
        self.list(&[])
    }

    fn list(&self, names: &[String]) -> Result<Vec<(String, ObjectId)>, GitError> {
        let call = self.within(LIST_LIMIT).args(["ls-remote", "--refs", "--end-of-options", &self.name]);
        let output = self.run(call.args(names))?.success()?;
        parse_references(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| GitError::Git {
            action: "list the references of a remote",
            detail: "its answer is not a list of references".to_owned(),
        })
    }

    /// Pushes, and returns what was said about each reference. Rejections are results and not errors.
    pub fn push(&self, request: &PushRequest<'_>) -> Result<Vec<PushResult>, GitError> {
        // What git remembers of the remote must not be there in part when the power goes: neither of us could read references.
        let mut call = self.within(PUSH_LIMIT).setting("core.fsync=reference");
        call = call.args(["push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no"]);
        if request.atomicity == Atomicity::AllOrNone {
            call = call.arg("--atomic");
        }
        for (name, expected) in request.leases {
            let expected = expected.map(|id| id.to_string()).unwrap_or_default();
            call = call.arg(format!("--force-with-lease={name}:{expected}"));
        }
        for option in request.push_options {
            call = call.arg(format!("--push-option={option}"));
        }
        let output = self.run(call.args(["--end-of-options", &self.name]).args(request.refspecs))?;
        let mut results = parse_push(&String::from_utf8_lossy(&output.stdout));
        let said: Vec<&str> = output.stderr.lines().filter_map(|line| line.strip_prefix("remote: ")).collect();
        for result in &mut results {
            if let PushOutcome::Rejected(reason) = &mut result.outcome {
                reason.extend(said.iter().map(|line| format!("\n{}", line.trim_end())));
            }
        }
        let is_rejected = results.iter().any(|result| result.outcome != PushOutcome::Ok);
        if output.status != 0 && !is_rejected || results.is_empty() {
            return Err(output.failure());
        }
        Ok(results)
    }
}

/// Reads the lines `<id> TAB <name>` of a list; `None` if one of them is no such line.
pub fn parse_references(text: &str) -> Option<Vec<(String, ObjectId)>> {
    let parse = |line: &str| {
        let (id, name) = line.split_once('\t')?;
        Some((name.to_owned(), id.parse().ok()?))
    };
    text.lines().map(parse).collect()
}

/// Reads the lines `<flag> TAB <from>:<to> TAB <summary>` of a push; the others are for people.
pub fn parse_push(text: &str) -> Vec<PushResult> {
    let parse = |line: &str| {
        let mut fields = line.splitn(3, '\t');
        let flag = fields.next().filter(|flag| [" ", "+", "-", "*", "=", "!"].contains(flag))?;
        let (_, name) = fields.next()?.rsplit_once(':')?;
        let summary = fields.next()?.to_owned();
        let outcome = if flag == "!" { PushOutcome::Rejected(summary) } else { PushOutcome::Ok };
        Some(PushResult { name: name.to_owned(), outcome })
    };
    text.lines().filter_map(parse).collect()
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
