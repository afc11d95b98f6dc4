//! Records as bytes, sorted by key, with a table of where each begins.
//!
//! Who packs them also says how one is read; here nothing is known of the encoding of keys and values. The bytes were
//! checked as a whole before: a record that cannot be read is a bug.

use std::ops::Range;
use std::sync::Arc;
use std::sync::OnceLock;

/// Reads a value off the front of some bytes.
pub(crate) type Reader<T> = fn(&mut &[u8]) -> Option<T>;

const COUNT_LEN: usize = 4;
const OFFSET_LEN: usize = 4;
const WHOLE: &str = "the bytes were checked as a whole";

/// Where one record is kept once it was read.
type Slot<K, V> = OnceLock<Box<(K, V)>>;

/// Sorted records, none of which was read yet.
pub(crate) struct Packed<K, V> {
    bytes: Arc<Vec<u8>>,
    /// Where the table is in the bytes, and where the first record begins.
    table: usize,
    records: usize,
    len: usize,
    read_key: Reader<K>,
    read_value: Reader<V>,
    /// What was read, each record once.
    read: OnceLock<Box<[Slot<K, V>]>>,
}

impl<K: Ord, V> Packed<K, V> {
    /// Takes the records that lie in a part of some bytes; `None` if that part has no table of them.
    pub(crate) fn new(
        bytes: Arc<Vec<u8>>,
        part: Range<usize>,
        read_key: Reader<K>,
        read_value: Reader<V>,
    ) -> Option<Self> {
        let section = bytes.get(part.clone())?;
        let (count, rest) = section.split_first_chunk::<COUNT_LEN>()?;
        let len = usize::try_from(u32::from_le_bytes(*count)).ok()?;
        let table_len = len.checked_add(1)?.checked_mul(OFFSET_LEN)?;
        (rest.len() >= table_len).then_some(())?;
        let table = part.start + COUNT_LEN;
        let packed =
            Self { bytes, table, records: table + table_len, len, read_key, read_value, read: OnceLock::new() };
        (packed.records + packed.offset(len) == part.end).then_some(packed)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Returns the bytes of one record.
    pub(crate) fn record(&self, index: usize) -> &[u8] {
        self.bytes.get(self.records + self.offset(index)..self.records + self.offset(index + 1)).expect(WHOLE)
    }

    /// Reads the key of one record.
    pub(crate) fn key(&self, index: usize) -> K {
        (self.read_key)(&mut self.record(index)).expect(WHOLE)
    }

    /// Returns where a key is.
    pub(crate) fn find(&self, key: &K) -> Option<usize> {
        let position = self.position(key);
        (position < self.len && self.key(position) == *key).then_some(position)
    }

    /// Returns how many keys are smaller.
    pub(crate) fn position(&self, key: &K) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.key(middle) < *key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.find(key).map(|index| &self.pair(index).1)
    }

    /// Returns one record, which is read at the first time.
    pub(crate) fn pair(&self, index: usize) -> &(K, V) {
        let slots = self.read.get_or_init(|| (0..self.len).map(|_| OnceLock::new()).collect());
        slots[index].get_or_init(|| {
            let mut record = self.record(index);
            let key = (self.read_key)(&mut record).expect(WHOLE);
            Box::new((key, (self.read_value)(&mut record).expect(WHOLE)))
        })
    }

    fn offset(&self, index: usize) -> usize {
        let at = self.table + index * OFFSET_LEN;
        let bytes: [u8; OFFSET_LEN] = self.bytes[at..at + OFFSET_LEN].try_into().expect("the range has this length");
        u32::from_le_bytes(bytes) as usize
    }
}

/// Writes records behind a table of where each begins.
pub(crate) fn write_records<T>(records: &[T], out: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
    out.extend((records.len() as u32).to_le_bytes());
    let table = out.len();
    out.resize(table + (records.len() + 1) * OFFSET_LEN, 0);
    let first = out.len();
    for (index, record) in records.iter().enumerate() {
        write(record, out);
        let end = ((out.len() - first) as u32).to_le_bytes();
        let at = table + (index + 1) * OFFSET_LEN;
        out[at..at + OFFSET_LEN].copy_from_slice(&end);
    }
}
