//! The address that systems post cXML to, `/cxml/{connection}`, and the start page a setup gives. Bytes in, document of `flow::cxml` out: HTTP
//! 200 for refusals too, since whatever is no cXML is sent again for hours.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use super::answer::{self, Message};
use super::callup::{client_address, opened};
use super::pages::connections::public_url;
use crate::app::App;
use crate::error::Error;
use crate::flow::connecting;
use crate::flow::cxml::{self, Started};
use crate::wire::cxml::mime::{ATTACHMENTS_MAX, media_type};
use crate::wire::cxml::tree::DOCUMENT_MAX;

/// A sender that does not stop is read this much further before it is answered: it may not listen while it sends.
const DRAINED_MAX: usize = 16 * 1024 * 1024;

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// As much of a body as may be taken, and whether there was more.
async fn bounded(body: Body, max: usize) -> (Vec<u8>, bool) {
    let mut chunks = body.into_data_stream();
    let (mut taken, mut read) = (Vec::new(), 0usize);
    while let Some(Ok(chunk)) = chunks.next().await {
        read = read.saturating_add(chunk.len());
        if read <= max {
            taken.extend_from_slice(&chunk);
        } else {
            taken = Vec::new();
        }
        if read > max + DRAINED_MAX {
            break;
        }
    }
    (taken, read > max)
}

pub async fn receive(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let content_type = text(headers, &header::CONTENT_TYPE);
    let max = if media_type(content_type).starts_with("multipart/") { DOCUMENT_MAX + ATTACHMENTS_MAX } else { DOCUMENT_MAX };
    let (body, cut) = bounded(body, max).await;
    let public_url = public_url(&app, headers);
    let wanted = cxml::Request {
        connection: &name,
        content_type,
        content_encoding: text(headers, &header::CONTENT_ENCODING),
        body: &body,
        cut,
        address: client_address(&app, peer, headers),
        public_url: &public_url,
        test: false,
    };
    document(cxml::receive(&app, wanted).await)
}

fn document(text: String) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/xml; charset=UTF-8")], text).into_response()
}

/// Work on a document failed in a way that nobody foresaw: it is to be sent again.
pub fn fault() -> Response {
    super::plain(StatusCode::SERVICE_UNAVAILABLE, "The document could not be worked on.")
}

/// The start page opens the catalogue once, within ten minutes; to everybody else it says so.
pub async fn start(State(app): State<Arc<App>>, Path((name, token)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let language = answer::language_of(&headers);
    let work = async {
        let live = connecting::connection(&app, &name).await?;
        Ok::<_, Error>((cxml::start(&app, &live, &token).await?, live))
    };
    match work.await {
        Ok((Started::Open { number, key, path }, live)) => {
            let response = opened(&name, &number, &key, &path);
            answer::with_policy(response, &answer::framed_policy(&live.connection))
        }
        Ok((Started::Gone(language), live)) => {
            let page = answer::page(StatusCode::GONE, &Message::of(language, "info", "link-used", 1));
            answer::with_policy(page, &answer::framed_policy(&live.connection))
        }
        Err(Error::NotFound(_)) => answer::page(StatusCode::NOT_FOUND, &Message::of(language, "bad", "no-connection", 1)),
        Err(error) => answer::error_page(&error, language),
    }
}
