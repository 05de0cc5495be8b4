//! Between the socket and hyper: percent-codes, in the target of a request line, the bytes that hyper would refuse with an empty 400, so
//! that a call-up with raw bytes is read (R-05); and puts a text into hyper's own refusals. It follows the framing of the stream
//! (line, head, body by its length) to know where a line begins, and changes nothing else. Where it is not sure it touches nothing more.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::domain::name::Language;
use crate::text::Texts;

/// A target may have 65 534 bytes; the rest is room for method and version. A longer line passes as it is, and hyper refuses it.
const LINE_MAX: usize = 65_534 + 64;
/// As much of a header as is needed to know it and to read a length.
const HEADER_MAX: usize = 128;

/// Where in the stream of requests the next byte stands.
enum Place {
    /// In a request line, which is held until it is whole.
    Line(Vec<u8>),
    Head(Head),
    /// In a body that has so many bytes left.
    Body(u64),
    /// In something whose end is not known here: chunks, another protocol, nonsense. Nothing is touched any more.
    Unknown,
}

#[derive(Default)]
struct Head {
    line: Vec<u8>,
    length: Option<u64>,
    unsure: bool,
}

/// The stream of one connection, as far as its lines must be found in it.
pub struct Requests {
    place: Place,
    /// Request lines seen so far.
    lines: u64,
}

impl Requests {
    pub fn new() -> Requests {
        Requests { place: Place::Line(Vec::new()), lines: 0 }
    }

    /// How many of the next bytes pass unseen; 0 where they must be looked at.
    fn passes(&self) -> u64 {
        match self.place {
            Place::Body(left) => left,
            Place::Unknown => u64::MAX,
            Place::Line(_) | Place::Head(_) => 0,
        }
    }

    fn passed(&mut self, count: u64) {
        if let Place::Body(left) = &mut self.place {
            *left = left.saturating_sub(count);
            if *left == 0 {
                self.place = Place::Line(Vec::new());
            }
        }
    }

    /// Takes bytes as they came and gives those that may go on.
    fn take(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while let Some(first) = bytes.first() {
            let line_end = bytes.iter().position(|b| *b == b'\n').map(|at| at + 1);
            let used = match &mut self.place {
                Place::Unknown => bytes.len(),
                Place::Body(left) => usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len()),
                // Blank lines before a request line are passed over, as hyper does.
                Place::Line(held) if held.is_empty() && matches!(first, b'\r' | b'\n') => 1,
                Place::Line(_) | Place::Head(_) => line_end.unwrap_or(bytes.len()),
            };
            let (part, rest) = bytes.split_at(used);
            bytes = rest;
            match &mut self.place {
                Place::Line(held) if held.is_empty() && matches!(first, b'\r' | b'\n') => out.extend_from_slice(part),
                Place::Line(held) => {
                    held.extend_from_slice(part);
                    if line_end.is_some() {
                        self.end_line(out);
                    } else if held.len() > LINE_MAX {
                        self.give_up(out);
                    }
                }
                Place::Head(head) => {
                    out.extend_from_slice(part);
                    head.take(part);
                    if line_end.is_some() && head.end_line() {
                        self.place = head.what_follows();
                    }
                }
                Place::Body(_) | Place::Unknown => {
                    out.extend_from_slice(part);
                    self.passed(used as u64);
                }
            }
        }
    }

    /// The request line in hand is whole.
    fn end_line(&mut self, out: &mut Vec<u8>) {
        let Place::Line(held) = &mut self.place else { return };
        let line = std::mem::take(held);
        self.lines += 1;
        let (target, _) = split(&line).unwrap_or_default();
        self.place = if target.is_empty() || line.starts_with(b"CONNECT ") { Place::Unknown } else { Place::Head(Head::default()) };
        match coded(&line) {
            Some(coded) => out.extend_from_slice(&coded),
            None => out.extend_from_slice(&line),
        }
    }

    /// Lets go of what is held, as it came: it is too long, or the stream ended within it.
    fn give_up(&mut self, out: &mut Vec<u8>) {
        if let Place::Line(held) = &mut self.place {
            self.lines += u64::from(!held.is_empty());
            out.append(held);
        }
        self.place = Place::Unknown;
    }
}

impl Head {
    fn take(&mut self, part: &[u8]) {
        let room = HEADER_MAX.saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
        // A line that is longer than what is kept has lost its end, and with it what a length would be.
        self.unsure |= part.len() > room && is_framing(&self.line);
    }

    /// Whether the line that just ended was the blank one behind the head.
    fn end_line(&mut self) -> bool {
        let whole = std::mem::take(&mut self.line);
        let line = whole.strip_suffix(b"\n").unwrap_or(&whole);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return true;
        }
        self.unsure |= matches!(line[0], b' ' | b'\t') || line.contains(&b'\r');
        if is_framing(line) {
            let length = line.to_ascii_lowercase().strip_prefix(b"content-length:").map(|value| String::from_utf8_lossy(value).trim().to_string());
            let length = length.filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).and_then(|text| text.parse().ok());
            // Twice, or anything but digits, or another framing: hyper judges it.
            self.unsure |= length.is_none() || self.length.is_some();
            self.length = length;
        }
        false
    }

    fn what_follows(&self) -> Place {
        match (self.unsure, self.length.unwrap_or(0)) {
            (true, _) => Place::Unknown,
            (false, 0) => Place::Line(Vec::new()),
            (false, length) => Place::Body(length),
        }
    }
}

/// Whether a header says how long the body is, or that something else than a request follows.
fn is_framing(line: &[u8]) -> bool {
    let name = line.split(|b| *b == b':').next().unwrap_or_default().trim_ascii();
    [&b"content-length"[..], b"transfer-encoding", b"upgrade"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Target and the place where it begins, of a line like `GET /path HTTP/1.1`: the last version ends the target, blanks or not.
fn split(line: &[u8]) -> Option<(&[u8], usize)> {
    let content = line.strip_suffix(b"\n")?;
    let content = content.strip_suffix(b"\r").unwrap_or(content);
    let start = content.iter().position(|b| *b == b' ')? + 1;
    let is_method = start > 1 && content[..start - 1].iter().all(|b| b.is_ascii_alphabetic() || *b == b'-');
    let target = content[start..].strip_suffix(b" HTTP/1.1").or_else(|| content[start..].strip_suffix(b" HTTP/1.0"))?;
    (is_method && target.starts_with(b"/") && !target.contains(&b'\r')).then_some((target, start))
}

/// The line with what the `http` crate's Uri refuses percent-coded; `None` when there is nothing to do.
fn coded(line: &[u8]) -> Option<Vec<u8>> {
    let (target, start) = split(line)?;
    let is_text = std::str::from_utf8(target).is_ok();
    let query = target.iter().position(|b| *b == b'?').unwrap_or(target.len());
    let is_refused = |(at, b): (usize, &u8)| match b {
        0..=b' ' | 0x7f | b'<' | b'>' => true,
        b'"' => at > query,
        b'`' => at < query,
        0x80.. => !is_text,
        _ => false,
    };
    if !target.iter().enumerate().any(is_refused) {
        return None;
    }
    let mut out = Vec::with_capacity(line.len() + 64);
    out.extend_from_slice(&line[..start]);
    for (at, b) in target.iter().enumerate() {
        if is_refused((at, b)) {
            out.extend_from_slice(format!("%{b:02X}").as_bytes());
        } else {
            out.push(*b);
        }
    }
    out.extend_from_slice(&line[start + target.len()..]);
    Some(out)
}

/// What hyper writes when it cannot read a request, with a text: in every language, for nobody knows the reader's.
fn explained(answer: &[u8]) -> Option<Vec<u8>> {
    let head = std::str::from_utf8(answer.strip_suffix(b"\r\n\r\n")?).ok()?;
    let status = head.split("\r\n").next()?;
    let key = match status.strip_prefix("HTTP/1.1 ")?.get(..3)? {
        "400" => "request-unreadable",
        "414" | "431" => "request-too-long",
        _ => return None,
    };
    head.contains("content-length: 0").then_some(())?;
    let lines = [Language::En, Language::Nl, Language::Fr, Language::De].map(|language| format!("{}\n", Texts(language).get(key)));
    let text = lines.concat();
    let headers = "content-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close";
    Some(format!("{status}\r\n{headers}\r\ncontent-length: {}\r\n\r\n{text}", text.len()).into_bytes())
}

/// A socket whose request lines can be read.
pub struct Readable<S> {
    socket: S,
    requests: Requests,
    /// Read and not given yet.
    ready: Vec<u8>,
    /// An answer in the place of hyper's, as far as it is not written yet.
    instead: Vec<u8>,
    /// Requests that reached the service: an answer beyond them is hyper's own.
    taken: Arc<AtomicU64>,
}

impl<S> Readable<S> {
    /// `taken` is counted up by the service for each request it is given.
    pub fn new(socket: S, taken: Arc<AtomicU64>) -> Readable<S> {
        Readable { socket, requests: Requests::new(), ready: Vec::new(), instead: Vec::new(), taken }
    }

    fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let count = self.ready.len().min(buffer.remaining());
        buffer.put_slice(&self.ready[..count]);
        self.ready.drain(..count);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Readable<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let own = &mut *self;
        loop {
            if !own.ready.is_empty() || buffer.remaining() == 0 {
                own.give(buffer);
                return Poll::Ready(Ok(()));
            }
            let passes = usize::try_from(own.requests.passes()).unwrap_or(usize::MAX).min(buffer.remaining());
            if passes > 0 {
                let mut part = ReadBuf::new(buffer.initialize_unfilled_to(passes));
                ready!(Pin::new(&mut own.socket).poll_read(context, &mut part))?;
                let count = part.filled().len();
                buffer.advance(count);
                own.requests.passed(count as u64);
                return Poll::Ready(Ok(()));
            }
            let mut space = [0; 4096];
            let mut part = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut own.socket).poll_read(context, &mut part))?;
            if part.filled().is_empty() {
                own.requests.give_up(&mut own.ready);
                own.give(buffer);
                return Poll::Ready(Ok(()));
            }
            own.requests.take(part.filled(), &mut own.ready);
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Readable<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let own = &mut *self;
        if own.instead.is_empty() && bytes.starts_with(b"HTTP/1.1 4") && own.requests.lines > own.taken.load(Ordering::Relaxed) {
            own.instead = explained(bytes).unwrap_or_default();
        }
        if own.instead.is_empty() {
            return Pin::new(&mut own.socket).poll_write(context, bytes);
        }
        while !own.instead.is_empty() {
            let count = ready!(Pin::new(&mut own.socket).poll_write(context, &own.instead))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            own.instead.drain(..count);
        }
        metrics::counter!("hookline_requests_unreadable_total").increment(1);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let own_answer = !self.instead.is_empty() || self.requests.lines > self.taken.load(Ordering::Relaxed);
        match parts.iter().find(|part| !part.is_empty()) {
            Some(first) if own_answer => self.poll_write(context, first),
            _ => Pin::new(&mut self.socket).poll_write_vectored(context, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Uri;
    use proptest::prelude::*;

    use super::*;

    /// The stream as it goes on, read in parts of these sizes over and over.
    fn passed_on(stream: &[u8], sizes: &[usize]) -> Vec<u8> {
        let (mut requests, mut out, mut rest) = (Requests::new(), Vec::new(), stream);
        for size in sizes.iter().cycle() {
            let (part, left) = rest.split_at((*size).clamp(1, rest.len().max(1)).min(rest.len()));
            requests.take(part, &mut out);
            rest = left;
            if rest.is_empty() {
                break;
            }
        }
        requests.give_up(&mut out);
        out
    }

    #[test]
    fn lines_are_made_readable() {
        let cases: &[(&[u8], &[u8])] = &[
            (b"GET /oci/lib?a=\xfc HTTP/1.1\r\n\r\n", b"GET /oci/lib?a=%FC HTTP/1.1\r\n\r\n"),
            ("GET /oci/lib?a=ü HTTP/1.1\r\n\r\n".as_bytes(), "GET /oci/lib?a=ü HTTP/1.1\r\n\r\n".as_bytes()),
            (b"GET /p?a=x y&b=\"<>\" HTTP/1.1\r\n\r\n", b"GET /p?a=x%20y&b=%22%3C%3E%22 HTTP/1.1\r\n\r\n"),
            (b"GET /p?a=\\^`{|} HTTP/1.1\r\n\r\n", b"GET /p?a=\\^`{|} HTTP/1.1\r\n\r\n"),
            (b"GET /a b`<\"?c HTTP/1.0\n\n", b"GET /a%20b%60%3C\"?c HTTP/1.0\n\n"),
            (b"GET /p?a= HTTP/1.1 HTTP/1.1\r\n\r\n", b"GET /p?a=%20HTTP/1.1 HTTP/1.1\r\n\r\n"),
            (b"GET /p?a=\x00\x01\t\x7f HTTP/1.1\r\n\r\n", b"GET /p?a=%00%01%09%7F HTTP/1.1\r\n\r\n"),
            // Blank lines before it; the second one of two; behind a body, which holds what looks like a line.
            (b"\r\n\r\nGET /p?a b HTTP/1.1\r\n\r\n", b"\r\n\r\nGET /p?a%20b HTTP/1.1\r\n\r\n"),
            (
                b"GET /p HTTP/1.1\r\nHost: a b\r\n\r\nGET /p?a b HTTP/1.1\r\n\r\n",
                b"GET /p HTTP/1.1\r\nHost: a b\r\n\r\nGET /p?a%20b HTTP/1.1\r\n\r\n",
            ),
            (
                b"POST /p HTTP/1.1\r\ncontent-LENGTH: 18\r\n\r\nGET /a b HTTP/1.1\nGET /a b HTTP/1.1\r\n\r\n",
                b"POST /p HTTP/1.1\r\ncontent-LENGTH: 18\r\n\r\nGET /a b HTTP/1.1\nGET /a%20b HTTP/1.1\r\n\r\n",
            ),
            // Left as they are: no version, another protocol, no method, a stray CR, a target without a path.
            (b"GET /a b\r\n\r\n", b"GET /a b\r\n\r\n"),
            (b"GET /a b HTTP/2.0\r\n\r\n", b"GET /a b HTTP/2.0\r\n\r\n"),
            (b" /a b HTTP/1.1\r\n\r\n", b" /a b HTTP/1.1\r\n\r\n"),
            (b"GET /a\rb HTTP/1.1\r\n\r\n", b"GET /a\rb HTTP/1.1\r\n\r\n"),
            (b"GET a b HTTP/1.1\r\n\r\n", b"GET a b HTTP/1.1\r\n\r\n"),
        ];
        for (stream, expected) in cases {
            for size in [1, 2, 3, 7, 4096] {
                let out = passed_on(stream, &[size]);
                assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(expected), "{} by {size}", String::from_utf8_lossy(stream));
            }
        }
    }

    /// After these nobody here knows where the next line begins, so it stays as it came.
    #[test]
    fn where_the_framing_is_unsure_nothing_is_touched() {
        let long = format!("Content-Length: {}1", " ".repeat(HEADER_MAX));
        let heads =
            ["Transfer-Encoding: chunked", "Content-Length: 1\r\nContent-Length: 1", "Content-Length: +1", "Content-Length : 1", "Upgrade: x", &long];
        for head in heads {
            let stream = format!("POST /p HTTP/1.1\r\n{head}\r\n\r\nxGET /a b HTTP/1.1\r\n\r\n");
            assert_eq!(String::from_utf8(passed_on(stream.as_bytes(), &[5])).expect("text"), stream);
        }
        let folded = "GET /p HTTP/1.1\r\nX: a\r\n Content-Length: 3\r\n\r\nGET /a b HTTP/1.1\r\n\r\n";
        assert_eq!(passed_on(folded.as_bytes(), &[64]), folded.as_bytes());
    }

    #[test]
    fn no_more_is_held_than_a_line_may_have() {
        let stream = [b"GET /p?a b=".to_vec(), vec![b'x'; 3 * LINE_MAX]].concat();
        let (mut requests, mut out) = (Requests::new(), Vec::new());
        for part in stream.chunks(4096) {
            requests.take(part, &mut out);
        }
        assert_eq!(out, stream);
    }

    /// Byte by byte, what the Uri takes stays and what it refuses is coded so that it is taken.
    #[test]
    fn the_uri_takes_every_line() {
        for byte in (0..=255u8).filter(|b| !matches!(b, b'\r' | b'\n')) {
            for place in ["/p?a=", "/p"] {
                let target = [place.as_bytes(), &[byte], b"z"].concat();
                let line = [b"GET ", &target[..], b" HTTP/1.1\r\n"].concat();
                let out = coded(&line);
                assert_eq!(out.is_none(), Uri::try_from(&target[..]).is_ok(), "{byte:#x} in {place}");
                if let Some(out) = out {
                    let (target, _) = split(&out).expect("a line");
                    assert!(Uri::try_from(target).is_ok(), "{byte:#x} in {place}");
                }
            }
        }
    }

    fn clean_request() -> impl Strategy<Value = Vec<u8>> {
        let target = "/[a-z0-9/]{0,20}(\\?[!$-;=?-~]{0,60})?";
        let header = "X-[A-Za-z]{1,8}: [ -~]{0,200}";
        (prop::sample::select(vec!["GET", "POST", "PUT"]), target, prop::collection::vec(header, 0..4), prop::collection::vec(any::<u8>(), 0..300))
            .prop_map(|(method, target, headers, body)| {
                let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
                let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
                [format!("{method} {target} HTTP/1.1\r\n{headers}{length}\r\n").into_bytes(), body].concat()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn a_clean_stream_passes_unchanged(
            requests in prop::collection::vec(clean_request(), 1..5),
            sizes in prop::collection::vec(1usize..200, 1..8),
        ) {
            let stream = requests.concat();
            prop_assert_eq!(passed_on(&stream, &sizes), stream);
        }

        /// And the line behind clean ones is found, whatever the cuts.
        #[test]
        fn the_next_line_is_found(requests in prop::collection::vec(clean_request(), 0..4), sizes in prop::collection::vec(1usize..200, 1..8)) {
            let before = requests.concat();
            let stream = [&before[..], b"GET /oci?a=\xfc b HTTP/1.1\r\n\r\n"].concat();
            prop_assert_eq!(passed_on(&stream, &sizes), [&before[..], b"GET /oci?a=%FC%20b HTTP/1.1\r\n\r\n"].concat());
        }

        #[test]
        fn any_bytes_come_out_whole(bytes in prop::collection::vec(any::<u8>(), 0..600), sizes in prop::collection::vec(1usize..50, 1..4)) {
            prop_assert!(passed_on(&bytes, &sizes).len() >= bytes.len());
        }
    }
}
