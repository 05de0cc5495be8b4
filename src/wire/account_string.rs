//! What bears the cost of a line in one string (reference cxml-and-peppol-ordering, section 28): `CC=4711;GL=520010@60;CC=5200@40`, the bare
//! code where one cost centre bears all. Pure.

use super::cxml::kept::Share;

/// Keys of the string and the names that the gateway knows them under, in the order of the reference.
const KEYS: [(&str, &str); 5] = [("CC", "cost_center"), ("GL", "gl_account"), ("PRJ", "project"), ("IO", "internal_order"), ("OU", "department")];

/// The shares of a line; nothing where nobody is named.
pub fn of_shares(shares: &[Share]) -> String {
    if let [only] = shares
        && let Some(code) = only.cost_centre()
        && KEYS.iter().filter(|(_, kind)| only.segments.contains_key(*kind)).count() == 1
    {
        return escaped(code);
    }
    let several = shares.len() > 1;
    let one = |share: &Share| {
        let known = KEYS.iter().filter_map(|(key, kind)| share.segments.get(*kind).map(|code| format!("{key}={}", escaped(code))));
        let text = known.collect::<Vec<_>>().join(";");
        let percentage = share.percentage.filter(|_| several && !text.is_empty());
        percentage.map_or(text.clone(), |percentage| format!("{text}@{}", percentage.round_dp(4).normalize()))
    };
    shares.iter().map(one).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(";")
}

/// `;`, `=`, `@` and `%` percent-encoded.
fn escaped(code: &str) -> String {
    let one = |c: char| if matches!(c, ';' | '=' | '@' | '%') { format!("%{:02X}", u32::from(c)) } else { c.to_string() };
    code.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_as_the_reference_shows() {
        let share = |percentage: Option<&str>, codes: &[(&str, &str)]| Share {
            percentage: percentage.map(|text| text.parse().expect("a number")),
            segments: codes.iter().map(|(kind, code)| ((*kind).to_string(), (*code).to_string())).collect(),
            ..Share::default()
        };
        let centre = |percentage, code| share(percentage, &[("cost_center", code)]);
        for (shares, expected) in [
            (vec![], ""),
            (vec![centre(None, "4711")], "4711"),
            (vec![centre(Some("60"), "4711"), centre(Some("40.00"), "5200")], "CC=4711@60;CC=5200@40"),
            (vec![share(None, &[("cost_center", "4711"), ("gl_account", "520010")])], "CC=4711;GL=520010"),
            (
                vec![
                    share(Some("60"), &[("cost_center", "4711"), ("gl_account", "520010")]),
                    share(Some("40"), &[("cost_center", "5200"), ("gl_account", "520010")]),
                ],
                "CC=4711;GL=520010@60;CC=5200;GL=520010@40",
            ),
            (vec![share(None, &[("project", "A=1;b@c%")])], "PRJ=A%3D1%3Bb%40c%25"),
        ] {
            assert_eq!(of_shares(&shares), expected);
        }
    }
}
