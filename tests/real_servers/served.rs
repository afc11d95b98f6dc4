//! A hub with our hooks behind a real server, and a desk from which everybody pushes to it.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::path::PathBuf;

use git_coord::rules::Code;

use crate::real_servers::kind::Kind;
use crate::real_servers::row::Row;
use crate::real_servers::seen;
use crate::server::stage::Stage;
use crate::server::stage::codes_in;
use crate::support::sandbox::Ran;
use crate::support::servers::Server;

pub(super) const HOOKS: [&str; 3] = ["pre-receive", "reference-transaction", "post-receive"];

/// A stage whose hub is behind a server. The server's account has a program of its own, where it may run it.
pub(super) struct Served {
    // Before the stage: the server ends before its directory is removed.
    pub(super) server: Box<dyn Server>,
    pub(super) kind: Kind,
    stage: Stage,
}

impl Deref for Served {
    type Target = Stage;
    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl Served {
    /// Puts a stage behind a server.
    pub(super) fn new(kind: Kind) -> Self {
        let stage = Stage::plain();
        let server = kind.start(&stage.root.join("server"), &stage.hub);
        let program = install_program(&stage.root);
        for hook in HOOKS {
            let file = stage.hub.join("hooks").join(hook);
            let text = fs::read_to_string(&file).unwrap();
            fs::write(&file, text.replace(env!("CARGO_BIN_EXE_git-coord"), program.to_str().unwrap())).unwrap();
        }
        stage.git(&["remote", "set-url", "hub", &server.url("alice")]);
        for (name, value) in server.variables("alice") {
            assert_eq!(name, "GIT_SSH_COMMAND");
            stage.git(&["config", "core.sshCommand", &value]);
        }
        // The hub is looked into by whoever runs the tests.
        stage.git(&["config", "--global", "safe.directory", "*"]);
        if server.account().is_other() {
            stage.leave_hub_uninspected();
        }
        Self { server, kind, stage }
    }

    /// Keeps what was seen for the page of servers.
    pub(super) fn saw(&self, row: Row, result: &str) {
        seen::keep(self.kind, row, &self.server.version(), result);
    }

    /// Pushes what the server must refuse for this reason; the reason comes to who pushes.
    #[track_caller]
    pub(super) fn turned_away(&self, arguments: &[&str], code: Code) -> String {
        let said = self.refused(arguments, code);
        assert!(said.stderr.contains("remote: "), "it is the server that says so: {said}");
        format!("refused: `{code}`")
    }

    /// Returns git coord as the server's account runs it, in the repository.
    pub(super) fn coord_at_server(&self, arguments: &[&str]) -> Ran {
        let mut command = self.server.service(&self.program_file());
        command.arg("--json").args(arguments);
        Ran::of(command)
    }

    /// Returns where the program of the server's hooks is.
    pub(super) fn program_file(&self) -> PathBuf {
        self.root.join("programs/git-coord")
    }

    /// The hub has recorded that the main branch is where it is.
    #[track_caller]
    pub(super) fn assert_landed(&self) {
        self.sync();
        self.coord("maria", &["audit"]).ok();
        let landed = self.git(&["grep", "-h", "^new ", "refs/remotes/hub/coord", "--", "landed"]);
        assert!(landed.contains(&self.tip("refs/remotes/hub/main")), "{landed}");
    }
}

/// Puts the program where every account may run it, as a package would.
pub(super) fn install_program(root: &Path) -> PathBuf {
    let program = root.join("programs/git-coord");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    let built = Path::new(env!("CARGO_BIN_EXE_git-coord"));
    fs::hard_link(built, &program).or_else(|_| fs::copy(built, &program).map(drop)).unwrap();
    program
}

impl Served {
    /// Pushes what the server must refuse for one reason, whichever. Returns it.
    #[track_caller]
    pub(super) fn refused_some(&self, arguments: &[&str]) -> Code {
        let said = self.push(arguments);
        let codes: Vec<_> = codes_in(&said.stderr).into_iter().collect();
        let [code] = codes.as_slice() else { panic!("one reason: {said}") };
        self.turned_away(arguments, *code);
        *code
    }

    /// Gives what the test made in the hub to the server's account, as it would belong to it otherwise.
    pub(super) fn own_again(&self) {
        self.server.account().take(self.server.repository());
    }
}
