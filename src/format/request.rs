//! `requests/<request>.toml` and `approvals/<request>/<principal>.toml`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::format::claim::check_count;
use crate::format::fault::RecordFault;
use crate::format::fault::RecordFaultKind;
use crate::format::field::ClaimId;
use crate::format::field::Field;
use crate::format::field::Line;
use crate::format::field::RequestId;
use crate::format::field::wrap;
use crate::format::keyed::Keyed;
use crate::format::moment::Moment;
use crate::format::named_veto::NamedVetoShape;
use crate::format::version::Format;
use crate::format::version::first_rev;
use crate::model::Answer;
use crate::model::Approval;
use crate::model::BreakGlass;
use crate::model::Digest;
use crate::model::NamedVeto;
use crate::model::ObjectId;
use crate::model::PrincipalId;
use crate::model::RecordId;
use crate::model::RecordName;
use crate::model::RefName;
use crate::model::Request;
use crate::model::Text;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RequestShape {
    format: Format,
    #[serde(default = "first_rev")]
    rev: u64,
    opener: Field<PrincipalId>,
    #[serde(rename = "ref")]
    target: Field<RefName>,
    base: Field<ObjectId>,
    base_tree: Field<ObjectId>,
    head: Field<ObjectId>,
    new_tree: Field<ObjectId>,
    delta: Field<Digest>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    claims: Vec<Field<ClaimId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mission: Option<Field<RecordName>>,
    title: Field<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Field<Text>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    break_glass: Option<Keyed<BreakGlassShape>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct BreakGlassShape {
    reason: Field<Line>,
    expires: Moment,
}

impl RequestShape {
    pub(crate) fn into_model(self, id: &RecordId) -> Result<Request, RecordFault> {
        check_count("claims", self.claims.len())?;
        Ok(Request {
            rev: self.rev,
            id: id.clone(),
            opener: self.opener.0,
            target: self.target.0,
            base: self.base.0,
            base_tree: self.base_tree.0,
            head: self.head.0,
            new_tree: self.new_tree.0,
            delta: self.delta.0,
            claims: self.claims.into_iter().map(|field| field.0.0).collect(),
            mission: self.mission.map(|field| field.0),
            title: self.title.0.0,
            summary: self.summary.map(|field| field.0),
            break_glass: self
                .break_glass
                .map(|Keyed(shape)| BreakGlass { reason: shape.reason.0.0, expires: shape.expires.0 }),
        })
    }

    pub(crate) fn from_model(request: &Request) -> Self {
        Self {
            format: Format::CURRENT,
            rev: request.rev,
            opener: Field(request.opener.clone()),
            target: Field(request.target.clone()),
            base: Field(request.base),
            base_tree: Field(request.base_tree),
            head: Field(request.head),
            new_tree: Field(request.new_tree),
            delta: Field(request.delta),
            claims: request.claims.iter().map(|id| Field(ClaimId(id.clone()))).collect(),
            mission: wrap(request.mission.as_ref()),
            title: Field(Line(request.title.clone())),
            summary: wrap(request.summary.as_ref()),
            break_glass: request.break_glass.as_ref().map(|glass| {
                Keyed(BreakGlassShape { reason: Field(Line(glass.reason.clone())), expires: Moment(glass.expires) })
            }),
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ApprovalShape {
    format: Format,
    request: Field<RequestId>,
    delta: Field<Digest>,
    verdict: Field<Answer>,
    role: Field<RecordName>,
    policy: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Field<Text>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_rev: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Field<ObjectId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_tree: Option<Field<ObjectId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Field<ObjectId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_tree: Option<Field<ObjectId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    passed: Vec<Field<RecordName>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Field<RecordName>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    overrules: Vec<Keyed<NamedVetoShape>>,
}

impl ApprovalShape {
    pub(crate) fn into_model(self, request: &RecordId, principal: &PrincipalId) -> Result<Approval, RecordFault> {
        if self.request.0.0 != *request {
            let message = format!("names the request `{}` but lies with `{request}`", self.request.0.0);
            return Err(RecordFault::new(RecordFaultKind::Place, message));
        }
        self.check_checks()?;
        let overrules = Self::read_overrules(self.verdict.0, self.overrules, request)?;
        Ok(Approval {
            request: self.request.0.0,
            principal: principal.clone(),
            delta: self.delta.0,
            answer: self.verdict.0,
            role: self.role.0,
            policy: self.policy,
            reason: self.reason.map(|field| field.0),
            request_rev: self.request_rev,
            base: self.base.map(|field| field.0),
            base_tree: self.base_tree.map(|field| field.0),
            head: self.head.map(|field| field.0),
            new_tree: self.new_tree.map(|field| field.0),
            passed: self.passed.into_iter().map(|field| field.0).collect(),
            failed: self.failed.into_iter().map(|field| field.0).collect(),
            overrules,
        })
    }

    /// An attestation names a tree and checks, each once; another answer names no check.
    fn check_checks(&self) -> Result<(), RecordFault> {
        let names: BTreeSet<_> = self.passed.iter().chain(&self.failed).map(|field| field.0.as_str()).collect();
        let count = self.passed.len() + self.failed.len();
        let fault = |message: &str| Err(RecordFault::new(RecordFaultKind::Syntax, message));
        if self.verdict.0 != Answer::Attest {
            return if count == 0 { Ok(()) } else { fault("only `attest` names checks") };
        }
        if names.len() != count {
            return fault("each check is named once, as passed or as failed");
        }
        if count == 0 {
            return fault("an attestation names at least one check");
        }
        if count > Approval::CHECKS_MAX {
            let message = format!("{count} checks are named, {} are allowed", Approval::CHECKS_MAX);
            return Err(RecordFault::new(RecordFaultKind::Size, message));
        }
        let names_request = self.base.is_some() || self.base_tree.is_some() || self.head.is_some();
        if self.new_tree.is_none() || names_request {
            return fault("an attestation is of a `new-tree`, and of no base and no head");
        }
        Ok(())
    }

    /// Who overrules names the vetoes, each once; whoever is against the change itself overrules none.
    fn read_overrules(
        answer: Answer,
        shapes: Vec<Keyed<NamedVetoShape>>,
        request: &RecordId,
    ) -> Result<BTreeSet<NamedVeto>, RecordFault> {
        let count = shapes.len();
        let fault = |message: &str| Err(RecordFault::new(RecordFaultKind::Syntax, message));
        match answer {
            Answer::Overrule if count == 0 => return fault("`overrule` says which vetoes in `overrules`"),
            Answer::Overrule | Answer::Approve => {}
            _ if count == 0 => {}
            _ => return fault("only `overrule` and `approve` overrule vetoes"),
        }
        if count > Approval::OVERRULES_MAX {
            let message = format!("`overrules` has {count} entries, {} are allowed", Approval::OVERRULES_MAX);
            return Err(RecordFault::new(RecordFaultKind::Size, message));
        }
        let vetoes: BTreeSet<_> = shapes.into_iter().map(|shape| shape.0.into_model(request)).collect();
        if vetoes.len() == count { Ok(vetoes) } else { fault("each veto is overruled once") }
    }

    pub(crate) fn from_model(approval: &Approval) -> Self {
        let vetoes = approval.overrules.iter();
        Self {
            format: Format::CURRENT,
            request: Field(RequestId(approval.request.clone())),
            delta: Field(approval.delta),
            verdict: Field(approval.answer),
            role: Field(approval.role.clone()),
            policy: approval.policy,
            reason: wrap(approval.reason.as_ref()),
            request_rev: approval.request_rev,
            base: wrap(approval.base.as_ref()),
            base_tree: wrap(approval.base_tree.as_ref()),
            head: wrap(approval.head.as_ref()),
            new_tree: wrap(approval.new_tree.as_ref()),
            passed: approval.passed.iter().cloned().map(Field).collect(),
            failed: approval.failed.iter().cloned().map(Field).collect(),
            overrules: vetoes.map(|veto| Keyed(NamedVetoShape::from_model(veto, &approval.request))).collect(),
        }
    }
}
