use crate::format::code_commit;
use crate::format::commit;
use crate::format::commit::Payload;
use crate::format::commit::SignedCommit;
use crate::format::commit::Stamp;
use crate::model::HashKind;
use crate::model::ObjectId;
use crate::sign::SecretKey;
use crate::sign::tests::openssh::GitRepository;
use crate::sign::tests::openssh::OpenSsh;

use super::*;

const BOTH: [HashKind; 2] = [HashKind::Sha1, HashKind::Sha256];

#[test]
fn commits_of_stock_git_are_canonical_and_verify() {
    let secret = SecretKey::generate();
    for hash in BOTH {
        let repository = GitRepository::new(hash, &secret);
        let trailers = ["-m", "Second", "-m", "Body\nover lines,\n\nand more.", "-m", "Coord-Session: s-1\nA-B: c"];
        for arguments in [&["-m", "First"][..], &trailers, &["--allow-empty-message", "-m", ""]] {
            let raw = repository.commit(arguments);
            let signed = commit::parse(&raw, hash).unwrap();
            assert_eq!(signed.to_bytes(hash), raw);
            let verified = verify_commit(signed).unwrap();
            assert_eq!(verified.key(), &secret.public());
            assert_eq!(verified.value().committer().time(), 1_700_000_000);
            assert!(!verified.user_verified());
        }
    }
}

#[test]
fn our_commits_are_good_to_stock_git() {
    let secret = SecretKey::generate();
    for hash in BOTH {
        let repository = GitRepository::new(hash, &secret);
        let tree: ObjectId = repository.empty_tree().parse().unwrap();
        let stamp = Stamp::new("Jörg", "j@example.org", 1_700_000_000, "-0330").unwrap();
        let payload = Payload::build(tree, None, stamp.clone(), stamp, "Take the parser\n".to_owned()).unwrap();
        let armor = secret.sign(COMMIT_NAMESPACE, payload.bytes());
        let raw = SignedCommit::new(payload, armor).to_bytes(hash);
        assert!(repository.verifies(&raw));
        repository.openssh.run("git", &["hash-object", "-w", "-t", "commit", "--stdin"], &raw);
        repository.openssh.run("git", &["fsck", "--strict"], b"");
        assert!(verify_commit(commit::parse(&raw, hash).unwrap()).is_ok());
    }
}

#[test]
fn code_commits_of_stock_git_verify() {
    let secret = SecretKey::generate();
    for hash in BOTH {
        let repository = GitRepository::new(hash, &secret);
        let raw = repository.commit(&["-m", "Subject\n\nCo-authored-by: B <b@example.org>\nCoord-Claim: c-1"]);
        let read = code_commit::parse(&raw, hash).unwrap();
        assert_eq!(verify_code_commit(&read), CodeSignature::Signed { key: secret.public(), user_verified: false });
        assert_eq!(read.co_authors, ["B <b@example.org>"]);
        assert_eq!(read.claims, ["c-1"]);

        repository.openssh.run("git", &["checkout", "-q", "--orphan", "unsigned"], b"");
        repository.openssh.run("git", &["commit", "-q", "--allow-empty", "-m", "x"], b"");
        let raw = repository.openssh.run("git", &["cat-file", "commit", "HEAD"], b"");
        assert_eq!(verify_code_commit(&code_commit::parse(&raw, hash).unwrap()), CodeSignature::Unsigned);
    }
}

#[test]
fn merge_of_a_signed_tag_verifies() {
    let secret = SecretKey::generate();
    let repository = GitRepository::new(HashKind::Sha1, &secret);
    repository.commit(&["-m", "root"]);
    repository.openssh.run("git", &["checkout", "-q", "-b", "side"], b"");
    repository.commit(&["-m", "side"]);
    repository.openssh.run("git", &["tag", "-s", "-m", "tagged", "v1"], b"");
    repository.openssh.run("git", &["checkout", "-q", "-"], b"");
    repository.openssh.run("git", &["merge", "-q", "-S", "--no-ff", "-m", "merge", "v1"], b"");
    let raw = repository.openssh.run("git", &["cat-file", "commit", "HEAD"], b"");
    assert!(String::from_utf8_lossy(&raw).contains("\nmergetag "));
    let read = code_commit::parse(&raw, HashKind::Sha1).unwrap();
    assert_eq!(verify_code_commit(&read), CodeSignature::Signed { key: secret.public(), user_verified: false });
    assert_eq!(read.parents.len(), 2);
    // The same merge is no ledger entry.
    assert!(matches!(commit::parse(&raw, HashKind::Sha1), Err(commit::CommitFault::NonCanonical(_))));
}

#[test]
fn code_commit_with_another_signature_header_is_bad() {
    let secret = SecretKey::generate();
    let repository = GitRepository::new(HashKind::Sha1, &secret);
    let raw = String::from_utf8(repository.commit(&["-m", "x"])).unwrap();
    let check = |raw: &str| verify_code_commit(&code_commit::parse(raw.as_bytes(), HashKind::Sha1).unwrap());
    let other = raw.replace("\ngpgsig ", "\ngpgsig-sha256 x\n y\ngpgsig ");
    assert!(repository.verifies(other.as_bytes()));
    assert_eq!(check(&other), CodeSignature::Bad(SignatureFault::NonCanonical("more than one signature")));
    let only_other = raw.replace("\ngpgsig ", "\ngpgsig-sha256 ");
    assert_eq!(check(&only_other), CodeSignature::Bad(SignatureFault::NonCanonical("header of another hash function")));
    let pgp = raw.replace("BEGIN SSH SIGNATURE", "BEGIN PGP SIGNATURE");
    assert_eq!(check(&pgp), CodeSignature::Bad(SignatureFault::KeyType("openpgp".to_owned())));
    assert_eq!(check(&format!("{raw}more")), CodeSignature::Bad(SignatureFault::BadSignature));
    assert_eq!(check(&raw), CodeSignature::Signed { key: secret.public(), user_verified: false });
}

#[test]
fn detached_signatures_of_ssh_keygen_verify() {
    let openssh = OpenSsh::new();
    openssh.keygen("key", &["ed25519"], "");
    let public = PublicKey::parse(&openssh.read_text("key.pub")).unwrap();
    let armor = openssh.sign("key", "coord", b"message\n");
    assert_eq!(verify_detached("coord", b"message\n", &armor), Ok(public));
    assert_eq!(verify_detached("coord", b"message", &armor), Err(SignatureFault::BadSignature));
    assert_eq!(verify_detached("git", b"message\n", &armor), Err(SignatureFault::Namespace("coord".to_owned())));
}

#[test]
fn namespace_is_shown_without_control_characters() {
    assert_eq!(
        SignatureFault::Namespace("git\0\u{1b}".to_owned()).to_string(),
        r"signature is for namespace `git\0\u{1b}`"
    );
}
