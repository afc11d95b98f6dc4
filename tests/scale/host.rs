//! The cores of the host that keeps the ledger: whoever comes first is served first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::race::Moment;

pub struct Host {
    /// When each core is free again.
    free: BinaryHeap<Reverse<Moment>>,
}

impl Host {
    pub fn new(cores: usize) -> Self {
        Self { free: (0..cores).map(|_| Reverse(Moment(0.0))).collect() }
    }

    /// Does so many seconds of work for somebody who comes at a moment. Returns when it is done. Moments never go back.
    pub fn work(&mut self, at_s: f64, work_s: f64) -> f64 {
        let Reverse(Moment(free_s)) = self.free.pop().expect("there is a core");
        let done_s = free_s.max(at_s) + work_s;
        self.free.push(Reverse(Moment(done_s)));
        done_s
    }
}
