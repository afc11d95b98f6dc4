//! How far a long fetch or verification is: one line on a terminal, nothing elsewhere.

use std::cell::RefCell;
use std::io::IsTerminal;
use std::io::Write;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use crate::git::TransferListener;
use crate::ui;

/// What takes less than this is not worth a line.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a line stays before the next one takes its place.
const REDRAW_EVERY: Duration = Duration::from_millis(100);
/// Returns to the beginning of the terminal's line and empties it.
const ERASE: &str = "\r\x1b[K";

/// Returns whether there is a terminal to show progress on.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Returns what shows how far a ledger is judged.
pub(crate) fn of_judging() -> Rc<dyn Fn(usize, usize)> {
    let line = RefCell::new(ProgressLine::default());
    Rc::new(move |done, total| {
        draw(line.borrow_mut().advance(Instant::now(), done, total, || ui::progress_line(done, total)));
    })
}

/// Returns what shows how far a fetch is.
pub(crate) fn of_fetching() -> TransferListener {
    let line = Mutex::new(ProgressLine::default());
    TransferListener::new(move |transfer| {
        let mut line = line.lock().expect("nobody panics while drawing");
        draw(line.advance(Instant::now(), transfer.percent.into(), 100, || ui::transfer_line(transfer)));
    })
}

fn draw(text: Option<String>) {
    let Some(text) = text else { return };
    let mut output = std::io::stderr().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).ok();
}

/// The line as it is on the terminal.
#[derive(Debug, Default)]
struct ProgressLine {
    began: Option<Instant>,
    drawn: Option<Instant>,
}

impl ProgressLine {
    /// Returns what to write at a moment, if anything. All done takes the line away.
    fn advance(&mut self, now: Instant, done: usize, total: usize, words: impl FnOnce() -> String) -> Option<String> {
        if done >= total {
            let was_drawn = std::mem::take(self).drawn.is_some();
            return was_drawn.then(|| ERASE.to_owned());
        }
        let began = *self.began.get_or_insert(now);
        let stands = self.drawn.is_some_and(|drawn| now.duration_since(drawn) < REDRAW_EVERY);
        if now.duration_since(began) < PATIENCE || stands {
            return None;
        }
        self.drawn = Some(now);
        Some(format!("{ERASE}{}", words()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(began: Instant, ms: u64) -> Instant {
        began + Duration::from_millis(ms)
    }

    fn advance(line: &mut ProgressLine, now: Instant, done: usize, total: usize) -> Option<String> {
        line.advance(now, done, total, || ui::progress_line(done, total))
    }

    #[test]
    fn line_comes_after_a_while_moves_on_and_goes_away() {
        let (mut line, began) = (ProgressLine::default(), Instant::now());
        assert_eq!(advance(&mut line, began, 0, 5_000), None);
        assert_eq!(advance(&mut line, at(began, 999), 900, 5_000), None);
        let drawn = advance(&mut line, at(began, 1_000), 1_000, 5_000).unwrap();
        assert_eq!(drawn, format!("{ERASE}judging the ledger: 1000 of 5000 entries (20%)"));
        assert_eq!(advance(&mut line, at(began, 1_099), 1_100, 5_000), None, "it is not drawn for every entry");
        assert!(advance(&mut line, at(began, 1_100), 1_101, 5_000).is_some());
        assert_eq!(advance(&mut line, at(began, 5_000), 5_000, 5_000).as_deref(), Some(ERASE));
    }

    #[test]
    fn what_is_quick_shows_nothing_and_each_walk_begins_anew() {
        let (mut line, began) = (ProgressLine::default(), Instant::now());
        assert_eq!(advance(&mut line, began, 0, 3), None);
        assert_eq!(advance(&mut line, at(began, 500), 3, 3), None);
        assert_eq!(advance(&mut line, at(began, 2_000), 0, 3), None);
        assert_eq!(advance(&mut line, at(began, 2_000), 0, 0), None);
    }
}
