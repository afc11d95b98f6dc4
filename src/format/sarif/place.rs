//! From the URI of an artifact to a path of the repository.

use crate::format::sarif::shape::ArtifactLocation;
use crate::format::sarif::shape::Run;
use crate::model::Pattern;

/// How far bases may rest on bases.
const DEPTH_MAX: usize = 8;

/// What is not a place in the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outside;

/// Returns the path of an artifact as the pattern that matches it alone; `None` if the report names none.
///
/// A relative URI is relative to the root of the repository, or to a base within it. An absolute one counts only if it is
/// of a file in this work tree: what lies elsewhere is nobody's here.
pub(super) fn pattern(location: &ArtifactLocation, run: &Run, root: Option<&str>) -> Option<Result<Pattern, Outside>> {
    let by_index = || {
        let index = usize::try_from(location.index?).ok()?;
        run.artifacts.get(index)?.location.as_ref()
    };
    let named = if location.uri.is_some() { Some(location) } else { by_index() };
    let named = named.filter(|named| named.uri.is_some())?;
    let parts = resolve(named, run, root, 0);
    Some(parts.and_then(|parts| written(&parts).ok_or(Outside)))
}

fn written(parts: &[String]) -> Option<Pattern> {
    let path = parts.join("/");
    Pattern::parse(&Pattern::escape(&path)).ok().filter(|_| !parts.is_empty())
}

/// Returns the names from the root of the repository to the artifact.
fn resolve(location: &ArtifactLocation, run: &Run, root: Option<&str>, depth: usize) -> Result<Vec<String>, Outside> {
    let uri = location.uri.as_deref().unwrap_or_default();
    if is_absolute(uri) {
        return inside(uri, root).ok_or(Outside);
    }
    let base = location.uri_base_id.as_ref().and_then(|id| run.original_uri_base_ids.get(id));
    let mut parts = match base {
        Some(_) if depth == DEPTH_MAX => return Err(Outside),
        // Where the scanner ran may be another checkout: its root is the root.
        Some(base) if base.uri.as_deref().is_some_and(is_absolute) => {
            base.uri.as_deref().and_then(|uri| inside(uri, root)).unwrap_or_default()
        }
        Some(base) => resolve(base, run, root, depth + 1)?,
        None => Vec::new(),
    };
    append(&mut parts, uri)?;
    Ok(parts)
}

/// Returns whether a URI has a scheme, or begins at the root of something.
fn is_absolute(uri: &str) -> bool {
    let first = uri.split('/').next().unwrap_or_default();
    uri.starts_with('/') || first.contains(':')
}

/// Returns where in the work tree the file of an absolute URI lies.
fn inside(uri: &str, root: Option<&str>) -> Option<Vec<String>> {
    let rest = uri.strip_prefix("file:")?;
    let rest = rest.strip_prefix("//localhost").or_else(|| rest.strip_prefix("//")).unwrap_or(rest);
    let mut parts = Vec::new();
    append(&mut parts, rest.strip_prefix('/')?).ok()?;
    let above: Vec<&str> = root?.split('/').filter(|part| !part.is_empty()).collect();
    let is_below = parts.len() >= above.len() && parts.iter().zip(&above).all(|(one, other)| one == other);
    is_below.then(|| parts.split_off(above.len()))
}

/// Goes on from some names along a relative URI.
fn append(parts: &mut Vec<String>, uri: &str) -> Result<(), Outside> {
    if uri.contains(['?', '#', '\\']) {
        return Err(Outside);
    }
    for part in uri.split('/') {
        match decoded(part).ok_or(Outside)?.as_str() {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(Outside)?;
            }
            name => parts.push(name.to_owned()),
        }
    }
    Ok(())
}

/// Returns one name with its escapes resolved; `None` if they hide a separator or are no text.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok().filter(|name| !name.contains(['/', '\0']))
}
