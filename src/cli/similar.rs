//! `similar`: one intent, or one for each line that is read.

use std::io::BufRead;
use std::io::Read;
use std::path::PathBuf;

use clap::Args;

use crate::cli::commands::Answered;
use crate::cli::commands::done;
use crate::cli::exit::Exit;
use crate::cli::run::Format;
use crate::cli::run::Reader;
use crate::cli::run::Remarks;
use crate::cli::run::print_report;
use crate::disk;
use crate::disk::DiskError;
use crate::model::Timestamp;
use crate::ops::Context;
use crate::ops::Failure;
use crate::ops::similar::Body;
use crate::ui;
use crate::ui::Report;

/// A file to compare with has at most so many bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// A line that is read has at most so many bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;

#[derive(Debug, Args)]
pub(crate) struct SimilarArguments {
    /// What somebody is about to do, in a few words
    #[arg(required_unless_present = "stdin")]
    intent: Option<String>,
    /// Read intents, and answer each line with a line of JSON
    #[arg(long, conflicts_with = "intent")]
    stdin: bool,
    /// Compare with the lines of this file, not with the ledger
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

pub(crate) fn run_similar(context: &Context, arguments: &SimilarArguments, now: Timestamp) -> Answered {
    let body = match &arguments.against {
        None => Body::live(context),
        Some(path) => {
            let bytes = disk::read_following_links(&context.surroundings.directory.join(path), FILE_BYTES_MAX)?;
            let bytes = bytes.ok_or_else(|| Failure::NotFound { kind: "file", id: path.display().to_string() })?;
            Body::lines(context, &String::from_utf8_lossy(&bytes))
        }
    };
    match &arguments.intent {
        Some(intent) => done(ui::similar_report(intent, &body.most_like(intent), now)),
        None => Ok((Report::default(), answer_lines(&body, now)?)),
    }
}

/// Answers each line as soon as it is read: whoever asks may wait for it before it asks again.
fn answer_lines(body: &Body, now: Timestamp) -> Result<Exit, Failure> {
    let reader = Reader { format: Format::Json, remarks: Remarks::Hidden };
    let mut input = std::io::stdin().lock();
    loop {
        let mut line = Vec::new();
        // What is longer is answered in parts.
        let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        let failed = |source| DiskError { action: "read", path: "standard input".into(), source };
        if read.map_err(failed)? == 0 {
            return Ok(Exit::Done);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\n', '\r']);
        let report = ui::similar_report(line, &body.most_like(line), now);
        if print_report(&report, reader, Exit::Done) != Exit::Done {
            return Ok(Exit::Environment);
        }
    }
}
