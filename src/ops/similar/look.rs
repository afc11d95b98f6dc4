//! The comparison of an intent with what is known.

use std::cmp::Reverse;

use tracing::debug_span;

use crate::ops::context::Context;
use crate::ops::similar::ground::Ground;
use crate::ops::similar::kept;
use crate::ops::similar::records;
use crate::ops::similar::records::Known;
use crate::overlap::Alike;
use crate::overlap::Intent;
use crate::overlap::Meaning;
use crate::overlap::Meanings;
use crate::overlap::Reason;
use crate::overlap::TOLD_MAX;

/// So many records of a sort are asked for their paths, the newest first.
const ASKED_MAX: usize = 1_000;
/// And so many requests: what they change is read from their trees.
const REQUESTS_ASKED_MAX: usize = 100;

/// Something that reads like an intent, or is about the same paths.
#[derive(Clone, Debug)]
pub struct Similar {
    pub known: Known,
    /// How much it does.
    pub alike: Alike,
    /// The first of the paths that both are about.
    pub shared_paths: Vec<String>,
}

/// What intents are compared with, sort by sort.
pub struct Body {
    scopes: Vec<Scope>,
}

/// One sort of it, with what each text means.
struct Scope {
    known: Vec<Known>,
    meanings: Vec<Meaning>,
}

impl Body {
    /// Returns what is live in a ledger: claims with work in flight, requests, findings and decisions.
    pub fn live(context: &Context) -> Self {
        let written = vec![records::requests(context), records::findings(context), records::decisions(context)];
        Self::of(context, [vec![records::claims(context, None)], written].concat())
    }

    /// Returns the lines of a file, but the empty ones.
    pub fn lines(text: &str) -> Self {
        let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let titles: Vec<_> = numbered.map(|(line, text)| Known::Title { line, text: text.to_owned() }).collect();
        Self { scopes: vec![Scope::new(titles, &Meanings::default())] }
    }

    fn of(context: &Context, scopes: Vec<Vec<Known>>) -> Self {
        let _phase = debug_span!("read what is known of texts").entered();
        let texts: Vec<&str> = scopes.iter().flatten().map(Known::text).collect();
        let meanings = kept::meanings(context.ledger.store(), &texts);
        Self { scopes: scopes.into_iter().map(|scope| Scope::new(scope, &meanings)).collect() }
    }

    /// Returns what is most like a text, at most five of each sort, the most like first.
    pub fn most_like(&self, text: &str) -> Vec<Similar> {
        let _phase = debug_span!("compare intents").entered();
        let intent = Intent::of(text);
        self.scopes.iter().flat_map(|scope| scope.most_like(&intent)).collect()
    }
}

impl Scope {
    fn new(known: Vec<Known>, meanings: &Meanings) -> Self {
        let meanings = known.iter().map(|known| meanings.of(known.text())).collect();
        Self { known, meanings }
    }

    fn most_like(&self, intent: &Intent) -> Vec<Similar> {
        let alike = intent.most_alike(&self.meanings, |place| self.known[place].text());
        let similar =
            |alike: Alike| Similar { known: self.known[alike.place].clone(), alike, shared_paths: Vec::new() };
        alike.into_iter().map(similar).collect()
    }

    /// Returns what is most like a text, and after that what is about the same paths in other words; at most five of each.
    fn most_like_on(&self, intent: &Intent, context: &Context, ground: &Ground<'_>) -> Vec<Similar> {
        let mut told = self.most_like(intent);
        for similar in &mut told {
            similar.shared_paths = ground.shared_with(context, &similar.known);
        }
        let is_told = |known: &Known| told.iter().any(|similar| similar.known.id() == known.id());
        let asked_max = |known: &Known| if matches!(known, Known::Request(_)) { REQUESTS_ASKED_MAX } else { ASKED_MAX };
        let mut newest: Vec<(usize, &Known)> = self.known.iter().enumerate().collect();
        newest.sort_by_key(|(place, known)| (Reverse(known.since()), *place));
        newest.truncate(newest.first().map_or(0, |(_, known)| asked_max(known)));
        let others = newest.into_iter().filter(|(_, known)| !is_told(known));
        let sharing = others.filter_map(|(place, known)| {
            let shared_paths = Some(ground.shared_with(context, known)).filter(|shared| !shared.is_empty())?;
            let alike = intent.likeness(&self.meanings[place], place, known.text(), self.known.len());
            let alike = Alike { reason: Reason::SharedPaths, ..alike };
            Some(Similar { known: known.clone(), alike, shared_paths })
        });
        let sharing: Vec<Similar> = sharing.take(TOLD_MAX).collect();
        told.extend(sharing);
        told
    }
}

/// Returns what is most like a text on some ground, among some sorts of records.
pub(crate) fn among(context: &Context, text: &str, ground: &Ground<'_>, sorts: Vec<Vec<Known>>) -> Vec<Similar> {
    let body = Body::of(context, sorts);
    let _phase = debug_span!("compare intents").entered();
    let intent = Intent::of(text);
    body.scopes.iter().flat_map(|scope| scope.most_like_on(&intent, context, ground)).collect()
}
