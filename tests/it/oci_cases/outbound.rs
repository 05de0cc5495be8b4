//! Watches the sockets of this process while a call-up is answered. It must see every connection or look-up that leaves
//! the loopback, and must never open one itself.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<BTreeSet<String>>,
}

/// Looked at this often; a name look-up or a refused connection takes longer.
const PAUSE: Duration = Duration::from_millis(2);

impl Watch {
    pub fn start() -> Watch {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut seen = BTreeSet::new();
            while !stopped.load(Ordering::Relaxed) {
                seen.extend(foreign());
                std::thread::sleep(PAUSE);
            }
            seen.extend(foreign());
            seen
        });
        Watch { stop, thread }
    }

    pub fn seen(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map(|s| s.into_iter().collect()).unwrap_or_else(|_| vec!["the watch broke".to_owned()])
    }
}

/// Remote addresses outside the loopback, and name servers anywhere, that a socket of this process is connected to.
fn foreign() -> BTreeSet<String> {
    let own = own_sockets();
    let mut found = BTreeSet::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let Ok(text) = std::fs::read_to_string(format!("/proc/self/net/{table}")) else { continue };
        for row in text.lines().skip(1) {
            let columns: Vec<&str> = row.split_whitespace().collect();
            let (Some(remote), Some(inode)) = (columns.get(2), columns.get(9)) else { continue };
            let Some((address, port)) = remote_of(remote) else { continue };
            let is_look_up = table.starts_with("udp") && port == 53;
            if port != 0 && own.contains(*inode) && (is_look_up || !address.is_loopback()) {
                found.insert(format!("{table} {address}:{port}"));
            }
        }
    }
    found
}

fn own_sockets() -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return BTreeSet::new() };
    let links = entries.filter_map(|e| std::fs::read_link(e.ok()?.path()).ok());
    links.filter_map(|l| Some(l.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect()
}

/// `0100007F:1F90` as the kernel writes it.
fn remote_of(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| Some(u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?.to_le_bytes());
    let address = match address.len() {
        8 => IpAddr::from(Ipv4Addr::from(word(0)?)),
        32 => {
            let mut bytes = [0u8; 16];
            for part in 0..4 {
                bytes[part * 4..part * 4 + 4].copy_from_slice(&word(part * 8)?);
            }
            Ipv6Addr::from(bytes).to_canonical()
        }
        _ => return None,
    };
    Some((address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_kernel_are_read() {
        assert_eq!(remote_of("0100007F:1F90"), Some((IpAddr::from([127, 0, 0, 1]), 8080)));
        let mapped = remote_of("0000000000000000FFFF0000FEA9FEA9:0050");
        assert_eq!(mapped, Some((IpAddr::from([169, 254, 169, 254]), 80)));
    }

    #[test]
    fn a_socket_that_leaves_the_loopback_is_seen() {
        let socket = std::net::UdpSocket::bind("0.0.0.0:0").expect("a socket");
        // Connecting a datagram socket sends nothing.
        if socket.connect("192.0.2.1:9").is_ok() {
            assert!(foreign().contains("udp 192.0.2.1:9"), "{:?}", foreign());
        }
        drop(socket);
        assert!(!foreign().contains("udp 192.0.2.1:9"));
    }
}
