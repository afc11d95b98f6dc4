//! On what checks ran, and which request would land it.

use std::collections::BTreeSet;

use crate::git::ObjectKind;
use crate::model::ObjectId;
use crate::model::RecordId;
use crate::ops::attest::rules_of;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::gate;
use crate::rules::Code;
use crate::rules::Pending;
use crate::rules::Refusal;
use crate::rules::Update;

/// On what the checks ran.
pub enum Ground {
    /// What is checked out, because nothing was named.
    Head,
    /// A commit; its tree is what is attested.
    Commit(String),
    Tree(ObjectId),
}

/// A tree that was checked.
pub(crate) struct Checked {
    pub(crate) tree: ObjectId,
    commit: Option<ObjectId>,
    is_named: bool,
}

impl Checked {
    pub(crate) fn of(context: &Context, ground: &Ground) -> Result<Self, Failure> {
        let (spec, is_named) = match ground {
            Ground::Head => ("HEAD", false),
            Ground::Commit(spec) => (spec.as_str(), true),
            Ground::Tree(tree) if is_tree(context, *tree)? => {
                return Ok(Self { tree: *tree, commit: None, is_named: true });
            }
            Ground::Tree(tree) => return Err(Failure::NotFound { kind: "tree", id: tree.to_string() }),
        };
        let commit = context.repository.resolve(spec)?;
        let commit = commit.ok_or_else(|| Failure::NotFound { kind: "commit", id: spec.to_owned() })?;
        Ok(Self { tree: context.repository.commit_links(commit)?.tree, commit: Some(commit), is_named })
    }

    /// Returns the request of which something is said: the one that is named, or the only one that would land the tree.
    pub(crate) fn request(&self, context: &Context, named: Option<&RecordId>) -> Result<RecordId, Failure> {
        match named {
            Some(id) if self.is_named => Ok(id.clone()),
            Some(id) => self.check_lands(context, id).map(|()| id.clone()),
            None => self.only_request(context),
        }
    }

    /// Whoever names a request and no commit means what the request results in. If something else is checked out, its tree
    /// would be attested by mistake.
    fn check_lands(&self, context: &Context, id: &RecordId) -> Result<(), Failure> {
        let Some(pending) = context.state().requests.get(id) else { return Ok(()) };
        let result = pending.request.new_tree;
        if result == self.tree || self.landing_requests(context)?.contains(id) {
            return Ok(());
        }
        let message = format!(
            "`HEAD` has the tree {}, and `{id}` results in {}: check out {} and run the checks there, or name what was \
             checked by --commit",
            self.tree.short(),
            result.short(),
            pending.request.head.short()
        );
        Err(Refusal::new(Code::ApprovalTree, message).into())
    }

    fn only_request(&self, context: &Context) -> Result<RecordId, Failure> {
        let found = self.landing_requests(context)?;
        let tree = self.tree.short();
        match found.as_slice() {
            [only] => Ok(only.clone()),
            [] => {
                let message = format!("no open request that waits for checks results in the tree {tree}");
                Err(Refusal::new(Code::RecordMissing, message).into())
            }
            many => {
                let named = many.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
                let message = format!("{named} all result in the tree {tree}: name one");
                Err(Refusal::new(Code::RequestAmbiguous, message).into())
            }
        }
    }

    /// Returns the open requests whose result is the tree: those with such a head or, if none has, those that the gate would
    /// let the commit land, such as the one that a forge made a merge of.
    fn landing_requests(&self, context: &Context) -> Result<Vec<RecordId>, Failure> {
        let state = context.state();
        let asks = |pending: &&Pending| !rules_of(state, pending).is_empty();
        let of_head = state.requests.values().filter(asks).filter(|pending| pending.request.new_tree == self.tree);
        let mut found: Vec<RecordId> = of_head.map(|pending| pending.request.id.clone()).collect();
        if let Some(commit) = self.commit.filter(|_| found.is_empty()) {
            let targets: BTreeSet<_> =
                state.requests.values().filter(asks).map(|pending| &pending.request.target).collect();
            for target in targets {
                let update =
                    Update { target: target.clone(), old: gate::beginning(context, target)?, new: Some(commit) };
                // What cannot be read, or is no move of this ref, lands nothing on it.
                let decision = gate::run(context, &update, &[]).ok();
                let last = decision.as_ref().and_then(|decision| decision.segments.last());
                let lands = last.filter(|segment| segment.facts.new == commit);
                found.extend(lands.and_then(|segment| segment.request.clone()));
            }
        }
        Ok(found)
    }
}

fn is_tree(context: &Context, id: ObjectId) -> Result<bool, Failure> {
    Ok(context.repository.contains(id) && context.repository.kind(id)? == ObjectKind::Tree)
}
