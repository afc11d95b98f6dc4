//! One call that may have to wait, and can be told to stop.

use std::sync::Condvar;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use tokio::sync::mpsc::UnboundedSender;

use crate::ops::Paused;

/// How a call waits: in pauses that somebody else can end.
pub struct Wait {
    is_stopped: Mutex<bool>,
    stopped: Condvar,
    began: Instant,
    /// Is told before each pause for how long the call has gone on.
    told: UnboundedSender<Duration>,
}

impl Wait {
    pub(crate) fn new(told: UnboundedSender<Duration>) -> Self {
        Self { is_stopped: Mutex::new(false), stopped: Condvar::new(), began: Instant::now(), told }
    }

    /// Lets time pass, until somebody says that it is enough.
    pub fn pause(&self, span: Duration) -> Paused {
        // Whoever does not listen any more need not be told.
        self.told.send(self.began.elapsed()).ok();
        let is_stopped = self.is_stopped.lock().expect("nobody panics while it is held");
        let waited = self.stopped.wait_timeout_while(is_stopped, span, |is_stopped| !*is_stopped);
        let (is_stopped, _) = waited.expect("nobody panics while it is held");
        if *is_stopped { Paused::Stopped } else { Paused::Over }
    }

    /// Ends the pause and every later one.
    pub(crate) fn stop(&self) {
        *self.is_stopped.lock().expect("nobody panics while it is held") = true;
        self.stopped.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    #[test]
    fn pause_ends_by_itself_or_as_soon_as_it_is_stopped() {
        let (told, mut heard) = unbounded_channel();
        let wait = Arc::new(Wait::new(told));
        assert_eq!(wait.pause(Duration::from_millis(1)), Paused::Over);
        assert!(heard.try_recv().is_ok() && heard.try_recv().is_err(), "each pause is told once");
        let other = wait.clone();
        let stopping = thread::spawn(move || other.stop());
        let began = Instant::now();
        assert_eq!(wait.pause(Duration::from_secs(60)), Paused::Stopped);
        assert!(began.elapsed() < Duration::from_secs(30));
        stopping.join().unwrap();
        assert_eq!(wait.pause(Duration::from_secs(60)), Paused::Stopped, "it stays so");
    }
}
