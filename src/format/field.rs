//! Single values of records: text in the file, checked types in the model.
//!
//! A value is checked while it is read, so that the TOML reader can say in which line and column it stands.

use std::borrow::Cow;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error;

use crate::model::Argument;
use crate::model::Decision;
use crate::model::Digest;
use crate::model::InputPath;
use crate::model::ObjectId;
use crate::model::Pattern;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::RecordName;
use crate::model::RefName;
use crate::model::RefPattern;
use crate::model::Resource;
use crate::model::Span;
use crate::model::Text;

/// A value that a record writes as a string.
pub(crate) trait StringField: Sized {
    fn read(text: &str) -> Result<Self, String>;
    fn write(&self) -> Cow<'_, str>;
}

/// The serde shape of a [`StringField`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field<T>(pub(crate) T);

impl<'de, T: StringField> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::read(&text).map(Field).map_err(D::Error::custom)
    }
}

impl<T: StringField> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.write())
    }
}

pub(crate) fn unwrap_all<T>(fields: Vec<Field<T>>) -> Vec<T> {
    fields.into_iter().map(|field| field.0).collect()
}

pub(crate) fn wrap_all<T: Clone>(values: &[T]) -> Vec<Field<T>> {
    values.iter().cloned().map(Field).collect()
}

pub(crate) fn wrap<T: Clone>(value: Option<&T>) -> Option<Field<T>> {
    value.cloned().map(Field)
}

/// Implements [`StringField`] by a parser that tells its own fault, and `Display`.
macro_rules! parsed_field {
    ($($type:ty),+ $(,)?) => {$(
        impl StringField for $type {
            fn read(text: &str) -> Result<Self, String> {
                <$type>::parse(text).map_err(|fault| fault.to_string())
            }

            fn write(&self) -> Cow<'_, str> {
                self.to_string().into()
            }
        }
    )+};
}

parsed_field!(Argument, InputPath, Pattern, RefPattern, Resource, PrincipalId, RecordName, RefName);

impl StringField for Text {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse_multiline(text).map_err(|fault| fault.to_string())
    }

    fn write(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl StringField for Digest {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "expected `sha256:` and 64 lower-case hexadecimal digits".to_owned())
    }

    fn write(&self) -> Cow<'_, str> {
        self.to_string().into()
    }
}

impl StringField for ObjectId {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "expected a full object id of 40 or 64 lower-case hexadecimal digits".to_owned())
    }

    fn write(&self) -> Cow<'_, str> {
        self.to_string().into()
    }
}

impl StringField for Span {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| "expected a span such as `90s`, `30m`, `4h` or `7d`".to_owned())
    }

    fn write(&self) -> Cow<'_, str> {
        self.to_string().into()
    }
}

/// A text of one line.
#[derive(Clone, Debug)]
pub(crate) struct Line(pub(crate) Text);

impl StringField for Line {
    fn read(text: &str) -> Result<Self, String> {
        Text::parse(text).map(Line).map_err(|fault| fault.to_string())
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

/// The question of a decision: one line that is not long.
#[derive(Clone, Debug)]
pub(crate) struct Question(pub(crate) Text);

impl StringField for Question {
    fn read(text: &str) -> Result<Self, String> {
        bounded("question", text, Decision::QUESTION_BYTES_MAX)?;
        Text::parse(text).map(Self).map_err(|fault| fault.to_string())
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

/// The answer of a decision.
#[derive(Clone, Debug)]
pub(crate) struct Settlement(pub(crate) Text);

impl StringField for Settlement {
    fn read(text: &str) -> Result<Self, String> {
        bounded("answer", text, Decision::ANSWER_BYTES_MAX)?;
        Text::parse_multiline(text).map(Self).map_err(|fault| fault.to_string())
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

fn bounded(what: &str, text: &str, most: usize) -> Result<(), String> {
    if text.len() <= most { Ok(()) } else { Err(format!("{what} is longer than {most} bytes")) }
}

/// The id of a claim, and of nothing else.
#[derive(Clone, Debug)]
pub(crate) struct ClaimId(pub(crate) RecordId);

impl StringField for ClaimId {
    fn read(text: &str) -> Result<Self, String> {
        id_of(RecordKind::Claim, text).map(Self)
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

/// The id of a request, and of nothing else.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) RecordId);

impl StringField for RequestId {
    fn read(text: &str) -> Result<Self, String> {
        id_of(RecordKind::Request, text).map(Self)
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

/// The id of a decision, and of nothing else.
#[derive(Clone, Debug)]
pub(crate) struct DecisionId(pub(crate) RecordId);

impl StringField for DecisionId {
    fn read(text: &str) -> Result<Self, String> {
        id_of(RecordKind::Decision, text).map(Self)
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

/// The id of a finding, and of nothing else.
#[derive(Clone, Debug)]
pub(crate) struct FindingId(pub(crate) RecordId);

impl StringField for FindingId {
    fn read(text: &str) -> Result<Self, String> {
        id_of(RecordKind::Finding, text).map(Self)
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

fn id_of(kind: RecordKind, text: &str) -> Result<RecordId, String> {
    let id = RecordId::parse(text).map_err(|fault| fault.to_string())?;
    let expected = || format!("expected an id that starts with `{}-`", kind.letter());
    if id.kind() == kind { Ok(id) } else { Err(expected()) }
}
