//! The requests that a push names by its options (S26): they land, all of them, and no other does.

use crate::model::RecordId;
use crate::ops::gate::Decision;
use crate::rules::Code;
use crate::rules::Refusal;

/// The push option that names which request a push lands (S26).
const REQUEST_OPTION: &str = "coord.request=";

/// How many requests one push may name.
const NAMED_MAX: usize = 64;

/// Returns the requests that a push names, each once.
pub(super) fn named_requests(push_options: &[String]) -> Result<Vec<RecordId>, Refusal> {
    let mut named = Vec::new();
    for id in push_options.iter().filter_map(|option| option.strip_prefix(REQUEST_OPTION)) {
        let malformed = |_| Refusal::new(Code::InputMalformed, "the push option names no request");
        named.push(RecordId::parse(id).map_err(malformed)?);
    }
    named.sort();
    named.dedup();
    if named.len() > NAMED_MAX {
        return Err(Refusal::new(Code::RecordLimit, format!("a push names at most {NAMED_MAX} requests")));
    }
    Ok(named)
}

/// Refuses a push that lands something else than all of what it names (S26).
pub(super) fn check_all_land(named: &[RecordId], decisions: &[Decision]) -> Result<(), Refusal> {
    let mut landing = decisions.iter().flat_map(|decision| &decision.segments);
    let idle = named.iter().find(|id| !landing.clone().any(|segment| segment.request.as_ref() == Some(*id)));
    if let Some(id) = idle {
        return Err(Refusal::new(Code::RequestAmbiguous, format!("`{id}` is named, and the push does not land it")));
    }
    let unnamed = landing.find(|segment| !segment.request.as_ref().is_some_and(|id| named.contains(id)));
    match unnamed.and_then(|segment| segment.request.as_ref()) {
        Some(id) if !named.is_empty() => {
            Err(Refusal::new(Code::RequestAmbiguous, format!("the push lands `{id}`, and names others")))
        }
        _ => Ok(()),
    }
}
