//! Gives events to the reactions that want them: one after the other for each, none twice, and not more often than it may be.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use crate::disk::FileLock;
use crate::format::format_time;
use crate::model::Argument;
use crate::model::Digest;
use crate::model::Reaction;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::event::Event;
use crate::ops::event::event;
use crate::ops::failure::Failure;
use crate::ops::fed_command;
use crate::ops::fed_command::End;
use crate::ops::fed_command::Environment;
use crate::ops::fed_command::Given;
use crate::ops::fed_command::Kept;
use crate::ops::identity;
use crate::ops::outside_program::Outside;
use crate::ops::reactions::depth::DEPTH_MAX;
use crate::ops::reactions::depth::DEPTH_VARIABLE;
use crate::ops::reactions::letter::Letter;
use crate::ops::reactions::post_box::Pile;
use crate::ops::reactions::post_box::PostBox;
use crate::ops::reactions::trust;
use crate::ops::reactions::trust::Place;
use crate::ops::reactions::trust::Trust;
use crate::ops::reactions::wanted::Matter;

const MINUTE: Duration = Duration::from_secs(60);
/// How often all reactions together are started in a minute: the second line against a loop of several.
const ALL_PER_MINUTE: usize = 120;
const LOCK: &str = "reactions.lock";
/// How much of what a reaction says is kept.
const OUTPUT_BYTES_MAX: usize = 16 * 1024;

type Variables = Vec<(OsString, OsString)>;

/// What every reaction of a clone is given besides its event.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) post_box: PostBox,
    place: Place,
    common_dir: PathBuf,
    environment: Variables,
}

/// Gives events to reactions, if this is the only watcher of the clone that does.
pub struct Runner {
    setting: Setting,
    render: fn(&Event) -> String,
    lock: Option<FileLock>,
    lines: BTreeMap<String, Line>,
    started: VecDeque<(Instant, String)>,
    failed: (mpsc::Sender<Letter>, mpsc::Receiver<Letter>),
    /// What was said already of a file that is not used.
    said: Option<Result<Digest, String>>,
}

/// The letters for one reaction, which is started for one after the other.
struct Line {
    letters: mpsc::Sender<(Reaction, Letter)>,
    thread: JoinHandle<()>,
}

impl Runner {
    /// Begins to react in the clone of a context; `render` makes of an event what reactions are fed with.
    pub fn new(context: &Context, render: fn(&Event) -> String) -> Result<Self, Failure> {
        Ok(Self {
            setting: Setting::of(context)?,
            render,
            lock: None,
            lines: BTreeMap::new(),
            started: VecDeque::new(),
            failed: mpsc::channel(),
            said: None,
        })
    }

    /// Looks at what there is to react with, as it is now. Returns what is to be told.
    pub(crate) fn look(&mut self, context: &Context) -> Result<(Vec<Reaction>, Vec<Event>), Failure> {
        let height = context.state().head_height();
        let mut told = Vec::new();
        while let Ok(letter) = self.failed.1.try_recv() {
            let mut failed = event("reaction.failed", &letter.reaction, None, height);
            failed.detail = Some(format!("{}: {}", letter.id, letter.reason));
            told.push(failed);
        }
        let (said, reason) = match trust::look(&context.repository, &context.surroundings) {
            Trust::None => return Ok((Vec::new(), told)),
            Trust::Given(_, reactions) => match self.is_ours() {
                Ok(is_ours) => {
                    self.said = None;
                    return Ok((if is_ours { reactions } else { Vec::new() }, told));
                }
                Err(failure) => (Err(failure.to_string()), failure.to_string()),
            },
            Trust::Missing(digest, _) => {
                (Ok(digest), "nothing is started until you have read it, and said so: git coord reactions".to_owned())
            }
            Trust::Unusable(reason) => (Err(reason.clone()), reason),
        };
        if self.said.as_ref() != Some(&said) {
            let file = trust::file(&context.repository);
            let mut untrusted = event("reactions.untrusted", file.display(), None, height);
            untrusted.detail = Some(reason);
            told.push(untrusted);
            self.said = Some(said);
        }
        Ok((Vec::new(), told))
    }

    /// Gives an event to the reactions that want it.
    pub(crate) fn take(&mut self, reactions: &[Reaction], event: &Event, now: Timestamp) -> Result<(), Failure> {
        for reaction in reactions.iter().filter(|reaction| Matter::of(event).is_for(reaction)) {
            let mut random = [0; 8];
            getrandom::fill(&mut random).map_err(|_| Failure::NoRandomness)?;
            let letter = Letter {
                id: random.iter().map(|byte| format!("{byte:02x}")).collect(),
                reaction: reaction.id.clone(),
                reason: "it was not started".to_owned(),
                time: now,
                attempts: 0,
                depth: event.depth.saturating_add(1),
                event: (self.render)(event),
            };
            let refusal = if letter.depth > DEPTH_MAX {
                Some(format!("{DEPTH_MAX} reactions, one caused by another, led to it"))
            } else {
                self.too_often(reaction)
            };
            if let Some(reason) = refusal {
                self.fail(Letter { reason, ..letter });
                continue;
            }
            // From here on it is known what was under way, whatever becomes of this process.
            if let Err(failure) = self.setting.post_box.put(Pile::UnderWay, &letter) {
                self.fail(Letter { reason: not_noted(&failure), ..letter });
                continue;
            }
            let (setting, failed) = (&self.setting, &self.failed.0);
            let line = self.lines.entry(reaction.id.to_string()).or_insert_with(|| Line::begin(setting, failed));
            line.letters.send((reaction.clone(), letter)).ok();
        }
        Ok(())
    }

    /// Waits for what was started, and for what waits for that.
    pub(crate) fn finish(&mut self) {
        for (_, line) in std::mem::take(&mut self.lines) {
            drop(line.letters);
            line.thread.join().ok();
        }
    }

    /// Returns whether this watcher is the one that reacts. What an earlier one left under way is dead.
    fn is_ours(&mut self) -> Result<bool, Failure> {
        if self.lock.is_none() {
            self.lock = FileLock::attempt(&self.setting.post_box.root().join(LOCK))?;
            if self.lock.is_some() {
                for letter in self.setting.post_box.list(Pile::UnderWay).unwrap_or_default() {
                    let was_started = letter.attempts > 0;
                    let cut = "the watcher ended in the middle of it, and nobody knows how far it came".to_owned();
                    let reason = if was_started { cut } else { "the watcher ended before it was started".to_owned() };
                    self.fail(Letter { reason, ..letter });
                }
            }
        }
        Ok(self.lock.is_some())
    }

    fn fail(&self, letter: Letter) {
        // What finds no place among the dead is told all the same.
        self.setting.post_box.bury(&letter).ok();
        self.failed.0.send(letter).ok();
    }

    /// Returns why a reaction is not started once more within this minute.
    fn too_often(&mut self, reaction: &Reaction) -> Option<String> {
        let now = Instant::now();
        while self.started.front().is_some_and(|(at, _)| now.duration_since(*at) >= MINUTE) {
            self.started.pop_front();
        }
        let own = self.started.iter().filter(|(_, id)| *id == *reaction.id.to_string()).count() as u64;
        if own >= reaction.per_minute {
            return Some(format!("it was started {own} times within a minute"));
        }
        if self.started.len() >= ALL_PER_MINUTE {
            return Some(format!("reactions were started {ALL_PER_MINUTE} times within a minute"));
        }
        self.started.push_back((now, reaction.id.to_string()));
        None
    }
}

impl Line {
    fn begin(setting: &Setting, failed: &mpsc::Sender<Letter>) -> Self {
        let (letters, waiting) = mpsc::channel::<(Reaction, Letter)>();
        let (setting, failed) = (setting.clone(), failed.clone());
        let thread = thread::spawn(move || {
            for (reaction, letter) in waiting {
                let started = Letter { attempts: 1, ..letter };
                let noted = setting.post_box.put(Pile::UnderWay, &started).map_err(|failure| not_noted(&failure));
                match noted.and_then(|()| setting.start(&reaction, &started)) {
                    Ok(()) => drop(setting.post_box.take_away(Pile::UnderWay, &started)),
                    Err(reason) => {
                        let dead = Letter { reason, ..started };
                        setting.post_box.bury(&dead).ok();
                        failed.send(dead).ok();
                    }
                }
            }
        });
        Self { letters, thread }
    }
}

impl Setting {
    pub(super) fn of(context: &Context) -> Result<Self, Failure> {
        let mut environment = context.surroundings.reaction_environment.clone();
        if let Some(top) = context.repository.work_dir() {
            environment.push(("GIT_COORD_WORKTREE".into(), top.into()));
        }
        if let Ok(enrolled) = identity::whoami(context) {
            environment.push(("GIT_COORD_AS".into(), enrolled.record.id.to_string().into()));
        }
        Ok(Self {
            post_box: PostBox::of(&context.repository),
            place: Place::of(&context.repository, &context.surroundings),
            common_dir: context.repository.common_dir().to_owned(),
            environment,
        })
    }

    /// Starts a reaction for a letter, and waits for its end. Returns what went wrong.
    pub(super) fn start(&self, reaction: &Reaction, letter: &Letter) -> Result<(), String> {
        if let Some(reason) = self.place.refusal(reaction) {
            return Err(reason);
        }
        let (argv, mut environment) = self.outside(reaction)?;
        environment.push((DEPTH_VARIABLE.into(), letter.depth.to_string().into()));
        let argv: Vec<&str> = argv.iter().map(Argument::as_str).collect();
        let given = Given {
            argv: &argv,
            input: &format!("{}\n", letter.event),
            directory: self.post_box.root(),
            environment: Environment::Only(&environment),
            limit: Duration::from_secs(reaction.timeout.seconds()),
            kept: Kept::Beginning { bytes_max: OUTPUT_BYTES_MAX },
        };
        let ran = fed_command::run(&given);
        let outcome = match &ran {
            Ok(done) => match done.end {
                End::Exited(status) => match status.code() {
                    Some(0) => Ok(()),
                    Some(code) => Err(format!("exit code {code}")),
                    None => Err("a signal ended it".to_owned()),
                },
                End::TimedOut => Err(format!("it was killed after {} s", reaction.timeout.seconds())),
                // Of a reaction the beginning is kept, whatever it says.
                End::SaidTooMuch => Err("it said too much".to_owned()),
            },
            Err(error) => Err(format!("it could not be started: {error}")),
        };
        let word = outcome.as_ref().err().map_or("done", String::as_str);
        let took = ran.as_ref().map_or(0, |done| done.took.as_millis());
        let output = ran.map(|done| String::from_utf8_lossy(&done.output).into_owned()).unwrap_or_default();
        let lines: String = output.lines().map(|line| format!("\n    {}", line.escape_debug())).collect();
        self.post_box.log(&format!(
            "{} {} {} {word} ({took} ms){lines}",
            format_time(letter.time),
            letter.id,
            reaction.id
        ));
        outcome
    }

    /// Returns the command of a reaction with its program wherever that lies outside the work trees as they are now, and its
    /// variables with the search path that does.
    fn outside(&self, reaction: &Reaction) -> Result<(Vec<Argument>, Variables), String> {
        let (paths, mut environment): (Variables, Variables) =
            self.environment.iter().cloned().partition(|(name, _)| name == "PATH");
        let search_path = paths.first().map_or(OsStr::new(""), |(_, path)| path);
        let outside = Outside::look(&self.common_dir, search_path)
            .map_err(|error| format!("nobody knows what the work trees are: {error}"))?;
        let program = outside.program(reaction.command[0].as_str())?;
        let spelt = program.to_str().and_then(|program| Argument::parse(program).ok());
        let spelt = spelt.ok_or_else(|| format!("`{}` is no path that can be told", program.display()))?;
        environment.extend(outside.search_path().map(|path| ("PATH".into(), path)));
        Ok(([&[spelt], &reaction.command[1..]].concat(), environment))
    }
}

/// What cannot be noted is not started: it might be started twice.
fn not_noted(failure: &Failure) -> String {
    format!("it was not started, for that cannot be noted: {failure}")
}
