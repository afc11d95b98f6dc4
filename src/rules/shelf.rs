//! A map of records most of which are only bytes: each is read when somebody asks for it.
//!
//! A command looks at a few records of many thousands. What was remembered between two commands stays packed, and what
//! has changed since lies beside it. Clones share both.

use std::cmp::Ordering;
use std::fmt;
use std::iter::Peekable;
use std::ops::Index;
use std::sync::Arc;

use imbl::OrdMap;

use crate::rules::packed::Packed;

/// A map in the order of its keys.
#[derive(Clone)]
pub struct Shelf<K, V> {
    packed: Option<Arc<Packed<K, V>>>,
    /// What differs from the packed records; `None` was removed.
    fresh: OrdMap<K, Option<V>>,
    len: usize,
}

/// A record as it can be written again without reading it.
pub(crate) enum Stored<'a, K, V> {
    Packed(&'a [u8]),
    Fresh(&'a K, &'a V),
}

impl<K: Ord + Clone, V: Clone> Shelf<K, V> {
    /// Returns an empty map.
    pub fn new() -> Self {
        Self { packed: None, fresh: OrdMap::new(), len: 0 }
    }

    /// Returns the map of packed records.
    pub(crate) fn of(packed: Packed<K, V>) -> Self {
        let len = packed.len();
        Self { packed: Some(Arc::new(packed)), fresh: OrdMap::new(), len }
    }

    /// Returns how many records there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the record of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        match self.fresh.get(key) {
            Some(fresh) => fresh.as_ref(),
            None => self.packed.as_ref()?.get(key),
        }
    }

    /// Returns whether a key has a record.
    pub fn contains_key(&self, key: &K) -> bool {
        match self.fresh.get(key) {
            Some(fresh) => fresh.is_some(),
            None => self.is_packed(key),
        }
    }

    /// Gives a key a record, in the place of the one that it had.
    pub fn insert(&mut self, key: K, value: V) {
        self.len += usize::from(!self.contains_key(&key));
        self.fresh.insert(key, Some(value));
    }

    /// Takes away the record of a key, if it has one.
    pub fn remove(&mut self, key: &K) {
        self.len -= usize::from(self.contains_key(key));
        if self.is_packed(key) {
            self.fresh.insert(key.clone(), None);
        } else {
            self.fresh.remove(key);
        }
    }

    /// Makes packed records what they were changed to since, and says how many there are then: to count them would be to look
    /// for each change among them. `None` if there cannot be so many.
    pub(crate) fn change(&mut self, changes: Vec<(K, Option<V>)>, len: usize) -> Option<()> {
        let packed = self.packed.as_ref().map_or(0, |packed| packed.len());
        (len <= packed + changes.len()).then_some(())?;
        (self.fresh, self.len) = (changes.into_iter().collect(), len);
        Some(())
    }

    /// Returns the records with their keys, in the order of the keys.
    pub fn iter(&self) -> Records<'_, K, V> {
        let fresh: Fresh<'_, K, V> = Box::new(self.fresh.iter());
        Records { packed: self.packed.as_deref(), next: 0, fresh: fresh.peekable() }
    }

    /// Returns the records from a key on.
    pub fn iter_from(&self, first: &K) -> Records<'_, K, V> {
        let fresh: Fresh<'_, K, V> = Box::new(self.fresh.range(first.clone()..));
        let next = self.packed.as_ref().map_or(0, |packed| packed.position(first));
        Records { packed: self.packed.as_deref(), next, fresh: fresh.peekable() }
    }

    /// Returns the keys in their order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// Returns the records in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Returns what has changed since the records were packed.
    pub(crate) fn fresh(&self) -> impl ExactSizeIterator<Item = (&K, &Option<V>)> {
        self.fresh.iter()
    }

    /// Returns every record in order, the packed ones as they are.
    pub(crate) fn stored(&self) -> Vec<Stored<'_, K, V>> {
        let mut stored = Vec::with_capacity(self.len);
        let mut fresh = self.fresh.iter().peekable();
        for index in 0..self.packed.as_ref().map_or(0, |packed| packed.len()) {
            let packed = self.packed.as_ref().expect("it has records");
            let mut is_replaced = false;
            if fresh.peek().is_some() {
                let key = packed.key(index);
                while let Some((other, value)) = fresh.next_if(|(other, _)| **other <= key) {
                    is_replaced |= *other == key;
                    stored.extend(value.as_ref().map(|value| Stored::Fresh(other, value)));
                }
            }
            if !is_replaced {
                stored.push(Stored::Packed(packed.record(index)));
            }
        }
        stored.extend(fresh.filter_map(|(key, value)| Some(Stored::Fresh(key, value.as_ref()?))));
        stored
    }

    fn is_packed(&self, key: &K) -> bool {
        self.packed.as_ref().is_some_and(|packed| packed.find(key).is_some())
    }
}

impl<K: Ord + Clone> Shelf<K, ()> {
    /// Returns whether a set contains the key.
    pub fn contains(&self, key: &K) -> bool {
        self.contains_key(key)
    }
}

/// What lies beside the packed records, from some key on.
type Fresh<'a, K, V> = Box<dyn Iterator<Item = (&'a K, &'a Option<V>)> + 'a>;

/// The records of a shelf in the order of their keys.
pub struct Records<'a, K, V> {
    packed: Option<&'a Packed<K, V>>,
    next: usize,
    fresh: Peekable<Fresh<'a, K, V>>,
}

impl<'a, K: Ord + Clone, V: Clone> Iterator for Records<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let packed = self.packed.filter(|packed| self.next < packed.len()).map(|packed| packed.pair(self.next));
            let order = match (packed, self.fresh.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((key, _)), Some((other, _))) => key.cmp(other),
            };
            self.next += usize::from(order != Ordering::Greater);
            if order == Ordering::Less {
                return packed.map(|(key, value)| (key, value));
            }
            if let Some((key, Some(value))) = self.fresh.next() {
                return Some((key, value));
            }
        }
    }
}

impl<'a, K: Ord + Clone, V: Clone> IntoIterator for &'a Shelf<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Records<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Ord + Clone, V: Clone> Index<&K> for Shelf<K, V> {
    type Output = V;

    fn index(&self, key: &K) -> &V {
        self.get(key).expect("whoever indexes knows that the record is there")
    }
}

impl<K: Ord + Clone, V: Clone> Default for Shelf<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for Shelf<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut shelf = Self::new();
        pairs.into_iter().for_each(|(key, value)| shelf.insert(key, value));
        shelf
    }
}

impl<K: Ord + Clone, V: Clone + PartialEq> PartialEq for Shelf<K, V> {
    fn eq(&self, other: &Self) -> bool {
        let both = self.packed.as_ref().zip(other.packed.as_ref());
        // Where both have the same packed records, only what is beside them can differ.
        if both.is_some_and(|(one, other)| Arc::ptr_eq(one, other)) {
            return self.len == other.len
                && self.fresh.keys().chain(other.fresh.keys()).all(|key| self.get(key) == other.get(key));
        }
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: Ord + Clone, V: Clone + Eq> Eq for Shelf<K, V> {}

impl<K: Ord + Clone + fmt::Debug, V: Clone + fmt::Debug> fmt::Debug for Shelf<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
#[path = "shelf_tests.rs"]
mod tests;
