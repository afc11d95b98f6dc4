//! What the fields of objects mean that tell what happens: events, reactions, changes in other work trees.

/// What fields mean: object, field, meaning.
pub const OF_WATCH: &[(&str, &str, &str)] = &[
    ("changed_elsewhere", "branch", "The branch that the other work tree is on"),
    ("changed_elsewhere", "claim", "The claim of who works there on the path"),
    ("changed_elsewhere", "how", "`uncommitted`, or `unlanded`: committed, and not on the main line"),
    ("changed_elsewhere", "path", "What is changed there"),
    ("changed_elsewhere", "principal", "Who joined there"),
    ("changed_elsewhere", "worktree", "Where the other work tree is"),
    (
        "event",
        "detail",
        "More of it, such as paths; of `watch.limited` what is told later or not: of a work tree that cannot be looked \
         at, how many paths more several work trees change, or why the remote did not answer",
    ),
    (
        "event",
        "event",
        "What happened: of a claim `claim.granted`, `claim.queued`, `claim.held`, `claim.taken`, `claim.expired`, \
         `claim.released`, `claim.lost`, `claim.set-aside`; of a decision `decision.made`, `decision.superseded`; \
         of a finding `finding.added`, `finding.closed`, \
         `finding.lost`, `finding.set-aside`; of a request `request.opened`, `request.ready`, `request.landed`, \
         `approval.added`, `approval.withdrawn`, `check.attested`, `check.withdrawn`, `glass.broken`, \
         `glass.reviewed`; of an action `action.started`, `action.finished`; of a file that two work trees change \
         `edit.collision`, `edit.settled`; of the whole `policy.changed`, `draft.invalid`, `entry.void`, \
         `ledger.fork`; of the watcher `watch.limited`, `reactions.untrusted`, `reaction.failed`",
    ),
    (
        "event",
        "holders",
        "For a claim that was lost: the claims that hold its ground now; for a file that two change: those that hold it",
    ),
    ("event", "kind", "Of a finding: its kind"),
    ("event", "paths", "Patterns of paths that it is about, as far as they are known"),
    ("event", "principal", "Who did it, if that is known"),
    ("event", "severity", "Of a finding: how severe it is"),
    (
        "event",
        "sides",
        "The two work trees that change a file, each with whose it is, how far it has come and under which claim",
    ),
    ("letter", "attempts", "How often the reaction was started for it"),
    ("letter", "event", "The event that it is about"),
    ("letter", "failure", "Why it is dead; `null` once it was tried again and done"),
    ("letter", "reaction", "The reaction that was, or was not, started"),
    ("letter", "subject", "What the event is about"),
    ("letter", "time", "When it was accepted, or tried last"),
    ("reactions", "digest", "SHA-256 of the file as it is now"),
    ("reactions", "file", "Where the reactions of this clone are written down"),
    ("reactions", "log", "Where it is written down what was started"),
    ("reactions", "reactions", "Each with the events on which it is started, and its command"),
    ("reactions", "state", "`none`, `trusted`, `untrusted` or `unusable`: only what is trusted is started"),
];
