//! One line of the answer: what was measured against what, and whether the budget is met.

use crate::budgets::duel::Duel;

/// What a measured value must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Budget {
    AtMost(f64),
    AtLeast(f64),
    /// Measured because it explains another row.
    None,
}

/// One measured row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) floor: String,
    pub(crate) subject: String,
    pub(crate) measured: f64,
    /// What `measured` counts: `×` for ratios, else a unit.
    pub(crate) unit: &'static str,
    pub(crate) p90: String,
    pub(crate) budget: Budget,
    pub(crate) count: usize,
    /// Why the budget is missed, as far as a measurement tells.
    pub(crate) remark: Option<String>,
}

impl Row {
    /// Returns the row of a subject that must cost at most so many floors.
    pub(crate) fn ratio(what: impl Into<String>, duel: &Duel, budget: Budget) -> Self {
        Self::of(what, duel, duel.ratio(), budget)
    }

    /// Returns the row of a subject that does what the floor does and adds to it.
    pub(crate) fn added(what: impl Into<String>, duel: &Duel, budget: Budget) -> Self {
        Self::of(what, duel, duel.ratio() - 1.0, budget)
    }

    fn of(what: impl Into<String>, duel: &Duel, measured: f64, budget: Budget) -> Self {
        Self {
            what: what.into(),
            floor: time(duel.floor_us()),
            subject: time(duel.subject_us()),
            measured,
            unit: "×",
            p90: time(duel.subject_p90_us()),
            budget,
            count: duel.count(),
            remark: None,
        }
    }

    /// Returns the row of a figure that has no floor of its own.
    pub(crate) fn figure(what: impl Into<String>, measured: f64, unit: &'static str, budget: Budget) -> Self {
        Self {
            what: what.into(),
            floor: "–".to_owned(),
            subject: "–".to_owned(),
            measured,
            unit,
            p90: "–".to_owned(),
            budget,
            count: 1,
            remark: None,
        }
    }

    /// Says why the budget is missed, if it is.
    pub(crate) fn because(self, cause: impl FnOnce() -> String) -> Self {
        let remark = self.is_missed().then(cause);
        Self { remark, ..self }
    }

    pub(crate) fn is_missed(&self) -> bool {
        match self.budget {
            Budget::AtMost(most) => self.measured > most || self.measured.is_nan(),
            Budget::AtLeast(least) => self.measured < least || self.measured.is_nan(),
            Budget::None => false,
        }
    }

    pub(crate) fn measured_text(&self) -> String {
        format!("{} {}", number(self.measured), self.unit)
    }

    pub(crate) fn budget_text(&self) -> String {
        match self.budget {
            Budget::AtMost(most) => format!("≤ {}", number(most)),
            Budget::AtLeast(least) => format!("≥ {}", number(least)),
            Budget::None => "–".to_owned(),
        }
    }

    pub(crate) fn verdict(&self) -> &'static str {
        match self.budget {
            Budget::None => "–",
            _ if self.is_missed() => "MISSED",
            _ => "ok",
        }
    }
}

/// Writes a time with three digits that say something.
pub(crate) fn time(us: f64) -> String {
    if us < 1_000.0 { format!("{} µs", number(us)) } else { format!("{} ms", number(us / 1_000.0)) }
}

fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
