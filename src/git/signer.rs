//! Asks a program to sign, by the convention that git has with `gpg.ssh.program`.
//!
//! For keys that we cannot use ourselves: in an agent of another kind, in hardware, behind a prompt. What it returns is only
//! text; whether it is a good signature is for the caller to check.

use std::ffi::OsString;
use std::path::Path;
use std::path::absolute;
use std::time::Duration;

use super::GitError;
use super::process;
use super::process::Transport;
use crate::disk;
use crate::disk::DiskError;
use crate::disk::Durability;

const LIMIT: Duration = Duration::from_secs(60);
const ARMOR_LIMIT_BYTES: u64 = 64 * 1024;

/// Returns the armored signature that `<program> -Y sign -n <namespace> -f <key> <file>` makes of a payload.
pub fn run_signer(program: &Path, key_file: &Path, namespace: &str, payload: &[u8]) -> Result<String, GitError> {
    let no_directory = |source| DiskError { action: "create", path: std::env::temp_dir(), source };
    let directory = tempfile::tempdir().map_err(no_directory)?;
    let file = directory.path().join("payload");
    disk::write(&file, payload, 0o600, Durability::Cached)?;
    let key_file =
        absolute(key_file).map_err(|source| DiskError { action: "resolve", path: key_file.to_owned(), source })?;
    let arguments: Vec<OsString> = vec![
        "-Y".into(),
        "sign".into(),
        "-n".into(),
        namespace.into(),
        "-f".into(),
        key_file.into(),
        file.as_os_str().to_owned(),
    ];
    let call = process::Call {
        executable: program,
        directory: directory.path(),
        arguments: &arguments,
        index_file: None,
        input: &[],
        limit: LIMIT,
        transport: Transport::Cut,
        ssh_command: None,
        configuration: process::Configuration::Read,
        listener: None,
    };
    process::run(call)?.success()?;
    let armor = disk::read(&directory.path().join("payload.sig"), ARMOR_LIMIT_BYTES)?;
    armor.and_then(|armor| String::from_utf8(armor).ok()).ok_or_else(|| GitError::Program {
        program: program.display().to_string(),
        status: 0,
        message: "it left no signature".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn stock_signer_signs_and_a_bad_key_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let key = directory.path().join("key");
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
        if !made.is_ok_and(|status| status.success()) {
            return;
        }
        let armor = run_signer(Path::new("ssh-keygen"), &key, "git", b"payload").unwrap();
        assert!(armor.starts_with("-----BEGIN SSH SIGNATURE-----\n"));
        let absent = run_signer(Path::new("ssh-keygen"), &directory.path().join("absent"), "git", b"payload");
        assert!(matches!(absent, Err(GitError::Program { .. })));
        let silent = run_signer(Path::new("/bin/true"), &key, "git", b"payload");
        assert!(matches!(silent, Err(GitError::Program { status: 0, .. })));
    }
}
