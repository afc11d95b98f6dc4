//! Claims, and whether a path may be touched.

use serde_json::Value;
use serde_json::json;

use crate::format::Word;
use crate::format::format_time;
use crate::model::Span;
use crate::model::Timestamp;
use crate::ops::Guarantee;
use crate::ops::Standing;
use crate::ops::claim::Outcome;
use crate::ops::flight::Flight;
use crate::ops::lease::Renewal;
use crate::ops::status::Permission;
use crate::rules::Lease;
use crate::ui::collision::change_json;
use crate::ui::collision::tell_changes;
use crate::ui::decision::binding_lines;
use crate::ui::decision::decision_json;
use crate::ui::report::Report;
use crate::ui::report::path_words;
use crate::ui::report::plain;
use crate::ui::report::quoted;
use crate::ui::report::span_words;
use crate::ui::similar::tell_similar;

/// From how old on what is known of the remote may mislead whoever asks whether a path is free.
const OLD: Span = Span::from_s(60);

pub(crate) fn guarantee_word(guarantee: Guarantee) -> &'static str {
    match guarantee {
        Guarantee::Remote => "remote",
        Guarantee::Local => "local",
        Guarantee::Tentative => "tentative",
    }
}

/// Returns what is said of a record beside other things: nothing, unless it may yet be lost.
pub(crate) fn beside(guarantee: Guarantee) -> &'static str {
    if guarantee == Guarantee::Tentative { ", tentative" } else { "" }
}

/// Returns what is said at the end of a line of a record that may yet be lost.
pub(crate) fn at_end(guarantee: Guarantee) -> &'static str {
    if guarantee == Guarantee::Tentative { "  (tentative)" } else { "" }
}

/// Returns what whoever left something here should know.
pub(crate) fn tentative_note(guarantee: Guarantee) -> Option<String> {
    let note = "it is only here, and may yet be lost: git coord sync brings it to the remote that decides";
    (guarantee == Guarantee::Tentative).then(|| note.to_owned())
}

pub(crate) fn lease_state(lease: &Lease, now: Timestamp) -> &'static str {
    match lease.held {
        None => "queued",
        Some(_) if lease.claim.expires <= now => "expired",
        Some(_) => "held",
    }
}

pub(crate) fn lease_json(lease: &Lease, now: Timestamp, standing: &Standing) -> Value {
    let claim = &lease.claim;
    json!({
        "type": "claim", "v": 1,
        "id": claim.id.to_string(),
        "holder": claim.holder.to_string(),
        "intent": claim.intent.as_str(),
        "paths": claim.paths.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "resources": claim.resources.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "mode": claim.mode.word(),
        "state": lease_state(lease, now),
        "token": lease.held.map(|grant| grant.token),
        "granted": lease.held.map(|grant| format_time(grant.time)),
        "expires": format_time(claim.expires),
        "offered_to": claim.offered_to.as_ref().map(ToString::to_string),
        "revoked_by": claim.revoked_by.as_ref().map(ToString::to_string),
        "guarantee": guarantee_word(standing.of_lease(lease)),
        "similar": [],
        "in_flight": [],
        "decisions": [],
    })
}

pub(crate) fn flight_json(flight: &Flight) -> Value {
    json!({
        "claim": flight.ended.claim.id.to_string(),
        "holder": flight.ended.claim.holder.to_string(),
        "paths": flight.ended.claim.paths.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "place": flight.place,
        "note": flight.ended.left.note,
    })
}

pub(crate) fn ground(lease: &Lease) -> String {
    let paths = lease.claim.paths.iter().map(ToString::to_string);
    path_words(paths.chain(lease.claim.resources.iter().map(ToString::to_string)))
}

pub(crate) fn lease_line(lease: &Lease, now: Timestamp, standing: &Standing) -> String {
    let claim = &lease.claim;
    let token = lease.held.map_or(String::new(), |grant| format!(", token {}", grant.token));
    let shared = if claim.mode == crate::model::ClaimMode::Shared { "shared, " } else { "" };
    let time = match lease_state(lease, now) {
        _ if claim.revoked_by.is_some() => "revoked".to_owned(),
        "queued" => "queued".to_owned(),
        "expired" => format!("expired {} ago", span_words(now.since(claim.expires))),
        _ => format!("{} left", span_words(claim.expires.since(now))),
    };
    format!(
        "{}  {}  {} ({shared}{time}{token}{})  {}",
        claim.id,
        claim.holder,
        ground(lease),
        beside(standing.of_lease(lease)),
        quoted(claim.intent.as_str())
    )
}

pub(crate) fn flight_line(flight: &Flight) -> String {
    let claim = &flight.ended.claim;
    let note = flight.ended.left.note.as_deref().map_or(String::new(), |note| format!(": {}", quoted(note)));
    format!("in flight: {} by {} on {}{note}", path_words(&claim.paths), claim.holder, quoted(&flight.place))
}

/// Returns what is said of a claim that was taken.
pub fn claim_report(outcome: &Outcome, now: Timestamp, standing: &Standing) -> Report {
    let mut report = Report::new();
    let lease = &outcome.lease;
    let claim = &lease.claim;
    let guarantee = standing.of_lease(lease);
    let mut object = lease_json(lease, now, standing);
    object["in_flight"] = outcome.in_flight.iter().map(flight_json).collect();
    object["decisions"] = outcome.decisions.iter().map(|told| decision_json(told, standing)).collect();
    object["changed_elsewhere"] = outcome.changed_elsewhere.iter().map(change_json).collect();
    object["replaced"] = outcome.replaced.iter().map(ToString::to_string).collect();
    report.object(object);
    let until = format_time(claim.expires);
    report.line(match (lease.held, outcome.existed) {
        (Some(grant), false) => {
            format!("{} held until {until}, token {} ({})", claim.id, grant.token, guarantee_word(guarantee))
        }
        (Some(grant), true) => {
            format!("{} is yours already until {until}, token {}{}", claim.id, grant.token, beside(guarantee))
        }
        (None, _) => format!("{} queued ({})", claim.id, guarantee_word(guarantee)),
    });
    report.line(format!("  {}  {}", ground(lease), quoted(claim.intent.as_str())));
    report.human.extend(binding_lines(&outcome.decisions, standing));
    report.notes.extend(tentative_note(guarantee));
    if !outcome.replaced.is_empty() {
        let own: Vec<_> = outcome.replaced.iter().map(ToString::to_string).collect();
        report.note(format!("in place of your {}", own.join(", ")));
    }
    tell_similar(&mut report, &outcome.similar, now);
    for flight in &outcome.in_flight {
        report.note(flight_line(flight));
    }
    tell_changes(&mut report, &outcome.changed_elsewhere);
    report
}

/// Returns several claims, as after a renewal.
pub fn leases_report(leases: &[Lease], now: Timestamp, standing: &Standing) -> Report {
    let mut report = Report::new();
    for lease in leases {
        report.object(lease_json(lease, now, standing));
        report.line(lease_line(lease, now, standing));
    }
    report
}

/// Returns claims after a renewal.
pub fn renewal_report(renewal: &Renewal, now: Timestamp, standing: &Standing) -> Report {
    let mut report = leases_report(&renewal.leases, now, standing);
    for (lease, object) in renewal.leases.iter().zip(&mut report.json) {
        object["extended"] = renewal.extended.contains(&lease.claim.id).into();
    }
    for lease in renewal.leases.iter().filter(|lease| !renewal.extended.contains(&lease.claim.id)) {
        report.notes.push(format!("{} ends at {}: nothing to write", lease.claim.id, format_time(lease.claim.expires)));
    }
    report
}

/// Returns whether paths may be touched.
pub fn check_report(permission: &Permission, now: Timestamp, standing: &Standing) -> Report {
    let mut report = Report::new();
    let leases_json =
        |leases: &[Lease]| leases.iter().map(|lease| lease_json(lease, now, standing)).collect::<Vec<_>>();
    let unclaimed: Vec<_> = permission.unclaimed.iter().map(ToString::to_string).collect();
    report.object(json!({
        "type": "check", "v": 1,
        "may": permission.is_given(),
        "caller": permission.caller.as_ref().map(ToString::to_string),
        "require": permission.require.word(),
        "unclaimed": unclaimed,
        "held_by_others": leases_json(&permission.held_by_others),
        "awaited_by_others": leases_json(&permission.awaited_by_others),
        "changed_elsewhere": permission.changed_elsewhere.iter().map(change_json).collect::<Vec<_>>(),
        "guarantee": guarantee_word(standing.of_ledger()),
        "fetched_s": permission.fetched.map(Span::seconds),
    }));
    if let Some(age) = permission.fetched.filter(|age| *age >= OLD) {
        report.note(format!("what others did in the last {} is not known here: git coord sync", span_words(age)));
    }
    tell_changes(&mut report, &permission.changed_elsewhere);
    for lease in &permission.held_by_others {
        report.line(format!("held: {}", lease_line(lease, now, standing)));
    }
    for lease in &permission.awaited_by_others {
        report.line(format!("awaited, so that a claim would wait as well: {}", lease_line(lease, now, standing)));
    }
    if permission.is_given() {
        report.line("free");
    } else if permission.held_by_others.is_empty() {
        report.line(format!("unclaimed, and the policy asks for a claim: {}", plain(&unclaimed.join(", "))));
    }
    report
}
