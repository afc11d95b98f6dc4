//! `enroll`: adds a principal to the ledger, making its key or taking it.

use std::path::PathBuf;

use crate::format::WriteRecord;
use crate::ledger::Draft;
use crate::ledger::Edit;
use crate::model::Policy;
use crate::model::Principal;
use crate::model::PrincipalId;
use crate::model::PrincipalKind;
use crate::model::PrincipalName;
use crate::model::RecordName;
use crate::model::RecordPath;
use crate::model::Standing;
use crate::ops::context::Context;
use crate::ops::failure::Failure;
use crate::ops::identity;
use crate::ops::keys;
use crate::ops::principals::Listed;
use crate::rules::Trust;

/// Whom to enroll.
pub struct Options {
    pub name: String,
    pub kind: PrincipalKind,
    pub role: RecordName,
    pub vendor: Option<RecordName>,
    pub operator: Option<RecordName>,
    /// The public key; without it a key is made on this machine.
    pub key: Option<String>,
}

/// Who was enrolled.
pub struct Outcome {
    pub listed: Listed,
    pub new_key: Option<PathBuf>,
    /// It was enrolled before: the same key is the same principal.
    pub was_known: bool,
    /// Whether what was said of it counts only once somebody else has confirmed it.
    pub waits: bool,
    /// Who else has its name: from now on it takes the whole id to tell them apart.
    pub namesakes: Vec<PrincipalId>,
}

/// Enrolls a principal. The same key is the same principal: enrolling it again changes nothing.
pub fn run(context: &mut Context, options: &Options) -> Result<Outcome, Failure> {
    let argument = |what: &str, expected| Failure::Argument { what: what.to_owned(), expected };
    let name = PrincipalName::parse(&options.name);
    let name = name.map_err(|_| argument(&options.name, "a name: `[a-z][a-z0-9-]*`, 32 letters at most"))?;
    if context.state().role(&options.role).is_none() && options.role.as_str() != Policy::HUB {
        return Err(argument("--role", "a role of the policy, or `hub`"));
    }
    let identity = identity::acting(context)?;
    let given = options.key.as_deref().map(keys::parse_public).transpose()?;
    if let Some(known) = given.as_ref().and_then(|key| context.state().principal_by_key(key)) {
        let listed = Listed::of(context.state(), known);
        return Ok(Outcome { listed, new_key: None, was_known: true, waits: false, namesakes: Vec::new() });
    }
    let (key, new_key) = match given {
        Some(key) => (key, None),
        None => {
            let made = keys::create(&context.surroundings, &name)?;
            (made.secret.public(), Some(made.path))
        }
    };
    let id = keys::principal_id(&name, &key);
    let enroller = identity.id.clone();
    let record = |state: &crate::rules::State| {
        // The operator of an agent is the person who enrolls it, unless somebody else is named.
        let of_enroller = state.principal(&enroller).and_then(|enroller| state.operator(enroller));
        let operator = match options.kind {
            PrincipalKind::Human => options.operator.clone(),
            PrincipalKind::Agent | PrincipalKind::Service => options.operator.clone().or(of_enroller),
        };
        Principal {
            rev: 1,
            id: id.clone(),
            kind: options.kind,
            role: options.role.clone(),
            vendor: options.vendor.clone(),
            operator,
            key: key.to_openssh(),
            status: Standing::Active,
            enrolled_by: enroller.clone(),
            confirmed_by: None,
            suspect_since: None,
            rotation: None,
            capabilities: Vec::new(),
        }
    };
    let appended = context.append(&identity, |state, _| {
        let text = Some(record(state).to_text());
        Ok(Draft {
            edits: vec![Edit { path: RecordPath::Principal(id.clone()), text }],
            message: format!("Enroll {id} as {}", options.role),
        })
    });
    if let (Err(failure), Some(path)) = (&appended, &new_key)
        && failure.is_final()
    {
        keys::discard(path)?;
    }
    appended?;
    let listed = Listed::of(context.state(), context.state().principal(&id).expect("it was just enrolled"));
    let others = context.state().principals.keys().filter(|other| **other != id && other.name() == name.as_str());
    let waits = listed.enrolled.trust == Trust::Provisional;
    Ok(Outcome { namesakes: others.cloned().collect(), listed, new_key, was_known: false, waits })
}
