//! Holds `schema/`, its samples, the reader of records and the policy templates against each other.
//!
//! A sample says in its first lines what to expect: `# expect: syntax, line 4`, `# why: …` where only the parser refuses
//! it, `# at: …` where it lies at another path than others of its kind. What one folder of samples says about a schema
//! is never taken from the schema.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;

use git_coord::format::RECORD_BYTES_MAX;
use git_coord::format::RecordFaultKind;
use git_coord::format::format_time;
use git_coord::format::parse_record;
use git_coord::format::parse_time;
use git_coord::model::Record;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Timestamp;
use git_coord::rules;
use serde_json::Value;

use self::sample::KINDS;
use self::sample::SCHEMAS;
use self::sample::Sample;
use self::sample::VALID;
use self::sample::folder;
use self::sample::json_of_table;
use self::sample::objection;
use self::sample::samples;
use self::sample::written;

mod damage;
mod sample;

#[test]
fn every_kind_has_enough_samples() {
    for (group, least) in [("valid", 4), ("invalid", 10), ("invalid-parser-only", 1)] {
        let found = samples(group);
        for kind in KINDS {
            assert!(found.iter().filter(|sample| sample.kind == kind).count() >= least, "{kind} {group}");
        }
    }
}

#[test]
fn valid_samples_pass_schema_and_parser() {
    for sample in VALID.iter() {
        assert_eq!(objection(sample.kind, &sample.table().unwrap()), None, "{}", sample.name);
        sample.parse().unwrap_or_else(|fault| panic!("{}: {fault}", sample.name));
    }
}

#[test]
fn invalid_samples_fail_schema_and_parser() {
    for sample in samples("invalid") {
        if let Some(table) = sample.table() {
            assert!(objection(sample.kind, &table).is_some(), "the schema takes {}", sample.name);
        }
        check_fault(&sample);
    }
}

#[test]
fn samples_beyond_the_schema_fail_the_parser_only() {
    for sample in samples("invalid-parser-only") {
        let table = sample.table().unwrap_or_else(|| panic!("{} is not TOML at all", sample.name));
        assert_eq!(objection(sample.kind, &table), None, "{}", sample.name);
        assert!(sample.note("why").is_some(), "{} does not say why", sample.name);
        check_fault(&sample);
    }
}

/// Checks the fault's kind and line against the sample's first line, and that a place is told where there is one.
fn check_fault(sample: &Sample) {
    let Err(fault) = sample.parse() else { panic!("the parser takes {}", sample.name) };
    let kind = match fault.kind {
        RecordFaultKind::Place => "place",
        RecordFaultKind::Syntax => "syntax",
        RecordFaultKind::Size => "size",
        RecordFaultKind::Newer => "newer",
    };
    let line = fault.position.map(|(line, _)| format!(", line {line}")).unwrap_or_default();
    let expected = sample.note("expect").unwrap_or_default();
    assert_eq!(format!("{kind}{line}"), expected.trim_end(), "{}: {fault}", sample.name);
}

#[test]
fn record_is_bounded_in_bytes() {
    for sample in VALID.iter() {
        let mut padded = Sample { kind: sample.kind, name: sample.name.clone(), bytes: sample.bytes.clone() };
        padded.bytes.extend(b"# ");
        padded.bytes.resize(RECORD_BYTES_MAX, b'x');
        assert!(padded.parse().is_ok(), "{}", sample.name);
        padded.bytes.push(b'x');
        assert_eq!(padded.parse().unwrap_err().kind, RecordFaultKind::Size, "{}", sample.name);
    }
}

#[test]
fn schemas_are_schemas_and_explain_every_key() {
    for (kind, (document, _)) in SCHEMAS.iter() {
        assert!(jsonschema::draft202012::meta::is_valid(document), "{kind}");
        assert_eq!(document["$id"], format!("urn:git-coord:schema:1:{kind}"));
        let top = document.as_object().unwrap();
        assert!(top.contains_key("title") && top.contains_key("description"), "{kind}");
        check_objects(kind, document);
    }
}

fn check_objects(place: &str, value: &Value) {
    if let Some(properties) = value.get("properties").and_then(Value::as_object)
        && value.get("type").is_some()
    {
        assert_eq!(value["additionalProperties"], false, "{place} takes keys that it does not know");
        for (key, property) in properties {
            assert!(property.get("description").is_some(), "{place} does not explain `{key}`");
        }
    }
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| check_objects(&format!("{place}/{key}"), member))
        }
        Value::Array(items) => items.iter().for_each(|item| check_objects(place, item)),
        _ => {}
    }
}

#[test]
fn definitions_are_the_same_in_every_schema() {
    let mut definitions: BTreeMap<&String, &Value> = BTreeMap::new();
    for (kind, (document, _)) in SCHEMAS.iter() {
        for (name, definition) in document["$defs"].as_object().unwrap() {
            assert_eq!(*definitions.entry(name).or_insert(definition), definition, "`{name}` in {kind}");
        }
    }
}

/// Keys that no sample has would be keys that the parser may not know.
#[test]
fn every_key_of_a_schema_is_in_a_valid_sample() {
    for (kind, (document, _)) in SCHEMAS.iter() {
        let tables = VALID.iter().filter(|sample| sample.kind == *kind).map(|sample| sample.table().unwrap());
        let used: BTreeSet<String> = tables.flat_map(|table| keys_of(&json_of_table(&table))).collect();
        let known = declared_keys(document);
        assert_eq!(known.difference(&used).next(), None, "{kind}");
    }
}

fn keys_of(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => {
            members.iter().flat_map(|(key, member)| keys_of(member).into_iter().chain([key.clone()])).collect()
        }
        Value::Array(items) => items.iter().flat_map(keys_of).collect(),
        _ => BTreeSet::new(),
    }
}

fn declared_keys(schema: &Value) -> BTreeSet<String> {
    let own = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|keys| keys.keys().cloned());
    let inner: Vec<&Value> = match schema {
        Value::Object(members) => members.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    own.chain(inner.into_iter().flat_map(declared_keys)).collect()
}

#[test]
fn what_is_written_reads_back_the_same_and_validates() {
    for sample in VALID.iter() {
        let record = sample.parse().unwrap();
        let Some(text) = written(&record) else { continue };
        assert!(text.starts_with("format = 1\n"), "{}", sample.name);
        assert_eq!(parse_record(&sample.path(), text.as_bytes()).as_ref(), Ok(&record), "{}: {text}", sample.name);
        assert_eq!(objection(sample.kind, &text.parse().unwrap()), None, "{}: {text}", sample.name);
        assert_eq!(written(&record), Some(text), "{}", sample.name);
    }
}

#[test]
fn templates_are_policies_that_can_be_lived_under() {
    let path = RecordPath::parse("policy.toml").unwrap();
    for name in ["solo", "team", "strict"] {
        let text = fs::read_to_string(folder("src/ops/templates").join(format!("{name}.toml"))).unwrap();
        let text = text.replace("{root}", "maria-1f2e3d4c");
        assert_eq!(objection("policy", &text.parse().unwrap()), None, "{name}");
        let Ok(Record::Policy(policy, _)) = parse_record(&path, text.as_bytes()) else { panic!("{name} is no policy") };
        rules::lint(&policy).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        assert_eq!((policy.version, policy.root.members.len()), (1, 1), "{name}");
        for branch in ["main", "master"] {
            assert!(policy.protects(&RefName::parse(&format!("refs/heads/{branch}")).unwrap()), "{name} {branch}");
        }
        assert!(!policy.protects(&RefName::parse("refs/heads/alice/stream").unwrap()), "{name}");
    }
}

#[test]
fn times_are_written_up_to_the_end_of_the_calendar() {
    assert_eq!(format_time(Timestamp::MAX), "9999-12-31T23:59:59Z");
    for seconds in [0, 1, 951_782_400, 1_795_264_200, 253_402_207_199] {
        let time = Timestamp::from_unix_s(seconds).unwrap();
        assert_eq!(parse_time(&format_time(time)), Some(time));
    }
}
