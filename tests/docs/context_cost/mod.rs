//! What the answers of every command cost whoever reads them, measured where a team is at work.

mod page;
mod play;
mod tools;
