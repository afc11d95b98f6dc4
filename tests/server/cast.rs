//! Who takes part, and under which policies.

use git_coord::model::PrincipalKind;

/// Nobody lands alone, and not with an approval from the authors' own model family. Claims are free.
pub(super) const PLAIN: &str = r#"
format  = 1
version = 1

[root]
threshold = 1
members   = ["ROOT"]

[roles.builder]
may = ["claim", "find", "request"]

[roles.reviewer]
may = ["claim", "find", "triage", "request", "approve"]

[roles.security]
may = ["claim", "find", "triage", "request", "approve", "veto"]

[roles.maintainer]
may         = ["claim", "find", "triage", "request", "approve", "veto", "enroll", "revoke", "propose-policy", "land"]
humans-only = true

[[protect]]
name     = "main"
refs     = ["refs/heads/main", "refs/heads/release/*", "refs/tags/v*"]
commits  = "signed"
block-on = ["high", "critical"]

  [[protect.approvals]]
  count    = 1
  from     = ["reviewer", "maintainer"]
  distinct = ["vendor"]
"#;

/// Authors stay in their lanes, hold what they change, and are reviewed by people and models of others.
pub(super) const STRICT: &str = r#"
format  = 1
version = 1

[root]
threshold = 1
members   = ["ROOT"]

[roles.builder]
may   = ["claim", "find", "request"]
lanes = ["src/**", "tests/**", "docs/**"]

[roles.reviewer]
may = ["find", "triage", "approve"]

[roles.security]
may = ["find", "triage", "approve", "veto"]

[roles.maintainer]
may         = ["claim", "find", "triage", "request", "approve", "veto", "enroll", "revoke", "propose-policy", "land"]
humans-only = true

[[protect]]
name     = "main"
refs     = ["refs/heads/main", "refs/heads/release/*"]
commits  = "signed"
claims   = "held"
block-on = ["high", "critical"]

  [[protect.approvals]]
  count    = 1
  from     = ["reviewer", "maintainer"]
  distinct = ["operator", "vendor"]

  [[protect.approvals]]
  paths = [".github/**", "infra/**", "**/Cargo.toml"]
  count = 1
  from  = ["maintainer"]
  bind  = "tree"
"#;

/// The root member who begins the ledger, a human maintainer.
pub(super) const ROOT: &str = "maria";

/// Name, kind, role, vendor, operator.
pub(super) type Member = (&'static str, PrincipalKind, &'static str, Option<&'static str>, &'static str);

/// Whom the root member enrolls.
pub(super) const CAST: [Member; 8] = [
    ("nora", PrincipalKind::Human, "maintainer", None, "nora"),
    ("alice", PrincipalKind::Agent, "builder", Some("anthropic"), "acme"),
    ("dave", PrincipalKind::Agent, "builder", Some("openai"), "delta"),
    ("bob", PrincipalKind::Agent, "reviewer", Some("openai"), "beta"),
    ("carol", PrincipalKind::Agent, "reviewer", Some("google"), "gamma"),
    ("erin", PrincipalKind::Agent, "reviewer", Some("anthropic"), "eps"),
    ("fred", PrincipalKind::Agent, "reviewer", Some("google"), "acme"),
    ("sam", PrincipalKind::Agent, "security", Some("google"), "watch"),
];

/// The code before anybody changes it.
pub(super) const FILES: [(&str, &str); 5] = [
    ("README.md", "# Project\n"),
    ("Cargo.toml", "[package]\nname = \"project\"\n"),
    ("src/a.rs", "fn a() {}\n"),
    ("src/b.rs", "fn b() {}\n"),
    ("docs/guide.md", "Guide\n"),
];
