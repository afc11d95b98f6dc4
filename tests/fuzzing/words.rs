//! Single words of records and command lines: times, spans, ids, names, resources, texts.

use git_coord::format::format_time;
use git_coord::format::parse_time;
use git_coord::format::with_trailers;
use git_coord::model::Argument;
use git_coord::model::Digest;
use git_coord::model::InputPath;
use git_coord::model::ObjectId;
use git_coord::model::PrincipalId;
use git_coord::model::PrincipalName;
use git_coord::model::RecordId;
use git_coord::model::RecordName;
use git_coord::model::Resource;
use git_coord::model::Span;
use git_coord::model::Text;

use super::harmless::assert_harmless;

/// Reads a text as each of them: what is taken has one spelling.
pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    if let Some(time) = parse_time(text) {
        assert_eq!(parse_time(&format_time(time)), Some(time));
    }
    if let Some(span) = Span::parse(text) {
        assert!(span > Span::ZERO && span <= Span::MAX);
    }
    let same = |taken: Option<String>| assert!(taken.is_none_or(|taken| taken == text), "{text:?}");
    same(text.parse::<ObjectId>().ok().map(|id| id.to_string()));
    same(text.parse::<Digest>().ok().map(|digest| digest.to_string()));
    same(PrincipalId::parse(text).ok().map(|id| id.to_string()));
    same(PrincipalName::parse(text).ok().map(|name| name.to_string()));
    same(RecordId::parse(text).ok().map(|id| id.to_string()));
    same(RecordName::parse(text).ok().map(|name| name.to_string()));
    same(Resource::parse(text).ok().map(|resource| resource.as_str().to_owned()));
    same(Argument::parse(text).ok().map(|argument| argument.as_str().to_owned()));
    same(Text::parse(text).ok().map(|text| text.to_string()));
    if let Ok(path) = InputPath::parse(text) {
        assert_eq!(path.as_str(), text);
        assert!(!text.starts_with('/') && text.split('/').all(|name| !matches!(name, "" | "." | "..")), "{text:?}");
    }
    for (taken, name) in [(Text::parse(text).is_ok(), "a text"), (Resource::parse(text).is_ok(), "a resource")] {
        if taken {
            assert_harmless(text, name);
        }
    }
    trailers(text);
}

/// A message with trailers has each once, and keeps all that it said.
fn trailers(message: &str) {
    let trailers = ["Coord-Claim: c-7k2f9qxm".to_owned(), "Coord-Mission: parser".to_owned()];
    let Some(stamped) = with_trailers(message, &trailers) else { return };
    assert!(stamped.starts_with(message.trim_end_matches('\n')));
    for trailer in &trailers {
        assert!(stamped.lines().any(|line| line == trailer), "{stamped:?}");
    }
    assert_eq!(with_trailers(&stamped, &trailers).as_ref(), Some(&stamped), "twice is once");
}
