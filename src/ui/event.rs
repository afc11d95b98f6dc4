//! Events of the watcher.

use serde_json::json;

use crate::ops::event::Event;
use crate::rules::Obstacle;
use crate::ui::claim::at_end;
use crate::ui::claim::guarantee_word;
use crate::ui::error::obstacle_json;
use crate::ui::report::Report;
use crate::ui::report::plain;

/// Returns one event.
pub fn event_report(event: &Event) -> Report {
    let mut report = Report::new();
    report.object(json!({
        "type": "event", "v": 1, "event": event.name, "id": event.subject, "principal": event.principal,
        "height": event.height, "detail": event.detail,
        "code": event.refusal.as_ref().map(|refusal| refusal.code.as_str()),
        "message": event.refusal.as_ref().map(|refusal| refusal.message.clone()),
        "holders": event.holders.iter().map(obstacle_json).collect::<Vec<_>>(),
        "guarantee": event.guarantee.map(guarantee_word),
    }));
    let principal = event.principal.as_deref().map_or(String::new(), |principal| format!(" by {}", plain(principal)));
    let detail = event.detail.as_deref().map_or(String::new(), |detail| format!(": {}", plain(detail)));
    let refusal = event
        .refusal
        .as_ref()
        .map_or(String::new(), |refusal| format!(": {} ({})", plain(&refusal.message), refusal.code));
    let to = |holder: &Obstacle| format!("{} ({})", plain(&holder.holder.to_string()), holder.claim);
    let holders = event.holders.iter().map(to).collect::<Vec<_>>().join(", ");
    let holders = if holders.is_empty() { holders } else { format!(": now held by {holders}") };
    report.line(format!(
        "{}  {}{principal}{detail}{refusal}{holders}{}",
        event.name,
        plain(&event.subject),
        event.guarantee.map_or("", at_end)
    ));
    report
}
