//! An agent without a model: it calls what is installed for its program, and decides by chance.

use std::fs;
use std::path::Path;

use serde_json::Value;
use serde_json::json;

use crate::agents::installed::call;
use crate::agents::installed::command_line;
use crate::agents::play::chronicle::Chronicle;
use crate::agents::play::chronicle::What;
use crate::agents::play::chronicle::Who;
use crate::agents::play::desk::Desk;
use crate::agents::play::stopwatch::Stopwatch;
use crate::agents::told::Heard;
use crate::agents::told::edit_in;
use crate::agents::told::heard;
use crate::mcp::client::Client;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::servers::Random;

/// Why a landing is tried again: somebody else was faster.
const OVERTAKEN: &str = "ref.not-forward";

/// An agent in its program.
pub struct Player<'a> {
    pub who: Who,
    pub actor: &'a Actor,
    client: &'static str,
    /// The principals that play, by number.
    everybody: &'a [String],
    chronicle: &'a Chronicle,
    watch: &'a Stopwatch,
    random: Random,
    /// The server of tools, if it runs already.
    server: Option<Client>,
    session: usize,
    written: usize,
    /// How often a merge had to be put right by hand.
    pub conflicts: usize,
    /// How often somebody else landed first.
    pub overtaken: usize,
}

/// What came of the wish to edit a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    Written,
    /// Another has it in hand; the agent turns to something else.
    Left,
}

/// What a hook said before an edit.
struct Answer {
    may: bool,
    /// Somebody holds the file.
    is_held: bool,
    /// Who was named.
    named: Vec<Who>,
    /// Where it stands in the chronicle.
    at: Option<usize>,
}

impl Answer {
    /// Without a hook nothing is said.
    fn unasked() -> Self {
        Self { may: true, is_held: false, named: Vec::new(), at: None }
    }
}

/// Returns what a file of the play is called.
pub fn name_of(file: usize) -> String {
    format!("src/part-{file:02}.txt")
}

impl<'a> Player<'a> {
    pub fn new(
        who: Who,
        (actor, client): (&'a Actor, &'static str),
        everybody: &'a [String],
        (chronicle, watch): (&'a Chronicle, &'a Stopwatch),
        seed: u64,
    ) -> Self {
        let random = Random::new(seed.wrapping_add(who as u64 * 1_000_003));
        Self {
            who,
            actor,
            client,
            everybody,
            chronicle,
            watch,
            random,
            server: None,
            session: 0,
            written: 0,
            conflicts: 0,
            overtaken: 0,
        }
    }

    /// Takes the hooks away: those of the program, which else would be called, and those of git.
    pub fn without_hooks(mut self) -> Self {
        self.server = Some(self.server());
        self.actor.coord(&["agent", "uninstall", self.client]).ok();
        self.actor.coord(&["hooks", "uninstall"]).ok();
        self
    }

    /// Returns the server of tools that is installed for the program.
    pub fn server(&self) -> Client {
        let (program, arguments) = match self.client {
            "codex" => {
                let settings: toml::Table = toml::from_str(&self.actor.read(".codex/config.toml")).unwrap();
                named(&serde_json::to_value(&settings["mcp_servers"]["coord"]).unwrap())
            }
            client => {
                let file = if client == "claude" { ".mcp.json" } else { ".gemini/settings.json" };
                let settings: Value = serde_json::from_str(&self.actor.read(file)).unwrap();
                named(&settings["mcpServers"]["coord"])
            }
        };
        let mut command = self.actor.command(program);
        command.args(arguments);
        let mut client = Client::run(command);
        client.initialize("2025-06-18");
        client
    }

    /// Works until it has made so many edits, and has landed them.
    pub fn play(&mut self, edits: usize, files: usize, desk: &Desk) {
        let mut tools = self.server.take().unwrap_or_else(|| self.server());
        while self.written < edits {
            self.begin_session();
            tools.call("brief", json!({}));
            let first = self.written;
            let goal = edits.min(self.written + 10 + self.below(8));
            while self.written < goal {
                let file = self.below(files);
                // An agent is seldom done with a file after one edit.
                let mut is_written = self.wish(file) == Wish::Written;
                while is_written && self.written < goal && self.once_in(2) {
                    is_written = self.wish(file) == Wish::Written;
                }
                if is_written && self.once_in(3) {
                    self.commit();
                }
            }
            self.commit();
            // Some give back what they hold before it has landed: others are told of it all the same.
            let leaves_early = self.once_in(2);
            if leaves_early {
                self.end_session();
            }
            self.land(&mut tools, desk, &format!("Edits {first} to {} of {}", self.written, self.name()));
            if !leaves_early {
                self.end_session();
            }
        }
        assert!(tools.leave().success());
    }

    /// Asks the hook, and edits the file if nothing speaks against it.
    pub fn wish(&mut self, file: usize) -> Wish {
        let mut answer = self.ask(file);
        // Who is told of others' work may go on: it knows whom it meets when both land.
        if answer.is_held || !answer.named.is_empty() && !self.once_in(2) {
            return Wish::Left;
        }
        if !answer.may {
            // A program that cannot speak beside an edit stops it once.
            answer = self.ask(file);
        }
        if !answer.may {
            return Wish::Left;
        }
        self.edit(file, answer.at);
        Wish::Written
    }

    /// Asks before an edit.
    fn ask(&self, file: usize) -> Answer {
        let payload = edit_in(&self.session_name(), self.client, &self.actor.directory, &name_of(file));
        let asked = self.chronicle.note(self.who, What::Asked);
        let Some(ran) = self.hook("before-edit", &payload) else { return Answer::unasked() };
        let (may, said) = match heard(self.client, &ran) {
            Heard::GoesOn(said) => (true, said),
            Heard::Stopped(said) => (false, said),
        };
        let others = (0..self.everybody.len()).filter(|other| *other != self.who);
        let named: Vec<Who> = others.filter(|other| said.contains(&self.everybody[*other])).collect();
        if !may {
            let is_helpful = said.contains(&name_of(file)) && said.contains("hint: ");
            assert!(is_helpful && !named.is_empty(), "it says neither who nor what to do: {said}");
        }
        let at = self.chronicle.note(self.who, What::Answered { file, asked, may, named: named.clone() });
        // It is advised to wait for what is held, and to look at what is only changed.
        Answer { may, is_held: !may && said.contains("--queue"), named, at: Some(at) }
    }

    fn edit(&mut self, file: usize, answered: Option<usize>) {
        let path = name_of(file);
        let line = format!("{} edit-{:03}\n", self.name(), self.written);
        self.chronicle.write(self.who, file, answered, || {
            let before = fs::read_to_string(self.actor.directory.join(&path)).unwrap_or_default();
            self.actor.write(&path, &format!("{before}{line}"));
        });
        self.written += 1;
        let mut payload = edit_in(&self.session_name(), self.client, &self.actor.directory, &path);
        payload["hook_event_name"] = json!(if self.client == "gemini" { "AfterTool" } else { "PostToolUse" });
        if let Some(ran) = self.hook("after-edit", &payload) {
            ran.ok();
        }
    }

    /// Commits what was edited, if anything was.
    pub fn commit(&self) {
        self.actor.git(&["add", "--", "src"]);
        if self.actor.try_git(&["diff", "--cached", "--quiet"]).code != 0 {
            let message = format!("Edit {}", self.written);
            self.watch.time("commit", || self.actor.git(&["commit", "-q", "-m", &message]));
        }
    }

    /// Puts the own commits on top of what has landed. Where both have added lines, both stay.
    pub fn catch_up(&mut self) {
        // The work trees of one clone have the remote's references in common, and git does not wait for another fetch.
        self.actor.git(&["fetch", "-q", "--refmap=", "hub", "main"]);
        let mut rebased = self.watch.time("rebase", || self.actor.try_git(&["rebase", "-q", "FETCH_HEAD"]));
        while rebased.code != 0 {
            self.keep_both(&rebased);
            rebased = self.actor.with_env("GIT_EDITOR", "true").try_git(&["rebase", "--continue"]);
        }
    }

    /// Puts right what a rebase stopped at.
    fn keep_both(&mut self, stopped: &Ran) {
        let conflicting = self.actor.git(&["diff", "--name-only", "--diff-filter=U"]);
        assert!(!conflicting.is_empty(), "{stopped}");
        self.conflicts += 1;
        for path in conflicting.lines() {
            let is_mark = |line: &&str| ["<<<<<<< ", "=======", ">>>>>>> "].iter().any(|mark| line.starts_with(mark));
            let kept: String = self
                .actor
                .read(path)
                .lines()
                .filter(|line| !is_mark(line))
                .fold(String::new(), |text, line| text + line + "\n");
            self.actor.write(path, &kept);
            self.actor.git(&["add", "--", path]);
        }
    }

    fn land(&mut self, tools: &mut Client, desk: &Desk, title: &str) {
        self.catch_up();
        let watch = self.watch;
        let mut request = watch.time("request", || tools.call("request", json!({"into": "main", "title": title})));
        loop {
            desk.approve(&request);
            let begun = self.chronicle.note(self.who, What::Begun);
            match desk.land(&request) {
                Ok(()) => {
                    self.chronicle.note(self.who, What::Landed { begun });
                    break;
                }
                Err(said) => {
                    let rules = said["rules"].as_array().into_iter().flatten();
                    let mut codes = rules.chain([&said]).filter_map(|said| said["code"].as_str());
                    assert!(codes.all(|code| code == OVERTAKEN), "{}: {said}", self.name());
                    self.overtaken += 1;
                    self.catch_up();
                    let update = json!({"update": request["id"]});
                    request = watch.time("request", || tools.call("request", update));
                }
            }
        }
        self.catch_up();
    }

    fn begin_session(&mut self) {
        self.session += 1;
        if let Some(ran) = self.hook("session-start", &self.payload("SessionStart")) {
            ran.ok();
        }
    }

    /// Ends the session, which gives back what was claimed for it.
    pub fn end_session(&self) {
        let begun = self.chronicle.note(self.who, What::Begun);
        if let Some(ran) = self.hook("session-end", &self.payload("SessionEnd")) {
            ran.ok();
        }
        self.chronicle.note(self.who, What::Ended { begun });
    }

    fn payload(&self, event: &str) -> Value {
        let mut payload = edit_in(&self.session_name(), self.client, &self.actor.directory, "x");
        for key in ["tool_name", "tool_input", "tool_use_id"] {
            payload.as_object_mut().unwrap().remove(key);
        }
        payload["hook_event_name"] = json!(event);
        payload
    }

    /// Calls what the settings have for an event, if they have anything.
    fn hook(&self, event: &str, payload: &Value) -> Option<Ran> {
        let (place, file) = match self.client {
            "codex" => (self.actor.at("../work"), ".codex/hooks.json"),
            "claude" => (self.actor.clone(), ".claude/settings.json"),
            _ => (self.actor.clone(), ".gemini/settings.json"),
        };
        let is_there = Path::new(&place.directory).join(file).exists();
        let line = is_there.then(|| command_line(self.actor, self.client, event, payload));
        line.map(|line| self.watch.time(event, || call(self.actor, &line, payload)))
    }

    fn session_name(&self) -> String {
        format!("{}-session-{}", self.name(), self.session)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.random.below(end as u64)).unwrap()
    }

    /// Returns true once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Returns the principal's name.
    pub fn name(&self) -> &str {
        &self.everybody[self.who]
    }
}

/// Returns the command line of a server in settings.
fn named(server: &Value) -> (String, Vec<String>) {
    (server["command"].as_str().unwrap().to_owned(), serde_json::from_value(server["args"].clone()).unwrap())
}
