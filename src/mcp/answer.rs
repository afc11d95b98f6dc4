//! What a command came to, as a tool answers it.

use rmcp::model::CallToolResult;
use rmcp::model::ContentBlock;
use serde_json::Value;
use serde_json::json;

use crate::mcp::command::Said;
use crate::mcp::tool::Effect;
use crate::mcp::tool::Extent;
use crate::mcp::tool::Tool;
use crate::ui::ErrorWords;
use crate::ui::Report;

/// How many bytes an answer may have.
struct Room {
    objects: usize,
    text: usize,
}

/// What somebody asks for in passing must not fill a model's context.
const CUT: Room = Room { objects: 8_000, text: 2_000 };

/// Returns the answer of a tool: the objects that `--json` prints, and beside them what people read.
pub(crate) fn of(tool: &Tool, said: Result<Said, ErrorWords>) -> CallToolResult {
    let room = match tool.extent {
        Extent::Cut => CUT,
        Extent::Whole => Room { objects: usize::MAX, text: usize::MAX },
    };
    match said {
        Ok(Said { report, is_done }) => {
            let structured = objects(&report, room.objects);
            let text = text(report.human.into_iter().chain(report.notes), room.text);
            result(structured, text, !is_done && tool.effect == Effect::Acts)
        }
        Err(words) => result(json!({"objects": [words.json()]}), text(words.human().into_iter(), room.text), true),
    }
}

fn result(structured: Value, text: String, is_error: bool) -> CallToolResult {
    let content = vec![ContentBlock::text(text)];
    let mut result = if is_error { CallToolResult::error(content) } else { CallToolResult::success(content) };
    result.structured_content = Some(structured);
    result
}

/// Returns the first objects of an answer, one at least, and how many are left out.
fn objects(report: &Report, bytes_max: usize) -> Value {
    let mut bytes = 0;
    let has_room = |object: &&Value| {
        bytes += object.to_string().len();
        bytes <= bytes_max
    };
    let shown = report.json.iter().take_while(has_room).count().max(1).min(report.json.len());
    let mut told = json!({"objects": report.json[..shown]});
    if shown < report.json.len() {
        told["left_out"] = (report.json.len() - shown).into();
    }
    told
}

fn text(lines: impl Iterator<Item = String>, bytes_max: usize) -> String {
    let lines: Vec<_> = lines.collect();
    let mut bytes = 0;
    let has_room = |line: &&String| {
        bytes += line.len() + 1;
        bytes <= bytes_max
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

    const ASKS: Tool = Tool { name: "", about: "", effect: Effect::Answers, extent: Extent::Cut, parameters: &[] };
    const ACTS: Tool = Tool { effect: Effect::Acts, ..ASKS };
    const WHOLE: Tool = Tool { extent: Extent::Whole, ..ASKS };

    fn said(count: usize, size: usize) -> Said {
        let json = (0..count).map(|_| json!({"text": "x".repeat(size)})).collect();
        let human = (0..count).map(|_| "y".repeat(size)).collect();
        Said { report: Report { human, json, notes: Vec::new() }, is_done: true }
    }

    #[test]
    fn answer_says_what_it_leaves_out() {
        let answer = of(&ASKS, Ok(said(30, 500)));
        let structured = answer.structured_content.unwrap();
        assert_eq!(structured["objects"].as_array().unwrap().len(), 15);
        assert_eq!(structured["left_out"], 15);
        let shown = answer.content[0].as_text().unwrap().text.clone();
        assert!(shown.ends_with("\n… 27 more lines"), "{shown}");
    }

    #[test]
    fn answer_that_fits_is_whole_and_one_object_always_is() {
        let whole = of(&ASKS, Ok(said(3, 100))).structured_content.unwrap();
        assert_eq!((whole["objects"].as_array().unwrap().len(), whole.get("left_out")), (3, None));
        let large = of(&ASKS, Ok(said(1, 20_000))).structured_content.unwrap();
        assert_eq!(large["objects"].as_array().unwrap().len(), 1);
        let all = of(&WHOLE, Ok(said(30, 500)));
        assert_eq!(all.structured_content.unwrap()["objects"].as_array().unwrap().len(), 30);
        assert_eq!(all.content[0].as_text().unwrap().text.lines().count(), 30);
        let none = of(&ASKS, Ok(said(0, 0)));
        assert_eq!(none.structured_content.unwrap(), json!({"objects": []}));
    }

    #[test]
    fn no_is_an_answer_where_one_asks_and_an_error_where_one_acts() {
        let refused = || Ok(Said { is_done: false, ..said(1, 1) });
        assert_eq!(of(&ASKS, refused()).is_error, Some(false));
        assert_eq!(of(&ACTS, refused()).is_error, Some(true));
    }
}
