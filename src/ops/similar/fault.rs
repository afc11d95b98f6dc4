//! Why the table says alone how alike texts are, although the user configured something else.

use crate::ops::similar::source::COMMAND_KEY;
use crate::ops::similar::source::MODEL_KEY;
use crate::ops::similar::source::PIN_KEY;

/// Why what the user configured does not say how alike texts are. Nothing fails for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The program does not answer as it should.
    Command(String),
    /// Both a program and a model are configured.
    Both,
    /// This program was built without what reads models.
    ModelNotBuilt,
    /// The folder is not written as a whole path.
    ModelPath(String),
    /// A file of the folder cannot be read.
    ModelFile { file: String, reason: String },
    /// The files are no model that is known here.
    ModelUnusable(String),
    /// What is to tell the model apart is no SHA-256.
    ModelPin(String),
    /// It is another model than the one that is meant.
    ModelOther { found: String },
    /// It took too long; what it said is kept.
    ModelSlow { done: usize, asked: usize },
}

impl Fault {
    /// Returns the key of the configuration that it is about.
    pub const fn setting(&self) -> &'static str {
        match self {
            Self::Command(_) => COMMAND_KEY,
            Self::ModelPin(_) | Self::ModelOther { .. } => PIN_KEY,
            _ => MODEL_KEY,
        }
    }

    /// Returns the code by which programs know it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Command(_) => "overlap.command",
            Self::Both => "overlap.two-settings",
            Self::ModelNotBuilt => "overlap.model-not-built",
            Self::ModelPath(_) | Self::ModelFile { .. } => "overlap.model-files",
            Self::ModelUnusable(_) => "overlap.model-unusable",
            Self::ModelPin(_) | Self::ModelOther { .. } => "overlap.model-other",
            Self::ModelSlow { .. } => "overlap.model-slow",
        }
    }
}
