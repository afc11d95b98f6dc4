//! Records as bytes, sorted by key, with a table of where each begins.
//!
//! Who packs them also says how one is read; here nothing is known of the encoding of keys and values. The bytes were
//! checked as a whole before: a record that cannot be read is a bug. They are not kept from then: of many megabytes a
//! command looks at a few, and memory that is touched for the first time costs more than the check.

use std::ops::Range;
use std::sync::Arc;
use std::sync::OnceLock;

/// Reads a value off the front of some bytes.
pub(crate) type Reader<T> = fn(&mut &[u8]) -> Option<T>;

const COUNT_LEN: usize = 4;
const OFFSET_LEN: usize = 4;
const WHOLE: &str = "the bytes were checked as a whole";

/// Bytes that lie somewhere and do not change.
pub trait Bytes: Send + Sync {
    fn size(&self) -> usize;

    /// Fills a slice with the bytes from a place on; `None` if they cannot be read.
    fn read(&self, at: usize, into: &mut [u8]) -> Option<()>;
}

impl Bytes for &[u8] {
    fn size(&self) -> usize {
        self.len()
    }

    fn read(&self, at: usize, into: &mut [u8]) -> Option<()> {
        into.copy_from_slice(self.get(at..at.checked_add(into.len())?)?);
        Some(())
    }
}

impl Bytes for Vec<u8> {
    fn size(&self) -> usize {
        self.len()
    }

    fn read(&self, at: usize, into: &mut [u8]) -> Option<()> {
        self.as_slice().read(at, into)
    }
}

/// Where one record is kept once it was read.
type Slot<K, V> = OnceLock<Box<(K, V)>>;

/// Sorted records, none of which was read yet.
pub(crate) struct Packed<K, V> {
    bytes: Arc<dyn Bytes>,
    /// Where the table begins in the bytes, and where the last record ends.
    part: Range<usize>,
    len: usize,
    /// The table and the records, once somebody asks for one.
    section: OnceLock<Box<[u8]>>,
    read_key: Reader<K>,
    read_value: Reader<V>,
    /// What was read, each record once.
    read: OnceLock<Box<[Slot<K, V>]>>,
}

impl<K: Ord, V> Packed<K, V> {
    /// Takes the records that lie in a part of some bytes; `None` if that part has no table of them.
    pub(crate) fn new(
        bytes: Arc<dyn Bytes>,
        part: Range<usize>,
        read_key: Reader<K>,
        read_value: Reader<V>,
    ) -> Option<Self> {
        let number_at = |at| {
            let mut number = [0; OFFSET_LEN];
            (at + OFFSET_LEN <= part.end).then_some(())?;
            bytes.read(at, &mut number)?;
            usize::try_from(u32::from_le_bytes(number)).ok()
        };
        let len = number_at(part.start)?;
        let part = part.start + COUNT_LEN..part.end;
        let table_len = table_len(len)?;
        let records_len = number_at(part.start.checked_add(table_len - OFFSET_LEN)?)?;
        (table_len + records_len == part.len()).then_some(())?;
        Some(Self { bytes, part, len, section: OnceLock::new(), read_key, read_value, read: OnceLock::new() })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Returns the bytes of one record.
    pub(crate) fn record(&self, index: usize) -> &[u8] {
        let records = table_len(self.len).expect(WHOLE);
        self.section().get(records + self.offset(index)..records + self.offset(index + 1)).expect(WHOLE)
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
        let at = index * OFFSET_LEN;
        let bytes = self.section().get(at..at + OFFSET_LEN).and_then(|bytes| bytes.try_into().ok());
        u32::from_le_bytes(bytes.expect(WHOLE)) as usize
    }

    fn section(&self) -> &[u8] {
        self.section.get_or_init(|| {
            let mut section = vec![0; self.part.len()].into_boxed_slice();
            self.bytes.read(self.part.start, &mut section).expect(WHOLE);
            section
        })
    }
}

/// Returns how long the table of so many records is.
fn table_len(len: usize) -> Option<usize> {
    len.checked_add(1)?.checked_mul(OFFSET_LEN)
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
