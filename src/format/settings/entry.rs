//! What is put into a settings file, and where.

use super::Node;

/// Something of ours in a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An element of the list that these keys lead to.
    Element { path: Vec<&'static str>, value: Node },
    /// A member of the object that these keys lead to.
    Member { path: Vec<&'static str>, key: &'static str, value: Node },
    /// A member of the whole, which its program wants beside another one, and which comes and goes with that.
    Beside { key: &'static str, value: Node, other: &'static str },
}
