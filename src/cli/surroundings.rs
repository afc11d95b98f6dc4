//! What the process is told of the world: the only place that reads the environment and the clock.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::rc::Rc;
use std::thread;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use crate::cli::git_parameters;
use crate::model::ObjectId;
use crate::model::Timestamp;
use crate::ops::Paused;
use crate::ops::Surroundings;
use crate::ops::agent::AgentClient;
use crate::ops::reactions::DEPTH_VARIABLE;
use crate::ops::receive::Quarantine;

/// Environment variables in which agents carry the id of their session.
const SESSION_VARIABLES: &[&str] = &["GIT_COORD_SESSION", "CLAUDE_SESSION_ID", "CODEX_SESSION_ID", "GEMINI_SESSION_ID"];

/// What reactions are told of the world: where programs and the user's own things are, and how to show something.
const KEPT_FOR_REACTIONS: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
];

/// Reads the surroundings of this process.
pub(crate) fn read(directory: Option<PathBuf>, principal: Option<String>) -> Surroundings {
    let home = variable("HOME").map(PathBuf::from);
    let data = variable("XDG_DATA_HOME").map(PathBuf::from).or_else(|| Some(home.as_ref()?.join(".local/share")));
    let here = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let named = directory.map_or_else(|| here.clone(), |given| here.join(given));
    Surroundings {
        // Paths are told relative to it, so it must be spelt as the root of the work tree is.
        directory: crate::disk::real_path(&named).unwrap_or(named),
        data_directory: data.map(|data| data.join("git-coord")),
        home,
        agent_socket: variable("SSH_AUTH_SOCK").map(PathBuf::from),
        principal: principal.or_else(|| variable("GIT_COORD_AS")),
        session: SESSION_VARIABLES.iter().find_map(|name| variable(name)),
        trace: variable("TRACEPARENT"),
        reaction_depth: variable(DEPTH_VARIABLE).map_or(0, |depth| depth.parse().unwrap_or(u32::MAX)),
        reaction_environment: kept_for_reactions(),
        index_file: None,
        signing_key: None,
        binary: env::current_exe().unwrap_or_else(|_| PathBuf::from("git-coord")),
        clock: Rc::new(now),
        pause: Rc::new(|span| {
            thread::sleep(span);
            Paused::Over
        }),
        progress: Rc::new(|_, _| {}),
        transfer: None,
        deadline: None,
        passphrase: Rc::new(passphrase),
    }
}

/// Returns the words that the process was called with, as they are.
pub(crate) fn arguments() -> Vec<OsString> {
    env::args_os().skip(1).collect()
}

/// Reads the surroundings of a hook: git says in which directory and with which index it is about to commit.
pub(crate) fn read_for_hook() -> Surroundings {
    let mut surroundings = read(None, None);
    surroundings.index_file = variable("GIT_INDEX_FILE").map(|file| surroundings.directory.join(file));
    surroundings.signing_key =
        variable("GIT_CONFIG_PARAMETERS").and_then(|text| git_parameters::last(&text, "user.signingkey"));
    surroundings
}

/// Reads which heads git is about to merge: until it has, only their names in the environment of its hooks tell.
pub(crate) fn heads_to_merge() -> Vec<ObjectId> {
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter_map(|name| name.strip_prefix("GITHEAD_")?.parse().ok()).collect()
}

/// Reads where an agent's program was opened, as it tells its hooks.
pub(crate) fn project(client: AgentClient) -> Option<PathBuf> {
    let name = match client {
        AgentClient::Claude => "CLAUDE_PROJECT_DIR",
        AgentClient::Gemini => "GEMINI_PROJECT_DIR",
        AgentClient::Cursor => "CURSOR_PROJECT_DIR",
        AgentClient::Codex | AgentClient::Copilot | AgentClient::OpenCode => return None,
    };
    variable(name).map(PathBuf::from)
}

/// Reads how long an agent's program waits for its hooks, where somebody has changed what we asked for.
pub(crate) fn program_patience() -> Option<Duration> {
    variable("GIT_COORD_HOOK_TIMEOUT")?.parse().ok().map(Duration::from_secs)
}

/// Reads the surroundings of a server hook: the repository is where `GIT_DIR` says.
pub(crate) fn read_for_server() -> Surroundings {
    let mut surroundings = read(None, None);
    if let Some(git_dir) = variable("GIT_DIR") {
        surroundings.directory = surroundings.directory.join(git_dir);
    }
    if let Ok(real) = crate::disk::real_path(&surroundings.directory) {
        surroundings.directory = real;
    }
    surroundings
}

/// Reads the pin that the ledger must have in a clone that nobody joined.
pub(crate) fn pin() -> Option<String> {
    variable("GIT_COORD_PIN")
}

/// Reads where the key of the hub is.
pub(crate) fn hub_key() -> Option<PathBuf> {
    variable("GIT_COORD_KEY").map(PathBuf::from)
}

/// Reads where the objects of a push are.
pub(crate) fn quarantine() -> Option<Quarantine> {
    variable("GIT_QUARANTINE_PATH")?;
    let here = env::current_dir().ok()?;
    let objects = here.join(variable("GIT_OBJECT_DIRECTORY")?);
    let alternates = variable("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
    let alternates = env::split_paths(&alternates).filter(|path| !path.as_os_str().is_empty());
    Some(Quarantine { objects, alternates: alternates.map(|path| here.join(path)).collect() })
}

/// Reads the options of a push.
pub(crate) fn push_options() -> Vec<String> {
    let count = variable("GIT_PUSH_OPTION_COUNT").and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    (0..count.min(64)).filter_map(|index| variable(&format!("GIT_PUSH_OPTION_{index}"))).collect()
}

/// Returns whether somebody wants to be told how long each phase took.
pub(crate) fn wants_phases() -> bool {
    variable("GIT_COORD_TRACE").is_some_and(|value| value != "0")
}

fn kept_for_reactions() -> Vec<(OsString, OsString)> {
    let kept = KEPT_FOR_REACTIONS.iter().filter_map(|name| Some(((*name).into(), env::var_os(name)?)));
    // What is found relative to where one stands is found in somebody's work.
    let path = env::var_os("PATH").unwrap_or_default();
    let absolute = env::join_paths(env::split_paths(&path).filter(|entry| entry.is_absolute()));
    kept.chain(absolute.ok().map(|path| ("PATH".into(), path))).collect()
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(since).ok().and_then(Timestamp::from_unix_s).unwrap_or(Timestamp::MAX)
}

/// Reads the passphrase of keys, where nobody is there to be asked for it.
pub(crate) fn told_passphrase() -> Option<String> {
    variable("GIT_COORD_PASSPHRASE")
}

fn passphrase(key: &str) -> Option<String> {
    told_passphrase().or_else(|| rpassword::prompt_password(format!("Passphrase for {key}: ")).ok())
}
