//! All calls that run, so that they can be told that nobody is there any more.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::Weak;

use crate::mcp::wait::Wait;

/// So many calls run at once; a client that asks for more is told to wait for an answer first.
const CALLS_MAX: usize = 32;

/// The calls that run.
#[derive(Default)]
pub(crate) struct Waits(Mutex<Running>);

#[derive(Default)]
struct Running {
    waits: Vec<Weak<Wait>>,
    is_over: bool,
}

impl Waits {
    /// Takes a call among those that run, if there is room for it. It is one of them as long as it exists.
    pub(crate) fn add(&self, wait: Wait) -> Option<Arc<Wait>> {
        let mut running = self.0.lock().expect("nobody panics while it is held");
        running.waits.retain(|wait| wait.strong_count() > 0);
        if running.waits.len() >= CALLS_MAX {
            return None;
        }
        let wait = Arc::new(wait);
        if running.is_over {
            wait.stop();
        }
        running.waits.push(Arc::downgrade(&wait));
        Some(wait)
    }

    /// Says that nobody waits for answers any more: whoever waits in a queue is to stop, and keeps its place there.
    pub(crate) fn end(&self) {
        let mut running = self.0.lock().expect("nobody panics while it is held");
        running.is_over = true;
        running.waits.iter().filter_map(Weak::upgrade).for_each(|wait| wait.stop());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::ops::Paused;

    fn wait() -> Wait {
        Wait::new(unbounded_channel().0)
    }

    #[test]
    fn only_so_many_run_at_once() {
        let waits = Waits::default();
        let mut all: Vec<_> = (0..CALLS_MAX).map(|_| waits.add(wait()).unwrap()).collect();
        assert!(waits.add(wait()).is_none());
        all.pop();
        assert!(waits.add(wait()).is_some(), "whoever is done makes room");
    }

    #[test]
    fn at_the_end_everybody_stops_also_who_comes_late() {
        let waits = Waits::default();
        let early = waits.add(wait()).unwrap();
        waits.end();
        let late = waits.add(wait()).unwrap();
        for wait in [early, late] {
            assert_eq!(wait.pause(Duration::from_secs(60)), Paused::Stopped);
        }
    }
}
