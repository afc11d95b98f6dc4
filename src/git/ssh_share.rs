//! A connection of ssh that is kept and shared by the calls of git that we start: setting one up costs ten times a push.
//!
//! Whoever may use it is who could have made it: its name tells the address, the command, the agent's socket and the home, and
//! its directory is nobody else's. Who shares connections by ssh's own configuration is left alone.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use super::Repository;
use super::process;
use super::ssh::is_plain;
use super::user_directory;
use crate::disk;

const SHARE_KEY: &str = "coord.ssh-share";
/// How long a connection waits for the next call, in seconds.
const KEPT_S: u32 = 60;
/// What the shortest limit of a socket's path leaves, with what ssh adds to it while it makes one.
const PATH_LEN_MAX: usize = 104 - 1 - 17;
const NAME_LEN: usize = 20;
const ASKING_LIMIT: Duration = Duration::from_secs(5);

/// Returns where the connection to a remote is kept that a command makes; `None` if it is not to be.
pub(super) fn socket(repository: &Repository, remote: &str, command: &str) -> Option<PathBuf> {
    let is_wanted = cfg!(unix) && repository.config(SHARE_KEY).as_deref() != Some("false");
    let is_users = command.to_lowercase().contains("control") || has_short_option(command);
    if !is_wanted || is_users {
        return None;
    }
    let url = address(repository, remote)?;
    let directory = user_directory::of_session("ssh")?;
    let here = repository.work_dir().unwrap_or(repository.git_dir());
    let agent = process::variable("SSH_AUTH_SOCK").unwrap_or_default();
    let home = process::variable("HOME").unwrap_or_default();
    let place = if depends_on_place(command, here)? { here.to_str()? } else { "" };
    let name = name(&[&url.to_bstring().to_string(), command, &agent, &home, place])?;
    let socket = directory.join(name);
    let text = socket.to_str()?;
    let is_fit = text.len() <= PATH_LEN_MAX && text.chars().all(is_path_letter);
    if !is_fit || disk::stat(&socket).ok()?.is_none() && !is_left_to_us(command, &url, here) {
        return None;
    }
    Some(socket)
}

/// Returns the options that keep and share a connection.
pub(super) fn options(socket: &Path) -> String {
    format!(" -o ControlMaster=auto -o ControlPersist={KEPT_S} -o ControlPath={}", socket.display())
}

/// Returns the one address of a remote, if that is reached by ssh.
fn address(repository: &Repository, remote: &str) -> Option<gix::Url> {
    let known = repository.inner.try_find_remote(remote);
    let found = match known {
        Some(found) => found.ok()?,
        None => repository.inner.remote_at(remote).ok()?,
    };
    let (fetch, push) = (found.url(gix::remote::Direction::Fetch)?, found.url(gix::remote::Direction::Push)?);
    (fetch == push && fetch.scheme == gix::url::Scheme::Ssh).then(|| fetch.clone())
}

/// Returns a name that differs whenever one of the parts does.
fn name(parts: &[&str]) -> Option<String> {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    Some(hasher.try_finalize().ok()?.to_string()[..NAME_LEN].to_owned())
}

/// Returns whether the user has chosen a socket, or is to make a connection for others, by `-S` or `-M`.
fn has_short_option(command: &str) -> bool {
    command.split(' ').any(|word| word.starts_with("-S") || word.starts_with("-M"))
}

/// Returns whether a command names a file by a path from where it runs: the same words are another key elsewhere.
fn depends_on_place(command: &str, here: &Path) -> Option<bool> {
    for word in command.split(' ').skip(1) {
        let word = word.replace(['\'', '"'], "");
        let value = word.rsplit('=').next().unwrap_or_default();
        let value = value.strip_prefix("-i").or_else(|| value.strip_prefix("-F")).unwrap_or(value);
        if !value.is_empty() && !value.starts_with(['/', '~']) && disk::stat(&here.join(value)).ok()?.is_some() {
            return Some(true);
        }
    }
    Some(false)
}

/// Asks ssh, which follows its own configuration, whether the user shares connections already. A connection that is kept was
/// asked about when it was made.
fn is_left_to_us(command: &str, url: &gix::Url, here: &Path) -> bool {
    let Some(host) = url.host() else { return false };
    let user = url.user().map(|user| format!("{user}@")).unwrap_or_default();
    let port = url.port.map(|port| format!("-p {port} ")).unwrap_or_default();
    let whom = format!("{user}{host}");
    if !whom.chars().all(is_plain) || whom.contains(['\'', '"', ' ']) {
        return false;
    }
    let asked: [OsString; 2] = ["-c".into(), format!("{command} -G {port}-- {whom}").into()];
    let answer = process::run(process::Call {
        listener: None,
        executable: Path::new("/bin/sh"),
        directory: here,
        arguments: &asked,
        index_file: None,
        input: &[],
        limit: ASKING_LIMIT,
        transport: process::Transport::Cut,
        ssh_command: None,
        configuration: process::Configuration::Read,
    });
    let Ok(answer) = answer.and_then(process::Output::success) else { return false };
    let text = String::from_utf8_lossy(&answer.stdout).to_lowercase();
    let mut lines = text.lines();
    !lines.any(|line| {
        line.starts_with("controlpath ") && line != "controlpath none"
            || line.starts_with("controlmaster ") && line != "controlmaster false"
    })
}

/// Returns whether a letter stands for itself in a path that ssh is told.
fn is_path_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "/-_.+@,".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::sandbox::Sandbox;

    #[test]
    fn name_differs_with_every_part() {
        let base = name(&["url", "ssh", "agent", "home", ""]).unwrap();
        assert_eq!((base.len(), name(&["url", "ssh", "agent", "home", ""]).unwrap()), (NAME_LEN, base.clone()));
        let others = [
            ["url2", "ssh", "agent", "home", ""],
            ["url", "ssh -i bob", "agent", "home", ""],
            ["url", "ssh", "agent2", "home", ""],
            ["url", "ssh", "agent", "home2", ""],
            ["url", "ssh", "agent", "home", "/place"],
            ["urls", "sh", "agent", "home", ""],
        ];
        for other in others {
            assert_ne!(name(&other).unwrap(), base, "{other:?}");
        }
    }

    #[test]
    fn key_that_is_named_from_here_is_told_from_one_that_is_not() {
        let sandbox = Sandbox::sha1();
        sandbox.write("key", "");
        for command in ["ssh -i key", "ssh -ikey", "ssh -o IdentityFile='key'", "ssh -oIdentityFile=key"] {
            assert_eq!(depends_on_place(command, &sandbox.work), Some(true), "{command}");
            assert_eq!(depends_on_place(command, sandbox.root.path()), Some(false), "{command}");
        }
        for command in ["ssh", "ssh -i /key", "ssh -i ~/key -o BatchMode=yes"] {
            assert_eq!(depends_on_place(command, &sandbox.work), Some(false), "{command}");
        }
    }

    #[test]
    fn only_what_is_reached_by_ssh_at_one_address_is_shared() {
        let sandbox = Sandbox::sha1();
        sandbox.git(&["remote", "add", "origin", "git@example.org:work.git"]);
        let found = |name: &str| address(&sandbox.open(), name).map(|url| url.to_bstring().to_string());
        assert!(found("origin").is_some());
        assert!(found("ssh://git@example.org:2222/work.git").is_some());
        for other in ["https://example.org/work.git", "/srv/work.git", "../work.git", "file:///srv/work.git"] {
            assert_eq!(found(other), None, "{other}");
        }
        sandbox.git(&["remote", "set-url", "--push", "origin", "git@other.example.org:work.git"]);
        assert_eq!(found("origin"), None);
    }
}
