//! The message of a commit that is being made.

use crate::disk;
use crate::disk::Durability;
use crate::format::with_trailers;
use crate::ops::context::Context;
use crate::ops::failure::Failure;

const MESSAGE_BYTES_MAX: u64 = 1024 * 1024;
const MESSAGE_MODE: u32 = 0o644;

/// Adds trailers to the message in a file, each once. Git is started only where it is not plain where they go: that costs
/// every commit as much as the rest of its hooks.
pub fn stamp(context: &Context, message_file: &str, trailers: &[String]) -> Result<(), Failure> {
    let file = context.surroundings.directory.join(message_file);
    let message =
        disk::read(&file, MESSAGE_BYTES_MAX).unwrap_or_default().and_then(|bytes| String::from_utf8(bytes).ok());
    let comment = ["core.commentString", "core.commentChar"].into_iter().find_map(|key| context.repository.config(key));
    let comment = comment.filter(|text| text != "auto").unwrap_or_else(|| "#".to_owned());
    let says_nothing = |line: &str| line.trim().is_empty() || line.starts_with(&comment);
    if message.as_ref().is_some_and(|message| message.lines().all(says_nothing)) {
        // Git gives up a commit without a message; a trailer alone would be its subject.
        return Ok(());
    }
    if let Some(written) = message.and_then(|message| with_trailers(&message, trailers)) {
        return Ok(disk::write(&file, written.as_bytes(), MESSAGE_MODE, Durability::Cached)?);
    }
    // People configure commands that git runs for every trailer; this one is none of theirs.
    let call = context.program.within(&context.surroundings.directory).without_configuration();
    let comments = ["core.commentChar", "core.commentString"].map(|key| (key, context.repository.config(key)));
    let comments = comments.into_iter().filter_map(|(key, value)| Some(format!("{key}={}", value?)));
    let call = comments.fold(call, |call, setting| call.setting(&setting));
    let call = trailers.iter().fold(call.args(["interpret-trailers", "--in-place"]), |call, trailer| {
        call.args(["--if-exists", "addIfDifferent", "--trailer"]).arg(trailer)
    });
    call.arg(message_file).run()?.success()?;
    Ok(())
}
