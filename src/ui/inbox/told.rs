//! One thing that waits, as people and programs are told.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::format::format_time;
use crate::model::BreakGlass;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordName;
use crate::model::Timestamp;
use crate::ops::Guarantee;
use crate::rules::Objection;
use crate::ui::claim::guarantee_word;
use crate::ui::objection::objection_line;
use crate::ui::objection::objections_json;
use crate::ui::report::Report;
use crate::ui::report::plain;
use crate::ui::report::span_words;

/// One thing that waits. What does not apply to it is `null` to programs.
pub(super) struct Told<'a> {
    /// By which programs know what it is.
    pub(super) kind: &'static str,
    /// What it is about.
    pub(super) id: String,
    /// What it is, in words. There may be more lines of it.
    pub(super) line: String,
    /// What to do.
    pub(super) next: String,
    pub(super) guarantee: Guarantee,
    /// Since when it waits, as far as the ledger tells.
    pub(super) since: Option<Timestamp>,
    /// Whether its line has no word of that yet.
    pub(super) shows_age: bool,
    /// What an answer must name.
    pub(super) delta: Option<Digest>,
    /// What would be run, to the letter.
    pub(super) argv: Option<Value>,
    /// The commit that is to be checked, and the checks that are asked for.
    pub(super) checks: Option<(ObjectId, &'a [RecordName])>,
    /// How many entries are only here.
    pub(super) count: Option<u64>,
    pub(super) signer: Option<&'a PrincipalId>,
    /// What is said against it.
    pub(super) against: &'a [Objection],
    /// Why it lands, or landed, before anybody approved it.
    pub(super) glass: Option<&'a BreakGlass>,
}

impl Told<'_> {
    pub(super) fn new(kind: &'static str, id: impl ToString, line: String, next: String, guarantee: Guarantee) -> Self {
        Self {
            kind,
            id: id.to_string(),
            line,
            next,
            guarantee,
            since: None,
            shows_age: false,
            delta: None,
            argv: None,
            checks: None,
            count: None,
            signer: None,
            against: &[],
            glass: None,
        }
    }

    pub(super) fn add_to(&self, report: &mut Report, now: Timestamp) {
        let names = |names: &[RecordName]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        report.object(json!({
            "type": "inbox", "v": 1, "kind": self.kind, "id": self.id, "next": self.next, "argv": self.argv,
            "delta": self.delta.map(|delta| delta.to_string()),
            "checks": self.checks.map(|(_, checks)| names(checks)),
            "commit": self.checks.map(|(commit, _)| commit.to_string()),
            "count": self.count, "since": self.since.map(format_time), "signer": self.signer.map(ToString::to_string),
            "objections": objections_json(self.against),
            "reason": self.glass.map(|glass| glass.reason.as_str()),
            "until": self.glass.map(|glass| format_time(glass.expires)),
            "guarantee": guarantee_word(self.guarantee),
        }));
        let waits = self.since.filter(|_| self.shows_age);
        let age = waits.map_or(String::new(), |since| format!(" (waits {})", span_words(now.since(since))));
        let mut lines = self.line.split('\n').map(str::to_owned);
        report.human.extend(lines.next().map(|first| format!("{first}{age}")));
        report.human.extend(lines);
        report.line(format!("  next: {}", plain(&self.next)));
    }
}

/// Returns a line about a request, with the weightiest answer that stands against it in front, and what each says below.
pub(super) fn opposed(against: &[Objection], line: &str) -> String {
    let word = against.iter().map(|objection| objection.answered.approval.answer).max().map_or("", |most| most.word());
    let below: String = against.iter().map(|objection| format!("\n{}", objection_line(objection))).collect();
    format!("{word}: {line}{below}")
}
