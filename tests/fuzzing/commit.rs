//! The bytes of commits: entries and code.

use std::sync::LazyLock;

use git_coord::format::code_commit;
use git_coord::format::commit;
use git_coord::format::commit::Payload;
use git_coord::format::commit::SignedCommit;
use git_coord::format::commit::Stamp;
use git_coord::model::HashKind;
use git_coord::model::ObjectId;
use git_coord::sign::COMMIT_NAMESPACE;
use git_coord::sign::SecretKey;
use git_coord::sign::verify_code_commit;
use git_coord::sign::verify_commit;

use super::tape::Tape;
use super::tape::spliced;

static KEY: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::from_seed(&[7; 32]));

/// Reads the bytes as a commit of either kind, and then as changes of a commit that is signed.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let hash = if first & 1 == 0 { HashKind::Sha1 } else { HashKind::Sha256 };
    if first & 2 == 0 {
        read(rest, hash);
    } else {
        change(rest, hash);
    }
}

/// What is read is written as it was, and the lenient reader sees the same in it.
fn read(raw: &[u8], hash: HashKind) {
    let code = code_commit::parse(raw, hash);
    assert_eq!(code_commit::parse(raw, hash), code);
    if let Ok(code) = &code {
        verify_code_commit(code);
        assert_eq!(commit::parents(raw).as_deref(), Some(&code.parents[..]));
        assert!(code.payload.len() <= raw.len());
    }
    let Ok(signed) = commit::parse(raw, hash) else { return };
    assert_eq!(signed.to_bytes(hash), raw, "an entry has one spelling");
    let code = code.expect("what is an entry is a commit");
    let payload = signed.payload();
    assert_eq!((code.tree, &code.parents[..]), (payload.tree(), payload.parents()));
    assert_eq!((&code.message, code.committer_time), (&payload.message().to_owned(), payload.committer().time()));
    assert_eq!(code.payload, payload.bytes(), "both verify the same bytes");
    assert_eq!((code.signature.as_deref(), code.signature_headers), (Some(signed.armor()), 1));
    for stamp in [payload.author(), payload.committer()] {
        let again = Stamp::new(stamp.name(), stamp.mail(), stamp.time(), stamp.zone());
        assert_eq!(again.as_ref(), Ok(stamp));
    }
    if let Ok(verified) = verify_commit(signed) {
        assert_eq!(verified.value().bytes(), code.payload);
    }
}

/// Whatever is changed in a signed entry, it does not verify.
fn change(data: &[u8], hash: HashKind) {
    let mut tape = Tape::new(data);
    let parent = tape.flag().then(|| ObjectId::null(hash));
    let stamp = Stamp::new("A U Thor", "a@example.org", i64::from(tape.byte()) << 24, "+0130").expect("it is one");
    let length = tape.byte().into();
    let message = String::from_utf8_lossy(tape.bytes(length)).into_owned();
    let Ok(payload) = Payload::build(ObjectId::null(hash), parent, stamp.clone(), stamp, message) else { return };
    let armor = KEY.sign(COMMIT_NAMESPACE, payload.bytes());
    let signed = SignedCommit::new(payload, armor);
    let raw = signed.to_bytes(hash);
    assert_eq!(commit::parse(&raw, hash).as_ref(), Ok(&signed));
    assert_eq!(verify_commit(signed).expect("it is signed").key(), &KEY.public());
    let changed = spliced(&raw, &mut tape);
    let accepted = commit::parse(&changed, hash).is_ok_and(|signed| verify_commit(signed).is_ok());
    assert!(!accepted || changed == raw, "other bytes verify as well");
}
