//! Where a person without a purchasing system begins: the catalogues of their organisation, each opened with one press.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, Path, State as Shared};
use axum::response::Response;

use super::Portal;
use super::orders::respond;
use crate::app::App;
use crate::flow::portal::{self, Shop};
use crate::flow::signing::Caller;
use crate::text::Texts;
use crate::web::answer::error_page;
use crate::web::callup::opened;

#[derive(Template)]
#[template(path = "shop.html")]
struct ShopPage {
    p: Portal,
    shops: Vec<Shop>,
}

pub async fn list(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>) -> Response {
    let work = portal::shops(&app, &caller).await.map(|shops| ShopPage { p: Portal::of(&caller, "/shop"), shops });
    respond(work, Texts(caller.person.language))
}

pub async fn open(Shared(app): Shared<Arc<App>>, Extension(caller): Extension<Caller>, Path(name): Path<String>) -> Response {
    match portal::open(&app, &caller, &name).await {
        Ok(session) => opened(&name, &session.number, &session.key, ""),
        Err(error) => error_page(&error, caller.person.language),
    }
}
