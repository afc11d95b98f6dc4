//! What git writes to a server hook.

use git_coord::model::HashKind;
use git_coord::ops::receive::parse_commands;

/// Reads the bytes as the lines of a push: they say what they say, and nothing is passed over.
pub fn run(data: &[u8]) {
    let Some((first, input)) = data.split_first() else { return };
    let kind = if first & 1 == 0 { HashKind::Sha1 } else { HashKind::Sha256 };
    let parsed = parse_commands(input, kind);
    assert_eq!(parse_commands(input, kind), parsed);
    let Ok(commands) = parsed else { return };
    let null = "0".repeat(2 * kind.len_bytes());
    let id = |id: Option<git_coord::model::ObjectId>| id.map_or(null.clone(), |id| id.to_string());
    let lines: String =
        commands.iter().map(|command| format!("{} {} {}\n", id(command.old), id(command.new), command.name)).collect();
    let said = String::from_utf8_lossy(input);
    assert_eq!(lines, if said.is_empty() || said.ends_with('\n') { said.into_owned() } else { format!("{said}\n") });
    assert!(commands.iter().all(|command| !command.name.is_empty() && !command.name.contains('\n')));
}
