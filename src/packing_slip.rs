//! What goes along with a shipment on paper: the packing slip, divided by branch, with the texts of cards and what is to be done with each line;
//! and address labels, one for each branch. In the buyer's language. Says nothing of prices.

use rust_decimal::Decimal;

use crate::domain::coding::Kind;
use crate::domain::name::Language;
use crate::domain::order::Line;
use crate::error::{Error, Result};
use crate::store::json::{parse, str_of};
use crate::store::order::Stored;
use crate::store::organisation::Organisation;
use crate::store::shipment::Shipment;
use crate::text::Texts;
use crate::wire::cxml::kept::Kept;
use crate::wire::cxml::place::Place;
use crate::wire::paper::label::{self, Label};
use crate::wire::paper::{self, About, Paper, Part, Row};
use crate::wire::picture::Pixels;

/// A shipment with everything that its papers say.
pub struct Parcel<'a> {
    pub stored: &'a Stored,
    pub shipment: &'a Shipment,
    pub supplier: &'a Organisation,
    pub buyer: &'a Organisation,
    /// The supplier's time zone, for the day it left.
    pub zone: &'a str,
    pub logo: Option<Pixels>,
}

impl Parcel<'_> {
    fn language(&self) -> Language {
        self.buyer.language
    }

    /// The number that people see: of the order, and the how many-th shipment of it.
    fn number(&self) -> String {
        format!("{}-{}", self.stored.order.number, self.shipment.number)
    }

    fn lines(&self) -> impl Iterator<Item = (&Line, Decimal)> {
        let line = |number: u32| self.stored.order.lines.iter().find(move |line| line.line == number);
        self.shipment.lines.iter().filter_map(move |(number, quantity)| Some((line(*number)?, *quantity)))
    }

    /// The branches in this shipment, in the order of its lines; one without a name where none is named.
    fn branches(&self) -> Vec<&str> {
        let mut branches: Vec<&str> = Vec::new();
        for (line, _) in self.lines() {
            let branch = line.coding.get(Kind::Branch);
            if !branches.contains(&branch) {
                branches.push(branch);
            }
        }
        branches
    }

    fn about(&self, title: String) -> About {
        let date = self.shipment.shipped_at.date();
        let part = |at: usize| date.split('-').nth(at).and_then(|part| part.parse::<u16>().ok()).unwrap_or(1);
        let day = (part(0), u8::try_from(part(1)).unwrap_or(1), u8::try_from(part(2)).unwrap_or(1));
        About { title, language: self.language().as_str().into(), author: self.supplier.name.clone(), day }
    }

    /// Where it goes: what the order's own document says, else the buyer's address.
    fn receiver(&self) -> Result<Vec<String>> {
        let place = Kept::read(&self.stored.document).and_then(|kept| kept.order.ship_to);
        place.map_or_else(|| address(self.buyer), |place| Ok(of_place(&place)))
    }
}

fn filled(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    lines.into_iter().map(|line| line.trim().to_string()).filter(|line| !line.is_empty()).collect()
}

fn address(organisation: &Organisation) -> Result<Vec<String>> {
    let settings = parse(&organisation.settings)?;
    let field = |name: &str| str_of(&settings, name).to_string();
    Ok(filled([organisation.name.clone(), field("street"), format!("{} {}", field("postcode"), field("city")), field("country")]))
}

fn of_place(place: &Place) -> Vec<String> {
    let people = place.deliver_to.iter().chain(&place.street).cloned();
    let town = format!("{} {}", place.postcode, place.city);
    filled([place.name.clone()].into_iter().chain(people).chain([town, place.country.clone().unwrap_or_default()]))
}

/// The packing slip as PDF.
pub fn slip(parcel: &Parcel<'_>) -> Result<Vec<u8>> {
    let t = Texts(parcel.language());
    let paper = Paper {
        title: t.get("slip-title"),
        logo: parcel.logo.clone(),
        sender: address(parcel.supplier)?,
        receiver: parcel.receiver()?,
        facts: facts(t, parcel),
        heads: [t.get("copy-description"), t.get("slip-ordered"), String::new(), t.get("slip-packed"), t.get("slip-rest")],
        parts: parcel.branches().into_iter().map(|branch| part(t, parcel, branch)).collect(),
        footer: format!("{}, {}", parcel.supplier.name, parcel.number()),
        page: t.get("copy-page"),
        ..Paper::default()
    };
    let about = parcel.about(format!("{} {}", paper.title, parcel.number()));
    paper::write(&paper, &about, None).ok_or_else(|| Error::internal("a packing slip cannot be written"))
}

fn facts(t: Texts, parcel: &Parcel<'_>) -> Vec<(String, String)> {
    let shipment = parcel.shipment;
    let all = [
        ("slip-shipment", parcel.number()),
        ("order-number", parcel.stored.order.number.clone()),
        ("slip-day", t.moment(&shipment.shipped_at, parcel.zone)),
        ("desk-carrier", shipment.carrier.clone()),
        ("desk-tracking", shipment.tracking.clone()),
        ("desk-reference", shipment.reference.clone()),
        ("slip-ordered-by", parcel.stored.order.ordered_by.clone()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| (t.get(key), value)).collect()
}

fn part(t: Texts, parcel: &Parcel<'_>, branch: &str) -> Part {
    let lines = parcel.lines().filter(|(line, _)| line.coding.get(Kind::Branch) == branch);
    let title = if branch.is_empty() { String::new() } else { t.with("slip-branch", "branch", branch) };
    Part { title, rows: lines.map(|(line, quantity)| row(t, line, quantity)).collect(), sum: None }
}

fn row(t: Texts, line: &Line, quantity: Decimal) -> Row {
    let number = |quantity: &Decimal| t.number(quantity, &0);
    let note = |kind: Kind| {
        let value = line.coding.get(kind);
        let name = t.get(&format!("field-{}", kind.name().replace('_', "-")));
        if value.is_empty() { String::new() } else { format!("{name}: {value}") }
    };
    Row {
        text: format!("{}  {}", line.line, line.description),
        small: filled([line.article.clone(), line.text.clone(), note(Kind::PoCode), note(Kind::Note)]),
        cells: [format!("{} {}", number(&line.quantity), t.unit(&line.unit, &2)), String::new(), number(&quantity), number(&line.standing().open())],
    }
}

/// Address labels as PDF: one for each branch that something is for.
pub fn labels(parcel: &Parcel<'_>) -> Result<Vec<u8>> {
    let t = Texts(parcel.language());
    let (sender, receiver) = (address(parcel.supplier)?.join(", "), parcel.receiver()?);
    let one = |branch: &str| Label {
        sender: sender.clone(),
        receiver: receiver.clone(),
        branch: branch.to_string(),
        marks: filled([
            format!("{}: {}", t.get("slip-shipment"), parcel.number()),
            [parcel.shipment.carrier.as_str(), parcel.shipment.tracking.as_str()].join(" "),
        ]),
    };
    let labels: Vec<Label> = parcel.branches().into_iter().map(one).collect();
    let about = parcel.about(format!("{} {}", t.get("slip-labels"), parcel.number()));
    label::write(&labels, &about).ok_or_else(|| Error::internal("labels cannot be written"))
}
