//! Tests of the whole of `sign`, and the real programs that serve as their controls.

mod attacks;
pub(crate) mod hardware;
pub(crate) mod openssh;
mod tampering;
