//! Armoured signatures: of all spellings one is accepted.

use std::sync::LazyLock;

use git_coord::sign::COMMIT_NAMESPACE;
use git_coord::sign::SecretKey;
use git_coord::sign::verify_detached;

use super::envelope::Envelope;
use super::envelope::armored;
use super::envelope::encoded;
use super::tape::Tape;
use super::tape::spliced;

pub const MESSAGE: &[u8] = b"What is signed\n";

static KEY: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::from_seed(&[7; 32]));
static HONEST: LazyLock<String> = LazyLock::new(|| KEY.sign(COMMIT_NAMESPACE, MESSAGE));

/// Reads the bytes as armour, or as changes of an honest signature, field by field.
pub fn run(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let armor = match first & 3 {
        0 => String::from_utf8_lossy(rest).into_owned(),
        1 => String::from_utf8_lossy(&spliced(HONEST.as_bytes(), &mut Tape::new(rest))).into_owned(),
        2 => armored(&encoded(&spliced(&honest().blob(), &mut Tape::new(rest))), 70),
        _ => fields(rest),
    };
    let judged = verify_detached(COMMIT_NAMESPACE, MESSAGE, &armor);
    assert_eq!(verify_detached(COMMIT_NAMESPACE, MESSAGE, &armor), judged, "the same is judged the same");
    if judged.as_ref() == Ok(&KEY.public()) {
        assert_eq!(armor, *HONEST, "a second spelling is accepted");
    }
    for (namespace, message) in [("file", MESSAGE), (COMMIT_NAMESPACE, b"What is not signed\n")] {
        assert_ne!(verify_detached(namespace, message, &armor), Ok(KEY.public()));
    }
}

fn honest() -> Envelope {
    Envelope::of(&HONEST).expect("ours is canonical")
}

fn fields(data: &[u8]) -> String {
    let mut tape = Tape::new(data);
    let mut envelope = honest();
    match tape.below(8) {
        index @ 0..5 => envelope.fields[index] = spliced(&envelope.fields[index], &mut tape),
        5 => envelope.version = u32::from(tape.byte()),
        6 => envelope.magic = spliced(&envelope.magic, &mut tape),
        _ => envelope.trailing = tape.bytes(8).to_vec(),
    }
    let columns = [70, 64, 76, 1, 200];
    envelope.armor(tape.pick(&columns))
}
