//! Trailers of a commit message, where there is no doubt about where git would put them.
//!
//! Source: git-interpret-trailers(1).

/// Returns a message with these trailers at its end, each once, as `git interpret-trailers --if-exists addIfDifferent`
/// writes it; `None` where that depends on more than is looked at here: comments, folded lines, paragraphs that are
/// trailers in part.
pub fn with_trailers(message: &str, trailers: &[String]) -> Option<String> {
    let begins_plainly = |line: &str| line.is_empty() || line.starts_with(|first: char| first.is_ascii_alphanumeric());
    let is_plain = message.ends_with('\n') && !message.ends_with("\n\n") && message.lines().all(begins_plainly);
    if !is_plain || message.starts_with('\n') {
        return None;
    }
    let block = message.trim_end_matches('\n').rsplit_once("\n\n").map(|(_, last)| last);
    // The first paragraph is the subject, whatever it looks like.
    let present: Vec<&str> = match block {
        Some(last) if last.lines().all(is_trailer) => last.lines().collect(),
        Some(last) if last.contains(':') || last.contains("(cherry picked") => return None,
        _ => Vec::new(),
    };
    let mut written = message.to_owned();
    if present.is_empty() {
        written.push('\n');
    }
    for trailer in trailers.iter().filter(|trailer| !present.contains(&trailer.as_str())) {
        written.push_str(trailer);
        written.push('\n');
    }
    Some(written)
}

fn is_trailer(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(key, value)| {
        !value.trim().is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}
