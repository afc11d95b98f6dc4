//! Our entries in settings files that are somebody else's: put in, taken out, and nothing else touched.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;
use serde_json::json;

use crate::agents::told::CLIENTS;
use crate::support::sandbox::Actor;
use crate::support::sandbox::Sandbox;

/// Every file below a directory but git's, with what is in it.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.file_name().unwrap() == ".git" {
                continue;
            }
            if entry.is_dir() && !entry.is_symlink() {
                pending.push(entry);
            } else {
                let name = entry.strip_prefix(root).unwrap().display().to_string();
                found.insert(name, fs::read(&entry).unwrap());
            }
        }
    }
    found
}

fn somebody(sandbox: &Sandbox) -> Actor {
    sandbox.repository("work")
}

fn install(actor: &Actor, client: &str) -> Value {
    actor.coord(&["agent", "install", client]).ok().json()
}

fn uninstall(actor: &Actor, client: &str) -> Value {
    actor.coord(&["agent", "uninstall", client]).ok().json()
}

const PLACES: [(&str, &str); 8] = [
    ("claude", ".claude/settings.json"),
    ("claude", ".mcp.json"),
    ("codex", ".codex/hooks.json"),
    ("gemini", ".gemini/settings.json"),
    ("cursor", ".cursor/hooks.json"),
    ("cursor", ".cursor/mcp.json"),
    ("copilot", ".github/hooks/git-coord.json"),
    ("opencode", "opencode.json"),
];

#[test]
fn what_was_not_there_goes_again_without_a_trace() {
    let sandbox = Sandbox::new();
    let actor = somebody(&sandbox);
    let before = files(&actor.directory);
    for client in CLIENTS {
        let said = install(&actor, client);
        assert_eq!((&said["client"], &said["written"]), (&json!(client), &json!(true)));
        let installed = files(&actor.directory);
        assert!(said["files"].as_array().unwrap().len() >= 3, "{said}");
        assert_eq!(install(&actor, client)["files"], json!([]), "twice is once");
        assert_eq!(files(&actor.directory), installed);
        uninstall(&actor, client);
        assert_eq!(files(&actor.directory), before, "{client}");
        assert_eq!(uninstall(&actor, client)["files"], json!([]));
        for folder in [".claude", ".codex", ".gemini", ".cursor", ".github", ".opencode", ".agents"] {
            assert!(!actor.has(folder), "{client} leaves {folder}");
        }
    }
    for client in CLIENTS {
        install(&actor, client);
    }
    for client in CLIENTS {
        uninstall(&actor, client);
    }
    assert_eq!(files(&actor.directory), before);
}

#[test]
fn foreign_settings_survive_byte_for_byte() {
    let foreign = [
        "",
        "{}",
        "{\r\n\t\"permissions\": {\"allow\": [\"Bash(ls)\"]},\r\n\t\"model\" : \"x\"\r\n}",
        "\u{feff}{ \"hooks\" : { } , \"mcpServers\":{}, \"mcp\":{} }\n\n",
        "{\"hooks\":{\"PreToolUse\":[{\"matcher\":\"Bash\",\"hooks\":[{\"type\":\"command\",\"command\":\"guard\"}]}],\
         \"preToolUse\":[{\"command\":\"guard\",\"bash\":\"guard\"}],\"BeforeTool\":[]},\"x\":1,\"x\":2}",
        "{\n  // mine\n  \"a\": [1,\n 2,], /* and */\n}\n// end",
    ];
    for text in foreign {
        let sandbox = Sandbox::new();
        let actor = somebody(&sandbox);
        for (_, path) in PLACES {
            actor.write(path, text);
        }
        actor.write("AGENTS.md", "# Mine\r\n\r\nText without an end");
        actor.write(".codex/config.toml", "model = \"x\" # mine\n[mcp_servers.other]\ncommand='y'");
        let before = files(&actor.directory);
        for client in CLIENTS {
            install(&actor, client);
            assert_ne!(files(&actor.directory), before, "{client}: {text:?}");
            uninstall(&actor, client);
            assert_eq!(files(&actor.directory), before, "{client}: {text:?}");
        }
    }
}

#[test]
fn older_entry_is_replaced_in_its_place_and_others_keep_theirs() {
    let sandbox = Sandbox::new();
    let actor = somebody(&sandbox);
    actor.write(".claude/settings.json", "{\n    \"model\": \"x\"\n}\n");
    install(&actor, "claude");
    let installed = actor.read(".claude/settings.json");
    assert!(installed.starts_with("{\n    \"hooks\": {\n        \"SessionStart\": ["), "{installed}");
    let value: Value = serde_json::from_str(&installed).unwrap();
    let command = value["hooks"]["PreToolUse"][0]["hooks"][0]["command"].as_str().unwrap();
    let binary = command.split(" agent hook").next().unwrap();
    actor.write(".claude/settings.json", &installed.replace(binary, "/old/git-coord").replace("60", "10"));
    install(&actor, "claude");
    assert_eq!(actor.read(".claude/settings.json"), installed);
    // What somebody put beside it since stays.
    let theirs =
        installed.replacen("\"PreToolUse\": [", "\"PreToolUse\": [\n{\"hooks\": [{\"command\": \"guard\"}]},", 1);
    actor.write(".claude/settings.json", &theirs);
    uninstall(&actor, "claude");
    let left: Value = serde_json::from_str(&actor.read(".claude/settings.json")).unwrap();
    assert_eq!(left, json!({"model": "x", "hooks": {"PreToolUse": [{"hooks": [{"command": "guard"}]}]}}));
}

#[test]
fn dry_run_shows_a_diff_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let actor = somebody(&sandbox);
    actor.write(".claude/settings.json", "{\n  \"model\": \"x\"\n}");
    let before = files(&actor.directory);
    let shown = actor.say(&["agent", "install", "claude", "--dry-run"]).ok().stdout;
    assert_eq!(files(&actor.directory), before);
    let place = actor.directory.join(".claude/settings.json").display().to_string();
    assert!(shown.contains(&format!("--- {place}\n+++ {place}\n@@ -1,3 +1,")), "{shown}");
    assert!(
        shown.contains("\n {\n+  \"hooks\": {\n") && shown.contains("\n   \"model\": \"x\"\n }\n\\ No newline"),
        "{shown}"
    );
    assert!(shown.contains("--- /dev/null\n") && shown.contains("+## Working beside others: git coord\n"), "{shown}");
    // It is a patch: git takes it.
    let patch = sandbox.root.join("patch");
    let relative = shown.replace(&format!("--- {}/", actor.directory.display()), "--- a/");
    fs::write(&patch, relative.replace(&format!("+++ {}/", actor.directory.display()), "+++ b/")).unwrap();
    actor.git(&["apply", patch.to_str().unwrap()]);
    let by_hand = files(&actor.directory);
    assert_eq!(install(&actor, "claude")["files"], json!([]), "what was shown is what is written");
    assert_eq!(files(&actor.directory), by_hand);
    let shown = actor.say(&["agent", "uninstall", "claude", "--dry-run"]).ok().stdout;
    assert!(shown.contains("+++ /dev/null\n"), "{shown}");
    assert_eq!(files(&actor.directory), by_hand);
}

/// Nothing is written, if one of the files is not to be touched.
#[test]
fn what_cannot_be_done_without_harm_is_refused_as_a_whole() {
    for (client, path) in PLACES {
        for text in ["{", "{\"a\":1}}", "nonsense", "[]", "{\"hooks\":1,\"mcpServers\":1,\"mcp\":1}"] {
            let sandbox = Sandbox::new();
            let actor = somebody(&sandbox);
            actor.write(path, text);
            let before = files(&actor.directory);
            let said = actor.coord(&["agent", "install", client]).fails(5, "agent.settings");
            assert!(said["message"].as_str().unwrap().contains(path), "{said}");
            assert_eq!(files(&actor.directory), before, "{client} {text}");
        }
    }
    let sandbox = Sandbox::new();
    let actor = somebody(&sandbox);
    let place = actor.directory.join(".claude/settings.json");
    actor.write(".claude/settings.json", "{}");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o444)).unwrap();
    actor.coord(&["agent", "install", "claude"]).fails(5, "agent.settings");
    assert_eq!(actor.read(".claude/settings.json"), "{}");
    assert!(!actor.has(".mcp.json"));
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    actor.coord(&["agent", "install", "claude"]).fails(5, "agent.settings");
    fs::remove_dir(&place).unwrap();
    actor.write(".codex/config.toml", "not toml");
    actor.coord(&["agent", "install", "codex"]).fails(5, "agent.settings");
    actor.write("AGENTS.md", "<!-- >>> git-coord >>> -->\n");
    actor.coord(&["agent", "install", "claude"]).fails(5, "agent.settings");
    actor.coord(&["agent", "install", "claude", "--no-instructions"]).ok();
    assert!(!actor.has(".claude/skills"));
}

#[test]
fn links_are_followed_within_the_work_tree_and_not_out_of_it() {
    let sandbox = Sandbox::new();
    let actor = somebody(&sandbox);
    actor.write("dotfiles/claude.json", "{\"model\": \"x\"}");
    fs::create_dir(actor.directory.join(".claude")).unwrap();
    symlink("../dotfiles/claude.json", actor.directory.join(".claude/settings.json")).unwrap();
    install(&actor, "claude");
    assert!(actor.directory.join(".claude/settings.json").is_symlink());
    assert!(actor.read("dotfiles/claude.json").contains("agent hook claude before-edit"));
    uninstall(&actor, "claude");
    assert_eq!(actor.read("dotfiles/claude.json"), "{\"model\": \"x\"}");

    let outside = sandbox.root.join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("settings.json"), "{}").unwrap();
    fs::remove_file(actor.directory.join(".claude/settings.json")).unwrap();
    symlink(outside.join("settings.json"), actor.directory.join(".claude/settings.json")).unwrap();
    actor.coord(&["agent", "install", "claude"]).fails(5, "agent.settings");
    symlink(&outside, actor.directory.join(".codex")).unwrap();
    actor.coord(&["agent", "install", "codex"]).fails(5, "agent.settings");
    symlink(".git", actor.directory.join(".gemini")).unwrap();
    actor.coord(&["agent", "install", "gemini"]).fails(5, "agent.settings");
    assert_eq!(fs::read_to_string(outside.join("settings.json")).unwrap(), "{}");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1);
}

#[test]
fn servers_of_others_and_files_that_were_changed_stay() {
    let sandbox = Sandbox::new();
    let actor = somebody(&sandbox);
    actor.write(".mcp.json", "{\"mcpServers\": {\"coord\": {\"command\": \"theirs\"}}}");
    actor.write(".codex/config.toml", "[mcp_servers.coord]\ncommand = \"theirs\"\n");
    for client in ["claude", "codex"] {
        let said = install(&actor, client);
        assert!(said["remarks"].to_string().contains("which stays"), "{said}");
        uninstall(&actor, client);
    }
    assert_eq!(actor.read(".mcp.json"), "{\"mcpServers\": {\"coord\": {\"command\": \"theirs\"}}}");
    assert_eq!(actor.read(".codex/config.toml"), "[mcp_servers.coord]\ncommand = \"theirs\"\n");

    install(&actor, "opencode");
    let plugin = actor.read(".opencode/plugin/git-coord.js");
    actor.write(".opencode/plugin/git-coord.js", &format!("{plugin}// mine\n"));
    assert!(uninstall(&actor, "opencode")["remarks"].to_string().contains("changed by somebody"));
    assert!(actor.has(".opencode/plugin/git-coord.js"));
    actor.write(".opencode/plugin/git-coord.js", "// theirs\n");
    actor.coord(&["agent", "install", "opencode"]).fails(5, "agent.settings");
    assert_eq!(actor.read(".opencode/plugin/git-coord.js"), "// theirs\n");
}

/// Whoever wraps what we say, or adds to it, has made it theirs.
#[test]
fn lines_and_servers_that_are_like_ours_stay() {
    let sandbox = Sandbox::new();
    let actor = somebody(&sandbox);
    let lines = [
        "/old/git-coord agent hook claude before-edit || exit 2; guard",
        "guard && /old/git-coord agent hook claude before-edit || exit 2",
        "/old/git-coord agent hook claude before-edit | tee log",
    ];
    let hooks = |line: &str| json!({"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": line}]}]}});
    for line in lines {
        actor.write(".claude/settings.json", &hooks(line).to_string());
        install(&actor, "claude");
        assert!(actor.read(".claude/settings.json").contains(line), "{line}");
        uninstall(&actor, "claude");
        assert_eq!(actor.read(".claude/settings.json"), hooks(line).to_string());
    }
    for line in
        ["/old/git-coord agent hook claude before-edit", "'/a b/git-coord' agent hook claude before-edit || exit 2"]
    {
        actor.write(".claude/settings.json", &hooks(line).to_string());
        install(&actor, "claude");
        assert!(!actor.read(".claude/settings.json").contains(line), "{line}");
        uninstall(&actor, "claude");
    }
    let server = |server: Value| json!({"mcpServers": {"coord": server}}).to_string();
    for theirs in [
        json!({"command": "/old/git-coord", "args": ["mcp"], "env": {"GIT_COORD_AS": "me"}}),
        json!({"command": "sandboxed /old/git-coord", "args": ["mcp"]}),
        json!({"command": "sandboxed", "args": ["/old/git-coord", "mcp"]}),
        json!({"command": "/old/git-coord", "args": ["mcp", "--read-only"]}),
    ] {
        actor.write(".cursor/mcp.json", &server(theirs.clone()));
        assert!(install(&actor, "cursor")["remarks"].to_string().contains("which stays"), "{theirs}");
        uninstall(&actor, "cursor");
        assert_eq!(actor.read(".cursor/mcp.json"), server(theirs));
    }
    actor.write(".cursor/mcp.json", &server(json!({"command": "/old/git-coord", "args": ["mcp"]})));
    install(&actor, "cursor");
    assert!(!actor.read(".cursor/mcp.json").contains("/old/"));
}

/// Codex writes its settings as well: into what is between our marks, and over one of them.
#[test]
fn what_codex_writes_among_ours_survives() {
    let sandbox = Sandbox::new();
    let actor = sandbox.somebody(&sandbox.root);
    let place = sandbox.home.join(".codex/config.toml");
    let codex = |verb: &str| actor.coord(&["agent", verb, "codex", "--user"]).ok().json();
    fs::create_dir(sandbox.home.join(".codex")).unwrap();
    fs::write(&place, "model = \"x\"\n").unwrap();
    codex("install");
    let installed = fs::read_to_string(&place).unwrap();
    let (start, end) = ("# >>> git-coord >>>\n", "# <<< git-coord <<<\n");
    let other = "[mcp_servers.other]\ncommand = \"echo\"\n";
    for grown in [
        installed.replace(end, &format!("\n{other}{end}")),
        installed.replace(start, "\n").replace(end, &format!("\n{other}{end}")),
        installed.replace(start, &format!("{start}{other}")),
    ] {
        fs::write(&place, &grown).unwrap();
        codex("install");
        assert_eq!(fs::read_to_string(&place).unwrap(), grown, "it is all there");
        codex("uninstall");
        let left = fs::read_to_string(&place).unwrap();
        assert!(left.starts_with("model = \"x\"\n") && left.contains(other), "{left}");
        assert!(!left.contains("git-coord"), "{left}");
    }
    fs::write(&place, &installed).unwrap();
    codex("uninstall");
    assert_eq!(fs::read_to_string(&place).unwrap(), "model = \"x\"\n");
}

/// Codex hands on to a server what it is told to hand on, and nothing else of ours.
#[test]
fn server_of_codex_is_told_who_acts() {
    let sandbox = Sandbox::new();
    let actor = somebody(&sandbox);
    install(&actor, "codex");
    let config: toml::Table = toml::from_str(&actor.read(".codex/config.toml")).unwrap();
    let told = config["mcp_servers"]["coord"]["env_vars"].as_array().unwrap();
    for name in ["GIT_COORD_AS", "XDG_DATA_HOME", "SSH_AUTH_SOCK"] {
        assert!(told.iter().any(|told| told.as_str() == Some(name)), "{name}");
    }
}

/// What somebody wrote into our section is theirs.
#[test]
fn section_that_somebody_changed_stays() {
    let sandbox = Sandbox::new();
    let actor = somebody(&sandbox);
    install(&actor, "claude");
    let changed = actor.read("AGENTS.md").replace("1. **Brief.**", "Run `make test` first.\n1. **Brief.**");
    actor.write("AGENTS.md", &changed);
    for said in
        [install(&actor, "claude"), install(&actor, "codex"), uninstall(&actor, "codex"), uninstall(&actor, "claude")]
    {
        let remarks = said["remarks"].to_string();
        // Codex leaves it alone while Claude Code needs it.
        let is_asked = said["client"] == "claude" || remarks.contains("trusted project");
        assert_eq!(remarks.contains("AGENTS.md was changed by somebody"), is_asked, "{said}");
        assert_eq!(actor.read("AGENTS.md"), changed);
    }
}

#[test]
fn section_goes_with_the_last_program_that_wants_it() {
    let sandbox = Sandbox::new();
    let actor = somebody(&sandbox);
    actor.write("AGENTS.md", "# Mine\n");
    install(&actor, "claude");
    install(&actor, "codex");
    install(&actor, "cursor");
    let whole = actor.read("AGENTS.md");
    assert!(whole.starts_with("# Mine\n<!-- >>> git-coord >>> "), "{whole}");
    assert_eq!(whole.matches("## Working beside others").count(), 1);
    uninstall(&actor, "codex");
    assert!(actor.has(".agents/skills/git-coord/SKILL.md") && actor.has(".claude/skills/git-coord/SKILL.md"));
    uninstall(&actor, "cursor");
    assert!(!actor.has(".agents") && actor.read("AGENTS.md") == whole);
    uninstall(&actor, "claude");
    assert_eq!(actor.read("AGENTS.md"), "# Mine\n");
}

#[test]
fn settings_of_the_user_hold_for_every_repository() {
    let sandbox = Sandbox::new();
    let actor = sandbox.somebody(&sandbox.root);
    fs::create_dir_all(sandbox.home.join(".claude")).unwrap();
    fs::write(sandbox.home.join(".claude/settings.json"), "{\"model\": \"x\"}").unwrap();
    let before = files(&sandbox.home);
    for client in CLIENTS {
        actor.coord(&["agent", "install", client, "--user"]).ok();
    }
    let server: Value =
        serde_json::from_str(&fs::read_to_string(sandbox.home.join(".copilot/mcp-config.json")).unwrap()).unwrap();
    assert_eq!(server["mcpServers"]["coord"]["tools"], json!(["*"]));
    assert!(!sandbox.home.join("AGENTS.md").exists());
    for client in CLIENTS {
        actor.coord(&["agent", "uninstall", client, "--user"]).ok();
    }
    assert_eq!(files(&sandbox.home), before);
    // Without --user there is nothing to install into.
    actor.coord(&["agent", "install", "claude"]).fails(5, "git.no-repository");
}
