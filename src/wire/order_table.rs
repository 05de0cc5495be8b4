//! An order as a table, one row for each line (reference cxml-and-peppol-ordering, section 31): UTF-8 with a mark, RFC 4180 quoting, decimal
//! points, ISO dates. Pure. A cell that a spreadsheet would take for a formula is disarmed where a person opens the file, and only there.

use super::cxml::kept::{Line, Order};
use super::cxml::place::Place;

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
    for line in &order.lines {
        let _ = out.write_record(columns.iter().map(|(name, _)| disarm(cell(name, head, order, line))));
    }
    let rows = out.into_inner().unwrap_or_default();
    format!("\u{feff}{}", String::from_utf8_lossy(&rows))
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
        "unit_price" => line.unit_price.map(|price| price.to_string()).unwrap_or_default(),
        "price_basis" => line.price_basis.normalize().to_string(),
        "line_net" => line.net.to_string(),
        "requested_date" => text(&line.requested_date).chars().take(10).collect(),
        "ship_to_id" => of_place(|place| place.id.clone().unwrap_or_default()),
        "ship_to_name" => of_place(|place| place.name.clone()),
        "street" => of_place(|place| place.street.join(", ")),
        "postcode" => of_place(|place| place.postcode.clone()),
        "city" => of_place(|place| place.city.clone()),
        "country" => of_place(|place| place.country.clone().unwrap_or_default()),
        "cost_string" => super::peppol::account::of_line(line),
        "note" => line.comments.iter().chain(&order.comments).cloned().collect::<Vec<_>>().join("\n"),
        "buyer" => head.buyer.to_string(),
        _ => String::new(),
    }
}
