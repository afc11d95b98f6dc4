//! Real `ssh-keygen`, `ssh-agent` and `git` in a temporary home: the controls of our tests. Tests only.

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use tempfile::TempDir;

use crate::disk;
use crate::disk::Durability;
use crate::model::HashKind;

use crate::sign::PublicKey;
use crate::sign::SecretKey;

/// A temporary directory in which the programs run, with nothing of the user's environment.
pub(crate) struct OpenSsh {
    home: TempDir,
}

impl OpenSsh {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        disk::write(&path, bytes, 0o600, Durability::Cached).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        disk::read(&self.path(name), 1 << 20).unwrap().unwrap()
    }

    pub(crate) fn read_text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.home.path());
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.home.path());
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_COMMITTER_DATE", "1700000000 +0100");
        command
    }

    pub(crate) fn output(&self, program: &str, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program may end before it has read all of it.
        child.stdin.take().unwrap().write_all(input).ok();
        child.wait_with_output().unwrap()
    }

    pub(crate) fn run(&self, program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.output(program, arguments, input);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {complaint}");
        output.stdout
    }

    /// Makes a key pair in the files `name` and `name.pub`.
    pub(crate) fn keygen(&self, name: &str, kind: &[&str], passphrase: &str) {
        let arguments = [&["-q", "-N", passphrase, "-C", "made for a test", "-f", name, "-t"], kind].concat();
        self.run("ssh-keygen", &arguments, b"");
    }

    pub(crate) fn sign(&self, key_file: &str, namespace: &str, message: &[u8]) -> String {
        let arguments = ["-q", "-Y", "sign", "-n", namespace, "-f", key_file];
        String::from_utf8(self.run("ssh-keygen", &arguments, message)).unwrap()
    }

    /// Returns whether `ssh-keygen -Y verify` takes the signature.
    pub(crate) fn accepts(&self, key_line: &str, namespace: &str, message: &[u8], armor: &str) -> bool {
        self.write("allowed", format!("somebody@example.org {key_line}\n").as_bytes());
        self.write("signature", armor.as_bytes());
        let signer = ["-I", "somebody@example.org", "-n", namespace];
        let arguments = [&["-Y", "verify", "-f", "allowed", "-s", "signature"], &signer[..]].concat();
        self.output("ssh-keygen", &arguments, message).status.success()
    }
}

/// A repository of stock git that signs with a key of ours.
pub(crate) struct GitRepository {
    pub(crate) openssh: OpenSsh,
}

impl GitRepository {
    pub(crate) fn new(hash: HashKind, secret: &SecretKey) -> Self {
        let openssh = OpenSsh::new();
        openssh.write("key", secret.to_openssh("comment").as_bytes());
        let format = match hash {
            HashKind::Sha1 => "--object-format=sha1",
            HashKind::Sha256 => "--object-format=sha256",
        };
        openssh.run("git", &["init", "-q", format], b"");
        let repository = Self { openssh };
        let key_file = repository.openssh.path("key");
        let allowed_file = repository.openssh.path("allowed");
        repository.configure("gpg.format", Path::new("ssh"));
        repository.configure("user.name", Path::new("A U Thor"));
        repository.configure("user.email", Path::new("author@example.org"));
        repository.configure("user.signingKey", &key_file);
        repository.configure("gpg.ssh.allowedSignersFile", &allowed_file);
        repository.allow(&secret.public());
        repository
    }

    pub(crate) fn allow(&self, key: &PublicKey) {
        self.openssh.write("allowed", format!("somebody@example.org {}\n", key.to_openssh()).as_bytes());
    }

    fn configure(&self, key: &str, value: &Path) {
        self.openssh.run("git", &["config", key, value.to_str().unwrap()], b"");
    }

    /// Makes a signed commit with stock git and returns its bytes.
    pub(crate) fn commit(&self, arguments: &[&str]) -> Vec<u8> {
        let arguments = [&["commit", "-q", "-S", "--allow-empty"], arguments].concat();
        self.openssh.run("git", &arguments, b"");
        self.openssh.run("git", &["cat-file", "commit", "HEAD"], b"")
    }

    pub(crate) fn empty_tree(&self) -> String {
        let id = self.openssh.run("git", &["hash-object", "-w", "-t", "tree", "--stdin"], b"");
        String::from_utf8(id).unwrap().trim().to_owned()
    }

    /// Returns whether `git verify-commit` says Good to these bytes.
    pub(crate) fn verifies(&self, raw: &[u8]) -> bool {
        let arguments = ["hash-object", "-w", "--literally", "-t", "commit", "--stdin"];
        let id = String::from_utf8(self.openssh.run("git", &arguments, raw)).unwrap();
        let output = self.openssh.output("git", &["verify-commit", id.trim()], b"");
        let told = [output.stdout, output.stderr].concat();
        output.status.success() && String::from_utf8_lossy(&told).contains("Good \"git\" signature")
    }
}
