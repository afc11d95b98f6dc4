//! gitolite behind OpenSSH: it takes a repository in among its own, and knows its users by the keys in another.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::account::Account;
use super::programs;
use super::server::Server;
use super::ssh::Ssh;
use super::ssh::make_key;

/// gitolite with a repository, ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Gitolite {
    ssh: Ssh,
    account: Account,
    home: PathBuf,
    repository: PathBuf,
}

impl Gitolite {
    /// What this machine must have.
    pub(crate) const PROGRAMS: [&str; 5] = ["gitolite", "perl", "git", "sshd", "ssh-keygen"];

    /// Sets gitolite up in a directory, takes a bare repository in, and starts a server for it. Where the repository was,
    /// there is a link to it. Everybody may do everything: what is refused is refused by our hooks.
    pub(crate) fn start(directory: &Path, repository: &Path) -> Self {
        programs::make_directory(directory);
        let directory = directory.canonicalize().expect("it was made");
        let home = directory.join("home");
        programs::make_directory(&home);
        // The branch of its own repository must have this name: gitolite reads no other.
        let settings = "[user]\n\tname = gitolite\n\temail = gitolite@example.org\n[init]\n\tdefaultBranch = master\n";
        fs::write(home.join(".gitconfig"), settings).expect("the directory is ours");
        make_key(&directory, "admin");
        let at = |program: &str| within(program, &home);
        programs::run(at("gitolite").args(["setup", "-pk"]).arg(directory.join("admin.pub")));
        allow_hooks(&home);
        let admin = home.join("admin");
        programs::run(at("git").args(["clone", "-q", "repositories/gitolite-admin.git"]).arg(&admin));
        for user in Ssh::USERS {
            let public = make_key(&directory, user);
            fs::write(admin.join(format!("keydir/{user}.pub")), public + "\n").expect("gitolite has made it");
        }
        let inside = home.join("repositories").join(repository.file_name().expect("a repository has a name"));
        fs::rename(repository, &inside).expect("both places are ours");
        symlink(&inside, repository).expect("the place is free");
        let name = inside.file_stem().expect("a repository has a name").to_string_lossy().into_owned();
        let ssh = Ssh::listen(&directory, &Path::new("/").join(&name), &home.join(".ssh/authorized_keys"), &home);
        Self::configure(&inside, &format!("\nrepo {name}\n    RW+CD = alice bob\n"));
        Self { ssh, account: Account::ours(), home, repository: inside }
    }

    /// Returns where the hooks are that single repositories can be given.
    pub(crate) fn offered(repository: &Path) -> PathBuf {
        home_of(repository).join("local/hooks/repo-specific")
    }

    /// Adds lines to what gitolite has been told of a repository of its own, and lets it read them.
    pub(crate) fn configure(repository: &Path, lines: &str) {
        let home = home_of(repository);
        let admin = home.join("admin");
        let file = admin.join("conf/gitolite.conf");
        let told = fs::read_to_string(&file).expect("gitolite has made it");
        fs::write(&file, told + lines).expect("the directory is ours");
        let at = |program: &str| {
            let mut command = within(program, home);
            command.current_dir(&admin);
            command
        };
        programs::run(at("git").args(["add", "-A"]));
        programs::run(at("git").args(["commit", "-q", "-m", "Configure"]));
        programs::run(at("gitolite").args(["push", "-q"]));
    }
}

fn home_of(repository: &Path) -> &Path {
    repository.ancestors().nth(2).expect("gitolite keeps repositories in one directory")
}

/// Returns a program as gitolite's account starts it.
fn within(program: &str, home: &Path) -> Command {
    let mut command = programs::service(program, home);
    command.env("HOME", home);
    command
}

/// Switches on what lets one repository have hooks that others have not.
fn allow_hooks(home: &Path) {
    programs::make_directory(&home.join("local/hooks/repo-specific"));
    let file = home.join(".gitolite.rc");
    let settings = fs::read_to_string(&file).expect("gitolite has made it");
    let switched = settings.lines().map(|line| match line.trim() {
        "# LOCAL_CODE                =>  \"$ENV{HOME}/local\"," => line.replacen("# ", "", 1),
        "# 'repo-specific-hooks'," => line.replacen("# ", "", 1),
        _ => line.to_owned(),
    });
    let switched = switched.collect::<Vec<_>>().join("\n") + "\n";
    fs::write(&file, switched).expect("the directory is ours");
}

impl Server for Gitolite {
    fn version(&self) -> String {
        let said = programs::run(within("gitolite", &self.home).arg("help"));
        let version = said.split("gitolite3 ").nth(1).and_then(|rest| rest.split([' ', '-']).next());
        format!("gitolite {} behind {}", version.unwrap_or_default(), self.ssh.version())
    }

    fn url(&self, _user: &str) -> String {
        self.ssh.url()
    }

    fn variables(&self, user: &str) -> Vec<(&'static str, String)> {
        self.ssh.variables(user)
    }

    fn repository(&self) -> &Path {
        &self.repository
    }

    fn account(&self) -> &Account {
        &self.account
    }

    fn service(&self, program: &Path) -> Command {
        let mut command = programs::at(program, &self.repository);
        command.env("HOME", &self.home);
        command
    }
}
