//! The bytes of one tree object.

use git_coord::git::parse_tree;
use git_coord::model::HashKind;

/// Reads the bytes as a tree of either kind: what is taken could be written again, in order and without twins.
pub fn run(data: &[u8]) {
    let Some((first, raw)) = data.split_first() else { return };
    let kind = if first & 1 == 0 { HashKind::Sha1 } else { HashKind::Sha256 };
    let Ok(entries) = parse_tree(raw, kind) else { return };
    let mut written = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        assert!(!entry.name.is_empty() && !entry.name.iter().any(|byte| matches!(byte, 0 | b'/')), "{:?}", entry.name);
        let lower = entry.name.to_ascii_lowercase();
        assert!(![&b"."[..], b"..", b".git", b"git~1"].contains(&&lower[..]), "{:?}", entry.name);
        assert!(!entry.id.is_null() && entry.id.kind() == kind);
        assert!(entries[..index].iter().all(|other| other.name != entry.name), "a twin of {:?}", entry.name);
        written.extend(format!("{:o} ", entry.mode).into_bytes());
        written.extend(entry.name);
        written.push(0);
        written.extend(entry.id.as_bytes());
    }
    // Git reads the old mode of files that their group may write as the one of plain files.
    let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("100664 ", "100644 ");
    assert_eq!(plain(&written), plain(raw), "a tree has one spelling");
}
