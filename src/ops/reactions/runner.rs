//! Gives events to the reactions that want them: one after the other for each, none twice, and not more often than it may be.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::mpsc;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use crate::disk::FileLock;
use crate::model::Digest;
use crate::model::Reaction;
use crate::model::Timestamp;
use crate::ops::context::Context;
use crate::ops::event::Event;
use crate::ops::event::event;
use crate::ops::failure::Failure;
use crate::ops::reactions::depth::DEPTH_MAX;
use crate::ops::reactions::letter::Letter;
use crate::ops::reactions::post_box::Pile;
use crate::ops::reactions::setting::Setting;
use crate::ops::reactions::trust;
use crate::ops::reactions::trust::Trust;
use crate::ops::reactions::wanted::Matter;

const MINUTE: Duration = Duration::from_secs(60);
/// How often all reactions together are started in a minute: the second line against a loop of several.
const ALL_PER_MINUTE: usize = 120;
const LOCK: &str = "reactions.lock";
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

/// What cannot be noted is not started: it might be started twice.
fn not_noted(failure: &Failure) -> String {
    format!("it was not started, for that cannot be noted: {failure}")
}
