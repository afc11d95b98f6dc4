//! The attacks that the program answers: the one list behind `docs/attacks.md`.

/// The families, in the order of the page: how their ids begin, and what they are about.
pub const FAMILIES: &[(&str, &str)] = &[
    ("SIG", "Signatures and the form of entries"),
    ("APP", "Approvals"),
    ("POL", "The policy"),
    ("LED", "The ledger"),
    ("REF", "Refs and pushes"),
    ("MRG", "Merges"),
    ("LANE", "Lanes"),
    ("LEASE", "Leases"),
    ("TIME", "Time"),
    ("KEY", "Keys"),
    ("PARSE", "Reading"),
    ("ENV", "The environment"),
    ("SRV", "The server"),
    ("CI", "Checks of forges"),
    ("REACT", "Reactions"),
];

/// One attack a line: its id, with a star if stock git or OpenSSH lets it through; the codes with which it is refused, none
/// where nothing is refused because it changes nothing; and what is tried.
pub const ATTACKS: &str = "\
SIG-1* | entry.noncanonical | A signed entry with a header more that git leaves out of what is signed
SIG-2* | entry.noncanonical | The armour of a signature wrapped otherwise, or with spaces
SIG-3* | signature.malleable | The second value that fits the same signature
SIG-4* | entry.multiple-signatures | Two signatures in one entry
SIG-5 | signature.namespace | A signature that was made for files or mail, or for a name that looks like git's
SIG-6* | signature.hash | A signature over another hash than the one asked for
SIG-7* | key.weak | A key of small order, with which one signature fits every message
SIG-8 | key.unknown | Another key under the id, or the short text, of somebody enrolled
SIG-9 | key.type | RSA, DSA and ECDSA keys, and certificates
SIG-10 | signature.hardware-flags | A hardware key that nobody touched, or that was made for a web site
SIG-11 | signature.payload | A signature of a tag or a push certificate on a commit
SIG-12 | entry.unsigned, key.unknown, signature.bad | No signature, one of a stranger, one over something else
SIG-13* | record.owner | Somebody else's name and address in a commit, under one's own signature
SIG-14* |  | Git's signing program, signers and revocations set to what suits
SIG-15* | entry.noncanonical | Text behind a NUL, which `git log` does not show
SIG-16 | entry.noncanonical | Headers that entries do not have, and dates beyond all calendars
SIG-17 | history.missing | Two contents of one SHA-1
APP-1 | approval.self | One's own request approved, with one's second key too
APP-2 | approval.independence | An approver of the same operator or model family as the author
APP-3 | approval.contributor | An approver who signed, co-authored or held what it approves
APP-4 | approval.delta | A branch that is replaced after its approval
APP-5 | approval.delta | A commit on top of what was approved
APP-6* | approval.delta | Another change that git gives the same patch id
APP-7 | approval.ref | An approval for one ref, used on another
APP-8 | ledger.fork, approval.delta | An approval from a fork, or from the ledger of another repository
APP-9 | approval.consumed | An approval used again after a revert
APP-10 | approval.threshold | Two approvals of one principal
APP-11 | approval.threshold | The approval of a role that may approve no more
APP-12 | approval.threshold, record.owner | A push after an approval was withdrawn; a withdrawal by somebody else
APP-13 | approval.veto, finding.blocks, record.owner | Landing over a veto or a heavy finding, or closing it without the role
APP-14 | approval.empty-delta | A change of nothing that makes a hostile history reachable
APP-15 | approval.scope | An approval beyond the reviewer's lanes
APP-16 | approval.stale, approval.tree | An approval that is too old, or given on another base than asked for
APP-17 | approval.tree | A check of one tree, a push of another
APP-18 | approval.rate | Approvals faster than anybody reads
APP-19 | approval.threshold | An approval that lies in the code
APP-20 | policy.unsat | A policy that asks for nobody, or for more than there are
POL-1 | push.mixed | Looser rules and what they would let through in one push
POL-2 | policy.rollback | An old version of the policy made active again
POL-3 | policy.version | A version that is left out or comes twice
POL-4 | policy.threshold | Root members exchanged by the old ones alone, or by the new ones alone
POL-5 | policy.parent | A draft on rules that are not in force any more
POL-6 | policy.draft | A draft that changes after it was approved
POL-7 | approval.threshold | A policy in the code
POL-8 | policy.unknown | A policy with keys, rules or a format that nobody knows
POL-9 | principal.escalation | A role or a right given by somebody who lacks it
POL-10 | policy.threshold, approval.self | The security role, a maintainer or a root member above the gate
POL-11 | policy.unsat, principal.status | Rules, or departures, after which nobody can decide
POL-12 | policy.threshold | One root member that loosens by what is meant for tightening
POL-13 | approval.threshold | A rule in the shade of a broader, narrower or differently spelt one
POL-14 | break-glass.refused, break-glass.unreviewed | Break-glass by an agent, without a reason, for something else, too late, or twice
LED-1 | ledger.fork, ledger.not-forward | A rewritten ledger
LED-2* | ledger.delete, ledger.fork | A ledger that is deleted and begun again
LED-3 | ledger.merge | A merge in the ledger
LED-4 | record.owner, record.right, decision.frozen, decision.superseded, lane.outside | Records added, changed or removed by those who may not
LED-5 | record.owner | An illegal entry in the chain, and what comes after it
LED-6 | signature.bad | Somebody's entry put after another than it was signed for
LED-7 | entry.noncanonical | A second form of an entry, to frame its signer
LED-8 | ledger.fork | Two entries of one key after the same one
LED-9 | ledger.fork | A server that shows two heads to two clients
LED-10 | ledger.fork | A server that shows less than it showed before
LED-11 | ledger.stale | A ledger that nobody has fetched for too long
LED-12 | entry.skew | An entry dated far ahead, to stop the clock of the ledger
LED-13 | ledger.root, ledger.fork | Another ledger in the place of the trusted one
LED-14 | ledger.root | Another history, signed with keys that were retired, for a fresh clone
LED-15 | entry.quota | A flood of records by one key
LED-16* | ref.replace, history.shallow | Replacements, grafts and shallow borders that change what history says
LED-17 | record.rev | Rules or keys of one head with approvals of another
REF-1* | ref.alias | A protected ref under another name
REF-2* | ref.name | Names that are taken for other names
REF-3 | ref.case | A twin of a protected ref
REF-4 | ref.delete | A protected ref that is deleted, or deleted and made again
REF-5 | ref.not-forward | A protected branch that goes back, or elsewhere
REF-6 | ref.not-forward | A protected tag that moves
REF-7 | record.limit | A push of very many refs
REF-8 | landed.missing, landed.mismatch | A move without its landing, or with that of another
REF-9* | push.moved | A ledger that moves between the decision and the move
REF-10* | approval.threshold | Ledger and code in one push, in every order
REF-11 | ref.state | A protected ref that a server set back
MRG-1* | approval.delta | A merge that brings a file of its own
MRG-2* | approval.delta | A merge that drops what has landed
MRG-3* | approval.delta | A third parent that smuggles
MRG-4 | range.signature | An unsigned commit behind a merge
MRG-5 | key.revoked | Work of a key that was revoked since
MRG-6 | lane.outside | A file that is added and taken out again on the way
LANE-1 | lane.outside | A rename across the border of a lane
LANE-2* | lane.outside | Paths that only look as if they were in the lane
LANE-3 | lane.collision | Paths that are one in some checkout
LANE-4 | lane.symlink | A symbolic link out of the lane
LANE-5 | lane.sensitive | Submodules, workflows, attributes, hooks
LANE-6 | approval.delta, lane.outside | A change of nothing but the mode
LEASE-1 | claim.held | Two claims at once from two clones
LEASE-2 | claim.held | A takeover before its time
LEASE-3 | claim.fenced | Work of a holder who slept past its lease
LEASE-4 | claim.fenced, record.owner | Renewing what was taken over, releasing what is another's
LEASE-5 | entry.skew | A holder whose clock is wrong
LEASE-6 | claim.ttl | Times to live that are none
LEASE-7 | claim.held, claim.overlap | Claims that overlap by pattern, case or spelling
LEASE-8 |  | A claim whose acknowledgement is lost
LEASE-9 | claim.quota | Squatting
TIME-1 | entry.time | An entry dated before the one it follows
TIME-2 | entry.skew | An entry dated ahead of the clock
TIME-3 | claim.held | A clock that jumps back and forth
KEY-1* | key.revoked | A back-dated commit of a key that has ended
KEY-2 | key.revoked, approval.threshold | Entries, approvals and landings of a revoked or suspect key
KEY-3 | key.reused | One key for two principals, or a revoked one again
KEY-4 | record.owner | A new key for somebody else
KEY-5 | principal.name | Names that look like others
KEY-6 | usage.argument | Names that become options of an allowed-signers file
PARSE-1 | record.parse, policy.unknown | Keys twice, keys unknown, values of another type
PARSE-2 | record.limit, record.parse | Very deep, very long, very many
PARSE-3 | record.parse | Bytes and characters that deceive or steer
PARSE-4 | record.parse | Numbers and dates beyond their kinds
PARSE-5 | record.limit | Trees and changes that explode
PARSE-6* | ledger.tree | Links, modes and names that have no business in a ledger
PARSE-7* | usage.argument | Words that move a terminal
PARSE-8 | input.malformed | What a hook reads, malformed
ENV-1* |  | An environment that redirects git, or runs something
ENV-2* |  | A configuration that runs something
ENV-3* |  | A bare repository within the tree
ENV-4 | worktree.replaced | Something else in the place of `.coord`
ENV-5* | approval.threshold, ref.state | Skipped client hooks
ENV-6 | history.missing, history.shallow | Objects that cannot be read
SRV-1 | history.missing | A hook whose program is missing, dies, or cannot read the ledger
SRV-2 | git.unsafe | A server's repository that belongs to another user
SRV-3 | approval.threshold | Objects of a refused push
CI-1 | lane.sensitive | A pull request that edits its own check
CI-2 | trust.none, ref.state | A green status from somewhere else
CI-3 | ref.state | A merge past the gate by an administrator
CI-4 | approval.delta | A merge queue that makes commits of its own
REACT-1 |  | A record that names a command
REACT-2 |  | A reaction that causes itself
REACT-3 |  | Reactions configured by the repository
REACT-4 | usage.argument, approval.delta | Text that asks its reader to approve
";
