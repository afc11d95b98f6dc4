//! The story of a line.

use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::json;

use crate::model::PrincipalId;
use crate::model::RecordName;
use crate::ops::landing_story::GlassStory;
use crate::ops::story::LineStory;
use crate::rules::CheckResult;
use crate::ui::report::Report;
use crate::ui::report::plain;
use crate::ui::report::quoted_whole;

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
            "attestations": landing.attestations.iter().map(attestation_json).collect::<Vec<_>>(),
            "overruled": landing.overruled.iter().map(overruled_json).collect::<Vec<_>>(),
            "glass": landing.glass.as_ref().map(glass_json),
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
            "  claimed   {} by {}{token}{session}: {}",
            claim.id,
            claim.holder,
            quoted_whole(&claim.intent)
        ));
    }
    let author = story.author.as_ref().map_or("nobody enrolled".to_owned(), ToString::to_string);
    report.line(format!("  written   {} signed by {author}: {}", story.commit.short(), quoted_whole(&story.subject)));
    match &story.landing {
        None => report.line("  landed    not recorded"),
        Some(landing) => {
            let request = landing.landed.request.as_ref().map(ToString::to_string).unwrap_or_default();
            report.line(format!("  requested {request} by {}: {}", landing.opener, quoted_whole(&landing.title)));
            for (principal, reason) in &landing.approvals {
                let reason = reason.as_deref().map_or(String::new(), |reason| format!(": {}", quoted_whole(reason)));
                report.line(format!("  approved  by {principal}{reason}"));
            }
            for (principal, check, result) in &landing.attestations {
                report.line(format!("  checked   {check} {} by the word of {principal}", result_word(*result)));
            }
            for (author, members) in &landing.overruled {
                report.line(format!("  overruled the veto of {author}, by {}", named(members)));
            }
            if let Some(glass) = &landing.glass {
                let reviewed = glass.reviewed.as_ref().map_or("nobody yet".to_owned(), named);
                report
                    .line(format!("  in haste  glass broken: {}; reviewed by {reviewed}", quoted_whole(&glass.reason)));
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

fn attestation_json((principal, check, result): &(PrincipalId, RecordName, CheckResult)) -> Value {
    json!({"principal": principal.to_string(), "check": check.as_str(), "result": result_word(*result)})
}

fn overruled_json((author, members): &(PrincipalId, BTreeSet<PrincipalId>)) -> Value {
    json!({"veto_of": author.to_string(), "by": members.iter().map(ToString::to_string).collect::<Vec<_>>()})
}

fn glass_json(glass: &GlassStory) -> Value {
    let by = glass.reviewed.iter().flatten().map(ToString::to_string).collect::<Vec<_>>();
    json!({"reason": glass.reason, "reviewed": glass.reviewed.is_some(), "by": by})
}

fn result_word(result: CheckResult) -> &'static str {
    match result {
        CheckResult::Passed => "passed",
        CheckResult::Failed => "failed",
    }
}

fn named<'a>(ids: impl IntoIterator<Item = &'a PrincipalId>) -> String {
    ids.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
