//! The samples in `schema/samples`, and what schema and parser say of a record.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::LazyLock;

use git_coord::format::RecordFault;
use git_coord::format::WriteRecord;
use git_coord::format::parse_record;
use git_coord::format::ref_hash;
use git_coord::model::Record;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use jsonschema::Validator;
use serde_json::Value;

pub(super) const KINDS: [&str; 12] = [
    "coord",
    "principal",
    "claim",
    "decision",
    "finding",
    "request",
    "policy-request",
    "action-request",
    "run",
    "approval",
    "landed",
    "policy",
];

pub(super) static SCHEMAS: LazyLock<BTreeMap<&str, (Value, Validator)>> = LazyLock::new(|| {
    let read = |kind| {
        let text = fs::read_to_string(folder("schema").join(format!("{kind}.schema.json"))).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::draft202012::new(&document).unwrap();
        (kind, (document, validator))
    };
    KINDS.into_iter().map(read).collect()
});

pub(super) static VALID: LazyLock<Vec<Sample>> = LazyLock::new(|| samples("valid"));

pub(super) struct Sample {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

pub(super) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(super) fn samples(group: &str) -> Vec<Sample> {
    let mut found = Vec::new();
    for kind in KINDS {
        for entry in fs::read_dir(folder("schema/samples").join(kind).join(group)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{kind}/{group}/{}", path.file_name().unwrap().to_string_lossy());
            found.push(Sample { kind, name, bytes: fs::read(path).unwrap() });
        }
    }
    found
}

impl Sample {
    pub(super) fn note(&self, key: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        let prefix = format!("# {key}: ");
        text.lines()
            .take(3)
            .find_map(|line| line.trim_start_matches('\u{feff}').strip_prefix(&prefix).map(str::to_owned))
    }

    pub(super) fn table(&self) -> Option<toml::Table> {
        std::str::from_utf8(&self.bytes).ok()?.parse().ok()
    }

    pub(super) fn path(&self) -> RecordPath {
        let at = self.note("at").unwrap_or_else(|| path_of(self.kind, self.table().as_ref()));
        RecordPath::parse(at.trim_end()).unwrap()
    }

    pub(super) fn parse(&self) -> Result<Record, RecordFault> {
        parse_record(&self.path(), &self.bytes)
    }
}

pub(super) fn path_of(kind: &str, table: Option<&toml::Table>) -> String {
    match kind {
        "coord" | "policy" => format!("{kind}.toml"),
        "principal" => "principals/alice-7def3926.toml".to_owned(),
        "claim" => "claims/c-7k2f9qxm.toml".to_owned(),
        "decision" => "decisions/d-7k2f9qxm.toml".to_owned(),
        "finding" => "findings/7k/f-7k2f9qxm.toml".to_owned(),
        "request" | "policy-request" | "action-request" => "requests/r-4m8t2wzc.toml".to_owned(),
        "run" => "runs/r-4m8t2wzc.toml".to_owned(),
        "approval" => "approvals/r-4m8t2wzc/maria-1f2e3d4c.toml".to_owned(),
        _ => {
            let written = table.and_then(|table| RefName::parse(table.get("ref")?.as_str()?).ok());
            let target = written.unwrap_or_else(|| RefName::parse("refs/heads/main").unwrap());
            format!("landed/{}.toml", ref_hash(&target))
        }
    }
}

/// Maps TOML to JSON as editors do: date-times become strings.
fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(items) => items.iter().map(json).collect(),
        toml::Value::Table(table) => json_of_table(table),
    }
}

pub(super) fn json_of_table(table: &toml::Table) -> Value {
    Value::Object(table.iter().map(|(key, value)| (key.clone(), json(value))).collect())
}

/// Returns what the schema has against a record, if anything.
pub(super) fn objection(kind: &str, table: &toml::Table) -> Option<String> {
    let value = json_of_table(table);
    SCHEMAS[kind].1.iter_errors(&value).next().map(|error| format!("{} at `{}`", error, error.instance_path()))
}

/// Returns the text that we would write; policies and the README are written by people.
pub(super) fn written(record: &Record) -> Option<String> {
    match record {
        Record::Charter(record) => Some(record.to_text()),
        Record::Principal(record) => Some(record.to_text()),
        Record::Claim(record) => Some(record.to_text()),
        Record::Decision(record) => Some(record.to_text()),
        Record::Finding(record) => Some(record.to_text()),
        Record::Request(record) => Some(record.to_text()),
        Record::PolicyRequest(record) => Some(record.to_text()),
        Record::ActionRequest(record) => Some(record.to_text()),
        Record::Run(record) => Some(record.to_text()),
        Record::Approval(record) => Some(record.to_text()),
        Record::Landed(record) => Some(record.to_text()),
        Record::Policy(..) | Record::Draft(..) | Record::Readme => None,
    }
}
