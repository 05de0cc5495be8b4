//! An order as a table, one row for each line (reference cxml-and-peppol-ordering, section 31): UTF-8 with a mark, RFC 4180 quoting, decimal
//! points, ISO dates. Pure. A cell that a spreadsheet would take for a formula is disarmed where a person opens the file, and only there. What no
//! column has a place for is told.

use rust_decimal::Decimal;

use super::cxml::kept::{Line, Order};
use super::cxml::place::Place;
use super::loss::{Loss, What};
use super::peppol::account;

/// Every column, in the order of the reference.
pub const COLUMNS: [&str; 25] = [
    "order_no",
    "order_version",
    "change",
    "order_date",
    "currency",
    "line",
    "supplier_part",
    "aux_id",
    "buyer_part",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "price_basis",
    "line_net",
    "requested_date",
    "ship_to_id",
    "ship_to_name",
    "street",
    "postcode",
    "city",
    "country",
    "cost_string",
    "note",
    "buyer",
];

/// How the receiver wants the table.
#[derive(Clone, Copy, Debug)]
pub struct Style<'s> {
    pub separator: u8,
    /// A person opens it with a spreadsheet.
    pub spreadsheet: bool,
    /// `column` or `column=Heading`; all columns without any.
    pub columns: &'s [String],
}

/// What is the same in every row.
#[derive(Clone, Copy, Debug)]
pub struct Head<'h> {
    pub buyer: &'h str,
    pub version: u64,
    /// `new`, `update` or `delete`.
    pub change: &'h str,
}

/// A column by its setting: its name and what stands above it.
pub fn column(setting: &str) -> Option<(&'static str, &str)> {
    let (name, heading) = setting.split_once('=').unwrap_or((setting, setting));
    let known = COLUMNS.into_iter().find(|known| *known == name.trim())?;
    Some((known, heading.trim()))
}

/// The table. A column that nobody knows was refused with the settings; here it would stay empty.
pub fn write(head: &Head<'_>, order: &Order, style: &Style<'_>) -> String {
    let columns: Vec<(&str, &str)> = match style.columns {
        [] => COLUMNS.iter().map(|name| (*name, *name)).collect(),
        some => some.iter().filter_map(|setting| column(setting)).collect(),
    };
    let mut out = csv::WriterBuilder::new().delimiter(style.separator).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let disarm = |text: String| if style.spreadsheet && text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text };
    // Writing to memory fails for no reason but rows of unequal length, and all have one cell for each column.
    let _ = out.write_record(columns.iter().map(|(_, heading)| *heading));
    // Of an order that is called off no line is left: it stands in one row, without a line.
    let none = [Line { price_basis: Decimal::ONE, factor: Decimal::ONE, ..Line::default() }];
    for line in if order.lines.is_empty() { none.as_slice() } else { order.lines.as_slice() } {
        let _ = out.write_record(columns.iter().map(|(name, _)| disarm(cell(name, head, order, line))));
    }
    let rows = out.into_inner().unwrap_or_default();
    format!("\u{feff}{}", String::from_utf8_lossy(&rows))
}

/// What of an order stands in no column, by line. Files, several dates of a line and charges are asked of the channel before.
pub fn lost(order: &Order) -> Vec<Loss> {
    let of_order = [
        (What::Tax, !order.tax.is_zero()),
        (What::OrderedBy, !order.ordered_by.is_empty()),
        (What::Requisition, order.requisition.is_some()),
        (What::BillTo, order.bill_to.is_some()),
        (What::Extras, !order.extrinsics.is_empty()),
        (What::Address, order.ship_to.as_ref().is_some_and(is_shortened)),
    ];
    let of_order = of_order.into_iter().filter(|(_, there)| *there).map(|(what, _)| Loss { line: None, what });
    of_order.chain(order.lines.iter().flat_map(lost_of_line)).collect()
}

fn lost_of_line(line: &Line) -> Vec<Loss> {
    let has_loss = line.account.is_none() && !account::write(&line.cost, "").1.is_empty();
    let of_line = [
        (What::SplitAccounting, line.cost.len() > 1),
        (What::Segment, has_loss),
        (What::Address, line.ship_to.as_ref().is_some_and(is_shortened)),
        (What::Requisition, line.requisition.is_some()),
        (What::Agreement, line.agreement.is_some()),
        (What::Manufacturer, line.manufacturer.is_some()),
        (What::ManufacturerPart, line.manufacturer_part.is_some()),
        (What::Classification, line.classification.is_some()),
        (What::Extras, !line.extrinsics.is_empty()),
    ];
    of_line.into_iter().filter(|(_, there)| *there).map(|(what, _)| Loss { line: Some(line.line.clone()), what }).collect()
}

/// Whether more is said of an address than there are columns for.
fn is_shortened(place: &Place) -> bool {
    !place.deliver_to.is_empty() || !place.state.is_empty() || !place.mail.is_empty()
}

/// For as many units of the order as the price basis says, whatever unit the price is for.
fn price(line: &Line) -> Option<Decimal> {
    let price = line.unit_price?;
    if line.factor == Decimal::ONE { Some(price) } else { price.checked_mul(line.factor).map(|price| price.normalize()) }
}

fn cell(name: &str, head: &Head<'_>, order: &Order, line: &Line) -> String {
    let place = line.ship_to.as_ref().or(order.ship_to.as_ref());
    let of_place = |part: fn(&Place) -> String| place.map(part).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match name {
        "order_no" => order.order_id.clone(),
        "order_version" => head.version.to_string(),
        "change" => head.change.to_string(),
        "order_date" => order.order_date.chars().take(10).collect(),
        "currency" => order.currency.clone(),
        "line" => line.line.clone(),
        "supplier_part" => line.supplier_part.clone(),
        "aux_id" => text(&line.aux),
        "buyer_part" => text(&line.buyer_part),
        "description" => line.description.clone().or_else(|| line.short_name.clone()).unwrap_or_default(),
        "quantity" => line.quantity.normalize().to_string(),
        "unit" => line.unit.clone(),
        "unit_price" => price(line).map(|price| price.to_string()).unwrap_or_default(),
        "price_basis" => line.price_basis.normalize().to_string(),
        "line_net" => line.net.to_string(),
        "requested_date" => text(&line.requested_date).chars().take(10).collect(),
        "ship_to_id" => of_place(|place| place.id.clone().unwrap_or_default()),
        "ship_to_name" => of_place(|place| place.name.clone()),
        "street" => of_place(|place| place.street.join(", ")),
        "postcode" => of_place(|place| place.postcode.clone()),
        "city" => of_place(|place| place.city.clone()),
        "country" => of_place(|place| place.country.clone().unwrap_or_default()),
        "cost_string" => account::of_line(line),
        "note" => line.comments.iter().chain(&order.comments).cloned().collect::<Vec<_>>().join("\n"),
        "buyer" => head.buyer.to_string(),
        _ => String::new(),
    }
}
