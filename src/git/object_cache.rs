//! Objects that were read or written a moment ago: the next entry is compared with the trees of the one before it.
//!
//! What is here was hashed by us, so it is what its id says.

use std::collections::HashMap;
use std::sync::Arc;

use super::ObjectKind;
use crate::model::ObjectId;

const BYTES_MAX: usize = 16 * 1024 * 1024;
const OBJECT_BYTES_MAX: usize = 256 * 1024;

/// A few objects in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct ObjectCache {
    objects: HashMap<ObjectId, (ObjectKind, Arc<Vec<u8>>)>,
    bytes: usize,
}

impl ObjectCache {
    pub(super) fn get(&self, id: ObjectId, kind: ObjectKind) -> Option<Arc<Vec<u8>>> {
        self.objects.get(&id).filter(|(known, _)| *known == kind).map(|(_, bytes)| Arc::clone(bytes))
    }

    /// Keeps an object whose id was computed from these bytes. When there are too many, all others go: what is needed
    /// again comes again.
    pub(super) fn put(&mut self, id: ObjectId, kind: ObjectKind, bytes: &Arc<Vec<u8>>) {
        if bytes.len() > OBJECT_BYTES_MAX {
            return;
        }
        if self.bytes + bytes.len() > BYTES_MAX {
            self.objects.clear();
            self.bytes = 0;
        }
        if self.objects.insert(id, (kind, Arc::clone(bytes))).is_none() {
            self.bytes += bytes.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> ObjectId {
        let bytes: Vec<u8> = number.to_be_bytes().into_iter().cycle().take(20).collect();
        ObjectId::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn objects_are_found_by_id_and_kind() {
        let mut cache = ObjectCache::default();
        cache.put(id(1), ObjectKind::Tree, &Arc::new(vec![7]));
        assert_eq!(cache.get(id(1), ObjectKind::Tree).as_deref(), Some(&vec![7]));
        assert_eq!(cache.get(id(1), ObjectKind::Blob), None);
        assert_eq!(cache.get(id(2), ObjectKind::Tree), None);
    }

    #[test]
    fn cache_is_bounded() {
        let mut cache = ObjectCache::default();
        cache.put(id(0), ObjectKind::Blob, &Arc::new(vec![0; OBJECT_BYTES_MAX + 1]));
        assert_eq!(cache.get(id(0), ObjectKind::Blob), None);
        for number in 0..200 {
            cache.put(id(number), ObjectKind::Blob, &Arc::new(vec![0; OBJECT_BYTES_MAX]));
            assert!(cache.get(id(number), ObjectKind::Blob).is_some() && cache.bytes <= BYTES_MAX);
        }
        assert_eq!(cache.get(id(0), ObjectKind::Blob), None);
    }
}
