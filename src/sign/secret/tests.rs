use crate::sign::tests::openssh::OpenSsh;
use crate::sign::verify_detached;

use super::*;

#[test]
fn our_signatures_are_byte_for_byte_those_of_ssh_keygen() {
    let openssh = OpenSsh::new();
    let secret = SecretKey::generate();
    openssh.write("key", secret.to_openssh("a comment").as_bytes());
    for (namespace, message) in [("git", &b"tree"[..]), ("coord", b""), ("a longer name space", &[7; 5000])] {
        let armor = secret.sign(namespace, message);
        assert_eq!(armor, openssh.sign("key", namespace, message));
        assert!(openssh.accepts(&secret.public().to_openssh(), namespace, message, &armor));
        assert_eq!(verify_detached(namespace, message, &armor), Ok(secret.public()));
    }
}

#[test]
fn key_file_of_ours_is_read_by_ssh_keygen_and_by_us() {
    let openssh = OpenSsh::new();
    let secret = SecretKey::generate();
    let file = secret.to_openssh("a comment");
    openssh.write("key", file.as_bytes());
    let line = String::from_utf8(openssh.run("ssh-keygen", &["-y", "-f", "key"], b"")).unwrap();
    assert_eq!(line, format!("{} a comment\n", secret.public().to_openssh()));
    let read = SecretKey::from_openssh(file.as_bytes(), None).unwrap();
    assert_eq!(read.public(), secret.public());
    let carriage_returns = file.replace('\n', "\r\n");
    assert_eq!(SecretKey::from_openssh(carriage_returns.as_bytes(), None).unwrap().public(), secret.public());
}

#[test]
fn encrypted_key_file_needs_its_passphrase() {
    let openssh = OpenSsh::new();
    openssh.keygen("key", &["ed25519"], "correct horse");
    let file = openssh.read("key");
    let public = PublicKey::parse(&openssh.read_text("key.pub")).unwrap();
    assert_eq!(SecretKey::public_of(&file), Ok(public.clone()));
    assert_eq!(SecretKey::from_openssh(&file, None).unwrap_err(), SecretKeyError::Encrypted);
    assert_eq!(SecretKey::from_openssh(&file, Some("battery")).unwrap_err(), SecretKeyError::WrongPassphrase);
    let secret = SecretKey::from_openssh(&file, Some("correct horse")).unwrap();
    assert_eq!(verify_detached("git", b"m", &secret.sign("git", b"m")), Ok(public));
}

#[test]
fn key_files_of_other_types_are_refused_by_name() {
    let openssh = OpenSsh::new();
    for (kind, name) in [(&["ecdsa"][..], "ecdsa-sha2-nistp256"), (&["rsa", "-b", "2048"], "ssh-rsa")] {
        for passphrase in ["", "correct horse"] {
            let file = format!("{}{}", kind[0], passphrase.len());
            openssh.keygen(&file, kind, passphrase);
            let fault = SecretKey::from_openssh(&openssh.read(&file), None).unwrap_err();
            assert_eq!(fault, SecretKeyError::KeyType(name.to_owned()));
        }
    }
}

#[test]
fn damaged_key_file_is_refused() {
    let secret = SecretKey::generate();
    let file = secret.to_openssh("").to_string();
    for damaged in [
        String::new(),
        file.replace("OPENSSH", "RSA"),
        file.replace("-----END", ""),
        file[..file.len() / 2].to_owned(),
        file.replacen("b3BlbnNz", "b3BlbnN0", 1),
    ] {
        assert_eq!(SecretKey::from_openssh(damaged.as_bytes(), None).unwrap_err(), SecretKeyError::Syntax);
    }
    assert!(SecretKey::from_openssh(file.as_bytes(), None).is_ok());
}

#[test]
fn key_file_with_a_foreign_public_half_is_refused() {
    let (one, other) = (SecretKey::generate(), SecretKey::generate());
    let pair = Ed25519Keypair {
        public: Ed25519PublicKey(other.key.verifying_key().to_bytes()),
        private: Ed25519PrivateKey::from_bytes(one.key.as_bytes()),
    };
    let file = PrivateKey::new(KeypairData::Ed25519(pair), "").unwrap().to_openssh(LineEnding::LF).unwrap();
    assert_eq!(SecretKey::from_openssh(file.as_bytes(), None).unwrap_err(), SecretKeyError::Syntax);
}

#[test]
fn debugging_shows_the_fingerprint_only() {
    let secret = SecretKey::from_seed(&[7; 32]);
    assert_eq!(format!("{secret:?}"), format!("SecretKey({})", secret.public().fingerprint()));
}

#[test]
fn generated_keys_differ() {
    assert_ne!(SecretKey::generate().public(), SecretKey::generate().public());
}
