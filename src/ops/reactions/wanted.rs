//! Which events a reaction is on.

use std::borrow::Cow;

use serde_json::Map;
use serde_json::Value;

use crate::format::Word;
use crate::model::FindingKind;
use crate::model::Pattern;
use crate::model::Reaction;
use crate::model::Severity;
use crate::ops::event::Event;

/// What decides of an event who reacts to it.
pub(super) struct Matter<'a> {
    name: &'a str,
    paths: Cow<'a, [Pattern]>,
    kind: Option<FindingKind>,
    severity: Option<Severity>,
}

impl<'a> Matter<'a> {
    pub(super) fn of(event: &'a Event) -> Self {
        Self { name: event.name, paths: Cow::Borrowed(&event.paths), kind: event.kind, severity: event.severity }
    }

    /// Returns that of an event which a file tells; `None` if it tells none.
    pub(super) fn of_told(told: &'a Map<String, Value>) -> Option<Self> {
        let word = |name: &str| told.get(name).and_then(Value::as_str);
        let paths = match told.get("paths") {
            Some(paths) => {
                paths.as_array()?.iter().map(|path| Pattern::parse(path.as_str()?).ok()).collect::<Option<_>>()?
            }
            None => Vec::new(),
        };
        Some(Self {
            name: told.get("event")?.as_str()?,
            paths: Cow::Owned(paths),
            kind: word("kind").and_then(FindingKind::from_word),
            severity: word("severity").and_then(Severity::from_word),
        })
    }

    /// Returns whether a reaction is to be started for it. What reactions themselves bring about is for none.
    pub(super) fn is_for(&self, reaction: &Reaction) -> bool {
        let is_own = self.name.starts_with("reaction");
        let touches = || Pattern::any_overlap(&self.paths, &reaction.paths);
        !is_own
            && reaction.on.iter().any(|name| name.matches(self.name))
            && (reaction.paths.is_empty() || touches())
            && (reaction.kinds.is_empty() || self.kind.is_some_and(|kind| reaction.kinds.contains(&kind)))
            && (reaction.severities.is_empty()
                || self.severity.is_some_and(|severity| reaction.severities.contains(&severity)))
    }
}
