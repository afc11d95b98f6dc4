//! What honest actors do: claims, findings, requests, reviews, landings, changes of the rules and of principals.

use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Claim;
use git_coord::model::Contention;
use git_coord::model::Finding;
use git_coord::model::FindingState;
use git_coord::model::PolicyRequest;
use git_coord::model::Principal;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Standing;
use git_coord::model::Timestamp;
use git_coord::rules::Code;
use git_coord::rules::State;
use git_coord::rules::Update;
use git_coord::rules::takeable_from;

use crate::support::simulation::agent::Agent;
use crate::support::simulation::agent::Ended;
use crate::support::simulation::agent::half_an_hour_after;
use crate::support::simulation::code::Work;
use crate::support::simulation::drafts;
use crate::support::simulation::hook::verdict;
use crate::support::simulation::network;
use crate::support::simulation::world::main_ref;
use crate::support::world::Actor;
use crate::support::world::POLICY;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;
use crate::support::world::write;

pub const PATHS: [&[&str]; 7] =
    [&["src/a.rs"], &["src/b.rs"], &["src/"], &["src/*.rs"], &["docs/x.md"], &["tests/", "docs/"], &["src/core/c.rs"]];
pub const FILES: [&str; 5] = ["src/a.rs", "src/b.rs", "docs/x.md", "tests/t.rs", "src/core/c.rs"];

impl Agent {
    /// Returns an id that was not used before.
    pub fn new_id(&mut self, kind: RecordKind) -> RecordId {
        let [a, b, c, d, e, ..] = self.dice.throw().to_be_bytes();
        RecordId::from_random(kind, [a, b, c, d, e])
    }

    /// Does one thing that its role is for.
    pub fn work(&mut self) {
        match (self.actor.id.name().to_owned().as_str(), self.dice.below(20)) {
            (_, 0 | 1) => self.look(),
            ("alice" | "bob" | "trudy", 2..=4) => self.claim(),
            ("alice" | "bob" | "trudy", 5..=7) => {
                self.claim();
                self.ask();
            }
            ("alice" | "bob" | "trudy", 8..=10) => self.renew_or_release(),
            ("alice" | "bob" | "trudy", 11..=15) => self.ask(),
            ("alice" | "bob" | "trudy", 16) => self.close_request(),
            ("carol" | "dave" | "erin" | "sam", 2..=13) => self.answer(),
            ("carol" | "dave" | "erin" | "sam", 14 | 15) => self.triage(),
            ("maria" | "rosa", 2..=5) => self.change_policy(),
            ("maria" | "rosa", 6..=8) => self.change_principal(),
            ("maria" | "rosa" | "nora" | "olga", 9..=16) => self.land(),
            ("nora" | "olga", 2..=5) => self.answer(),
            ("nora" | "olga", 6) => {
                self.claim();
                self.ask();
            }
            ("nora" | "olga", 7) => self.revoke_claim(),
            _ => self.find(),
        }
    }

    pub fn claim(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        let me = self.actor.id.clone();
        let paths = PATHS[self.dice.below(PATHS.len() as u64) as usize];
        let queued = self.dice.chance(200);
        let id = self.new_id(RecordKind::Claim);
        let mut takes_over = false;
        let ended = self.write("claim", &mut ledger, |state, time| {
            let mut claim = drafts::claim(id.clone(), &me, paths, half_an_hour_after(time));
            if queued {
                claim.contention = Contention::Queue;
            }
            let over = state.claims.values().map(|lease| &lease.claim);
            let over = over.filter(|other| other.conflicts_with(&claim) && takeable_from(state, other) <= time);
            let mut edits: Vec<Edit> = over.map(take_away).collect();
            takes_over = !edits.is_empty();
            edits.push(put(&claim));
            Ok(edits)
        });
        if takes_over && ended == Ended::Done {
            self.sim.stage.inner().sea.reach.deed("takes over");
        }
        self.close(ledger);
    }

    fn own_claim(&mut self, state: &State) -> Option<Claim> {
        let me = &self.actor.id;
        let own = state.claims.values().filter(|lease| lease.claim.holder == *me).map(|lease| lease.claim.clone());
        self.dice.choose(own)
    }

    fn renew_or_release(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        let releases = self.dice.chance(500);
        if let Some(claim) = self.own_claim(ledger.state()) {
            self.write(if releases { "release" } else { "renew" }, &mut ledger, |_, time| {
                let renewed = Claim { rev: claim.rev + 1, expires: half_an_hour_after(time), ..claim.clone() };
                Ok(vec![if releases { take_away(&claim) } else { put(&renewed) }])
            });
        }
        self.close(ledger);
    }

    fn revoke_claim(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        let by = self.actor.id.clone();
        if let Some(claim) = self.dice.choose(ledger.state().claims.values().map(|lease| lease.claim.clone())) {
            self.write("revoke a claim", &mut ledger, |_, _| {
                Ok(vec![put(&Claim { rev: claim.rev + 1, revoked_by: Some(by.clone()), ..claim.clone() })])
            });
        }
        self.close(ledger);
    }

    fn find(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        let severity = *self.dice.pick(&[Severity::Low, Severity::Low, Severity::High]).unwrap();
        let (id, me) = (self.new_id(RecordKind::Finding), self.actor.id.clone());
        let path = FILES[self.dice.below(5) as usize];
        self.write("find", &mut ledger, |_, _| Ok(vec![put(&drafts::finding(id.clone(), &me, severity, &[path]))]));
        self.close(ledger);
    }

    fn triage(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        if let Some(finding) = self.dice.choose(ledger.state().findings.values().map(|noted| noted.finding.clone())) {
            self.write("triage", &mut ledger, |_, _| {
                let (rev, state) = (finding.rev + 1, FindingState::Resolved);
                Ok(vec![put(&Finding { rev, state, ..finding.clone() })])
            });
        }
        self.close(ledger);
    }

    /// Asks to land a piece of work under a claim of its own.
    fn ask(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        let claim = self.own_claim(ledger.state());
        let fitting: Vec<&str> = FILES
            .iter()
            .filter(|file| claim.as_ref().is_none_or(|claim| claim.covers_path(file.as_bytes())))
            .copied()
            .collect();
        let path = self.dice.pick(&fitting).copied().unwrap_or(FILES[0]);
        let parent = ledger.state().landed.get(&main_ref()).map(|landed| landed.new);
        if let Some(parent) = parent {
            let work = Work {
                parent,
                author: self.actor.id.name().to_owned(),
                path: path.to_owned(),
                content: format!("{}", self.dice.throw()),
            };
            let facts = {
                let mut inner = self.sim.stage.inner();
                let head = inner.sea.code.commit(work);
                inner.sea.code.facts(parent, head)
            };
            let (id, me) = (self.new_id(RecordKind::Request), self.actor.id.clone());
            let facts = facts.expect("a commit follows its parent");
            let mut request = drafts::request(id, &me, &facts, claim.as_ref());
            if self.dice.chance(60) {
                request.target = RefName::parse("refs/heads/release/1").unwrap();
            }
            self.write("ask", &mut ledger, |_, _| Ok(vec![put(&request)]));
        }
        self.close(ledger);
    }

    pub fn some_request(&mut self, state: &State) -> Option<Request> {
        self.dice.choose(state.requests.values().map(|pending| pending.request.clone()))
    }

    /// Returns a request, rather one that somebody has answered.
    fn reviewed_request(&mut self, state: &State) -> Option<Request> {
        let requests = state.requests.values().map(|pending| pending.request.clone());
        let reviewed = requests.filter(|request| state.answers(&request.id).next().is_some());
        self.dice.choose(reviewed).or_else(|| self.some_request(state))
    }

    fn answer(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        let now = self.now();
        ledger.pull(now).ok();
        if let Some(request) = self.some_request(ledger.state()) {
            let answer = match self.dice.below(16) {
                0 => Answer::Veto,
                1 => Answer::Reject,
                _ => Answer::Approve,
            };
            let (me, withdraws) = (self.actor.id.clone(), self.dice.chance(300));
            let has_answered = |state: &State| state.answers(&request.id).any(|word| word.approval.principal == me);
            self.write("answer", &mut ledger, |state, _| {
                let Some(enrolled) = state.principal(&me) else { return Err(Code::RecordMissing) };
                let word = drafts::answer(&me, &enrolled.record.role, &request, answer, state.policy.version);
                Ok(vec![if has_answered(state) && withdraws { take_away(&word) } else { put(&word) }])
            });
        }
        self.close(ledger);
    }

    fn close_request(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        if let Some(request) = self.some_request(ledger.state()) {
            self.write("close", &mut ledger, |state, _| {
                let words = state.answers(&request.id).map(|word| take_away(&word.approval));
                Ok([take_away(&request)].into_iter().chain(words).collect())
            });
        }
        self.close(ledger);
    }

    /// Lands a request as the program does: what was decided at a height is what is recorded at that height, in one push with
    /// the move of the ref.
    fn land(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        let now = self.now();
        if ledger.pull(now).is_ok()
            && let Ok(there) = network::ask(ledger.store())
            && let Some(request) = self.reviewed_request(ledger.state())
        {
            let head = self.rebased(there.main, &request);
            let facts = self.sim.stage.inner().sea.code.facts(there.main, head);
            let state = ledger.state().clone();
            let verdict = verdict(&state, &state, facts.as_ref(), Some(&request.id), now, (Some(there.main), head));
            let rights_head = ledger.chain().head;
            match (verdict.code(), facts) {
                (None, Some(facts)) => {
                    let update = Update { target: main_ref(), old: Some(there.main), new: Some(head) };
                    git_coord::ledger::Exchange::traffic(ledger.store()).carry(&update);
                    // Between the decision and the entry others go on.
                    let pause = self.dice.between(1, 20_000);
                    self.sim.stage.sleep(self.me, pause);
                    let decided = drafts::Decided { verdict: verdict.digest(), height: state.height, rights_head, now };
                    self.write("land", &mut ledger, |state, _| {
                        if state.height != decided.height {
                            return Err(Code::PushMoved);
                        }
                        Ok(drafts::landing(state, &request, &facts, &decided))
                    });
                    git_coord::ledger::Exchange::traffic(ledger.store()).carry_nothing();
                }
                (code, _) => {
                    let code = code.unwrap_or(Code::RefNotForward);
                    self.tell(|| format!("may not land {}: {code}", request.id));
                    let mut inner = self.sim.stage.inner();
                    for rule in verdict.rules.iter().filter_map(|rule| rule.code) {
                        inner.sea.reach.code(rule);
                    }
                }
            }
        }
        self.close(ledger);
    }

    /// Returns the head of a request on top of where the branch is now, as its author would have rebased it.
    fn rebased(&mut self, tip: git_coord::model::ObjectId, request: &Request) -> git_coord::model::ObjectId {
        let mut inner = self.sim.stage.inner();
        let Some(work) = inner.sea.code.works.get(&request.head).cloned() else { return request.head };
        if work.parent == tip || self.dice.chance(150) {
            return request.head;
        }
        inner.sea.code.commit(Work { parent: tip, ..work })
    }

    fn change_policy(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        let me = self.actor.id.clone();
        let proposal = self.dice.choose(ledger.state().proposals.values().map(|proposed| proposed.request.clone()));
        match proposal {
            Some(request) if self.dice.chance(700) => {
                self.write("activate", &mut ledger, |state, _| {
                    let Some(content) = state.proposals.get(&request.id).map(|_| policy_text(state, &request)) else {
                        return Err(Code::RecordMissing);
                    };
                    let draft = RecordPath::Draft(request.version, request.id.clone());
                    Ok(vec![write(RecordPath::Policy, &content), remove(draft), take_away(&request)])
                });
            }
            _ => {
                let id = self.new_id(RecordKind::Request);
                let grace = ["120s", "130s", "150s", "180s"][self.dice.below(4) as usize];
                self.write("propose", &mut ledger, |state, _| {
                    let content = policy(state, grace);
                    let request = PolicyRequest {
                        id: id.clone(),
                        opener: me.clone(),
                        version: state.policy.version + 1,
                        delta: sha256(content.as_bytes()),
                        title: text(grace),
                        summary: None,
                    };
                    let draft = RecordPath::Draft(request.version, id.clone());
                    Ok(vec![write(draft, &content), put(&request)])
                });
            }
        }
        self.close(ledger);
    }

    /// Revokes, suspends or doubts somebody who can be done without.
    fn change_principal(&mut self) {
        let Some(mut ledger) = self.open() else { return };
        let name = *self.dice.pick(&["mallory", "mallory", "trudy", "erin", "sam"]).unwrap();
        let (who, what) = (Actor::named(name), self.dice.below(3));
        self.write("change a principal", &mut ledger, |state, _| {
            let Some(enrolled) = state.principal(&who.id) else { return Err(Code::RecordMissing) };
            let record = Principal { rev: enrolled.record.rev + 1, ..enrolled.record.clone() };
            Ok(vec![put(&match what {
                0 => Principal { status: Standing::Revoked, ..record },
                1 => Principal { status: Standing::Suspended, ..record },
                _ => Principal { suspect_since: Some(state.height.saturating_sub(6).max(1)), ..record },
            })])
        });
        self.close(ledger);
    }

    /// Tries until it has a claim of its own on a path that nobody else wants.
    pub fn claim_for_sure(&mut self, number: usize) -> bool {
        let path = format!("only/{number}.md");
        let (id, me) = (self.new_id(RecordKind::Claim), self.actor.id.clone());
        let Some(mut ledger) = self.open() else { return false };
        let build = |_: &State, time: Timestamp| {
            Ok(vec![put(&drafts::claim(id.clone(), &me, &[path.as_str()], half_an_hour_after(time)))])
        };
        let ended = self.write("claim at last", &mut ledger, build);
        if ended == Ended::Done {
            let claims = ledger.state().claims.get(&id).map(|lease| lease.claim.clone());
            self.write("release at last", &mut ledger, |_, _| Ok(claims.iter().map(take_away).collect()));
        }
        self.close(ledger);
        ended == Ended::Done
    }
}

/// Returns the policy that every world begins with, with another grace, as the next version.
fn policy(state: &State, grace: &str) -> String {
    let members: Vec<_> = ["maria", "rosa"].iter().map(|name| format!("\"{}\"", Actor::named(name).id)).collect();
    let (version, parent) = (state.policy.version + 1, state.policy_digest);
    POLICY
        .replace("ROOTS", &members.join(", "))
        .replacen("version = 1", &format!("version = {version}\nparent = \"{parent}\""), 1)
        .replacen("grace         = \"120s\"", &format!("grace         = \"{grace}\""), 1)
}

/// Returns the text of a proposal that is open, which its title tells.
fn policy_text(state: &State, request: &PolicyRequest) -> String {
    policy(state, request.title.as_str())
}
