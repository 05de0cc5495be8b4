//! `OrderRequest` to an order (section 11): new, update and delete. First what the document says, then what it means beside the baskets that
//! were handed back. Lenient about the order of elements; never about numbers, units, currency and line numbers.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::kept::{Card, Due, Kind, Line, Order};
use super::numbers::{decimal, when};
use super::tree::Element;
use super::{Fault, Status, accounting, place, redacted, totals, units};
use crate::domain::article::InShop;
use crate::domain::connection::{Cxml, Unknown};
use crate::domain::deviation::Response;
use crate::domain::money::Currency;

/// How the flag of a line begins that costs more than was offered.
pub const ABOVE: &str = "price above";

const ORDER_ID_MAX: usize = 100;
const LINES_MAX: usize = 10_000;
const PART_MAX: usize = 255;

/// An amount; one that is empty counts as absent, whatever its currency. Its currency is noted.
pub fn money(element: &Element, what: &str, currencies: &mut Vec<String>) -> Result<Option<Decimal>, Fault> {
    let Some(text) = element.text() else { return Ok(None) };
    let amount = decimal(&text).ok_or_else(|| Fault::content(format_args!("{what} is no number")))?;
    currencies.push(element.attribute("currency").unwrap_or_default().to_string());
    Ok(Some(amount))
}

fn number(text: &str, what: &str) -> Result<Decimal, Fault> {
    decimal(text).ok_or_else(|| Fault::content(format_args!("{what} is no number")))
}

/// The extrinsics of an element; of two with one name the last counts.
pub fn extrinsics(holder: &Element, warnings: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for extrinsic in holder.all("Extrinsic") {
        let (Some(name), Some(text)) = (extrinsic.attribute("name"), extrinsic.text()) else { continue };
        if all.insert(name.to_string(), text).is_some() {
            warnings.push("an extrinsic stands twice; the last counts".to_string());
        }
    }
    all
}

/// An extrinsic by its name, without regard to case, blanks, `_` and `-`.
pub fn extrinsic<'e>(all: &'e BTreeMap<String, String>, name: &str) -> Option<&'e str> {
    let folded = |name: &str| name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect::<String>();
    let wanted = folded(name);
    all.iter().find(|(known, _)| folded(known) == wanted).map(|(_, value)| value.as_str())
}

/// What the document says; what a line without detail costs is not known yet.
pub fn read(request: &Element, habits: &Cxml, zone: &str, warnings: &mut Vec<String>) -> Result<Order, Fault> {
    let header = request.child("OrderRequestHeader").ok_or_else(|| Fault::missing("OrderRequestHeader"))?;
    let mut currencies = Vec::new();
    let mut order = read_header(header, habits, zone, &mut currencies, warnings)?;
    let items: Vec<&Element> = request.all("ItemOut").collect();
    if items.len() > LINES_MAX {
        return Err(Fault::content(format_args!("more than {LINES_MAX} lines")));
    }
    if items.is_empty() && order.kind != Kind::Delete {
        return Err(Fault::missing("ItemOut"));
    }
    let labels = labels(&items, warnings)?;
    for (item, label) in items.iter().zip(labels) {
        let line = read_line(item, label, habits, zone, &mut currencies, warnings)?;
        order.lines.push(line);
    }
    if order.shipping.is_zero() {
        order.shipping = order.lines.iter().map(|line| line.shipping).sum();
    }
    let modified = modified(header, &mut currencies, warnings)?;
    order.shipping = order.shipping.checked_add(modified).ok_or_else(too_large)?;
    if order.tax.is_zero() {
        order.tax = order.lines.iter().map(|line| line.tax).sum();
    }
    order.currency = one_currency(&currencies)?;
    fill_from_header(&mut order, header.attribute("requestedDeliveryDate"), zone)?;
    let of_items = items.iter().flat_map(|item| item.all("Comments"));
    order.references = header.all("Comments").chain(of_items).flat_map(references).collect();
    Ok(order)
}

fn too_large() -> Fault {
    Fault::content("Total/Modifications: an amount is too large")
}

/// What is added to the order as a whole, less what is deducted from it: amounts as they stand, percentages of the price that is named with them.
fn modified(header: &Element, currencies: &mut Vec<String>, warnings: &mut Vec<String>) -> Result<Decimal, Fault> {
    let mut sum = Decimal::ZERO;
    for modification in header.at(&["Total", "Modifications"]).into_iter().flat_map(|all| all.all("Modification")) {
        let mut amount = |path: &[&str]| -> Result<Option<Decimal>, Fault> {
            let found = modification.at(path).map(|element| money(element, "Modification", currencies)).transpose()?;
            Ok(found.flatten())
        };
        let (original, cost) = (amount(&["OriginalPrice", "Money"])?, amount(&["AdditionalCost", "Money"])?);
        let deduction = amount(&["AdditionalDeduction", "DeductionAmount", "Money"])?;
        let deducted = amount(&["AdditionalDeduction", "DeductedPrice", "Money"])?;
        let percent = |path: &[&str]| modification.at(path).and_then(|element| decimal(element.attribute("percent")?));
        let share = |percent: Option<Decimal>| Some(original?.checked_mul(percent?)?.checked_div(Decimal::ONE_HUNDRED)?.round_dp(2));
        let less = || original?.checked_sub(deducted?);
        let added = cost.or_else(|| share(percent(&["AdditionalCost", "Percentage"])));
        let taken = deduction.or_else(less).or_else(|| share(percent(&["AdditionalDeduction", "DeductionPercent"])));
        match added.or(taken.map(|taken| -taken)) {
            Some(amount) => sum = sum.checked_add(amount).ok_or_else(too_large)?,
            None => warnings.push("Total/Modifications: what one comes to is not said; it was left aside".to_string()),
        }
    }
    Ok(sum)
}

pub(super) fn one_currency(currencies: &[String]) -> Result<String, Fault> {
    let all: BTreeSet<&String> = currencies.iter().collect();
    let Some(first) = all.first() else { return Ok(String::new()) };
    if all.len() > 1 {
        return Err(Fault::content("there is more than one currency in it"));
    }
    Currency::parse(first).map(|currency| currency.as_str().to_string()).ok_or_else(|| Fault::content("a currency is not three capital letters"))
}

fn read_header(header: &Element, habits: &Cxml, zone: &str, currencies: &mut Vec<String>, warnings: &mut Vec<String>) -> Result<Order, Fault> {
    let kind = match header.attribute("type") {
        None | Some("new") => Kind::New,
        Some("update") => Kind::Update,
        Some("delete") => Kind::Delete,
        Some(_) => return Err(Fault::new(Status::NotImplemented, "OrderRequestHeader/@type is none of new, update, delete")),
    };
    if header.attribute("orderType").is_some_and(|kind| kind != "regular") {
        return Err(Fault::new(Status::NotImplemented, "only regular orders are taken"));
    }
    let id = header.attribute("orderID").ok_or_else(|| Fault::missing("OrderRequestHeader/@orderID"))?;
    if id.chars().count() > ORDER_ID_MAX || id.chars().any(char::is_control) {
        return Err(Fault::content(format_args!("OrderRequestHeader/@orderID has more than {ORDER_ID_MAX} characters or control characters")));
    }
    let date = header.attribute("orderDate").ok_or_else(|| Fault::missing("OrderRequestHeader/@orderDate"))?;
    let date = when(date, zone).ok_or_else(|| Fault::content("OrderRequestHeader/@orderDate is no date"))?;
    if date.assumed {
        warnings.push(format!("orderDate has no offset; it was taken as a time of {zone}"));
    }
    let total = header.at(&["Total", "Money"]).map(|total| money(total, "Total", currencies)).transpose()?.flatten();
    if total.is_none() && kind != Kind::Delete {
        return Err(Fault::missing("Total/Money"));
    }
    let amount = |name: &str, currencies: &mut Vec<String>| -> Result<Decimal, Fault> {
        let money_of = header.at(&[name, "Money"]).map(|element| money(element, name, currencies)).transpose()?;
        Ok(money_of.flatten().unwrap_or_default())
    };
    let (shipping, tax) = (amount("Shipping", currencies)?, amount("Tax", currencies)?);
    if shipping.is_sign_negative() && !shipping.is_zero() {
        return Err(Fault::content("Shipping is negative"));
    }
    let extrinsics = extrinsics(header, warnings);
    let edits = extrinsic(&extrinsics, "order-source-type").is_some_and(|kind| kind == "EDIT_ORDER");
    let replaces = extrinsic(&extrinsics, "order-source-identifier").filter(|_| edits).map(str::to_string);
    let version =
        header.attribute("orderVersion").map(|text| text.parse().map_err(|_| Fault::content("OrderRequestHeader/@orderVersion is no number")));
    let contact = header.all("Contact").find_map(|contact| contact.text_of("Email").or_else(|| contact.text_of("Name")));
    Ok(Order {
        order_id: id.to_string(),
        kind,
        version: version.transpose()?,
        follows: header.child("DocumentReference").and_then(|reference| reference.attribute("payloadID")).map(str::to_string),
        order_date: date.text,
        stated_total: total.unwrap_or_default(),
        shipping,
        tax,
        requisition: header.attribute("requisitionID").map(str::to_string),
        ship_to: header.child("ShipTo").and_then(place::read),
        bill_to: header.child("BillTo").and_then(place::read),
        comments: header.all("Comments").filter_map(Element::own_text).collect(),
        card: card(header, habits)?,
        replaces,
        followup: header.text_at(&["Followup", "URL"]),
        ordered_by: contact.unwrap_or_default(),
        extrinsics,
        ..Order::default()
    })
}

fn card(header: &Element, habits: &Cxml) -> Result<Option<Card>, Fault> {
    let Some(card) = header.at(&["Payment", "PCard"]) else { return Ok(None) };
    let Some(number) = card.attribute("number") else { return Ok(None) };
    if habits.refuse_cards {
        return Err(Fault::content("payment by card is not agreed"));
    }
    let last4 = redacted::last_four(number).unwrap_or_default();
    Ok(Some(Card { last4, expiration: card.attribute("expiration").unwrap_or_default().chars().take(10).collect() }))
}

/// Content ids and whether they are for the buyer's own house only.
fn references(comments: &Element) -> Vec<(String, bool)> {
    let each = comments.all("Attachment").filter_map(|attachment| {
        let url = attachment.text_of("URL")?;
        let id = url.strip_prefix("cid:").or_else(|| url.strip_prefix("CID:"))?;
        let internal = attachment.attribute("visibility").is_some_and(|word| word.eq_ignore_ascii_case("internal"));
        Some((super::mime::percent_decoded(id.trim()), internal))
    });
    each.collect()
}

/// Every line's own number: its attribute, else Oracle's extrinsics, else its position.
pub(super) fn labels(items: &[&Element], warnings: &mut Vec<String>) -> Result<Vec<String>, Fault> {
    let own = |item: &Element| -> (Option<String>, Option<String>) {
        let detail = item.child("ItemDetail").map(|detail| extrinsics(detail, &mut Vec::new())).unwrap_or_default();
        let of_item = extrinsics(item, &mut Vec::new());
        let find = |name: &str| extrinsic(&detail, name).or_else(|| extrinsic(&of_item, name)).map(str::to_string);
        (find("LINENUM"), find("SHIPMENTNUM"))
    };
    let named: Vec<(Option<String>, Option<String>)> = items.iter().map(|item| own(item)).collect();
    let times = |line: &str| named.iter().filter(|(known, _)| known.as_deref() == Some(line)).count();
    let mut labels = Vec::with_capacity(items.len());
    for (position, (item, (line, shipment))) in (1..).zip(items.iter().zip(&named)) {
        let label = match (item.attribute("lineNumber"), line, shipment) {
            (Some(number), _, _) => number.to_string(),
            (None, Some(line), Some(shipment)) if times(line) > 1 => format!("{line}.{shipment}"),
            (None, Some(line), _) => line.clone(),
            (None, None, _) => position.to_string(),
        };
        if label.chars().count() > 50 || label.chars().any(char::is_control) {
            return Err(Fault::content("a line number is longer than 50 characters"));
        }
        labels.push(label);
    }
    if items.iter().all(|item| item.attribute("lineNumber").is_none()) && named.iter().all(|(line, _)| line.is_none()) {
        warnings.push("the lines have no numbers; their positions were taken".to_string());
    }
    let mut seen = BTreeSet::new();
    match labels.iter().find(|label| !seen.insert(label.as_str())) {
        Some(twice) => Err(Fault::content(format_args!("line {twice} stands twice"))),
        None => Ok(labels),
    }
}

pub(super) fn read_line(
    item: &Element,
    label: String,
    habits: &Cxml,
    zone: &str,
    currencies: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Result<Line, Fault> {
    let at = |what: &str| format!("line {label}: {what}");
    let quantity = item.attribute("quantity").ok_or_else(|| Fault::missing(&at(&format!("{}/@quantity", item.name))))?;
    let quantity = number(quantity, &at("quantity"))?;
    if quantity.is_sign_negative() || quantity.is_zero() {
        return Err(Fault::content(at("the quantity is not above zero")));
    }
    let part = item.text_at(&["ItemID", "SupplierPartID"]).ok_or_else(|| Fault::missing(&at("SupplierPartID")))?;
    if part.chars().count() > PART_MAX {
        return Err(Fault::content(at("SupplierPartID is too long")));
    }
    let empty = Element::default();
    let detail = item.child("ItemDetail");
    let of = detail.unwrap_or(&empty);
    let amount = |path: &[&str], what: &str, currencies: &mut Vec<String>| -> Result<Option<Decimal>, Fault> {
        Ok(item.at(path).map(|element| money(element, &at(what), currencies)).transpose()?.flatten())
    };
    let price = amount(&["ItemDetail", "UnitPrice", "Money"], "UnitPrice", currencies)?;
    if price.is_some_and(|price| price.is_sign_negative() && !price.is_zero()) {
        return Err(Fault::content(at("the price is negative")));
    }
    let (tax, shipping) = (amount(&["Tax", "Money"], "Tax", currencies)?, amount(&["Shipping", "Money"], "Shipping", currencies)?);
    let mut extras = extrinsics(of, warnings);
    extras.extend(extrinsics(item, warnings));
    let (price_basis, factor) = basis(of, &label)?;
    let classification = classification(of, &label, warnings);
    let mut line = Line {
        quantity,
        aux: item.text_at(&["ItemID", "SupplierPartAuxiliaryID"]),
        buyer_part: item.text_at(&["ItemID", "BuyerPartID"]).or_else(|| extrinsic(&extras, "BUYERPARTNUM").map(str::to_string)),
        manufacturer_part: of.text_of("ManufacturerPartID"),
        manufacturer: of.text_of("ManufacturerName"),
        unit_received: of.text_of("UnitOfMeasure").unwrap_or_default(),
        unit_price: price,
        price_basis,
        factor,
        basis_unit: of.text_at(&["PriceBasisQuantity", "UnitOfMeasure"]).and_then(|word| units::canonical(&word, &habits.units)).unwrap_or_default(),
        tax: tax.unwrap_or_default(),
        tax_rate: rate(item),
        shipping: shipping.unwrap_or_default(),
        description: description(of),
        short_name: of.all("Description").find_map(|description| description.text_of("ShortName")),
        classification_domain: classification.as_ref().map(|(domain, _)| domain.clone()).unwrap_or_default(),
        classification: classification.map(|(_, code)| code),
        schedule: schedule(item, &label, zone)?,
        ship_to: item.child("ShipTo").and_then(place::read),
        requisition: item.attribute("requisitionID").map(str::to_string),
        agreement: item.child("MasterAgreementIDInfo").and_then(|info| info.attribute("agreementID")).map(str::to_string),
        cost: accounting::read(item, &label, &habits.segments, currencies)?,
        comments: item.all("Comments").filter_map(Element::own_text).collect(),
        ad_hoc: item.attribute("isAdHoc").is_some_and(|word| word.eq_ignore_ascii_case("yes")),
        deleted: item.attribute("operation").is_some_and(|word| word.eq_ignore_ascii_case("delete")),
        detailed: detail.is_some(),
        extrinsics: extras,
        supplier_part: part,
        line: label.clone(),
        ..Line::default()
    };
    line.requested_date = item.attribute("requestedDeliveryDate").map(|text| day(text, zone, &label)).transpose()?;
    let scheduled: Decimal = line.schedule.iter().map(|due| due.quantity).sum();
    if !line.schedule.is_empty() && scheduled != line.quantity {
        return Err(Fault::content(at(&format!("the schedule is for {scheduled} of {}", line.quantity))));
    }
    Ok(line)
}

/// The rate of VAT that a line names, where it names one.
fn rate(item: &Element) -> Option<Decimal> {
    let mut details = item.child("Tax").into_iter().flat_map(|tax| tax.all("TaxDetail"));
    let detail = details.next().filter(|detail| detail.attribute("category").is_some_and(|word| word.eq_ignore_ascii_case("vat")))?;
    let rate = detail.attribute("percentageRate").and_then(decimal)?;
    (details.next().is_none() && (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&rate)).then_some(rate)
}

fn day(text: &str, zone: &str, label: &str) -> Result<String, Fault> {
    when(text, zone).map(|when| when.day).ok_or_else(|| Fault::content(format_args!("line {label}: a delivery date is no date")))
}

fn schedule(item: &Element, label: &str, zone: &str) -> Result<Vec<Due>, Fault> {
    let due = |line: &Element| {
        let quantity = number(line.attribute("quantity").unwrap_or_default(), &format!("line {label}: a scheduled quantity"))?;
        Ok(Due { quantity, date: day(line.attribute("requestedDeliveryDate").unwrap_or_default(), zone, label)? })
    };
    item.all("ScheduleLine").map(due).collect()
}

/// Price basis and conversion factor; one of one where nothing is said.
fn basis(detail: &Element, label: &str) -> Result<(Decimal, Decimal), Fault> {
    let Some(basis) = detail.child("PriceBasisQuantity") else { return Ok((Decimal::ONE, Decimal::ONE)) };
    let read = |name: &str| basis.attribute(name).map_or(Ok(Decimal::ONE), |text| number(text, &format!("line {label}: PriceBasisQuantity/@{name}")));
    let (quantity, factor) = (read("quantity")?, read("conversionFactor")?);
    if quantity <= Decimal::ZERO || factor <= Decimal::ZERO {
        return Err(Fault::content(format_args!("line {label}: the price basis is not above zero")));
    }
    Ok((quantity, factor))
}

/// Text of the description; elements in it are flattened, HTML stays characters.
fn description(detail: &Element) -> Option<String> {
    let whole = |description: &Element| description.own_text().or_else(|| description.text());
    detail.all("Description").find_map(whole)
}

/// Domain and code; what says nothing is none.
fn classification(detail: &Element, label: &str, warnings: &mut Vec<String>) -> Option<(String, String)> {
    let element = detail.all("Classification").find(|element| element.text().is_some())?;
    let (domain, code) = (element.attribute("domain").unwrap_or_default(), element.text()?);
    if ["unknown", "dummy", "0"].contains(&code.to_ascii_lowercase().as_str()) {
        return None;
    }
    if !domain.eq_ignore_ascii_case("UNSPSC") {
        return Some((domain.to_string(), code));
    }
    let digits: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    if matches!(digits.len(), 8 | 10) && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some(("UNSPSC".to_string(), digits));
    }
    warnings.push(format!("line {label}: the UNSPSC code has not 8 digits"));
    Some(("UNSPSC".to_string(), code))
}

/// A value of the line wins; that of the header fills in.
fn fill_from_header(order: &mut Order, requested: Option<&str>, zone: &str) -> Result<(), Fault> {
    let requested =
        requested.map(|text| when(text, zone).map(|when| when.day).ok_or_else(|| Fault::content("requestedDeliveryDate is no date"))).transpose()?;
    let of_header = |line: &Line| extrinsic(&line.extrinsics, "CostCenter").or_else(|| extrinsic(&line.extrinsics, "CostCentre")).map(str::to_string);
    let header = extrinsic(&order.extrinsics, "CostCenter").or_else(|| extrinsic(&order.extrinsics, "CostCentre")).map(str::to_string);
    for line in &mut order.lines {
        let scheduled = || line.schedule.first().map(|due| due.date.clone()).filter(|_| line.schedule.len() == 1);
        line.requested_date = line.requested_date.clone().or_else(|| requested.clone()).or_else(scheduled);
        if let Some(code) = of_header(line).or_else(|| header.clone())
            && line.cost.iter().all(|share| share.received.is_empty())
        {
            line.cost.truncate(1);
            line.cost.resize_with(1, Default::default);
            line.cost[0].segments.insert("cost_center".to_string(), code);
        }
    }
    Ok(())
}

/// What is known of an article apart from the order: from a basket that was handed back, or from the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub part: String,
    pub unit: String,
    pub price: Decimal,
    pub per: Decimal,
    pub currency: String,
    pub description: String,
    pub vat: Decimal,
    /// What everybody else pays for as many.
    pub shop_price: Option<Decimal>,
    /// What the supplier's own shop calls it.
    pub in_shop: Option<InShop>,
    /// From a basket; else from the catalogue.
    pub of_basket: bool,
}

/// What is agreed about orders that differ.
pub struct Terms<'h> {
    pub habits: &'h Cxml,
    /// What becomes of a price that is not the offered one.
    pub changed_price: Response,
    /// The buyer's own.
    pub currency: Currency,
}

/// What an order must wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Take,
    /// A person must approve it first.
    Ask,
}

/// Compares the lines with what was offered, fills in what comes from there, and works out amounts and shares.
pub fn settle(order: &mut Order, offers: &BTreeMap<String, Offer>, terms: &Terms<'_>, warnings: &mut Vec<String>) -> Result<Outcome, Fault> {
    let mut lost = Vec::new();
    let mut outcome = Outcome::Take;
    let currency = order.currency.clone();
    for line in &mut order.lines {
        match offers.get(&line.line) {
            Some(offer) => {
                if compare(line, offer, &currency, terms, &mut lost, warnings)? == Outcome::Ask {
                    outcome = Outcome::Ask;
                }
            }
            None => free_text(line, terms, warnings)?,
        }
    }
    if order.currency.is_empty() {
        order.currency = offers.values().next().map_or_else(|| terms.currency.as_str().to_string(), |offer| offer.currency.clone());
    }
    let currency = Currency::parse(&order.currency).ok_or_else(|| Fault::content("a currency is not three capital letters"))?;
    totals::settle(order, currency, &lost, warnings)?;
    for line in &mut order.lines {
        accounting::divide(line, currency.exponent(), warnings)?;
        check_cost_centre(line, terms.habits)?;
    }
    Ok(outcome)
}

fn check_cost_centre(line: &Line, habits: &Cxml) -> Result<(), Fault> {
    let has_all = !line.cost.is_empty() && line.cost.iter().all(|share| share.cost_centre().is_some());
    match habits.no_cost_centre {
        Unknown::Refuse if !has_all => Err(Fault::content(format_args!("line {}: there is no cost centre", line.line))),
        Unknown::Refuse | Unknown::Accept => Ok(()),
    }
}

/// A line that nobody offered: it must say all of it itself.
fn free_text(line: &mut Line, terms: &Terms<'_>, warnings: &mut Vec<String>) -> Result<(), Fault> {
    let label = line.line.clone();
    if let Some(aux) = line.aux.take() {
        warnings.push(format!("line {label}: the auxiliary id names no basket line"));
        line.foreign_aux = Some(aux);
    }
    if terms.habits.unknown_parts == Unknown::Refuse {
        return Err(Fault::content(format_args!("line {label}: the part is not known")));
    }
    if line.unit_price.is_none() || line.description.is_none() || line.unit_received.is_empty() {
        return Err(Fault::content(format_args!("line {label}: price, description or unit is missing")));
    }
    line.unit = unit(line, terms.habits)?;
    Ok(())
}

fn unit(line: &Line, habits: &Cxml) -> Result<String, Fault> {
    let shown: String = line.unit_received.chars().filter(|c| c.is_ascii_alphanumeric()).take(20).collect();
    let unknown = || Fault::content(format_args!("line {}: the unit {shown} is not known", line.line));
    units::canonical(&line.unit_received, &habits.units).ok_or_else(unknown)
}

fn compare(
    line: &mut Line,
    offer: &Offer,
    currency: &str,
    terms: &Terms<'_>,
    lost: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Result<Outcome, Fault> {
    let label = line.line.clone();
    let source = if offer.of_basket { "basket" } else { "catalogue" };
    if line.supplier_part != offer.part {
        return Err(Fault::content(format_args!("line {label}: the part is not that of the basket")));
    }
    if !currency.is_empty() && currency != offer.currency {
        return Err(Fault::content(format_args!("line {label}: the currency is not that of the {source}")));
    }
    let Some(price) = line.unit_price else {
        (line.unit_price, line.price_basis, line.factor) = (Some(offer.price), offer.per, Decimal::ONE);
        line.unit = offered_unit(offer);
        line.description = Some(offer.description.clone());
        return Ok(Outcome::Take);
    };
    let per_piece = |price: Decimal, factor: Decimal, basis: Decimal| price.checked_mul(factor).and_then(|price| price.checked_div(basis));
    let (ordered, offered) = (per_piece(price, line.factor, line.price_basis), per_piece(offer.price, Decimal::ONE, offer.per));
    let (Some(ordered), Some(offered)) = (ordered, offered) else { return Err(Fault::content(format_args!("line {label}: an amount is too large"))) };
    let mut outcome = Outcome::Take;
    if ordered != offered && price == offer.price {
        // The same figure for another number of pieces: the basis got lost on the way.
        (line.price_basis, line.factor) = (offer.per, Decimal::ONE);
        lost.push(label.clone());
        warnings.push(format!("line {label}: the price basis of the {source} was taken"));
    } else if ordered < offered && terms.changed_price == Response::Refuse {
        return Err(Fault::content(format_args!("line {label}: the price is below that of the {source}")));
    } else if ordered != offered {
        let which = if ordered > offered { ABOVE } else { "price below" };
        line.flag = Some(format!("{which} {}", if offer.of_basket { "cart" } else { "catalogue" }));
        outcome = if terms.changed_price == Response::Ask { Outcome::Ask } else { Outcome::Take };
    }
    let offered_unit = offered_unit(offer);
    let own = if line.unit_received.is_empty() { Ok(offered_unit.clone()) } else { unit(line, terms.habits) };
    match own {
        Ok(own) if units::same(&own, &offered_unit) => {}
        Ok(_) => return Err(Fault::content(format_args!("line {label}: the unit is not that of the {source}"))),
        Err(_) if ordered == offered => warnings.push(format!("line {label}: the unit is not known; that of the {source} was taken")),
        Err(fault) => return Err(fault),
    }
    line.unit = offered_unit;
    line.description = Some(offer.description.clone());
    Ok(outcome)
}

/// A catalogue may say its unit in a word that means a code.
fn offered_unit(offer: &Offer) -> String {
    units::canonical(&offer.unit, &BTreeMap::new()).unwrap_or_else(|| offer.unit.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::cxml::tree;

    fn habits() -> Cxml {
        Cxml { unknown_parts: Unknown::Accept, no_cost_centre: Unknown::Accept, ..Cxml::default() }
    }

    const HEADER: &str = "orderID=' 007:1/a b ' orderDate='2026-03-05T10:00:00+01:00'";

    fn request(attributes: &str, inner: &str, items: &str) -> Result<(Order, Vec<String>), Fault> {
        let text = format!("<OrderRequest><OrderRequestHeader {attributes}>{inner}</OrderRequestHeader>{items}</OrderRequest>");
        let mut warnings = Vec::new();
        let document = tree::read(text.as_bytes(), None).expect("a document of this test");
        read(&document.root, &habits(), "Europe/Berlin", &mut warnings).map(|order| (order, warnings))
    }

    const TOTAL: &str = "<Total><Money currency='EUR'>20</Money></Total>";

    fn item(attributes: &str, detail: &str) -> String {
        format!(
            "<ItemOut quantity='2' {attributes}><ItemID><SupplierPartID> A 1 </SupplierPartID></ItemID><ItemDetail><UnitPrice><Money currency='EUR'>10</Money></UnitPrice>\
             <Description>x<b>y</b></Description><UnitOfMeasure>EA</UnitOfMeasure>{detail}</ItemDetail></ItemOut>"
        )
    }

    #[test]
    fn identifiers_are_trimmed_and_nothing_else() {
        let (order, _) = request(HEADER, TOTAL, &item("", "")).expect("an order");
        assert_eq!((order.order_id.as_str(), order.lines[0].supplier_part.as_str()), ("007:1/a b", "A 1"));
        assert_eq!((order.lines[0].line.as_str(), order.currency.as_str()), ("1", "EUR"));
    }

    /// Worked out by hand for a total of 20, with 4.00 for shipping beside it.
    #[test]
    fn what_is_taken_from_the_whole_or_added_counts_with_shipping() {
        let original = "<OriginalPrice><Money currency='EUR'>20</Money></OriginalPrice>";
        let cost = |of: &str| format!("<Modification>{original}<AdditionalCost>{of}</AdditionalCost></Modification>");
        let deduction = |of: &str| format!("<Modification>{original}<AdditionalDeduction>{of}</AdditionalDeduction></Modification>");
        let three = "<Money currency='EUR'>3</Money>";
        let (amount, left) = (format!("<DeductionAmount>{three}</DeductionAmount>"), format!("<DeductedPrice>{three}</DeductedPrice>"));
        let unsaid = deduction("<DeductionPercent percent='10'/>").replace(original, "");
        for (modifications, shipping, warned) in [
            (cost(three), "7", 0),
            (cost("<Percentage percent='12.5'/>"), "6.5", 0),
            (deduction(&amount), "1", 0),
            (deduction(&left), "-13", 0),
            (deduction("<DeductionPercent percent='10'/>"), "2", 0),
            (deduction(&amount) + &deduction(&amount), "-2", 0),
            (unsaid, "4", 1),
        ] {
            let total = TOTAL.replace("</Total>", &format!("<Modifications>{modifications}</Modifications></Total>"));
            let header = format!("{total}<Shipping><Money currency='EUR'>4</Money><Description/></Shipping>");
            let (order, warnings) = request(HEADER, &header, &item("", "")).expect("an order");
            let told = warnings.iter().filter(|text| text.contains("Modifications")).count();
            assert_eq!((order.shipping, told), (shipping.parse().expect("a number"), warned), "{modifications}");
        }
        let most = format!("<Money currency='EUR'>{}</Money>", "9".repeat(28));
        let huge = TOTAL.replace("</Total>", &format!("<Modifications>{}</Modifications></Total>", cost(&most).repeat(9)));
        assert_eq!(request(HEADER, &huge, &item("", "")).expect_err("too large").status.code(), 400);
    }

    #[test]
    fn what_is_needed_is_asked_for() {
        for (attributes, inner, items, status) in [
            ("orderDate='2026-03-05'", TOTAL, item("", ""), 406),
            ("orderID='1'", TOTAL, item("", ""), 406),
            (HEADER, "", item("", ""), 406),
            (HEADER, TOTAL, String::new(), 406),
            ("orderID='1' orderDate='soon'", TOTAL, item("", ""), 400),
            ("orderID='a&#10;b' orderDate='2026-03-05'", TOTAL, item("", ""), 400),
            ("orderID='1' orderDate='2026-03-05' type='copy'", TOTAL, item("", ""), 450),
            ("orderID='1' orderDate='2026-03-05' orderType='blanket'", TOTAL, item("", ""), 450),
            (HEADER, TOTAL, item("lineNumber='1'", "").repeat(2), 400),
            (HEADER, "<Total><Money currency='USD'>20</Money></Total>", item("", ""), 400),
            (HEADER, "<Total><Money currency='eur'>20</Money></Total>", item("", "").replace("EUR", "eur"), 400),
            (HEADER, TOTAL, item("", "").replace("quantity='2'", "quantity='0'"), 400),
            (HEADER, TOTAL, item("", "<PriceBasisQuantity quantity='0' conversionFactor='1'/>"), 400),
        ] {
            let fault = request(attributes, inner, &items).expect_err(attributes);
            assert_eq!(fault.status.code(), status, "{attributes}: {fault}");
        }
        assert!(request("orderID='1' orderDate='2026-03-05' type='delete'", "", "").is_ok());
    }

    #[test]
    fn codes_that_say_nothing_are_none() {
        let code = |text: &str| {
            let (order, _) =
                request(HEADER, TOTAL, &item("", &format!("<Classification domain='UNSPSC'>{text}</Classification>"))).expect("an order");
            order.lines[0].classification.clone()
        };
        for (text, expected) in
            [("unknown", None), ("DUMMY", None), ("0", None), ("", None), ("15.12.15.01", Some("15121501")), ("4412", Some("4412"))]
        {
            assert_eq!(code(text).as_deref(), expected, "{text}");
        }
    }

    fn offered(price: &str, per: &str) -> BTreeMap<String, Offer> {
        let d = |text: &str| text.parse().expect("a literal of this test");
        let offer = Offer {
            part: "A 1".into(),
            unit: "C62".into(),
            price: d(price),
            per: d(per),
            currency: "EUR".into(),
            description: "from the basket".into(),
            vat: Decimal::ZERO,
            shop_price: None,
            in_shop: None,
            of_basket: true,
        };
        BTreeMap::from([("1".to_string(), offer)])
    }

    fn settled(offers: &BTreeMap<String, Offer>, response: Response) -> Result<(Order, Outcome), String> {
        let (mut order, _) = request(HEADER, TOTAL, &item("", "")).expect("an order");
        let habits = habits();
        let terms = Terms { habits: &habits, changed_price: response, currency: Currency::EUR };
        let outcome = settle(&mut order, offers, &terms, &mut Vec::new()).map_err(|fault| fault.text)?;
        Ok((order, outcome))
    }

    /// Section 11, "Against the cart".
    #[test]
    fn an_order_is_held_against_its_basket() {
        let (same, _) = settled(&offered("10", "1"), Response::Refuse).expect("it is the same");
        assert_eq!(
            (same.lines[0].unit.as_str(), same.lines[0].description.as_deref(), same.lines[0].flag.as_deref()),
            ("C62", Some("from the basket"), None)
        );
        let (dearer, _) = settled(&offered("9.99", "1"), Response::Refuse).expect("dearer is taken");
        assert_eq!(dearer.lines[0].flag.as_deref(), Some("price above cart"));
        assert!(settled(&offered("10.01", "1"), Response::Refuse).is_err());
        assert_eq!(settled(&offered("10.01", "1"), Response::Ask).map(|(_, outcome)| outcome), Ok(Outcome::Ask));
        // Ten for a hundred pieces would make the line 0.20, and the total says 20.
        assert!(settled(&offered("10", "100"), Response::Refuse).is_err_and(|text| text.contains("line 1")));
        let other = offered("10", "1").into_iter().map(|(line, offer)| (line, Offer { part: "B".into(), ..offer })).collect();
        assert!(settled(&other, Response::Refuse).is_err());
    }
}
