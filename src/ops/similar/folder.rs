//! `coord.overlap.model`: a folder of the user's with a sentence model (`--features model`).
//!
//! It is read only when a text is met that it has not been asked of yet: its files are large. What tells it apart is kept beside
//! how its files look, so that nothing of them is read just to name it.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use tracing::debug_span;

use crate::disk;
use crate::disk::Durability;
use crate::ops::similar::fault::Fault;
use crate::ops::similar::source::Vector;
use crate::overlap::Encoder;
use crate::overlap::identity;

/// The files of a model, and how many bytes each has at most.
const FILES: [(&str, u64); 3] =
    [("model.safetensors", 1 << 30), ("tokenizer.json", 64 << 20), ("config.json", 1 << 20)];
/// So long it may take to say what texts mean; what it said until then is kept for the next time.
const LIMIT: Duration = Duration::from_secs(10);
/// Where it is kept what tells the model apart, in the directory of what is remembered.
const KEPT: &str = "model-identity";
const KEPT_BYTES_MAX: u64 = 16 << 10;
const IDENTITY_LEN: usize = 64;

/// A folder with a model.
pub(super) struct Folder {
    path: PathBuf,
    identity: String,
    /// The model, once it was read.
    encoder: Option<Encoder>,
}

impl Folder {
    /// Opens a folder; with what its model has to be, if that was said.
    pub(super) fn open(path: &Path, pin: Option<&str>, remembered: &Path) -> Result<Self, Fault> {
        if !path.is_absolute() {
            return Err(Fault::ModelPath(path.display().to_string()));
        }
        let pin = pin.map(pinned).transpose()?;
        let looks = looks(path);
        let kept_in = remembered.join(KEPT);
        if let Some(identity) = looks.as_deref().and_then(|looks| kept_identity(&kept_in, looks)) {
            return expect(pin.as_deref(), &identity).map(|()| Self { path: path.to_owned(), identity, encoder: None });
        }
        let folder = Self::read(path, pin.as_deref())?;
        if let Some(looks) = looks {
            let line = format!("{} {looks}\n", folder.identity);
            // What cannot be kept is computed again.
            disk::write(&kept_in, line.as_bytes(), 0o600, Durability::Cached).ok();
        }
        Ok(folder)
    }

    /// Reads the model. Nothing looks into its files unless they are those that are meant.
    fn read(path: &Path, pin: Option<&str>) -> Result<Self, Fault> {
        let _phase = debug_span!("read a model").entered();
        let [weights, tokenizer, config] = FILES.map(|(name, bytes_max)| read_file(&path.join(name), bytes_max));
        let (weights, tokenizer, config) = (weights?, tokenizer?, config?);
        let identity = identity(&weights, &tokenizer, &config);
        expect(pin, &identity)?;
        let encoder = Encoder::read(&weights, &tokenizer, &config);
        let encoder = encoder.map_err(|fault| Fault::ModelUnusable(fault.to_string()))?;
        Ok(Self { path: path.to_owned(), identity, encoder: Some(encoder) })
    }

    /// Returns the name of the folder.
    pub(super) fn file(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Returns the SHA-256 of its files.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// Asks what some texts mean; it says nothing of those for which there is no time.
    pub(super) fn ask(&mut self, texts: &[&str]) -> Result<Vec<Option<Vector>>, Fault> {
        let begun = Instant::now();
        if self.encoder.is_none() {
            let written_anew = || Fault::ModelFile {
                file: self.path.display().to_string(),
                reason: "it was written anew in this moment".to_owned(),
            };
            let read = Self::read(&self.path, Some(&self.identity));
            self.encoder = read
                .map_err(|fault| if matches!(fault, Fault::ModelOther { .. }) { written_anew() } else { fault })?
                .encoder;
        }
        let encoder = self.encoder.as_ref().expect("it was read above, if it was not before");
        let _phase = debug_span!("ask a model").entered();
        let said = encoder.directions(texts, || begun.elapsed() >= LIMIT);
        said.map_err(|fault| Fault::ModelUnusable(fault.to_string()))
    }
}

fn expect(pin: Option<&str>, found: &str) -> Result<(), Fault> {
    match pin {
        Some(pin) if pin != found => Err(Fault::ModelOther { found: found.to_owned() }),
        _ => Ok(()),
    }
}

fn pinned(pin: &str) -> Result<String, Fault> {
    let pin = pin.trim().to_ascii_lowercase();
    let is_hash = pin.len() == IDENTITY_LEN && pin.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { Ok(pin) } else { Err(Fault::ModelPin(pin)) }
}

fn read_file(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Fault> {
    let failed = |reason| Fault::ModelFile { file: path.display().to_string(), reason };
    match disk::read(path, bytes_max) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(failed("it is not there".to_owned())),
        Err(error) => Err(failed(error.source.to_string())),
    }
}

/// Returns how the files look, where they are.
fn looks(path: &Path) -> Option<String> {
    let look = |(name, _): &(&str, u64)| Some(disk::look(&path.join(name)).ok()??.to_string());
    let looks: Option<Vec<String>> = FILES.iter().map(look).collect();
    Some(format!("{} {}", looks?.join(" "), path.display()))
}

/// Returns what told the model apart when its files looked the same.
fn kept_identity(kept_in: &Path, looks: &str) -> Option<String> {
    let bytes = disk::read(kept_in, KEPT_BYTES_MAX).ok()??;
    let kept = String::from_utf8(bytes).ok()?;
    let (identity, seen) = kept.trim_end_matches('\n').split_once(' ')?;
    (seen == looks && pinned(identity).is_ok()).then(|| identity.to_owned())
}

#[cfg(test)]
#[path = "folder_tests.rs"]
mod tests;
