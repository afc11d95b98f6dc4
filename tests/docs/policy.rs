//! `docs/policy.md` explains every key of a policy, and no other.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::tidy::source::read;

/// Returns the words in the first cells of a section's tables.
fn rows(page: &str, heading: &str) -> BTreeSet<String> {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
    let section = rest.split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    cells.map(|(key, _)| key.to_owned()).collect()
}

fn keys(properties: &Value) -> BTreeSet<String> {
    properties.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn page_of_the_policy_explains_every_key() {
    let page = read("docs/policy.md");
    let schema: Value = serde_json::from_str(&read("schema/policy.schema.json")).unwrap();
    let file = &schema["properties"];
    let role = &file["roles"]["additionalProperties"]["properties"];
    let protect = &schema["$defs"]["protection"]["properties"];
    let mission = &file["missions"]["additionalProperties"]["properties"];
    let limits = keys(&mission["claims"]["properties"]).into_iter().map(|key| format!("claims.{key}"));
    let action = &file["actions"]["items"]["properties"];
    let rights = role["may"]["items"]["enum"].as_array().unwrap();
    let rights = rights.iter().map(|right| right.as_str().unwrap().to_owned());
    for (heading, expected) in [
        ("The file", keys(file)),
        ("`[root]`", keys(&file["root"]["properties"])),
        ("`[roles.<name>]`", keys(role).into_iter().chain(rights).collect()),
        ("`[claims]`", keys(&file["claims"]["properties"])),
        ("`[missions.<name>]`", limits.chain(["protect".to_owned()]).collect()),
        ("`[[protect]]`", keys(protect)),
        ("`[[protect.approvals]]`", keys(&protect["approvals"]["items"]["properties"])),
        ("`[[protect.checks]]`", keys(&protect["checks"]["items"]["properties"])),
        ("`[[actions]]`", keys(action)),
        ("`[[actions.approvals]]`", keys(&action["approvals"]["items"]["properties"])),
    ] {
        assert_eq!(rows(&page, heading), expected, "{heading}");
    }
}

/// A value that a key may have is told beside the key, and so is what it is without any.
#[test]
fn page_of_the_policy_names_every_value() {
    let page = read("docs/policy.md");
    let schema: Value = serde_json::from_str(&read("schema/policy.schema.json")).unwrap();
    let mut open = vec![("", &schema["properties"]), ("", &schema["$defs"]["protection"])];
    let mut found = 0;
    while let Some((key, value)) = open.pop() {
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with(&format!("| `{key}` |"))).collect();
        let tells = |word: &str| rows.iter().any(|row| row.contains(&format!("`{word}`")));
        let words = [&value["enum"], &value["items"]["enum"]];
        // What an array holds is told with the array.
        for word in words.iter().filter_map(|words| words.as_array()).flatten().filter(|_| key != "items") {
            let word = word.as_str().unwrap();
            assert!(key == "may" || tells(word), "`{key}` may be `{word}`");
            found += 1;
        }
        if let Some(default) = value["default"].as_str() {
            assert!(tells(default), "`{key}` is `{default}` by default");
        }
        open.extend(
            value
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(_, value)| value.is_object())
                .map(|(key, value)| (key.as_str(), value)),
        );
    }
    assert!(found > 20, "the schema is read");
}
