//! What came out of a run: how many entries were acknowledged, and how long they waited.

#[derive(Debug, Default)]
pub struct Waits {
    seconds: Vec<f64>,
    pub given_up: usize,
    pub pushes: usize,
    /// How many pushes moved the ledger.
    pub wins: usize,
    /// When the last entry was acknowledged.
    pub end_s: f64,
}

impl Waits {
    /// Counts entries, each by when it was wanted, whose makers learn now that they are in the ledger.
    pub fn acknowledged(&mut self, wanted: impl IntoIterator<Item = f64>, at_s: f64) {
        self.seconds.extend(wanted.into_iter().map(|wanted_s| at_s - wanted_s));
        self.end_s = self.end_s.max(at_s);
    }

    pub fn done(&self) -> usize {
        self.seconds.len()
    }

    /// Returns the wait in seconds that this part of the entries does not exceed; infinite if none was acknowledged.
    pub fn quantile_s(&self, part: f64) -> f64 {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        let at = ((sorted.len() as f64 * part).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
        sorted.get(at).copied().unwrap_or(f64::INFINITY)
    }

    pub fn batch(&self) -> f64 {
        self.done() as f64 / self.wins.max(1) as f64
    }

    pub fn pushes_for_each_won(&self) -> f64 {
        self.pushes as f64 / self.wins.max(1) as f64
    }

    pub fn given_up_part(&self) -> f64 {
        self.given_up as f64 / (self.given_up + self.done()).max(1) as f64
    }
}
