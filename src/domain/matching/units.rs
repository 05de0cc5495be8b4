//! Units brought to one another: those that mean the same, those that hold a fixed number of another, and packs that are told.
//! Never assumes what a box holds.

use rust_decimal::Decimal;

use super::ordered::Pack;

/// Codes that all count single things.
const ONES: [&str; 8] = ["C62", "H87", "EA", "NAR", "PCE", "XPP", "E48", "ACT"];

/// A unit, the unit it is counted in, and how many thousandths of that one it holds.
const FIXED: [(&str, &str, i64); 27] = [
    ("DZN", "C62", 12_000),
    ("PR", "C62", 2_000),
    ("CEN", "C62", 100_000),
    ("MIL", "C62", 1_000_000),
    ("GRO", "C62", 144_000),
    ("KGM", "GRM", 1_000_000),
    ("GRM", "GRM", 1_000),
    ("MGM", "GRM", 1),
    ("TNE", "GRM", 1_000_000_000),
    ("LTR", "MLT", 1_000_000),
    ("MLT", "MLT", 1_000),
    ("CLT", "MLT", 10_000),
    ("DLT", "MLT", 100_000),
    ("HLT", "MLT", 100_000_000),
    ("MTR", "MMT", 1_000_000),
    ("CMT", "MMT", 10_000),
    ("DMT", "MMT", 100_000),
    ("MMT", "MMT", 1_000),
    ("KMT", "MMT", 1_000_000_000),
    ("MTK", "CMK", 10_000_000),
    ("CMK", "CMK", 1_000),
    ("HUR", "MIN", 60_000),
    ("MIN", "MIN", 1_000),
    ("ANN", "MON", 12_000),
    ("MON", "MON", 1_000),
    ("MWH", "KWH", 1_000_000),
    ("KWH", "KWH", 1_000),
];

/// One name for units that mean the same.
pub fn plain(unit: &str) -> String {
    let unit = unit.trim().to_uppercase();
    if ONES.contains(&unit.as_str()) { "C62".to_string() } else { unit }
}

/// In which unit it is counted, and how many thousandths of it one is.
fn fixed(unit: &str) -> Option<(&'static str, i64)> {
    if unit == "C62" {
        return Some(("C62", 1_000));
    }
    FIXED.iter().find(|(known, _, _)| *known == unit).map(|(_, base, holds)| (*base, *holds))
}

/// How many of `to` are in one of `from`; `None` where nobody can say.
pub fn factor(from: &str, to: &str, packs: &[Pack]) -> Option<Decimal> {
    let (from, to) = (plain(from), plain(to));
    if from == to {
        return Some(Decimal::ONE);
    }
    if let Some(pack) = packs.iter().find(|pack| plain(&pack.unit) == from && pack.holds > Decimal::ZERO) {
        return Some(pack.holds);
    }
    match (fixed(&from)?, fixed(&to)?) {
        ((base, holds), (other, part)) if base == other => Decimal::from(holds).checked_div(Decimal::from(part)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unit_in_another() {
        let box_of_ten = [Pack { unit: "XBX".into(), holds: Decimal::TEN }];
        for (from, to, packs, expected) in [
            ("H87", "C62", &[][..], Some("1")),
            ("pce", "EA", &[], Some("1")),
            ("XBX", "H87", &box_of_ten, Some("10")),
            ("XBX", "H87", &[], None),
            ("XBX", "XBX", &[], Some("1")),
            ("DZN", "H87", &[], Some("12")),
            ("KGM", "GRM", &[], Some("1000")),
            ("GRM", "KGM", &[], Some("0.001")),
            ("MTR", "KGM", &[], None),
            ("", "H87", &[], None),
        ] {
            assert_eq!(factor(from, to, packs).map(|f| f.normalize().to_string()).as_deref(), expected, "{from} in {to}");
        }
    }
}
