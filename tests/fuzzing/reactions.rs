//! `reactions.toml` of the local user.

use git_coord::format::RECORD_BYTES_MAX;
use git_coord::format::parse_reactions;

/// Reads the bytes as reactions: each starts a program that is named in full, with arguments that are data.
pub fn run(data: &[u8]) {
    let read = parse_reactions(data);
    assert_eq!(parse_reactions(data), read);
    let Ok(reactions) = read else { return };
    assert!(data.len() <= RECORD_BYTES_MAX && reactions.len() <= 32);
    for (index, reaction) in reactions.iter().enumerate() {
        assert!(!reaction.command.is_empty(), "{reaction:?}");
        assert!(reactions[..index].iter().all(|other| other.id != reaction.id), "two of a name");
        assert!(reaction.command.iter().all(|word| !word.as_str().contains(['\0', '\n'])), "{reaction:?}");
    }
}
