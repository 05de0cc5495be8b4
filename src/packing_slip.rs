//! What goes along with a shipment on paper: the packing slip, divided by branch, with the texts of cards and what is to be done with each line;
//! and address labels, one for each branch. Each of them of the whole shipment, or of what one branch gets. A branch is what the line is booked on,
//! else the place of its own that the order's document names for the line. In the buyer's language. Says nothing of prices.

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
    pub document: &'a Document,
    /// The branch that the papers are for alone; the whole shipment without it. What is for none in particular is for the one without a name.
    pub only: Option<&'a str>,
}

/// What the order's own document says of places.
pub struct Document(Option<Kept>);

impl Document {
    pub fn of(stored: &Stored) -> Document {
        Document(Kept::read(&stored.document))
    }

    /// Where the whole order goes.
    fn of_order(&self) -> Option<&Place> {
        self.0.as_ref().and_then(|kept| kept.order.ship_to.as_ref())
    }

    /// Where this line goes, other than the rest.
    fn of_line(&self, line: &Line) -> Option<&Place> {
        let place = self.0.as_ref()?.by_number(line.line)?.ship_to.as_ref();
        place.filter(|place| Some(*place) != self.of_order())
    }

    fn branch<'b>(&'b self, line: &'b Line) -> &'b str {
        let named = |place: &'b Place| if place.name.is_empty() { place.id.as_deref() } else { Some(place.name.as_str()) };
        match line.coding.get(Kind::Branch) {
            "" => self.of_line(line).and_then(named).unwrap_or_default(),
            branch => branch,
        }
    }
}

fn lines_of<'l>(stored: &'l Stored, shipment: &'l Shipment) -> impl Iterator<Item = (&'l Line, Decimal)> {
    let line = |number: u32| stored.order.lines.iter().find(move |line| line.line == number);
    shipment.lines.iter().filter_map(move |(number, quantity)| Some((line(*number)?, *quantity)))
}

/// The branches in a shipment, in the order of its lines; one without a name where none is named.
pub fn branches<'b>(stored: &'b Stored, shipment: &'b Shipment, document: &'b Document) -> Vec<&'b str> {
    let mut branches: Vec<&str> = Vec::new();
    for (line, _) in lines_of(stored, shipment) {
        let branch = document.branch(line);
        if !branches.contains(&branch) {
            branches.push(branch);
        }
    }
    branches
}

impl Parcel<'_> {
    fn language(&self) -> Language {
        self.buyer.language
    }

    /// The number that people see: of the order, and the how many-th shipment of it.
    fn number(&self) -> String {
        format!("{}-{}", self.stored.order.number, self.shipment.number)
    }

    /// What is for a branch.
    fn lines(&self, branch: &str) -> impl Iterator<Item = (&Line, Decimal)> {
        lines_of(self.stored, self.shipment).filter(move |(line, _)| self.document.branch(line) == branch)
    }

    /// The branches that the papers are for.
    fn branches(&self) -> Vec<&str> {
        let all = branches(self.stored, self.shipment, self.document).into_iter();
        all.filter(|branch| self.only.is_none_or(|only| *branch == only)).collect()
    }

    fn about(&self, title: String) -> About {
        let date = self.shipment.shipped_at.date();
        let part = |at: usize| date.split('-').nth(at).and_then(|part| part.parse::<u16>().ok()).unwrap_or(1);
        let day = (part(0), u8::try_from(part(1)).unwrap_or(1), u8::try_from(part(2)).unwrap_or(1));
        About { title, language: self.language().as_str().into(), author: self.supplier.name.clone(), day }
    }

    /// Where what a branch gets goes: what the order's own document says of its lines or of all, else the buyer's address.
    fn receiver(&self, branch: Option<&str>) -> Result<Vec<String>> {
        let of_lines = branch.and_then(|branch| self.lines(branch).find_map(|(line, _)| self.document.of_line(line)));
        of_lines.or(self.document.of_order()).map_or_else(|| address(self.buyer), |place| Ok(of_place(place)))
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
        receiver: parcel.receiver(parcel.only)?,
        facts: facts(t, parcel),
        heads: [t.get("copy-description"), t.get("slip-ordered"), String::new(), t.get("slip-packed"), t.get("slip-rest")],
        parts: parcel.branches().into_iter().map(|branch| part(t, parcel, branch)).collect(),
        footer: filled([parcel.supplier.name.clone(), parcel.number(), parcel.only.unwrap_or_default().to_string()]).join(", "),
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
    let is_whole = branches(parcel.stored, parcel.shipment, parcel.document).len() == 1;
    let title = match branch {
        "" if is_whole => String::new(),
        "" => t.get("slip-no-branch"),
        branch => t.with("slip-branch", "branch", branch),
    };
    Part { title, rows: parcel.lines(branch).map(|(line, quantity)| row(t, line, quantity)).collect(), sum: None }
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
    let sender = address(parcel.supplier)?.join(", ");
    let one = |branch: &str| -> Result<Label> {
        Ok(Label {
            sender: sender.clone(),
            receiver: parcel.receiver(Some(branch))?,
            branch: branch.to_string(),
            marks: filled([
                format!("{}: {}", t.get("slip-shipment"), parcel.number()),
                [parcel.shipment.carrier.as_str(), parcel.shipment.tracking.as_str()].join(" "),
            ]),
        })
    };
    let labels = parcel.branches().into_iter().map(one).collect::<Result<Vec<Label>>>()?;
    let about = parcel.about(format!("{} {}", t.get("slip-labels"), parcel.number()));
    label::write(&labels, &about).ok_or_else(|| Error::internal("labels cannot be written"))
}
