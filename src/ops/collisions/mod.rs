//! What is changed in other work trees of this clone and has not landed: whoever changes it too meets that work later.
//!
//! Nobody needs to have claimed anything. `on` asks about some paths, from the work tree where somebody stands; a
//! `Vigil` follows all of them and tells where two change the same path.

mod change;
mod mainline;
mod meeting;
mod place;
mod post;
mod same;
mod told;
mod unopened;
mod vigil;

pub use change::Change;
pub use change::How;
pub use change::Side;
pub use change::on;
pub(crate) use vigil::Vigil;
