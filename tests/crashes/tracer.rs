//! Runs a command under `tracer.c`, which numbers what it writes and has one of these calls fail, and reads what it wrote down.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::support::sandbox::Actor;
use crate::support::sandbox::Ran;

/// One call by which a command changed files, or tried to.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Its number, from 1 on, in the order in which calls begin.
    pub(super) point: usize,
    pub(super) name: String,
    /// What the kernel said; negative is an error.
    pub(super) result: i64,
    /// Where a write begins, -1 at the end; how long a file becomes; how a file is opened.
    pub(super) offset: i64,
    pub(super) path: PathBuf,
    /// A second path, or what was written.
    pub(super) data: Vec<u8>,
}

impl Call {
    pub(super) fn second_path(&self) -> PathBuf {
        OsString::from_vec(self.data.clone()).into()
    }

    pub(super) fn is_sync(&self) -> bool {
        ["fsync", "fdatasync", "syncfs", "sync_file_range", "sync"].contains(&self.name.as_str())
    }
}

/// Calls that change files in ways that neither the tracer nor the model of the disk follows.
const UNKNOWN: [&str; 7] = ["mmap", "pwritev", "pwritev2", "copy_file_range", "sendfile", "splice", "openat2"];

/// A command that was run, with what it wrote.
#[derive(Debug)]
pub(super) struct Traced {
    pub(super) ran: Ran,
    pub(super) calls: Vec<Call>,
    /// At which call the fault struck, and the words of the command line of the process that made it.
    pub(super) hit: Option<(Call, String)>,
}

/// Builds the tracer once. `None` if this machine cannot.
pub(super) fn tracer() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let built = build();
        if let Err(reason) = &built {
            assert!(env::var_os("COORD_REQUIRE_TRACER").is_none(), "{reason}");
            eprintln!("NOT TESTED: {reason}");
        }
        built.ok()
    });
    built.as_deref()
}

fn build() -> Result<PathBuf, String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("the tracer knows the system calls of Linux on x86-64 only".to_owned());
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crashes/tracer.c");
    // Another run of the tests may be starting the old one.
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (new, file) = (place.join(format!("tracer-{}", std::process::id())), place.join("tracer"));
    let compiled = Command::new("cc").args(["-O2", "-o"]).arg(&new).arg(source).output();
    let compiled = compiled.map_err(|error| format!("`cc` cannot be run: {error}"))?;
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    fs::rename(&new, &file).unwrap();
    let log = place.join(format!("tracer-log-{}", std::process::id()));
    let tried = Command::new(&file).args([place, &log]).args(["none", "0", "true"]).output().unwrap();
    fs::remove_file(log).ok();
    let said = String::from_utf8_lossy(&tried.stderr).into_owned();
    if tried.status.success() { Ok(file) } else { Err(format!("processes cannot be traced here: {said}")) }
}

/// Runs a command of somebody, with a fault at one of its calls below a directory. Points count from 1.
#[track_caller]
pub(super) fn run(tracer: &Path, root: &Path, actor: &Actor, arguments: &[String], fault: (&str, usize)) -> Traced {
    let log = root.join("tmp").join(format!("log-of-{}", actor.id));
    let mut command = actor.command(tracer);
    command.arg(root).arg(&log).arg(fault.0).arg(fault.1.to_string());
    command.args(["git-coord", "--json"]).args(arguments);
    let ran = Ran::of(command);
    assert!(ran.code != 120, "the tracer itself failed: {ran}");
    let (mut calls, mut hit) = (Vec::new(), None);
    for line in fs::read_to_string(&log).unwrap().lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        // Whoever is killed may leave half a line.
        let [point, _, name, result, offset, path, data] = fields[..] else { continue };
        let call = Call {
            point: point.parse().unwrap_or_default(),
            name: name.to_owned(),
            result: result.parse().unwrap(),
            offset: offset.parse().unwrap(),
            path: OsString::from_vec(bytes(path)).into(),
            data: bytes(data),
        };
        if point == "HIT" {
            let words = String::from_utf8_lossy(&call.data).replace('\0', " ");
            hit = Some((call, words));
        } else {
            calls.push(call);
        }
    }
    let unknown = calls.iter().find(|call| UNKNOWN.contains(&call.name.as_str()));
    assert!(unknown.is_none(), "nothing here knows what this changes: {unknown:?}");
    Traced { ran, calls, hit }
}

fn bytes(digits: &str) -> Vec<u8> {
    let value = |digit: u8| (digit as char).to_digit(16).unwrap() as u8;
    digits.as_bytes().chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
}
