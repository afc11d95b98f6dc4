//! How long the steps of a play take: what an agent waits for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

/// How often each kind of step was taken, and how long all of them took together.
#[derive(Default)]
pub struct Stopwatch(Mutex<BTreeMap<String, (u32, Duration)>>);

impl Stopwatch {
    /// Takes a step.
    pub fn time<T>(&self, what: &str, step: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let result = step();
        let took = begun.elapsed();
        let mut all = self.0.lock().unwrap();
        let (count, sum) = all.entry(what.to_owned()).or_default();
        *count += 1;
        *sum += took;
        result
    }
}

impl fmt::Display for Stopwatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, (count, sum)) in &*self.0.lock().unwrap() {
            let mean = *sum / (*count).max(1);
            writeln!(formatter, "{count:4} × {what:<14} {:5} ms each", mean.as_millis())?;
        }
        Ok(())
    }
}
