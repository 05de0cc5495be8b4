//! Style, script, icons and pictures. Compiled in: no page asks a third party for anything.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

const ASSETS: [(&str, &str, &str); 3] = [
    ("hookline.css", "text/css; charset=utf-8", include_str!("assets/hookline.css")),
    ("hookline.js", "text/javascript; charset=utf-8", include_str!("assets/hookline.js")),
    ("icons.svg", "image/svg+xml", include_str!("assets/icons.svg")),
];

const AN_HOUR: &str = "public, max-age=3600";

pub async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(known, _, _)| *known == name) {
        Some((_, kind, body)) => ([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, AN_HOUR)], *body).into_response(),
        None => super::plain(StatusCode::NOT_FOUND, "no such file"),
    }
}

/// Pictures drawn for the project, by name; the policy keeps a picture from running anything.
pub async fn picture(Path(name): Path<String>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, AN_HOUR),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    (headers, super::pictures::svg(name.strip_suffix(".svg").unwrap_or(&name))).into_response()
}

/// The description of the API, as it stands in the documents.
pub async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, AN_HOUR)], include_str!("../../docs/openapi.json")).into_response()
}
