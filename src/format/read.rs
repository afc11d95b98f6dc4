//! From bytes to records: strict, bounded, with the place of every fault.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::de::DeTable;
use toml::de::DeValue;

use crate::format::action_request;
use crate::format::action_request::ActionRequestShape;
use crate::format::charter::CharterShape;
use crate::format::claim::ClaimShape;
use crate::format::decision::DecisionShape;
use crate::format::digest::ref_hash;
use crate::format::digest::sha256;
use crate::format::fault::RecordFault;
use crate::format::fault::RecordFaultKind;
use crate::format::finding::FindingShape;
use crate::format::landed::LandedShape;
use crate::format::policy::PolicyShape;
use crate::format::policy_request;
use crate::format::policy_request::PolicyRequestShape;
use crate::format::principal::PrincipalShape;
use crate::format::request::ApprovalShape;
use crate::format::request::RequestShape;
use crate::format::run::RunShape;
use crate::format::version::newer_format;
use crate::model::Record;
use crate::model::RecordPath;
use crate::model::is_reordering;

/// The most bytes that a record may have.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;

/// Parses the file at a record's path.
pub fn parse_record(path: &RecordPath, bytes: &[u8]) -> Result<Record, RecordFault> {
    if bytes.len() > RECORD_BYTES_MAX {
        let message = format!("{} bytes, a record may have {RECORD_BYTES_MAX}", bytes.len());
        return Err(RecordFault::new(RecordFaultKind::Size, message));
    }
    let text = plain_text(bytes)?;
    let record = match path {
        RecordPath::Readme => Record::Readme,
        RecordPath::Charter => Record::Charter(parse::<CharterShape>(text)?.into_model()),
        RecordPath::Policy => Record::Policy(Box::new(parse::<PolicyShape>(text)?.into_model()), sha256(bytes)),
        RecordPath::Draft(version, _) => {
            let policy = parse::<PolicyShape>(text)?.into_model();
            if policy.version != *version {
                let message = format!("a draft of version {} lies as version {version}", policy.version);
                return Err(RecordFault::new(RecordFaultKind::Place, message));
            }
            Record::Draft(Box::new(policy), sha256(bytes))
        }
        RecordPath::Principal(id) => Record::Principal(Box::new(parse::<PrincipalShape>(text)?.into_model(id))),
        RecordPath::Claim(id) => Record::Claim(Box::new(parse::<ClaimShape>(text)?.into_model(id)?)),
        RecordPath::Decision(id) => Record::Decision(Box::new(parse::<DecisionShape>(text)?.into_model(id)?)),
        RecordPath::Finding(id) => Record::Finding(Box::new(parse::<FindingShape>(text)?.into_model(id)?)),
        RecordPath::Request(id) => match kind_of(text).as_deref() {
            Some(policy_request::KIND) => {
                Record::PolicyRequest(Box::new(parse::<PolicyRequestShape>(text)?.into_model(id)))
            }
            Some(action_request::KIND) => {
                Record::ActionRequest(Box::new(parse::<ActionRequestShape>(text)?.into_model(id)?))
            }
            _ => Record::Request(Box::new(parse::<RequestShape>(text)?.into_model(id)?)),
        },
        RecordPath::Run(id) => Record::Run(Box::new(parse::<RunShape>(text)?.into_model(id)?)),
        RecordPath::Approval(request, principal) => {
            Record::Approval(Box::new(parse::<ApprovalShape>(text)?.into_model(request, principal)?))
        }
        RecordPath::Landed(hash) => {
            let landed = parse::<LandedShape>(text)?.into_model()?;
            if ref_hash(&landed.target) != *hash {
                let message = format!("`{}` belongs into `landed/{}.toml`", landed.target, ref_hash(&landed.target));
                return Err(RecordFault::new(RecordFaultKind::Place, message));
            }
            Record::Landed(Box::new(landed))
        }
    };
    Ok(record)
}

/// Returns what a request says that it is about. What cannot be read is told by whoever reads all of it.
fn kind_of(text: &str) -> Option<String> {
    let table = DeTable::parse(text).ok()?;
    table.get_ref().get("kind")?.get_ref().as_str().map(str::to_owned)
}

/// Refuses what no text file of ours contains, before any parser sees it.
pub(crate) fn plain_text(bytes: &[u8]) -> Result<&str, RecordFault> {
    let fault = |message: &str| RecordFault::new(RecordFaultKind::Syntax, message);
    let text = std::str::from_utf8(bytes).map_err(|_| fault("not UTF-8"))?;
    if text.starts_with('\u{feff}') {
        return Err(fault("starts with a byte order mark"));
    }
    for (index, line) in text.split('\n').enumerate() {
        let found = line.chars().position(|c| (c.is_control() && c != '\t') || is_reordering(c));
        if let Some(column) = found {
            let message = "a control or bidirectional character (write lines that end in LF)";
            return Err(RecordFault { position: Some((index + 1, column + 1)), ..fault(message) });
        }
    }
    Ok(text)
}

pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, RecordFault> {
    let place = |span: Range<usize>| Some(line_and_column(text, span.start));
    let syntax = |error: toml::de::Error| {
        let fault = RecordFault::new(RecordFaultKind::Syntax, error.message());
        RecordFault { position: error.span().and_then(place), ..fault }
    };
    let table = DeTable::parse(text).map_err(syntax)?;
    // Before anything else: a newer format has keys that this program does not know.
    if let Some((message, span)) = newer_format(table.get_ref()) {
        return Err(RecordFault { position: place(span), ..RecordFault::new(RecordFaultKind::Newer, message) });
    }
    if let Some((message, span)) = foreign_in_table(table.get_ref()) {
        return Err(RecordFault { position: place(span), ..RecordFault::new(RecordFaultKind::Syntax, message) });
    }
    T::deserialize(toml::Deserializer::from(table)).map_err(syntax)
}

/// Finds what the TOML reader takes but TOML does not have: integers beyond 64 bits, and its own way to spell a date as
/// a table. Two programs must not read one record differently.
fn foreign_in_table(table: &DeTable<'_>) -> Option<(&'static str, Range<usize>)> {
    table.iter().find_map(|(key, value)| {
        if key.get_ref().starts_with("$__") {
            return Some(("unknown key", key.span()));
        }
        foreign(value.get_ref(), value.span())
    })
}

fn foreign(value: &DeValue<'_>, span: Range<usize>) -> Option<(&'static str, Range<usize>)> {
    match value {
        DeValue::Integer(number) if i64::from_str_radix(number.as_str(), number.radix()).is_err() => {
            Some(("integer beyond 64 bits", span))
        }
        DeValue::Array(items) => items.iter().find_map(|item| foreign(item.get_ref(), item.span())),
        DeValue::Table(table) => foreign_in_table(table),
        _ => None,
    }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let is_boundary = |end: &usize| text.is_char_boundary(*end);
    let before = &text[..(0..=offset.min(text.len())).rev().find(is_boundary).unwrap_or(0)];
    let line_start = before.rfind('\n').map_or(0, |index| index + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
