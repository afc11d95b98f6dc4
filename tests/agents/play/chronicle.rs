//! What happened in a play, in one order, and a judge of it that knows nothing of claims, ledgers or git.
//!
//! A step that another program takes has a beginning and an end here, and takes effect somewhere between. Nobody is blamed
//! for what may have been otherwise at the moment that counts.

use std::sync::Mutex;
use std::sync::MutexGuard;

/// Somebody who plays, by number.
pub type Who = usize;

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Event {
    pub who: Who,
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// A question before an edit was put.
    Asked,
    /// It was answered: whether the edit may go on, and who was named as having the file in hand.
    Answered { file: usize, asked: usize, may: bool, named: Vec<Who> },
    /// A file was written, which an answer allowed.
    Wrote { file: usize, answered: Option<usize> },
    /// A landing of everything written so far, or the end of a session, was begun: it may be in force from now on.
    Begun,
    /// The landing that was begun there has happened.
    Landed { begun: usize },
    /// The session whose end was begun there is over.
    Ended { begun: usize },
}

/// The events of a play.
#[derive(Default)]
pub struct Chronicle(Mutex<Vec<Event>>);

/// What a judge counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub writes: usize,
    pub asked: usize,
    pub denied: usize,
    /// Edits that went on, or were asked about again, after it was told who has the file in hand.
    pub told: usize,
    pub landings: usize,
    /// Questions about a file that another certainly held or had changed.
    pub collisions: usize,
    /// Writes to a file with work of another that had not landed, all of them announced before.
    pub second_writes: usize,
}

impl Chronicle {
    /// Notes what happened. Returns where.
    pub fn note(&self, who: Who, what: What) -> usize {
        Self::push(&mut self.events(), who, what)
    }

    /// Writes a file, and notes it before anybody else can write.
    pub fn write(&self, who: Who, file: usize, answered: Option<usize>, write: impl FnOnce()) {
        let mut events = self.events();
        write();
        Self::push(&mut events, who, What::Wrote { file, answered });
    }

    /// Judges all of it. Returns what was counted, or every fault.
    pub fn judge(&self) -> Result<Tally, Vec<String>> {
        judge(&self.events())
    }

    /// Returns all of it, one line an event.
    pub fn text(&self) -> String {
        let line = |(at, event): (usize, &Event)| format!("{at} {} {:?}\n", event.who, event.what);
        self.events().iter().enumerate().map(line).collect()
    }

    fn push(events: &mut Vec<Event>, who: Who, what: What) -> usize {
        events.push(Event { who, what });
        events.len() - 1
    }

    fn events(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap()
    }
}

/// Judges events in their order.
pub fn judge(events: &[Event]) -> Result<Tally, Vec<String>> {
    let mut tally = Tally::default();
    let mut faults = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match &event.what {
            What::Answered { file, asked, may, named } => {
                tally.asked += 1;
                tally.denied += usize::from(!may);
                tally.told += usize::from(*may && !named.is_empty());
                for other in others(events, event.who) {
                    let work = open_work(events, other, *file, *asked, at);
                    let hold = hold(events, other, *file, *asked, at);
                    if hold.is_some() && *may {
                        faults.push(format!("{at}: {} may edit {file}, which {other} holds", event.who));
                    }
                    if let Some(since) = work.or(hold) {
                        tally.collisions += 1;
                        check(events, (event.who, other, *file), since, at, &mut faults);
                    }
                }
            }
            What::Wrote { file, answered } => {
                tally.writes += 1;
                // Who did not ask knew nothing more at any moment before.
                let (asked, answered) = answered.map_or((at, at), |answered| (asked_at(events, answered), answered));
                for other in others(events, event.who) {
                    // What was written between the answer and this write is there first all the same.
                    let work = open_work(events, other, *file, at, answered);
                    if work.is_some() {
                        tally.second_writes += 1;
                    }
                    if let Some(since) = work.or_else(|| hold(events, other, *file, asked, answered)) {
                        check(events, (event.who, other, *file), since, at, &mut faults);
                    }
                }
            }
            What::Landed { .. } => tally.landings += 1,
            What::Asked | What::Begun | What::Ended { .. } => {}
        }
    }
    if faults.is_empty() { Ok(tally) } else { Err(faults) }
}

/// Checks that somebody was told who else has a file in hand, since that one had asked for it.
fn check(
    events: &[Event],
    (who, other, file): (Who, Who, usize),
    since: usize,
    until: usize,
    faults: &mut Vec<String>,
) {
    let is_told = |event: &Event| {
        event.who == who
            && matches!(&event.what, What::Answered { file: about, named, .. } if *about == file && named.contains(&other))
    };
    if !events[since..=until].iter().any(is_told) {
        faults.push(format!("{until}: {who} was not told that {other} has {file} in hand since {since}"));
    }
}

fn others(events: &[Event], who: Who) -> Vec<Who> {
    let mut found: Vec<Who> = events.iter().map(|event| event.who).filter(|other| *other != who).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns since when somebody has work in a file that was written before a moment and cannot have landed at another.
fn open_work(events: &[Event], who: Who, file: usize, written_before: usize, not_landed_at: usize) -> Option<usize> {
    let landing = events.iter().rev().find_map(|event| match event.what {
        What::Landed { begun } if event.who == who && begun < not_landed_at => Some(begun),
        _ => None,
    });
    let from = landing.map_or(0, |begun| begun + 1);
    let written = |(at, event): (usize, &Event)| match event.what {
        What::Wrote { file: about, answered } if event.who == who && about == file => {
            Some(answered.map_or(at, |answered| asked_at(events, answered)))
        }
        _ => None,
    };
    events.iter().enumerate().take(written_before).skip(from).find_map(written)
}

/// Returns since when somebody holds a file, who was allowed to edit it before a moment and whose session cannot have ended
/// at another.
fn hold(events: &[Event], who: Who, file: usize, allowed_before: usize, not_ended_at: usize) -> Option<usize> {
    let end = events.iter().rev().find_map(|event| match event.what {
        What::Ended { begun } if event.who == who && begun < not_ended_at => Some(begun),
        _ => None,
    });
    let allowed = |event: &Event| match &event.what {
        What::Answered { file: about, asked, may: true, .. } if event.who == who && *about == file => Some(*asked),
        _ => None,
    };
    events.iter().take(allowed_before).skip(end.map_or(0, |begun| begun + 1)).find_map(allowed)
}

fn asked_at(events: &[Event], answered: usize) -> usize {
    match events[answered].what {
        What::Answered { asked, .. } => asked,
        _ => answered,
    }
}
