//! An invoice or a credit note, and what follows from its lines: the tax of each rate and the totals (EN 16931).
//! Pure. Knows no syntax, and never corrects a line to make a total fit.

pub mod credit;
pub mod payment;
pub mod tax;
pub mod terms;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::finding::{Code, Finding, Findings};
use super::money::{Currency, Money, Price, tax_of};
use super::time::is_date;
use tax::{Tax, TaxCategory};
use terms::Profile;

/// Seller or buyer. What is empty is not said on the invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// BT-27, BT-44: the registered name.
    pub name: String,
    /// BT-34, BT-49: where e-invoices are delivered, with its scheme from the EAS list: `0106` and a KvK number.
    pub endpoint_scheme: String,
    pub endpoint: String,
    /// BT-31, BT-48: with the country before it.
    pub vat_number: String,
    /// BT-30, BT-47: number in the country's register; its scheme follows from country and form.
    pub company_id: String,
    pub street: String,
    pub city: String,
    pub postcode: String,
    /// ISO 3166-1, two capital letters.
    pub country: String,
    /// BG-6, BG-9. Between two German parties the seller needs all three (DE-R-005 to -007).
    pub contact_name: String,
    pub contact_phone: String,
    pub contact_mail: String,
}

/// What a document is (BT-3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Invoice,
    /// Its amounts are positive: the document itself says that they are given back.
    CreditNote,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Invoice => "invoice",
            Kind::CreditNote => "credit-note",
        }
    }

    pub fn parse(text: &str) -> Option<Kind> {
        [Kind::Invoice, Kind::CreditNote].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The invoice that a credit note corrects (BG-3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preceding {
    /// BT-25
    pub number: String,
    /// BT-26
    pub issued_on: String,
}

/// What the document refers to; what is empty is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// BT-13: the buyer's own number, exactly as on the order. Empty on a document over several orders: the lines say theirs.
    pub order: String,
    /// BT-10
    pub buyer: String,
    /// BT-16: the one shipment that brought everything on it.
    pub despatch: String,
    /// BT-12
    pub contract: String,
    /// BT-11
    pub project: String,
    /// BT-19
    pub accounting: String,
    /// BG-3
    pub preceding: Option<Preceding>,
}

/// How it is to be paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payment {
    /// BT-84
    pub iban: String,
    /// BT-83: what the payer must state.
    pub reference: String,
    /// BT-20
    pub terms: String,
}

/// The most bytes of all files of a document: with them in base64 it stays below the 5 MiB that a gateway of this kind takes unless it is told
/// otherwise, and well below the 10 MB at which access points refuse (section 12).
pub const ATTACHED_MAX: usize = 3 * 1024 * 1024;

/// A file that goes with the document (BG-24).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// BT-122, and the name of the file.
    pub name: String,
    /// BT-123
    pub description: String,
    /// One of those of BR-CL-24.
    pub mime: &'static str,
    pub bytes: Vec<u8>,
}

/// The property (BT-160) of a line that is one budget's share of a line of the order: of so many pieces (BT-161). Its own quantity is one, and its
/// price the share, so that its amount is quantity × price (budgets-and-orders, chapter 12).
pub const SHARED_QUANTITY: &str = "SharedQuantity";
/// The property that names the budget.
pub const BUDGET_CODE: &str = "BudgetCode";

/// One line. `net` is what the books say; [`Price::total`] gives it from price and quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceLine {
    pub number: u32,
    /// The order, on a document over several.
    pub order: String,
    /// BT-132: the line of the order, the key by which the buyer matches.
    pub order_line: String,
    /// BT-155: the supplier's number of the article.
    pub article: String,
    pub description: String,
    /// BT-127: what was written for the line, such as a card's text.
    pub note: String,
    /// Negative for what is taken back; a price never is (BR-27).
    pub quantity: Decimal,
    /// As the catalogue writes it; the UN/ECE code follows from it.
    pub unit: String,
    /// BT-146, after the discount.
    pub price: Price,
    /// BT-148: the price before the discount that the customer saw; BT-147 is what lies between.
    pub list_price: Option<Decimal>,
    pub net: Money,
    pub tax: Tax,
    /// BT-133: where the buyer books the line.
    pub cost_centre: String,
    /// BT-160, BT-161: what has no term of its own, such as a budget code.
    pub properties: Vec<(&'static str, String)>,
}

impl InvoiceLine {
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Of a share of a line of the order: of how many pieces, and of no piece where a credit note gives back money alone. `None` for a line as a whole.
    pub fn shared_quantity(&self) -> Option<Decimal> {
        self.property(SHARED_QUANTITY)?.parse().ok()
    }

    /// Of a share of a line of the order: whose it is.
    pub fn sharing_budget(&self) -> Option<&str> {
        self.property(BUDGET_CODE).filter(|_| self.shared_quantity().is_some())
    }

    /// The pieces of the order that it is about.
    pub fn pieces(&self) -> Decimal {
        self.shared_quantity().unwrap_or(self.quantity)
    }

    /// The share of other pieces.
    fn share_of(&self, pieces: Decimal, net: Money) -> InvoiceLine {
        let mut line = InvoiceLine { quantity: Decimal::ONE, price: Price { amount: net.decimal(), ..self.price }, net, ..self.clone() };
        for (_, value) in line.properties.iter_mut().filter(|(name, _)| *name == SHARED_QUANTITY) {
            *value = pieces.normalize().to_string();
        }
        line
    }
}

/// One seller, one buyer, one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub kind: Kind,
    pub profile: Profile,
    pub number: String,
    /// ISO 8601 days.
    pub issue_date: String,
    pub due_date: String,
    /// BT-72: when it was delivered, where that is known.
    pub delivered_on: String,
    pub currency: Currency,
    pub seller: Party,
    pub buyer: Party,
    pub references: References,
    /// BT-22
    pub note: String,
    /// BT-120: why no tax is asked, for lines that are exempt.
    pub exemption: String,
    pub payment: Payment,
    pub attachments: Vec<Attachment>,
    pub lines: Vec<InvoiceLine>,
}

/// The tax of all lines with one category and rate (BG-23).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateTotal {
    pub tax: Tax,
    /// BT-116
    pub taxable: Money,
    /// BT-117, rounded once for the whole rate (BR-CO-17).
    pub amount: Money,
}

/// What follows from the lines (BG-22).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// BT-106 and BT-109: there are no charges or allowances on the whole invoice.
    pub net: Money,
    /// By rate, the lowest first.
    pub rates: Vec<RateTotal>,
    /// BT-110
    pub tax: Money,
    /// BT-112 and BT-115
    pub gross: Money,
}

impl Invoice {
    /// The totals; `None` when lines are in another currency or a sum does not fit.
    pub fn totals(&self) -> Option<Totals> {
        let zero = Money::new(0, self.currency);
        let mut by_rate: BTreeMap<Tax, Money> = BTreeMap::new();
        for line in &self.lines {
            let tax = Tax { percent: line.tax.percent.normalize(), ..line.tax };
            let sum = by_rate.entry(tax).or_insert(zero);
            *sum = sum.checked_add(line.net)?;
        }
        let mut totals = Totals { net: zero, rates: Vec::new(), tax: zero, gross: zero };
        for (tax, taxable) in by_rate {
            let amount = tax_of(taxable, tax.percent)?;
            totals.net = totals.net.checked_add(taxable)?;
            totals.tax = totals.tax.checked_add(amount)?;
            totals.rates.push(RateTotal { tax, taxable, amount });
        }
        totals.gross = totals.net.checked_add(totals.tax)?;
        Some(totals)
    }

    /// What a receiver would refuse and this invoice alone can tell: fields that must be there, dates, amounts that do not add up.
    /// Not the whole of the official rules.
    pub fn check(&self) -> Findings {
        let mut findings = Findings::default();
        let order_or_reference = format!("{}{}", self.references.order, self.references.buyer); // R003
        let needed = [("number", &self.number), ("iban", &self.payment.iban), ("order_number", &order_or_reference)];
        missing(&mut findings, "", &needed);
        self.check_account(&mut findings);
        self.check_kind(&mut findings);
        check_party(&mut findings, "seller", &self.seller);
        check_party(&mut findings, "buyer", &self.buyer);
        if self.seller.vat_number.trim().is_empty() {
            // BR-S-02, BR-Z-02
            findings.push(Finding::error(Code::Missing, "seller.vat_number"));
        }
        for (field, date) in [("issue_date", &self.issue_date), ("due_date", &self.due_date)] {
            let may_be_absent = field == "due_date" && date.is_empty();
            if !may_be_absent && !is_date(date) {
                findings.push(Finding::error(Code::DateInvalid, field).value(date));
            }
        }
        if self.lines.is_empty() {
            findings.push(Finding::error(Code::Missing, "lines")); // BR-16
        }
        for line in &self.lines {
            check_line(&mut findings, line);
        }
        if self.attachments.iter().map(|file| file.bytes.len()).sum::<usize>() > ATTACHED_MAX {
            findings.push(Finding::error(Code::FileTooLarge, "attachments").limit(format!("{} MiB", ATTACHED_MAX / 1024 / 1024)));
        }
        if self.totals().is_none() {
            findings.push(Finding::error(Code::Unusable, "lines").limit(self.currency));
        }
        findings
    }

    /// No rule checks an account number, so it is checked here (section 11).
    fn check_account(&self, findings: &mut Findings) {
        if !self.payment.iban.trim().is_empty() && !payment::is_iban(&self.payment.iban) {
            findings.push(Finding::error(Code::Unusable, "iban").value(&self.payment.iban));
        }
    }

    /// What only some documents need: a credit note the invoice it corrects (NL-R-001), an exemption its reason (BR-E-10), a supply within
    /// the EU the buyer's VAT number (BR-IC-02) and a day of delivery (BR-IC-11).
    fn check_kind(&self, findings: &mut Findings) {
        let mut needs = |field: &str, text: &str| {
            if text.trim().is_empty() {
                findings.push(Finding::error(Code::Missing, field));
            }
        };
        if self.kind == Kind::CreditNote {
            needs("preceding", self.references.preceding.as_ref().map_or("", |preceding| &preceding.number));
        }
        let has = |category| self.lines.iter().any(|line| line.tax.category == category);
        if has(TaxCategory::Exempt) {
            needs("exemption", &self.exemption);
        }
        if has(TaxCategory::IntraCommunity) {
            needs("delivered_on", &self.delivered_on);
        }
        if has(TaxCategory::IntraCommunity) || has(TaxCategory::ReverseCharge) {
            needs("buyer.vat_number", &self.buyer.vat_number);
        }
    }
}

fn missing(findings: &mut Findings, place: &str, fields: &[(&str, &String)]) {
    for (field, _) in fields.iter().filter(|(_, value)| value.trim().is_empty()) {
        findings.push(Finding::error(Code::Missing, &format!("{place}{field}")));
    }
}

/// R010, R020, BR-06 to BR-11, and the address of Dutch parties (NL-R-002, -004), asked of everybody.
fn check_party(findings: &mut Findings, role: &str, party: &Party) {
    let fields = [
        ("name", &party.name),
        ("endpoint", &party.endpoint),
        ("endpoint_scheme", &party.endpoint_scheme),
        ("street", &party.street),
        ("city", &party.city),
        ("postcode", &party.postcode),
        ("country", &party.country),
    ];
    missing(findings, &format!("{role}."), &fields);
}

fn check_line(findings: &mut Findings, line: &InvoiceLine) {
    let mut wrong = |code: Code, field: &str| findings.push(Finding::error(code, field).line(line.number));
    if line.description.trim().is_empty() {
        wrong(Code::Missing, "description"); // BR-25
    }
    if line.tax.percent.is_sign_negative() {
        wrong(Code::Unusable, "vat");
    }
    if line.price.amount.is_sign_negative() || line.price.per == 0 {
        wrong(Code::Unusable, "price"); // BR-27, R121
    }
    if line.list_price.is_some_and(|list| list < line.price.amount) {
        wrong(Code::Unusable, "list_price"); // a discount is no surcharge
    }
    if line.price.total(line.quantity) != Some(line.net) {
        wrong(Code::Unusable, "net"); // R120, without its slack
    }
}

#[cfg(test)]
mod tests {
    use super::tax::Treatment;
    use super::*;

    pub fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    fn line(net: &str, vat: &str) -> InvoiceLine {
        let price = Price { amount: d(net).abs(), per: 1, currency: Currency::EUR };
        InvoiceLine {
            number: 1,
            order: String::new(),
            order_line: "10".into(),
            article: "A-1".into(),
            description: "Article".into(),
            note: String::new(),
            quantity: if d(net).is_sign_negative() { d("-1") } else { d("1") },
            unit: "PCE".into(),
            price,
            list_price: None,
            net: Money::round(d(net), Currency::EUR).expect("a literal of this test"),
            tax: Treatment::Domestic.tax(d(vat)),
            cost_centre: String::new(),
            properties: Vec::new(),
        }
    }

    fn party(country: &str) -> Party {
        let text = |t: &str| t.to_string();
        Party {
            name: text("Party"),
            endpoint_scheme: text("0106"),
            endpoint: text("12345678"),
            vat_number: text("NL123456789B01"),
            street: text("Street 1"),
            city: text("City"),
            postcode: text("1234 AB"),
            country: text(country),
            ..Party::default()
        }
    }

    pub fn invoice(lines: &[(&str, &str)]) -> Invoice {
        Invoice {
            number: "2026-1".into(),
            issue_date: "2026-03-02".into(),
            due_date: "2026-04-01".into(),
            currency: Currency::EUR,
            seller: party("NL"),
            buyer: party("NL"),
            references: References { order: "4500000001".into(), ..References::default() },
            payment: Payment { iban: "NL91ABNA0417164300".into(), ..Payment::default() },
            kind: Kind::Invoice,
            profile: Profile::Peppol,
            delivered_on: String::new(),
            note: String::new(),
            exemption: String::new(),
            attachments: Vec::new(),
            lines: lines.iter().map(|(net, vat)| line(net, vat)).collect(),
        }
    }

    /// Net, tax per rate, gross; the tax is rounded once per rate, half away from zero.
    #[test]
    fn totals_by_rate() {
        type Case<'c> = (&'c [(&'c str, &'c str)], i64, &'c [(&'c str, i64, i64)], i64);
        let cases: &[Case] = &[
            (&[], 0, &[], 0),
            (&[("100.00", "21")], 10_000, &[("21", 10_000, 2_100)], 12_100),
            // 3 × 0.02 × 21 % is 0.0126, not three times nothing
            (&[("0.02", "21"), ("0.02", "21"), ("0.02", "21")], 6, &[("21", 6, 1)], 7),
            // 0.50 × 9 % = 0.045 and 0.50 × 21 % = 0.105: both away from zero
            (&[("0.50", "21"), ("0.50", "9")], 100, &[("9", 50, 5), ("21", 50, 11)], 116),
            (&[("-0.50", "9")], -50, &[("9", -50, -5)], -55),
            // 21 and 21.00 are one rate, 21.5 is another
            (&[("1.00", "21"), ("1.00", "21.00"), ("1.00", "21.5")], 300, &[("21", 200, 42), ("21.5", 100, 22)], 364),
            (&[("10.00", "0"), ("5.00", "21")], 1_500, &[("0", 1_000, 0), ("21", 500, 105)], 1_605),
            (&[("10.00", "21"), ("-10.00", "21")], 0, &[("21", 0, 0)], 0),
        ];
        for (lines, net, rates, gross) in cases {
            let totals = invoice(lines).totals().expect("one currency, small sums");
            assert_eq!((totals.net.minor, totals.gross.minor), (*net, *gross), "{lines:?}");
            let found: Vec<(String, i64, i64)> = totals.rates.iter().map(|r| (r.tax.percent.to_string(), r.taxable.minor, r.amount.minor)).collect();
            let expected: Vec<(String, i64, i64)> = rates.iter().map(|(p, base, tax)| (p.to_string(), *base, *tax)).collect();
            assert_eq!(found, expected, "{lines:?}");
            assert_eq!(totals.tax.minor, rates.iter().map(|(_, _, tax)| tax).sum::<i64>(), "{lines:?}");
        }
    }

    #[test]
    fn no_total_over_two_currencies_or_beyond_what_fits() {
        let mut mixed = invoice(&[("1.00", "21"), ("1.00", "21")]);
        mixed.lines[1].net.currency = Currency::parse("USD").expect("three capitals");
        assert_eq!(mixed.totals(), None);
        let mut huge = invoice(&[("1.00", "21"), ("1.00", "21")]);
        huge.lines[0].net.minor = i64::MAX;
        assert_eq!(huge.totals(), None);
        huge.lines.truncate(1);
        assert_eq!(huge.totals(), None);
    }

    #[test]
    fn names_what_a_receiver_would_refuse() {
        let good = invoice(&[("1.00", "21")]);
        assert_eq!(good.check(), Findings::default());
        type Spoil = fn(&mut Invoice);
        let broken: [(&str, Spoil); 17] = [
            ("missing number", |i| i.number.clear()),
            ("missing order_number", |i| i.references.order.clear()),
            ("missing iban", |i| i.payment.iban = " ".into()),
            ("missing seller.endpoint", |i| i.seller.endpoint.clear()),
            ("missing seller.vat_number", |i| i.seller.vat_number.clear()),
            ("missing buyer.postcode", |i| i.buyer.postcode.clear()),
            ("date-invalid issue_date", |i| i.issue_date = "2026-02-30".into()),
            ("date-invalid due_date", |i| i.due_date = "1-4-2026".into()),
            ("missing lines", |i| i.lines.clear()),
            ("missing description", |i| i.lines[0].description.clear()),
            ("unusable net", |i| i.lines[0].net.minor += 1),
            ("unusable vat", |i| i.lines[0].tax.percent = Decimal::from(-9)),
            ("unusable iban", |i| i.payment.iban = "NL91ABNA0417164301".into()),
            ("missing preceding", |i| i.kind = Kind::CreditNote),
            ("missing exemption", |i| i.lines[0].tax = Treatment::Exempt.tax(Decimal::ONE)),
            ("missing delivered_on", |i| i.lines[0].tax = Treatment::IntraCommunity.tax(Decimal::ONE)),
            ("missing buyer.vat_number", |i| {
                i.buyer.vat_number.clear();
                i.lines[0].tax = Treatment::ReverseCharge.tax(Decimal::ONE);
            }),
        ];
        for (expected, spoil) in broken {
            let mut invoice = good.clone();
            spoil(&mut invoice);
            let found: Vec<String> = invoice.check().0.iter().map(|f| format!("{} {}", f.code.as_str(), f.field)).collect();
            assert_eq!(found, [expected]);
        }
    }
}
