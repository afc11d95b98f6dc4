//! Servers that people really run, on loopback: what their hooks see, and what a push through them meets.

mod beginning;
mod closed;
mod gating;
mod gitolite;
mod kind;
mod page;
mod passwords;
mod racing;
mod refs;
mod row;
mod seen;
mod served;
mod starting;
mod telling;
