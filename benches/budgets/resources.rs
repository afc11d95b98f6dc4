//! Waits for the disk, memory, and the size of the program.

use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::BINARY;
use crate::budgets::worker;
use crate::budgets::worlds::Size;

const APPENDS: usize = 10;
const CALLS: &str = "trace=fsync,fdatasync,syncfs,sync_file_range,sync,msync";

pub(crate) fn syncs(bench: &mut Bench) {
    let directory = bench.worlds.copy(Size::findings(1_000), "syncs");
    let log = bench.worlds.sandbox.root.join("strace");
    let count = |appends: usize| {
        let mut command = Command::new("strace");
        command.args(["-f", "-q", "-e", CALLS, "-o"]).arg(&log).arg(worker::program());
        command.args(worker::arguments(&["append"])).arg(&directory).arg(appends.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let ran = command.status().is_ok_and(|status| status.success());
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        ran.then(|| text.lines().filter(|line| line.contains("sync")).count())
    };
    match (count(0), count(APPENDS)) {
        (Some(none), Some(some)) => {
            let each = (some - none) as f64 / APPENDS as f64;
            bench.add(Row::figure("fsync calls of one durable append, by strace", each, "", Budget::AtMost(3.0)));
        }
        _ => bench.skip("fsync calls of one durable append", "strace is not here"),
    }
}

pub(crate) fn memory(bench: &mut Bench) {
    let directory = bench.worlds.joined(Size::FULL, "memory", &["--no-hooks"]);
    let output = bench.worlds.sandbox.root.join("memory.txt");
    let mut command = bench.worlds.sandbox.command("/usr/bin/time", &directory);
    command.args(["-f", "%M", "-o"]).arg(&output).args([BINARY, "status"]);
    let ran = command.status().is_ok_and(|status| status.success());
    let kilobytes = std::fs::read_to_string(&output).ok().and_then(|text| text.trim().parse::<f64>().ok());
    match kilobytes.filter(|_| ran) {
        Some(kilobytes) => {
            let what = "memory of `status` at 21,000 records";
            bench.add(Row::figure(what, kilobytes / 1_024.0, "MiB", Budget::AtMost(64.0)));
        }
        None => bench.skip("memory of `status`", "GNU time is not here"),
    }
}

pub(crate) fn binary(bench: &mut Bench) {
    let copy = bench.worlds.sandbox.root.join("stripped");
    let stripped = std::fs::copy(BINARY, &copy).is_ok()
        && Command::new("strip").arg(&copy).status().is_ok_and(|status| status.success());
    let size = |path: &Path| std::fs::metadata(path).map_or(f64::NAN, |found| found.len() as f64 / 1_048_576.0);
    if stripped {
        let row = Row::figure("release binary, stripped", size(&copy), "MiB", Budget::AtMost(12.0));
        bench.add(row.because(|| {
            let table = size(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/overlap/gcsem-128.gce1")));
            format!(
                "{table:.1} MiB of it are the table of what words mean. The rest is code, a third of it our own, another what we and \
                 others make of generics of the standard library; the profile `dist` (`cargo build --profile dist`) makes it \
                 smaller and faster, and takes much longer to build."
            )
        }));
    } else {
        bench.skip("release binary, stripped", "strip is not here");
    }
}
