//! An invoice or a credit note for the buyer's system as `InvoiceDetailRequest` (section 17). Pure. The amounts are those of the document that was
//! judged and booked: nothing is worked out anew but how the tax of a rate falls on its lines, and that adds up to the cent.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::accounting;
use super::fulfilment::order_reference;
use super::kept::{Kept, Line, Share};
use super::tree::Element;
use super::write::{element, money, text};
use crate::domain::invoice::tax::{Tax, TaxCategory};
use crate::domain::invoice::{Invoice, InvoiceLine, Kind, Party, Totals};
use crate::domain::money::{Money, apportion};
use crate::wire::ubl::units;

/// What stands beside the document.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The orders that came as documents, by their numbers.
    pub kept: &'a BTreeMap<String, Kept>,
    /// Days to pay; none where nothing is to be paid.
    pub days: Option<u32>,
    /// Under which [`payload_id`] was made.
    pub seller: &'a str,
    /// Language of the texts: `nl`.
    pub language: &'a str,
}

/// The id of an invoice's document: the same whenever it is sent, so that a credit note can name it and a repeat is known as one.
pub fn payload_id(number: &str, seller: &str) -> String {
    format!("{number}@{seller}")
}

/// The id of a file of the invoice, from one in their order, under which it goes along with the document.
pub fn file_id(place: usize, seller: &str) -> String {
    format!("file-{place}@{seller}")
}

/// The request's element; `None` when the amounts have no sum.
pub fn write(invoice: &Invoice, about: &About<'_>) -> Option<Element> {
    let totals = invoice.totals()?;
    let page = Page { invoice, about };
    let taxes = taxes(invoice, &totals)?;
    let mut orders: Vec<(&str, Vec<usize>)> = Vec::new();
    for (at, line) in invoice.lines.iter().enumerate() {
        let number = page.order_of(line);
        match orders.iter_mut().find(|(order, _)| *order == number) {
            Some((_, lines)) => lines.push(at),
            None => orders.push((number, vec![at])),
        }
    }
    let order = |(number, lines): &(&str, Vec<usize>)| {
        let items = lines.iter().filter_map(|at| Some(page.item(invoice.lines.get(*at)?, taxes.get(*at).copied())));
        element("InvoiceDetailOrder").and(page.order_info(number)).and_all(items.collect::<Vec<_>>())
    };
    let orders: Vec<Element> = orders.iter().map(order).collect();
    Some(element("InvoiceDetailRequest").and(page.header(!taxes.is_empty())).and_all(orders).and(page.summary(&totals)))
}

/// The tax of each line, where lines are taxed differently: with one rate for all, the summary says it.
fn taxes(invoice: &Invoice, totals: &Totals) -> Option<Vec<Money>> {
    if totals.rates.len() < 2 {
        return Some(Vec::new());
    }
    let is_of = |line: &InvoiceLine, tax: &Tax| (line.tax.category, line.tax.percent.normalize()) == (tax.category, tax.percent.normalize());
    let mut all = vec![Money::new(0, invoice.currency); invoice.lines.len()];
    for rate in &totals.rates {
        let lines: Vec<usize> = (0..).zip(&invoice.lines).filter(|(_, line)| is_of(line, &rate.tax)).map(|(at, _)| at).collect();
        let weights: Vec<Decimal> = lines.iter().filter_map(|at| invoice.lines.get(*at)).map(|line| line.net.decimal()).collect();
        let shares = apportion(rate.amount.minor, &weights)?;
        for (at, share) in lines.into_iter().zip(shares) {
            if let Some(tax) = all.get_mut(at) {
                tax.minor = share;
            }
        }
    }
    Some(all)
}

/// One document in the making.
struct Page<'p> {
    invoice: &'p Invoice,
    about: &'p About<'p>,
}

impl Page<'_> {
    /// Amounts of a credit note are negative here.
    fn signed(&self, amount: Money) -> Money {
        match self.invoice.kind {
            Kind::Invoice => amount,
            Kind::CreditNote => Money { minor: amount.minor.saturating_neg(), ..amount },
        }
    }

    fn money(&self, name: &str, amount: Money) -> Element {
        money(name, self.invoice.currency.as_str(), self.signed(amount).decimal())
    }

    fn quantity(&self, line: &InvoiceLine) -> Decimal {
        match self.invoice.kind {
            Kind::Invoice => line.quantity,
            Kind::CreditNote => -line.quantity,
        }
        .normalize()
    }

    fn said(&self, name: &str, what: &str) -> Element {
        text(name, what).with("xml:lang", self.about.language)
    }

    fn order_of<'l>(&'l self, line: &'l InvoiceLine) -> &'l str {
        if line.order.is_empty() { &self.invoice.references.order } else { &line.order }
    }

    fn header(&self, has_tax_in_line: bool) -> Element {
        let Invoice { references, payment, .. } = self.invoice;
        let purpose = match self.invoice.kind {
            Kind::Invoice => "standard",
            Kind::CreditNote => "lineLevelCreditMemo",
        };
        let has_accounts = self.invoice.lines.iter().any(|line| self.kept_line(line).is_some_and(|line| line.cost.iter().any(Share::is_named)));
        let indicator = element("InvoiceDetailLineIndicator")
            .with_some("isTaxInLine", has_tax_in_line.then_some("yes"))
            .with_some("isAccountingInLine", has_accounts.then_some("yes"));
        let preceding = references.preceding.as_ref();
        let id = |domain: &str, value: &str| (!value.is_empty()).then(|| element("IdReference").with("identifier", value).with("domain", domain));
        let extrinsic = |name: &str, value: &str| (!value.is_empty()).then(|| text("Extrinsic", value).with("name", name));
        element("InvoiceDetailRequestHeader")
            .with("invoiceID", &*self.invoice.number)
            .with("purpose", purpose)
            .with("operation", "new")
            .with("invoiceDate", day(&self.invoice.issue_date))
            .and(element("InvoiceDetailHeaderIndicator"))
            .and(indicator)
            .and(self.partner("from", &self.invoice.seller, &[("vatID", &self.invoice.seller.vat_number)]))
            .and(self.partner("billTo", &self.invoice.buyer, &[("vatID", &self.invoice.buyer.vat_number)]))
            .and(self.partner("remitTo", &self.invoice.seller, &[("ibanID", &payment.iban)]))
            .and_all(preceding.map(|said| element("DocumentReference").with("payloadID", payload_id(&said.number, self.about.seller))))
            .and_all(preceding.map(|said| element("InvoiceIDInfo").with("invoiceID", &*said.number).with("invoiceDate", day(&said.issued_on))))
            .and_all(self.about.days.map(|days| element("PaymentTerm").with("payInNumberOfDays", days.to_string())))
            .and_all(self.comments())
            .and_all(id("creditorRefID", &payment.reference))
            .and_all(extrinsic("BuyerReference", &references.buyer))
            .and_all(extrinsic("Contract Number", &references.contract))
            .and_all(extrinsic("Project", &references.project))
    }

    /// The note, and the files that go along.
    fn comments(&self) -> Option<Element> {
        let files = (1..=self.invoice.attachments.len()).map(|place| text("URL", format!("cid:{}", file_id(place, self.about.seller))));
        let comments = self.said("Comments", &self.invoice.note).and_all(files.map(|url| element("Attachment").and(url)));
        (!self.invoice.note.is_empty() || !self.invoice.attachments.is_empty()).then_some(comments)
    }

    /// What is asked, and where the customer saw a discount of what it was taken.
    fn price(&self, line: &InvoiceLine) -> Element {
        let currency = self.invoice.currency.as_str();
        let modified = |list: Decimal| {
            let less = element("AdditionalDeduction").with("type", "Discount").and(money(
                "DeductionAmount",
                currency,
                (list - line.price.amount).normalize(),
            ));
            let detail = element("ModificationDetail").with("name", "Allowance").and(text("Description", "Discount").with("xml:lang", "en"));
            let original = money("OriginalPrice", currency, list.normalize()).with("type", "ListPrice");
            element("Modifications").and(element("Modification").and(original).and(less).and(detail))
        };
        money("UnitPrice", currency, line.price.amount.normalize()).and_all(line.list_price.map(modified))
    }

    fn partner(&self, role: &str, party: &Party, ids: &[(&str, &String)]) -> Element {
        let postal = element("PostalAddress")
            .and(text("Street", &*party.street))
            .and(text("City", &*party.city))
            .and_all((!party.postcode.is_empty()).then(|| text("PostalCode", &*party.postcode)))
            .and(text("Country", &*party.country).with("isoCountryCode", &*party.country));
        let id = |(domain, value): &(&str, &String)| element("IdReference").with("identifier", value.as_str()).with("domain", *domain);
        element("InvoicePartner")
            .and(element("Contact").with("role", role).and(self.said("Name", &party.name)).and(postal))
            .and_all(ids.iter().filter(|(_, value)| !value.is_empty()).map(id))
    }

    /// The current version of an order that came as a document; by its number alone what came otherwise.
    fn order_info(&self, number: &str) -> Element {
        let of_document = self.about.kept.get(number).filter(|kept| kept.correspondence.is_none());
        let reference = of_document.map_or_else(|| element("OrderIDInfo").with("orderID", number), order_reference);
        element("InvoiceDetailOrderInfo").and(reference)
    }

    fn kept_line(&self, line: &InvoiceLine) -> Option<&Line> {
        self.about.kept.get(self.order_of(line))?.invoiced(&line.order_line, &line.article)
    }

    fn item(&self, line: &InvoiceLine, tax: Option<Money>) -> Element {
        let kept = self.kept_line(line);
        let budget = line.sharing_budget();
        let unit = match kept {
            // One share is no unit of the order's.
            _ if budget.is_some() => units::unece(&line.unit),
            Some(kept) if !kept.unit_received.is_empty() => kept.unit_received.as_str(),
            Some(kept) => kept.unit.as_str(),
            None => units::unece(&line.unit),
        };
        let basis = (line.price.per != 1).then(|| {
            let quantity = element("PriceBasisQuantity").with("quantity", line.price.per.to_string()).with("conversionFactor", "1");
            quantity.and(text("UnitOfMeasure", unit))
        });
        let id = element("ItemID")
            .and(text("SupplierPartID", &*line.article))
            .and_all(kept.and_then(|kept| kept.aux.as_deref().or(kept.foreign_aux.as_deref())).map(|aux| text("SupplierPartAuxiliaryID", aux)));
        // The buyer's own, copied. What no line of the order stands for, such as freight, has a place all the same: the type wants one.
        let is_number = !line.order_line.is_empty() && line.order_line.bytes().all(|byte| byte.is_ascii_digit());
        let own = if is_number { line.order_line.clone() } else { line.number.to_string() };
        let number = kept.map(|kept| kept.line.clone()).filter(|label| !label.is_empty()).unwrap_or(own);
        let is_ad_hoc = kept.is_none() && !is_number;
        let reference = element("InvoiceDetailItemReference").with("lineNumber", number).and(id).and(self.said("Description", &line.description));
        let property = |(name, value): &(&'static str, String)| text("Extrinsic", value.as_str()).with("name", *name);
        element("InvoiceDetailItem")
            .with("invoiceLineNumber", line.number.to_string())
            .with("quantity", self.quantity(line).to_string())
            .with_some("isAdHoc", is_ad_hoc.then_some("yes"))
            .and(text("UnitOfMeasure", unit))
            .and(self.price(line))
            .and_all(basis)
            .and(reference)
            .and(self.money("SubtotalAmount", line.net))
            .and_all(tax.map(|tax| self.tax(tax, &[(line.tax, line.net, tax)])))
            .and(self.money("NetAmount", line.net))
            .and_all(kept.map(|kept| self.distributions(kept, line.net, budget)).unwrap_or_default())
            .and_all((!line.note.is_empty()).then(|| self.said("Comments", &line.note)))
            .and_all(line.properties.iter().map(property))
    }

    /// The buyer's own distribution, with what of this invoice falls on each share; of what one budget is asked for, on that alone.
    fn distributions(&self, line: &Line, net: Money, budget: Option<&str>) -> Vec<Element> {
        let is_own = |share: &&Share| budget.is_some_and(|budget| share.cost_centre().is_some_and(|code| code == budget));
        let own: Vec<&Share> = line.cost.iter().filter(is_own).collect();
        let cost = if own.is_empty() { line.cost.iter().collect() } else { own };
        let weights: Vec<Decimal> = cost.iter().map(|share| if cost.len() == 1 { Decimal::ONE } else { share.amount }).collect();
        let amounts = apportion(net.minor, &weights).unwrap_or_default();
        let one = |(share, minor): (&Share, i64)| {
            let amount = self.signed(Money::new(minor, self.invoice.currency));
            accounting::distribution(share, self.invoice.currency.as_str(), amount.decimal())
        };
        cost.into_iter().zip(amounts).filter(|(share, _)| share.is_named()).map(one).collect()
    }

    fn tax(&self, amount: Money, rates: &[(Tax, Money, Money)]) -> Element {
        let detail = |(tax, taxable, amount): &(Tax, Money, Money)| {
            let exempt = match tax.category {
                TaxCategory::Standard => None,
                TaxCategory::ZeroRated => Some("zeroRated"),
                TaxCategory::Exempt | TaxCategory::ReverseCharge | TaxCategory::IntraCommunity | TaxCategory::Export => Some("exempt"),
            };
            // Reverse charge and its like have no element of their own: by convention the text says it.
            let reason = match tax.category {
                TaxCategory::Standard | TaxCategory::ZeroRated => "",
                TaxCategory::Exempt => &*self.invoice.exemption,
                TaxCategory::ReverseCharge => "Reverse charge",
                TaxCategory::IntraCommunity => "Intra-Community supply",
                TaxCategory::Export => "Export outside the EU",
            };
            element("TaxDetail")
                .with("purpose", "tax")
                .with("category", "vat")
                .with("percentageRate", tax.percent.normalize().to_string())
                .with_some("exemptDetail", exempt)
                .and(self.money("TaxableAmount", *taxable))
                .and(self.money("TaxAmount", *amount))
                .and_all((!reason.is_empty()).then(|| self.said("Description", reason)))
        };
        self.money("Tax", amount).and(text("Description", "VAT").with("xml:lang", "en")).and_all(rates.iter().map(detail))
    }

    fn summary(&self, totals: &Totals) -> Element {
        let rates: Vec<(Tax, Money, Money)> = totals.rates.iter().map(|rate| (rate.tax, rate.taxable, rate.amount)).collect();
        element("InvoiceDetailSummary")
            .and(self.money("SubtotalAmount", totals.net))
            .and(self.tax(totals.tax, &rates))
            .and(self.money("GrossAmount", totals.gross))
            .and(self.money("NetAmount", totals.gross))
            .and(self.money("DueAmount", totals.gross))
    }
}

/// A day as a time, which the type wants.
fn day(date: &str) -> String {
    format!("{date}T00:00:00+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::invoice::tax::Treatment;
    use crate::domain::invoice::terms::Profile;
    use crate::domain::invoice::{Payment, References};
    use crate::domain::money::{Currency, Price};
    use crate::wire::cxml::kept::Order;
    use crate::wire::cxml::write::inside;

    fn line(number: u32, order: &str, order_line: &str, net: i64, percent: u32, treatment: Treatment) -> InvoiceLine {
        let net = Money::new(net, Currency::EUR);
        InvoiceLine {
            number,
            order: order.into(),
            order_line: order_line.into(),
            article: "A".into(),
            description: "Article".into(),
            note: String::new(),
            quantity: Decimal::ONE,
            unit: "PCE".into(),
            price: Price { amount: net.decimal(), per: 1, currency: Currency::EUR },
            list_price: None,
            net,
            tax: treatment.tax(percent.into()),
            cost_centre: String::new(),
            properties: Vec::new(),
        }
    }

    fn written(lines: Vec<InvoiceLine>) -> String {
        written_for(lines, &BTreeMap::new())
    }

    fn written_for(lines: Vec<InvoiceLine>, kept: &BTreeMap<String, Kept>) -> String {
        let invoice = Invoice {
            kind: Kind::Invoice,
            profile: Profile::Peppol,
            number: "N-1".into(),
            issue_date: "2026-03-02".into(),
            due_date: String::new(),
            delivered_on: String::new(),
            currency: Currency::EUR,
            seller: Party::default(),
            buyer: Party::default(),
            references: References { order: "O-1".into(), ..References::default() },
            note: String::new(),
            exemption: String::new(),
            payment: Payment::default(),
            attachments: Vec::new(),
            lines,
        };
        let about = About { kept, days: None, seller: "acme", language: "en" };
        inside(&element("a").and(write(&invoice, &about).expect("amounts that fit")))
    }

    #[test]
    fn an_order_each_and_a_place_for_what_none_has() {
        let of = |number, order, at| line(number, order, at, 100, 21, Treatment::Domestic);
        let text = written(vec![of(1, "O-1", "10"), of(2, "O-2", "1"), of(3, "O-1", "freight"), of(4, "", "")]);
        let infos: Vec<&str> = text.split("<OrderIDInfo orderID=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default()).collect();
        assert_eq!(infos, ["O-1", "O-2"], "a line without an order is of the document's");
        assert!(text.contains("invoiceLineNumber=\"3\" quantity=\"1\" isAdHoc=\"yes\"") && text.contains("lineNumber=\"3\""), "{text}");
        assert!(!text.contains("isTaxInLine") && text.matches("<Tax>").count() == 1, "one rate is said once: {text}");
    }

    /// 3 × 0.02 at 21 % is one cent of tax; the lines say no more together than the summary.
    #[test]
    fn the_tax_of_lines_adds_up_to_that_of_their_rate() {
        let of = |number, net, percent| line(number, "", "1", net, percent, Treatment::Domestic);
        let text = written(vec![of(1, 2, 21), of(2, 2, 21), of(3, 2, 21), of(4, 50, 9)]);
        let taxes: Vec<&str> = text.split("<Tax><Money currency=\"EUR\">").skip(1).map(|rest| rest.split('<').next().unwrap_or_default()).collect();
        assert_eq!(taxes, ["0.01", "0.00", "0.00", "0.05", "0.06"], "{text}");
    }

    /// 12.50 less 2.50 is 10.00, as BT-148, BT-147 and BT-146 of the same line.
    #[test]
    fn a_discount_that_the_customer_saw_stands_with_the_price() {
        let of = |list_price| InvoiceLine { list_price, ..line(1, "", "1", 1000, 21, Treatment::Domestic) };
        let discount = "<UnitPrice><Money currency=\"EUR\">10</Money><Modifications><Modification><OriginalPrice type=\"ListPrice\">\
            <Money currency=\"EUR\">12.5</Money></OriginalPrice><AdditionalDeduction type=\"Discount\"><DeductionAmount>\
            <Money currency=\"EUR\">2.5</Money></DeductionAmount></AdditionalDeduction>";
        assert!(written(vec![of(Some(Decimal::new(1250, 2)))]).contains(discount));
        assert!(!written(vec![of(None)]).contains("Modification"));
    }

    /// The type wants a segment in every accounting: a share that names nobody is left out, and so is the promise of accounts.
    #[test]
    fn a_share_that_names_nobody_is_no_distribution() {
        let share = |amount: u32, code: &str| Share {
            amount: amount.into(),
            received: if code.is_empty() { Vec::new() } else { vec![("Cost Center".into(), code.into())] },
            ..Share::default()
        };
        let written = |cost: Vec<Share>| {
            let mut kept = Kept::default();
            kept.order.lines = vec![Line { line: "1".into(), number: 1, unit: "C62".into(), cost, ..Line::default() }];
            written_for(vec![line(1, "", "1", 100, 21, Treatment::Domestic)], &[("O-1".to_string(), kept)].into())
        };
        let nobody = written(vec![share(1, "")]);
        assert!(!nobody.contains("<Distribution>") && !nobody.contains("isAccountingInLine"), "{nobody}");
        let half = written(vec![share(1, ""), share(3, "4711")]);
        assert!(half.matches("<Distribution>").count() == 1 && half.contains("<Charge><Money currency=\"EUR\">0.75</Money>"), "{half}");
    }

    #[test]
    fn reverse_charge_is_exempt_and_says_why() {
        let text = written(vec![line(1, "", "1", 100, 21, Treatment::ReverseCharge)]);
        assert!(text.contains("percentageRate=\"0\" exemptDetail=\"exempt\"") && text.contains(">Reverse charge</Description>"), "{text}");
    }

    /// Lines 1.1, 1.2 and 2 of a buyer are 1, 2 and 3 in the books: what the books call 2 is not the buyer's 2.
    #[test]
    fn a_line_is_called_as_the_buyer_calls_it() {
        let label = |(number, label): (u32, &str)| Line {
            line: label.into(),
            number,
            supplier_part: label.into(),
            aux: Some(format!("q:{label}")),
            ..Line::default()
        };
        let lines = [(1, "1.1"), (2, "1.2"), (3, "2")].map(label).to_vec();
        let kept = Kept { order: Order { order_id: "O-1".into(), lines, ..Order::default() }, ..Kept::default() };
        let invoiced = ["1.2", "2"].map(|label| line(1, "O-1", label, 100, 21, Treatment::Domestic));
        let text = written_for(invoiced.to_vec(), &[("O-1".to_string(), kept)].into());
        for (number, aux) in [("1.2", "q:1.2"), ("2", "q:2")] {
            let part = text.split_once(&format!("<InvoiceDetailItemReference lineNumber=\"{number}\">")).expect("the line").1;
            assert!(part.split("</ItemID>").next().is_some_and(|id| id.contains(&format!(">{aux}<"))), "{number}: {text}");
        }
    }
}
