//! A buyer's system as far as a browser sees it: pages on any host, and a memory of every request, byte for byte.
//! It must never answer for the gateway.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::http::find;

/// One request as it came in.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub method: String,
    /// Scheme, host and target as requested.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The pairs of a form post, or of the query of a GET.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let query = self.url.split_once('?').map_or("", |(_, q)| q);
        let coded = if self.body.is_empty() { query.as_bytes() } else { self.body.as_slice() };
        serde_urlencoded::from_bytes(coded).unwrap_or_default()
    }
}

#[derive(Clone, Debug)]
struct Reply {
    url: String,
    status: &'static str,
    headers: String,
    body: String,
}

#[derive(Clone, Debug, Default)]
pub struct FakeErp {
    received: Arc<Mutex<Vec<Received>>>,
    replies: Arc<Mutex<Vec<Reply>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl FakeErp {
    pub fn new() -> FakeErp {
        FakeErp::default()
    }

    /// Answers requests for addresses that begin so with this page.
    pub fn page(&self, url: &str, html: &str) {
        self.reply(url, "200 OK", "Content-Type: text/html; charset=utf-8\r\n", html);
    }

    /// Sends the browser on, as buyers' systems do after they have taken the basket.
    pub fn redirect(&self, url: &str, to: &str) {
        self.reply(url, "303 See Other", &format!("Location: {to}\r\n"), "");
    }

    /// Takes a request and lets the browser stay where it is.
    pub fn take(&self, url: &str) {
        self.reply(url, "204 No Content", "", "");
    }

    fn reply(&self, url: &str, status: &'static str, headers: &str, body: &str) {
        let reply = Reply { url: url.to_owned(), status, headers: headers.to_owned(), body: body.to_owned() };
        locked(&self.replies).insert(0, reply);
    }

    pub fn received(&self) -> Vec<Received> {
        locked(&self.received).clone()
    }

    /// Waits for a request that fits; `None` when none came in time.
    pub async fn wait_for(&self, fits: impl Fn(&Received) -> bool, patience: Duration) -> Option<Received> {
        let until = Instant::now() + patience;
        loop {
            if let Some(found) = self.received().into_iter().find(|r| fits(r)) {
                return Some(found);
            }
            if Instant::now() > until {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Serves one connection of which `read` has come in already.
    pub async fn serve<S>(&self, mut stream: S, scheme: &str, mut read: Vec<u8>) -> std::io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            let Some(head_end) = read_until_head(&mut stream, &mut read).await? else { return Ok(()) };
            let mut request = read_head(&read[..head_end], scheme);
            read.drain(..head_end + 4);
            let length: usize = request.header("content-length").and_then(|v| v.parse().ok()).unwrap_or(0);
            while read.len() < length {
                if stream.read_buf(&mut read).await? == 0 {
                    return Ok(());
                }
            }
            request.body = read.drain(..length).collect();
            let answer = self.answer(&request);
            locked(&self.received).push(request);
            stream.write_all(answer.as_bytes()).await?;
        }
    }

    fn answer(&self, request: &Received) -> String {
        let replies = locked(&self.replies);
        let known = replies.iter().find(|r| request.url.starts_with(&r.url));
        let (status, headers, body) = known
            .map_or(("200 OK", "Content-Type: text/html; charset=utf-8\r\n", "<!doctype html><title>ERP</title><h1>Received</h1>"), |r| {
                (r.status, r.headers.as_str(), r.body.as_str())
            });
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
    }
}

/// Reads on until the head of a request is whole; its length, or `None` at the end of the connection.
pub async fn read_until_head<S: AsyncRead + Unpin>(stream: &mut S, read: &mut Vec<u8>) -> std::io::Result<Option<usize>> {
    loop {
        if let Some(end) = find(read, b"\r\n\r\n") {
            return Ok(Some(end));
        }
        if stream.read_buf(read).await? == 0 {
            return Ok(None);
        }
    }
}

pub fn read_head(head: &[u8], scheme: &str) -> Received {
    let head = String::from_utf8_lossy(head).into_owned();
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers: Vec<(String, String)> = lines.filter_map(|l| l.split_once(':')).map(|(n, v)| (n.to_owned(), v.trim().to_owned())).collect();
    let host = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("host")).map_or("", |(_, v)| v.as_str());
    Received { method: method.to_owned(), url: format!("{scheme}://{host}{target}"), headers, body: Vec::new() }
}
