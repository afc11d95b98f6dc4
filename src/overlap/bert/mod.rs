//! A sentence model of the user's: a BERT in the three files by which such models are passed on (`--features model`).
//!
//! Pure: it is given bytes, and none of them is this program's to ship. Reading order: `shape` (how large it is), `layers` (what
//! it computes), `encoder` (texts in, directions out).

mod encoder;
mod layers;
mod shape;
#[cfg(test)]
mod tests;
#[cfg(test)]
#[path = "../../../tests/support/tiny_model.rs"]
pub(crate) mod tiny_model;

pub use encoder::Encoder;
pub use encoder::EncoderFault;
pub use encoder::identity;
