//! Live records as resources: `coord://claim/c-…` is what `show` tells of one.

use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::model::ListResourcesResult;
use rmcp::model::ReadResourceResult;
use rmcp::model::Resource;
use rmcp::model::ResourceContents;
use rmcp::model::ResourceTemplate;
use rmcp::service::RequestContext;
use serde_json::Value;
use serde_json::json;

use crate::mcp::service::Service;
use crate::model::RecordId;
use crate::model::RecordKind;
use crate::ui::ErrorWords;
use crate::ui::json_line;
use crate::ui::quoted;

/// What comes before the kind of a record.
const SCHEME: &str = "coord://";
/// So many resources are listed at once.
const PAGE: usize = 100;
const JSON: &str = "application/json";
/// The commands that tell which records are live.
const LISTS: &[&str] = &["status", "findings", "decisions"];
/// The code of a failure that says that there is no such record.
const NOT_FOUND: &str = "usage.not-found";

fn word(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Claim => "claim",
        RecordKind::Decision => "decision",
        RecordKind::Finding => "finding",
        RecordKind::Request => "request",
        RecordKind::Task => "task",
    }
}

/// Returns the patterns of addresses.
pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let kinds = [RecordKind::Claim, RecordKind::Decision, RecordKind::Finding, RecordKind::Request].map(word);
    let template = |kind: &str| ResourceTemplate::new(format!("{SCHEME}{kind}/{{id}}"), kind).with_mime_type(JSON);
    kinds.into_iter().map(template).collect()
}

/// Returns one page of the live records.
pub(crate) async fn list(
    service: &Service,
    cursor: Option<String>,
    context: &RequestContext<RoleServer>,
) -> Result<ListResourcesResult, ErrorData> {
    let no_cursor = || ErrorData::invalid_params("that is no cursor of this list", None);
    let start: usize = cursor.map_or(Ok(0), |cursor| cursor.parse()).map_err(|_| no_cursor())?;
    let mut found = Vec::new();
    for list in LISTS {
        match service.run(vec![(*list).to_owned()], context).await? {
            Ok(said) => found.extend(said.report.json.iter().filter_map(resource)),
            // A repository where nobody coordinates has no records, and no client need complain of it.
            Err(words) if words.code == "ledger.none" => {}
            Err(words) => return Err(failed(&words)),
        }
    }
    let mut page = ListResourcesResult::with_all_items(found.iter().skip(start).take(PAGE).cloned().collect());
    page.next_cursor = (found.len() > start.saturating_add(PAGE)).then(|| (start + PAGE).to_string());
    Ok(page)
}

/// Returns what `show` tells of the record with an address.
pub(crate) async fn read(
    service: &Service,
    uri: &str,
    context: &RequestContext<RoleServer>,
) -> Result<ReadResourceResult, ErrorData> {
    let id = id_of(uri).ok_or_else(|| ErrorData::resource_not_found("there is no such resource", None))?;
    let words = ["show", "--", id.as_str()].map(str::to_owned).to_vec();
    let said = service.run(words, context).await?.map_err(|words| failed(&words))?;
    let text = json_line(&json!({"objects": said.report.json}));
    Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(JSON)]))
}

/// Returns the record that an address names, if it could be one.
fn id_of(uri: &str) -> Option<RecordId> {
    let (kind, id) = uri.strip_prefix(SCHEME)?.split_once('/')?;
    RecordId::parse(id).ok().filter(|id| word(id.kind()) == kind)
}

/// Returns a record as an entry of the list; what is no record has none.
fn resource(object: &Value) -> Option<Resource> {
    let id = RecordId::parse(object.get("id")?.as_str()?).ok()?;
    let about = ["intent", "title", "text", "question"].iter().find_map(|key| object.get(key)?.as_str());
    let resource = Resource::new(format!("{SCHEME}{}/{id}", word(id.kind())), id.to_string()).with_mime_type(JSON);
    Some(match about {
        Some(about) => resource.with_description(quoted(about)),
        None => resource,
    })
}

fn failed(words: &ErrorWords) -> ErrorData {
    let (message, data) = (format!("{} ({})", words.message, words.code), Some(words.json()));
    if words.code == NOT_FOUND {
        return ErrorData::resource_not_found(message, data);
    }
    ErrorData::internal_error(message, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_names_a_record_of_its_kind_and_nothing_else() {
        assert_eq!(id_of("coord://claim/c-7k2f9qxm").unwrap().as_str(), "c-7k2f9qxm");
        for uri in ["coord://request/c-7k2f9qxm", "coord://claim/../c-7k2f9qxm", "file:///c-7k2f9qxm", "coord://claim/"]
        {
            assert_eq!(id_of(uri), None, "{uri}");
        }
    }
}
