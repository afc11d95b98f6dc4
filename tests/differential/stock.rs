//! What stock git and OpenSSH say, with the file of allowed signers that we export.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use git_coord::ops::principals::signers_in;

use super::seal::Hand;
use crate::fuzzing::envelope::encoded;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::world::World;

/// Keys of types that we refuse.
pub struct Foreign {
    files: [PathBuf; 2],
}

impl Foreign {
    /// Signs a message with one of them.
    pub fn sign(&self, which: usize, message: &[u8]) -> String {
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-Y", "sign", "-n", "git", "-f"]).arg(&self.files[which]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(message).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    }
}

/// A repository in which stock git is asked.
pub struct Stock {
    somebody: Actor,
    allowed: PathBuf,
    pub foreign: Foreign,
}

impl Stock {
    pub fn new(sandbox: &Sandbox) -> Self {
        let somebody = sandbox.repository("work");
        let files =
            [("rsa", ["-t", "rsa", "-b", "2048"]), ("ecdsa", ["-t", "ecdsa", "-b", "256"])].map(|(name, kind)| {
                let file = sandbox.root.join(name);
                let mut command = Command::new("ssh-keygen");
                command.args(["-q", "-N", "", "-C", name]).args(kind).arg("-f").arg(&file);
                assert!(command.status().unwrap().success());
                file
            });
        // Whom the ledger knows is exported. The controls let in whom it would not: each is refused by us for what it is.
        let mut lines = signers_in(World::new().state());
        let hands =
            ["ssh:", "https://example.org", "", "SSH:"].map(|application| Hand::Hardware { application, flags: 1 });
        for hand in hands.into_iter().chain([Hand::Nobody]) {
            let kind = if hand == Hand::Nobody { "ssh-ed25519" } else { "sk-ssh-ed25519@openssh.com" };
            lines += &format!("control@coord.invalid namespaces=\"git\" {kind} {}\n", encoded(&hand.blob()));
        }
        for file in &files {
            let line = fs::read_to_string(file.with_extension("pub")).unwrap();
            lines += &format!("control@coord.invalid namespaces=\"git\" {line}");
        }
        let allowed = sandbox.root.join("allowed");
        fs::write(&allowed, lines).unwrap();
        somebody.git(&["config", "gpg.format", "ssh"]);
        somebody.git(&["config", "gpg.ssh.allowedSignersFile", allowed.to_str().unwrap()]);
        Self { somebody, allowed, foreign: Foreign { files } }
    }

    /// Returns the signer in the file whose name begins like this.
    pub fn principal(&self, beginning: &str) -> String {
        let file = fs::read_to_string(&self.allowed).unwrap();
        let names = file.lines().filter_map(|line| line.split(' ').next());
        names.into_iter().find(|name| name.starts_with(beginning)).unwrap().to_owned()
    }

    /// Writes commits as they are, and returns their ids.
    pub fn write(&self, raws: &[Vec<u8>]) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let mut paths = String::new();
        for (index, raw) in raws.iter().enumerate() {
            let path = directory.path().join(index.to_string());
            fs::write(&path, raw).unwrap();
            paths += &format!("{}\n", path.display());
        }
        let mut command = self.somebody.command("git");
        command.args(["hash-object", "-w", "--literally", "-t", "commit", "--stdin-paths"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let feeding = std::thread::spawn(move || input.write_all(paths.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        assert!(output.status.success());
        let ids: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(ids.len(), raws.len());
        ids
    }

    /// Returns whether `git verify-commit` says Good.
    pub fn verifies(&self, id: &str) -> bool {
        let mut command = self.somebody.command("git");
        command.args(["verify-commit", id]).stdin(Stdio::null());
        let output = command.output().unwrap();
        output.status.success() && String::from_utf8_lossy(&output.stderr).contains("Good \"git\" signature")
    }

    /// Returns whether `ssh-keygen -Y verify` takes a signature over a message.
    pub fn takes(&self, message: &[u8], armor: &str, who: &str) -> bool {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("signature");
        fs::write(&file, armor).unwrap();
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-Y", "verify", "-n", "git", "-I", who, "-f"]).arg(&self.allowed).arg("-s").arg(file);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        // It may end before it has read all of it.
        child.stdin.take().unwrap().write_all(message).ok();
        child.wait().unwrap().success()
    }
}
