//! From the commit of an entry to the event that a watcher prints, beside a bare watcher on the same file.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use std::time::Instant;

use crate::budgets::row::Budget;
use crate::budgets::row::Row;
use crate::budgets::row::time;
use crate::budgets::run::Bench;
use crate::budgets::sandbox::BINARY;
use crate::budgets::statistics::median;
use crate::budgets::statistics::quantile;
use crate::budgets::worker;
use crate::budgets::worlds::Size;

const PATIENCE: Duration = Duration::from_secs(20);

/// A process that prints a line for every event, and when its lines came.
pub(crate) struct Watching {
    child: Child,
    lines: Receiver<(Instant, String)>,
}

pub(crate) fn rows(bench: &mut Bench) {
    let directory = bench.worlds.joined(Size::CLAIMS, "watching", &["--no-hooks"]);
    let sandbox = &bench.worlds.sandbox;
    let place = directory.display().to_string();
    let mut bare = sandbox.command(&worker::program(), &directory);
    bare.args(worker::arguments(&["notify", &place]));
    let mut ours = sandbox.command(BINARY, &directory);
    ours.args(["--json", "watch"]);
    let (bare, ours) = (Watching::start(bare), Watching::start(ours));
    let mut ledger = worker::open(&directory);
    bare.next("ready");
    // The first event tells that the watcher has begun; until then entries may be made before it looks.
    let begun = Instant::now();
    while ours.lines.try_recv().is_err() {
        assert!(begun.elapsed() < PATIENCE, "the watcher does not begin");
        worker::append_finding(&mut ledger, 0);
        std::thread::yield_now();
    }
    let watches = ours.inotify_watches();
    ours.settle();
    bare.settle();
    let (mut floor, mut subject) = (Vec::new(), Vec::new());
    for index in 0..bench.samples.max(100) {
        // Both from the beginning of the entry: a watcher may be quicker than whoever makes it.
        let made = worker::append_finding(&mut ledger, index);
        let came = [bare.next("moved"), ours.next(&made.finding.to_string())];
        let [first, second] = came.map(|came| came.saturating_duration_since(made.began).as_secs_f64() * 1e6);
        floor.push(first);
        subject.push(second);
        ours.settle();
        bare.settle();
    }
    let count = floor.len();
    let more_ms = (quantile(&subject, 0.99) - quantile(&floor, 0.99)) / 1_000.0;
    let row = Row::figure(
        "watcher, commit to event, 99th percentile beside a bare one: more",
        more_ms,
        "ms",
        Budget::AtMost(50.0),
    )
    .because(|| {
        let most = time(quantile(&subject, 0.9) - quantile(&floor, 0.9));
        format!("Nine of ten events come within {most} more. A watcher waits 20 ms for the last of several changes.")
    });
    let (floor, p90) = (time(median(&floor)), time(quantile(&subject, 0.9)));
    bench.add(Row { floor, subject: time(median(&subject)), p90, count, ..row });
    bench.add(Row::figure("inotify watches of `watch`", watches, "", Budget::AtMost(16.0)));
}

impl Watching {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program is there");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send((Instant::now(), line)).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// Returns when the next line came that contains a word.
    pub(crate) fn next(&self, word: &str) -> Instant {
        loop {
            let (came, line) = self.lines.recv_timeout(PATIENCE).expect("the watcher sees the entry");
            if line.contains(word) {
                return came;
            }
        }
    }

    /// Drops what else is told of the same entry.
    fn settle(&self) {
        while self.lines.recv_timeout(Duration::from_millis(30)).is_ok() {}
    }

    fn inotify_watches(&self) -> f64 {
        let directory = format!("/proc/{}/fdinfo", self.child.id());
        let files = std::fs::read_dir(directory).into_iter().flatten().flatten();
        let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        texts.map(|text| text.lines().filter(|line| line.starts_with("inotify wd")).count()).sum::<usize>() as f64
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
