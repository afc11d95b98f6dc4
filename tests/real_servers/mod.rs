//! Servers that people really run, on loopback: what their hooks see, and what a push through them meets.

mod kind;
mod starting;
