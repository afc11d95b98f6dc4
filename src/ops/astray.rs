//! Protected refs that are not where they last landed.

use std::collections::BTreeMap;

use crate::git::GitError;
use crate::ledger::LEDGER_REF;
use crate::model::ObjectId;
use crate::model::RefName;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::landing;
use crate::ops::request::tip_of;
use crate::rules::Code;

/// What no policy rules in a repository: what it knows of others, and what is ours.
const NOT_RULED: [&str; 2] = ["refs/remotes/", "refs/coord/"];

/// Something that is not as it should be.
#[derive(Clone, Debug)]
pub struct Problem {
    pub code: Code,
    pub message: String,
    /// The command that mends it, where one does.
    pub mend: Option<String>,
    /// The ref that it is about, where it has a name that can be told, and where that is.
    pub target: Option<RefName>,
    pub tip: Option<ObjectId>,
}

impl Problem {
    pub(crate) fn new(code: Code, message: String) -> Self {
        Self { code, message, mend: None, target: None, tip: None }
    }

    fn of(self, target: &RefName, tip: Option<ObjectId>) -> Self {
        Self { target: Some(target.clone()), tip, ..self }
    }
}

/// Every ref where landings are decided, as it is there now.
pub(crate) struct Refs(BTreeMap<String, ObjectId>);

impl Refs {
    /// Asks the remote that decides, or looks here if none does.
    pub(crate) fn list(context: &Context) -> Result<Self, Failure> {
        let found = match context.ledger.store().remote() {
            Some(remote) => context.program.remote(&context.repository, remote).every_reference()?,
            None => context.repository.references("refs/")?,
        };
        Ok(Self(found.into_iter().collect()))
    }

    pub(crate) fn has(&self, name: &RefName) -> bool {
        self.0.contains_key(name.as_str())
    }

    /// Returns what is wrong with the refs that the policy protects.
    pub(crate) fn problems(&self, context: &Context) -> Result<Vec<Problem>, Failure> {
        let mut problems = Vec::new();
        for (target, landed) in &context.state().landed {
            let last = landed.new;
            match self.0.get(target.as_str()) {
                None => {
                    let message = format!("{target} is gone, it last landed at {}", last.short());
                    problems.push(Problem::new(Code::RefDelete, message).of(target, None));
                }
                Some(tip) if *tip != last => problems.push(elsewhere(target, *tip, last)),
                // A tag is fetched once: whoever has another one here builds that.
                Some(_) if target.branch().is_none() => {
                    let here = context.repository.reference(target.as_str())?;
                    problems.extend(here.filter(|here| *here != last).map(|here| elsewhere(target, here, last)));
                }
                Some(_) => {}
            }
        }
        for (name, tip) in &self.0 {
            problems.extend(never_landed(context, name, *tip)?);
        }
        Ok(problems)
    }
}

/// Returns what is wrong with the protected refs as they were last fetched, or as they are here if no remote decides.
pub(crate) fn of_last_fetch(context: &Context) -> Result<Vec<Problem>, Failure> {
    if context.ledger.store().remote().is_none() {
        return Refs::list(context)?.problems(context);
    }
    let mut problems = Vec::new();
    for (target, landed) in &context.state().landed {
        let Some(tip) = tip_of(context, target)? else { continue };
        if tip == landed.new {
            continue;
        }
        let behind = match target.branch().map(|_| context.repository.is_ancestor(tip, landed.new)) {
            // A tag is where it landed, or it is another one.
            None => false,
            Some(Ok(behind)) => behind,
            Some(Err(GitError::Missing { .. })) => true,
            Some(Err(error)) => return Err(error.into()),
        };
        // A clone that has not fetched may lag behind what landed at the remote; it may not be ahead of it or beside it.
        if !behind {
            problems.push(elsewhere(target, tip, landed.new));
        }
    }
    Ok(problems)
}

fn elsewhere(target: &RefName, tip: ObjectId, last: ObjectId) -> Problem {
    let message = format!("{target} is at {}, it last landed at {}", tip.short(), last.short());
    Problem::new(Code::RefState, message).of(target, Some(tip))
}

/// Returns what is wrong with a ref on which nothing ever landed, if the policy has a say in it.
fn never_landed(context: &Context, name: &str, tip: ObjectId) -> Result<Option<Problem>, Failure> {
    let state = context.state();
    if name == LEDGER_REF || NOT_RULED.iter().any(|prefix| name.starts_with(prefix)) {
        return Ok(None);
    }
    let Some(pattern) = state.policy.protects_twin_of(name) else { return Ok(None) };
    let Ok(target) = RefName::parse(name) else {
        let message = format!("{name} is protected by `{pattern}` and has a name that misleads");
        return Ok(Some(Problem::new(Code::RefName, message)));
    };
    if !state.policy.protects(&target) {
        let message = format!("{target} is a twin of a ref that `{pattern}` protects");
        return Ok(Some(Problem::new(Code::RefCase, message).of(&target, Some(tip))));
    }
    if state.landed.contains_key(&target) {
        return Ok(None);
    }
    // What has not landed elsewhere cannot be adopted once something has.
    let adoptable = !state.has_landings()
        || state.lapsed.contains_key(&target)
        || landing::has_landed(&context.repository, state, tip).unwrap_or(false);
    let adopters = state.adopters(&target, tip).count();
    let found = match adopters {
        0 if state.lapsed.contains_key(&target) => "nobody adopted it since it is protected again".to_owned(),
        0 => "nobody adopted it or landed there".to_owned(),
        _ => format!("{adopters} of {} root members adopted it", state.policy.root.threshold),
    };
    let short = target.branch().unwrap_or(target.as_str());
    let message = format!("{target} is at {}, and {found}", tip.short());
    let mend = adoptable.then(|| format!("git coord land --adopt {short}"));
    Ok(Some(Problem { mend, ..Problem::new(Code::LandedMissing, message).of(&target, Some(tip)) }))
}
