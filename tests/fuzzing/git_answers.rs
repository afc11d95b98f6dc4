//! What git and a remote's server answer.

use git_coord::git::PushOutcome;
use git_coord::git::parse_push;
use git_coord::git::parse_references;

/// Reads the bytes as the list of a remote's references and as what became of a push.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(found) = parse_references(&text) {
        assert_eq!(found.len(), text.lines().count(), "no line is passed over");
        assert!(found.iter().all(|(name, _)| !name.contains('\n')));
    }
    let results = parse_push(&text);
    assert!(results.len() <= text.lines().count());
    let refused = text.lines().filter(|line| line.starts_with("!\t") && line.matches('\t').count() >= 2);
    let refused = refused.filter(|line| line.split('\t').nth(1).is_some_and(|refs| refs.contains(':'))).count();
    let told = results.iter().filter(|result| result.outcome != PushOutcome::Ok).count();
    assert_eq!(told, refused, "a refusal is passed over");
}
