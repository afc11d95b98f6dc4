//! Claiming and landing as a model whose every state is visited, within bounds: agents in clones, a server, answers that get
//! lost, processes that die, a policy that changes. What an entry does and whether a ref may move is decided by the real code
//! (`rules::judge`, `rules::decide`); what must hold is said here in other words than there.
//!
//! `book` keeps every sequence of entries with its verdict, `drafts` writes entries as agents would, `promises` says what must
//! hold of each entry, `model` what can happen next, and `visits` visits it all. `COORD_TEST_MODEL_MORE=1` looks one entry further.

mod book;
mod drafts;
mod model;
mod promises;
mod visits;
