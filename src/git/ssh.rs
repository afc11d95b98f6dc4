//! How git runs ssh when we start it: as the user has chosen, and so that a connection over which nothing comes any more ends.
//!
//! Only what is a plain call of OpenSSH is added to; whatever else the user runs is left as it is.

use std::path::PathBuf;

use super::Repository;
use super::process;
use super::ssh_share;

/// The option, what it is named in lower case, and what we set it to where the user's command does not: within 10 s there is a
/// connection, and after 15 s of silence there is none.
const OPTIONS: [(&str, &str); 3] =
    [("ConnectTimeout", "10"), ("ServerAliveInterval", "5"), ("ServerAliveCountMax", "2")];

/// What a user has said about ssh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Choice {
    /// `GIT_SSH_COMMAND`, or else `core.sshCommand`.
    command: Option<String>,
    /// `GIT_SSH`.
    program: Option<String>,
    /// `GIT_SSH_VARIANT`, or else `ssh.variant`.
    variant: Option<String>,
}

/// How git is to run ssh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SshCommand {
    pub(super) line: String,
    /// Where the connection is kept, if it is.
    pub(super) socket: Option<PathBuf>,
}

/// Returns how git is to run ssh for a remote; `None` leaves it to git.
pub(super) fn command(repository: &Repository, remote: &str) -> Option<SshCommand> {
    let choice = Choice {
        command: process::variable("GIT_SSH_COMMAND").or_else(|| repository.config("core.sshCommand")),
        program: process::variable("GIT_SSH"),
        variant: process::variable("GIT_SSH_VARIANT").or_else(|| repository.config("ssh.variant")),
    };
    let chosen = plain(&choice)?;
    let said = chosen.to_lowercase();
    let missing = OPTIONS.iter().filter(|(name, _)| !said.contains(&name.to_lowercase()));
    let line = missing.fold(chosen.to_owned(), |command, (name, value)| format!("{command} -o {name}={value}"));
    let socket = ssh_share::socket(repository, remote, chosen);
    let sharing = socket.as_deref().map(ssh_share::options).unwrap_or_default();
    Some(SshCommand { line: line + &sharing, socket })
}

/// Returns the user's command if it calls OpenSSH and nothing else, so that more options may stand at its end. What stands
/// first wins there.
fn plain(choice: &Choice) -> Option<&str> {
    if choice.variant.as_ref().is_some_and(|variant| variant != "ssh") {
        return None;
    }
    let command = match (&choice.command, &choice.program) {
        (Some(command), _) => command,
        (None, Some(_)) => return None,
        (None, None) => "ssh",
    };
    let program = command.split(' ').next().unwrap_or_default();
    let is_openssh = program == "ssh" || program.ends_with("/ssh");
    (is_openssh && command.chars().all(is_plain)).then_some(command)
}

/// Returns whether a letter means nothing more to a shell than to part words.
pub(super) fn is_plain(letter: char) -> bool {
    letter.is_alphanumeric() || " -_./:=@,+%[]~'\"".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(command: &str) -> Choice {
        Choice { command: Some(command.to_owned()), ..Choice::default() }
    }

    #[test]
    fn plain_openssh_is_told_from_whatever_else_a_user_runs() {
        assert_eq!(plain(&Choice::default()), Some("ssh"));
        for command in ["ssh", "ssh -i '/a b/key' -o BatchMode=yes", "/usr/bin/ssh -F ~/.ssh/other"] {
            assert_eq!(plain(&chosen(command)), Some(command));
        }
        let others =
            ["", "plink -batch", "/opt/not-ssh", "ssh $OPTIONS", "ssh -v; true", "ssh -v # x", "KEY=x ssh", "'ssh'"];
        for command in others {
            assert_eq!(plain(&chosen(command)), None, "{command}");
        }
        let program = Choice { program: Some("ssh".to_owned()), ..Choice::default() };
        assert_eq!(plain(&program), None);
        assert_eq!(plain(&Choice { command: Some("ssh".to_owned()), ..program }), Some("ssh"));
        assert_eq!(plain(&Choice { variant: Some("putty".to_owned()), ..Choice::default() }), None);
        assert_eq!(plain(&Choice { variant: Some("ssh".to_owned()), ..Choice::default() }), Some("ssh"));
    }
}
