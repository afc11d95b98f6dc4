//! What happened, as lines and as one number: two runs of a seed have the same.

/// What happened so far.
#[derive(Clone, Debug)]
pub struct Trace {
    digest: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// Returns an empty trace, which keeps its lines or only counts them in.
    pub fn new(keeps_lines: bool) -> Self {
        Self { digest: 0xcbf2_9ce4_8422_2325, lines: keeps_lines.then(Vec::new) }
    }

    /// Adds a line.
    pub fn tell(&mut self, clock: u64, line: impl FnOnce() -> String) {
        let line = format!("{clock:>9} {}", line());
        // FNV-1a: it tells two runs apart, and keeps no secret.
        for byte in line.bytes() {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }

    pub fn digest(&self) -> u64 {
        self.digest
    }

    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}
