//! The network, and what a server does with what arrives: requests and answers that are lost, late, twice or in another order.

use git_coord::git::GitError;
use git_coord::git::PushOutcome;
use git_coord::git::PushRequest;
use git_coord::git::PushResult;
use git_coord::ledger::LEDGER_REF;
use git_coord::model::ObjectId;
use git_coord::rules::Refusal;

use crate::support::simulation::hook;
use crate::support::simulation::port::Port;
use crate::support::simulation::port::broken_off;
use crate::support::simulation::reach::Fault;
use crate::support::simulation::settings::Broken;
use crate::support::simulation::stage::Inner;
use crate::support::simulation::world::HUB;
use crate::support::simulation::world::Letter;
use crate::support::simulation::world::MIRROR;
use crate::support::simulation::world::Refs;
use crate::support::simulation::world::Simulation;
use crate::support::simulation::world::main_ref;

fn unreachable() -> GitError {
    let message = "fatal: Could not read from remote repository.".to_owned();
    GitError::Program { program: "git".to_owned(), status: 128, message }
}

fn cut_off() -> GitError {
    let message = "fatal: the remote end hung up unexpectedly".to_owned();
    GitError::Program { program: "git".to_owned(), status: 128, message }
}

/// Sends a request. It may not arrive.
fn depart(port: &Port, what: &str) -> Result<(), GitError> {
    let mut inner = port.step(what)?;
    let clock = inner.clock;
    let is_cut = inner.sea.disks[port.clone].cut_until[port.server] > clock;
    let settings = inner.sea.settings.clone();
    let is_lost = inner.sea.is_stormy && inner.dice.chance(settings.lost_requests);
    let is_slow = inner.sea.is_stormy && inner.dice.chance(settings.delays);
    let wait = if inner.dice.chance(500) { inner.dice.between(5, 200) } else { inner.dice.between(200, 6_000) };
    if is_cut || is_lost {
        inner.sea.reach.fault(if is_cut { Fault::Partition } else { Fault::LostRequest });
        inner.trace.tell(clock, || format!("{} does not reach the server: {what}", port.me));
        drop(inner);
        port.nap(wait)?;
        return Err(unreachable());
    }
    if is_slow {
        inner.sea.reach.fault(Fault::Delay);
        drop(inner);
        port.nap(wait)?;
    }
    Ok(())
}

/// Receives an answer. It may not arrive.
fn arrive(port: &Port, what: &str) -> Result<(), GitError> {
    let mut inner = port.step(what)?;
    let clock = inner.clock;
    let settings = inner.sea.settings.clone();
    let is_lost = inner.sea.is_stormy && inner.dice.chance(settings.lost_acks);
    let is_slow = inner.sea.is_stormy && inner.dice.chance(settings.delays);
    let wait = if inner.dice.chance(500) { inner.dice.between(5, 200) } else { inner.dice.between(200, 6_000) };
    if is_lost {
        inner.sea.reach.fault(Fault::LostAck);
        inner.trace.tell(clock, || format!("{} gets no answer: {what}", port.me));
        drop(inner);
        port.nap(wait)?;
        return Err(cut_off());
    }
    if is_slow {
        inner.sea.reach.fault(Fault::Delay);
        drop(inner);
        port.nap(wait)?;
    }
    Ok(())
}

/// Returns what a server shows a clone, and counts what it is lied to about.
fn show(inner: &mut Inner, port: &Port) -> Refs {
    let sea = &mut inner.sea;
    let server = &sea.servers[port.server];
    let (shown, own) = (server.refs(port.clone), sea.servers[HUB].views[0]);
    let lie = match server.lies.get(&server.view_of[port.clone]) {
        None if port.server == MIRROR && shown != own => Some(Fault::MirrorBehind),
        None => None,
        Some(lie) => {
            let pin = sea.disks[port.clone].confirmed[port.server];
            let is_told = match (lie, shown.head, own.head) {
                (Fault::ServerForks, Some(shown), Some(own)) => !sea.descends(own, shown),
                (Fault::ServerWithholds, Some(shown), Some(own)) => shown != own && sea.descends(own, shown),
                (Fault::ServerRollsBack, Some(shown), _) => pin.is_some_and(|pin| !sea.descends(shown, pin)),
                (Fault::ServerDeletes, shown, _) => shown.is_none(),
                _ => false,
            };
            is_told.then_some(*lie)
        }
    };
    if let Some(lie) = lie {
        sea.reach.fault(lie);
    }
    shown
}

/// Asks a server where its refs are.
pub fn ask(port: &Port) -> Result<Refs, GitError> {
    depart(port, "asking")?;
    let mut inner = port.step("asking")?;
    let refs = show(&mut inner, port);
    drop(inner);
    arrive(port, "what was asked")?;
    Ok(refs)
}

/// Fetches what a server has now.
pub fn fetch(port: &Port) -> Result<Option<ObjectId>, GitError> {
    depart(port, "fetching")?;
    let mut inner = port.step("fetching")?;
    let head = show(&mut inner, port).head;
    let line = head.map(|head| inner.sea.line(head)).unwrap_or_default();
    drop(inner);
    arrive(port, "what was fetched")?;
    port.step("writing what was fetched")?.sea.disks[port.clone].commits.extend(line);
    Ok(head)
}

fn result(name: &str, reason: Option<String>) -> PushResult {
    PushResult { name: name.to_owned(), outcome: reason.map_or(PushOutcome::Ok, PushOutcome::Rejected) }
}

/// Pushes as the git program does: it looks where the refs are, holds the leases against that, and sends.
pub fn push(port: &Port, request: &PushRequest<'_>) -> Result<Vec<PushResult>, GitError> {
    depart(port, "pushing")?;
    let main = main_ref();
    let id_of = |name: &str| {
        let wanted = request.refspecs.iter().filter_map(|spec| spec.split_once(':')).find(|(_, to)| *to == name);
        wanted.and_then(|(from, _)| from.parse::<ObjectId>().ok())
    };
    let lease = |name: &str| request.leases.iter().find(|(leased, _)| leased == name).map(|(_, expected)| *expected);
    let Some(new) = id_of(LEDGER_REF) else { return Err(broken_off()) };
    let mut inner = port.step("looking where the refs are")?;
    let there = show(&mut inner, port);
    drop(inner);
    let code = id_of(main.as_str());
    let is_stale = lease(LEDGER_REF).is_some_and(|expected| expected != there.head);
    let is_code_stale = lease(main.as_str()).is_some_and(|expected| expected != Some(there.main));
    if is_stale || is_code_stale {
        let reason =
            |is_stale: bool| if is_stale { "[rejected] (stale info)" } else { "[rejected] (atomic push failed)" };
        let mut results = vec![result(LEDGER_REF, Some(reason(is_stale).to_owned()))];
        results.extend(code.map(|_| result(main.as_str(), Some(reason(is_code_stale).to_owned()))));
        return Ok(results);
    }
    let letter = Letter {
        clone: port.clone,
        server: port.server,
        old: there.head,
        new,
        code: code.map(|new| (there.main, new)),
        is_forced: lease(LEDGER_REF).is_none(),
        is_again: false,
    };
    send(port, letter)
}

/// Hands a push over to the network.
pub fn send(port: &Port, letter: Letter) -> Result<Vec<PushResult>, GitError> {
    let mut inner = port.step("sending")?;
    let settings = inner.sea.settings.clone();
    if inner.sea.is_stormy && inner.dice.chance(settings.late) {
        let clock = inner.clock;
        inner.trace.tell(clock, || format!("{} sends {}, which is late", port.me, letter.new.short()));
        inner.sea.mail.push(letter);
        let wait = inner.dice.between(5, 6_000);
        drop(inner);
        port.nap(wait)?;
        return Err(cut_off());
    }
    if inner.sea.is_stormy && inner.dice.chance(settings.duplicates) {
        inner.sea.mail.push(Letter { is_again: true, ..letter.clone() });
        inner.sea.oracle.send_twice(letter.new);
    }
    drop(inner);
    let results = take(&port.sim, port.me, &letter)?;
    arrive(port, "the answer to a push")?;
    Ok(results)
}

/// What a server does with a push: its hook, and then the refs move together or not at all.
pub fn take(sim: &Simulation, me: usize, letter: &Letter) -> Result<Vec<PushResult>, GitError> {
    let mut inner = sim.stage.inner();
    let server = &mut inner.sea.servers[letter.server];
    let is_read_only = letter.server == MIRROR;
    if server.forgets {
        server.forgets = false;
        inner.sea.reach.fault(Fault::ServerForgets);
        inner.sea.oracle.forgotten.insert(letter.new);
        return Ok(answers(letter, |_| None));
    }
    // What it said to somebody's push before it says to another one.
    let is_same = |before: &Vec<PushResult>| before.len() == answers(letter, |_| None).len();
    if server.replays
        && let Some(before) = server.last_answers.clone().filter(is_same)
    {
        server.replays = false;
        inner.sea.reach.fault(Fault::ServerReplays);
        inner.sea.oracle.forgotten.insert(letter.new);
        return Ok(before);
    }
    let view = server.view_of[letter.clone];
    if server.lies.get(&view) == Some(&Fault::ServerWithholds) {
        // Somebody else has always been first, it says.
        let words = lost_race(Some(letter.new), letter.old);
        return Ok(answers(letter, |_| Some(words.clone())));
    }
    let is_guarded = inner.sea.settings.is_guarded && view == 0;
    drop(inner);
    if is_read_only {
        return Ok(answers(letter, |_| Some("[remote rejected] (pre-receive hook declined)\nread only".to_owned())));
    }
    if is_guarded && let Err(refusal) = hook::judge(sim, letter) {
        let clock = sim.stage.inner().clock;
        sim.stage.inner().trace.tell(clock, || format!("the hook refuses {}: {}", letter.new.short(), refusal.code));
        return Ok(answers(letter, |_| Some(declined(&refusal))));
    }
    // Somebody else's push may come between the hook and the refs.
    if !sim.stage.point(me) {
        return Err(broken_off());
    }
    let mut inner = sim.stage.inner();
    let answers = move_refs(&mut inner, letter);
    inner.sea.servers[letter.server].last_answers = Some(answers.clone());
    Ok(answers)
}

fn declined(refusal: &Refusal) -> String {
    let words = format!("error: {} ({})", refusal.message, refusal.code);
    format!("[remote rejected] (pre-receive hook declined)\ngit coord: the push is refused\n{words}")
}

fn answers(letter: &Letter, reason: impl Fn(&str) -> Option<String>) -> Vec<PushResult> {
    let mut results = vec![result(LEDGER_REF, reason(LEDGER_REF))];
    results.extend(letter.code.map(|_| result(main_ref().as_str(), reason(main_ref().as_str()))));
    results
}

/// What git says where somebody else was first.
fn lost_race(is: Option<ObjectId>, expected: Option<ObjectId>) -> String {
    let name = |id: Option<ObjectId>| id.map(|id| id.to_string()).unwrap_or_default();
    format!(
        "[remote rejected] (failed to update ref)\nerror: cannot lock ref '{LEDGER_REF}': is at {} but expected {}",
        name(is),
        name(expected)
    )
}

fn move_refs(inner: &mut Inner, letter: &Letter) -> Vec<PushResult> {
    let sea = &mut inner.sea;
    let view = sea.servers[letter.server].view_of[letter.clone];
    let there = sea.servers[letter.server].views[view];
    let compares = sea.settings.broken != Some(Broken::SwapsWithoutComparing);
    if compares && there.head != letter.old {
        let words = lost_race(there.head, letter.old);
        return answers(letter, |name| {
            Some(if name == LEDGER_REF { words.clone() } else { "[remote rejected] (atomic push failure)".to_owned() })
        });
    }
    if letter.code.is_some_and(|(old, _)| old != there.main) {
        return answers(letter, |name| {
            let is_ledger = name == LEDGER_REF;
            Some(
                if is_ledger {
                    "[remote rejected] (atomic push failure)"
                } else {
                    "[remote rejected] (failed to update ref)"
                }
                .to_owned(),
            )
        });
    }
    let is_forward = there.head.is_none_or(|head| sea.descends(letter.new, head));
    let may_rewrite = view != 0 || sea.settings.lets_rewrite && letter.is_forced;
    if compares && !is_forward && !may_rewrite {
        return answers(letter, |_| Some("[remote rejected] (non-fast-forward)".to_owned()));
    }
    let line = sea.line(letter.new);
    let refs = Refs { head: Some(letter.new), main: letter.code.map_or(there.main, |(_, new)| new) };
    sea.servers[letter.server].commits.extend(line);
    sea.servers[letter.server].views[view] = refs;
    let clock = inner.clock;
    inner.trace.tell(clock, || format!("server {} view {view} is at {}", letter.server, letter.new.short()));
    if letter.server == HUB {
        inner.check_server(view, there, is_forward);
    }
    answers(letter, |_| None)
}
