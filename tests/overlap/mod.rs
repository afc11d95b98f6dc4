//! Whether what reads like an intent is found.

mod retrieval;
mod store;
