//! What a command came to, as a tool answers it.

use rmcp::model::CallToolResult;
use rmcp::model::ContentBlock;
use serde_json::Value;
use serde_json::json;

use crate::mcp::command::Said;
use crate::mcp::tool::Effect;
use crate::ui::ErrorWords;
use crate::ui::Report;

/// So many bytes of objects are in an answer: what somebody asks for in passing must not fill a model's context.
const OBJECTS_BYTES_MAX: usize = 8_000;
/// So many bytes of text.
const TEXT_BYTES_MAX: usize = 2_000;

/// Returns the answer of a tool: the objects that `--json` prints, and beside them what people read.
pub(crate) fn of(effect: Effect, said: Result<Said, ErrorWords>) -> CallToolResult {
    match said {
        Ok(Said { report, is_done }) => {
            let structured = objects(&report);
            let text = text(report.human.into_iter().chain(report.notes));
            result(structured, text, !is_done && effect == Effect::Acts)
        }
        Err(words) => result(json!({"objects": [words.json()]}), text(words.human().into_iter()), true),
    }
}

fn result(structured: Value, text: String, is_error: bool) -> CallToolResult {
    let content = vec![ContentBlock::text(text)];
    let mut result = if is_error { CallToolResult::error(content) } else { CallToolResult::success(content) };
    result.structured_content = Some(structured);
    result
}

/// Returns the first objects of an answer, one at least, and how many are left out.
fn objects(report: &Report) -> Value {
    let mut bytes = 0;
    let has_room = |object: &&Value| {
        bytes += object.to_string().len();
        bytes <= OBJECTS_BYTES_MAX
    };
    let shown = report.json.iter().take_while(has_room).count().max(1).min(report.json.len());
    let mut told = json!({"objects": report.json[..shown]});
    if shown < report.json.len() {
        told["left_out"] = (report.json.len() - shown).into();
    }
    told
}

fn text(lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<_> = lines.collect();
    let mut bytes = 0;
    let has_room = |line: &&String| {
        bytes += line.len() + 1;
        bytes <= TEXT_BYTES_MAX
    };
    let shown = lines.iter().take_while(has_room).count().max(1).min(lines.len());
    let mut text = lines[..shown].join("\n");
    if shown < lines.len() {
        text.push_str(&format!("\n… {} more lines", lines.len() - shown));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(count: usize, size: usize) -> Said {
        let json = (0..count).map(|_| json!({"text": "x".repeat(size)})).collect();
        let human = (0..count).map(|_| "y".repeat(size)).collect();
        Said { report: Report { human, json, notes: Vec::new() }, is_done: true }
    }

    #[test]
    fn answer_says_what_it_leaves_out() {
        let answer = of(Effect::Answers, Ok(said(30, 500)));
        let structured = answer.structured_content.unwrap();
        assert_eq!(structured["objects"].as_array().unwrap().len(), 15);
        assert_eq!(structured["left_out"], 15);
        let shown = answer.content[0].as_text().unwrap().text.clone();
        assert!(shown.ends_with("\n… 27 more lines"), "{shown}");
    }

    #[test]
    fn answer_that_fits_is_whole_and_one_object_always_is() {
        let whole = of(Effect::Answers, Ok(said(3, 100))).structured_content.unwrap();
        assert_eq!((whole["objects"].as_array().unwrap().len(), whole.get("left_out")), (3, None));
        let large = of(Effect::Answers, Ok(said(1, 20_000))).structured_content.unwrap();
        assert_eq!(large["objects"].as_array().unwrap().len(), 1);
        let none = of(Effect::Answers, Ok(said(0, 0)));
        assert_eq!(none.structured_content.unwrap(), json!({"objects": []}));
    }

    #[test]
    fn no_is_an_answer_where_one_asks_and_an_error_where_one_acts() {
        let refused = || Ok(Said { is_done: false, ..said(1, 1) });
        assert_eq!(of(Effect::Answers, refused()).is_error, Some(false));
        assert_eq!(of(Effect::Acts, refused()).is_error, Some(true));
    }
}
