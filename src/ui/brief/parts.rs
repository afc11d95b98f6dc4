//! What there is to say to whoever is about to touch some paths, most binding first.

use crate::format::Word;
use crate::model::CommitRule;
use crate::model::HistoryRule;
use crate::model::LeaseRule;
use crate::model::Pattern;
use crate::model::RecordId;
use crate::model::Requirement;
use crate::ops::brief::Brief;
use crate::ops::flight::Flight;
use crate::rules::Demand;
use crate::rules::Lease;
use crate::rules::Needed;
use crate::ui::break_glass::broken_line;
use crate::ui::break_glass::next_of;
use crate::ui::brief::budget::Force;
use crate::ui::brief::budget::Part;
use crate::ui::claim::beside;
use crate::ui::collision::side_words;
use crate::ui::decision::decision_lines;
use crate::ui::inbox::inbox_report;
use crate::ui::report::path_words;
use crate::ui::report::plain;
use crate::ui::report::quoted;
use crate::ui::report::span_words;
use crate::ui::request::finding_line;
use crate::ui::request::request_line;

/// What a part is about, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Topic {
    /// Paths outside of the caller's lanes.
    Lanes,
    /// What becomes of commits on paths that nobody claimed.
    Unclaimed,
    /// A ref that stands still until somebody reviews what landed.
    Still,
    /// What a protection asks for.
    Rule,
    Decision,
    /// A claim of somebody else.
    Held,
    /// A claim of somebody else that waits.
    Queued,
    /// An open finding that stops landings.
    Blocking,
    /// A claim of the caller.
    Yours,
    /// What other work trees of the clone have changed.
    Elsewhere,
    Inbox,
    InFlight,
    Request,
    Finding,
}

impl Topic {
    /// Returns the word by which programs know it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Queued => "queued",
            Self::Lanes => "lanes",
            Self::Unclaimed => "unclaimed",
            Self::Still => "still",
            Self::Rule => "rule",
            Self::Decision => "decision",
            Self::Blocking => "blocking",
            Self::Yours => "yours",
            Self::Elsewhere => "elsewhere",
            Self::Inbox => "inbox",
            Self::InFlight => "in-flight",
            Self::Request => "request",
            Self::Finding => "finding",
        }
    }

    /// Returns how it is called when so many of it are left out.
    pub(super) fn counted(self, count: usize) -> &'static str {
        match (self, count) {
            (Self::Yours, 1) => "claim of yours",
            (Self::Yours, _) => "claims of yours",
            (Self::Request, 1) => "request to land",
            (Self::Request, _) => "requests to land",
            (Self::Elsewhere, 1) => "change in another work tree",
            (Self::Elsewhere, _) => "changes in other work trees",
            (Self::Inbox, 1) => "thing waits for you",
            (Self::Inbox, _) => "things wait for you",
            (Self::InFlight, 1) => "piece of work in flight",
            (Self::InFlight, _) => "pieces of work in flight",
            (Self::Finding, 1) => "finding",
            (Self::Finding, _) => "findings",
            // What binds is never left out.
            _ => "that binds",
        }
    }
}

/// How many patterns of a claim tell what it is about.
const PATTERNS_SHOWN: usize = 4;

/// Returns all there is to say.
pub(super) fn parts(brief: &Brief) -> Vec<Part<Topic>> {
    let mut told = Vec::new();
    let mut bind = |topic, id: Option<&RecordId>, text: String, short: Option<String>| {
        let id = id.map(ToString::to_string);
        told.push(Part { group: topic, force: Force::Binding, id, text, short });
    };
    if let Some(lanes) = &brief.lanes {
        bind(Topic::Lanes, None, lanes_line(lanes), None);
    }
    if let Some(line) = unclaimed_line(brief) {
        bind(Topic::Unclaimed, None, line, None);
    }
    for broken in &brief.still {
        let line = format!("stands still: {}\n  next: {}", broken_line(broken, brief.now), next_of(broken));
        bind(Topic::Still, Some(&broken.pending.request.id), line, None);
    }
    for demand in &brief.demands {
        bind(Topic::Rule, None, demand_lines(demand), None);
    }
    if !brief.for_a_human.is_empty() {
        let line = format!("rule: {} runs by itself: a human's approval", list(&brief.for_a_human));
        bind(Topic::Rule, None, line, None);
    }
    for decision in &brief.decisions {
        let lines = decision_lines(decision, &brief.standing).join("\n");
        bind(Topic::Decision, Some(&decision.settled.decision.id), format!("decided: {lines}"), None);
    }
    for (topic, leases) in
        [(Topic::Held, &brief.permission.held_by_others), (Topic::Queued, &brief.permission.awaited_by_others)]
    {
        for lease in leases {
            let text = |limit| lease_head(topic, lease, (brief, limit));
            let whole = format!("{}  {}", text(usize::MAX), quoted(lease.claim.intent.as_str()));
            // Where no place was named the rest of a long claim can be asked for.
            let short = text(if brief.is_everywhere { PATTERNS_SHOWN } else { usize::MAX });
            bind(topic, Some(&lease.claim.id), whole, Some(short));
        }
    }
    for noted in &brief.blocking {
        let line = format!("stops landings: {}", finding_line(noted, &brief.standing));
        bind(Topic::Blocking, Some(&noted.finding.id), line, None);
    }
    told.extend(good_to_know(brief));
    told
}

fn good_to_know(brief: &Brief) -> Vec<Part<Topic>> {
    let part = |group, id, text| Part { group, force: Force::GoodToKnow, id, text, short: None };
    let mine = brief.mine.iter().map(|lease| {
        let text = format!(
            "{}  {}",
            lease_head(Topic::Yours, lease, (brief, PATTERNS_SHOWN)),
            quoted(lease.claim.intent.as_str())
        );
        part(Topic::Yours, Some(lease.claim.id.to_string()), text)
    });
    let inbox = brief.inbox.iter().map(|item| {
        let report = inbox_report(std::slice::from_ref(item), brief.now, &brief.standing);
        let id = report.json.first().and_then(|object| object["id"].as_str()).map(str::to_owned);
        part(Topic::Inbox, id, format!("waits for you: {}", report.human.join("\n")))
    });
    let in_flight = brief
        .in_flight
        .iter()
        .map(|flight| part(Topic::InFlight, Some(flight.ended.claim.id.to_string()), in_flight_line(flight)));
    let requests = brief.requests.iter().map(|pending| {
        let line = format!("asks to land: {}", request_line(pending, &brief.standing));
        part(Topic::Request, Some(pending.request.id.to_string()), line)
    });
    let findings = brief.findings.iter().map(|noted| {
        let line = format!("found: {}", finding_line(noted, &brief.standing));
        part(Topic::Finding, Some(noted.finding.id.to_string()), line)
    });
    let elsewhere = brief.permission.changed_elsewhere.iter().map(|change| {
        let line = format!("changed elsewhere: {} by {}", plain(&change.path), side_words(&change.side));
        part(Topic::Elsewhere, None, line)
    });
    mine.chain(elsewhere).chain(inbox).chain(in_flight).chain(requests).chain(findings).collect()
}

/// Where work is, and what is said of it, its holder wrote.
fn in_flight_line(flight: &Flight) -> String {
    let claim = &flight.ended.claim;
    let note = flight.ended.left.note.as_deref().unwrap_or(claim.intent.as_str());
    let place = quoted(&flight.place);
    format!("in flight: {} by {} on {place}: {}", list(&claim.paths), claim.holder, quoted(note))
}

fn lease_head(topic: Topic, lease: &Lease, (brief, limit): (&Brief, usize)) -> String {
    let claim = &lease.claim;
    let now = brief.now;
    let ground = ground_that_meets(lease, brief, limit);
    let whose = match topic {
        Topic::Yours => format!("yours: {} {ground}", claim.id),
        Topic::Queued => format!("waits first: {} of {} for {ground}", claim.id, claim.holder),
        _ => format!("held by {}, so a commit there is stopped: {} {ground}", claim.holder, claim.id),
    };
    let state = match lease.held {
        None => "queued".to_owned(),
        Some(_) if claim.expires <= now => format!("expired {} ago", span_words(now.since(claim.expires))),
        Some(_) => format!("{} left", span_words(claim.expires.since(now))),
    };
    let token = lease.held.map_or(String::new(), |grant| format!(", token {}", grant.token));
    format!("{whose} ({}, {state}{token}{})", claim.mode.word(), beside(brief.standing.of_lease(lease)))
}

/// Names what a claim has of the ground that was named, as far as a limit; where none was, that is all of it.
fn ground_that_meets(lease: &Lease, brief: &Brief, limit: usize) -> String {
    let claim = &lease.claim;
    let all = claim.paths.len() + claim.resources.len();
    let meets = |own: &&Pattern| brief.is_everywhere || brief.ground.iter().any(|asked| asked.overlaps(own));
    let paths = claim.paths.iter().filter(meets).map(ToString::to_string);
    let resources = claim.resources.iter().filter(|_| brief.is_everywhere).map(ToString::to_string);
    let named: Vec<String> = paths.chain(resources).take(limit).collect();
    let more = match all - named.len() {
        0 => String::new(),
        more => format!(" and {more} more (git coord show {})", claim.id),
    };
    path_words(named) + &more
}

fn lanes_line(lanes: &[Pattern]) -> String {
    match lanes.is_empty() {
        true => "lanes: you may change no path at all; nothing that you change lands".to_owned(),
        false => format!("lanes: what you change outside of {} does not land", list(lanes)),
    }
}

fn unclaimed_line(brief: &Brief) -> Option<String> {
    let unclaimed = &brief.permission.unclaimed;
    let what = match brief.permission.require {
        _ if unclaimed.is_empty() => return None,
        Requirement::Off => return None,
        Requirement::Warn => "a commit there without a claim is warned about",
        Requirement::Auto => "a commit there claims them",
        Requirement::Deny => "a commit there without a claim is stopped",
    };
    let subject = if brief.is_everywhere { "what you did not claim".to_owned() } else { list(unclaimed) };
    Some(format!("unclaimed: {subject}; {what}: git coord claim <paths> --intent <what>"))
}

fn demand_lines(demand: &Demand) -> String {
    let rules = &demand.protection;
    let refs: Vec<_> = rules.refs.iter().map(ToString::to_string).collect();
    let mission = rules.mission.as_ref().map_or(String::new(), |mission| format!(", mission {mission}"));
    let mut asked = Vec::new();
    if rules.commits == CommitRule::Signed {
        asked.push("signed commits".to_owned());
    }
    if rules.history == HistoryRule::Strict {
        asked.push("every commit within lanes".to_owned());
    }
    if rules.claims == LeaseRule::Held {
        asked.push("a claim of yours on every changed path".to_owned());
    }
    if !rules.block_on.is_empty() {
        let words: Vec<_> = rules.block_on.iter().map(|severity| severity.word()).collect();
        asked.push(format!("no open finding that is {}", words.join(" or ")));
    }
    let needed = |what: &str, needed: &Needed| {
        let place =
            if needed.paths.is_empty() { String::new() } else { format!(" where {} changes", list(&needed.paths)) };
        format!("{what}{place}: {}", needed.words)
    };
    asked.extend(demand.approvals.iter().map(|rule| needed("approvals", rule)));
    asked.extend(demand.checks.iter().map(|rule| needed("check", rule)));
    let asked: String = asked.iter().map(|one| format!("\n  {}", plain(one))).collect();
    format!("rule {}{mission}: to land on {}, by a request only{asked}", rules.name, plain(&refs.join(", ")))
}

fn list(patterns: &[Pattern]) -> String {
    path_words(patterns)
}
