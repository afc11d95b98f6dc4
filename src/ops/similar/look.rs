//! The comparison of an intent with what is known.

use tracing::debug_span;

use crate::ops::context::Context;
use crate::ops::similar::kept;
use crate::ops::similar::records;
use crate::ops::similar::records::Known;
use crate::overlap::Alike;
use crate::overlap::Intent;
use crate::overlap::Meaning;
use crate::overlap::Meanings;

/// Something that reads like an intent.
#[derive(Clone, Debug)]
pub struct Similar {
    pub known: Known,
    /// How much it does.
    pub alike: Alike,
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
        alike.into_iter().map(|alike| Similar { known: self.known[alike.place].clone(), alike }).collect()
    }
}

/// Returns what is most like a text among some records.
pub(crate) fn among(context: &Context, text: &str, known: Vec<Known>) -> Vec<Similar> {
    Body::of(context, vec![known]).most_like(text)
}
