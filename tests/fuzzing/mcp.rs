//! What clients write to the server of tools.

use std::io::Cursor;
use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;

use git_coord::mcp::Said;
use git_coord::mcp::serve;
use git_coord::ui::Report;
use serde_json::Value;

use super::harmless::assert_harmless;

/// Where answers go.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panics while it is held").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Serves the bytes as all that a client says: every answer is a line of JSON to something that was asked.
pub fn run(data: &[u8]) {
    let heard = Heard::default();
    let report = || Report { human: vec!["done".to_owned()], ..Report::default() };
    serve(
        Cursor::new(data.to_vec()),
        heard.clone(),
        Arc::new(move |_, _| Ok(Said { report: report(), is_done: true })),
    )
    .expect("there are threads");
    let heard = heard.0.lock().expect("nobody panics while it is held").clone();
    let heard = String::from_utf8(heard).expect("answers are UTF-8");
    assert!(heard.is_empty() || heard.ends_with('\n'));
    assert_harmless(&heard, "the server");
    let asked: Vec<Value> =
        data.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let mut answers = 0;
    for line in heard.lines() {
        let answer: Value = serde_json::from_str(line).expect("an answer is JSON");
        assert_eq!(answer["jsonrpc"], "2.0", "{line}");
        if answer.get("method").is_some() {
            continue;
        }
        answers += 1;
        assert!(answer.get("result").is_some() != answer.get("error").is_some(), "{line}");
        let id = &answer["id"];
        assert!(id.is_null() || asked.iter().any(|asked| asked["id"] == *id), "nobody asked for {line}");
    }
    let lines = data.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    assert!(answers <= lines, "{answers} answers to {lines} lines");
}
