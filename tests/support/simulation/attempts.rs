//! What somebody tries who may not, or not so: entries that are refused, each for a reason of its own. Whether one is legal by
//! chance is for the judge to say.

use git_coord::format::sha256;
use git_coord::ledger::Edit;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Claim;
use git_coord::model::Contention;
use git_coord::model::Finding;
use git_coord::model::FindingState;
use git_coord::model::ObjectId;
use git_coord::model::PolicyRequest;
use git_coord::model::Principal;
use git_coord::model::PrincipalId;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Span;
use git_coord::model::Standing;
use git_coord::model::Timestamp;
use git_coord::rules::State;

use crate::support::simulation::code::base_commit;
use crate::support::simulation::dice::Dice;
use crate::support::simulation::drafts;
use crate::support::simulation::world::main_ref;
use crate::support::world::Actor;
use crate::support::world::POLICY;
use crate::support::world::name;
use crate::support::world::principal;
use crate::support::world::put;
use crate::support::world::remove;
use crate::support::world::take_away;
use crate::support::world::text;
use crate::support::world::write;

/// How many attempts there are.
pub const COUNT: u64 = 62;

/// Returns whether an attempt is legal for nobody, whatever the ledger holds by the time that it gets there.
pub fn is_never_legal(number: u64) -> bool {
    matches!(number, 5 | 6 | 8 | 13 | 27 | 30 | 34 | 35 | 40 | 42 | 44..=48 | 50 | 51 | 54 | 56 | 58..=61)
}

/// Somebody who tries something.
pub struct Trier<'a> {
    pub me: &'a Actor,
    pub state: &'a State,
    pub time: Timestamp,
    pub dice: &'a mut Dice,
}

impl Trier<'_> {
    fn id(&mut self, kind: RecordKind) -> RecordId {
        let [a, b, c, d, e, ..] = self.dice.throw().to_be_bytes();
        RecordId::from_random(kind, [a, b, c, d, e])
    }

    fn fresh_claim(&mut self, path: &str) -> Claim {
        let (id, expires) = (self.id(RecordKind::Claim), self.time + Span::from_s(1_800));
        drafts::claim(id, &self.me.id, &[path], expires)
    }

    fn any_claim(&mut self) -> Option<Claim> {
        self.dice.choose(self.state.claims.values().map(|lease| lease.claim.clone()))
    }

    fn any_request(&mut self) -> Option<Request> {
        self.dice.choose(self.state.requests.values().map(|pending| pending.request.clone()))
    }

    fn any_finding(&mut self) -> Option<Finding> {
        self.dice.choose(self.state.findings.values().map(|noted| noted.finding.clone()))
    }

    fn any_word(&mut self) -> Option<Approval> {
        let request = self.any_request()?;
        self.dice.choose(self.state.answers(&request.id).map(|word| word.approval.clone()))
    }

    fn record(&self, id: &PrincipalId) -> Option<Principal> {
        let record = self.state.principal(id)?.record.clone();
        Some(Principal { rev: record.rev + 1, ..record })
    }

    fn own(&self) -> Option<Principal> {
        self.record(&self.me.id)
    }

    fn word(&mut self, edit: impl FnOnce(Approval) -> Approval) -> Option<Vec<Edit>> {
        let request = self.any_request()?;
        let role = self.own()?.role;
        let word = drafts::answer(&self.me.id, &role, &request, Answer::Approve, self.state.policy.version);
        Some(vec![put(&edit(word))])
    }

    fn proposal(&mut self, version: u64, content: &str) -> Vec<Edit> {
        let id = self.id(RecordKind::Request);
        let request = PolicyRequest {
            id: id.clone(),
            opener: self.me.id.clone(),
            version,
            delta: sha256(content.as_bytes()),
            title: text("Change the rules"),
            summary: None,
        };
        vec![write(RecordPath::Draft(version, id), content), put(&request)]
    }

    fn policy(&self, version: u64, edit: impl FnOnce(String) -> String) -> String {
        let members: Vec<_> = ["maria", "rosa"].iter().map(|name| format!("\"{}\"", Actor::named(name).id)).collect();
        let parent = self.state.policy_digest;
        let content = POLICY.replace("ROOTS", &members.join(", "));
        edit(content.replacen("version = 1", &format!("version = {version}\nparent = \"{parent}\""), 1))
    }

    /// Returns the edits of an attempt; none if there is nothing to try it on.
    pub fn attempt(&mut self, number: u64) -> Option<Vec<Edit>> {
        let version = self.state.policy.version;
        Some(match number {
            // Claims.
            0 => vec![put(&Claim { holder: Actor::named("alice").id, ..self.fresh_claim("src/a.rs") })],
            1 => vec![take_away(&self.any_claim()?), put(&self.fresh_claim("src/a.rs"))],
            2 => vec![take_away(&self.any_claim()?)],
            3 => {
                let claim = self.any_claim()?;
                vec![put(&Claim { rev: claim.rev + 1, expires: claim.expires + Span::from_s(60), ..claim })]
            }
            4 => {
                let claim = self.any_claim()?;
                vec![put(&Claim { rev: claim.rev + 2, ..claim })]
            }
            5 => vec![put(&Claim { expires: self.time + Span::from_s(90_000), ..self.fresh_claim("src/t.rs") })],
            6 => vec![put(&Claim { expires: self.time, ..self.fresh_claim("src/u.rs") })],
            7 => vec![put(&self.fresh_claim("src/o/")), put(&self.fresh_claim("src/o/x.rs"))],
            8 => (0..7).map(|number| put(&self.fresh_claim(&format!("src/q{number}.rs")))).collect(),
            9 => {
                let claim = self.any_claim()?;
                vec![put(&Claim { rev: claim.rev + 1, intent: text("Something else"), ..claim })]
            }
            10 => {
                let stones = self.state.tombstones.values().map(|stone| stone.claim.clone());
                let stone = self.dice.choose(stones)?;
                vec![put(&Claim {
                    rev: 1,
                    revoked_by: None,
                    offered_to: None,
                    expires: self.time + Span::from_s(600),
                    ..stone
                })]
            }
            11 => {
                // Two who wait for each other: it holds the one ground and queues for the other.
                let claim = self.any_claim()?;
                let path = claim.paths.first()?.to_string();
                vec![put(&Claim { contention: Contention::Queue, ..self.fresh_claim(&path) })]
            }
            12 => {
                let claim = self.any_claim()?;
                vec![put(&Claim { rev: claim.rev + 1, revoked_by: Some(self.me.id.clone()), ..claim })]
            }
            13 => vec![put(&Claim { rev: 3, ..self.fresh_claim("src/v.rs") })],
            // Findings.
            14 => {
                let author = Actor::named("carol").id;
                vec![put(&drafts::finding(self.id(RecordKind::Finding), &author, Severity::Low, &["src/"]))]
            }
            15 => {
                let finding = self.any_finding()?;
                vec![put(&Finding { rev: finding.rev + 1, state: FindingState::Resolved, ..finding })]
            }
            16 => vec![take_away(&self.any_finding()?)],
            17 => {
                let finding = self.any_finding()?;
                vec![put(&Finding { rev: finding.rev, text: text("Right"), ..finding })]
            }
            // Requests and answers.
            18 => vec![take_away(&self.any_request()?)],
            19 => {
                let request = self.any_request()?;
                vec![put(&Request { rev: request.rev + 1, title: text("Mine now"), ..request })]
            }
            20 => self.word(|word| word)?,
            21 => self.word(|word| Approval { delta: sha256(b"another"), ..word })?,
            22 => self.word(|word| Approval { principal: Actor::named("carol").id, ..word })?,
            23 => self.word(|word| Approval { role: name("reviewer"), ..word })?,
            24 => self.word(|word| Approval { policy: version + 1, ..word })?,
            25 => self.word(|word| Approval { answer: Answer::Veto, ..word })?,
            26 => vec![take_away(&self.any_word()?)],
            27 => self.word(|word| Approval { request_rev: Some(9), ..word })?,
            28 => {
                let request = self.any_request()?;
                let other = RefName::parse("refs/heads/release/1").ok()?;
                let role = self.own()?.role;
                let elsewhere = Request { target: other, ..request };
                vec![put(&drafts::answer(&self.me.id, &role, &elsewhere, Answer::Approve, version))]
            }
            29 => {
                let gone = self.dice.choose(self.state.used.keys().cloned())?;
                let request = self.any_request()?;
                vec![put(&Request { id: gone, rev: 1, opener: self.me.id.clone(), ..request })]
            }
            30 => {
                let request = self.any_request()?;
                let nobody = self.id(RecordKind::Request);
                let role = self.own()?.role;
                vec![put(&drafts::answer(
                    &self.me.id,
                    &role,
                    &Request { id: nobody, ..request },
                    Answer::Approve,
                    version,
                ))]
            }
            // Principals.
            31 => vec![put(&Principal { role: name("maintainer"), ..self.own()? })],
            32 => vec![put(&Principal { status: Standing::Revoked, ..self.record(&Actor::named("nora").id)? })],
            33 => {
                let friend = Actor::from_seed("friend", &format!("friend {}", self.dice.throw()));
                vec![put(&principal(&friend, PrincipalKind::Agent, "builder", self.me))]
            }
            34 => {
                let double = Actor::from_seed("double", "alice");
                vec![put(&principal(&double, PrincipalKind::Agent, "builder", self.me))]
            }
            35 => {
                let record = principal(&Actor::named("nobody"), PrincipalKind::Agent, "emperor", self.me);
                vec![put(&record)]
            }
            36 => vec![put(&Principal { status: Standing::Active, ..self.record(&Actor::named("mallory").id)? })],
            37 => vec![remove(RecordPath::Principal(Actor::named("bob").id))],
            38 => {
                let record = principal(&Actor::named("judge"), PrincipalKind::Agent, "reviewer", self.me);
                vec![put(&record), put(&self.fresh_claim("src/w.rs"))]
            }
            39 => vec![put(&Principal { key: Actor::named("somebody").key().to_openssh(), ..self.own()? })],
            40 => vec![put(&Principal { rev: 9, ..self.own()? })],
            // The rules.
            41 => vec![write(RecordPath::Policy, &self.policy(version + 1, |policy| policy))],
            42 => {
                let content = self.policy(version + 2, |policy| policy);
                self.proposal(version + 2, &content)
            }
            43 => {
                let content = self.policy(version + 1, |policy| policy.replace("threshold = 1", "threshold = 9"));
                self.proposal(version + 1, &content)
            }
            44 => {
                let content =
                    self.policy(version + 1, |policy| policy.replace("[claims]", "[mischief]\nyes = true\n[claims]"));
                self.proposal(version + 1, &content)
            }
            45 => {
                let content = self
                    .policy(version + 1, |policy| policy)
                    .replace(&self.state.policy_digest.to_string(), &sha256(b"x").to_string());
                self.proposal(version + 1, &content)
            }
            46 => vec![remove(RecordPath::Policy)],
            47 => vec![write(RecordPath::Readme, "Mine.\n")],
            48 => {
                let content = self.policy(version.max(1), |policy| policy);
                vec![write(RecordPath::Policy, &content)]
            }
            49 => {
                let proposed =
                    self.dice.choose(self.state.proposals.values().map(|proposed| proposed.request.clone()))?;
                let content =
                    self.policy(proposed.version, |policy| policy.replace("ttl           = \"30m\"", "ttl = \"31m\""));
                let draft = RecordPath::Draft(proposed.version, proposed.id.clone());
                vec![write(RecordPath::Policy, &content), remove(draft), take_away(&proposed)]
            }
            // What landed.
            50 => {
                let landed = self.state.landed.get(&main_ref())?.clone();
                let new = ObjectId::from_bytes(&[7; 20])?;
                vec![put(&git_coord::model::Landed { rev: landed.rev + 1, old: Some(landed.new), new, ..landed })]
            }
            51 => {
                let target = main_ref();
                let head = base_commit();
                vec![put(&git_coord::model::Landed::adoption(target, head, self.state.height, head, self.time))]
            }
            52 => {
                let request = self.any_request()?;
                vec![take_away(&request), put(&self.fresh_claim("src/x.rs"))]
            }
            // Decisions.
            53 => {
                let id = self.id(RecordKind::Decision);
                vec![put(&drafts::decision(id, &self.me.id, None))]
            }
            54 => {
                let frozen = self.dice.choose(self.state.decisions.keys().cloned())?;
                vec![remove(RecordPath::Decision(frozen))]
            }
            55 => {
                let (id, old) =
                    (self.id(RecordKind::Decision), self.dice.choose(self.state.decisions.keys().cloned())?);
                vec![put(&drafts::decision(id, &self.me.id, Some(old)))]
            }
            56 => {
                let friend = Actor::from_seed("friend", &format!("friend {}", self.dice.throw()));
                let id = PrincipalId::parse("friend-00000000").ok()?;
                vec![put(&Principal { id, ..principal(&friend, PrincipalKind::Agent, "guest", self.me) })]
            }
            57 => {
                let friend = Actor::from_seed("friend", &format!("friend {}", self.dice.throw()));
                vec![put(&principal(&friend, PrincipalKind::Human, "maintainer", self.me))]
            }
            58 => {
                vec![write(RecordPath::Policy, &format!("{}\nyes = true\n", self.policy(version + 1, |policy| policy)))]
            }
            59 => {
                let decided = self.dice.choose(self.state.decisions.keys().cloned())?;
                vec![put(&drafts::decision(decided, &self.me.id, None))]
            }
            // What is not even a record.
            60 => vec![write(RecordPath::Claim(self.id(RecordKind::Claim)), "format = 1\nholder = 7\n")],
            _ => vec![write(RecordPath::Claim(self.id(RecordKind::Claim)), &"#".repeat(70_000))],
        })
    }
}
