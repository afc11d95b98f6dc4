//! `reactions.toml` of the local user: no record, and never read from what is in a repository.

use serde::Deserialize;

use crate::format::fault::RecordFault;
use crate::format::fault::RecordFaultKind;
use crate::format::field::Field;
use crate::format::field::StringField;
use crate::format::field::unwrap_all;
use crate::format::keyed::Keyed;
use crate::format::read::RECORD_BYTES_MAX;
use crate::format::read::parse;
use crate::format::read::plain_text;
use crate::format::version::Format;
use crate::model::Argument;
use crate::model::EventName;
use crate::model::FindingKind;
use crate::model::Pattern;
use crate::model::Reaction;
use crate::model::RecordName;
use crate::model::Severity;
use crate::model::Span;

const REACTIONS_MAX: usize = 32;
const TIMEOUT_S: u64 = 30;
const TIMEOUT_MAX_S: u64 = 600;
const PER_MINUTE: u64 = 10;
const PER_MINUTE_MAX: u64 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ReactionsShape {
    #[expect(dead_code, reason = "reading it checks it")]
    format: Format,
    #[serde(default)]
    reaction: Vec<Keyed<ReactionShape>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ReactionShape {
    id: Field<RecordName>,
    on: Vec<Field<EventName>>,
    #[serde(default)]
    paths: Vec<Field<Pattern>>,
    #[serde(default)]
    kind: Vec<Field<FindingKind>>,
    #[serde(default)]
    severity: Vec<Field<Severity>>,
    command: Vec<Field<Argument>>,
    timeout: Option<Field<Span>>,
    per_minute: Option<u64>,
}

/// Parses the reactions of the local user.
pub fn parse_reactions(bytes: &[u8]) -> Result<Vec<Reaction>, RecordFault> {
    let fault = |message: String| RecordFault::new(RecordFaultKind::Syntax, message);
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(RecordFault::new(RecordFaultKind::Size, format!("more than {RECORD_BYTES_MAX} bytes")));
    }
    let shape: ReactionsShape = parse(plain_text(bytes)?)?;
    if shape.reaction.len() > REACTIONS_MAX {
        return Err(fault(format!("more than {REACTIONS_MAX} reactions")));
    }
    let mut reactions: Vec<Reaction> = Vec::new();
    for Keyed(shape) in shape.reaction {
        let reaction = Reaction {
            id: shape.id.0,
            on: unwrap_all(shape.on),
            paths: unwrap_all(shape.paths),
            kinds: unwrap_all(shape.kind),
            severities: unwrap_all(shape.severity),
            command: unwrap_all(shape.command),
            timeout: shape.timeout.map_or(Span::from_s(TIMEOUT_S), |timeout| timeout.0),
            per_minute: shape.per_minute.unwrap_or(PER_MINUTE),
        };
        let id = &reaction.id;
        let program = reaction.command.first().map_or("", |program| program.as_str());
        // What lies in a work tree is what others write.
        let is_safe = program.starts_with('/') || !program.is_empty() && !program.contains('/');
        if reactions.iter().any(|other| other.id == *id) {
            return Err(fault(format!("there are two reactions `{id}`")));
        }
        if !is_safe {
            return Err(fault(format!("`{id}` begins with `{program}`: an absolute path or a plain name is expected")));
        }
        if reaction.on.is_empty() {
            return Err(fault(format!("`{id}` is on no event")));
        }
        if !(1..=TIMEOUT_MAX_S).contains(&reaction.timeout.seconds()) {
            return Err(fault(format!("the `timeout` of `{id}` is not between 1s and {TIMEOUT_MAX_S}s")));
        }
        if !(1..=PER_MINUTE_MAX).contains(&reaction.per_minute) {
            return Err(fault(format!("`per-minute` of `{id}` is not between 1 and {PER_MINUTE_MAX}")));
        }
        reactions.push(reaction);
    }
    Ok(reactions)
}

impl StringField for EventName {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text)
            .ok_or_else(|| "expected the name of an event, such as `finding.added`, `claim.*` or `*`".into())
    }

    fn write(&self) -> std::borrow::Cow<'_, str> {
        self.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::parse_reactions;

    const PLAIN: &str =
        "format = 1\n[[reaction]]\nid = \"tell\"\non = [\"finding.added\"]\ncommand = [\"notify-send\"]\n";

    #[test]
    fn reactions_are_read_strictly() {
        let read = parse_reactions(PLAIN.as_bytes()).unwrap();
        assert_eq!((read[0].timeout.seconds(), read[0].per_minute), (30, 10));
        let full = format!("{PLAIN}paths = [\"src/\"]\nkind = [\"bug\"]\nseverity = [\"high\"]\ntimeout = \"2m\"\n");
        assert!(parse_reactions(full.as_bytes()).is_ok());
        for wrong in [
            PLAIN.replace("notify-send", "./tools/run"),
            PLAIN.replace("notify-send", "tools/run"),
            PLAIN.replace("\"notify-send\"", ""),
            PLAIN.replace("[\"notify-send\"]", "\"notify-send\""),
            PLAIN.replace("finding.added", "finding"),
            PLAIN.replace("[\"finding.added\"]", "[]"),
            PLAIN.replace("format = 1", "format = 2"),
            format!("{PLAIN}shell = true\n"),
            format!("{PLAIN}timeout = \"2h\"\n"),
            format!("{PLAIN}per-minute = 0\n"),
            format!("{PLAIN}{}", &PLAIN["format = 1\n".len()..]),
        ] {
            assert!(parse_reactions(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
