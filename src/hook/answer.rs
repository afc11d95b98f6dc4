//! What a hook answers to git.

/// Whether git may go on, and what is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whether git may go on.
    pub goes_on: bool,
    /// What the person reads.
    pub said: Vec<String>,
}

impl Answer {
    pub(crate) fn go_on() -> Self {
        Self { goes_on: true, said: Vec::new() }
    }

    pub(crate) fn go_on_saying(said: Vec<String>) -> Self {
        Self { goes_on: true, said }
    }

    pub(crate) fn stop(said: Vec<String>) -> Self {
        Self { goes_on: false, said }
    }
}
