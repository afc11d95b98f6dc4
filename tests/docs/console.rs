//! Console blocks of a page: commands behind `$ `, and below each what it prints.

/// A command of a page.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// The command, with the lines behind `> ` that continue it.
    pub command: String,
    /// What it prints.
    pub expected: Vec<String>,
}

/// Returns the commands of all console blocks of a page.
pub fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_console = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
        } else if is_console {
            take(&mut steps, line);
        }
    }
    steps
}

fn take(steps: &mut Vec<Step>, line: &str) {
    if let Some(command) = line.strip_prefix("$ ") {
        steps.push(Step { command: command.to_owned(), expected: Vec::new() });
        return;
    }
    let step = steps.last_mut().expect("a console block begins with a command");
    match line.strip_prefix("> ") {
        Some(more) if step.expected.is_empty() => step.command.push_str(&format!("\n{more}")),
        _ => step.expected.push(line.to_owned()),
    }
}

#[test]
fn commands_are_taken_apart_from_what_they_print() {
    let page = "a\n```console\n$ one <<END\n> two\n> END\nthree\n\nfour\n```\n```toml\n$ five\n```\n";
    let expected = ["three", "", "four"].map(str::to_owned).to_vec();
    assert_eq!(steps(page), [Step { command: "one <<END\ntwo\nEND".to_owned(), expected }]);
}
