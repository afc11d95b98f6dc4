//! The story of a line.

use serde_json::json;

use crate::ops::story::LineStory;
use crate::ui::report::Report;
use crate::ui::report::plain;

/// Returns who asked, claimed, wrote, reviewed, approved and landed a line.
pub fn line_report(story: &LineStory) -> Report {
    let mut report = Report::new();
    let claims: Vec<_> = story
        .claims
        .iter()
        .map(|claim| {
            json!({
                "id": claim.id.to_string(), "holder": claim.holder.to_string(), "intent": claim.intent,
                "token": claim.token, "session": claim.session, "mission": claim.mission,
            })
        })
        .collect();
    let landing = story.landing.as_ref().map(|landing| {
        json!({
            "ref": landing.target.as_str(), "height": landing.height, "title": landing.title,
            "request": landing.landed.request.as_ref().map(ToString::to_string),
            "opener": landing.opener.to_string(), "policy": landing.landed.policy,
            "approvals": landing.approvals.iter().map(|(id, reason)| json!({"principal": id.to_string(), "reason": reason})).collect::<Vec<_>>(),
            "recorder": landing.recorder.as_ref().map(ToString::to_string),
        })
    });
    report.object(json!({
        "type": "line", "v": 1, "path": story.path, "line": story.line, "text": story.text,
        "commit": story.commit.to_string(), "subject": story.subject,
        "author": story.author.as_ref().map(ToString::to_string), "claims": claims, "landing": landing,
    }));
    report.line(format!("{}:{}  {}", plain(&story.path), story.line, plain(&story.text)));
    for claim in &story.claims {
        let token = claim.token.map_or(String::new(), |token| format!(", token {token}"));
        let session = claim.session.as_ref().map_or(String::new(), |session| format!(", session {}", plain(session)));
        report.line(format!(
            "  claimed   {} by {}{token}{session}: \"{}\"",
            claim.id,
            claim.holder,
            plain(&claim.intent)
        ));
    }
    let author = story.author.as_ref().map_or("nobody enrolled".to_owned(), ToString::to_string);
    report.line(format!("  written   {} signed by {author}: {}", story.commit.short(), plain(&story.subject)));
    match &story.landing {
        None => report.line("  landed    not recorded"),
        Some(landing) => {
            let request = landing.landed.request.as_ref().map(ToString::to_string).unwrap_or_default();
            report.line(format!("  requested {request} by {}: {}", landing.opener, plain(&landing.title)));
            for (principal, reason) in &landing.approvals {
                let reason = reason.as_deref().map_or(String::new(), |reason| format!(": \"{}\"", plain(reason)));
                report.line(format!("  approved  by {principal}{reason}"));
            }
            let recorder = landing.recorder.as_ref().map_or("nobody".to_owned(), ToString::to_string);
            report.line(format!(
                "  landed    on {} at height {} under policy {}, recorded by {recorder}",
                landing.target, landing.height, landing.landed.policy
            ));
        }
    }
    report
}
