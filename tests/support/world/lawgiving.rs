//! Changes of the policy by the one root member of a world.

use git_coord::format::sha256;
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
        let maria = Actor::named("maria");
        let (version, parent) = (self.state().policy.version + 1, self.state().policy_digest);
        let policy = edit(&POLICY.replace("ROOTS", &format!("\"{}\"", maria.id)));
        let policy = policy.replacen("version = 1", &format!("version = {version}\nparent = \"{parent}\""), 1);
        let id = self.id(RecordKind::Request);
        let request = PolicyRequest {
            id: id.clone(),
            opener: maria.id.clone(),
            version,
            delta: sha256(policy.as_bytes()),
            title: text("Change the policy"),
            summary: None,
        };
        let draft = RecordPath::Draft(version, id);
        self.ok(&maria, &[write(draft.clone(), &policy), put(&request)]);
        self.ok(&maria, &[write(RecordPath::Policy, &policy), remove(draft), take_away(&request)]);
    }
}
