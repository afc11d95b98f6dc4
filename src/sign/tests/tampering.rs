//! Whatever is changed in a signed entry, it does not verify.

use crate::format::commit;
use crate::format::commit::Payload;
use crate::format::commit::SignedCommit;
use crate::format::commit::Stamp;
use crate::model::HashKind;
use crate::model::ObjectId;
use crate::sign::COMMIT_NAMESPACE;
use crate::sign::PublicKey;
use crate::sign::SecretKey;
use crate::sign::verify_commit;

fn entry(hash: HashKind, message: &str) -> (Vec<u8>, PublicKey) {
    let secret = SecretKey::from_seed(&[5; 32]);
    let stamp = Stamp::new("A U Thor", "a@example.org", 1_700_000_000, "+0000").unwrap();
    let tree = ObjectId::null(hash);
    let payload = Payload::build(tree, Some(tree), stamp.clone(), stamp, message.to_owned()).unwrap();
    let armor = secret.sign(COMMIT_NAMESPACE, payload.bytes());
    (SignedCommit::new(payload, armor).to_bytes(hash), secret.public())
}

fn verifies(raw: &[u8], hash: HashKind) -> bool {
    commit::parse(raw, hash).is_ok_and(|signed| verify_commit(signed).is_ok())
}

#[test]
fn every_flipped_bit_breaks_the_entry() {
    for hash in [HashKind::Sha1, HashKind::Sha256] {
        let (raw, _) = entry(hash, "Take src/parser\n");
        assert!(verifies(&raw, hash));
        for index in 0..raw.len() {
            for bit in 0..8 {
                let mut flipped = raw.clone();
                flipped[index] ^= 1 << bit;
                assert!(!verifies(&flipped, hash), "byte {index}, bit {bit}");
            }
        }
    }
}

#[test]
fn every_missing_or_doubled_byte_breaks_the_entry() {
    let (raw, _) = entry(HashKind::Sha1, "Take src/parser\n");
    for index in 0..raw.len() {
        let missing = [&raw[..index], &raw[index + 1..]].concat();
        let doubled = [&raw[..=index], &raw[index..]].concat();
        assert!(!verifies(&missing, HashKind::Sha1), "byte {index}");
        assert!(!verifies(&doubled, HashKind::Sha1), "byte {index}");
    }
}

proptest::proptest! {
    #[test]
    fn any_message_verifies_and_no_other_bytes_do(
        message in "[^\\x00]{0,40}",
        position: proptest::sample::Index,
        with: Vec<u8>,
        skip in 0_usize..4,
    ) {
        let (raw, key) = entry(HashKind::Sha1, &message);
        let verified = verify_commit(commit::parse(&raw, HashKind::Sha1).unwrap()).unwrap();
        proptest::prop_assert_eq!(verified.key(), &key);
        let start = position.index(raw.len());
        let changed = [&raw[..start], &with, &raw[(start + skip).min(raw.len())..]].concat();
        proptest::prop_assert!(changed == raw || !verifies(&changed, HashKind::Sha1));
    }
}
