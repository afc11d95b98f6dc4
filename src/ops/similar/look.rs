//! The comparison of an intent with what is known.

use tracing::debug_span;

use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::similar::kept;
use crate::ops::similar::records;
use crate::ops::similar::records::Known;
use crate::overlap::Alike;
use crate::overlap::Intent;
use crate::overlap::Meanings;

/// Something that reads like an intent.
#[derive(Clone, Debug)]
pub struct Similar {
    pub known: Known,
    /// How much it does; its id is the place among those that it was compared with.
    pub alike: Alike<usize>,
}

/// What intents are compared with, sort by sort.
pub struct Body {
    scopes: Vec<Vec<Known>>,
    meanings: Meanings,
}

impl Body {
    /// Returns what is live in a ledger: claims with work in flight, requests, and findings.
    ///
    /// # Errors
    /// Fails where what is kept of texts cannot be written.
    pub fn live(context: &Context) -> Result<Self, Failure> {
        Self::of(context, vec![records::claims(context, None), records::requests(context), records::findings(context)])
    }

    /// Returns the lines of a file, but the empty ones.
    pub fn lines(text: &str) -> Self {
        let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let titles: Vec<_> = numbered.map(|(line, text)| Known::Title { line, text: text.to_owned() }).collect();
        let mut meanings = Meanings::default();
        titles.iter().for_each(|title| meanings.learn(title.text()));
        Self { scopes: vec![titles], meanings }
    }

    fn of(context: &Context, scopes: Vec<Vec<Known>>) -> Result<Self, Failure> {
        let _phase = debug_span!("read what is known of texts").entered();
        let texts: Vec<&str> = scopes.iter().flatten().map(Known::text).collect();
        let meanings = kept::meanings(context.ledger.store(), &texts)?;
        Ok(Self { scopes, meanings })
    }

    /// Returns what is most like a text, at most five of each sort, the most like first.
    pub fn most_like(&self, text: &str) -> Vec<Similar> {
        let _phase = debug_span!("compare intents").entered();
        let intent = Intent::of(text);
        let meaning = |text: &str| self.meanings.of(text);
        let of_scope = |scope: &Vec<Known>| -> Vec<Similar> {
            let alike = intent.most_alike(scope.iter().map(Known::text).enumerate(), meaning);
            alike.into_iter().map(|alike| Similar { known: scope[alike.id].clone(), alike }).collect()
        };
        self.scopes.iter().flat_map(of_scope).collect()
    }
}

/// Returns what is most like a text among some records.
pub(crate) fn among(context: &Context, text: &str, known: Vec<Known>) -> Result<Vec<Similar>, Failure> {
    Ok(Body::of(context, vec![known])?.most_like(text))
}
