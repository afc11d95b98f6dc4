//! The gate's answer, with every rule that was applied.

use crate::format::Parts;
use crate::model::Digest;
use crate::model::ObjectId;
use crate::model::RecordId;
use crate::model::RefName;
use crate::rules::code::Code;

/// The rule that a ref moves forward.
pub(crate) const FORWARD: &str = "forward";
/// The rule that a ref is where it last landed.
pub(crate) const LAST_LANDING: &str = "last landing";

/// What one rule needed, and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleOutcome {
    /// A short name: `commits signed`, `claims held`, `review`.
    pub rule: String,
    /// Why it is not satisfied; `None` if it is.
    pub code: Option<Code>,
    /// What deserves a look although it stops nothing.
    pub warning: Option<Code>,
    pub needed: String,
    pub found: Vec<String>,
    /// What would satisfy it.
    pub next: Vec<String>,
}

impl RuleOutcome {
    pub(crate) fn satisfied(rule: &str, needed: impl Into<String>, found: impl Into<String>) -> Self {
        let found = vec![found.into()];
        Self { rule: rule.into(), code: None, warning: None, needed: needed.into(), found, next: Vec::new() }
    }

    pub(crate) fn broken(rule: &str, code: Code, needed: impl Into<String>, found: Vec<String>) -> Self {
        Self { rule: rule.into(), code: Some(code), warning: None, needed: needed.into(), found, next: Vec::new() }
    }

    #[must_use]
    pub(crate) fn with_next(mut self, next: impl IntoIterator<Item = String>) -> Self {
        self.next.extend(next);
        self
    }
}

/// The gate's answer to one ref update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub target: RefName,
    pub old: Option<ObjectId>,
    pub new: Option<ObjectId>,
    /// How many entries the ledger had from which rights were read.
    pub height: u64,
    pub policy: u64,
    pub rules: Vec<RuleOutcome>,
}

impl Verdict {
    /// Returns whether no rule says no.
    pub fn allows(&self) -> bool {
        self.rules.iter().all(|outcome| outcome.code.is_none())
    }

    /// Returns the height of the last entry of that ledger.
    pub fn head_height(&self) -> u64 {
        self.height - 1
    }

    /// Returns the code of the first rule that is not satisfied.
    pub fn code(&self) -> Option<Code> {
        self.rules.iter().find_map(|outcome| outcome.code)
    }

    /// Returns whether nothing but what could not be read stands in the way: no rule said no.
    pub fn cannot_tell(&self) -> bool {
        let unknown = [Code::HistoryMissing, Code::HistoryShallow, Code::LedgerStale];
        !self.allows() && self.rules.iter().filter_map(|outcome| outcome.code).all(|code| unknown.contains(&code))
    }

    /// Returns the verdict about a request whose ref has moved on from where it was judged: whatever else it says, the
    /// change is rebased first.
    #[must_use]
    pub fn left_behind(mut self, request: &RecordId, tip: ObjectId) -> Self {
        let judged_from = self.old.replace(tip).map_or("nothing".to_owned(), |old| old.short());
        let found = vec![format!("it has moved on to {}; the request was made from {judged_from}", tip.short())];
        let next = [format!("git rebase {}", tip.short()), format!("git coord request --update {request}")];
        self.rules.retain(|outcome| ![FORWARD, LAST_LANDING].contains(&outcome.rule.as_str()));
        let needed = "the request's head continues the ref";
        self.rules.insert(0, RuleOutcome::broken(FORWARD, Code::RefNotForward, needed, found).with_next(next));
        self
    }

    /// Returns the digest under which a landing records the verdict: everything but the advice.
    pub fn digest(&self) -> Digest {
        let mut parts = Parts::new("git-coord verdict 1");
        parts.part(self.target.as_str().as_bytes());
        for id in [&self.old, &self.new] {
            parts.part(id.as_ref().map(ObjectId::as_bytes).unwrap_or_default());
        }
        parts.number(self.height);
        parts.number(self.policy);
        parts.number(self.rules.len() as u64);
        for outcome in &self.rules {
            parts.part(outcome.rule.as_bytes());
            parts.part(outcome.code.map_or("", Code::as_str).as_bytes());
            parts.part(outcome.needed.as_bytes());
            parts.number(outcome.found.len() as u64);
            for found in &outcome.found {
                parts.part(found.as_bytes());
            }
        }
        parts.finish()
    }
}

/// Returns the first of several paths, and how many more there are.
pub(crate) fn first_of(first: &[u8], count: usize) -> String {
    let first = String::from_utf8_lossy(first);
    if count > 1 { format!("`{first}` and {} more", count - 1) } else { format!("`{first}`") }
}
