//! Reports of scanners.

use std::collections::BTreeSet;

use git_coord::format::WriteRecord;
use git_coord::format::parse_record;
use git_coord::format::sarif::Sarif;
use git_coord::format::sarif::mark_of;
use git_coord::model::Finding;
use git_coord::model::FindingState;
use git_coord::model::Record;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;

use super::harmless::assert_harmless_file;
use crate::support::world::Actor;

/// Reads the bytes as a report: whatever it says, a result becomes a finding that a record can say.
pub fn run(data: &[u8]) {
    let Ok(sarif) = Sarif::read(data, Some("/work/here")) else { return };
    assert_eq!(Sarif::read(data, Some("/work/here")).ok().as_ref(), Some(&sarif));
    let mut marks = BTreeSet::new();
    for result in &sarif.results {
        assert!(marks.insert(&result.mark), "the same result twice");
        assert_eq!(mark_of(result.text.as_str()), Some(result.mark.as_str()));
        assert_harmless_file(result.text.as_str(), "a result");
        for path in &result.paths {
            let path = path.as_str();
            let leaves = path.split('/').any(|name| name == "..") || path.starts_with('/');
            assert!(!leaves, "{path:?} is outside");
        }
        let id = RecordId::first(RecordKind::Finding);
        let finding = Finding {
            rev: 1,
            id: id.clone(),
            author: Actor::named("alice").id,
            kind: result.kind,
            severity: result.severity,
            text: result.text.clone(),
            paths: result.paths.clone(),
            commit: None,
            request: result.paths.is_empty().then(|| RecordId::first(RecordKind::Request)),
            half_life: None,
            state: FindingState::Open,
            mission: None,
        };
        let read = parse_record(&RecordPath::Finding(id), finding.to_text().as_bytes());
        assert_eq!(read, Ok(Record::Finding(Box::new(finding))));
    }
}
