//! Exit codes: an interface. The same table stands in the README.

use crate::ui::ErrorKind;

/// Why the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or the answer is yes.
    Done = 0,
    /// Refused: the gate or a rule said no.
    Refused = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// Somebody holds it, or a race was lost; later may work.
    Conflict = 3,
    /// Untrusted: signature, pin, fork, tampering.
    Untrusted = 4,
    /// The environment: no repository, key, remote, or an unreadable file.
    Environment = 5,
    /// A bug.
    Bug = 70,
}

impl Exit {
    /// Returns the number that the process ends with.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Returns the code for a sort of failure.
    pub const fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Refused => Self::Refused,
            ErrorKind::Usage => Self::Usage,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Untrusted => Self::Untrusted,
            ErrorKind::Environment => Self::Environment,
        }
    }
}
