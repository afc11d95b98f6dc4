//! `policy`: the rules as they are, and whether a draft of them is sound.

use std::path::Path;

use crate::disk;
use crate::format::RECORD_BYTES_MAX;
use crate::format::parse_record;
use crate::ledger::refusal_of;
use crate::model::Policy;
use crate::model::Record;
use crate::model::RecordPath;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::rules::Attesters;
use crate::rules::Prospect;
use crate::rules::Refusal;
use crate::rules::Remark;
use crate::rules::attesters;
use crate::rules::faults;
use crate::rules::lint;
use crate::rules::prospects;
use crate::rules::remarks;

/// Returns the text of the active policy.
pub fn text(context: &Context) -> Result<String, Failure> {
    let tree = context.ledger.chain().valid_tree;
    let (_, blob) = context.repository.tree_entry(tree, "policy.toml")?.expect("a ledger has a policy");
    let bytes = context.repository.blob(blob, RECORD_BYTES_MAX as u64)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What is to be said of a policy.
pub struct Checked {
    pub version: u64,
    /// Why it could not be activated as it is.
    pub faults: Vec<Refusal>,
    /// What may surprise those who live under it.
    pub remarks: Vec<Remark>,
    /// Who could approve under it, of those who are enrolled today; nothing if it is faulty in itself.
    pub prospects: Vec<Prospect>,
    /// Who could attest its checks.
    pub attesters: Vec<Attesters>,
}

/// Lints a policy file, or the active policy, for those who are enrolled today.
pub fn check(context: &Context, file: Option<&Path>) -> Result<Checked, Failure> {
    let policy = match file {
        Some(file) => draft(context, file)?,
        None => context.state().policy.clone(),
    };
    let state = context.state();
    let has_sense = lint(&policy).is_ok();
    Ok(Checked {
        version: policy.version,
        faults: faults(state, &policy),
        remarks: if has_sense { remarks(state, &policy) } else { Vec::new() },
        prospects: if has_sense { prospects(state, &policy) } else { Vec::new() },
        attesters: if has_sense { attesters(state, &policy) } else { Vec::new() },
    })
}

fn draft(context: &Context, file: &Path) -> Result<Policy, Failure> {
    let text = read_text(&context.surroundings.directory.join(file))?.unwrap_or_default();
    let record = parse_record(&RecordPath::Policy, text.as_bytes());
    let record = record.map_err(|fault| refusal_of(&RecordPath::Policy, &fault).about(file.display()))?;
    match record {
        Record::Policy(policy, _) => Ok(*policy),
        _ => unreachable!("the reader gives policies at the policy's path"),
    }
}

/// Reads a small text file that the user named.
pub fn read_text(path: &Path) -> Result<Option<String>, Failure> {
    let bytes = disk::read_following_links(path, RECORD_BYTES_MAX as u64)?;
    let bytes = bytes.ok_or_else(|| Failure::NotFound { kind: "file", id: path.display().to_string() })?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}
