//! The tour of the README, run as it stands there, by somebody whose home is empty.

use std::fs;

use crate::docs::console;
use crate::docs::pattern::Meaning;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;
use crate::tidy::source::read;

/// Runs the command in the directory where the one before it ended, and leaves word where it ended itself.
const SCRIPT: &str = "exec 2>&1; cd \"$(cat \"$TMPDIR/here\")\" || exit 1\n";
const ENDING: &str = "\ncode=$?; pwd > \"$TMPDIR/here\"; exit $code\n";

#[test]
fn readme_shows_what_happens() {
    let sandbox = Sandbox::new();
    let here = sandbox.root.join("tour");
    fs::create_dir(&here).unwrap();
    assert_eq!(fs::read_dir(&sandbox.home).unwrap().count(), 0, "a newcomer has told git nothing yet");
    fs::write(sandbox.root.join("tmp/here"), here.to_str().unwrap()).unwrap();
    let steps = console::steps(&read("README.md"));
    assert!(steps.len() > 20, "the tour is gone");
    let reader = sandbox.somebody(&here);
    let mut meaning = Meaning::default();
    for step in steps {
        let typed = meaning.translate(&step.command);
        let mut command = reader.command("sh");
        command.arg("-c").arg(format!("{SCRIPT}{typed}{ENDING}"));
        let ran = Ran::of(command);
        assert_eq!(ran.code, 0, "`{typed}` ended otherwise than the README lets one believe: {ran}");
        let printed: Vec<&str> = ran.stdout.trim_end().lines().collect();
        let fits = meaning.fits(&step.expected, &printed);
        assert!(fits, "`{typed}` printed\n{}\nand the README says\n{}", ran.stdout, step.expected.join("\n"));
    }
}
