//! Names, deletions and rewinds behind a real server.

use std::fs;

use git_coord::rules::Code;

use crate::real_servers::kind::Kind;
use crate::real_servers::kind::on_every_server;
use crate::real_servers::row::Row;
use crate::real_servers::served::HOOKS;
use crate::real_servers::served::Served;
use crate::server::stage::COORD;
use crate::server::stage::MAIN;

on_every_server!(protected_refs_go_forward_only another_name_leads_nowhere);

fn protected_refs_go_forward_only(kind: Kind) {
    let served = Served::new(kind);
    served.at_hub(&["config", "receive.denyDeleteCurrent", "ignore"]);
    served.approved("x", "src/a.rs", "fn a() { 1 }\n");
    served.land("x");
    served.accepted(&["x:topic"]);

    let main = served.turned_away(&[":main"], Code::RefDelete);
    let ledger = served.turned_away(&[":coord"], Code::LedgerDelete);
    served.saw(Row::Delete, &format!("{main}, `{}`", ledger.trim_start_matches("refused: `").trim_end_matches('`')));
    // The second of two pushes is the making of a branch that is there.
    let again = served.turned_away(&[":main", "x:refs/heads/other"], Code::RefDelete);
    assert_eq!(served.hub_tip(MAIN), served.tip("x"));
    served.saw(Row::Again, &again);

    let main = served.turned_away(&["+refs/remotes/hub/main~1:refs/heads/main"], Code::RefNotForward);
    let coord = served.refused_some(&["+refs/remotes/hub/coord~1:refs/heads/coord"]);
    served.saw(Row::Rewind, &format!("{main}, `{coord}`"));
    served.git(&["checkout", "-q", "--orphan", "island"]);
    served.commit_all("alice", "Begin elsewhere");
    let aside = served.refused_some(&["+island:refs/heads/coord"]);
    served.saw(Row::LedgerAside, &format!("refused: `{aside}`"));

    // The legal twins: other branches go where they like, and these go forward.
    served.accepted(&["+x~1:topic"]);
    served.accepted(&[":topic"]);
    served.said("dave", &["claim", "docs/", "--intent", "Other work"]);
    served.sync();
    served.approved("y", "src/b.rs", "fn b() { 1 }\n");
    served.accepted(&["y:main"]);
    served.assert_landed();
}

fn another_name_leads_nowhere(kind: Kind) {
    let served = Served::new(kind);
    served.approved("x", "src/a.rs", "fn a() { 1 }\n");
    served.at_hub(&["branch", "free", "main"]);
    for (alias, real) in
        [("alias", MAIN), ("second", "refs/heads/alias"), ("ledger", COORD), ("third", "refs/heads/free")]
    {
        served.at_hub(&["symbolic-ref", &format!("refs/heads/{alias}"), real]);
    }
    served.own_again();
    let seen = served.turned_away(&["x:refs/heads/alias"], Code::RefAlias);
    served.turned_away(&["x:refs/heads/second"], Code::RefAlias);
    served.turned_away(&[":refs/heads/alias"], Code::RefAlias);
    let entry = served.entry_on(&served.ledger_head(), &[]).write(&served, "alice");
    served.turned_away(&[&format!("{entry}:refs/heads/ledger")], Code::RefAlias);
    // The legal twin: another name of a free branch.
    served.accepted(&["x:refs/heads/third"]);

    // The same server without our hooks takes it, and its main branch has moved.
    let before = served.hub_tip(MAIN);
    for hook in HOOKS {
        fs::remove_file(served.hub.join("hooks").join(hook)).unwrap();
    }
    served.accepted(&["x:refs/heads/alias"]);
    assert_ne!(served.hub_tip(MAIN), before);
    served.saw(Row::Alias, &format!("{seen}; taken"));
}
