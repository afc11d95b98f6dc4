//! The story of one line of code: who asked, claimed, wrote, reviewed, approved and landed it.

use std::collections::BTreeMap;

use crate::format::code_commit;
use crate::ledger::Chain;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::history;
use crate::ops::history::Line;
use crate::ops::landing_story::LandingStory;
use crate::sign::CodeSignature;
use crate::sign::verify_code_commit;

/// The story of one line: from the instruction to the landing.
pub struct LineStory {
    pub path: String,
    pub line: u64,
    pub text: String,
    pub commit: ObjectId,
    pub subject: String,
    /// Who signed the commit; `None` if nobody enrolled did.
    pub author: Option<PrincipalId>,
    pub claims: Vec<ClaimStory>,
    pub landing: Option<LandingStory>,
}

/// A claim under which a line was written.
pub struct ClaimStory {
    pub id: RecordId,
    pub holder: PrincipalId,
    pub intent: String,
    pub token: Option<u64>,
    pub session: Option<String>,
    pub mission: Option<String>,
}

/// Tells who asked, claimed, wrote, reviewed, approved and landed a line of the present work tree's `HEAD`.
pub fn line(context: &Context, path: &str, number: u64) -> Result<LineStory, Failure> {
    let (commit, text) = blame(context, path, number)?;
    let raw = context.repository.commit(commit)?;
    let unreadable = |_| Failure::NotFound { kind: "commit", id: commit.to_string() };
    let parsed = code_commit::parse(&raw, context.repository.hash_kind()).map_err(unreadable)?;
    let author = match verify_code_commit(&parsed) {
        CodeSignature::Signed { key, .. } => context.state().keys.get(&key).cloned(),
        _ => None,
    };
    let mut tale = Tale::default();
    history::replay(context, |entry, before, after| tale.listen(context, commit, entry, before, after))?;
    let mut cited: Vec<RecordId> = parsed.claims.iter().filter_map(|id| RecordId::parse(id).ok()).collect();
    if let Some(landing) = &tale.landing {
        cited.extend(landing.landed.claims.iter().map(|claim| claim.id.clone()));
    }
    cited.sort();
    cited.dedup();
    let claims = cited.into_iter().filter_map(|id| tale.claims.remove(&id)).collect();
    let subject = parsed.message.lines().next().unwrap_or_default().to_owned();
    Ok(LineStory { path: path.to_owned(), line: number, text, commit, subject, author, claims, landing: tale.landing })
}

/// What is gathered while the ledger is read from its beginning.
#[derive(Default)]
struct Tale {
    claims: BTreeMap<RecordId, ClaimStory>,
    landing: Option<LandingStory>,
}

impl Tale {
    fn listen(&mut self, context: &Context, commit: ObjectId, entry: &Line, before: &Chain, after: &Chain) {
        if entry.void.is_some() {
            return;
        }
        let trailer = |key: &str| entry.trailers.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
        for (id, lease) in after.state.claims.iter().filter(|(id, _)| !before.state.claims.contains_key(*id)) {
            let claim = &lease.claim;
            let story = ClaimStory {
                id: id.clone(),
                holder: claim.holder.clone(),
                intent: claim.intent.as_str().to_owned(),
                token: lease.held.map(|grant| grant.token),
                session: trailer("Coord-Session"),
                mission: claim.mission.as_ref().map(ToString::to_string),
            };
            self.claims.insert(id.clone(), story);
        }
        for (id, lease) in &after.state.claims {
            if let (Some(story), Some(grant)) = (self.claims.get_mut(id), lease.held) {
                story.token = Some(grant.token);
            }
        }
        if let Some(landing) = &mut self.landing {
            landing.listen(&before.state, &after.state);
        }
        let Some(landed) = after.state.landed_since(&before.state).next() else { return };
        let brought = |commit| {
            let inside = context.repository.is_ancestor(commit, landed.new).unwrap_or(false);
            let old_had = landed.old.is_some_and(|old| context.repository.is_ancestor(commit, old).unwrap_or(false));
            inside && !old_had
        };
        if self.landing.is_none() && brought(commit) {
            self.landing = LandingStory::of(context, entry, &before.state, landed);
        }
    }
}

/// Asks git which commit a line of `HEAD` comes from.
fn blame(context: &Context, path: &str, number: u64) -> Result<(ObjectId, String), Failure> {
    let path = crate::ops::claim::relative(context, path);
    let range = format!("{number},{number}");
    let call = context.program.at(&context.repository).setting("blame.ignoreRevsFile=").args([
        "blame",
        "--porcelain",
        "--no-textconv",
        "-L",
        &range,
        "HEAD",
        "--",
        &path,
    ]);
    let output = call.run()?;
    let not_found = || Failure::NotFound { kind: "line", id: format!("{path}:{number}") };
    if output.status != 0 {
        return Err(not_found());
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let commit = text.split(' ').next().and_then(|id| id.trim_start_matches('^').parse().ok());
    let content = text.lines().find_map(|line| line.strip_prefix('\t')).unwrap_or_default().to_owned();
    Ok((commit.ok_or_else(not_found)?, content))
}
