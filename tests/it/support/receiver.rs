//! Somebody outside who is called: a socket that keeps what it got and answers, or misbehaves, as it is told.
//! It must never decide what is right, and never call anybody.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::waiting::until;

/// What the receiver does with a request it has read.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    Body(u16, &'static str, String),
    /// Hangs up without a word.
    Cut,
    /// Answers this after a while.
    Slow(Duration, u16),
    /// Sends to the other address.
    Redirect(String),
    /// Too busy: come back as the header says, in seconds or at a moment, told at a moment.
    Busy {
        after: &'static str,
        date: &'static str,
    },
    /// Answers 200 and so many bytes, as long as somebody reads them.
    Flood(usize),
}

/// Heads and bodies received, in their order.
pub type Seen = Arc<Mutex<Vec<String>>>;

/// Answers the n-th request (from 0) as it is told.
pub async fn receiver(reply: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> (u16, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let seen = Seen::default();
    let (kept, reply) = (seen.clone(), Arc::new(reply));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (kept, reply) = (kept.clone(), reply.clone());
            tokio::spawn(async move {
                let Some(request) = read(&mut stream).await else { return };
                let place = {
                    let mut kept = kept.lock().expect("no panic");
                    kept.push(request.clone());
                    kept.len() - 1
                };
                let _gone = answer(&mut stream, reply(place, &request)).await;
            });
        }
    });
    (port, seen)
}

async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut buffer).await.ok()?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let length = text.to_lowercase().split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok());
        if text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length.unwrap_or(0)) {
            return Some(text);
        }
        if read == 0 {
            return None;
        }
    }
}

async fn answer(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    let head = |status: u16, more: &str, length: usize| format!("HTTP/1.1 {status} X\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n");
    match reply {
        Reply::Cut => Ok(()),
        Reply::Status(status) => stream.write_all(head(status, "", 0).as_bytes()).await,
        Reply::Slow(time, status) => {
            tokio::time::sleep(time).await;
            stream.write_all(head(status, "", 0).as_bytes()).await
        }
        Reply::Redirect(to) => stream.write_all(head(307, &format!("location: {to}\r\n"), 0).as_bytes()).await,
        Reply::Body(status, kind, body) => {
            stream.write_all(format!("{}{body}", head(status, &format!("content-type: {kind}\r\n"), body.len())).as_bytes()).await
        }
        Reply::Busy { after, date } => stream.write_all(head(429, &format!("retry-after: {after}\r\ndate: {date}\r\n"), 0).as_bytes()).await,
        Reply::Flood(bytes) => {
            stream.write_all(head(200, "", bytes).as_bytes()).await?;
            let part = [b'x'; 64 * 1024];
            for _ in 0..bytes / part.len() {
                stream.write_all(&part).await?;
            }
            Ok(())
        }
    }
}

/// What was received, once there are so many.
pub async fn at_least(seen: &Seen, count: usize) -> Vec<String> {
    let all = async || Some(seen.lock().expect("no panic").clone()).filter(|all| all.len() >= count);
    until(&format!("{count} received"), all).await
}

/// The value of a header of a request.
pub fn header(request: &str, name: &str) -> String {
    let line = request.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}: ")));
    line.map(|line| line[name.len() + 2..].to_string()).unwrap_or_default()
}

/// The body of a request.
pub fn body(request: &str) -> &str {
    request.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
