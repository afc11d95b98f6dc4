//! Ledgers of a given size, made once and kept under the target directory; every row works on a copy.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use git_coord::format::WriteRecord;
use git_coord::git::Repository;
use git_coord::ledger::Draft;
use git_coord::ledger::Edit;
use git_coord::ledger::Ledger;
use git_coord::ledger::Store;
use git_coord::model::Answer;
use git_coord::model::Approval;
use git_coord::model::Charter;
use git_coord::model::Claim;
use git_coord::model::ClaimMode;
use git_coord::model::Contention;
use git_coord::model::Digest;
use git_coord::model::Finding;
use git_coord::model::FindingKind;
use git_coord::model::FindingState;
use git_coord::model::ObjectId;
use git_coord::model::Pattern;
use git_coord::model::PrincipalKind;
use git_coord::model::RecordId;
use git_coord::model::RecordKind;
use git_coord::model::RecordName;
use git_coord::model::RecordPath;
use git_coord::model::RefName;
use git_coord::model::Request;
use git_coord::model::Severity;
use git_coord::model::Span;
use git_coord::model::Text;
use git_coord::model::Timestamp;

use crate::budgets::cast::Actor;
use crate::budgets::sandbox::Sandbox;
use crate::budgets::writer::Writer;

/// Changes with everything that decides what a world contains.
const VERSION: &str = "v2";
/// How many records one entry of a world adds.
const BATCH: usize = 200;
/// How far apart entries are dated: nobody changes more records within an hour than the judge takes.
const ENTRY_EVERY: Span = Span::from_s(120);
/// How many claims each holder has.
const CLAIMS_EACH: usize = 20;
/// Where worlds are made, object by object, if that is there: it waits for no disk.
const IN_MEMORY: &str = "/dev/shm";
/// After how many entries their objects are packed while a world is made. An even number.
const PACKED_EVERY: usize = 10_000;

const POLICY: &str = r#"
format  = 1
version = 1

[root]
threshold = 1
members   = ["ROOT"]

[roles.builder]
may = ["claim", "find", "request"]

[roles.reviewer]
may = ["find", "triage", "approve"]

[roles.maintainer]
may         = ["claim", "find", "triage", "request", "approve", "veto", "enroll", "revoke", "propose-policy", "land"]
humans-only = true

[claims]
ttl           = "3650d"
ttl-max       = "3650d"
per-principal = 2000

[[protect]]
name     = "main"
refs     = ["refs/heads/main"]
block-on = ["critical"]
"#;

const RULE: &str = "\n  [[protect.approvals]]\n  paths = [\"PATHS\"]\n  count = 1\n  from  = [\"maintainer\"]\n";

/// How many records of each kind a world has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) claims: usize,
    pub(crate) findings: usize,
    pub(crate) requests: usize,
    pub(crate) approvals_each: usize,
    pub(crate) principals: usize,
    /// Entries with one record each: claims that are made and given back.
    pub(crate) entries: usize,
}

impl Size {
    pub(crate) const EMPTY: Self =
        Self { claims: 0, findings: 0, requests: 0, approvals_each: 0, principals: 0, entries: 0 };
    /// A thousand live claims and little else.
    pub(crate) const CLAIMS: Self = Self { claims: 1_000, ..Self::EMPTY };
    /// A thousand live claims and twenty thousand other records.
    pub(crate) const FULL: Self =
        Self { claims: 1_000, findings: 10_000, requests: 1_000, approvals_each: 8, principals: 942, entries: 0 };
    /// Ten thousand entries.
    pub(crate) const HISTORY: Self = Self { entries: 10_000, ..Self::EMPTY };
    /// A thousand entries.
    pub(crate) const WEEK: Self = Self { entries: 1_000, ..Self::EMPTY };
    /// A hundred thousand entries.
    pub(crate) const YEAR: Self = Self { entries: 100_000, ..Self::EMPTY };

    pub(crate) const fn findings(count: usize) -> Self {
        Self { findings: count, ..Self::EMPTY }
    }

    fn name(self) -> String {
        let Self { claims, findings, requests, approvals_each, principals, entries } = self;
        format!("{claims}-{findings}-{requests}-{approvals_each}-{principals}-{entries}")
    }
}

/// Where worlds are kept and copied to.
pub(crate) struct Worlds {
    kept: PathBuf,
    pub(crate) sandbox: Sandbox,
}

impl Worlds {
    /// Enters the place of worlds below the target directory. Copies of earlier runs are removed.
    pub(crate) fn enter() -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target directory");
        let base = target.join("bench-worlds");
        let kept = base.join(VERSION);
        let run = base.join("run");
        fs::remove_dir_all(&run).ok();
        fs::create_dir_all(&kept).expect("the target directory is ours");
        let sandbox = Sandbox::at(&run);
        for actor in [root(), holder(0)] {
            actor.keep_key(&sandbox.home);
        }
        Self { kept, sandbox }
    }

    /// Returns a fresh copy of the world of this size: a repository with one file, and the ledger beside it.
    pub(crate) fn copy(&self, size: Size, name: &str) -> PathBuf {
        let kept = self.kept.join(size.name());
        if !kept.join("made").exists() {
            fs::remove_dir_all(&kept).ok();
            self.make(size, &kept);
            fs::write(kept.join("made"), "").expect("the target directory is ours");
        }
        let to = self.sandbox.root.join(name);
        self.sandbox.copy(&kept.join("repository"), &to);
        // Remembered by the program that is measured, not by an earlier one.
        self.sandbox.coord(&to, &["verify"]);
        // What the copy left to be written would be waited for by whoever is measured first.
        std::process::Command::new("sync").status().ok();
        to
    }

    /// Returns a copy in which a holder of claims works, with `.coord/` checked out.
    pub(crate) fn joined(&self, size: Size, name: &str, options: &[&str]) -> PathBuf {
        let to = self.copy(size, name);
        let id = holder(0).id.to_string();
        let arguments: Vec<&str> = ["join", &id].into_iter().chain(options.iter().copied()).collect();
        self.sandbox.coord(&to, &arguments);
        to
    }

    fn make(&self, size: Size, kept: &Path) {
        eprintln!("making a world: {size:?}");
        let place =
            tempfile::tempdir_in(IN_MEMORY).or_else(|_| tempfile::tempdir()).expect("there is room for a world");
        let directory = place.path().join("repository");
        fs::create_dir_all(&directory).expect("the place is ours");
        let git = |arguments: &[&str]| self.sandbox.git(&directory, arguments);
        git(&["init", "-q", "."]);
        fs::write(directory.join("README"), "A world.\n").expect("as above");
        git(&["add", "."]);
        git(&["commit", "-q", "-m", "Begin"]);
        let repository = Repository::discover(&directory).expect("git made it");
        let mut making = Making::begin(Writer::new(repository, None, None), size, 1);
        let pack = |head: ObjectId, how: &str| {
            git(&["update-ref", "refs/heads/coord", &head.to_string()]);
            git(&["repack", how]);
            git(&["prune-packed", "-q"]);
        };
        making.fill(size);
        for done in (0..size.entries).step_by(PACKED_EVERY) {
            making.make_and_give_back(done / 2..(done + PACKED_EVERY).min(size.entries) / 2);
            pack(making.ledger.chain().head, "-dq");
        }
        pack(making.ledger.chain().head, "-adq");
        fs::create_dir_all(kept).expect("the target directory is ours");
        self.sandbox.copy(&directory, &kept.join("repository"));
    }
}

/// The only root member.
pub(crate) fn root() -> Actor {
    Actor::named("maria")
}

/// Who holds the claims, and opens the requests.
pub(crate) fn holder(index: usize) -> Actor {
    Actor::named(&format!("holder{index}"))
}

fn reviewer(index: usize) -> Actor {
    Actor::named(&format!("reviewer{index}"))
}

/// A ledger that is being filled.
pub(crate) struct Making<S> {
    pub(crate) ledger: Ledger<S>,
    pub(crate) now: Timestamp,
    ids: u64,
}

impl<S: Store> Making<S> {
    /// Begins a ledger whose policy has so many rules. It began long enough ago that its last entry is not of tomorrow.
    pub(crate) fn begin(store: S, size: Size, rules: usize) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let begun = since - ENTRY_EVERY.seconds() * (size.entries as u64 + 5_000);
        let now = i64::try_from(begun).ok().and_then(Timestamp::from_unix_s).expect("it is after 1970");
        let root = root();
        let charter = Charter { rules: 1, audience: text("bench"), created: now };
        let edit = |path, text: String| Edit { path, text: Some(text) };
        let mut policy = POLICY.replace("ROOT", root.id.as_str());
        let paths = |rule| if rule == 0 { "**".to_owned() } else { format!("src/m{rule:02}*/**") };
        policy.extend((0..rules).map(|rule| RULE.replace("PATHS", &paths(rule))));
        let record = root.record(PrincipalKind::Human, "maintainer", &root);
        let edits = vec![
            edit(RecordPath::Charter, charter.to_text()),
            edit(RecordPath::Readme, "A ledger.\n".to_owned()),
            edit(RecordPath::Policy, policy),
            edit(RecordPath::Principal(root.id.clone()), record.to_text()),
        ];
        let draft = Draft { edits, message: "Begin".to_owned() };
        let ledger = Ledger::begin::<Infallible>(store, &root.author(), now, &draft).expect("the genesis is legal");
        let mut making = Self { ledger, now, ids: 0 };
        making.enroll(&[holder(0)], "builder");
        making
    }

    /// Goes on with a ledger that exists, at the present time.
    pub(crate) fn resume(ledger: Ledger<S>) -> Self {
        let now = ledger.state().time;
        Self { ledger, now, ids: 1 << 32 }
    }

    /// Adds the records of a size, without its entries of one record each.
    pub(crate) fn fill(&mut self, size: Size) {
        let holders: Vec<Actor> = (0..size.claims.div_ceil(CLAIMS_EACH)).map(holder).collect();
        self.enroll(holders.get(1..).unwrap_or_default(), "builder");
        self.enroll(
            &(0..size.principals).map(|index| Actor::named(&format!("other{index}"))).collect::<Vec<_>>(),
            "builder",
        );
        for (index, holder) in holders.iter().enumerate() {
            let claims = (0..CLAIMS_EACH).map(|each| self.claim(holder, index * CLAIMS_EACH + each)).collect();
            self.append(holder, claims);
        }
        let root = root();
        let findings: Vec<Edit> = (0..size.findings).map(|index| self.finding(&root, index)).collect();
        for batch in findings.chunks(BATCH) {
            self.append(&root, batch.to_vec());
        }
        self.ask(size);
    }

    /// Adds entries with one record each: claims that are made and given back.
    fn make_and_give_back(&mut self, claims: Range<usize>) {
        for index in claims {
            let made = self.claim(&holder(0), index);
            self.append(&holder(0), vec![made.clone()]);
            self.append(&holder(0), vec![Edit { text: None, ..made }]);
        }
    }

    /// Opens requests and answers them.
    fn ask(&mut self, size: Size) {
        let requests: Vec<Request> = (0..size.requests).map(|index| self.request(index)).collect();
        let edits: Vec<Edit> = requests.iter().map(put_request).collect();
        for batch in edits.chunks(BATCH) {
            self.append(&holder(0), batch.to_vec());
        }
        let reviewers: Vec<Actor> = (0..size.approvals_each).map(reviewer).collect();
        // Whoever approves is enrolled alone.
        reviewers.iter().for_each(|reviewer| self.enroll_each(std::slice::from_ref(reviewer), "reviewer"));
        for reviewer in &reviewers {
            let answers: Vec<Edit> = requests.iter().map(|request| approval(reviewer, "reviewer", request)).collect();
            for batch in answers.chunks(BATCH) {
                self.append(reviewer, batch.to_vec());
            }
        }
    }

    pub(crate) fn append(&mut self, who: &Actor, edits: Vec<Edit>) {
        self.now = self.now + ENTRY_EVERY;
        let draft = Draft { edits, message: "Change".to_owned() };
        let appended = self.ledger.append::<Infallible>(&who.author(), self.now, |_, _| Ok(draft.clone()));
        appended.expect("the entry is legal");
    }

    fn enroll(&mut self, actors: &[Actor], role: &str) {
        let root = root();
        let edits: Vec<Edit> = actors.iter().map(|actor| enrolment(actor, role, &root)).collect();
        for batch in edits.chunks(BATCH) {
            self.append(&root, batch.to_vec());
        }
    }

    fn enroll_each(&mut self, actors: &[Actor], role: &str) {
        let root = root();
        actors.iter().for_each(|actor| self.append(&root, vec![enrolment(actor, role, &root)]));
    }

    pub(crate) fn id(&mut self, kind: RecordKind) -> RecordId {
        self.ids += 1;
        // A bijection on forty bits: ids look random and never repeat.
        let mixed = self.ids.wrapping_mul(0x9E_3779_B97F) & 0xFF_FFFF_FFFF;
        let [.., a, b, c, d, e] = mixed.to_be_bytes();
        RecordId::from_random(kind, [a, b, c, d, e])
    }

    fn claim(&mut self, holder: &Actor, index: usize) -> Edit {
        let paths = [format!("src/m{index:04}/"), format!("tests/m{index:04}_*.rs")];
        let claim = Claim {
            rev: 1,
            id: self.id(RecordKind::Claim),
            holder: holder.id.clone(),
            intent: text(&format!("Stream the input of module {index} instead of reading it at once")),
            paths: paths.iter().map(|path| pattern(path)).collect(),
            resources: Vec::new(),
            mode: ClaimMode::Exclusive,
            contention: Contention::Refuse,
            expires: self.now + Span::from_s(3_600 * 86_400),
            task: None,
            mission: None,
            branch: None,
            offered_to: None,
            revoked_by: None,
        };
        Edit { path: RecordPath::Claim(claim.id.clone()), text: Some(claim.to_text()) }
    }

    fn finding(&mut self, author: &Actor, index: usize) -> Edit {
        finding(author, self.id(RecordKind::Finding), index)
    }

    fn request(&mut self, index: usize) -> Request {
        let object = |name: &str| {
            let digest = git_coord::format::sha256(format!("{name}{index}").as_bytes());
            ObjectId::from_bytes(&digest.as_bytes()[..20]).expect("twenty bytes are an id")
        };
        Request {
            rev: 1,
            id: self.id(RecordKind::Request),
            opener: holder(0).id,
            target: main_ref(),
            base: object("base"),
            base_tree: object("base-tree"),
            head: object("head"),
            new_tree: object("new-tree"),
            delta: Digest::new(*git_coord::format::sha256(format!("delta{index}").as_bytes()).as_bytes()),
            claims: Vec::new(),
            mission: None,
            title: text(&format!("Stream the input of module {index}")),
            summary: None,
            break_glass: None,
        }
    }
}

pub(crate) fn main_ref() -> RefName {
    RefName::parse("refs/heads/main").expect("it is a full name")
}

/// Returns a finding that stops nothing.
pub(crate) fn finding(author: &Actor, id: RecordId, index: usize) -> Edit {
    let finding = Finding {
        rev: 1,
        id: id.clone(),
        author: author.id.clone(),
        kind: FindingKind::Risk,
        severity: Severity::Medium,
        text: text(&format!("The reader of module {index} holds the whole input in memory; large inputs end it")),
        paths: vec![pattern(&format!("src/m{:04}/reader.rs", index % 10_000))],
        commit: None,
        request: None,
        half_life: None,
        state: FindingState::Open,
        mission: None,
    };
    Edit { path: RecordPath::Finding(id), text: Some(finding.to_text()) }
}

pub(crate) fn put_request(request: &Request) -> Edit {
    Edit { path: RecordPath::Request(request.id.clone()), text: Some(request.to_text()) }
}

/// Returns somebody's approval of a request as it stands.
pub(crate) fn approval(who: &Actor, role: &str, request: &Request) -> Edit {
    let approval = Approval {
        request: request.id.clone(),
        principal: who.id.clone(),
        delta: request.delta,
        answer: Answer::Approve,
        role: RecordName::parse(role).expect("it is a name"),
        policy: 1,
        reason: Some(text("Read it")),
        request_rev: Some(request.rev),
        base: Some(request.base),
        base_tree: Some(request.base_tree),
        head: Some(request.head),
        new_tree: Some(request.new_tree),
        passed: BTreeSet::new(),
        failed: BTreeSet::new(),
        overrules: BTreeSet::new(),
    };
    Edit { path: RecordPath::Approval(request.id.clone(), who.id.clone()), text: Some(approval.to_text()) }
}

fn enrolment(actor: &Actor, role: &str, by: &Actor) -> Edit {
    let record = actor.record(PrincipalKind::Agent, role, by);
    Edit { path: RecordPath::Principal(actor.id.clone()), text: Some(record.to_text()) }
}

fn text(source: &str) -> Text {
    Text::parse(source).expect("it is plain text")
}

fn pattern(source: &str) -> Pattern {
    Pattern::parse(source).expect("it is a pattern")
}
