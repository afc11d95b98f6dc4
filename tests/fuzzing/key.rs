//! Keys as files and authorized lines have them.

use git_coord::sign::PublicKey;
use git_coord::sign::SecretKey;

/// Reads the bytes as a line of a `.pub` file, as a key on the wire, and as a file with a secret key.
pub fn run(data: &[u8]) {
    if let Ok(key) = PublicKey::parse(&String::from_utf8_lossy(data)) {
        assert_eq!(PublicKey::parse(&key.to_openssh()).as_ref(), Ok(&key));
        check(&key);
    }
    if let Ok(key) = PublicKey::from_blob(data) {
        assert_eq!(key.to_blob(), data, "a key has one spelling");
        check(&key);
    }
    SecretKey::guard_of(data).ok();
    let public = SecretKey::public_of(data).ok();
    // A passphrase could be made to take forever, but nobody enters one for a file of somebody else.
    if let Ok(secret) = SecretKey::from_openssh(data, None) {
        assert_eq!(public, Some(secret.public()));
    }
}

fn check(key: &PublicKey) {
    assert_eq!(PublicKey::from_blob(&key.to_blob()).as_ref(), Ok(key));
    let line = key.to_openssh();
    assert!(line.is_ascii() && line.split(' ').count() == 2 && !line.contains(['"', ',', '\n', '#']), "{line}");
    assert!(key.short().len() == 8 && key.fingerprint().starts_with("SHA256:"));
}
