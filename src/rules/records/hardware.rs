//! Which keys a role asks for: any, one in hardware that is touched, or one that checks its user as well (SIG-10).

use crate::model::KeyRule;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::Record;
use crate::model::RecordPath;
use crate::rules::code::Code;
use crate::rules::entry::Entry;
use crate::rules::entry::Operation;
use crate::rules::refusal::Refusal;
use crate::rules::refusal::ensure;
use crate::rules::state::Enrolled;
use crate::rules::state::State;
use crate::sign::PublicKey;

/// Returns the most that a signature meets. That somebody touched a hardware key is demanded of all its signatures.
pub(crate) fn met_by(key: &PublicKey, user_verified: bool) -> KeyRule {
    match (key.is_hardware(), user_verified) {
        (false, _) => KeyRule::Any,
        (true, false) => KeyRule::UserPresence,
        (true, true) => KeyRule::UserVerification,
    }
}

/// Returns what is asked for, as people read it.
pub(crate) fn asked(rule: KeyRule) -> &'static str {
    match rule {
        KeyRule::Any => "any key",
        KeyRule::UserPresence => "a hardware key",
        KeyRule::UserVerification => "a hardware key that checks its user by PIN or finger",
    }
}

/// Refuses a key that can never meet what a role asks for.
pub(crate) fn check_key(rule: KeyRule, role: &str, key: &PublicKey) -> Result<(), Refusal> {
    ensure(rule == KeyRule::Any || key.is_hardware(), Code::SignatureFlags, || {
        format!("the role `{role}` asks for {}", asked(rule))
    })
}

/// Returns whether what somebody signed meets what its role asks for by now.
pub(crate) fn is_met(state: &State, by: &PrincipalId, signed: KeyRule) -> bool {
    state.principal(by).is_some_and(|enrolled| signed >= state.key_rule(enrolled))
}

/// Refuses an entry whose signature does not meet what the role of its signer asks for. Whoever cannot meet it still steps
/// down; it does not put another key in its place, for whoever has stolen a key could do that as well.
pub(crate) fn check_signature(state: &State, signer: &Enrolled, entry: &Entry) -> Result<(), Refusal> {
    let rule = state.key_rule(signer);
    let is_met = met_by(entry.key(), entry.user_verified()) >= rule;
    ensure(is_met || steps_down(signer, entry), Code::SignatureFlags, || {
        format!("`{}` has the role `{}`, which asks for {}", signer.record.id, signer.record.role, asked(rule))
    })
}

fn steps_down(signer: &Enrolled, entry: &Entry) -> bool {
    let [only] = entry.changes() else { return false };
    let (RecordPath::Principal(_), Operation::Replace(Record::Principal(after))) = (&only.path, &only.operation) else {
        return false;
    };
    let before = &signer.record;
    let rest = Principal { rev: before.rev, status: before.status, ..after.as_ref().clone() };
    rest == *before && after.status > before.status
}

impl State {
    /// Returns which keys the role of a principal asks for.
    pub(crate) fn key_rule(&self, enrolled: &Enrolled) -> KeyRule {
        self.role(&enrolled.record.role).map_or(KeyRule::Any, |role| role.keys)
    }

    /// Returns whether the present key of a principal can meet what its role asks for.
    pub(crate) fn has_fit_key(&self, enrolled: &Enrolled) -> bool {
        self.key_rule(enrolled) == KeyRule::Any || enrolled.key.is_hardware()
    }
}
