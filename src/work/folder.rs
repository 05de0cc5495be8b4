//! The folder that suppliers' invoices are dropped into, such as a mailbox is emptied into: one folder in it for each buyer, named by its id.
//! What was taken moves to `taken` beside it, what was not let in to `refused`; what could not be kept stays, and is tried again. Follows no link.

use std::path::{Path, PathBuf};

use tokio::fs;

use crate::app::App;
use crate::error::{Error, Result};
use crate::flow::receiving::{self, Channel};
use crate::store;

/// As many files of one buyer as one look takes.
const FILES_MAX: usize = 50;
/// Who the journal says brought it.
const ACTOR: &str = "invoice folder";

/// One look at every buyer's folder; gives how many documents were taken.
pub async fn pass(app: &App) -> Result<usize> {
    let Some(folder) = &app.config.invoice_folder else { return Ok(0) };
    let mut taken = 0;
    for place in entries(folder).await? {
        let Some(tenant) = place.file_name().and_then(|name| name.to_str()).map(str::to_string) else { continue };
        let organisation = store::organisation::by_id(&mut app.store.read().await?, &tenant).await?;
        let is_folder = fs::symlink_metadata(&place).await.is_ok_and(|known| known.is_dir());
        if is_folder && organisation.is_some_and(|organisation| organisation.kind == "buyer") {
            taken += of_buyer(app, &tenant, &place).await?;
        }
    }
    Ok(taken)
}

async fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: std::io::Error| Error::Unavailable(format!("{}: {error}", folder.display()));
    let mut listing = fs::read_dir(folder).await.map_err(unreadable)?;
    let mut found = Vec::new();
    while let Some(entry) = listing.next_entry().await.map_err(unreadable)? {
        found.push(entry.path());
    }
    found.sort();
    Ok(found)
}

/// Files that end in `.xml`: one that is still being written has another name until it is whole.
async fn of_buyer(app: &App, tenant: &str, place: &Path) -> Result<usize> {
    let is_xml = |file: &&PathBuf| file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xml"));
    let mut taken = 0;
    for file in entries(place).await?.iter().filter(is_xml).take(FILES_MAX) {
        let Ok(known) = fs::symlink_metadata(file).await else { continue };
        if !known.is_file() {
            continue;
        }
        let is_let_in = if known.len() > app.config.body_max as u64 {
            receiving::too_large(app, tenant, Channel::Folder, app.config.body_max).await;
            false
        } else {
            let bytes = fs::read(file).await.map_err(|error| Error::Unavailable(format!("{}: {error}", file.display())))?;
            let receipt = receiving::receive(app, tenant, ACTOR, &bytes, Channel::Folder).await?;
            receiving::status(&receipt) < 400
        };
        lay_aside(place, file, if is_let_in { "taken" } else { "refused" }).await?;
        taken += 1;
    }
    Ok(taken)
}

/// Another node may have done it already: the document is known by then, and nothing is done twice.
async fn lay_aside(place: &Path, file: &Path, aside: &str) -> Result<()> {
    let folder = place.join(aside);
    let fault = |error: std::io::Error| Error::Unavailable(format!("{}: {error}", folder.display()));
    fs::create_dir_all(&folder).await.map_err(fault)?;
    let Some(name) = file.file_name() else { return Ok(()) };
    let mut target = folder.join(name);
    for again in 1..1000 {
        if !fs::try_exists(&target).await.map_err(fault)? {
            break;
        }
        target = folder.join(format!("{again}-{}", name.to_string_lossy()));
    }
    match fs::rename(file, &target).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(fault(error)),
        _ => Ok(()),
    }
}
