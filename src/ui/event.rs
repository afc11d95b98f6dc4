//! Events of the watcher.

use serde_json::json;

use crate::format::Word;
use crate::ops::event::Event;
use crate::rules::Obstacle;
use crate::ui::claim::at_end;
use crate::ui::claim::guarantee_word;
use crate::ui::collision::side_json;
use crate::ui::collision::side_words;
use crate::ui::error::obstacle_json;
use crate::ui::report::Report;
use crate::ui::report::json_line;
use crate::ui::report::plain;
use crate::ui::report::quoted;

/// Returns one event as one line of JSON, as a reaction is fed with it.
pub fn event_text(event: &Event) -> String {
    event_report(event).json.iter().map(json_line).collect()
}

/// Returns one event.
pub fn event_report(event: &Event) -> Report {
    let mut report = Report::new();
    report.object(json!({
        "type": "event", "v": 1, "event": event.name, "id": event.subject, "principal": event.principal,
        "height": event.height, "detail": event.detail,
        "code": event.refusal.as_ref().map(|refusal| refusal.code.as_str()),
        "message": event.refusal.as_ref().map(|refusal| refusal.message.clone()),
        "holders": event.holders.iter().map(obstacle_json).collect::<Vec<_>>(),
        "paths": event.paths.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "kind": event.kind.map(|kind| kind.word()), "severity": event.severity.map(|severity| severity.word()),
        "sides": event.sides.iter().map(side_json).collect::<Vec<_>>(),
        "guarantee": event.guarantee.map(guarantee_word),
    }));
    let principal = event.principal.as_deref().map_or(String::new(), |principal| format!(" by {}", plain(principal)));
    // Of a decision it is the question, which others wrote.
    let told = |detail| if event.name.starts_with("decision.") { quoted(detail) } else { plain(detail) };
    let detail = event.detail.as_deref().map_or(String::new(), |detail| format!(": {}", told(detail)));
    let refusal = event
        .refusal
        .as_ref()
        .map_or(String::new(), |refusal| format!(": {} ({})", plain(&refusal.message), refusal.code));
    let to = |holder: &Obstacle| format!("{} ({})", plain(&holder.holder.to_string()), holder.claim);
    let holders = event.holders.iter().map(to).collect::<Vec<_>>().join(", ");
    let holders = if holders.is_empty() { holders } else { format!(": now held by {holders}") };
    let sides = event.sides.iter().map(side_words).collect::<Vec<_>>().join(" and ");
    let sides = if sides.is_empty() { sides } else { format!(": {sides}") };
    report.line(format!(
        "{}  {}{principal}{detail}{refusal}{sides}{holders}{}",
        event.name,
        plain(&event.subject),
        event.guarantee.map_or("", at_end)
    ));
    report
}
