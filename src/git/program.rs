//! The git executable: found once, always the same file, always in a cleaned environment.
//!
//! It moves data and sets things up; no verdict ever depends on what it prints about history.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use super::GitError;
use super::Output;
use super::Repository;
use super::process;
use super::transfer::TransferListener;
use crate::disk;
use crate::disk::FileKind;

const LOCAL_LIMIT: Duration = Duration::from_secs(60);

/// Which of the user's hooks a call lets git run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hooks {
    None,
    Users,
}

/// The git executable.
#[derive(Clone, Debug)]
pub struct Program {
    executable: PathBuf,
    /// Is told how far a fetch is.
    listener: Option<TransferListener>,
    /// When every call must be over.
    deadline: Option<Instant>,
}

/// One call of git that is being put together.
#[derive(Clone, Debug)]
pub struct Invocation {
    executable: PathBuf,
    directory: PathBuf,
    git_dir: Option<PathBuf>,
    hooks: Hooks,
    transport: process::Transport,
    ssh_command: Option<String>,
    configuration: process::Configuration,
    settings: Vec<String>,
    arguments: Vec<OsString>,
    index_file: Option<PathBuf>,
    input: Vec<u8>,
    limit: Duration,
    deadline: Option<Instant>,
    listener: Option<TransferListener>,
}

impl Program {
    /// Finds git on the search path. Entries that are not absolute are passed over: they depend on where we stand.
    pub fn find() -> Result<Self, GitError> {
        let search_path = std::env::var_os("PATH").unwrap_or_default();
        let candidates = std::env::split_paths(&search_path).filter(|entry| entry.is_absolute());
        for candidate in candidates.map(|entry| entry.join(format!("git{}", std::env::consts::EXE_SUFFIX))) {
            if matches!(disk::stat(&candidate), Ok(Some(_)))
                && let Ok(real) = disk::real_path(&candidate)
                && matches!(disk::stat(&real)?, Some((FileKind::Regular, mode)) if mode & 0o111 != 0)
            {
                return Ok(Self::given(&candidate));
            }
        }
        Err(GitError::NoProgram)
    }

    /// Uses the executable at an absolute path.
    pub fn given(executable: &Path) -> Self {
        Self { executable: executable.to_owned(), listener: None, deadline: None }
    }

    /// Tells somebody how far each fetch is.
    pub fn telling(self, listener: Option<TransferListener>) -> Self {
        Self { listener, ..self }
    }

    /// Ends every call at this moment, if it is not over by then.
    pub fn until(self, deadline: Option<Instant>) -> Self {
        Self { deadline, ..self }
    }

    /// Returns as much of a span as is left until everything must be over.
    pub fn left_of(&self, span: Duration) -> Duration {
        left_of(span, self.deadline)
    }

    pub(super) fn listener(&self) -> Option<&TransferListener> {
        self.listener.as_ref()
    }

    /// Returns where the executable is.
    pub fn executable(&self) -> &Path {
        &self.executable
    }

    /// Begins a call for one repository, standing in its work tree if it has one.
    pub fn at(&self, repository: &Repository) -> Invocation {
        let directory = repository.work_dir().unwrap_or(repository.git_dir());
        Invocation { git_dir: Some(repository.git_dir().to_owned()), ..self.within(directory) }
    }

    /// Begins a call that needs no repository.
    pub fn within(&self, directory: &Path) -> Invocation {
        Invocation {
            executable: self.executable.clone(),
            directory: directory.to_owned(),
            git_dir: None,
            hooks: Hooks::None,
            transport: process::Transport::Cut,
            ssh_command: None,
            configuration: process::Configuration::Read,
            settings: Vec::new(),
            arguments: Vec::new(),
            index_file: None,
            input: Vec::new(),
            limit: LOCAL_LIMIT,
            deadline: self.deadline,
            listener: None,
        }
    }

    /// Returns the version that git states, such as `2.47.3`.
    pub fn version(&self) -> Result<String, GitError> {
        let output = self.within(Path::new("/")).args(["version"]).run()?.success()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(text.trim().trim_start_matches("git version ").to_owned())
    }
}

impl Invocation {
    /// Adds one argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Overrides one setting for this call, as `key=value`.
    pub fn setting(mut self, setting: &str) -> Self {
        self.settings.push(setting.to_owned());
        self
    }

    /// Lets git read another index than the work tree's own: a commit of some paths only has one of its own.
    pub fn index_file(mut self, file: Option<&Path>) -> Self {
        self.index_file = file.map(Path::to_owned);
        self
    }

    /// Gives the call this standard input.
    pub fn stdin(mut self, input: &[u8]) -> Self {
        self.input = input.to_vec();
        self
    }

    /// Lets git run the user's own hooks, as a push of code should.
    pub fn keep_hooks(mut self) -> Self {
        self.hooks = Hooks::Users;
        self
    }

    /// Lets the variables through by which a user chooses an ssh program.
    pub fn transport(mut self) -> Self {
        self.transport = process::Transport::Kept;
        self
    }

    /// Lets git run ssh like this, in place of the user's choice.
    pub(super) fn ssh_command(mut self, command: Option<String>) -> Self {
        self.ssh_command = command;
        self
    }

    /// Keeps git from every file of configuration, and from the repository around it with its own.
    pub fn without_configuration(mut self) -> Self {
        self.configuration = process::Configuration::Ignored;
        self.git_dir = Some("/dev/null".into());
        self
    }

    /// Ends the call when it takes longer than this.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Tells somebody what git says of how far it is, which is told of nowhere else.
    pub(super) fn telling(mut self, listener: TransferListener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// Runs git and waits for it. An exit status other than 0 is not an error here.
    pub fn run(self) -> Result<Output, GitError> {
        self.call(process::run)
    }

    /// Starts git, and leaves it at work.
    pub fn start(self) -> Result<(), GitError> {
        self.call(process::start)
    }

    fn call<T>(self, run: impl FnOnce(process::Call<'_>) -> Result<T, GitError>) -> Result<T, GitError> {
        let mut arguments: Vec<OsString> = vec!["--no-replace-objects".into(), "--no-pager".into()];
        let fixed = ["core.fsmonitor=false", "safe.bareRepository=explicit", "protocol.ext.allow=never"];
        let hooks = (self.hooks == Hooks::None).then_some("core.hooksPath=/dev/null");
        for setting in fixed.into_iter().chain(hooks).chain(self.settings.iter().map(String::as_str)) {
            arguments.extend(["-c".into(), setting.into()]);
        }
        if let Some(git_dir) = &self.git_dir {
            let mut option = OsString::from("--git-dir=");
            option.push(git_dir);
            arguments.push(option);
        }
        arguments.extend(self.arguments);
        run(process::Call {
            executable: &self.executable,
            directory: &self.directory,
            arguments: &arguments,
            index_file: self.index_file.as_deref(),
            input: &self.input,
            limit: left_of(self.limit, self.deadline),
            transport: self.transport,
            ssh_command: self.ssh_command.as_deref(),
            configuration: self.configuration,
            listener: self.listener.as_ref(),
        })
    }
}

fn left_of(span: Duration, deadline: Option<Instant>) -> Duration {
    deadline.map_or(span, |deadline| span.min(deadline.saturating_duration_since(Instant::now())))
}

#[cfg(test)]
#[path = "program_tests.rs"]
mod tests;
