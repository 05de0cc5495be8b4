//! Files that go along with invoices: a supplier puts them to an order, and its next invoice carries them. What has gone stays, with the invoice
//! that took it; what waits may be taken away. Never opens a file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::items::Item;
use crate::app::App;
use crate::domain::finding::{Code, Finding};
use crate::domain::invoice::{ATTACHED_MAX, Attachment};
use crate::error::{Error, Result};
use crate::flow::delivering;
use crate::flow::proving::sha256;
use crate::flow::signing::Caller;
use crate::store::Tx;
use crate::store::attachment::{self, Attachment as Content};
use crate::store::invoice_file::{self, InvoiceFile};
use crate::wire::enclosed::{KINDS, kind, plain_name};

/// The most files that wait for one invoice of an order.
const OF_ORDER_MAX: usize = 20;
/// All that may wait at as many orders as a run looks at.
const TAKEN_MAX: u32 = 100_000;
/// Bytes of files that are in memory for one customer.
const BYTES_AT_ONCE: i64 = 64 * 1024 * 1024;

/// Files that wait, with their content, by the id of their order.
pub type Files = BTreeMap<String, Vec<Arc<(InvoiceFile, Attachment)>>>;

/// Everything that waits for an invoice of a supplier to a customer where there is something to invoice; and the orders whose files are beyond what
/// is taken at once.
pub async fn waiting(tx: &mut Tx, tenant: &str, supplier: &str) -> Result<(Files, BTreeSet<String>)> {
    let (mut files, mut beyond, mut bytes) = (Files::new(), BTreeSet::new(), 0);
    for file in invoice_file::waiting(tx, tenant, supplier, TAKEN_MAX).await? {
        bytes += file.bytes;
        if bytes > BYTES_AT_ONCE {
            files.remove(&file.order);
            beyond.insert(file.order);
            continue;
        }
        let attached = content(tx, &file).await?;
        files.entry(file.order.clone()).or_default().push(Arc::new((file, attached)));
    }
    Ok((files, beyond))
}

/// What waits for the next invoice of one order.
pub async fn of_order(tx: &mut Tx, tenant: &str, order: &str) -> Result<Files> {
    let mut waiting = Vec::new();
    for file in invoice_file::of_order(tx, tenant, order).await?.into_iter().filter(|file| file.invoice.is_empty()) {
        let attached = content(tx, &file).await?;
        waiting.push(Arc::new((file, attached)));
    }
    Ok([(order.to_string(), waiting)].into())
}

async fn content(tx: &mut Tx, file: &InvoiceFile) -> Result<Attachment> {
    let missing = || Error::internal("a file of an order without its content");
    let content = attachment::by_hash(tx, &file.tenant, &file.sha256).await?.ok_or_else(missing)?;
    let mime = KINDS.into_iter().find(|kind| *kind == file.media_type).ok_or_else(missing)?;
    Ok(Attachment { name: file.name.clone(), description: String::new(), mime, bytes: content.content })
}

/// Those of the orders that some items are of.
fn of_items<'f>(files: &'f Files, items: &'f [Item]) -> impl Iterator<Item = (&'f Item, &'f Arc<(InvoiceFile, Attachment)>)> {
    let is_first = |at: usize| items[..at].iter().all(|earlier| earlier.order != items[at].order);
    let first = (0..items.len()).filter(move |at| is_first(*at)).map(|at| &items[at]);
    first.flat_map(|item| files.get(&item.order).into_iter().flatten().map(move |file| (item, file)))
}

/// What a document about these items carries; on one over several orders each says which it belongs to.
pub fn attached(files: &Files, items: &[Item]) -> Vec<Attachment> {
    let several = items.iter().any(|item| item.order != items[0].order);
    let of = |item: &Item| if several { item.number.clone() } else { String::new() };
    of_items(files, items).map(|(item, file)| Attachment { description: of(item), ..file.1.clone() }).collect()
}

/// The rows of those files once this invoice took them.
pub fn taken(files: &Files, items: &[Item], invoice: &str) -> Vec<InvoiceFile> {
    of_items(files, items).map(|(_, file)| InvoiceFile { invoice: invoice.to_string(), ..file.0.clone() }).collect()
}

/// Puts a file to an order; one of the same name that waits is replaced.
pub async fn put(app: &App, caller: &Caller, tenant: &str, id: &str, name: &str, content: Vec<u8>) -> Result<()> {
    let name = plain_name(name);
    let wrong = |code: Code| Finding::error(code, "file").value(&name);
    if name.is_empty() {
        return Err(Finding::error(Code::Missing, "file").into());
    }
    let Some(mime) = kind(&name, &content) else { return Err(wrong(Code::Unusable).limit("PDF, PNG, JPEG, CSV, XLSX, ODS").into()) };
    let mut tx = app.store.begin().await?;
    delivering::order(&mut tx, caller, tenant, id).await?;
    let known = invoice_file::of_order(&mut tx, tenant, id).await?;
    if let Some(gone) = known.iter().find(|file| file.name == name && !file.invoice.is_empty()) {
        return Err(wrong(Code::NameTaken).limit(&gone.invoice).into());
    }
    let others: Vec<&InvoiceFile> = known.iter().filter(|file| file.invoice.is_empty() && file.name != name).collect();
    if others.len() >= OF_ORDER_MAX {
        return Err(Finding::error(Code::TooMany, "file").limit(OF_ORDER_MAX).into());
    }
    let waits: i64 = others.iter().map(|file| file.bytes).sum();
    if usize::try_from(waits).unwrap_or(usize::MAX).saturating_add(content.len()) > ATTACHED_MAX {
        return Err(wrong(Code::FileTooLarge).limit(format!("{} MiB", ATTACHED_MAX / 1024 / 1024)).into());
    }
    let now = app.clock.now();
    let file = InvoiceFile {
        tenant: tenant.to_string(),
        order: id.to_string(),
        name,
        media_type: mime.to_string(),
        sha256: sha256(&content),
        bytes: i64::try_from(content.len()).map_err(Error::internal)?,
        added_by: caller.person.sign_in.clone(),
        added_at: now,
        invoice: String::new(),
    };
    let kept = Content { sha256: file.sha256.clone(), media_type: mime.to_string(), content };
    tx.write(vec![attachment::insert(tenant, &[kept], now), invoice_file::put(&[file])]).await?;
    tx.commit().await
}

/// Takes one away that waits; one that is not there is taken away already.
pub async fn take(app: &App, caller: &Caller, tenant: &str, id: &str, name: &str) -> Result<()> {
    let mut tx = app.store.begin().await?;
    delivering::order(&mut tx, caller, tenant, id).await?;
    let known = invoice_file::of_order(&mut tx, tenant, id).await?;
    if let Some(gone) = known.iter().find(|file| file.name == name && !file.invoice.is_empty()) {
        return Err(Error::Conflict(format!("file {name}, which went with {}", gone.invoice)));
    }
    invoice_file::remove(&mut tx, tenant, id, name).await?;
    tx.commit().await
}

/// As the API shows one.
pub fn file_json(file: &InvoiceFile) -> Value {
    json!({"name": file.name, "type": file.media_type, "bytes": file.bytes, "added_at": file.added_at.to_string(), "invoice": file.invoice})
}
