//! Pushes that meet at a real server: one takes away what another rests on, and many come at once.

use std::fs;
use std::process::Child;
use std::process::Stdio;

use git_coord::ledger::Edit;
use git_coord::model::RecordId;
use git_coord::model::RecordPath;
use git_coord::rules::Code;

use crate::real_servers::kind::Kind;
use crate::real_servers::kind::on_every_server;
use crate::real_servers::row::Row;
use crate::real_servers::served::Served;
use crate::server::stage::MAIN;
use crate::server::stage::Stage;
use crate::support::sandbox::wait_for;
use crate::support::world::Actor;

on_every_server!(what_moved_since_the_check_is_judged_again many_pushes_at_once_are_one_after_the_other);

const FN: &str = "fn a() { 1 }\n";

/// Begins a push, and does not wait for it.
fn begin(served: &Served, refspec: &str) -> Child {
    let mut command = served.program(&served.work, "git");
    let child = command.args(["push", "hub", refspec]).stdin(Stdio::null()).stdout(Stdio::null());
    child.stderr(Stdio::piped()).spawn().unwrap()
}

/// Returns whether a push was taken, and what was said.
fn end(child: Child) -> (bool, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Lets the next push wait, once the gate has said yes, until the door is open; those after it pass.
fn shut_door(served: &Served) {
    let (at, shut) = (served.hub.join("at"), served.root.join("shut"));
    let hook = served.hub.join("hooks/pre-receive");
    let text = fs::read_to_string(&hook).unwrap();
    if !text.contains("# door") {
        let door = format!(
            "\n# door\nn=0\n[ -e {shut} ] && mkdir {at} 2>/dev/null && while [ -e {shut} ] && [ $n -lt 1200 ]; do\n\
             n=$((n + 1)); sleep 0.05\ndone\nexit 0\n",
            at = at.display(),
            shut = shut.display()
        );
        fs::write(&hook, text + &door).unwrap();
    }
    fs::remove_dir(at).ok();
    fs::write(shut, "").unwrap();
}

/// Pushes something while another push stands between check and move. Returns how that one ends.
#[track_caller]
fn meanwhile(served: &Served, refspec: &str, what: impl FnOnce()) -> (bool, String) {
    shut_door(served);
    let waiting = begin(served, refspec);
    wait_for("push at the door", || served.hub.join("at").exists().then_some(()));
    what();
    fs::remove_file(served.root.join("shut")).unwrap();
    end(waiting)
}

fn what_moved_since_the_check_is_judged_again(kind: Kind) {
    let served = Served::new(kind);
    let asked = served.approved("x", "src/a.rs", FN);
    let request = RecordId::parse(&asked.id).unwrap();
    let edit = Edit { path: RecordPath::Approval(request, Actor::named("bob").id), text: None };
    let withdrawal = Stage::to_ledger(&served.entry(&[edit]).write(&served, "bob"));
    let before = served.hub_tip(MAIN);
    let (is_taken, said) = meanwhile(&served, "x:main", || {
        served.accepted(&[&withdrawal]);
    });
    assert!(!is_taken, "bob has taken his word back: {said}");
    assert_eq!(served.hub_tip(MAIN), before);
    served.refused(&["x:main"], Code::ApprovalThreshold);
    // Git lets only what is said over ssh through from here.
    let has_words = said.contains(Code::PushMoved.as_str());
    assert_eq!(has_words, matches!(kind, Kind::Ssh | Kind::Gitolite), "{said}");
    let told = if has_words { format!("`{}`", Code::PushMoved) } else { "the server hangs up".to_owned() };
    served.saw(Row::Moved, &format!("refused: {told}; taken"));

    // The legal twin: bob's word stands, and what comes in between is no entry.
    served.sync();
    served.approve("bob", &asked);
    let (is_taken, said) = meanwhile(&served, "x:main", || {
        served.accepted(&["x:topic"]);
    });
    assert!(is_taken, "{said}");
    served.assert_landed();
}

fn many_pushes_at_once_are_one_after_the_other(kind: Kind) {
    let served = Served::new(kind);
    served.approved("x", "src/a.rs", FN);
    let names: Vec<String> = (0..5).map(|number| format!("refs/heads/topic{number}")).collect();
    let refspecs = names.iter().map(|name| format!("x:{name}")).chain(["x:main".to_owned()]);
    let running: Vec<_> = refspecs.map(|refspec| (begin(&served, &refspec), refspec)).collect();
    for (push, refspec) in running {
        // Whoever was not taken, for another one held a lock, is told so and asks again.
        if !end(push).0 {
            served.accepted(&[&refspec]);
        }
    }
    for name in names.iter().map(String::as_str).chain([MAIN]) {
        assert_eq!(served.hub_tip(name), served.tip("x"), "{name}");
    }
    served.assert_landed();
    served.at_hub(&["fsck", "--strict"]);
    served.saw(Row::Together, "all taken, one landing recorded");
}
