//! A plain HTTP/1.1 client that sends what it is given, byte for byte, from a loopback address of choice.
//! It must never re-encode a target or a body, follow a redirect unasked, or open anything but the address it was given.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Longest wait for one answer; a server that hangs fails the test instead of stopping it.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query exactly as they go on the wire.
    pub target: Vec<u8>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Source address; the system chooses when absent.
    pub from: Option<Ipv4Addr>,
}

impl Request {
    pub fn new(method: &str, target: impl AsRef<[u8]>) -> Self {
        Request { method: method.to_owned(), target: target.as_ref().to_vec(), headers: Vec::new(), body: Vec::new(), from: None }
    }

    pub fn get(target: impl AsRef<[u8]>) -> Self {
        Request::new("GET", target)
    }

    /// A form post; the pairs are encoded the way a browser encodes them in UTF-8.
    pub fn form(target: impl AsRef<[u8]>, pairs: &[(String, String)]) -> Self {
        Request::new("POST", target).header("Content-Type", "application/x-www-form-urlencoded").body(form_encode(pairs))
    }

    pub fn json(method: &str, target: impl AsRef<[u8]>, value: &serde_json::Value) -> Self {
        Request::new(method, target).header("Content-Type", "application/json").body(value.to_string())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    pub fn from(mut self, source: Option<Ipv4Addr>) -> Self {
        self.from = source;
        self
    }

    fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }

    fn wire_bytes(&self, address: SocketAddr) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.target.len() + self.body.len() + 256);
        out.extend_from_slice(self.method.as_bytes());
        out.push(b' ');
        out.extend_from_slice(&self.target);
        out.extend_from_slice(b" HTTP/1.1\r\n");
        if !self.has_header("host") {
            out.extend_from_slice(format!("Host: {address}\r\n").as_bytes());
        }
        for (name, value) in &self.headers {
            out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        let wants_length = !self.body.is_empty() || matches!(self.method.as_str(), "POST" | "PUT" | "PATCH");
        if wants_length && !self.has_header("content-length") && !self.has_header("transfer-encoding") {
            out.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        out.extend_from_slice(b"Connection: close\r\n\r\n");
        out.extend_from_slice(&self.body);
        out
    }
}

#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub took: Duration,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    pub fn headers_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The charset named in `Content-Type`, in lower case.
    pub fn charset(&self) -> Option<String> {
        let value = self.header("content-type")?;
        let (_, rest) = value.split_once("charset=")?;
        let label = rest.split([';', ' ']).next().unwrap_or(rest);
        Some(label.trim_matches('"').to_ascii_lowercase())
    }

    /// The body as text in the charset it is sent in.
    pub fn text(&self) -> String {
        let label = self.charset().unwrap_or_else(|| "utf-8".to_owned());
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        encoding.decode(&self.body).0.into_owned()
    }

    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
    }
}

/// Sends one request on a connection of its own and reads the whole answer.
pub async fn send(address: SocketAddr, request: &Request) -> Result<Answer, String> {
    let began = Instant::now();
    let exchange = exchange(address, request);
    let raw = tokio::time::timeout(ANSWER_WAIT_MAX, exchange)
        .await
        .map_err(|_| format!("no answer within {} s", ANSWER_WAIT_MAX.as_secs()))?
        .map_err(|e| format!("{} {}: {e}", request.method, String::from_utf8_lossy(&request.target)))?;
    let mut answer = read_answer(&raw, &request.method)?;
    answer.took = began.elapsed();
    Ok(answer)
}

async fn exchange(address: SocketAddr, request: &Request) -> std::io::Result<Vec<u8>> {
    let mut stream = connect(address, request.from).await?;
    // A server may answer and close before it has read all of a body that is too large: what it said still counts.
    let written = stream.write_all(&request.wire_bytes(address)).await;
    let mut raw = Vec::new();
    match (stream.read_to_end(&mut raw).await, written) {
        (Ok(_), _) => Ok(raw),
        (Err(_), _) if !raw.is_empty() => Ok(raw),
        (Err(e), _) => Err(e),
    }
}

async fn connect(address: SocketAddr, from: Option<Ipv4Addr>) -> std::io::Result<TcpStream> {
    let Some(source) = from else { return TcpStream::connect(address).await };
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((source, 0)))?;
    socket.connect(address).await
}

fn read_answer(raw: &[u8], method: &str) -> Result<Answer, String> {
    let end = find(raw, b"\r\n\r\n").ok_or_else(|| format!("answer without a head ({} bytes)", raw.len()))?;
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let status = status_line.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| format!("not a status line: {status_line}"))?;
    let headers: Vec<_> = lines.filter_map(|l| l.split_once(':')).map(|(n, v)| (n.trim().to_owned(), v.trim().to_owned())).collect();
    let mut answer = Answer { status, headers, body: raw[end + 4..].to_vec(), took: Duration::ZERO };
    if status == 100 {
        return read_answer(&answer.body, method);
    }
    if answer.header("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
        answer.body = unchunk(&answer.body)?;
    } else if let Some(length) = answer.header("content-length").and_then(|v| v.parse::<usize>().ok())
        && method != "HEAD"
        && answer.body.len() < length
    {
        return Err(format!("body cut: {} of {length} bytes", answer.body.len()));
    }
    Ok(answer)
}

fn unchunk(mut raw: &[u8]) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        let end = find(raw, b"\r\n").ok_or("chunk without a size line")?;
        let line = String::from_utf8_lossy(&raw[..end]).into_owned();
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(digits, 16).map_err(|_| format!("chunk size {digits:?}"))?;
        raw = &raw[end + 2..];
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(raw.get(..size).ok_or("chunk cut")?);
        raw = raw.get(size + 2..).ok_or("chunk without its end")?;
    }
}

pub fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|w| w == part)
}

/// `application/x-www-form-urlencoded` as browsers write it.
pub fn form_encode(pairs: &[(String, String)]) -> String {
    serde_urlencoded::to_string(pairs).expect("pairs of text can always be encoded")
}

/// Percent-codes everything but letters, digits and `-_.~`: safe as one path segment or query value.
pub fn percent_encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Decodes percent sequences once and leaves broken ones as they are; bytes that are not UTF-8 become U+FFFD.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[at], code) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A cookie jar for one visitor. It honours `Path` and expiry; `Secure` and `__Host-` count as met on the loopback.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl Jar {
    /// Takes over what an answer sets. A `__Host-` cookie that breaks its own rules is dropped, as browsers do.
    pub fn store(&mut self, answer: &Answer) {
        for line in answer.headers_named("set-cookie") {
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|p| p.split_once('=')) else { continue };
            let attributes: Vec<(String, String)> =
                parts.map(|p| p.split_once('=').unwrap_or((p, ""))).map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect();
            let get = |n: &str| attributes.iter().find(|(k, _)| k == n).map(|(_, v)| v.as_str());
            let host_rules = get("secure").is_some() && get("path") == Some("/") && get("domain").is_none();
            if name.starts_with("__Host-") && !host_rules {
                continue;
            }
            self.cookies.retain(|c| c.name != name);
            if get("max-age") != Some("0") && !value.is_empty() {
                let path = get("path").unwrap_or("/").to_owned();
                self.cookies.push(Cookie { name: name.to_owned(), value: value.to_owned(), path });
            }
        }
    }

    pub fn header_for(&self, path: &str) -> Option<String> {
        let matching: Vec<String> = self.cookies.iter().filter(|c| path.starts_with(&c.path)).map(|c| format!("{}={}", c.name, c.value)).collect();
        (!matching.is_empty()).then(|| matching.join("; "))
    }

    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }
}

/// One visitor: an address to talk to, a source address, and cookies unless they are refused.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: SocketAddr,
    pub from: Option<Ipv4Addr>,
    /// `None`: a client that accepts no cookies at all.
    pub jar: Option<Jar>,
    /// Sent with every request, for instance `Authorization`.
    pub always: Vec<(String, String)>,
}

/// Redirects followed at most; a loop is a fault.
const REDIRECTS_MAX: usize = 10;

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Client { address, from: None, jar: Some(Jar::default()), always: Vec::new() }
    }

    pub fn without_cookies(address: SocketAddr) -> Self {
        Client { jar: None, ..Client::new(address) }
    }

    /// One request, with the cookies kept so far; redirects are not followed.
    pub async fn send(&mut self, request: Request) -> Result<Answer, String> {
        let mut request = request;
        request.from = request.from.or(self.from);
        let path = String::from_utf8_lossy(&request.target).into_owned();
        if let Some(cookies) = self.jar.as_ref().and_then(|j| j.header_for(&path))
            && !request.has_header("cookie")
        {
            request.headers.push(("Cookie".to_owned(), cookies));
        }
        for (name, value) in &self.always {
            if !request.has_header(name) {
                request.headers.push((name.clone(), value.clone()));
            }
        }
        let answer = send(self.address, &request).await?;
        if let Some(jar) = &mut self.jar {
            jar.store(&answer);
        }
        Ok(answer)
    }

    pub async fn get(&mut self, target: &str) -> Result<Answer, String> {
        self.send(Request::get(target)).await
    }

    /// Follows redirects that stay on this server and returns every answer with the target it came from.
    pub async fn follow(&mut self, target: &str, first: Answer) -> Result<Vec<(String, Answer)>, String> {
        let mut trail = vec![(target.to_owned(), first)];
        for _ in 0..REDIRECTS_MAX {
            let (at, last) = trail.last().expect("the trail starts with one answer");
            if !last.is_redirect() {
                return Ok(trail);
            }
            let Some(next) = last.header("location").and_then(|l| self.local_target(at, l)) else {
                return Ok(trail);
            };
            let answer = self.get(&next).await?;
            trail.push((next, answer));
        }
        Err(format!("more than {REDIRECTS_MAX} redirects from {target}"))
    }

    /// Path and query of a location on this server; `None` when it leads elsewhere.
    fn local_target(&self, at: &str, location: &str) -> Option<String> {
        let own = format!("http://{}", self.address);
        if let Some(rest) = location.strip_prefix(&own) {
            return Some(if rest.is_empty() { "/".to_owned() } else { rest.to_owned() });
        }
        if location.starts_with("//") || location.split(['/', '?', '#']).next().unwrap_or("").contains(':') {
            return None;
        }
        Some(resolve(at, location))
    }
}

/// Resolves a relative reference against a path, as far as pages of one server need it.
pub fn resolve(at: &str, reference: &str) -> String {
    let reference = reference.split('#').next().unwrap_or_default();
    let path = at.split('?').next().unwrap_or(at);
    if reference.is_empty() {
        return at.to_owned();
    }
    if reference.starts_with('/') {
        return reference.to_owned();
    }
    if reference.starts_with('?') {
        return format!("{path}{reference}");
    }
    let mut segments: Vec<&str> = path.split('/').collect();
    segments.pop();
    let (steps, query) = reference.split_once('?').map_or((reference, None), |(p, q)| (p, Some(q)));
    let mut ends_open = false;
    for step in steps.split('/') {
        ends_open = matches!(step, "." | "..");
        match step {
            "." => {}
            ".." => {
                if segments.len() > 1 {
                    segments.pop();
                }
            }
            other => segments.push(other),
        }
    }
    if ends_open {
        segments.push("");
    }
    let path = segments.join("/");
    query.map_or(path.clone(), |q| format!("{path}?{q}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_goes_out_as_given() {
        let address = SocketAddr::from(([127, 0, 0, 1], 8080));
        let request = Request::get("/oci/std?x=%zz&~OkCode=a[0]").header("Origin", "null");
        let wire = String::from_utf8(request.wire_bytes(address)).expect("ascii");
        assert_eq!(wire, "GET /oci/std?x=%zz&~OkCode=a[0] HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nOrigin: null\r\nConnection: close\r\n\r\n");
    }

    #[test]
    fn chunks_are_joined_and_a_cut_body_is_noticed() {
        let whole = read_answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "GET");
        assert_eq!(whole.expect("an answer").body, b"abcde");
        assert!(read_answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "GET").is_err());
    }

    #[test]
    fn a_host_cookie_that_breaks_its_rules_is_dropped() {
        let mut jar = Jar::default();
        let set = |v: &str| Answer { headers: vec![("Set-Cookie".into(), v.into())], ..Answer::default() };
        jar.store(&set("__Host-a=1; Path=/"));
        assert!(jar.is_empty());
        jar.store(&set("__Host-a=1; Secure; HttpOnly; Path=/"));
        assert_eq!(jar.header_for("/c/"), Some("__Host-a=1".to_owned()));
        jar.store(&set("__Host-a=; Secure; Path=/; Max-Age=0"));
        assert!(jar.is_empty());
    }

    #[test]
    fn references_are_resolved() {
        for (at, reference, expected) in [
            ("/c/std/k/", "basket", "/c/std/k/basket"),
            ("/c/std/k/article/A", "../basket/add", "/c/std/k/basket/add"),
            ("/c/std/k/basket", ".", "/c/std/k/"),
            ("/c/std/k/basket", "?page=2", "/c/std/k/basket?page=2"),
            ("/c/std/k/basket", "/x?y=1", "/x?y=1"),
            ("/c/std/k/basket", "", "/c/std/k/basket"),
        ] {
            assert_eq!(resolve(at, reference), expected, "{at} {reference}");
        }
    }
}
