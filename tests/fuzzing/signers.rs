//! The file by which stock git verifies: nothing that a record says gets into its options.

use git_coord::format::parse_record;
use git_coord::model::PrincipalId;
use git_coord::model::Record;
use git_coord::model::RecordPath;
use git_coord::ops::principals::signers_in;
use git_coord::rules::State;
use git_coord::sign::PublicKey;

use super::ground::with_ground;

/// Reads a line with an id and then the record of a principal, and exports it beside those who are there.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some((id, record)) = text.split_once('\n') else { return };
    let Ok(id) = PrincipalId::parse(id) else { return };
    let Ok(Record::Principal(record)) = parse_record(&RecordPath::Principal(id.clone()), record.as_bytes()) else {
        return;
    };
    let Ok(key) = PublicKey::parse(&record.key) else { return };
    with_ground(|ground| {
        let mut state: State = ground.chain.state.clone();
        state.keys.insert(key.clone(), id.clone());
        let file = signers_in(&state);
        assert_eq!(file.lines().count(), state.keys.len(), "a line for each key");
        for line in file.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            let [owner, namespaces, kind, blob, rest @ ..] = &fields[..] else { panic!("{line}") };
            assert!(rest.is_empty() || rest == ["#", "revoked"], "{line}");
            assert_eq!(*namespaces, "namespaces=\"git\"");
            let owner = owner.strip_suffix("@coord.invalid").and_then(|id| PrincipalId::parse(id).ok()).expect("an id");
            let read = PublicKey::parse(&format!("{kind} {blob}")).expect("a key");
            assert_eq!(state.keys.get(&read), Some(&owner), "{line}");
        }
    });
}
