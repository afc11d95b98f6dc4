//! Ports that nobody listens on.

use std::net::Ipv4Addr;
use std::net::TcpListener;
use std::net::TcpStream;

/// Returns a port of loopback that was free just now.
pub(super) fn free() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    listener.local_addr().expect("it is bound").port()
}

/// Returns whether somebody listens on a port of loopback.
pub(super) fn is_open(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
