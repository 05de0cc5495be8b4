//! Coding: what a buyer books a line on. One value per kind, opaque text whose leading zeros, blanks and separators are kept
//! (reference oci, section 6; R-41). Never interpreted here: which kinds are checked against a list is the buyer's choice.

/// The kinds of coding a basket line can carry, in the order the pages show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    CostCentre,
    GlAccount,
    NziCode,
    PoCode,
    Project,
    Branch,
    /// A part of the buyer's organisation, such as a ward or a faculty.
    Department,
    BudgetCode,
    WishDate,
    Note,
}

impl Kind {
    pub const ALL: [Kind; 10] = [
        Kind::CostCentre,
        Kind::GlAccount,
        Kind::NziCode,
        Kind::PoCode,
        Kind::Project,
        Kind::Branch,
        Kind::Department,
        Kind::BudgetCode,
        Kind::WishDate,
        Kind::Note,
    ];

    /// The name in forms, in field mappings (`line.<name>`), in the API and in lists of codes.
    pub fn name(self) -> &'static str {
        match self {
            Kind::CostCentre => "cost_centre",
            Kind::GlAccount => "gl_account",
            Kind::NziCode => "nzi_code",
            Kind::PoCode => "po_code",
            Kind::Project => "project",
            Kind::Branch => "branch",
            Kind::Department => "department",
            Kind::BudgetCode => "budget_code",
            Kind::WishDate => "wish_date",
            Kind::Note => "note",
        }
    }

    pub fn parse(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The most characters a value may have; the mapping of a connection may allow less.
    pub fn chars_max(self) -> usize {
        match self {
            Kind::Note => 1000,
            Kind::WishDate => 10,
            _ => 100,
        }
    }
}

/// The coding of one line or of a whole basket: kind and value, only what is filled, in the order of [`Kind::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coding(Vec<(Kind, String)>);

impl Coding {
    pub fn get(&self, kind: Kind) -> &str {
        self.0.iter().find(|(k, _)| *k == kind).map_or("", |(_, value)| value.as_str())
    }

    /// Sets a value; an empty one removes the kind.
    pub fn set(&mut self, kind: Kind, value: &str) {
        self.0.retain(|(k, _)| *k != kind);
        if !value.is_empty() {
            self.0.push((kind, value.to_string()));
            self.0.sort_by_key(|(k, _)| *k);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.0.iter().map(|(kind, value)| (*kind, value.as_str()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This coding, with `fallback` where it says nothing: a line's own value wins over the basket's.
    pub fn over(&self, fallback: &Coding) -> Coding {
        let mut merged = fallback.clone();
        for (kind, value) in self.iter() {
            merged.set(kind, value);
        }
        merged
    }
}
