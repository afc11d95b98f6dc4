//! What a merge that is about to be committed would bring.

use crate::format::delta_digest;
use crate::git::Head;
use crate::model::Digest;
use crate::model::RefName;
use crate::ops::context::Context;
use crate::ops::failure::Failure;

/// Returns the protected branch that is about to gain a merge commit, and the digest of what it gains.
pub fn staged_delta(context: &Context) -> Result<Option<(RefName, Digest)>, Failure> {
    let Head::Branch { name, commit: Some(tip) } = context.repository.head()? else { return Ok(None) };
    let Ok(target) = RefName::parse(&name) else { return Ok(None) };
    if !context.state().policy.protects(&target) {
        return Ok(None);
    }
    let call = context.program.within(&context.surroundings.directory);
    let output = call.index_file(context.surroundings.index_file.as_deref()).arg("write-tree").run()?.success()?;
    let tree = String::from_utf8_lossy(&output.stdout).trim().parse();
    let tree = tree.map_err(|_| Failure::Unwritable("git wrote no tree".to_owned()))?;
    let reader = context.reader();
    let changes = reader.delta(context.repository.commit_links(tip)?.tree, tree)?;
    Ok(Some((target.clone(), delta_digest(reader.audience, &target, &changes))))
}
