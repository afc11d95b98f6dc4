//! Records that are damaged at random: the parser never panics, and takes nothing that the schema refuses.

use git_coord::format::parse_record;
use git_coord::model::RecordPath;
use proptest::prelude::Just;
use proptest::prelude::Strategy;
use proptest::prelude::any;
use proptest::prop_assert;
use proptest::prop_oneof;
use proptest::proptest;
use proptest::sample::Index;

use super::sample::KINDS;
use super::sample::VALID;
use super::sample::objection;
use super::sample::path_of;
use super::sample::written;

/// What the parser takes, TOML takes and the schema takes.
fn check_agreement(kind: &str, text: &str) -> Result<(), String> {
    let table: Option<toml::Table> = text.parse().ok();
    let path = RecordPath::parse(&path_of(kind, table.as_ref())).unwrap();
    let Ok(record) = parse_record(&path, text.as_bytes()) else { return Ok(()) };
    let table = table.ok_or("the parser takes what is not TOML")?;
    if let Some(objection) = objection(kind, &table) {
        return Err(format!("the schema objects: {objection}"));
    }
    let Some(again) = written(&record) else { return Ok(()) };
    match parse_record(&path, again.as_bytes()) {
        Ok(same) if same == record => Ok(()),
        other => Err(format!("written as {again}, read as {other:?}")),
    }
}

/// Bits of records, to be put where they do not belong.
fn scrap() -> impl Strategy<Value = String> {
    const SCRAPS: &[&str] = &[
        "\"",
        "'",
        "\n",
        "\r\n",
        "[",
        "]",
        "{ }",
        "=",
        ",",
        "#",
        "0",
        "-1",
        "1.0",
        "1e3",
        "inf",
        "true",
        "é",
        "\u{202e}",
        "\u{0}",
        "\\",
        "\\u0007",
        "**",
        "/",
        ".",
        "2026-11-21",
        "2026-11-21T12:30:00Z",
        "23:59:60",
        "+01:00",
        "format = 2",
        "rev = 2",
        "\n[root]\n",
        "\n[[claims]]\n",
        "[[], 1]",
        "\"\"\"",
        "9223372036854775808",
        "\"$__toml_private_datetime\" = \"x\"",
    ];
    prop_oneof![
        proptest::sample::select(SCRAPS).prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        Just(String::new())
    ]
}

fn mutate(text: &mut String, at: Index, length: usize, scrap: &str) {
    let starts: Vec<usize> = text.char_indices().map(|(index, _)| index).chain([text.len()]).collect();
    let from = at.index(starts.len());
    let to = (from + length).min(starts.len() - 1);
    text.replace_range(starts[from]..starts[to], scrap);
}

/// Text near the grammars of patterns, refs, resources, ids, spans and prose.
fn near_value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-cA-Z/*?\\[\\]!^\\\\.:-]{0,12}",
        "(src|\\.git|\\*\\*|\\[a-z\\]|\\[!\\]|\\.\\.|\\[--a\\]|[a*?]|\\\\\\]){0,3}(/(src|\\*\\*|\\[.-0\\]|\\.|[a*?\\[\\]-]{1,6})){0,3}/?",
        "refs/(heads|tags)/(-|refs|HEAD|main|a\\.|b\\.lock|@\\{|\\.\\.|[a-z@.{-]{1,4})(/[a-z.]{1,6})?",
        "[a-z.-]{0,3}(:[A-Z0-9/._-]{0,4})?",
        "[a-z-]{0,4}-[0-9a-g]{7,9}",
        "[cfrt]-[0-9a-z]{7,9}",
        "0{0,2}[0-9]{1,9}[smhdw]?",
        "sha25[56]:[0-9a-f]{63,65}",
        "[0-9a-fA-F]{39,41}",
        "(1969|1970|2026|9999)-(02|12)-(28|30|31)[T ](00|23):59:(00|59|60)(\\.0)?(Z|z|[+-](01|23|24):00)?",
        any::<String>(),
    ]
}

/// Returns the record with the string (or the date) at some place replaced.
fn replace_value(table: &toml::Table, at: Index, value: &str) -> toml::Table {
    let mut table = table.clone();
    let mut places = Vec::new();
    table.iter_mut().for_each(|(_, inner)| collect_values(inner, &mut places));
    let count = places.len();
    let place = places.swap_remove(at.index(count));
    *place = value.parse().map(toml::Value::Datetime).unwrap_or_else(|_| toml::Value::String(value.to_owned()));
    table
}

fn collect_values<'t>(value: &'t mut toml::Value, places: &mut Vec<&'t mut toml::Value>) {
    match value {
        toml::Value::Array(items) => items.iter_mut().for_each(|item| collect_values(item, places)),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, inner)| collect_values(inner, places)),
        toml::Value::Integer(_) | toml::Value::Boolean(_) | toml::Value::Float(_) => {}
        toml::Value::String(_) | toml::Value::Datetime(_) => places.push(value),
    }
}

proptest! {
    #[test]
    fn what_the_parser_takes_of_damaged_records_the_schema_takes(
        which in any::<Index>(), edits in proptest::collection::vec((any::<Index>(), 0_usize..12, scrap()), 1..4)
    ) {
        let sample = which.get(&VALID);
        let mut text = String::from_utf8(sample.bytes.clone()).unwrap();
        edits.iter().for_each(|(at, length, scrap)| mutate(&mut text, *at, *length, scrap));
        let agreement = check_agreement(sample.kind, &text);
        prop_assert!(agreement.is_ok(), "{} in\n{text}", agreement.unwrap_err());
    }

    #[test]
    fn what_the_parser_takes_of_unusual_values_the_schema_takes(
        which in any::<Index>(), at in any::<Index>(), value in near_value()
    ) {
        let sample = which.get(&VALID);
        let text = replace_value(&sample.table().unwrap(), at, &value).to_string();
        let agreement = check_agreement(sample.kind, &text);
        prop_assert!(agreement.is_ok(), "{} in\n{text}", agreement.unwrap_err());
    }

    #[test]
    fn any_bytes_are_read_without_panic(kind in proptest::sample::select(&KINDS[..]), bytes in any::<Vec<u8>>()) {
        let _ = parse_record(&RecordPath::parse(&path_of(kind, None)).unwrap(), &bytes);
    }
}
