use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::any;
use proptest::proptest;

use super::*;
use crate::rules::packed::Reader;
use crate::rules::packed::write_records;

fn read(input: &mut &[u8]) -> Option<u8> {
    let (first, rest) = input.split_first()?;
    *input = rest;
    Some(*first)
}

fn packed(records: &BTreeMap<u8, u8>) -> Shelf<u8, u8> {
    let pairs: Vec<_> = records.iter().collect();
    let mut bytes = vec![9; 3];
    write_records(&pairs, &mut bytes, |(key, value), out| out.extend([**key, **value]));
    let end = bytes.len();
    bytes.push(9);
    Shelf::of(Packed::new(Arc::new(bytes), 3..end, read, read).unwrap())
}

proptest! {
    #[test]
    fn shelf_is_a_map_whether_packed_or_not(
        before in any::<BTreeMap<u8, u8>>(),
        edits in any::<Vec<(u8, Option<u8>)>>(),
    ) {
        let mut expected = before.clone();
        let mut fresh: Shelf<u8, u8> = before.iter().map(|(key, value)| (*key, *value)).collect();
        let mut shelf = packed(&before);
        let untouched = shelf.clone();
        for (key, value) in edits {
            match value {
                Some(value) => {
                    expected.insert(key, value);
                    shelf.insert(key, value);
                    fresh.insert(key, value);
                }
                None => {
                    expected.remove(&key);
                    shelf.remove(&key);
                    fresh.remove(&key);
                }
            }
            assert_eq!(shelf.get(&key), expected.get(&key));
            assert_eq!(shelf.contains_key(&key), expected.contains_key(&key));
        }
        assert!(shelf.iter().eq(expected.iter()) && fresh.iter().eq(expected.iter()));
        assert!((0..=255).all(|key| shelf.iter_from(&key).eq(expected.range(key..))));
        assert_eq!((shelf.len(), fresh.len()), (expected.len(), expected.len()));
        assert!(shelf == fresh && packed(&expected) == shelf);
        assert_eq!(format!("{shelf:?}"), format!("{expected:?}"));
        assert_eq!(shelf == untouched, expected == before);
        let changes: Vec<_> = shelf.fresh().map(|(key, value)| (*key, *value)).collect();
        let mut changed = untouched.clone();
        assert_eq!(changed.change(changes.clone(), before.len() + changes.len() + 1), None, "there cannot be so many");
        assert_eq!(changed.change(changes, shelf.len()), Some(()));
        assert!(changed == shelf && changed.len() == shelf.len() && changed.iter().eq(expected.iter()));
        let again: Vec<_> = shelf.stored().into_iter().map(|stored| match stored {
            Stored::Packed(bytes) => (bytes[0], bytes[1]),
            Stored::Fresh(key, value) => (*key, *value),
        }).collect();
        assert!(again.into_iter().eq(expected));
    }
}

#[test]
fn shelves_are_equal_if_they_hold_the_same() {
    let records = BTreeMap::from([(1, 10), (2, 20)]);
    let shelf = packed(&records);
    let edited = |shelf: &Shelf<u8, u8>, edits: &[(u8, Option<u8>)]| {
        let mut edited = shelf.clone();
        for (key, value) in edits {
            match value {
                Some(value) => edited.insert(*key, *value),
                None => edited.remove(key),
            }
        }
        edited
    };
    // The same bytes below, other bytes with the same records, and nothing packed.
    for other in [shelf.clone(), packed(&records), records.iter().map(|(key, value)| (*key, *value)).collect()] {
        assert!(shelf == other);
        assert!(edited(&shelf, &[(2, Some(20))]) == edited(&other, &[(3, Some(30)), (3, None)]));
        assert!(edited(&shelf, &[(2, Some(21))]) == edited(&other, &[(2, Some(21))]));
        for edits in [&[(2, Some(21))][..], &[(2, None)], &[(3, Some(30))], &[(2, None), (3, Some(20))]] {
            assert!(edited(&other, edits) != shelf && shelf != edited(&other, edits), "{edits:?}");
        }
    }
}

/// A value that must not be compared.
#[derive(Clone, Debug)]
struct Unread;

impl PartialEq for Unread {
    fn eq(&self, _: &Self) -> bool {
        panic!("what is packed for both is not compared")
    }
}

/// States are compared with every entry, and hold thousands of records.
#[test]
fn what_two_shelves_have_packed_together_is_not_read_to_compare_them() {
    let mut bytes = Vec::new();
    write_records(&[1, 2], &mut bytes, |key, out| out.extend([*key, 0]));
    let end = bytes.len();
    let unread = |input: &mut &[u8]| read(input).map(|_| Unread);
    let shelf = Shelf::of(Packed::new(Arc::new(bytes), 0..end, read as Reader<u8>, unread).unwrap());
    let mut shorter = shelf.clone();
    shorter.remove(&1);
    assert!(shelf == shelf.clone() && shelf != shorter);
}

#[test]
fn part_without_a_table_is_no_shelf() {
    let mut bytes = Vec::new();
    write_records(&[(1, 2)], &mut bytes, |(key, value), out| out.extend([*key, *value]));
    let whole = bytes.len();
    let of = |part| Packed::new(Arc::new(bytes.clone()), part, read as Reader<u8>, read as Reader<u8>);
    assert!(of(0..whole).is_some());
    for part in [0..0, 0..3, 0..whole - 1, 1..whole, 0..whole + 1] {
        assert!(of(part.clone()).is_none(), "{part:?}");
    }
}
