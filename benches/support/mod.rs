//! Load over loopback for the benchmarks: kept-alive connections that send as fast as they get answers, bounded in time and number, and what
//! that gave. Must never count a wrong answer as a right one.
#![allow(dead_code)] // each benchmark uses its part

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub const CONNECTIONS: usize = 64;
const SECONDS: u64 = 3;

/// Sends one request on a kept-alive connection and reads the whole answer; gives status, `Location` and body.
pub async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Option<(u16, usize)> {
    stream.write_all(request).await.ok()?;
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.ok()?;
        if read == 0 {
            return None;
        }
        if let Some(head) = find(buffer, b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
            let length: usize = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.trim().parse().ok()).unwrap_or(0);
            while buffer.len() < head + 4 + length {
                if stream.read_buf(buffer).await.ok()? == 0 {
                    return None;
                }
            }
            return Some((text.get(9..12)?.parse().ok()?, head + 4));
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

pub struct Figures {
    pub per_second: u64,
    pub cpu: Duration,
    pub median: Duration,
    pub p95: Duration,
    pub p99: Duration,
    pub wrong: usize,
}

/// Whether a step was asked for: all are, unless a word on the command line names some.
pub fn is_wanted(name: &str) -> bool {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with("--")).peekable();
    words.peek().is_none() || words.any(|word| name.contains(&word))
}

/// Processor time of this process so far, in hundredths of a second, as Linux counts it.
pub fn ticks() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// Runs a step on all connections until the time is over or the requests are used up. `request` makes the n-th request.
pub async fn load(address: SocketAddr, expected: u16, max: usize, request: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Figures {
    let request = Arc::new(request);
    let next = Arc::new(AtomicUsize::new(0));
    let (started, before) = (Instant::now(), ticks());
    let mut tasks = Vec::new();
    for _ in 0..CONNECTIONS {
        let (request, next) = (request.clone(), next.clone());
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("the service listens");
            stream.set_nodelay(true).expect("a socket option");
            let (mut times, mut wrong, mut buffer) = (Vec::new(), 0, Vec::with_capacity(1 << 16));
            while started.elapsed() < Duration::from_secs(SECONDS) {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= max {
                    break;
                }
                let bytes = request(number);
                let begun = Instant::now();
                match exchange(&mut stream, &bytes, &mut buffer).await {
                    Some((status, _)) if status == expected => times.push(begun.elapsed()),
                    other => {
                        if wrong == 0 {
                            eprintln!("expected {expected}, got {:?}: {}", other, String::from_utf8_lossy(&buffer[..buffer.len().min(2000)]));
                        }
                        wrong += 1;
                        stream = TcpStream::connect(address).await.expect("the service listens");
                    }
                }
            }
            (times, wrong)
        }));
    }
    let (mut times, mut wrong) = (Vec::new(), 0);
    for task in tasks {
        let (own, failed) = task.await.expect("a caller");
        times.extend(own);
        wrong += failed;
    }
    let elapsed = started.elapsed();
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 1000).copied().unwrap_or_default();
    let cpu = Duration::from_millis(10 * (ticks() - before)) / u32::try_from(times.len().max(1)).unwrap_or(u32::MAX);
    let per_second = (times.len() as u128 * 1_000_000 / elapsed.as_micros().max(1)) as u64;
    Figures { per_second, cpu, median: at(500), p95: at(950), p99: at(990), wrong }
}

pub fn show(name: &str, figures: &Figures, bare: u64) {
    let percent = figures.per_second * 1000 / bare.max(1);
    println!(
        "{name:<42} {:>8}/s  cpu {:>9?}  median {:>9?}  p95 {:>9?}  p99 {:>9?}  {:>3}.{} % of bare{}",
        figures.per_second,
        figures.cpu,
        figures.median,
        figures.p95,
        figures.p99,
        percent / 10,
        percent % 10,
        if figures.wrong > 0 { format!("  WRONG ANSWERS: {}", figures.wrong) } else { String::new() }
    );
}

pub fn get_request(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes()
}

pub fn post_request(target: &str, kind: &str, extra: &str, body: &str) -> Vec<u8> {
    format!("POST {target} HTTP/1.1\r\nHost: bench\r\nContent-Type: {kind}\r\n{extra}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
