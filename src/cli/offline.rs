//! Which verbs may leave their entry here while the remote that decides is away.

use crate::cli::actions::RunArguments;
use crate::cli::arguments::Verb;
use crate::ops::Offline;

/// Returns what becomes of the entry of a verb. Claims, findings and what their holders and authors do with them are judged
/// again before they count; whatever decides about others rests on what was fetched for it.
pub(crate) fn asked_for(verb: &Verb) -> Offline {
    let (is_asked, otherwise) = match verb {
        Verb::Claim(arguments) => (arguments.offline, Offline::Possible),
        Verb::Release(arguments) => (arguments.offline.offline, Offline::Possible),
        Verb::Renew { offline, .. }
        | Verb::Handoff { offline, .. }
        | Verb::Resolve { offline, .. }
        | Verb::Dismiss { offline, .. } => (offline.offline, Offline::Possible),
        Verb::Find(arguments) => (arguments.offline, Offline::Fallback),
        // What has happened is worth writing down wherever that can be done.
        Verb::Run(RunArguments { outcome: Some(_), .. }) => (false, Offline::Fallback),
        _ => (false, Offline::Refused),
    };
    if is_asked { Offline::Chosen } else { otherwise }
}
