//! Changes of the policy by the root members of a world.

use git_coord::format::sha256;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::PolicyRequest;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;

use crate::support::world::Actor;
use crate::support::world::POLICY;
use crate::support::world::World;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;
use crate::support::world::write;

impl World {
    /// Makes the policy that every world begins with, edited, the active one, by two entries of `maria`.
    #[track_caller]
    pub fn rule(&mut self, edit: impl FnOnce(&str) -> String) {
        self.rule_by(&["maria"], edit);
    }

    /// Makes it the active one by the word of these, the first of whom opens the request and closes it. They are the root
    /// members under it as well, unless the edit puts others in the place of `ROOTS`.
    #[track_caller]
    pub fn rule_by(&mut self, roots: &[&str], edit: impl FnOnce(&str) -> String) {
        let roots: Vec<_> = roots.iter().map(|name| Actor::named(name)).collect();
        let (version, parent) = (self.state().policy.version + 1, self.state().policy_digest);
        let members: Vec<_> = roots.iter().map(|root| format!("\"{}\"", root.id)).collect();
        let policy = edit(POLICY).replace("ROOTS", &members.join(", "));
        let policy = policy.replacen("version = 1", &format!("version = {version}\nparent = \"{parent}\""), 1);
        let id = self.id(RecordKind::Request);
        let request = PolicyRequest {
            id: id.clone(),
            opener: roots[0].id.clone(),
            version,
            delta: sha256(policy.as_bytes()),
            title: text("Change the policy"),
            summary: None,
        };
        let draft = RecordPath::Draft(version, id.clone());
        self.ok(&roots[0], &[write(draft.clone(), &policy), put(&request)]);
        let mut activation = vec![write(RecordPath::Policy, &policy), remove(draft), take_away(&request)];
        for root in &roots[1..] {
            let seen = (self.record(root).role, version - 1);
            let word = Approval::plain(id.clone(), root.id.clone(), request.delta, Answer::Approve, seen);
            self.ok(root, &[put(&word)]);
            activation.push(take_away(&word));
        }
        self.ok(&roots[0], &activation);
    }
}
