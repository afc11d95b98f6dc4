//! What stands between clients and a server on loopback, and does to each connection what networks do.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::Ipv4Addr;
use std::net::Shutdown;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use super::fault::Fault;

/// A proxy that listens until it is dropped; every connection through it ends with it.
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// What all connections know.
struct Shared {
    is_ended: AtomicBool,
    /// How often what came true.
    counts: Mutex<BTreeMap<&'static str, u64>>,
    /// What is open, to be closed at the end.
    open: Mutex<Vec<TcpStream>>,
    /// Changes when the server has done what it was asked for.
    watched: PathBuf,
}

/// One connection, with what is to become of it.
struct Link {
    shared: Arc<Shared>,
    fault: Fault,
    client: TcpStream,
    server: TcpStream,
    /// Bytes that have come from the client, and from the server.
    passed: [AtomicU64; 2],
    is_stalled: AtomicBool,
    is_counted: AtomicBool,
    /// What the watched file said when the connection began.
    before: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl Proxy {
    /// Listens for a server on a port of loopback. The watched file changes when the server has done something; a plan
    /// says what becomes of each connection.
    pub(crate) fn start(server: u16, watched: &Path, mut plan: impl FnMut() -> Fault + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared {
            is_ended: AtomicBool::new(false),
            counts: Mutex::default(),
            open: Mutex::default(),
            watched: watched.to_owned(),
        });
        let known = Arc::clone(&shared);
        let acceptor = thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if known.is_ended.load(Ordering::SeqCst) {
                    return;
                }
                join(client, server, plan(), &known);
            }
        });
        Self { port, shared, acceptor: Some(acceptor) }
    }

    /// Returns the port on loopback that leads to the server.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Returns how often what has happened to a connection.
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.shared.counts.lock().expect("nobody panics while counting").clone()
    }

    /// Cuts every connection that there is now.
    pub(crate) fn cut_all(&self) {
        for stream in self.shared.open.lock().expect("nobody panics while listing").drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_ended.store(true, Ordering::SeqCst);
        // Whoever waits for a connection gets one.
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok();
        self.acceptor.take().map(JoinHandle::join);
        self.cut_all();
    }
}

/// Connects a client with the server, unless that is what goes wrong.
fn join(client: TcpStream, server: u16, fault: Fault, shared: &Arc<Shared>) {
    if fault == Fault::Refused {
        shared.count(fault);
        return;
    }
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) else { return };
    let copy = |stream: &TcpStream| stream.try_clone().expect("there are file descriptors left");
    for stream in [&client, &server] {
        stream.set_nodelay(true).ok();
        shared.open.lock().expect("nobody panics while listing").push(copy(stream));
    }
    let before = fs::read(&shared.watched).ok();
    let passed = [AtomicU64::new(0), AtomicU64::new(0)];
    let (is_stalled, is_counted) = (AtomicBool::new(false), AtomicBool::new(false));
    let link = Link { shared: Arc::clone(shared), fault, client, server, passed, is_stalled, is_counted, before };
    let link = Arc::new(link);
    for way in [Way::Up, Way::Down] {
        let link = Arc::clone(&link);
        thread::spawn(move || link.pump(way));
    }
}

impl Shared {
    fn count(&self, fault: Fault) {
        *self.counts.lock().expect("nobody panics while counting").entry(fault.name()).or_default() += 1;
    }
}

impl Link {
    fn pump(&self, way: Way) {
        let (mut from, mut to) = match way {
            Way::Up => (&self.client, &self.server),
            Way::Down => (&self.server, &self.client),
        };
        let mut chunk = [0; 1024];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            let Some(allowed) = self.allowed(way, count) else { break };
            if self.is_stalled.load(Ordering::SeqCst) {
                // Who sends learns nothing of it.
                continue;
            }
            if to.write_all(&chunk[..allowed]).is_err() || allowed < count {
                break;
            }
        }
        if self.is_stalled.load(Ordering::SeqCst) {
            return;
        }
        if self.fault == Fault::None {
            self.come_true();
        }
        for stream in [&self.client, &self.server] {
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    /// Returns how many of so many bytes may pass now; none at all if the connection ends here.
    fn allowed(&self, way: Way, count: usize) -> Option<usize> {
        let before = self.passed[way as usize].fetch_add(count as u64, Ordering::SeqCst);
        let up_to = |limit: u64| {
            let left = limit.saturating_sub(before);
            if left < count as u64 {
                self.come_true();
            }
            usize::try_from(left).map_or(count, |left| left.min(count))
        };
        match (self.fault, way) {
            (Fault::CutUp(limit), Way::Up) | (Fault::CutDown(limit), Way::Down) => return Some(up_to(limit)),
            (Fault::LostAnswer, Way::Down) if self.is_done() => {
                self.come_true();
                return None;
            }
            (Fault::Muted, Way::Down) if self.is_done() => {
                self.come_true();
                self.is_stalled.store(true, Ordering::SeqCst);
            }
            (Fault::Stalled(limit), _) if before + count as u64 > limit => {
                self.come_true();
                self.is_stalled.store(true, Ordering::SeqCst);
            }
            (Fault::Delayed(pause), _) => {
                self.come_true();
                thread::sleep(pause / 10);
            }
            (Fault::Slow(rate), _) => {
                self.come_true();
                thread::sleep(Duration::from_micros(count as u64 * 1_000_000 / rate));
            }
            _ => {}
        }
        Some(count)
    }

    /// Returns whether the server has done something since the connection began.
    fn is_done(&self) -> bool {
        fs::read(&self.shared.watched).ok() != self.before
    }

    fn come_true(&self) {
        if !self.is_counted.swap(true, Ordering::SeqCst) {
            self.shared.count(self.fault);
        }
    }
}
