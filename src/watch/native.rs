//! The events of the operating system, by the notify crate. Its types end here.

use std::path::Path;
use std::sync::Arc;

use notify::Event;
use notify::EventKind;
use notify::RecommendedWatcher;
use notify::RecursiveMode;
use notify::Watcher;
use notify::event::CreateKind;
use notify::event::ModifyKind;

use super::inbox::Inbox;
use super::inbox::Nature;

/// The system's watches; events go to the inbox from a thread of its own.
#[derive(Debug)]
pub(super) struct NativeEvents {
    watcher: RecommendedWatcher,
}

/// The system watches no more, or not this directory.
#[derive(Debug)]
pub(super) struct Unavailable;

impl NativeEvents {
    pub(super) fn open(inbox: Arc<Inbox>) -> Result<Self, Unavailable> {
        let watcher = notify::recommended_watcher(move |event| deliver(event, &inbox)).map_err(|_| Unavailable)?;
        Ok(Self { watcher })
    }

    /// Watches a directory, not what is below it. A watch that is there under this path is made anew.
    pub(super) fn watch(&mut self, directory: &Path) -> Result<(), Unavailable> {
        self.unwatch(directory);
        self.watcher.watch(directory, RecursiveMode::NonRecursive).map_err(|_| Unavailable)
    }

    pub(super) fn unwatch(&mut self, directory: &Path) {
        // There is nothing to remove if the system, or notify, has dropped the watch by itself.
        self.watcher.unwatch(directory).ok();
    }
}

fn deliver(event: notify::Result<Event>, inbox: &Inbox) {
    match event {
        Ok(event) if event.need_rescan() => inbox.note_loss(),
        Ok(event) => {
            if let Some(nature) = nature(event.kind) {
                inbox.note(event.paths, nature);
            }
        }
        Err(_) => inbox.note_loss(),
    }
}

/// Returns what an event means, or `None` for mere reading: our own reading would otherwise wake us for ever.
fn nature(kind: EventKind) -> Option<Nature> {
    match kind {
        EventKind::Access(_) => None,
        EventKind::Create(CreateKind::File) => Some(Nature::Content),
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => Some(Nature::Structure),
        EventKind::Modify(_) | EventKind::Any | EventKind::Other => Some(Nature::Content),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;
    use std::time::Instant;

    use notify::event::AccessKind;
    use notify::event::AccessMode;
    use notify::event::Flag;

    use super::super::hint::Hint;
    use super::*;

    fn hint_of(event: Event) -> Option<Hint> {
        let inbox = Inbox::new(Duration::ZERO);
        deliver(Ok(event), &inbox);
        inbox.take_due(Instant::now())
    }

    #[test]
    fn reading_is_no_event_and_writing_is() {
        let path = "/d/file".into();
        assert_eq!(hint_of(Event::new(EventKind::Access(AccessKind::Open(AccessMode::Any))).add_path(path)), None);
        let write = Event::new(EventKind::Modify(ModifyKind::Any)).add_path("/d/file".into());
        assert_eq!(hint_of(write), Some(Hint::Changed(["/d/file".into()].into())));
    }

    #[test]
    fn overflow_becomes_a_rescan() {
        assert_eq!(hint_of(Event::new(EventKind::Other).set_flag(Flag::Rescan)), Some(Hint::Rescan));
    }
}
