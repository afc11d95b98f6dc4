//! What others have written where the ledger is decided, asked for now and then by whoever watches: nothing tells a clone
//! that somebody elsewhere has pushed.

use std::time::Duration;
use std::time::Instant;

use crate::ops::context::Context;
use crate::ops::event::Event;
use crate::ops::event::event;

/// When it is asked, and whether the last answer came.
pub(super) struct News {
    every: Option<Duration>,
    asked: Option<Instant>,
    is_away: bool,
}

impl News {
    /// Asks at once, and then so often; never if it is not said how often.
    pub(super) fn asked(every: Option<Duration>) -> Self {
        Self { every, asked: None, is_away: false }
    }

    /// Returns how long may be waited for something else at most.
    pub(super) fn patience(&self, pause: Duration) -> Duration {
        self.left().map_or(pause, |left| left.min(pause))
    }

    fn left(&self) -> Option<Duration> {
        let every = self.every?;
        Some(self.asked.map_or(Duration::ZERO, |asked| every.saturating_sub(asked.elapsed())))
    }

    /// Asks, if it is time. That there was no answer is told once, until there is one again; what is here stays as it is.
    pub(super) fn look(&mut self, context: &mut Context) -> Option<Event> {
        if self.left()? > Duration::ZERO {
            return None;
        }
        let remote = context.ledger.store().remote()?.to_owned();
        let pulled = context.pull();
        self.asked = Some(Instant::now());
        let was_away = self.is_away;
        self.is_away = pulled.is_err();
        let failure = pulled.err().filter(|_| !was_away)?;
        let mut told = event("watch.limited", remote, None, context.state().head_height());
        told.detail = Some(failure.to_string());
        Some(told)
    }
}
