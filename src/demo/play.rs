//! The order of the acts, and the end.

use std::path::Path;

use serde_json::Value;
use serde_json::json;

use crate::demo::beginning;
use crate::demo::claims;
use crate::demo::landing;
use crate::demo::narration::Narration;
use crate::demo::project::Project;
use crate::demo::review;
use crate::demo::server::Guard;
use crate::demo::server::Server;
use crate::demo::stage::Reach;
use crate::demo::stage::Stage;
use crate::demo::stop::Mismatch;
use crate::demo::stop::Stop;
use crate::demo::story::Story;
use crate::disk;
use crate::ops::Failure;
use crate::ops::Surroundings;
use crate::ui::plain;

/// What becomes of the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Keep,
    Remove,
}

/// Whether everything happened that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    AsExpected,
    Otherwise,
}

/// How the story went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub told: Told,
    /// How many things were checked, the last of which failed if it was told otherwise.
    pub checks: u32,
    /// How many entries of the ledger stock git verified.
    pub entries: u64,
}

impl Outcome {
    /// Returns the outcome for programs.
    pub fn json(&self) -> Value {
        let told = self.told == Told::AsExpected;
        json!({"type": "demo", "v": 1, "as_expected": told, "checks": self.checks, "entries": self.entries})
    }
}

/// What of the user's the story is played with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ground<'a> {
    /// The repository that it is played on a clone of; one of its own if there is none.
    pub on: Option<&'a Path>,
    /// What git calls an empty repository that is the server; one of its own if there is none.
    pub remote: Option<&'a str>,
}

/// Plays the story, on a clone of a repository or on one of its own.
pub fn run(
    surroundings: &Surroundings,
    ground: Ground<'_>,
    ending: Ending,
    say: &mut dyn FnMut(&str),
) -> Result<Outcome, Failure> {
    let directory = tempfile::Builder::new().prefix("git-coord-demo-").tempdir();
    let mut directory = directory.map_err(|source| disk::DiskError {
        action: "create a directory in",
        path: std::env::temp_dir(),
        source,
    })?;
    directory.disable_cleanup(ending == Ending::Keep);
    let root = disk::real_path(directory.path())?;
    play(surroundings, ground, &root, ending, say)
}

fn play(
    surroundings: &Surroundings,
    ground: Ground<'_>,
    root: &Path,
    ending: Ending,
    say: &mut dyn FnMut(&str),
) -> Result<Outcome, Failure> {
    let (stage, project, server) = set_up(surroundings, ground, root)?;
    let mut story = Story { stage, project, server, pages: Narration::new(say), began: surroundings.now(), checks: 0 };
    introduce(&mut story, ground.on);
    let outcome = match tell(&mut story) {
        Ok(entries) => {
            conclude(&mut story, surroundings, ending, entries);
            Outcome { told: Told::AsExpected, checks: story.checks, entries }
        }
        Err(Stop::Otherwise(mismatch)) => {
            report(&mut story, &mismatch);
            Outcome { told: Told::Otherwise, checks: story.checks, entries: 0 }
        }
        Err(Stop::Failure(failure)) => return Err(failure),
    };
    if ending == Ending::Keep {
        story.pages.plainly(&format!("Everything is still in {}.", root.display()));
    }
    Ok(outcome)
}

fn set_up(surroundings: &Surroundings, ground: Ground<'_>, root: &Path) -> Result<(Stage, Project, Server), Failure> {
    let reach = if ground.remote.is_some() { Reach::Users } else { Reach::Stage };
    let stage = Stage::set(root, reach, surroundings)?;
    let project = match ground.on {
        Some(source) => Project::clone_of(&surroundings.directory.join(source), &stage)?,
        None => Project::begin(&stage)?,
    };
    let server = Server::find(surroundings, ground.remote, &stage)?;
    Ok((stage, project, server))
}

/// Plays all acts. Returns how many entries stock git verified.
fn tell(story: &mut Story<'_>) -> Result<u64, Stop> {
    let cast = beginning::play(story)?;
    let claims = claims::play(story, &cast)?;
    let request = review::play(story, &cast, &claims)?;
    let recorder = if story.server.guard == Guard::Hub { &cast.hub } else { &cast.maria };
    landing::play(story, &cast, &claims, &request, recorder)
}

fn introduce(story: &mut Story<'_>, on: Option<&Path>) {
    let version = plain(&story.stage.git_version);
    let place = match on {
        Some(source) => format!("on a clone of {}", plain(&source.display().to_string())),
        None => "on a repository of two directories".to_owned(),
    };
    let server = story.server.place().map_or("a bare repository as the server".to_owned(), |place| plain(&place));
    let pages = &mut story.pages;
    pages.plainly(&format!("git coord demo: two agents, two reviewers and a person work {place}."));
    pages.plainly(&format!(
        "Everything is real: git {version}, ssh keys, worktrees, {server}. Each answer was checked \
         before it was shown; only digests are cut short, with `…`."
    ));
}

fn conclude(story: &mut Story<'_>, surroundings: &Surroundings, ending: Ending, entries: u64) {
    let seconds = surroundings.now().since(story.began).seconds();
    let checks = story.checks;
    let pages = &mut story.pages;
    pages.blank();
    pages.plainly(&format!(
        "{checks} checks held in {seconds} s; stock git verified the signatures of {entries} of {entries} entries."
    ));
    if ending == Ending::Remove {
        pages.plainly("It all happened in a directory that is gone now; `--keep` leaves it, to look around in.");
    }
    if let Some(place) = story.server.place() {
        let pages = &mut story.pages;
        pages.plainly(&format!("What was pushed stays in {}.", plain(&place)));
    }
    let pages = &mut story.pages;
    pages.plainly("Next: read README.md, or begin in a repository of yours with `git coord init`.");
}

/// Says what was expected and what was seen instead.
fn report(story: &mut Story<'_>, mismatch: &Mismatch) {
    // These lines are for others to read.
    let plain = |text: &str| plain(&story.server.without_password(text));
    let pages = &mut story.pages;
    pages.blank();
    pages.plainly("The story did not go as it is told.");
    pages.plainly(&format!("step:     {}", plain(&mismatch.step)));
    pages.plainly(&format!("expected: {}", plain(&mismatch.expected)));
    let mut seen = mismatch.seen.iter();
    pages.plainly(&format!("seen:     {}", plain(seen.next().map_or("nothing", String::as_str))));
    seen.for_each(|line| pages.output(&plain(line)));
    pages.plainly("This is a bug of git coord, or of what is installed here; please report it with these lines.");
}
