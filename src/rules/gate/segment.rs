//! The rules for one segment of a protected update: one change, one request.

use std::collections::BTreeSet;

use crate::format::Word;
use crate::model::CommitRule;
use crate::model::FindingState;
use crate::model::ForgeRule;
use crate::model::HistoryRule;
use crate::model::LeaseRule;
use crate::model::PrincipalId;
use crate::model::Severity;
use crate::model::Standing;
use crate::rules::code::Code;
use crate::rules::gate::asked::asked;
use crate::rules::gate::contributors::Contributors;
use crate::rules::gate::contributors::concerned_since;
use crate::rules::gate::contributors::owner_of;
use crate::rules::gate::counting::Subject;
use crate::rules::gate::decide::Question;
use crate::rules::gate::decide::Segment;
use crate::rules::gate::facts::CommitFact;
use crate::rules::gate::facts::CommitSigner;
use crate::rules::gate::leases;
use crate::rules::gate::ledger_ground;
use crate::rules::gate::links;
use crate::rules::gate::missions;
use crate::rules::gate::sensitive;
use crate::rules::gate::verdict::RuleOutcome;
use crate::rules::gate::work::Work;
use crate::rules::gate::work::own_commits;
use crate::rules::gate::work::signer_of;
use crate::rules::records::approvals::vetoes_on;
use crate::rules::records::break_glass;
use crate::rules::records::hardware;
use crate::rules::records::left_vetoes;
use crate::rules::records::overruling::is_overruled;
use crate::rules::records::overruling::overrulers;
use crate::rules::state::Noted;
use crate::rules::state::Pending;

/// Everything that the rules of a segment look at.
pub(crate) struct Context<'a> {
    pub(crate) question: &'a Question<'a>,
    pub(crate) segment: &'a Segment<'a>,
    pub(crate) pending: &'a Pending,
    pub(crate) work: Work<'a>,
    pub(crate) contributors: Contributors,
    pub(crate) paths: Vec<&'a [u8]>,
}

/// Returns what each rule says of a segment.
pub(crate) fn rules(question: &Question<'_>, segment: &Segment<'_>) -> Vec<RuleOutcome> {
    let pending = match asked(question, segment) {
        Ok(pending) => pending,
        Err(broken) => return vec![broken],
    };
    let work = Work::of(question, segment, pending);
    let context = Context {
        question,
        segment,
        pending,
        work,
        contributors: Contributors::of_segment(segment.records, pending, segment.facts, work),
        paths: segment.facts.changes.iter().map(|change| change.path.as_slice()).collect(),
    };
    let named = format!("{} by {}", pending.request.id, pending.request.opener);
    if let Some(glass) = &pending.request.break_glass {
        let mut rules = vec![RuleOutcome::satisfied("request", "a request for exactly this change", named)];
        rules.extend(break_glass::debt_rule(&context));
        rules.push(break_glass::rule(&context, glass));
        rules.extend(context.twins());
        rules.extend(links::rule(&context));
        rules.extend(ledger_ground::rule(&segment.facts.changes));
        rules.extend(context.vetoes());
        return rules;
    }
    let protections = missions::governing(&question.rights.policy, segment.records, pending, &context.paths);
    let mut rules = vec![RuleOutcome::satisfied("request", "a request for exactly this change", named)];
    rules.extend(break_glass::debt_rule(&context));
    let mut strict = protections.iter().filter(|protection| protection.commits == CommitRule::Signed).peekable();
    if strict.peek().is_some() {
        let takes_forge_commits = strict.all(|protection| protection.forge_commits == ForgeRule::Delta);
        rules.push(context.commits_signed(takes_forge_commits));
    }
    let is_strict = protections.iter().any(|protection| protection.history == HistoryRule::Strict);
    rules.extend(context.lanes(if is_strict { HistoryRule::Strict } else { HistoryRule::Delta }));
    rules.extend(context.twins());
    rules.extend(links::rule(&context));
    rules.extend(ledger_ground::rule(&segment.facts.changes));
    if protections.iter().any(|protection| protection.claims == LeaseRule::Held) {
        rules.push(leases::held(&context));
    }
    let block_on = protections.iter().flat_map(|protection| protection.block_on.iter().copied()).collect();
    rules.push(context.findings(&block_on));
    rules.extend(context.vetoes());
    rules.extend(context.empty_delta());
    for protection in &protections {
        for rule in &protection.approvals {
            rules.extend(context.approvals(protection, rule));
        }
        rules.extend(protection.checks.iter().filter_map(|rule| context.check(protection, rule)));
    }
    rules.extend(sensitive::rule(&context, &protections));
    rules
}

impl Context<'_> {
    /// A forge commits what was approved once more without a signature that we know. Where the policy takes such commits, the
    /// work itself is signed all the same.
    fn commits_signed(&self, takes_forge_commits: bool) -> RuleOutcome {
        let commits = &self.segment.facts.commits;
        let needed = "every new commit is signed by an enrolled, unrevoked principal";
        let is_key_of = |state, commit: &CommitFact| owner_of(state, &commit.signer).is_some();
        let of_forge =
            |commit: &CommitFact| !is_key_of(self.question.latest, commit) && self.work.is_repeated_by(commit);
        let unsigned = commits.iter().filter(|commit| signer_of(self.question, commit).is_none());
        let (forged, bad): (Vec<_>, Vec<_>) = unsigned.partition(|commit| takes_forge_commits && of_forge(commit));
        let weak: Vec<_> = commits.iter().filter_map(|commit| self.too_weak(commit)).collect();
        if bad.is_empty() && !weak.is_empty() {
            return RuleOutcome::broken(
                "commits signed",
                Code::SignatureFlags,
                needed,
                weak.into_iter().take(3).collect(),
            );
        }
        if bad.is_empty() {
            let mut found = format!("{} of {}", commits.len() - forged.len(), commits.len());
            if !forged.is_empty() {
                found.push_str(&format!(", the rest commit the change of {} again", self.pending.request.head.short()));
            }
            return RuleOutcome::satisfied("commits signed", needed, found);
        }
        let code = if bad.iter().any(|commit| is_key_of(self.question.rights, commit)) {
            Code::KeyRevoked
        } else {
            Code::RangeSignature
        };
        let found = bad.iter().take(3).map(|commit| match &commit.signer {
            CommitSigner::Unsigned => format!("{} is not signed", commit.id.short()),
            CommitSigner::Bad(why) => format!("{}: {why}", commit.id.short()),
            CommitSigner::Signed(key) => format!("{} is signed by {}", commit.id.short(), key.fingerprint()),
        });
        RuleOutcome::broken("commits signed", code, needed, found.collect())
            .with_next(["git rebase --exec 'git commit --amend --no-edit -S' <base>".to_owned()])
    }

    /// Returns what is wrong with a commit whose signature does not meet what the role of its signer asks for.
    fn too_weak(&self, commit: &CommitFact) -> Option<String> {
        let (signer, CommitSigner::Signed(key)) = (signer_of(self.question, commit)?, &commit.signer) else {
            return None;
        };
        let rule = self.question.rights.key_rule(signer);
        let is_met = hardware::met_by(key, commit.user_verified) >= rule;
        let (id, role) = (commit.id.short(), &signer.record.role);
        (!is_met).then(|| format!("{id}: the role `{role}` asks for {}", hardware::asked(rule)))
    }

    /// Each signer changes the paths of its lanes only; the sides of a rename count both. Under a strict history the paths
    /// that are as they were in the end count as well.
    fn lanes(&self, history: HistoryRule) -> Option<RuleOutcome> {
        let mut outside = BTreeSet::new();
        let signers = self.work.commits().iter().filter_map(|commit| signer_of(self.question, commit));
        let any_lanes = signers.into_iter().any(|signer| self.question.rights.has_lanes(signer));
        let mut check = |commit: &CommitFact, path: &[u8]| {
            let Some(signer) = signer_of(self.question, commit) else { return };
            if !self.question.rights.reaches(signer, path) {
                let deed = if commit.touched.contains_key(path) { "changed" } else { "took over" };
                outside.insert(format!("`{}` {deed} `{}`", signer.record.id, String::from_utf8_lossy(path)));
            }
        };
        for path in &self.paths {
            self.work.answering(self.segment.facts, path).into_iter().for_each(|commit| check(commit, path));
        }
        if history == HistoryRule::Strict {
            for commit in self.work.commits() {
                commit.touched.keys().for_each(|path| check(commit, path));
            }
        }
        if !any_lanes {
            return None;
        }
        let needed = "signers change the paths of their lanes";
        Some(if outside.is_empty() {
            RuleOutcome::satisfied("lanes", needed, "they do")
        } else {
            RuleOutcome::broken("lanes", Code::LaneOutside, needed, outside.into_iter().take(5).collect())
        })
    }

    /// Refuses twins by case or normalisation.
    fn twins(&self) -> Option<RuleOutcome> {
        let twin = self.segment.facts.twins.first()?;
        let found = vec![format!("`{}`", String::from_utf8_lossy(twin))];
        let needed = "no two paths differ only by case or normalisation";
        Some(RuleOutcome::broken("paths", Code::LaneCollision, needed, found))
    }

    fn findings(&self, block_on: &BTreeSet<Severity>) -> RuleOutcome {
        let needed = match block_on.first() {
            None => "no severity blocks".to_owned(),
            Some(_) => "no open finding of a blocking severity".to_owned(),
        };
        let request = &self.pending.request;
        let facts = self.segment.facts;
        let named = |noted: &Noted| {
            noted.names(request)
                || noted.finding.commit.is_some_and(|id| {
                    facts.commits.iter().chain(own_commits(facts, self.pending)).any(|commit| commit.id == id)
                })
        };
        let about = |noted: &Noted| {
            let patterns = &noted.finding.paths;
            named(noted)
                || patterns.iter().any(|pattern| self.paths.iter().any(|path| pattern.matches_in_any_form(path)))
        };
        // Whoever contributed has no say in what blocks its own request (S19). What lies on its paths and was closed
        // before its base landed was about other work.
        let since = concerned_since(self.segment.records, self.pending);
        let by_contributor =
            |noted: &Noted| noted.triaged_by.as_ref().is_some_and(|by| self.contributors.principals.contains_key(by));
        let stands = |noted: &Noted| {
            noted.finding.state == FindingState::Open
                || by_contributor(noted) && (named(noted) || noted.triaged >= since)
        };
        let weight = |noted: &Noted| if by_contributor(noted) { noted.peak } else { noted.finding.severity };
        let weighty = |noted: &Noted| {
            // What its author became since says nothing of it, unless that may not act at all any more.
            let author = self.segment.records.principal(&noted.finding.author);
            let acts = author.is_some_and(|author| author.record.status == Standing::Active);
            noted.raised_by_triage || noted.filed_with_weight && acts
        };
        let blocking: Vec<_> = self
            .segment
            .records
            .findings
            .values()
            .filter(|noted| stands(noted) && block_on.contains(&weight(noted)))
            .filter(|noted| weighty(noted) && about(noted))
            .collect();
        if blocking.is_empty() {
            return RuleOutcome::satisfied("findings", needed, "none");
        }
        let why = |noted: &Noted| match &noted.triaged_by {
            Some(by) if by_contributor(noted) => {
                let state =
                    if noted.finding.state == FindingState::Open { "weighed" } else { noted.finding.state.word() };
                format!(", {state} by {by}, who contributes")
            }
            _ => String::new(),
        };
        let describe = |noted: &Noted| format!("{} by {}{}", noted.finding.id, noted.finding.author, why(noted));
        let found = blocking.iter().take(3).map(|noted| describe(noted));
        let next = blocking.iter().take(3).map(|noted| format!("git coord show {}", noted.finding.id));
        RuleOutcome::broken("findings", Code::FindingBlocks, needed, found.collect()).with_next(next)
    }

    /// A veto stops the request whatever its delta, and the same delta on the same ref under any other request (S18).
    fn vetoes(&self) -> Option<RuleOutcome> {
        let request = &self.pending.request;
        let mut vetoes = Vec::new();
        for state in [self.segment.records, self.question.latest] {
            let latest = self.question.latest;
            vetoes.extend(vetoes_on(state, latest, request).map(|veto| {
                // The words against it go with the answers of the request, once it has landed; what was vetoed may stay.
                let words = self.segment.records;
                let stands = !is_overruled(words, latest, veto, &request.delta);
                let members = overrulers(words, latest, veto, &request.delta);
                (&veto.approval.principal, &veto.approval.request, stands, members)
            }));
        }
        vetoes.sort();
        vetoes.dedup();
        if vetoes.is_empty() {
            return None;
        }
        let threshold = self.question.latest.policy.root.threshold;
        let words = |(by, on, stands, members): &(_, _, bool, BTreeSet<PrincipalId>)| {
            let members: Vec<_> = members.iter().map(|member| format!("`{member}`")).collect();
            let members = members.join(" and ");
            match (stands, members.is_empty()) {
                (true, true) => format!("`{by}` on {on}"),
                (true, false) => format!("`{by}` on {on}, overruled by {members} of {threshold} that it takes"),
                (false, _) => format!("`{by}` on {on}, overruled by {members}"),
            }
        };
        let found: Vec<String> = vetoes.iter().map(words).collect();
        let standing: Vec<_> = vetoes.iter().filter(|(_, _, stands, _)| *stands).take(3).collect();
        if standing.is_empty() {
            return Some(RuleOutcome { found, ..RuleOutcome::satisfied("vetoes", "no veto that stands", "") });
        }
        let state = self.segment.records;
        let next = standing.iter().map(|(by, on, ..)| match left_vetoes::left(state, on, by) {
            // What it was given to has landed since: there is nothing to withdraw there.
            Some(_) => format!(
                "ask {by}:  git coord approve {0} --delta {1}, or root members to overrule it",
                request.id, request.delta
            ),
            None => format!("ask {by}:  git coord withdraw {on}"),
        });
        Some(RuleOutcome::broken("vetoes", Code::ApprovalVeto, "no veto", found).with_next(next))
    }

    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            rights: self.question.rights,
            latest: self.question.latest,
            request: (&self.pending.request).into(),
            contributors: &self.contributors,
            paths: &self.paths,
            lands: Some((self.segment.facts.old, self.segment.facts.new_tree)),
            now: self.question.now.max(self.segment.records.time),
        }
    }
}
