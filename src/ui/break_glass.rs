//! What landed through broken glass.

use serde_json::Value;
use serde_json::json;

use crate::format::format_time;
use crate::model::Timestamp;
use crate::ops::Standing;
use crate::ops::audit::GlassUse;
use crate::rules::Broken;
use crate::rules::Pending;
use crate::ui::report::quoted;
use crate::ui::report::quoted_whole;
use crate::ui::report::span_words;
use crate::ui::request::request_line;

pub(crate) fn broken_json(broken: &Broken) -> Value {
    let (request, landed) = (&broken.pending.request, &broken.landed);
    json!({
        "type": "break-glass", "v": 1, "id": request.id.to_string(), "opener": request.opener.to_string(),
        "ref": landed.target.as_str(), "old": landed.old.map(|old| old.to_string()), "new": landed.new.to_string(),
        "delta": request.delta.to_string(), "reason": reason(broken), "height": broken.height,
        "t": format_time(landed.now), "reviewed": false, "by": Vec::<String>::new(), "for_root": Vec::<String>::new(),
        "next": next_of(broken),
    })
}

pub(crate) fn broken_line(broken: &Broken, now: Timestamp) -> String {
    let (request, landed) = (&broken.pending.request, &broken.landed);
    format!(
        "{}  broke the glass on {} {} ago and waits for review, by {}: {}",
        request.id,
        landed.target,
        span_words(now.since(landed.now)),
        request.opener,
        quoted(reason(broken))
    )
}

/// Returns a request to land before anybody approves, with its reason.
pub(crate) fn glass_line(pending: &Pending, standing: &Standing) -> String {
    let line = request_line(pending, standing);
    let glass = pending.request.break_glass.as_ref();
    glass.map_or(line.clone(), |glass| {
        format!("{line}\n  until {}: {}", format_time(glass.expires), quoted(glass.reason.as_str()))
    })
}

/// Returns how it is reviewed.
pub(crate) fn next_of(broken: &Broken) -> String {
    let (id, delta) = (&broken.pending.request.id, broken.pending.request.delta);
    format!("git coord show {id}, then git coord approve {id} --delta {delta}, or git coord reject")
}

fn reason(broken: &Broken) -> &str {
    broken.pending.request.break_glass.as_ref().map_or("", |glass| glass.reason.as_str())
}

/// Returns one use as an audit tells it.
pub(crate) fn use_json(told: &GlassUse) -> Value {
    let mut object = broken_json(&told.broken);
    if let Some(by) = &told.reviewed {
        object["reviewed"] = true.into();
        object["by"] = by.iter().map(ToString::to_string).collect();
        object["for_root"] = told.for_root.iter().map(ToString::to_string).collect();
        object["next"] = Value::Null;
    }
    object
}

pub(crate) fn use_lines(told: &GlassUse) -> Vec<String> {
    let (request, landed) = (&told.broken.pending.request, &told.broken.landed);
    let (target, new, by) = (&landed.target, landed.new.short(), &request.opener);
    let height = told.broken.height;
    let mut lines = vec![format!(
        "glass broken: {target} → {new} at height {height} by {by}: {}",
        quoted_whole(reason(&told.broken))
    )];
    match &told.reviewed {
        Some(by) => {
            let by: Vec<_> = by.iter().map(ToString::to_string).collect();
            let for_root = if told.for_root.is_empty() { "" } else { ", for root: nobody else could" };
            lines.push(format!("  reviewed by {}{for_root}", by.join(", ")));
        }
        None => lines.push(format!("  mend: {}", next_of(&told.broken))),
    }
    lines
}
