//! The story as it is played: what is typed is run, checked and told.

use std::fmt::Display;

use serde_json::Value;

use crate::demo::actor::Actor;
use crate::demo::narration::Narration;
use crate::demo::project::Project;
use crate::demo::seen::Seen;
use crate::demo::server::Server;
use crate::demo::stage::Stage;
use crate::demo::stop::Mismatch;
use crate::demo::stop::Stop;
use crate::disk;
use crate::disk::Durability;
use crate::model::Timestamp;
use crate::ui::plain;

/// The exit codes that the story knows, of git and of `git coord` alike.
pub(super) const DONE: i32 = 0;
pub(super) const REFUSED: i32 = 1;
pub(super) const CONFLICT: i32 = 3;

/// The story as it is played.
pub(super) struct Story<'a> {
    pub(super) stage: Stage,
    pub(super) project: Project,
    pub(super) server: Server,
    pub(super) pages: Narration<'a>,
    /// When it began.
    pub(super) began: Timestamp,
    /// How many things were checked.
    pub(super) checks: u32,
}

impl Story<'_> {
    /// Lets somebody type a line that everybody sees, and checks how it ends.
    pub(super) fn types(&mut self, who: Actor, line: &str, status: i32) -> Result<Seen, Stop> {
        self.pages.typed(who.name(), line);
        self.quietly(who, line, status)
    }

    /// Runs what a reader need not see, and checks how it ends.
    pub(super) fn quietly(&mut self, who: Actor, line: &str, status: i32) -> Result<Seen, Stop> {
        let seen = self.stage.type_line(who, line)?;
        self.checks += 1;
        seen.ended(status)?;
        Ok(seen)
    }

    /// Lets somebody write a record with an editor.
    pub(super) fn writes(&mut self, who: Actor, record: &str, text: &str) -> Result<(), Stop> {
        self.pages.typed(who.name(), &format!("cat .coord/{record}    # written with an editor"));
        text.lines().for_each(|line| self.pages.output(line));
        let file = self.stage.path(who.desk()).join(".coord").join(record);
        disk::write(&file, text.as_bytes(), 0o644, Durability::Cached)?;
        Ok(())
    }

    /// Tells the lines of a command's output that contain these texts; each must be there.
    pub(super) fn shows(&mut self, seen: &Seen, texts: &[&str]) -> Result<(), Stop> {
        for text in texts {
            self.checks += 1;
            let line = seen.line_with(text)?;
            self.pages.output(&plain(line));
        }
        Ok(())
    }

    /// Checks that a line that was not told is there.
    pub(super) fn says(&mut self, seen: &Seen, text: &str) -> Result<(), Stop> {
        self.checks += 1;
        seen.line_with(text)?;
        Ok(())
    }

    /// Checks a value that programs see.
    pub(super) fn holds<T: PartialEq + Display>(&mut self, what: &str, expected: T, seen: T) -> Result<(), Stop> {
        self.checks += 1;
        if expected == seen {
            return Ok(());
        }
        let expected = format!("{what}: {expected}");
        Err(Mismatch { step: "what programs see".to_owned(), expected, seen: vec![seen.to_string()] }.into())
    }

    /// Returns a claim as `git coord status` tells programs of it.
    pub(super) fn claim(&mut self, who: Actor, id: &str) -> Result<Value, Stop> {
        let seen = self.quietly(who, "git coord --json status --all", DONE)?;
        let found = seen.objects()?.into_iter().find(|object| object["type"] == "claim" && object["id"] == id);
        Ok(found.ok_or_else(|| seen.otherwise(format!("the claim {id}")))?)
    }

    /// Checks who has a claim, and whether it is held or queued.
    pub(super) fn claim_is(&mut self, id: &str, holder: &str, state: &str) -> Result<(), Stop> {
        let claim = self.claim(Actor::Alice, id)?;
        self.holds(&format!("the holder of {id}"), holder, claim["holder"].as_str().unwrap_or("nobody"))?;
        self.holds(&format!("the state of {id}"), state, claim["state"].as_str().unwrap_or("none"))
    }

    /// Returns the one object that a command prints for programs.
    pub(super) fn object(&mut self, who: Actor, line: &str, status: i32) -> Result<Value, Stop> {
        let seen = self.quietly(who, line, status)?;
        let object = seen.objects()?.into_iter().next();
        Ok(object.ok_or_else(|| seen.otherwise("an object".to_owned()))?)
    }
}
