//! Which live claims may lie on some ground, told by how their patterns begin: who asks about one path need not read every
//! claim.
//!
//! Two patterns overlap only if the literal beginning of one is the start of the other's; what is found here is compared
//! exactly by whoever asks.

use std::collections::BTreeSet;

use crate::model::Claim;
use crate::model::Pattern;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::model::Resource;
use crate::rules::state::Lease;
use crate::rules::state::State;

impl State {
    /// Keeps a live claim, new or changed.
    pub(crate) fn keep_claim(&mut self, lease: Lease) {
        let id = lease.claim.id.clone();
        let keys = keys(&lease.claim);
        if let Some(before) = self.claims.get(&id).map(|before| self::keys(&before.claim)) {
            before.difference(&keys).for_each(|key| self.occupied.remove(&(key.clone(), id.clone())));
        }
        for key in keys {
            let place = (key, id.clone());
            if !self.occupied.contains_key(&place) {
                self.occupied.insert(place, ());
            }
        }
        self.claims.insert(id, lease);
    }

    /// Drops a claim that ended.
    pub(crate) fn drop_claim(&mut self, id: &RecordId) {
        let Some(lease) = self.claims.get(id) else { return };
        keys(&lease.claim).into_iter().for_each(|key| self.occupied.remove(&(key, id.clone())));
        self.claims.remove(id);
    }

    /// Returns the live claims that may share ground with these patterns and resources, in the order of their ids.
    pub(crate) fn near<'a>(&'a self, patterns: &[Pattern], resources: &[Resource]) -> impl Iterator<Item = &'a Lease> {
        let mut ids = BTreeSet::new();
        for pattern in patterns {
            let asked = pattern.literal_prefix();
            // Whatever begins with it, in one row.
            let row = self
                .occupied
                .iter_from(&(asked.clone().into_owned(), RecordId::first(RecordKind::Claim)))
                .map(|(place, ())| place);
            ids.extend(row.take_while(|(start, _)| start.starts_with(&*asked)).map(|(_, id)| id));
            // Whatever it begins with, each length by itself.
            for length in (0..asked.len()).filter(|length| asked.is_char_boundary(*length)) {
                ids.extend(self.at(&asked[..length]));
            }
        }
        for resource in resources {
            ids.extend(self.at(&resource_key(resource)));
        }
        ids.into_iter().filter_map(|id| self.claims.get(id))
    }

    fn at<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a RecordId> {
        let row =
            self.occupied.iter_from(&(key.to_owned(), RecordId::first(RecordKind::Claim))).map(|(place, ())| place);
        row.take_while(move |(start, _)| start == key).map(|(_, id)| id)
    }
}

fn keys(claim: &Claim) -> BTreeSet<String> {
    let paths = claim.paths.iter().map(|pattern| pattern.literal_prefix().into_owned());
    paths.chain(claim.resources.iter().map(resource_key)).collect()
}

/// No path begins so.
fn resource_key(resource: &Resource) -> String {
    format!("//{resource}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::policy::cast;
    use crate::rules::policy::cast::cast;

    /// Returns a claim of some paths and resources.
    fn claim(index: u8, paths: &[&str], resources: &[&str], state: &State) -> Lease {
        let own = RecordId::from_random(RecordKind::Claim, [0, 0, 0, 0, index]);
        let claim = Claim {
            paths: paths.iter().map(|path| Pattern::parse(path).unwrap()).collect(),
            resources: resources.iter().map(|name| Resource::parse(name).unwrap()).collect(),
            ..cast::claim(own, state.time)
        };
        Lease { claim, since: 1, held: None }
    }

    /// Who asks for one resource reads neither the claims of others nor those of paths, and who asks for a path none of a
    /// resource.
    #[test]
    fn claims_near_a_resource_are_those_of_it() {
        let mut state = cast();
        for (index, (paths, resources)) in
            [(&[][..], &["port:8080"][..]), (&[], &["port:8081", "db"]), (&["**"], &[]), (&["src/"], &["db"])]
                .into_iter()
                .enumerate()
        {
            let lease = claim(index as u8, paths, resources, &state);
            state.keep_claim(lease);
        }
        let near = |paths: &[&str], resources: &[&str]| {
            let asked = claim(9, paths, resources, &state).claim;
            let found = state.near(&asked.paths, &asked.resources).map(|lease| lease.claim.id.clone());
            let of = |index: u8| RecordId::from_random(RecordKind::Claim, [0, 0, 0, 0, index]);
            found.map(|id| (0..4).find(|index| of(*index) == id).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(near(&[], &["port:8080"]), [0]);
        assert_eq!(near(&[], &["db"]), [1, 3]);
        assert_eq!(near(&[], &["port:8082"]), [] as [u8; 0]);
        assert_eq!(near(&["src/a.rs"], &[]), [2, 3]);
        assert_eq!(near(&["docs/"], &["port:8081"]), [1, 2]);
    }
}
