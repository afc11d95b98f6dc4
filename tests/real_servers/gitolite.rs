//! gitolite with hooks that one repository has for itself: its driver takes the place of ours, and asks us all the same.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

use git_coord::rules::Code;
use serde_json::Value;

use crate::real_servers::kind::Kind;
use crate::real_servers::served::Served;
use crate::support::sandbox::text;
use crate::support::servers::Gitolite;
use crate::tidy::source::read;

/// Writes a hook that repositories can be given.
fn offer(served: &Served, name: &str, script: &str) {
    let file = Gitolite::offered(served.server.repository()).join(name);
    fs::write(&file, script).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
}

/// Returns the script that the page of servers tells people to write, as a server finds the program that is not on its path.
fn script(served: &Served) -> String {
    let page = read("docs/servers.md");
    let lines = page.lines().map(str::trim).skip_while(|line| *line != "#!/bin/sh").take_while(|line| *line != "```");
    let script = lines.collect::<Vec<_>>().join("\n");
    script.replace("exec git-coord hook", &format!("exec {} hook", served.program_file().display())) + "\n"
}

/// Returns what `doctor` there says of the hooks, and of the level.
fn health(served: &Served) -> [Value; 2] {
    let looks = served.coord_at_server(&["doctor"]).objects();
    ["hooks", "enforcement"].map(|subject| looks.iter().find(|look| look["subject"] == subject).unwrap().clone())
}

#[test]
fn its_driver_asks_us_where_the_option_names_us() {
    if !Kind::Gitolite.is_here() {
        return;
    }
    let served = Served::new(Kind::Gitolite);
    let repository = served.server.repository().to_owned();
    served.approved("x", "src/a.rs", "fn a() { 1 }\n");

    // Somebody else's hook puts us out of the gate; what is below it holds a protected branch, and knows no approvals.
    offer(&served, "other", "#!/bin/sh\ncat >/dev/null\necho other\n");
    Gitolite::configure(&repository, "    option hook.pre-receive = other\n");
    served.refused(&["x:main"], Code::RefAlias);
    served.accepted(&["x:topic"]);
    let [hooks, level] = health(&served);
    assert_eq!(hooks["message"], "pre-receive missing");
    assert!(text(&hooks["mend"]).contains("option hook.pre-receive"), "{hooks}");
    assert!(text(&level["message"]).contains("as far as is known here"), "{level}");
    // What would not stay is not written.
    let link = fs::read_link(repository.join("hooks/pre-receive")).unwrap();
    served.coord_at_server(&["hooks", "install", "--server"]);
    assert_eq!(fs::read_link(repository.join("hooks/pre-receive")).unwrap(), link);

    offer(&served, "git-coord", &script(&served));
    let option = |hook: &str, codes: &str| format!("    option hook.{hook} = {codes}\n");
    Gitolite::configure(
        &repository,
        &(option("pre-receive", "other git-coord") + &option("post-receive", "git-coord")),
    );
    let [hooks, level] = health(&served);
    assert_eq!(hooks["message"], "installed: pre-receive, reference-transaction, post-receive");
    assert!(text(&level["message"]).contains("the server hooks are here"), "{level}");
    served.branch("y");
    served.commit("alice", "src/b.rs", "fn b() { 1 }\n");
    served.turned_away(&["y:main"], Code::ApprovalDelta);
    let said = served.accepted(&["x:main"]).stderr;
    assert!(said.contains("remote: other") && said.contains("remote: git coord: recorded refs/heads/main"), "{said}");
    served.assert_landed();

    // The driver passes over what is gone.
    fs::remove_file(Gitolite::offered(&repository).join("git-coord")).unwrap();
    served.branch("z");
    served.commit("alice", "src/c.rs", "fn c() { 1 }\n");
    let before = served.at_hub(&["for-each-ref"]);
    let said = served.push(&["z:main"]);
    assert!(said.code != 0 && said.stderr.contains(Code::RefAlias.as_str()), "{said}");
    assert_eq!(served.at_hub(&["for-each-ref"]), before);
    served.said("dave", &["claim", "docs/", "--intent", "Other work"]);
    assert_eq!(health(&served)[0]["message"], "pre-receive missing, post-receive missing");
}
