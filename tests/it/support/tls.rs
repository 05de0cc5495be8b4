//! A front on the loopback that plays every host a browser asks for: the gateway's name leads to the gateway, every other
//! one to the buyer's system. It must pass the gateway's bytes through unchanged.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::erp::{FakeErp, read_head, read_until_head};

/// The host under which browsers reach the gateway.
pub const GATEWAY_HOST: &str = "gateway.example.net";

pub struct Front {
    pub port: u16,
    task: JoinHandle<()>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn acceptor() -> TlsAcceptor {
    let names = [GATEWAY_HOST, "erp.example.com", "portal.example.com", "localhost"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names.to_vec()).expect("a certificate for the tests");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the usual versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("key and certificate fit");
    TlsAcceptor::from(Arc::new(config))
}

impl Front {
    pub async fn start(gateway: SocketAddr, erp: FakeErp) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let acceptor = acceptor();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, erp) = (acceptor.clone(), erp.clone());
                tokio::spawn(async move {
                    // A browser drops connections as it likes; that is no fault of the test.
                    let _ = one(stream, acceptor, gateway, erp).await;
                });
            }
        });
        Front { port, task }
    }
}

async fn one(stream: TcpStream, acceptor: TlsAcceptor, gateway: SocketAddr, erp: FakeErp) -> std::io::Result<()> {
    let mut first = [0u8; 1];
    stream.peek(&mut first).await?;
    // 0x16 opens a TLS handshake; anything else is plain http.
    if first[0] == 0x16 { route(acceptor.accept(stream).await?, "https", gateway, erp).await } else { route(stream, "http", gateway, erp).await }
}

async fn route<S>(mut stream: S, scheme: &str, gateway: SocketAddr, erp: FakeErp) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut read = Vec::new();
    let Some(end) = read_until_head(&mut stream, &mut read).await? else { return Ok(()) };
    let request = read_head(&read[..end], scheme);
    let host = request.header("host").unwrap_or_default().split(':').next().unwrap_or_default().to_owned();
    if host != GATEWAY_HOST {
        return erp.serve(stream, scheme, read).await;
    }
    let mut inner = TcpStream::connect(gateway).await?;
    inner.write_all(&read).await?;
    tokio::io::copy_bidirectional(&mut stream, &mut inner).await?;
    Ok(())
}
