//! What the user has configured to say how alike texts are, in place of the table: a program, or a model in a folder.
//!
//! Git's configuration names it, which nothing that is fetched can change.

#[cfg(feature = "model")]
use std::path::Path;

use crate::ops::context::Context;
use crate::ops::similar::fault::Fault;
#[cfg(feature = "model")]
use crate::ops::similar::folder::Folder;
use crate::ops::similar::program::Program;

/// The key of the configuration that names a program.
pub(super) const COMMAND_KEY: &str = "coord.overlap.command";
/// The key that names a folder with a model.
pub(super) const MODEL_KEY: &str = "coord.overlap.model";
/// The key that says which model it has to be.
pub(super) const PIN_KEY: &str = "coord.overlap.model-sha256";

/// What a text means, as a direction of length 1; all zero if nothing is known of it.
pub(super) type Vector = Vec<f32>;

/// What says how alike texts are.
pub(super) enum Source {
    Program(Program),
    #[cfg(feature = "model")]
    Model(Box<Folder>),
}

impl Source {
    /// Returns what is configured, if anything is, or why it is of no use.
    pub(super) fn configured(context: &Context) -> Option<Result<Self, Fault>> {
        let setting = |key| context.repository.config(key).filter(|written| !written.trim().is_empty());
        match (setting(COMMAND_KEY), setting(MODEL_KEY)) {
            (None, None) => None,
            (Some(_), Some(_)) => Some(Err(Fault::Both)),
            (Some(written), None) => {
                let directory = context.ledger.store().directory();
                Some(Program::new(&written, &directory).map(Self::Program).map_err(Fault::Command))
            }
            (None, Some(written)) => Some(model(context, &written, setting(PIN_KEY))),
        }
    }

    /// Returns by which name answers tell it: with the beginning of what tells it apart.
    pub(super) fn name(&self) -> String {
        let (named, hash) = match self {
            Self::Program(program) => (program.file(), program.identity()),
            #[cfg(feature = "model")]
            Self::Model(folder) => (folder.file(), folder.identity()),
        };
        let plain: String = named.chars().filter(char::is_ascii_graphic).take(40).collect();
        format!("{plain}@{}", &hash[..8])
    }

    /// Returns what tells it apart from every other one.
    pub(super) fn identity(&self) -> &str {
        match self {
            Self::Program(program) => program.identity(),
            #[cfg(feature = "model")]
            Self::Model(folder) => folder.identity(),
        }
    }

    /// Returns in which file what it said is kept.
    pub(super) const fn kept_in(&self) -> &'static str {
        match self {
            Self::Program(_) => "vectors",
            #[cfg(feature = "model")]
            Self::Model(_) => "model-vectors",
        }
    }

    /// Asks what some texts mean; it says nothing of those for which there is no time.
    pub(super) fn ask(&mut self, texts: &[&str]) -> Result<Vec<Option<Vector>>, Fault> {
        match self {
            Self::Program(program) => {
                let said = program.ask(texts).map_err(Fault::Command)?;
                Ok(said.into_iter().map(Some).collect())
            }
            #[cfg(feature = "model")]
            Self::Model(folder) => folder.ask(texts),
        }
    }
}

#[cfg(feature = "model")]
fn model(context: &Context, written: &str, pin: Option<String>) -> Result<Source, Fault> {
    let folder = Folder::open(Path::new(written), pin.as_deref(), &context.ledger.store().directory())?;
    Ok(Source::Model(Box::new(folder)))
}

#[cfg(not(feature = "model"))]
fn model(_: &Context, _: &str, _: Option<String>) -> Result<Source, Fault> {
    Err(Fault::ModelNotBuilt)
}
