//! OpenSSH before one repository: two people share one account and are told apart by their keys, each of which may run
//! `git-shell` and nothing else, as hosts of git do it.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::account::Account;
use super::programs;
use super::running::Running;
use super::server::Server;

/// An ssh server with a repository, ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Ssh {
    running: Running,
    port: u16,
    login: String,
    account: Account,
    directory: PathBuf,
    repository: PathBuf,
}

impl Ssh {
    /// Who may come in. The server's hooks find the name in `COORD_USER`.
    pub(crate) const USERS: [&str; 2] = ["alice", "bob"];

    /// What this machine must have.
    pub(crate) const PROGRAMS: [&str; 5] = ["sshd", "ssh", "ssh-keygen", "git-shell", "id"];

    /// Starts a server for a bare repository, with its files in a directory.
    pub(crate) fn start(directory: &Path, repository: &Path) -> Self {
        let shell = programs::find("git-shell").expect("the machine has `git-shell`");
        let forced =
            |user: &str| format!("COORD_USER={user} exec '{}' -c \\\"$SSH_ORIGINAL_COMMAND\\\"", shell.display());
        let mut ssh = Self::start_with(directory, repository, &Self::USERS, forced);
        ssh.repository = ssh.repository.canonicalize().expect("the repository is there");
        ssh
    }

    /// Starts a server whose users each run one command, whatever they ask for.
    fn start_with(directory: &Path, repository: &Path, users: &[&str], forced: impl Fn(&str) -> String) -> Self {
        let home = directory.join("home");
        programs::make_directory(&home);
        let mut allowed = String::new();
        for user in users {
            let public = make_key(directory, user);
            writeln!(allowed, "restrict,command=\"{}\" {public}", forced(user)).expect("text grows");
        }
        fs::write(directory.join("authorized_keys"), allowed).expect("the directory is ours");
        Self::listen(directory, repository, &directory.join("authorized_keys"), &home)
    }

    /// Starts a server that lets in whom a file names.
    pub(super) fn listen(directory: &Path, repository: &Path, allowed: &Path, home: &Path) -> Self {
        let host = make_key(directory, "host");
        let login = programs::run(programs::service("id", directory).arg("-un")).trim().to_owned();
        if login == "root" {
            // Where sshd of the system confines the part of it that talks to strangers; it demands that it be there.
            fs::create_dir_all("/run/sshd").expect("root may");
        }
        let config = directory.join("sshd_config");
        let (running, port) = Running::on_free_port(&directory.join("sshd.log"), |port| {
            let settings = [
                format!("ListenAddress 127.0.0.1:{port}"),
                format!("HostKey {}", directory.join("host").display()),
                format!("AuthorizedKeysFile {}", allowed.display()),
                format!("SetEnv HOME={}", home.display()),
                "PidFile none".to_owned(),
                "StrictModes no".to_owned(),
                "UsePAM no".to_owned(),
                "PasswordAuthentication no".to_owned(),
                "KbdInteractiveAuthentication no".to_owned(),
                "PermitRootLogin forced-commands-only".to_owned(),
                "AcceptEnv GIT_PROTOCOL".to_owned(),
                "MaxStartups 100".to_owned(),
                "MaxSessions 100".to_owned(),
                "UseDNS no".to_owned(),
            ];
            fs::write(&config, settings.join("\n") + "\n").expect("the directory is ours");
            let mut command = programs::service("sshd", directory);
            command.args(["-D", "-e", "-f"]).arg(&config);
            command
        });
        fs::write(directory.join("known_hosts"), format!("[127.0.0.1]:{port} {host}\n")).expect("it is ours");
        let (directory, repository) = (directory.to_owned(), repository.to_owned());
        Self { running, port, login, account: Account::ours(), directory, repository }
    }

    /// Returns what git calls the repository.
    pub(crate) fn url(&self) -> String {
        self.url_through(self.port)
    }

    /// Returns what git calls the repository behind a port on loopback that leads to this server.
    pub(crate) fn url_through(&self, port: u16) -> String {
        format!("ssh://{}@127.0.0.1:{port}{}", self.login, self.repository.display())
    }

    /// Returns how git runs ssh for one of the users: for `GIT_SSH_COMMAND` or `core.sshCommand`.
    pub(crate) fn ssh_command(&self, user: &str) -> String {
        let key = self.directory.join(user);
        assert!(key.is_file(), "`{user}` has no key");
        let known = self.directory.join("known_hosts");
        format!(
            "ssh -F /dev/null -i '{}' -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes \
             -o StrictHostKeyChecking=yes -o UserKnownHostsFile='{}' -o HostKeyAlias=[127.0.0.1]:{} -o LogLevel=ERROR",
            key.display(),
            known.display(),
            self.port
        )
    }

    /// Returns the port on loopback: for what stands between the server and those who use it.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the number of the server's first process.
    pub(crate) fn process(&self) -> u32 {
        self.running.id()
    }
}

impl Server for Ssh {
    fn version(&self) -> String {
        let said = programs::said(programs::service("ssh", Path::new("/")).arg("-V"));
        let version = said.split([' ', ',']).next().unwrap_or_default().replace('_', " ");
        format!("{version} with git-shell")
    }

    fn url(&self, _user: &str) -> String {
        self.url()
    }

    fn variables(&self, user: &str) -> Vec<(&'static str, String)> {
        vec![("GIT_SSH_COMMAND", self.ssh_command(user))]
    }

    fn repository(&self) -> &Path {
        &self.repository
    }

    fn account(&self) -> &Account {
        &self.account
    }

    fn service(&self, program: &Path) -> Command {
        let mut command = programs::at(program, &self.repository);
        command.env("HOME", self.directory.join("home"));
        command
    }
}

/// Makes a key pair in a directory unless it is there. Returns the public half.
pub(super) fn make_key(directory: &Path, name: &str) -> String {
    let file = directory.join(name);
    if !file.is_file() {
        let keygen = programs::find("ssh-keygen").expect("the machine has `ssh-keygen`");
        programs::run(Command::new(keygen).args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&file));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("the file is ours");
    }
    let public = fs::read_to_string(directory.join(format!("{name}.pub"))).expect("the key was made");
    public.trim().to_owned()
}
