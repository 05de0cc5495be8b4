//! Who bears the cost of a line: `Distribution`, `Accounting` and segments in both forms, and how shares are worked out (section 12).
//! Which segment is the cost centre is nowhere defined; names are compared folded with the connection's table, then with the usual ones.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Fault;
use super::kept::{Line, Share};
use super::numbers::decimal;
use super::tree::Element;
use super::write::{element, money, text};
use crate::domain::money::apportion;

/// What the gateway calls a kind of segment, and the folded names that mean it.
pub const KINDS: &[(&str, &[&str])] = &[
    (
        "cost_center",
        &[
            "costcenter",
            "costcentre",
            "costctr",
            "costcenterid",
            "ccenter",
            "kostenstelle",
            "kst",
            "centredecout",
            "centredecouts",
            "centrodicosto",
            "centrodecosto",
            "centrodecostos",
            "kostnadsstalle",
            "kostnadssted",
            "kostenplaats",
            "kustannuspaikka",
        ],
    ),
    (
        "gl_account",
        &[
            "glaccount",
            "glacct",
            "gl",
            "generalledger",
            "mainaccount",
            "mainaccountplbs",
            "accountcode",
            "account",
            "sachkonto",
            "grootboek",
            "comptegeneral",
        ],
    ),
    ("project", &["project", "projectcode", "projectid", "wbs", "wbselement", "psp", "pspelement", "projekt"]),
    ("internal_order", &["internalorder", "io", "auftrag", "innenauftrag"]),
    ("department", &["department", "dept", "organization", "organisation", "org", "orgunit", "businessunit", "abteilung"]),
    ("company", &["company", "companycode", "legalentity", "buchungskreis"]),
    ("profit_center", &["profitcenter", "profitcentre", "profitctr"]),
    ("asset", &["asset", "assetnumber", "anlage"]),
    ("percentage", &["percentage", "percent", "distributionpercentage", "splitpercentage"]),
    ("account_category", &["acctcat", "accountcategory", "accountassignmentcategory"]),
];

/// Lower case, letters and digits only, diacritics folded.
pub fn folded(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii() { c.to_string() } else { deunicode::deunicode_char(c).unwrap_or_default().to_string() }).collect();
    plain.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The kind of a segment by its name.
pub fn kind(name: &str, table: &BTreeMap<String, String>) -> Option<String> {
    let folded_name = folded(name);
    let own = table.iter().find(|(known, _)| folded(known) == folded_name).map(|(_, kind)| kind.clone());
    own.or_else(|| KINDS.iter().find(|(_, names)| names.contains(&folded_name.as_str())).map(|(kind, _)| (*kind).to_string()))
}

/// The shares of a line as they stand in its document; amounts are worked out when the line's own is known.
pub fn read(item: &Element, label: &str, table: &BTreeMap<String, String>, currency: &mut Vec<String>) -> Result<Vec<Share>, Fault> {
    item.all("Distribution").map(|distribution| share(distribution, label, table, currency)).collect()
}

fn share(distribution: &Element, label: &str, table: &BTreeMap<String, String>, currency: &mut Vec<String>) -> Result<Share, Fault> {
    let mut share = Share::default();
    let accounting = distribution.child("Accounting");
    share.name = accounting.and_then(|accounting| accounting.attribute("name")).unwrap_or_default().to_string();
    for segment in accounting.into_iter().flat_map(Element::elements) {
        let name = match segment.name.as_str() {
            "Segment" => segment.attribute("type").map(str::to_string),
            "AccountingSegment" => segment.text_of("Name"),
            _ => None,
        };
        let (Some(name), Some(id)) = (name, segment.attribute("id")) else { continue };
        share.received.push((name.clone(), id.to_string()));
        match kind(&name, table) {
            Some(kind) if kind == "percentage" => {
                let percentage =
                    decimal(id.trim_end_matches('%')).ok_or_else(|| Fault::content(format_args!("line {label}: a percentage is no number")))?;
                share.percentage = Some(percentage);
            }
            Some(kind) => drop(share.segments.entry(kind).or_insert_with(|| id.to_string())),
            None => drop(share.other.insert(name, id.to_string())),
        }
    }
    if let Some(money) = distribution.at(&["Charge", "Money"]) {
        share.charge = super::order::money(money, &format!("line {label}: Charge"), currency)?;
    }
    Ok(share)
}

/// Works out what each share of a line bears, in minor units of its currency; the line's net is known.
pub fn divide(line: &mut Line, exponent: u32, warnings: &mut Vec<String>) -> Result<(), Fault> {
    if line.cost.is_empty() {
        return Ok(());
    }
    let label = line.line.clone();
    let weights = weights(line, warnings)?;
    let scale = Decimal::from(10i64.pow(exponent));
    let minor = line.net.checked_mul(scale).and_then(crate::domain::money::round_minor);
    let shares =
        minor.and_then(|minor| apportion(minor, &weights)).ok_or_else(|| Fault::content(format_args!("line {label}: an amount is too large")))?;
    for (share, amount) in line.cost.iter_mut().zip(shares) {
        share.amount = Decimal::from_i128_with_scale(i128::from(amount), exponent);
    }
    Ok(())
}

fn weights(line: &Line, warnings: &mut Vec<String>) -> Result<Vec<Decimal>, Fault> {
    let label = &line.line;
    let charges: Option<Vec<Decimal>> = line.cost.iter().map(|share| share.charge).collect();
    if let Some(charges) = charges.filter(|charges| charges.iter().any(|charge| !charge.is_zero())) {
        let sum: Decimal = charges.iter().sum();
        if charges.iter().any(|charge| charge.is_sign_negative() && !charge.is_zero()) {
            return Err(Fault::content(format_args!("line {label}: a share is negative")));
        }
        return if fits(line, sum) {
            Ok(charges)
        } else {
            Err(Fault::content(format_args!("line {label}: the shares add up to {sum}, the line is {:.2}", line.net)))
        };
    }
    let percentages: Option<Vec<Decimal>> = line.cost.iter().map(|share| share.percentage).collect();
    if let Some(percentages) = percentages {
        let sum: Decimal = percentages.iter().sum();
        if (sum - Decimal::ONE_HUNDRED).abs() > Decimal::new(1, 1) || percentages.iter().any(Decimal::is_sign_negative) {
            return Err(Fault::content(format_args!("line {label}: the percentages add up to {}", sum.normalize())));
        }
        if sum != Decimal::ONE_HUNDRED {
            warnings.push(format!("line {label}: the percentages add up to {}", sum.normalize()));
        }
        return Ok(percentages);
    }
    match line.cost.as_slice() {
        [_] => Ok(vec![Decimal::ONE]),
        // A line that costs nothing is divided into nothings.
        _ if line.net.is_zero() => Ok(vec![Decimal::ONE; line.cost.len()]),
        _ => Err(Fault::content(format_args!("line {label}: shares without amount or percentage"))),
    }
}

/// Whether charges are the line's net, or it with its tax, its shipping or both, to a hundredth for each share.
fn fits(line: &Line, sum: Decimal) -> bool {
    let tolerance = Decimal::new(1, 2) * Decimal::from(line.cost.len());
    [line.net, line.net + line.tax, line.net + line.shipping, line.net + line.tax + line.shipping]
        .into_iter()
        .any(|whole| (sum - whole).abs() <= tolerance)
}

/// A share as it is written: as the buyer wrote it, where it did; else by the names we know it under.
pub fn distribution(share: &Share, currency: &str, amount: Decimal) -> Element {
    let segment = |(name, id): (&str, &str)| {
        let described = text("Description", name).with("xml:lang", "en");
        element("AccountingSegment").with("id", id).and(text("Name", name).with("xml:lang", "en")).and(described)
    };
    let segments: Vec<Element> = if share.received.is_empty() {
        share.segments.iter().map(|(kind, id)| segment((kind, id))).collect()
    } else {
        share.received.iter().map(|(name, id)| segment((name, id))).collect()
    };
    let name = if share.name.is_empty() { "DistributionCharge" } else { &*share.name };
    element("Distribution").and(element("Accounting").with("name", name).and_all(segments)).and(money("Charge", currency, amount))
}

/// Whether the charges of a line, where it has some, are what it costs.
pub fn charges_fit(line: &Line) -> Option<bool> {
    let charges: Option<Vec<Decimal>> = line.cost.iter().map(|share| share.charge).collect();
    let charges = charges.filter(|charges| charges.iter().any(|charge| !charge.is_zero()))?;
    Some(fits(line, charges.iter().sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        text.parse().expect("a literal of this test")
    }

    /// Section 12, the table of names.
    #[test]
    fn names_are_known_however_they_are_written() {
        let none = BTreeMap::new();
        for (name, expected) in [
            ("Cost Center", Some("cost_center")),
            ("KOSTENSTELLE", Some("cost_center")),
            ("Centre de coûts", Some("cost_center")),
            ("Kostnadsställe", Some("cost_center")),
            ("PSP-Element", Some("project")),
            ("Account", Some("gl_account")),
            ("Organization", Some("department")),
            ("Fund", None),
        ] {
            assert_eq!(kind(name, &none).as_deref(), expected, "{name}");
        }
        let table = BTreeMap::from([("Fund".to_string(), "cost_center".to_string())]);
        assert_eq!(kind("fund", &table).as_deref(), Some("cost_center"));
    }

    fn line(net: &str, shares: &[(Option<&str>, Option<&str>)]) -> Line {
        let share =
            |(charge, percentage): &(Option<&str>, Option<&str>)| Share { charge: charge.map(d), percentage: percentage.map(d), ..Share::default() };
        Line { line: "10".into(), net: d(net), cost: shares.iter().map(share).collect(), ..Line::default() }
    }

    fn divided(net: &str, shares: &[(Option<&str>, Option<&str>)]) -> Result<Vec<String>, String> {
        let mut line = line(net, shares);
        divide(&mut line, 2, &mut Vec::new()).map_err(|fault| fault.text)?;
        Ok(line.cost.iter().map(|share| share.amount.to_string()).collect())
    }

    #[test]
    fn shares_are_worked_out_to_the_cent() {
        assert_eq!(divided("10.01", &[(Some("0"), Some("50")), (Some("0"), Some("50"))]), Ok(vec!["5.01".into(), "5.00".into()]));
        assert_eq!(divided("100", &[(None, Some("33.3")), (None, Some("66.6"))]), Ok(vec!["33.33".into(), "66.67".into()]));
        assert_eq!(divided("66.67", &[(Some("66.6667"), None)]), Ok(vec!["66.67".into()]));
        assert_eq!(divided("7", &[(None, None)]), Ok(vec!["7.00".into()]));
        assert_eq!(divided("0", &[(Some("0"), None)]), Ok(vec!["0.00".into()]));
        assert!(divided("10", &[(None, None), (None, None)]).is_err());
        assert!(divided("10", &[(Some("5"), None), (Some("4.9"), None)]).is_err());
        assert!(divided("10", &[(None, Some("50")), (None, Some("49.8"))]).is_err());
        assert!(divided("10", &[(Some("11"), None), (Some("-1"), None)]).is_err());
    }

    #[test]
    fn charges_with_tax_are_scaled_to_the_net() {
        let mut line = line("100", &[(Some("60.50"), None), (Some("60.50"), None)]);
        line.tax = d("21");
        divide(&mut line, 2, &mut Vec::new()).expect("they fit");
        assert_eq!(line.cost.iter().map(|share| share.amount.to_string()).collect::<Vec<_>>(), ["50.00", "50.00"]);
    }

    proptest::proptest! {
        /// Shares add up to the line, however it is divided.
        #[test]
        fn nothing_is_lost(net in 0i64..10_000_000, weights in proptest::collection::vec(1i64..10_000, 1..20)) {
            let shares: Vec<Share> = weights.iter().map(|w| Share { percentage: Some(Decimal::from(*w)), ..Share::default() }).collect();
            let sum: i64 = weights.iter().sum();
            let scaled = shares.into_iter().map(|s| Share { percentage: s.percentage.map(|p| p * Decimal::ONE_HUNDRED / Decimal::from(sum)), ..s });
            let mut line = Line { line: "1".into(), net: Decimal::new(net, 2), cost: scaled.collect(), ..Line::default() };
            divide(&mut line, 2, &mut Vec::new()).expect("hundred percent");
            proptest::prop_assert_eq!(line.cost.iter().map(|share| share.amount).sum::<Decimal>(), Decimal::new(net, 2));
        }
    }
}
