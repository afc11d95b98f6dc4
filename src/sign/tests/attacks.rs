//! The attacks SIG-1 to SIG-16 of the security design on the level of signatures, each beside its nearest legal case.
//!
//! Where stock git or OpenSSH is taken in, a control run shows it, so that the attack is known to be a real one.

use ed25519_dalek::Signer;
use ed25519_dalek::SigningKey;
use sha2::Digest;
use sha2::Sha256;
use sha2::Sha512;

use crate::format::commit;
use crate::format::commit::CommitFault;
use crate::format::commit::Payload;
use crate::format::commit::SignedCommit;
use crate::format::commit::Stamp;
use crate::model::HashKind;
use crate::model::ObjectId;
use crate::sign::COMMIT_NAMESPACE;
use crate::sign::KeyFault;
use crate::sign::PublicKey;
use crate::sign::SecretKey;
use crate::sign::SignatureFault;
use crate::sign::base64;
use crate::sign::sshsig;
use crate::sign::tests::hardware;
use crate::sign::tests::hardware::PRESENT;
use crate::sign::tests::hardware::PRESENT_AND_VERIFIED;
use crate::sign::tests::openssh::GitRepository;
use crate::sign::tests::openssh::OpenSsh;
use crate::sign::verify_commit;
use crate::sign::verify_detached;
use crate::sign::wire;

const HASH: HashKind = HashKind::Sha1;
const SEED: [u8; 32] = [9; 32];

fn payload_by(name: &str) -> Payload {
    let tree: ObjectId = "4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse().unwrap();
    let stamp = Stamp::new(name, "a@example.org", 1_700_000_000, "+0000").unwrap();
    Payload::build(tree, None, stamp.clone(), stamp, "Approve it\n".to_owned()).unwrap()
}

fn payload() -> Payload {
    payload_by("A U Thor")
}

fn secret() -> SecretKey {
    SecretKey::from_seed(&SEED)
}

/// Returns the bytes of a legal entry.
fn entry() -> String {
    let armor = secret().sign(COMMIT_NAMESPACE, payload().bytes());
    entry_with(armor)
}

fn entry_with(armor: String) -> String {
    String::from_utf8(SignedCommit::new(payload(), armor).to_bytes(HASH)).unwrap()
}

fn judge(raw: &str) -> Result<PublicKey, SignatureFault> {
    let signed = commit::parse(raw.as_bytes(), HASH).unwrap();
    verify_commit(signed).map(|verified| verified.key().clone())
}

/// Returns an envelope with these fields over a signature of any shape.
fn envelope(key_blob: &[u8], namespace: &[u8], hash: &[u8], signature: &[u8]) -> String {
    let fields = wire::strings(&[key_blob, namespace, b"", hash, signature]);
    sshsig::enarmor(&[b"SSHSIG\0\0\0\x01", &fields[..]].concat())
}

/// Returns what is signed for these fields.
fn signed_data(namespace: &[u8], hash: &[u8], digest: &[u8]) -> Vec<u8> {
    [b"SSHSIG", &wire::strings(&[namespace, b"", hash, digest])[..]].concat()
}

/// Returns a signature that is right in itself, for any namespace and hash.
fn soft_armor(namespace: &[u8], hash: &[u8], message: &[u8]) -> String {
    let digest = if hash == b"sha256" { Sha256::digest(message).to_vec() } else { Sha512::digest(message).to_vec() };
    let signature = SigningKey::from_bytes(&SEED).sign(&signed_data(namespace, hash, &digest)).to_bytes();
    let blob = wire::strings(&[b"ssh-ed25519", &signature]);
    envelope(&secret().public().to_blob(), namespace, hash, &blob)
}

/// SIG-1, SIG-3, SIG-4, SIG-5, SIG-6, SIG-11, SIG-12, SIG-15, legal twin
#[test]
fn legal_entry_verifies() {
    assert_eq!(judge(&entry()), Ok(secret().public()));
    assert_eq!(judge(&entry_with(soft_armor(b"git", b"sha512", payload().bytes()))), Ok(secret().public()));
}

/// SIG-1, with control
#[test]
fn sig_1_extra_signature_header_is_not_canonical() {
    let repository = GitRepository::new(HASH, &secret());
    assert!(repository.verifies(entry().as_bytes()));
    for extra in ["gpgsig-sha256 x\n y", "gpgsigfoo x"] {
        let raw = entry().replacen("\ngpgsig ", &format!("\n{extra}\ngpgsig "), 1);
        assert!(repository.verifies(raw.as_bytes()), "{extra}");
        let fault = commit::parse(raw.as_bytes(), HASH).unwrap_err();
        assert!(matches!(fault, CommitFault::NonCanonical(_)));
    }
}

/// SIG-2, with legal twin and control
#[test]
fn sig_2_rewrapped_armour_is_not_canonical() {
    let repository = GitRepository::new(HASH, &secret());
    let armor = secret().sign(COMMIT_NAMESPACE, payload().bytes());
    let lines: Vec<&str> = armor.lines().collect();
    let (body, last) = (lines[1..lines.len() - 1].concat(), lines.len() - 1);
    let wrap = |columns: usize| {
        let rows: Vec<&str> = body.as_bytes().chunks(columns).map(|row| str::from_utf8(row).unwrap()).collect();
        format!("{}\n{}\n{}\n", lines[0], rows.join("\n"), lines[last])
    };
    assert_eq!(wrap(70), armor);
    assert_eq!(judge(&entry_with(wrap(70))), Ok(secret().public()));
    let spaced = armor.replacen(lines[1], &format!("{} ", lines[1]), 1);
    for rewrapped in [wrap(64), wrap(76), spaced, format!("{armor}garbage\n")] {
        let raw = entry_with(rewrapped);
        assert!(repository.verifies(raw.as_bytes()), "{raw}");
        assert_eq!(judge(&raw), Err(SignatureFault::NonCanonical("armour")));
    }
    // Stock git refuses this one too; other readers do not.
    let raw = entry().replace("\n ", "\r\n ");
    assert!(matches!(commit::parse(raw.as_bytes(), HASH), Err(CommitFault::NonCanonical(_))));
    let carriage_returns = armor.replace('\n', "\r\n");
    let fault = verify_detached(COMMIT_NAMESPACE, payload().bytes(), &carriage_returns);
    assert_eq!(fault, Err(SignatureFault::NonCanonical("armour")));
}

/// SIG-3, with control
#[test]
fn sig_3_signature_plus_order_is_malleable() {
    const ORDER: [u8; 17] =
        [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0];
    let data = sshsig::signed_data("git", payload().bytes());
    let mut signature = SigningKey::from_bytes(&SEED).sign(&data).to_bytes();
    let mut carry = 0;
    for (index, byte) in signature[32..].iter_mut().enumerate() {
        let high = if index == 31 { 0x10 } else { 0 };
        let sum = u16::from(*byte) + u16::from(*ORDER.get(index).unwrap_or(&high)) + carry;
        (*byte, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
    let blob = wire::strings(&[b"ssh-ed25519", &signature]);
    let armor = envelope(&secret().public().to_blob(), b"git", b"sha512", &blob);
    assert_eq!(judge(&entry_with(armor.clone())), Err(SignatureFault::Malleable));
    let accepted = OpenSsh::new().accepts(&secret().public().to_openssh(), "git", payload().bytes(), &armor);
    assert!(accepted, "control");
}

/// SIG-4, with control
#[test]
fn sig_4_second_signature_is_refused() {
    let repository = GitRepository::new(HASH, &secret());
    let (headers, message) = entry().split_once("\n\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let own = &headers[headers.find("gpgsig").unwrap()..];
    let other = SecretKey::generate().sign(COMMIT_NAMESPACE, payload().bytes());
    let other = format!("gpgsig {}", other.trim_end().replace('\n', "\n "));
    for second in [own, &other] {
        let raw = format!("{headers}\n{second}\n\n{message}");
        assert!(repository.verifies(raw.as_bytes()));
        assert_eq!(commit::parse(raw.as_bytes(), HASH), Err(CommitFault::MultipleSignatures));
    }
}

/// SIG-5
#[test]
fn sig_5_other_namespaces_are_refused() {
    for namespace in ["file", "email", "", "git\0", "Git", "git "] {
        let raw = entry_with(soft_armor(namespace.as_bytes(), b"sha512", payload().bytes()));
        assert_eq!(judge(&raw), Err(SignatureFault::Namespace(namespace.to_owned())));
    }
}

/// SIG-6, with control
#[test]
fn sig_6_other_hashes_are_refused() {
    let repository = GitRepository::new(HASH, &secret());
    let raw = entry_with(soft_armor(b"git", b"sha256", payload().bytes()));
    assert!(repository.verifies(raw.as_bytes()));
    assert_eq!(judge(&raw), Err(SignatureFault::Hash("sha256".to_owned())));
    for hash in ["", "SHA512", "sha1"] {
        let raw = entry_with(soft_armor(b"git", hash.as_bytes(), payload().bytes()));
        assert_eq!(judge(&raw), Err(SignatureFault::Hash(hash.to_owned())));
    }
}

/// SIG-7, with legal twin and control
#[test]
fn sig_7_weak_key_signs_nothing_and_cannot_be_enrolled() {
    // With the identity as key, this signature fits every message.
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    let key_blob = wire::strings(&[b"ssh-ed25519", &identity]);
    let key_line = format!("ssh-ed25519 {}", base64::encode(&key_blob));
    let armor = envelope(&key_blob, b"git", b"sha512", &wire::strings(&[b"ssh-ed25519", &signature]));
    let openssh = OpenSsh::new();
    for message in [b"one message", b"another one"] {
        assert!(openssh.accepts(&key_line, "git", message, &armor));
        assert_eq!(verify_detached("git", message, &armor), Err(SignatureFault::WeakKey));
    }
    assert_eq!(judge(&entry_with(armor)), Err(SignatureFault::WeakKey));
    assert_eq!(PublicKey::parse(&key_line), Err(KeyFault::Weak));
    assert!(PublicKey::parse(&secret().public().to_openssh()).is_ok());
}

/// SIG-8, with legal twin
#[test]
fn sig_8_key_inside_the_signature_is_the_one_that_counts() {
    let other = SecretKey::generate();
    let data = sshsig::signed_data("git", payload().bytes());
    let blob = wire::strings(&[b"ssh-ed25519", &SigningKey::from_bytes(&SEED).sign(&data).to_bytes()]);
    let swapped = envelope(&other.public().to_blob(), b"git", b"sha512", &blob);
    assert_eq!(judge(&entry_with(swapped)), Err(SignatureFault::BadSignature));
    let honest = other.sign(COMMIT_NAMESPACE, payload().bytes());
    assert_eq!(judge(&entry_with(honest)), Ok(other.public()));
    assert_ne!(other.public(), secret().public());
}

/// SIG-9, with legal twin and control
#[test]
fn sig_9_other_key_types_are_refused_by_name() {
    let openssh = OpenSsh::new();
    for (kind, name) in
        [(&["rsa", "-b", "2048"][..], "ssh-rsa"), (&["ecdsa", "-b", "384"], "ecdsa-sha2-nistp384"), (&["ed25519"], "")]
    {
        openssh.keygen(kind[0], kind, "");
        let armor = openssh.sign(kind[0], "git", payload().bytes());
        let key_line = openssh.read_text(&format!("{}.pub", kind[0]));
        assert!(openssh.accepts(&key_line, "git", payload().bytes(), &armor));
        let expected = match name {
            "" => Ok(PublicKey::parse(&key_line).unwrap()),
            name => Err(SignatureFault::KeyType(name.to_owned())),
        };
        assert_eq!(judge(&entry_with(armor)), expected);
    }
    for name in ["ssh-dss", "ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"] {
        let armor = envelope(&wire::strings(&[name.as_bytes(), b"x"]), b"git", b"sha512", b"");
        assert_eq!(judge(&entry_with(armor)), Err(SignatureFault::KeyType(name.to_owned())));
    }
}

/// Returns a hardware key and its signature over the entry.
fn hardware_armor(application: &str, flags: u8) -> (PublicKey, String) {
    (hardware::public(application), hardware::armor(application, flags, payload().bytes()))
}

/// SIG-10, with legal twin and control
#[test]
fn sig_10_hardware_key_without_its_user_is_refused() {
    let openssh = OpenSsh::new();
    for flags in [0, 4, 0x80] {
        let (public, armor) = hardware_armor("ssh:", flags);
        assert!(openssh.accepts(&public.to_openssh(), "git", payload().bytes(), &armor));
        assert_eq!(judge(&entry_with(armor)), Err(SignatureFault::SkFlags));
    }
    for application in ["https://example.org", "", "SSH:"] {
        let (_, armor) = hardware_armor(application, PRESENT);
        assert_eq!(judge(&entry_with(armor)), Err(SignatureFault::SkFlags));
    }
    for (application, flags, user_verified) in
        [("ssh:", PRESENT, false), ("ssh:", PRESENT_AND_VERIFIED, true), ("ssh:coord", PRESENT, false)]
    {
        let (public, armor) = hardware_armor(application, flags);
        assert!(openssh.accepts(&public.to_openssh(), "git", payload().bytes(), &armor));
        let verified = verify_commit(SignedCommit::new(payload(), armor)).unwrap();
        assert_eq!((verified.key(), verified.user_verified()), (&public, user_verified));
    }
}

/// SIG-10
#[test]
fn sig_10_flags_and_counter_are_part_of_what_is_signed() {
    let (public, armor) = hardware_armor("ssh:", PRESENT);
    let envelope = sshsig::Envelope::parse(&armor).unwrap();
    let len = envelope.signature.len();
    for index in [len - 5, len - 4, len - 1] {
        let mut signature = envelope.signature.clone();
        signature[index] ^= 4;
        let fault = judge(&entry_with(sshsig::armor(&public, "git", &signature)));
        assert_eq!(fault, Err(SignatureFault::BadSignature));
    }
    let short = &envelope.signature[..len - 1];
    let long = [&envelope.signature[..], b"x"].concat();
    for signature in [short, &long] {
        let fault = judge(&entry_with(sshsig::armor(&public, "git", signature)));
        assert_eq!(fault, Err(SignatureFault::NonCanonical("signature")));
    }
}

#[test]
fn hardware_signature_under_a_soft_key_is_not_canonical() {
    let (hard, armor) = hardware_armor("ssh:", PRESENT);
    let signature = sshsig::Envelope::parse(&armor).unwrap().signature;
    let fault = SignatureFault::NonCanonical("signature of another type than its key");
    assert_eq!(judge(&entry_with(sshsig::armor(&secret().public(), "git", &signature))), Err(fault.clone()));
    let soft = wire::strings(&[b"ssh-ed25519", &[0; 64]]);
    assert_eq!(judge(&entry_with(sshsig::armor(&hard, "git", &soft))), Err(fault));
}

/// SIG-11
#[test]
fn sig_11_signature_of_a_tag_does_not_fit_a_commit() {
    let repository = GitRepository::new(HASH, &secret());
    repository.commit(&["-m", "x"]);
    repository.openssh.run("git", &["tag", "-s", "-m", "release", "v1"], b"");
    let tag = String::from_utf8(repository.openssh.run("git", &["cat-file", "tag", "v1"], b"")).unwrap();
    let armor_start = tag.find("-----BEGIN").unwrap();
    let (text, armor) = tag.split_at(armor_start);
    assert_eq!(verify_detached(COMMIT_NAMESPACE, text.as_bytes(), armor), Ok(secret().public()));
    assert_eq!(judge(&entry_with(armor.to_owned())), Err(SignatureFault::BadSignature));
    assert_eq!(commit::parse(tag.as_bytes(), HASH), Err(CommitFault::PayloadType));
    let header = format!("gpgsig {}\n\n", armor.trim_end().replace('\n', "\n "));
    let dressed = text.replacen("\n\n", &format!("\n{header}"), 1);
    assert_eq!(commit::parse(dressed.as_bytes(), HASH), Err(CommitFault::PayloadType));
}

/// SIG-12
#[test]
fn sig_12_missing_and_moved_signatures_are_told_apart() {
    assert_eq!(commit::parse(payload().bytes(), HASH), Err(CommitFault::Unsigned));
    let moved = entry().replace("Approve it", "Approve all");
    assert_eq!(judge(&moved), Err(SignatureFault::BadSignature));
    let unknown = SecretKey::generate();
    let raw = entry_with(unknown.sign(COMMIT_NAMESPACE, payload().bytes()));
    assert_eq!(judge(&raw), Ok(unknown.public()));
}

/// SIG-13
#[test]
fn sig_13_forged_author_does_not_change_who_signed() {
    let forged = payload_by("Somebody Else");
    let armor = secret().sign(COMMIT_NAMESPACE, forged.bytes());
    let verified = verify_commit(SignedCommit::new(forged, armor)).unwrap();
    assert_eq!(verified.key(), &secret().public());
    assert_ne!(verified.value().digest(), payload().digest());
}

/// SIG-15, with control
#[test]
fn sig_15_nul_in_the_message_is_not_canonical() {
    let repository = GitRepository::new(HASH, &secret());
    let text = String::from_utf8(payload().bytes().to_vec()).unwrap() + "\0hidden\n";
    let armor = secret().sign(COMMIT_NAMESPACE, text.as_bytes());
    let raw = text.replacen("\n\n", &format!("\ngpgsig {}\n\n", armor.trim_end().replace('\n', "\n ")), 1);
    assert!(repository.verifies(raw.as_bytes()));
    assert_eq!(commit::parse(raw.as_bytes(), HASH), Err(CommitFault::NonCanonical("NUL byte")));
}

/// SIG-16, with legal twin and control
#[test]
fn sig_16_signed_but_unknown_headers_and_dates_are_not_canonical() {
    let repository = GitRepository::new(HASH, &secret());
    let text = String::from_utf8(payload().bytes().to_vec()).unwrap();
    let dress = |text: &str| {
        let armor = secret().sign(COMMIT_NAMESPACE, text.as_bytes());
        text.replacen("\n\n", &format!("\ngpgsig {}\n\n", armor.trim_end().replace('\n', "\n ")), 1)
    };
    assert_eq!(dress(&text), entry());
    for changed in [
        text.replacen("\n\n", "\nencoding UTF-8\n\n", 1),
        text.replacen("\n\n", "\nmergetag object x\n type y\n\n", 1),
        text.replacen("\n\n", "\nunknown x\n\n", 1),
    ] {
        let raw = dress(&changed);
        assert!(repository.verifies(raw.as_bytes()), "{raw}");
        assert!(matches!(commit::parse(raw.as_bytes(), HASH), Err(CommitFault::NonCanonical(_))));
    }
    let far = dress(&text.replace("1700000000", "9223372036854775808"));
    assert_eq!(commit::parse(far.as_bytes(), HASH), Err(CommitFault::NonCanonical("time out of range")));
}
