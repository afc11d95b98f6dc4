//! A clock that runs as fast as a test wants, for the program alone: git and everything else keep the real one.

use std::fs;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;
use crate::support::sandbox::Sandbox;

/// A clock that only ever goes forward.
pub struct Clock {
    library: PathBuf,
    file: PathBuf,
    ahead: Mutex<i64>,
    began: Instant,
}

impl Clock {
    /// Makes a clock that tells the right time until it is moved.
    pub fn new(sandbox: &Sandbox) -> Self {
        let (source, library) = (sandbox.root.join("clock.c"), sandbox.root.join("clock.so"));
        let file = sandbox.root.join("clock");
        fs::write(&source, include_str!("clock.c")).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl");
        Ran::of(compiler).ok();
        fs::write(&file, 0_i64.to_ne_bytes()).unwrap();
        Self { library, file, ahead: Mutex::new(0), began: Instant::now() }
    }

    /// Returns somebody whose git coord goes by this clock, and is so many seconds wrong.
    pub fn given_to(&self, actor: &Actor, skew: i64) -> Actor {
        let actor = actor.with_env("COORD_TEST_CLOCK", &self.file).with_env("LD_PRELOAD", &self.library);
        actor.with_env("COORD_TEST_CLOCK_SKEW", skew.to_string())
    }

    /// Lets the hooks of a server go by this clock as well.
    pub fn given_to_hooks(&self, repository: &Path) {
        let (file, library) = (self.file.display(), self.library.display());
        let told = format!("#!/bin/sh\nexport COORD_TEST_CLOCK='{file}' LD_PRELOAD='{library}'\n");
        for name in ["pre-receive", "reference-transaction", "post-receive"] {
            let hook = repository.join("hooks").join(name);
            let shim = fs::read_to_string(&hook).unwrap();
            fs::write(&hook, shim.replacen("#!/bin/sh\n", &told, 1)).unwrap();
        }
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        let mut ahead = self.ahead.lock().unwrap();
        *ahead += seconds;
        let file = File::options().write(true).open(&self.file).unwrap();
        file.write_all_at(&ahead.to_ne_bytes(), 0).unwrap();
    }

    /// Returns what it says, in seconds since 1970.
    pub fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        since.as_secs().cast_signed() + *self.ahead.lock().unwrap()
    }

    /// Returns how long it has been there, on a clock that nobody moves.
    pub fn elapsed_ns(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).expect("a test takes no centuries")
    }
}
