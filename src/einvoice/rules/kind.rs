//! What sort of mistake a rule finds, so that people can be told what to change without a sentence for each rule. It is read from the family of
//! the rule's id and from the shape of its expression, once, when a set is read. Never decides whether a rule is violated.

use crate::einvoice::xpath::{Expr, Function, Relation};

/// A sort of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Something is not there.
    Missing,
    /// Something is there that must not be.
    Unwanted,
    /// An element has no value.
    Empty,
    /// Something is there more than once, or not as often as asked.
    Count,
    /// A value is not in its list of codes.
    Code,
    /// An amount does not follow from the others.
    Sum,
    /// An amount has more than two decimals.
    Decimals,
    /// A number has not the form or the check digit of its kind.
    Identifier,
    /// Values do not fit the category of the tax.
    Category,
    /// A period or a date does not fit another.
    Dates,
    /// Two values that belong together, or exclude each other.
    Together,
    /// A value is not what the rules allow there.
    Value,
}

impl Kind {
    pub const ALL: [Kind; 12] = [
        Kind::Missing,
        Kind::Unwanted,
        Kind::Empty,
        Kind::Count,
        Kind::Code,
        Kind::Sum,
        Kind::Decimals,
        Kind::Identifier,
        Kind::Category,
        Kind::Dates,
        Kind::Together,
        Kind::Value,
    ];

    /// A word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Missing => "missing",
            Kind::Unwanted => "unwanted",
            Kind::Empty => "empty",
            Kind::Count => "count",
            Kind::Code => "code",
            Kind::Sum => "sum",
            Kind::Decimals => "decimals",
            Kind::Identifier => "identifier",
            Kind::Category => "category",
            Kind::Dates => "dates",
            Kind::Together => "together",
            Kind::Value => "value",
        }
    }

    pub(super) fn of(id: &str, expr: &Expr) -> Kind {
        by_name(id).unwrap_or_else(|| match by_shape(&mut expr.clone()) {
            Kind::Value => OTHERWISE.iter().find(|(start, _)| id.starts_with(start)).map_or(Kind::Value, |(_, kind)| *kind),
            kind => kind,
        })
    }
}

/// Beginnings of ids, the longest first where one begins another.
const FAMILIES: [(&str, Kind); 6] = [
    ("BR-CL-", Kind::Code),
    ("BR-DEC-", Kind::Decimals),
    ("UBL-CR-", Kind::Unwanted),
    ("UBL-SR-", Kind::Count),
    ("PEPPOL-COMMON-", Kind::Identifier),
    ("PEPPOL-EN16931-CL", Kind::Code),
];

/// What rules of a family are about where neither name nor shape shows it: mostly that a code or an identifier is one of a country's own.
const OTHERWISE: [(&str, Kind); 5] =
    [("DK-R-", Kind::Code), ("GR-R-", Kind::Identifier), ("IS-R-", Kind::Code), ("PEPPOL-EN16931-P", Kind::Code), ("SE-R-", Kind::Identifier)];

/// Rules whose expression does not show what they are about.
const SINGLE: [(&str, Kind); 27] = [
    ("BR-CO-03", Kind::Together),
    ("BR-CO-09", Kind::Identifier),
    ("BR-CO-10", Kind::Sum),
    ("BR-CO-11", Kind::Sum),
    ("BR-CO-12", Kind::Sum),
    ("BR-CO-13", Kind::Sum),
    ("BR-CO-14", Kind::Sum),
    ("BR-CO-15", Kind::Sum),
    ("BR-CO-16", Kind::Sum),
    ("BR-CO-17", Kind::Sum),
    ("BR-61", Kind::Missing),
    ("SI-UBL-2", Kind::Empty),
    ("PEPPOL-EN16931-F001", Kind::Dates),
    ("PEPPOL-EN16931-R002", Kind::Count),
    ("PEPPOL-EN16931-R004", Kind::Code),
    ("PEPPOL-EN16931-R007", Kind::Code),
    ("PEPPOL-EN16931-R008", Kind::Empty),
    ("PEPPOL-EN16931-R040", Kind::Sum),
    ("PEPPOL-EN16931-R041", Kind::Together),
    ("PEPPOL-EN16931-R042", Kind::Together),
    ("PEPPOL-EN16931-R043", Kind::Code),
    ("PEPPOL-EN16931-R044", Kind::Code),
    ("PEPPOL-EN16931-R046", Kind::Sum),
    ("PEPPOL-EN16931-R051", Kind::Together),
    ("PEPPOL-EN16931-R101", Kind::Code),
    ("PEPPOL-EN16931-R120", Kind::Sum),
    ("PEPPOL-EN16931-R130", Kind::Together),
];

/// Rules of ordering whose expression does not show what they are about, by the end of their id: message and number mean the same nowhere else.
const ORDERING: [(&str, Kind); 50] = [
    ("COMMON-R001", Kind::Empty),
    ("COMMON-R003", Kind::Unwanted),
    ("COMMON-R030", Kind::Dates),
    ("T01-R001", Kind::Count),
    ("T01-R003", Kind::Together),
    ("T01-R008", Kind::Sum),
    ("T01-R009", Kind::Sum),
    ("T01-R010", Kind::Sum),
    ("T01-R011", Kind::Sum),
    ("T01-R016", Kind::Sum),
    ("T01-R017", Kind::Sum),
    ("T01-R019", Kind::Sum),
    ("T01-R020", Kind::Together),
    ("T01-R021", Kind::Together),
    ("T01-R022", Kind::Sum),
    ("T01-R024", Kind::Sum),
    ("T01-R026", Kind::Identifier),
    ("T01-R028", Kind::Decimals),
    ("T01-R029", Kind::Category),
    ("T01-R030", Kind::Category),
    ("T01-R034", Kind::Code),
    ("T01-CL001", Kind::Code),
    ("T01-CL002", Kind::Code),
    ("T115-R034", Kind::Code),
    ("T76-R003", Kind::Count),
    ("T76-R004", Kind::Dates),
    ("T76-R005", Kind::Together),
    ("T76-R006", Kind::Code),
    ("T16-R011", Kind::Code),
    ("T77-R001", Kind::Dates),
    ("T77-R006", Kind::Together),
    ("T77-R008", Kind::Category),
    ("T77-R009", Kind::Category),
    ("T77-R010", Kind::Code),
    ("T110-R004", Kind::Together),
    ("T110-R007", Kind::Sum),
    ("T110-R008", Kind::Sum),
    ("T110-R009", Kind::Sum),
    ("T110-R010", Kind::Sum),
    ("T110-R011", Kind::Sum),
    ("T110-R012", Kind::Sum),
    ("T110-R019", Kind::Category),
    ("T110-R020", Kind::Category),
    ("T110-R024", Kind::Sum),
    ("T110-R025", Kind::Sum),
    ("T110-R026", Kind::Category),
    ("T110-R027", Kind::Category),
    ("T110-R028", Kind::Category),
    ("T110-R029", Kind::Category),
    ("T110-R030", Kind::Code),
];

/// An order change is judged as an order, an advanced response as a plain one.
fn of_ordering(id: &str) -> Option<Kind> {
    let (message, number) = id.strip_prefix("PEPPOL-")?.split_once('-')?;
    let message = match message {
        "T114" => "T01",
        "T116" => "T76",
        other => other,
    };
    ORDERING.iter().find(|(known, _)| known.split_once('-') == Some((message, number))).map(|(_, kind)| *kind)
}

/// Categories of the tax in ids: `BR-S-08`.
const CATEGORIES: [&str; 10] = ["AE", "AF", "AG", "B", "E", "G", "IC", "O", "S", "Z"];

fn by_name(id: &str) -> Option<Kind> {
    if let Some((_, kind)) = SINGLE.iter().find(|(single, _)| *single == id) {
        return Some(*kind);
    }
    if let Some(kind) = of_ordering(id) {
        return Some(kind);
    }
    if let Some((_, kind)) = FAMILIES.iter().find(|(start, _)| id.starts_with(start)) {
        return Some(*kind);
    }
    let (category, number) = id.strip_prefix("BR-")?.split_once('-')?;
    CATEGORIES.contains(&category).then_some(if matches!(number, "08" | "09") { Kind::Sum } else { Kind::Category })
}

fn by_shape(expr: &mut Expr) -> Kind {
    by_parts(expr).or_else(|| inside(expr)).unwrap_or(Kind::Value)
}

/// What an expression says alone, or with parts that say no more than that something is there or not. Where one thing asks for another, it is the
/// other that is missing.
fn by_parts(expr: &Expr) -> Option<Kind> {
    let (Expr::And(all) | Expr::Or(all)) = expr else { return by_head(expr) };
    let parts = all.iter().map(by_parts).collect::<Option<Vec<Kind>>>()?;
    let is_all = |kind| parts.iter().all(|part| *part == kind);
    let is_asked = matches!(expr, Expr::Or(_)) && parts.iter().all(|part| matches!(part, Kind::Missing | Kind::Unwanted));
    if is_all(Kind::Unwanted) {
        return Some(if is_asked { Kind::Together } else { Kind::Unwanted });
    }
    (is_all(Kind::Missing) || is_asked).then_some(Kind::Missing)
}

/// What the outermost part says alone.
fn by_head(expr: &Expr) -> Option<Kind> {
    match expr {
        Expr::Path(..) | Expr::Union(_) | Expr::Filter(..) | Expr::Call(Function::Exists, _) => Some(Kind::Missing),
        Expr::Compare(Relation::NotEqual, value, text) if is_text_of(value) && matches!(text.as_ref(), Expr::Text(text) if text.is_empty()) => {
            Some(Kind::Missing)
        }
        Expr::Not(inner) if by_head(inner) == Some(Kind::Missing) => Some(Kind::Unwanted),
        Expr::Truth(false) => Some(Kind::Unwanted),
        Expr::Coded(..) | Expr::Among(..) => Some(Kind::Code),
        Expr::Compare(_, count, _) if matches!(count.as_ref(), Expr::Call(Function::Count, _)) => Some(Kind::Count),
        Expr::Matches(..) | Expr::Call(Function::Check(_), _) => Some(Kind::Identifier),
        _ => None,
    }
}

fn is_text_of(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(Function::NormalizeSpace, _))
}

/// What the first telling part inside says.
fn inside(expr: &mut Expr) -> Option<Kind> {
    let own = match expr {
        Expr::Call(Function::Sum | Function::Within, _) => Some(Kind::Sum),
        Expr::Call(Function::Check(_), _) | Expr::Matches(..) => Some(Kind::Identifier),
        Expr::Call(Function::Date, _) => Some(Kind::Dates),
        Expr::Call(Function::SubstringAfter, _) => Some(Kind::Decimals),
        Expr::Coded(..) | Expr::Among(..) => Some(Kind::Code),
        _ => None,
    };
    own.or_else(|| expr.inner_mut().into_iter().find_map(inside))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::einvoice::{Day, Set};

    fn kind(set: Set, id: &str) -> Kind {
        let mut rules = set.on(Day(2026, 11, 28)).rules().assertions().iter();
        rules.find(|rule| rule.id == id).unwrap_or_else(|| panic!("no rule {id}")).kind
    }

    #[test]
    fn a_rule_shows_what_sort_of_mistake_it_finds() {
        let known = [
            (Set::En16931, "BR-02", Kind::Missing),
            (Set::En16931, "BR-16", Kind::Missing),
            (Set::En16931, "BR-27", Kind::Value),
            (Set::En16931, "BR-29", Kind::Dates),
            (Set::En16931, "BR-54", Kind::Missing),
            (Set::En16931, "BR-CL-01", Kind::Code),
            (Set::En16931, "BR-CO-10", Kind::Sum),
            (Set::En16931, "BR-DEC-23", Kind::Decimals),
            (Set::En16931, "BR-S-08", Kind::Sum),
            (Set::En16931, "BR-AE-05", Kind::Category),
            (Set::En16931, "UBL-CR-001", Kind::Unwanted),
            (Set::En16931, "UBL-SR-33", Kind::Count),
            (Set::En16931, "UBL-DT-01", Kind::Decimals),
            (Set::En16931, "UBL-DT-06", Kind::Missing),
            (Set::Peppol, "PEPPOL-EN16931-R003", Kind::Missing),
            (Set::Peppol, "PEPPOL-EN16931-R008", Kind::Empty),
            (Set::Peppol, "PEPPOL-EN16931-R120", Kind::Sum),
            (Set::Peppol, "PEPPOL-COMMON-R040", Kind::Identifier),
            (Set::Peppol, "DE-R-023-2", Kind::Unwanted),
            (Set::Peppol, "DE-R-030", Kind::Missing),
            (Set::Peppol, "DE-R-031", Kind::Missing),
            (Set::Peppol, "NL-R-002", Kind::Missing),
            (Set::Peppol, "NL-R-008", Kind::Code),
            (Set::SiUbl, "BR-NL-19", Kind::Unwanted),
            (Set::OrderChange, "PEPPOL-T114-R008", Kind::Sum),
            (Set::OrderResponseAdvanced, "PEPPOL-T116-R006", Kind::Code),
            (Set::DespatchAdvice, "PEPPOL-T16-R004", Kind::Missing),
        ];
        for (set, id, expected) in known {
            assert_eq!(kind(set, id), expected, "{id}");
        }
    }

    #[test]
    fn most_rules_are_of_a_telling_kind() {
        for set in Set::ALL {
            let rules = set.on(Day(2026, 11, 28)).rules().assertions();
            let plain: Vec<&str> = rules.iter().filter(|rule| rule.kind == Kind::Value).map(|rule| rule.id.as_str()).collect();
            assert!(plain.len() * 5 < rules.len(), "{}: {} of {} say nothing: {plain:?}", set.code(), plain.len(), rules.len());
        }
    }
}
