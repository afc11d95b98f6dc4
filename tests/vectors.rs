//! Holds the bytes that are signed and hashed against the frozen vectors in `schema/vectors`.
//!
//! `COORD_REGENERATE_VECTORS=1 cargo test vectors` writes the files anew. Whoever does so changes what ledgers in the
//! world mean: the difference belongs into the change that wants it, with the reason.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use git_coord::format::commit;
use git_coord::format::commit::Payload;
use git_coord::format::commit::SignedCommit;
use git_coord::format::commit::Stamp;
use git_coord::format::delta_digest;
use git_coord::format::ref_hash;
use git_coord::model::Content;
use git_coord::model::DeltaEntry;
use git_coord::model::Digest;
use git_coord::model::HashKind;
use git_coord::model::ObjectId;
use git_coord::model::PrincipalId;
use git_coord::model::PrincipalName;
use git_coord::model::RefName;
use git_coord::rules;
use git_coord::sign::COMMIT_NAMESPACE;
use git_coord::sign::PublicKey;
use git_coord::sign::SecretKey;
use git_coord::sign::verify_commit;
use git_coord::sign::verify_detached;
use serde_json::Value;
use serde_json::json;
use sha2::Digest as _;
use sha2::Sha256;

mod actions;

const REGENERATE: &str = "COORD_REGENERATE_VECTORS";
const AUDIENCE: &str = "k3v9q2x7";

fn path_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/vectors").join(format!("{name}.json"))
}

/// Returns the vectors of a file, which must be what the code makes; or makes the file.
fn frozen(name: &str, made: Value) -> Vec<Value> {
    if std::env::var_os(REGENERATE).is_some_and(|value| value == "1") {
        fs::write(path_of(name), format!("{}\n", serde_json::to_string_pretty(&made).unwrap())).unwrap();
    }
    let stored: Value = serde_json::from_str(&fs::read_to_string(path_of(name)).unwrap()).unwrap();
    let (stored, made) = (stored.as_array().unwrap(), made.as_array().unwrap());
    for (stored, made) in stored.iter().zip(made) {
        assert_eq!(stored, made, "`{name}.json` has something else; if that is meant, set {REGENERATE}=1");
    }
    assert_eq!(stored.len(), made.len(), "`{name}.json` has more or fewer; if that is meant, set {REGENERATE}=1");
    stored.clone()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap().as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn text<'v>(vector: &'v Value, key: &str) -> &'v str {
    vector[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {vector}"))
}

fn key_of_seed(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn principal_of(name: &str, key: &PublicKey) -> PrincipalId {
    let digest = Sha256::digest(key.to_blob());
    PrincipalId::new(&PrincipalName::parse(name).unwrap(), digest[..4].try_into().unwrap())
}

/// Returns some object id of a hash function.
fn object(hash: HashKind, about: &str) -> ObjectId {
    ObjectId::from_bytes(&Sha256::digest(about)[..hash.len_bytes()]).unwrap()
}

fn hash_word(hash: HashKind) -> &'static str {
    match hash {
        HashKind::Sha1 => "sha1",
        HashKind::Sha256 => "sha256",
    }
}

struct EntryCase {
    name: &'static str,
    seed: u8,
    signer: &'static str,
    parent: Option<&'static str>,
    mail: &'static str,
    time: i64,
    zone: &'static str,
    message: &'static str,
}

const ENTRIES: [EntryCase; 4] = [
    EntryCase {
        name: "genesis",
        seed: 1,
        signer: "maria",
        parent: None,
        mail: "maria@example.org",
        time: 1_795_262_400,
        zone: "+0000",
        message: "Begin the ledger\n",
    },
    EntryCase {
        name: "with trailers",
        seed: 2,
        signer: "agent-7",
        parent: Some("genesis"),
        mail: "agent-7@coord.invalid",
        time: 1_795_264_200,
        zone: "+0130",
        message: "Claim src/größe/\n\nStream the input.\n\nCoord-Session: 4f1c\nCoord-Mission: faster-parser\n",
    },
    EntryCase {
        name: "empty message",
        seed: 3,
        signer: "otto",
        parent: Some("with trailers"),
        mail: "",
        time: 0,
        zone: "-1200",
        message: "",
    },
    EntryCase {
        name: "message that looks like headers",
        seed: 255,
        signer: "z-",
        parent: Some("empty message"),
        mail: "x y",
        time: 1 << 40,
        zone: "+9999",
        message: "tree x\ngpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n\n\n",
    },
];

impl EntryCase {
    fn vector(&self, hash: HashKind) -> Value {
        let key = key_of_seed(self.seed);
        let stamp = Stamp::new(self.signer, self.mail, self.time, self.zone).unwrap();
        let (tree, parent) = (object(hash, self.name), self.parent.map(|parent| object(hash, parent)));
        let payload = Payload::build(tree, parent, stamp.clone(), stamp, self.message.to_owned()).unwrap();
        let digest = Digest::new(payload.digest()).to_string();
        let armor = key.sign(COMMIT_NAMESPACE, payload.bytes());
        json!({
            "name": self.name,
            "hash": hash_word(hash),
            "seed": hex(&[self.seed; 32]),
            "public_key": key.public().to_openssh(),
            "fingerprint": key.public().fingerprint(),
            "principal": principal_of(self.signer, &key.public()).as_str(),
            "tree": tree.to_string(),
            "parent": parent.map(|parent| parent.to_string()),
            "time": self.time,
            "payload_digest": digest,
            "commit": hex(&SignedCommit::new(payload, armor).to_bytes(hash)),
        })
    }
}

#[test]
fn entries_are_read_and_verified_as_frozen() {
    let made = [HashKind::Sha1, HashKind::Sha256]
        .into_iter()
        .flat_map(|hash| ENTRIES.iter().map(move |case| case.vector(hash)));
    for vector in frozen("entries", made.collect()) {
        let hash = if text(&vector, "hash") == "sha1" { HashKind::Sha1 } else { HashKind::Sha256 };
        let raw = unhex(&vector["commit"]);
        let signed = commit::parse(&raw, hash).unwrap();
        assert_eq!(signed.to_bytes(hash), raw);
        assert_eq!(Digest::new(Sha256::digest(signed.payload().bytes()).into()).to_string(), vector["payload_digest"]);
        let verified = verify_commit(signed).unwrap();
        let payload = verified.value();
        assert_eq!(Digest::new(payload.digest()).to_string(), vector["payload_digest"]);
        assert_eq!(payload.tree().to_string(), vector["tree"]);
        assert_eq!(payload.parents().first().map(ToString::to_string).as_deref(), vector["parent"].as_str());
        assert_eq!(payload.committer().time(), vector["time"]);
        assert_eq!(verified.key().fingerprint(), vector["fingerprint"]);
        assert_eq!(verified.key(), &PublicKey::parse(text(&vector, "public_key")).unwrap());
        let principal = PrincipalId::parse(text(&vector, "principal")).unwrap();
        assert_eq!(principal.suffix(), verified.key().short());
    }
}

#[test]
fn changed_entries_do_not_verify() {
    let vectors = ENTRIES.iter().map(|case| case.vector(HashKind::Sha1));
    for vector in vectors {
        let raw = unhex(&vector["commit"]);
        let is_good = |raw: &[u8]| commit::parse(raw, HashKind::Sha1).is_ok_and(|signed| verify_commit(signed).is_ok());
        assert!(is_good(&raw));
        for index in 0..raw.len() {
            let mut changed = raw.clone();
            changed[index] ^= 1;
            assert!(!is_good(&changed), "{} with byte {index} changed", vector["name"]);
        }
    }
}

/// A path with its content before and after: mode and what the content says.
type Side = Option<(u32, &'static str)>;
type DeltaCase = (&'static str, &'static str, &'static [(&'static [u8], Side, Side)]);

const FILE: u32 = 0o100_644;
const EXECUTABLE: u32 = 0o100_755;
const MAIN: &str = "refs/heads/main";

const DELTAS: &[DeltaCase] = &[
    ("empty", MAIN, &[]),
    ("file added", MAIN, &[(b"src/a.rs", None, Some((FILE, "new")))]),
    ("file removed", MAIN, &[(b"src/a.rs", Some((FILE, "old")), None)]),
    ("content changed", MAIN, &[(b"src/a.rs", Some((FILE, "old")), Some((FILE, "new")))]),
    ("empty file added", MAIN, &[(b"empty", None, Some((FILE, "")))]),
    ("mode changed", MAIN, &[(b"run.sh", Some((FILE, "same")), Some((EXECUTABLE, "same")))]),
    ("file became link", MAIN, &[(b"a", Some((FILE, "target")), Some((Content::LINK, "target")))]),
    ("submodule moved", MAIN, &[(b"vendor/x", Some((Content::SUBMODULE, "one")), Some((Content::SUBMODULE, "two")))]),
    ("path that is not UTF-8", MAIN, &[(b"caf\xe9\xff/\x01", None, Some((FILE, "new")))]),
    (
        "paths in the order of their bytes",
        MAIN,
        &[
            (b"A", None, Some((FILE, "1"))),
            (b"a", Some((FILE, "2")), None),
            (b"a-b", None, Some((FILE, "3"))),
            (b"a/b", None, Some((FILE, "4"))),
            (b"\xc3\xa4", None, Some((FILE, "5"))),
        ],
    ),
    ("another ref", "refs/heads/release/1.0", &[(b"src/a.rs", None, Some((FILE, "new")))]),
];

fn content((mode, about): (u32, &str)) -> Content {
    let mut sha256: [u8; 32] = Sha256::digest(about).into();
    if mode == Content::SUBMODULE {
        // The id of a commit, filled up with zeros.
        sha256[20..].fill(0);
    }
    Content { mode, sha256 }
}

fn delta_vector((name, target, entries): &DeltaCase) -> Value {
    let side = |side: Side| side.map(content);
    let entries: Vec<DeltaEntry> = entries
        .iter()
        .map(|(path, old, new)| DeltaEntry { path: path.to_vec(), old: side(*old), new: side(*new) })
        .collect();
    let digest = delta_digest(AUDIENCE, &RefName::parse(target).unwrap(), &entries);
    let shown = |side: Option<Content>| {
        side.map(|content| json!({ "mode": format!("{:o}", content.mode), "content": hex(&content.sha256) }))
    };
    let entries = entries
        .iter()
        .map(|entry| json!({ "path": hex(&entry.path), "old": shown(entry.old), "new": shown(entry.new) }));
    json!({
        "name": name,
        "audience": AUDIENCE,
        "ref": target,
        "entries": entries.collect::<Vec<_>>(),
        "digest": digest.to_string(),
    })
}

/// Hashes a vector as `schema/vectors/README.md` says, with nothing of ours.
fn digest_by_the_book(vector: &Value) -> String {
    let number = |number: u64| number.to_be_bytes().to_vec();
    let part = |bytes: &[u8]| [number(bytes.len() as u64), bytes.to_vec()].concat();
    let mut bytes = part(b"git-coord delta 1");
    bytes.extend(part(text(vector, "audience").as_bytes()));
    bytes.extend(part(text(vector, "ref").as_bytes()));
    let entries = vector["entries"].as_array().unwrap();
    bytes.extend(number(entries.len() as u64));
    for entry in entries {
        bytes.extend(part(&unhex(&entry["path"])));
        for side in [&entry["old"], &entry["new"]] {
            if side.is_null() {
                bytes.extend(number(0));
                continue;
            }
            bytes.extend(number(u64::from_str_radix(text(side, "mode"), 8).unwrap()));
            bytes.extend(part(&unhex(&side["content"])));
        }
    }
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

#[test]
fn deltas_have_their_frozen_digests() {
    let vectors = frozen("deltas", DELTAS.iter().map(delta_vector).collect());
    for vector in &vectors {
        assert_eq!(digest_by_the_book(vector), vector["digest"], "{}", vector["name"]);
    }
    let mut digests: Vec<&str> = vectors.iter().map(|vector| text(vector, "digest")).collect();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), vectors.len());
}

#[test]
fn refs_have_their_frozen_hashes() {
    let names = [MAIN, "refs/heads/master", "refs/heads/release/1.0", "refs/tags/v1.0", "refs/heads/größe"];
    let made = names.iter().map(|name| json!({ "ref": name, "hash": ref_hash(&RefName::parse(name).unwrap()) }));
    for vector in frozen("refs", made.collect()) {
        assert_eq!(hex(&Sha256::digest(text(&vector, "ref")))[..16], *text(&vector, "hash"));
    }
}

#[test]
fn rotations_are_signed_as_frozen() {
    let made = [("alice", 1, 4), ("agent-7", 2, 5)].into_iter().map(|(name, old, new)| {
        let (old_key, new_key) = (key_of_seed(old).public(), key_of_seed(new));
        let principal = principal_of(name, &old_key);
        let message = rules::rotation_message(AUDIENCE, &principal, &old_key);
        json!({
            "audience": AUDIENCE,
            "principal": principal.as_str(),
            "old_key": old_key.to_openssh(),
            "old_fingerprint": old_key.fingerprint(),
            "new_seed": hex(&[new; 32]),
            "new_key": new_key.public().to_openssh(),
            "namespace": rules::ROTATION_NAMESPACE,
            "message": message,
            "signature": new_key.sign(rules::ROTATION_NAMESPACE, message.as_bytes()),
        })
    });
    for vector in frozen("rotations", made.collect()) {
        let expected = format!(
            "{}\n{}\n{}\n",
            text(&vector, "audience"),
            text(&vector, "principal"),
            text(&vector, "old_fingerprint")
        );
        assert_eq!(text(&vector, "message"), expected);
        let signer = verify_detached(text(&vector, "namespace"), expected.as_bytes(), text(&vector, "signature"));
        assert_eq!(signer.unwrap().to_openssh(), text(&vector, "new_key"));
        assert!(verify_detached(COMMIT_NAMESPACE, expected.as_bytes(), text(&vector, "signature")).is_err());
    }
}
