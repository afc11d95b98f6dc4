//! The policy and the cast of every world.

use git_coord::model::PrincipalKind;

/// The name of the ledger, to which deltas are bound.
pub const AUDIENCE: &str = "world-0001";

/// The policy of every world, as `strict` as the template. `ROOTS` stands for the root members.
pub const POLICY: &str = r#"
format  = 1
version = 1

[root]
threshold = 1
members   = [ROOTS]

[roles.builder]
may   = ["claim", "find", "request"]
lanes = ["src/**", "tests/**", "docs/**"]

[roles.guest]
may         = ["claim", "find", "request"]
lanes       = ["docs/**"]
self-enroll = true

[roles.lead]
may   = ["claim", "find", "request", "enroll"]
lanes = ["docs/**"]

[roles.reviewer]
may = ["find", "triage", "approve"]

[roles.scribe]
may   = ["find", "approve"]
lanes = ["docs/**"]

[roles.security]
may = ["find", "triage", "approve", "veto"]

[roles.maintainer]
may         = ["claim", "find", "triage", "request", "approve", "veto", "enroll", "revoke", "propose-policy", "land"]
humans-only = true

[claims]
require       = "warn"
ttl           = "30m"
ttl-max       = "4h"
grace         = "120s"
per-principal = 5

[[protect]]
name     = "main"
refs     = ["refs/heads/main", "refs/heads/release/*", "refs/tags/v*"]
commits  = "signed"
claims   = "held"
block-on = ["high", "critical"]

  [[protect.approvals]]
  count    = 1
  from     = ["reviewer", "maintainer"]
  distinct = ["operator", "vendor"]

  [[protect.approvals]]
  paths = ["src/core/**"]
  count = 1
  from  = ["maintainer"]
  bind  = "tree"
"#;

/// Who is enrolled by the root member at the beginning: name, kind, role, vendor, operator.
pub const CAST: [(&str, PrincipalKind, &str, Option<&str>, &str); 9] = [
    ("nora", PrincipalKind::Human, "maintainer", None, "nora"),
    ("olga", PrincipalKind::Human, "maintainer", None, "olga"),
    ("alice", PrincipalKind::Agent, "builder", Some("anthropic"), "acme"),
    ("bob", PrincipalKind::Agent, "builder", Some("openai"), "beta"),
    ("carol", PrincipalKind::Agent, "reviewer", Some("openai"), "gamma"),
    ("dave", PrincipalKind::Agent, "reviewer", Some("anthropic"), "delta"),
    ("erin", PrincipalKind::Agent, "reviewer", Some("google"), "acme"),
    ("sam", PrincipalKind::Agent, "security", Some("google"), "watch"),
    ("hub", PrincipalKind::Service, "hub", None, "server"),
];
