//! Which rule a result is of, and how much it weighs.

use crate::format::sarif::shape::Component;
use crate::format::sarif::shape::Level;
use crate::format::sarif::shape::Outcome;
use crate::format::sarif::shape::Rule;
use crate::format::sarif::shape::Score;
use crate::format::sarif::shape::Tool;
use crate::model::FindingKind;
use crate::model::Severity;

/// The rule of a result, with the part of the tool that has it.
pub(super) struct Found<'a> {
    pub(super) component: &'a Component,
    pub(super) rule: Option<&'a Rule>,
    pub(super) id: Option<&'a str>,
}

/// Returns the rule that a result names: by its place in a list, or by its id.
pub(super) fn rule_of<'a>(tool: &'a Tool, outcome: &'a Outcome) -> Found<'a> {
    let reference = outcome.rule.as_ref();
    let id = outcome.rule_id.as_deref().or_else(|| reference?.id.as_deref());
    let place = reference.and_then(|rule| usize::try_from(rule.tool_component.as_ref()?.index?).ok());
    let component = place.and_then(|place| tool.extensions.get(place)).unwrap_or(&tool.driver);
    let index = reference.and_then(|rule| rule.index).or(outcome.rule_index);
    let by_index = index.and_then(|index| component.rules.get(usize::try_from(index).ok()?));
    // An id may have further parts that tell cases of one rule apart.
    let has_id = |rule: &&Rule| {
        let rest = id.and_then(|id| id.strip_prefix(rule.id.as_str()));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut all = [component, &tool.driver].into_iter().chain(&tool.extensions);
    let by_id = || all.find_map(|component| Some((component, component.rules.iter().find(has_id)?)));
    let found = by_index.map(|rule| (component, rule)).or_else(by_id);
    let (component, rule) = found.map_or((component, None), |(component, rule)| (component, Some(rule)));
    Found { component, rule, id: id.or_else(|| rule.map(|rule| rule.id.as_str())) }
}

impl Found<'_> {
    fn score(&self) -> Option<f64> {
        let score = match self.rule?.properties.security_severity.as_ref()? {
            Score::Number(number) => *number,
            Score::Text(text) => text.trim().parse().ok()?,
        };
        score.is_finite().then_some(score)
    }

    /// Returns the level of a result: its own, that of its rule, or what the standard supposes.
    pub(super) fn level(&self, own: Option<Level>) -> Level {
        let configured = || self.rule?.default_configuration.as_ref()?.level;
        own.or_else(configured).unwrap_or(Level::Warning)
    }

    /// Returns how much a result of this level weighs; `None` if it is no finding.
    pub(super) fn severity(&self, level: Level) -> Option<Severity> {
        let by_level = match level {
            Level::None => return None,
            Level::Note => Severity::Low,
            Level::Warning => Severity::Medium,
            Level::Error => Severity::High,
        };
        Some(self.score().map_or(by_level, |score| match score {
            9.0.. => Severity::Critical,
            7.0.. => Severity::High,
            4.0.. => Severity::Medium,
            _ => Severity::Low,
        }))
    }

    /// Returns `risk` for what a rule about security says, `bug` for everything else.
    pub(super) fn kind(&self) -> FindingKind {
        let is_tagged = |rule: &Rule| rule.properties.tags.iter().any(|tag| tag == "security");
        let is_risk = self.score().is_some() || self.rule.is_some_and(is_tagged);
        if is_risk { FindingKind::Risk } else { FindingKind::Bug }
    }
}
