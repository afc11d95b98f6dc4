//! A program of the user's that says how alike texts are (`coord.overlap.command`).

use std::fs;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;
use crate::support::sandbox::text;

const KEY: &str = "coord.overlap.command";
/// What the program knows: everything green is the same. It notes what it was asked.
const KNOWS_GREEN: &str = "#!/bin/sh\necho \"asked with $*\" >>\"$HOME/asked\"\nwhile read -r text; do\n\
    echo \"$text\" >>\"$HOME/asked\"\ncase \"$text\" in\n*lawn* | *garden*) echo '[3, 4, 0]' ;;\n*) echo '[0, 0, 1]' ;;\nesac\ndone\n";

struct Stage {
    sandbox: Sandbox,
    maria: Actor,
}

impl Stage {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let maria = sandbox.ledger();
        let alice = maria.agent("alice");
        alice.coord(&["claim", "a/", "--intent", "Sweep the garden"]).ok();
        alice.coord(&["claim", "b/", "--intent", "Mow meadows by tractor"]).ok();
        alice.coord(&["claim", "c/", "--intent", "Explain releases"]).ok();
        Self { sandbox, maria }
    }

    /// Asks what is similar; how long claims last yet is left out.
    fn ask(&self) -> Value {
        let mut found = self.maria.coord(&["similar", "Mow the lawn"]).ok().json();
        for one in found["similar"].as_array_mut().unwrap() {
            one["doing"] = Value::Null;
        }
        found
    }

    fn program(&self, content: &str) -> String {
        self.sandbox.script("embed", content).display().to_string()
    }
}

fn intents(found: &Value) -> Vec<String> {
    found["similar"].as_array().unwrap().iter().map(|one| text(&one["intent"])).collect()
}

#[test]
fn program_of_the_user_ranks_what_is_similar() {
    let stage = Stage::new();
    let program = stage.program(KNOWS_GREEN);
    let asked = stage.sandbox.root.join("asked");
    let maria = stage.maria.with_env("HOME", &stage.sandbox.root);
    let stage = Stage { maria, ..stage };
    let before = stage.ask();
    assert_eq!(intents(&before)[0], "Mow meadows by tractor", "{before}");
    stage.maria.git(&["config", KEY, &format!("{program} 'a b' ; x")]);
    let after = stage.ask();
    assert_eq!(intents(&after)[0], "Sweep the garden", "{after}");
    assert!(after["similar"][0]["score"].as_f64().unwrap() >= 1.0, "{after}");
    assert!(text(&after["model"]).starts_with(&format!("{}+embed@", text(&before["model"]))), "{after}");
    let said = fs::read_to_string(&asked).unwrap();
    assert_eq!(
        (said.lines().count(), said.lines().next()),
        (5, Some("asked with a b ; x")),
        "no shell reads it: {said}"
    );
    // What it said is kept, and holds no texts; only what is new is asked.
    assert_eq!(stage.ask(), after);
    assert_eq!(fs::read_to_string(&asked).unwrap(), said);
    let kept = stage.sandbox.root.join("work/.git/coord/vectors");
    assert!(!String::from_utf8_lossy(&fs::read(&kept).unwrap()).contains("garden"));
    let made = stage.maria.coord(&["claim", "d/", "--intent", "Cut the lawn"]).ok().json();
    assert_eq!(intents(&made)[0], "Sweep the garden", "{made}");
    assert_eq!(fs::read_to_string(&asked).unwrap().lines().count(), 7);
    // What is torn is asked anew.
    fs::write(&kept, &fs::read(&kept).unwrap()[..60]).unwrap();
    assert_eq!(intents(&stage.ask())[0], "Cut the lawn");
    // Another command is another model.
    stage.maria.git(&["config", KEY, &program]);
    assert_ne!(stage.ask()["model"], after["model"]);
}

#[test]
fn without_its_answer_the_table_ranks() {
    let stage = Stage::new();
    let before = stage.ask();
    let there = stage.program("#!/bin/sh\ncat >/dev/null\necho '[1, 2]'\n");
    stage.maria.write("embed.sh", "#!/bin/sh\ntouch ran\n");
    let cases = [
        (there.as_str(), "answered 4 texts with 1 arrays"),
        ("/bin/false", "it failed"),
        ("/bin/cat", "no array of numbers"),
        ("/nowhere/embed", "cannot be started"),
        ("./embed.sh", "no absolute path"),
        ("'open", "a quote is not closed"),
        ("# none", "names no program"),
        ("/usr/bin/yes", "says too much"),
    ];
    for (command, why) in cases {
        stage.maria.git(&["config", KEY, command]);
        let mut told = stage.ask();
        assert_eq!(told["fault"].take()["code"], "overlap.command", "{command}");
        assert_eq!(told, before, "{command}");
        let said = stage.maria.say(&["similar", "Mow the lawn"]).ok();
        assert!(said.stderr.contains(KEY) && said.stderr.contains(why), "{command}: {said}");
        assert_eq!(said.stderr.lines().count(), 1, "{said}");
    }
    assert!(!stage.maria.has("ran"));
    // Nothing fails for it.
    let claimed = stage.maria.say(&["claim", "d/", "--intent", "Mow the lawn"]).ok();
    assert!(claimed.stderr.contains(KEY), "{claimed}");
    stage.maria.git(&["config", "--unset", KEY]);
    assert_eq!(stage.maria.say(&["similar", "Mow the lawn"]).ok().stderr, "");
}

/// A program that never ends does so after ten seconds, with what it started, which would hold its output open.
#[test]
fn program_that_takes_too_long_is_ended_with_all_that_it_started() {
    let stage = Stage::new();
    let before = stage.ask();
    let started = stage.sandbox.root.join("started");
    let program = stage.program("#!/bin/sh\nsleep 3600 &\necho $! >\"$1\"\nwait\n");
    stage.maria.git(&["config", KEY, &format!("{program} '{}'", started.display())]);
    let begun = Instant::now();
    let said = stage.maria.say(&["similar", "Mow the lawn"]).ok();
    let took = begun.elapsed();
    assert!(said.stderr.contains(KEY) && said.stderr.contains("it took longer than 10 s"), "{said}");
    assert!(took >= Duration::from_secs(10) && took < Duration::from_secs(30), "{took:?}");
    let child = fs::read_to_string(&started).unwrap();
    let state = || fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    let until = Instant::now() + Duration::from_secs(5);
    while state().contains(") S ") && Instant::now() < until {
        thread::sleep(Duration::from_millis(20));
    }
    assert!(!state().contains(") S "), "{} goes on", child.trim());
    stage.maria.git(&["config", "--unset", KEY]);
    assert_eq!(stage.ask(), before);
}
