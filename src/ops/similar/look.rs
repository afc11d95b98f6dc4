//! The comparison of an intent with what is known.

use std::cell::RefCell;
use std::cmp::Reverse;

use tracing::debug_span;

use crate::ops::context::Context;
use crate::ops::similar::fault::Fault;
use crate::ops::similar::ground::Ground;
use crate::ops::similar::records;
use crate::ops::similar::records::Known;
use crate::ops::similar::vectors::Vectors;
use crate::overlap::Alike;
use crate::overlap::Intent;
use crate::overlap::MODEL;
use crate::overlap::Meaning;
use crate::overlap::Reason;
use crate::overlap::TOLD_MAX;

/// So many of a sort, the nearest by the table, are ranked by the user's program or model: what it finds best is nearly always
/// among them.
const RERANKED_MAX: usize = 200;
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

/// What a comparison found.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    pub similar: Vec<Similar>,
    /// What said how alike texts are: the table, and the user's program or model if there is one.
    pub model: String,
    /// Why the user's program or model did not say it.
    pub fault: Option<Fault>,
}

/// What intents are compared with, sort by sort.
pub struct Body {
    scopes: Vec<Scope>,
    /// What the user's program or model says of texts, until it fails.
    vectors: RefCell<Option<Vectors>>,
    fault: RefCell<Option<Fault>>,
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
    pub fn lines(context: &Context, text: &str) -> Self {
        let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let known: Vec<_> = numbered.map(|(line, text)| Known::Title { line, text: text.to_owned() }).collect();
        let meanings = known.iter().map(|title| Meaning::of_text(title.text())).collect();
        Self::new(context, vec![Scope { known, meanings }])
    }

    fn of(context: &Context, scopes: Vec<Vec<Known>>) -> Self {
        let _phase = debug_span!("read what is known of texts").entered();
        let texts: Vec<&str> = scopes.iter().flatten().map(Known::text).collect();
        let mut meanings = context.kept.meanings(context.ledger.store(), &texts).into_iter();
        let with_meanings =
            |known: Vec<Known>| Scope { meanings: meanings.by_ref().take(known.len()).collect(), known };
        Self::new(context, scopes.into_iter().map(with_meanings).collect())
    }

    fn new(context: &Context, scopes: Vec<Scope>) -> Self {
        let (vectors, fault) = match Vectors::configured(context).transpose() {
            Ok(vectors) => (vectors, None),
            Err(fault) => (None, Some(fault)),
        };
        Self { scopes, vectors: RefCell::new(vectors), fault: RefCell::new(fault) }
    }

    /// Returns what is most like a text, at most five of each sort, the most like first.
    pub fn most_like(&self, text: &str) -> Comparison {
        self.compare(text, |similar, _, _| similar)
    }

    /// Compares a text with each sort, and lets more be said of each.
    fn compare(&self, text: &str, more: impl Fn(Vec<Similar>, &Scope, &Intent) -> Vec<Similar>) -> Comparison {
        let _phase = debug_span!("compare intents").entered();
        let intent = Intent::of(text);
        let near: Vec<Vec<usize>> =
            self.scopes.iter().map(|scope| intent.nearest(&scope.meanings, RERANKED_MAX)).collect();
        self.ask(text, &near);
        let vectors = self.vectors.borrow();
        let mut similar = Vec::new();
        for (scope, near) in self.scopes.iter().zip(&near) {
            let alike = match vectors.as_ref() {
                Some(vectors) => {
                    let cosine = |place: usize| vectors.cosine(text, scope.text(place));
                    intent.ranked(near, cosine, |place| scope.text(place), scope.known.len())
                }
                None => intent.most_alike(&scope.meanings, |place| scope.text(place)),
            };
            similar.extend(more(scope.similar(alike), scope, &intent));
        }
        let model = vectors.as_ref().map_or(MODEL.to_owned(), |vectors| format!("{MODEL}+{}", vectors.name()));
        Comparison { similar, model, fault: self.fault.borrow().clone() }
    }

    /// Asks the user's program or model what a text means, and the texts that the table finds nearest to it. Once it has failed,
    /// the table does without it.
    fn ask(&self, text: &str, near: &[Vec<usize>]) {
        let near_texts =
            self.scopes.iter().zip(near).flat_map(|(scope, near)| near.iter().map(|place| scope.text(*place)));
        let texts: Vec<&str> = near_texts.chain([text]).collect();
        let mut vectors = self.vectors.borrow_mut();
        if texts.len() > 1
            && let Some(Err(fault)) = vectors.as_mut().map(|vectors| vectors.learn(&texts))
        {
            vectors.take();
            self.fault.replace(Some(fault));
        }
    }
}

impl Scope {
    fn text(&self, place: usize) -> &str {
        self.known[place].text()
    }

    fn similar(&self, alike: Vec<Alike>) -> Vec<Similar> {
        let similar =
            |alike: Alike| Similar { known: self.known[alike.place].clone(), alike, shared_paths: Vec::new() };
        alike.into_iter().map(similar).collect()
    }

    /// Adds to what is most like a text what is about the same paths in other words; at most five.
    fn with_sharing(
        &self,
        mut told: Vec<Similar>,
        intent: &Intent,
        context: &Context,
        ground: &Ground<'_>,
    ) -> Vec<Similar> {
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
pub(crate) fn among(context: &Context, text: &str, ground: &Ground<'_>, sorts: Vec<Vec<Known>>) -> Comparison {
    let body = Body::of(context, sorts);
    body.compare(text, |told, scope, intent| scope.with_sharing(told, intent, context, ground))
}
