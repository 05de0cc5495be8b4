//! HTTP out: one POST, its body and headers made by the caller. No redirects, no proxy of the environment, every address checked after
//! resolving, by what the connection itself is made with (reliability, outgoing calls).

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Sent;

const TIME_MAX: Duration = Duration::from_secs(20);
const CONNECT_MAX: Duration = Duration::from_secs(5);
const ANSWER_MAX: usize = 64 * 1024;
const PRIVATE: &str = "the address leads to a private network";

/// Addresses that belong to nobody outside: loopback, private, link-local, carrier, documentation, multicast, and IPv4 inside IPv6.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(v6) => {
            let segments = v6.segments();
            match v6
                .to_ipv4_mapped()
                .or_else(|| (segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0] || segments[..6] == [0; 6]).then(|| embedded(&segments)))
            {
                Some(v4) => is_public(IpAddr::V4(v4)),
                None => {
                    !(v6.is_loopback()
                        || v6.is_unspecified()
                        || v6.is_multicast()
                        || (segments[0] & 0xfe00) == 0xfc00
                        || (segments[0] & 0xffc0) == 0xfe80
                        || segments[0] == 0x2002
                        || (segments[0] == 0x2001 && segments[1] == 0xdb8))
                }
            }
        }
    }
}

fn embedded(segments: &[u16; 8]) -> std::net::Ipv4Addr {
    let [a, b] = segments[6].to_be_bytes();
    let [c, d] = segments[7].to_be_bytes();
    std::net::Ipv4Addr::new(a, b, c, d)
}

/// For callers that know no client.
pub const POST: reqwest::Method = reqwest::Method::POST;

/// A call to be made: method, address, headers, and a body with its kind.
pub struct Call<'c> {
    pub method: reqwest::Method,
    pub url: &'c str,
    pub headers: &'c [(&'c str, String)],
    pub body: Option<(&'c str, Vec<u8>)>,
}

/// The answer to a call: its status, when to come back, and the beginning of its body.
pub struct Answer {
    pub status: u16,
    pub after: Option<u64>,
    pub body: Vec<u8>,
}

/// Posts JSON. `private_hosts` are `host:port` the operator allowed on private networks.
pub async fn post(url: &str, headers: &[(&str, String)], body: String, private_hosts: &[String]) -> Sent {
    let call = Call { method: reqwest::Method::POST, url, headers, body: Some(("application/json", body.into_bytes())) };
    match ask(&call, private_hosts).await {
        Ok(answer) => verdict(&answer),
        Err(sent) => sent,
    }
}

/// Makes a call and gives its answer, whatever its status; or says why there is none.
pub async fn ask(call: &Call<'_>, private_hosts: &[String]) -> Result<Answer, Sent> {
    let target = reqwest::Url::parse(call.url).map_err(|_| Sent::Parked("the address cannot be read".into()))?;
    let host = target.host_str().unwrap_or_default().trim_matches(['[', ']']).to_string();
    let port = target.port_or_known_default().unwrap_or(0);
    let allowed = private_hosts.iter().any(|known| *known == format!("{host}:{port}"));
    if !(target.scheme() == "https" || target.scheme() == "http" && allowed) {
        return Err(Sent::Parked("only https is allowed".into()));
    }
    look_up(&host, port, allowed).await?;
    let client = client(allowed).map_err(|why| Sent::Later { why, after: None })?;
    let mut request = client.request(call.method.clone(), target);
    if let Some((kind, body)) = &call.body {
        request = request.header("content-type", *kind).body(body.clone());
    }
    for (name, value) in call.headers {
        request = request.header(*name, value);
    }
    let response = request.send().await.map_err(|error| Sent::Later { why: error.without_url().to_string(), after: None })?;
    Ok(read(response).await)
}

/// The client for public addresses, or the one for hosts that the operator allowed: made once, since that takes as long as many calls. Neither keeps a
/// connection, so that no call is lost with one that went stale.
fn client(allowed: bool) -> Result<&'static reqwest::Client, String> {
    static CLIENTS: OnceLock<Result<[reqwest::Client; 2], String>> = OnceLock::new();
    let make = |names: Names| {
        let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().pool_max_idle_per_host(0);
        let builder = builder.timeout(TIME_MAX).connect_timeout(CONNECT_MAX).dns_resolver(names);
        builder.build().map_err(|error| format!("client: {error}"))
    };
    let clients = CLIENTS.get_or_init(|| Ok([make(Names { public_only: true })?, make(Names { public_only: false })?]));
    clients.as_ref().map(|clients| &clients[usize::from(allowed)]).map_err(Clone::clone)
}

/// Names to addresses for a client, which connects to nothing else: those of a private network are none for it.
#[derive(Clone, Copy)]
struct Names {
    public_only: bool,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let public_only = self.public_only;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if public_only && found.iter().any(|address| !is_public(address.ip())) {
                return Err(PRIVATE.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Says in words of ours why a host cannot be called. An address that stands in the place of a name is looked at here alone.
async fn look_up(host: &str, port: u16, allowed: bool) -> Result<(), Sent> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(|error| Sent::Later { why: format!("name: {error}"), after: None })?;
    let addresses: Vec<SocketAddr> = found.collect();
    if !allowed && addresses.iter().any(|address| !is_public(address.ip())) {
        return Err(Sent::Parked(PRIVATE.into()));
    }
    if addresses.is_empty() { Err(Sent::Later { why: "the name has no address".into(), after: None }) } else { Ok(()) }
}

async fn read(mut response: reqwest::Response) -> Answer {
    let status = response.status().as_u16();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let after = header("retry-after").and_then(|value| seconds_until(value, header("date")));
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_MAX {
            body.truncate(ANSWER_MAX);
            break;
        }
    }
    Answer { status, after, body }
}

/// Seconds of a `Retry-After` (RFC 9110, 10.2.3): a number, or a moment, which is counted from the `date` of the same answer, so that the two clocks need
/// not agree.
fn seconds_until(value: &str, date: Option<&str>) -> Option<u64> {
    let moment = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp().as_second());
    value.parse().ok().or_else(|| u64::try_from(moment(value)?.checked_sub(moment(date?)?)?).ok())
}

/// What the status means for something that was sent.
pub fn verdict(answer: &Answer) -> Sent {
    let status = reqwest::StatusCode::from_u16(answer.status).map_or_else(|_| answer.status.to_string(), |status| status.to_string());
    match answer.status {
        200..=299 => Sent::Done(status),
        410 => Sent::Parked(status),
        _ => Sent::Later { why: status, after: answer.after },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_says_when_to_come_back_in_seconds_or_by_a_moment() {
        let noon = Some("Mon, 02 Mar 2026 12:00:00 GMT");
        for (value, date, seconds) in [
            ("120", None, Some(120)),
            ("0", noon, Some(0)),
            ("Mon, 02 Mar 2026 12:05:00 GMT", noon, Some(300)),
            ("Mon, 02 Mar 2026 11:59:00 GMT", noon, None),
            ("Mon, 02 Mar 2026 12:05:00 GMT", None, None),
            ("Mon, 02 Mar 2026 12:05:00 GMT", Some("noon"), None),
            ("-5", noon, None),
            ("1.5", noon, None),
            ("99999999999999999999999", noon, None),
            ("", noon, None),
        ] {
            assert_eq!(seconds_until(value, date), seconds, "{value} {date:?}");
        }
    }

    #[test]
    fn knows_what_is_private() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fc00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "ff02::1",
            "::127.0.0.1",
        ] {
            let address: IpAddr = text.parse().expect("a literal of this test");
            assert!(!is_public(address), "{text}");
        }
        for text in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "100.128.0.1", "172.32.0.1"] {
            let address: IpAddr = text.parse().expect("a literal of this test");
            assert!(is_public(address), "{text}");
        }
    }
}
