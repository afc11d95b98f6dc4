//! What is wrong, and how to mend it.

use serde_json::json;

use crate::ops::doctor::Finding;
use crate::ops::doctor::Health;
use crate::ui::report::Report;
use crate::ui::report::plain;

/// Returns what was looked at.
pub fn doctor_report(findings: &[Finding]) -> Report {
    let mut report = Report::new();
    for finding in findings {
        let health = match finding.health {
            Health::Good => "good",
            Health::Advice => "advice",
            Health::Bad => "bad",
        };
        report.object(json!({
            "type": "doctor", "v": 1, "subject": finding.subject, "health": health, "message": finding.message,
            "mend": finding.mend,
        }));
        report.line(format!("{health:>6}  {}: {}", finding.subject, plain(&finding.message)));
        if let Some(mend) = &finding.mend {
            report.line(format!("        mend: {}", plain(mend)));
        }
    }
    report
}
