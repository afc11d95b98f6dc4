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
    /// Writes to a file with work of another that had not landed.
    pub second_writes: usize,
    /// Those of them of which the writer was not told before.
    pub unannounced: usize,
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

    /// Judges all of it. Returns what was counted, and every fault.
    pub fn judge(&self) -> (Tally, Vec<String>) {
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

/// Judges events in their order: nobody may edit what another holds, whoever may not is told of one who has it in hand, and
/// whoever may of all of them, before it writes.
pub fn judge(events: &[Event]) -> (Tally, Vec<String>) {
    let mut tally = Tally::default();
    let mut faults = Vec::new();
    for (at, event) in events.iter().enumerate() {
        match &event.what {
            What::Answered { file, asked, may, named } => {
                tally.asked += 1;
                tally.denied += usize::from(!may);
                tally.told += usize::from(*may && !named.is_empty());
                if !may && named.is_empty() {
                    faults.push(format!("{at}: {} was refused {file} for nobody", event.who));
                }
                for other in others(events, event.who) {
                    let work = open_work(events, other, *file, *asked, at);
                    let hold = hold(events, other, *file, *asked, at);
                    if hold.is_some() && *may {
                        faults.push(format!("{at}: {} may edit {file}, which {other} holds", event.who));
                    }
                    if let Some(since) = work.or(hold) {
                        tally.collisions += 1;
                        if *may && !is_told(events, (event.who, other, *file), since, at) {
                            faults.push(untold(at, (event.who, other, *file), since));
                        }
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
                    tally.second_writes += usize::from(work.is_some());
                    let since = work.or_else(|| hold(events, other, *file, asked, answered));
                    if let Some(since) = since.filter(|since| !is_told(events, (event.who, other, *file), *since, at)) {
                        tally.unannounced += usize::from(work.is_some());
                        faults.push(untold(at, (event.who, other, *file), since));
                    }
                }
            }
            What::Landed { .. } => tally.landings += 1,
            What::Asked | What::Begun | What::Ended { .. } => {}
        }
    }
    (tally, faults)
}

/// Returns whether somebody was told who else has a file in hand, since that one had asked for it.
fn is_told(events: &[Event], (who, other, file): (Who, Who, usize), since: usize, until: usize) -> bool {
    let tells = |event: &Event| {
        event.who == who
            && matches!(&event.what, What::Answered { file: about, named, .. } if *about == file && named.contains(&other))
    };
    events[since..=until].iter().any(tells)
}

fn untold(at: usize, (who, other, file): (Who, Who, usize), since: usize) -> String {
    format!("{at}: {who} was not told that {other} has {file} in hand since {since}")
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the events of a play in which 0 has asked and written first, and has landed it if it is said so.
    fn begun(is_landed: bool) -> Vec<Event> {
        let mut events = vec![asked(0), answered(0, 0, true, &[]), wrote(0, 1)];
        if is_landed {
            events.extend([of(0, What::Begun), of(0, What::Landed { begun: 3 }), of(0, What::Ended { begun: 3 })]);
        }
        events
    }

    fn of(who: Who, what: What) -> Event {
        Event { who, what }
    }

    fn asked(who: Who) -> Event {
        of(who, What::Asked)
    }

    fn answered(who: Who, asked: usize, may: bool, named: &[Who]) -> Event {
        of(who, What::Answered { file: 7, asked, may, named: named.to_vec() })
    }

    fn wrote(who: Who, answered: usize) -> Event {
        of(who, What::Wrote { file: 7, answered: Some(answered) })
    }

    #[test]
    fn second_write_is_a_fault_unless_it_was_announced() {
        let play = |is_landed, named: &[Who]| {
            let mut events = begun(is_landed);
            let at = events.len();
            events.extend([asked(1), answered(1, at, true, named), wrote(1, at + 1)]);
            if !is_landed {
                // The first one goes away without landing: its work is still there.
                let end = [of(0, What::Begun), of(0, What::Ended { begun: 3 })];
                events.splice(3..3, end);
                for event in &mut events[5..] {
                    match &mut event.what {
                        What::Answered { asked, .. } => *asked += 2,
                        What::Wrote { answered, .. } => *answered = answered.map(|answered| answered + 2),
                        _ => {}
                    }
                }
            }
            judge(&events)
        };
        let (tally, faults) = play(false, &[]);
        assert_eq!((tally.second_writes, tally.unannounced, faults.len()), (1, 1, 2), "{faults:?}");
        let (tally, faults) = play(false, &[0]);
        assert_eq!((tally.second_writes, tally.unannounced, faults.len()), (1, 0, 0), "{faults:?}");
        let (tally, faults) = play(true, &[]);
        assert_eq!((tally.second_writes, tally.unannounced, faults.len()), (0, 0, 0), "{faults:?}");
    }

    #[test]
    fn what_is_held_may_not_be_edited_and_a_refusal_names_somebody() {
        let play = |may, named: &[Who]| {
            let mut events = begun(false);
            events.extend([asked(1), answered(1, 3, may, named)]);
            judge(&events).1.len()
        };
        assert_eq!(play(true, &[0]), 1);
        assert_eq!(play(false, &[]), 1);
        assert_eq!(play(false, &[0]), 0);
    }

    #[test]
    fn whoever_did_not_ask_was_not_told() {
        let mut events = begun(false);
        events.push(of(1, What::Wrote { file: 7, answered: None }));
        assert_eq!(judge(&events).0.unannounced, 1);
        events.push(of(1, What::Wrote { file: 8, answered: None }));
        assert_eq!(judge(&events).0.second_writes, 1);
    }
}
