//! Units of measure as catalogues write them, and as e-invoices and orders must (UN/ECE recommendations 20 and 21). Never refuses one.

/// Units as catalogues and purchasing systems write them, and the code of UN/ECE recommendation 20 or 21 (section 14).
const UNITS: &[(&str, &str)] = &[
    ("PCE", "H87"),
    ("PC", "H87"),
    ("PCS", "H87"),
    // In SAP a Stück; in recommendation 20 a sheet.
    ("ST", "H87"),
    ("STK", "H87"),
    ("STUK", "H87"),
    ("UN", "C62"),
    ("LE", "C62"),
    ("M", "MTR"),
    ("MM", "MMT"),
    ("CM", "CMT"),
    ("M2", "MTK"),
    ("M3", "MTQ"),
    ("KG", "KGM"),
    ("G", "GRM"),
    ("L", "LTR"),
    ("ML", "MLT"),
    ("H", "HUR"),
    ("STD", "HUR"),
    ("UUR", "HUR"),
    ("TAG", "DAY"),
    ("MND", "MON"),
    ("JR", "ANN"),
    ("DZ", "DZN"),
    ("PAA", "PR"),
    ("PAI", "PR"),
    ("BX", "XBX"),
    ("BOX", "XBX"),
    ("DS", "XBX"),
    ("PK", "XPK"),
    ("PAK", "XPK"),
    ("PA", "XPA"),
    ("CT", "XCT"),
    ("KAR", "XCT"),
    ("BG", "XBG"),
    ("ZAK", "XBG"),
    ("BO", "XBO"),
    ("FL", "XBO"),
    ("RO", "XRO"),
    ("ROL", "XRO"),
    ("PAL", "XPX"),
    ("PF", "XPX"),
    ("TU", "XTU"),
    ("CAN", "XCA"),
];

/// Codes that are right already: those that offices, hospitals and workshops buy by.
const UNECE: &[&str] = &[
    "C62", "H87", "EA", "MTR", "MMT", "CMT", "DMT", "KMT", "MTK", "CMK", "MMK", "MTQ", "CMQ", "KGM", "GRM", "MGM", "TNE", "LTR", "MLT", "CLT", "DLT",
    "HLT", "SEC", "MIN", "HUR", "DAY", "WEE", "MON", "QAN", "ANN", "KWH", "MWH", "DZN", "PR", "SET", "KT", "CEN", "MIL", "T3", "P1", "AS", "ACT",
    "E48", "E49", "LS", "NMP", "PD", "RM", "HC", "INH", "FOT", "ZZ", "XBX", "XPK", "XPA", "XCT", "XBG", "XBO", "XRO", "XPX", "XTU", "XCA", "XCR",
    "XCS", "XDR", "XEN", "XJR", "XPO", "XSA", "XST", "XTN", "XVI", "XBJ", "XBE", "XPC", "XPP", "XZZ",
];

/// The UN/ECE code of a unit. One nobody knows becomes `C62`, one: the quantity counts what was ordered, whatever it is called.
pub fn unece(unit: &str) -> &'static str {
    let unit = unit.trim().to_ascii_uppercase();
    let translated = UNITS.iter().find(|(from, _)| *from == unit).map(|(_, to)| *to);
    translated.or_else(|| UNECE.iter().find(|code| **code == unit).copied()).unwrap_or("C62")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        for (unit, code) in
            [("PCE", "H87"), ("ea", "EA"), (" m ", "MTR"), ("MTR", "MTR"), ("C62", "C62"), ("XBX", "XBX"), ("FOO", "C62"), ("", "C62")]
        {
            assert_eq!(unece(unit), code, "{unit}");
        }
        for (_, to) in UNITS {
            assert!(UNECE.contains(to), "{to}");
        }
    }
}
