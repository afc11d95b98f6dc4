//! What is wrong with a file that should be a record.

use std::fmt;

/// Why a file is not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFaultKind {
    /// No record may be at this path.
    Place,
    /// Not TOML, or not with these keys and values.
    Syntax,
    /// Larger than a record may be.
    Size,
    /// Written by a newer version.
    Newer,
}

/// A file is not a record: what is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFault {
    pub kind: RecordFaultKind,
    /// Line and column, from 1, if the fault is at a place in the text.
    pub position: Option<(usize, usize)>,
    pub message: String,
}

impl RecordFault {
    pub(crate) fn new(kind: RecordFaultKind, message: impl Into<String>) -> Self {
        Self { kind, position: None, message: message.into() }
    }
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.position {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for RecordFault {}
