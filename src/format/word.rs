//! The words by which records, policies and JSON name the values of enumerations.

use std::borrow::Cow;

use crate::format::field::StringField;
use crate::model::Answer;
use crate::model::Binding;
use crate::model::ClaimMode;
use crate::model::CommitRule;
use crate::model::Distinct;
use crate::model::FindingKind;
use crate::model::FindingState;
use crate::model::ForgeRule;
use crate::model::HistoryRule;
use crate::model::KeyRule;
use crate::model::LeaseRule;
use crate::model::PrincipalKind;
use crate::model::Requirement;
use crate::model::Right;
use crate::model::RunState;
use crate::model::Severity;
use crate::model::Standing;

/// An enumeration whose values have fixed names in files and on the command line.
pub trait Word: Copy + PartialEq + Sized + 'static {
    /// Every value with its name, in the order of the enumeration.
    const WORDS: &'static [(&'static str, Self)];

    /// Returns the value with this name.
    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
    }

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value)| *value == self).expect("every value has a word").0
    }
}

macro_rules! words {
    ($($type:ident { $($word:literal => $variant:ident),+ $(,)? })+) => {$(
        impl Word for $type {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }

        impl StringField for $type {
            fn read(text: &str) -> Result<Self, String> {
                Self::from_word(text).ok_or_else(|| {
                    let names: Vec<_> = Self::WORDS.iter().map(|(name, _)| format!("`{name}`")).collect();
                    format!("expected one of {}", names.join(", "))
                })
            }

            fn write(&self) -> Cow<'_, str> {
                self.word().into()
            }
        }
    )+};
}

words! {
    PrincipalKind { "agent" => Agent, "human" => Human, "service" => Service }
    Standing { "active" => Active, "suspended" => Suspended, "revoked" => Revoked }
    ClaimMode { "exclusive" => Exclusive, "shared" => Shared }
    FindingKind { "bug" => Bug, "risk" => Risk, "note" => Note, "question" => Question }
    Severity { "low" => Low, "medium" => Medium, "high" => High, "critical" => Critical }
    FindingState { "open" => Open, "resolved" => Resolved, "dismissed" => Dismissed }
    Answer { "approve" => Approve, "reject" => Reject, "veto" => Veto, "attest" => Attest, "overrule" => Overrule }
    Right {
        "claim" => Claim, "find" => Find, "triage" => Triage, "request" => Request, "approve" => Approve,
        "veto" => Veto, "enroll" => Enroll, "revoke" => Revoke, "propose-policy" => ProposePolicy, "land" => Land,
        "break-glass" => BreakGlass,
        "attest" => Attest, "decide" => Decide,
    }
    Requirement { "off" => Off, "warn" => Warn, "auto" => Auto, "deny" => Deny }
    CommitRule { "any" => Any, "signed" => Signed }
    ForgeRule { "off" => Off, "delta" => Delta }
    HistoryRule { "delta" => Delta, "strict" => Strict }
    KeyRule { "any" => Any, "user-presence" => UserPresence, "user-verification" => UserVerification }
    LeaseRule { "any" => Any, "held" => Held }
    Distinct { "operator" => Operator, "vendor" => Vendor }
    Binding { "delta" => Delta, "tree" => Tree }
    RunState { "started" => Started, "succeeded" => Succeeded, "failed" => Failed, "unknown" => Unknown }
}
