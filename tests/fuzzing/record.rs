//! Records of every kind.

use std::sync::LazyLock;

use git_coord::format::RECORD_BYTES_MAX;
use git_coord::format::WriteRecord;
use git_coord::format::parse_record;
use git_coord::format::ref_hash;
use git_coord::format::sha256;
use git_coord::model::Record;
use git_coord::model::RecordPath;
use git_coord::model::RefName;

use super::harmless::turns;

/// Where each kind may lie; the first byte of the input picks one.
pub static PLACES: LazyLock<Vec<RecordPath>> = LazyLock::new(|| {
    let main = RefName::parse("refs/heads/main").expect("it is a name");
    let landed = format!("landed/{}.toml", ref_hash(&main));
    let places = [
        "coord.toml",
        "principals/alice-3f9a1c2e.toml",
        "claims/c-7k2f9qxm.toml",
        "decisions/d-7k2f9qxm.toml",
        "findings/7k/f-7k2f9qxm.toml",
        "requests/r-4m8t2wzc.toml",
        "runs/r-4m8t2wzc.toml",
        "approvals/r-4m8t2wzc/maria-1f2e3d4c.toml",
        &landed,
        "policy.toml",
        "drafts/2-r-4m8t2wzc.toml",
        "README.md",
    ];
    places.iter().map(|path| RecordPath::parse(path).expect("it is a place")).collect()
});

/// Reads the bytes as a record: what is taken says the same when it is written again.
pub fn run(data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else { return };
    place(&String::from_utf8_lossy(bytes));
    let path = &PLACES[usize::from(*first) % PLACES.len()];
    let parsed = parse_record(path, bytes);
    assert_eq!(parse_record(path, bytes), parsed);
    let Ok(record) = parsed else { return };
    assert!(bytes.len() <= RECORD_BYTES_MAX);
    let text = str::from_utf8(bytes).expect("records are UTF-8");
    let moves = |c: char| (c.is_control() && !matches!(c, '\t' | '\n')) || turns(c);
    assert!(!text.contains(moves), "a record holds what moves a terminal");
    if let Record::Policy(_, digest) | Record::Draft(_, digest) = &record {
        assert_eq!(*digest, sha256(bytes));
    }
    if let Some(written) = written(&record) {
        assert_eq!(parse_record(path, written.as_bytes()).as_ref(), Ok(&record), "{written}");
    }
}

fn written(record: &Record) -> Option<String> {
    Some(match record {
        Record::Charter(record) => record.to_text(),
        Record::Principal(record) => record.to_text(),
        Record::Claim(record) => record.to_text(),
        Record::Decision(record) => record.to_text(),
        Record::Finding(record) => record.to_text(),
        Record::Request(record) => record.to_text(),
        Record::PolicyRequest(record) => record.to_text(),
        Record::ActionRequest(record) => record.to_text(),
        Record::Run(record) => record.to_text(),
        Record::Approval(record) => record.to_text(),
        Record::Landed(record) => record.to_text(),
        Record::Readme | Record::Policy(..) | Record::Draft(..) => return None,
    })
}

/// A place has one spelling, and leads nowhere else.
fn place(text: &str) {
    let Some(path) = RecordPath::parse(text) else { return };
    assert_eq!(path.to_string(), text);
    assert!(text.split('/').count() <= 4 && !text.contains("..") && !text.starts_with('/'), "{text}");
}
