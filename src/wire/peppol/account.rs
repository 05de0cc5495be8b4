//! The account string of a line (section 28): the one text in which a UBL order carries cost centre, account, project and perhaps a split. Reads
//! back what it writes and what a connection's template describes; anything else is one text that stands for itself. Never looks a code up.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::wire::cxml::kept::{Line, Share};

/// Keys of the string, and the kind of segment each is.
const KEYS: [(&str, &str); 5] = [("CC", "cost_center"), ("GL", "gl_account"), ("PRJ", "project"), ("IO", "internal_order"), ("OU", "department")];
/// Percentages have at most so many decimals.
const PLACES: u32 = 4;

/// What a string says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    Shares(Vec<Share>),
    /// It follows no rule that is known here.
    Opaque(String),
}

/// What a string cannot hold of shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// A kind of segment that has no key.
    Segment(String),
    /// A template of a connection has no place for shares, or one of them has no key at all.
    Split,
}

/// Whether it has at least one key, knows all of them, and no two without something between them.
pub fn is_template(text: &str) -> bool {
    text.is_empty() || parts(text).is_some_and(|parts| parts.iter().any(|(_, key)| !key.is_empty()))
}

/// Each text with the key that follows it; none after the last.
fn parts(template: &str) -> Option<Vec<(&str, &str)>> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (key, after) = after.split_once('}')?;
        let is_new = KEYS.iter().any(|(known, _)| *known == key) && !all.iter().any(|(_, other)| *other == key);
        if !is_new || before.is_empty() && !all.is_empty() {
            return None;
        }
        all.push((before, key));
        rest = after;
    }
    (!rest.contains('}')).then(|| {
        all.push((rest, ""));
        all
    })
}

fn kind(key: &str) -> Option<&'static str> {
    KEYS.iter().find(|(known, _)| *known == key).map(|(_, kind)| *kind)
}

fn escaped(value: &str) -> String {
    value.chars().fold(String::new(), |mut out, c| {
        match c {
            ';' => out.push_str("%3B"),
            '=' => out.push_str("%3D"),
            '@' => out.push_str("%40"),
            '%' => out.push_str("%25"),
            other => out.push(other),
        }
        out
    })
}

/// The string for the shares of a line, and what is lost.
pub fn write(shares: &[Share], template: &str) -> (String, Vec<Loss>) {
    let mut losses = Vec::new();
    for (kind, _) in shares.iter().flat_map(|share| &share.segments) {
        if !KEYS.iter().any(|(_, known)| known == kind) {
            losses.push(Loss::Segment(kind.clone()));
        }
    }
    losses.extend(shares.iter().flat_map(|share| share.other.keys()).cloned().map(Loss::Segment));
    if let Some(parts) = parts(template).filter(|_| !template.is_empty()) {
        losses.extend((shares.len() > 1).then_some(Loss::Split));
        let value = |key: &str| kind(key).and_then(|kind| shares.first()?.segments.get(kind)).map(String::as_str).unwrap_or_default();
        return (parts.iter().map(|(text, key)| format!("{text}{}", value(key))).collect(), losses);
    }
    let written: Vec<String> = percentages(shares).iter().zip(shares).map(|(percentage, share)| usual(share, *percentage)).collect();
    if written.iter().any(String::is_empty) && shares.len() > 1 {
        // Without one of them the others would be shares of something else.
        losses.push(Loss::Split);
        return (String::new(), losses);
    }
    (written.join(";"), losses)
}

/// The string of a line: as it came, else what its shares make.
pub fn of_line(line: &Line) -> String {
    line.account.clone().unwrap_or_else(|| write(&line.cost, "").0)
}

/// Of each share where there are several: as it was said, else by amounts, the last so that they make a hundred.
fn percentages(shares: &[Share]) -> Vec<Option<Decimal>> {
    if shares.len() < 2 {
        return vec![None; shares.len()];
    }
    if let Some(all) = shares.iter().map(|share| share.percentage).collect::<Option<Vec<Decimal>>>() {
        return all.into_iter().map(Some).collect();
    }
    let whole: Decimal = shares.iter().map(|share| share.amount).sum();
    let of = |share: &Share| share.amount.checked_mul(Decimal::ONE_HUNDRED).and_then(|part| part.checked_div(whole)).unwrap_or_default();
    let mut all: Vec<Decimal> = shares.iter().map(|share| of(share).round_dp(PLACES)).collect();
    let others: Decimal = all.iter().rev().skip(1).sum();
    if let Some(last) = all.last_mut() {
        *last = Decimal::ONE_HUNDRED - others;
    }
    all.into_iter().map(Some).collect()
}

fn usual(share: &Share, percentage: Option<Decimal>) -> String {
    let all: Vec<(&str, &String)> = KEYS.iter().filter_map(|(key, kind)| share.segments.get(*kind).map(|value| (*key, value))).collect();
    let text = match all.as_slice() {
        // A code that would be read as keys needs its own.
        [("CC", code)] if percentage.is_none() && escaped(code) == **code => code.to_string(),
        all => all.iter().map(|(key, value)| format!("{key}={}", escaped(value))).collect::<Vec<_>>().join(";"),
    };
    match percentage {
        Some(percentage) if !text.is_empty() => format!("{text}@{}", percentage.normalize()),
        _ => text,
    }
}

/// What a string says, by a connection's template or in the usual way.
pub fn read(text: &str, template: &str) -> Account {
    let text = text.trim();
    let opaque = || Account::Opaque(text.to_string());
    if !template.is_empty() {
        return by_template(text, template).map_or_else(opaque, |share| Account::Shares(vec![share]));
    }
    by_keys(text).map_or_else(opaque, Account::Shares)
}

fn by_template(text: &str, template: &str) -> Option<Share> {
    let parts = parts(template)?;
    let mut share = Share::default();
    let mut rest = text.strip_prefix(parts.first()?.0)?;
    for (at, (_, key)) in parts.iter().enumerate().filter(|(_, (_, key))| !key.is_empty()) {
        let end = parts.get(at + 1).map_or("", |(text, _)| text);
        let (value, after) = if end.is_empty() { (rest, "") } else { rest.split_once(end)? };
        if !value.is_empty() {
            share.segments.insert(kind(key)?.to_string(), value.to_string());
        }
        rest = after;
    }
    (rest.is_empty() && !share.segments.is_empty()).then_some(share)
}

fn by_keys(text: &str) -> Option<Vec<Share>> {
    let (mut all, mut open) = (Vec::new(), BTreeMap::new());
    for part in text.split(';') {
        let (key, value) = part.split_once('=')?;
        let (value, percentage) = match value.split_once('@') {
            Some((value, percentage)) => (value, Some(percent(percentage)?)),
            None => (value, None),
        };
        // A blank at the end of a string would be lost on its way: it belongs to no code.
        let value = unescaped(value).map(|value| value.trim().to_string()).filter(|value| !value.is_empty())?;
        if open.insert(kind(key)?.to_string(), value).is_some() {
            return None;
        }
        if percentage.is_some() {
            all.push(Share { percentage, segments: std::mem::take(&mut open), ..Share::default() });
        }
    }
    match (all.is_empty(), open.is_empty()) {
        (true, false) => Some(vec![Share { segments: open, ..Share::default() }]),
        (false, true) => together(all),
        _ => None,
    }
}

/// Shares of a whole. One alone bears all of it, or the string is none that anybody here writes.
fn together(mut shares: Vec<Share>) -> Option<Vec<Share>> {
    if let [only] = shares.as_mut_slice() {
        only.percentage.take().filter(|percentage| *percentage == Decimal::ONE_HUNDRED)?;
    }
    Some(shares)
}

fn percent(text: &str) -> Option<Decimal> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    text.parse::<Decimal>().ok().filter(|percent| plain && percent.scale() <= PLACES && *percent <= Decimal::ONE_HUNDRED)
}

fn unescaped(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let hex = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(segments: &[(&str, &str)], percentage: Option<&str>) -> Share {
        let percentage = percentage.map(|text| text.parse().expect("a literal of this test"));
        let segments = segments.iter().map(|(kind, value)| ((*kind).to_string(), (*value).to_string())).collect();
        Share { percentage, segments, ..Share::default() }
    }

    #[test]
    fn one_share_bears_all_or_the_string_is_opaque() {
        let alone = share(&[("cost_center", "4711"), ("gl_account", "52000")], None);
        assert_eq!(read("CC=4711;GL=52000@100", ""), Account::Shares(vec![alone.clone()]));
        assert_eq!(read("GL=52000 ;CC=4711%20", ""), Account::Shares(vec![alone]));
        assert_eq!(read("CC=4711;GL=52000@40", ""), Account::Opaque("CC=4711;GL=52000@40".into()));
    }

    /// Section 28: the examples of the text, and what stands in the way of reading them.
    #[test]
    fn what_is_written_is_read_again() {
        for (shares, text) in [
            (vec![share(&[("cost_center", "4711"), ("gl_account", "520010")], None)], "CC=4711;GL=520010"),
            (vec![share(&[("cost_center", "4711")], Some("60")), share(&[("cost_center", "5200")], Some("40"))], "CC=4711@60;CC=5200@40"),
            (
                vec![
                    share(&[("cost_center", "4711"), ("gl_account", "520010")], Some("60")),
                    share(&[("cost_center", "5200"), ("gl_account", "520010")], Some("40")),
                ],
                "CC=4711;GL=520010@60;CC=5200;GL=520010@40",
            ),
            (vec![share(&[("project", "a;b=c@d%e")], None)], "PRJ=a%3Bb%3Dc%40d%25e"),
            (vec![share(&[("cost_center", "1")], Some("33.3333")), share(&[("cost_center", "2")], Some("66.6667"))], "CC=1@33.3333;CC=2@66.6667"),
        ] {
            assert_eq!(write(&shares, ""), (text.to_string(), vec![]), "{text}");
            assert_eq!(read(text, ""), Account::Shares(shares), "{text}");
        }
    }

    #[test]
    fn a_cost_centre_alone_is_its_bare_code() {
        assert_eq!(write(&[share(&[("cost_center", "4711")], None)], "").0, "4711");
        assert_eq!(read("4711", ""), Account::Opaque("4711".into()));
        let odd = share(&[("cost_center", "GL=1")], None);
        assert_eq!(write(std::slice::from_ref(&odd), "").0, "CC=GL%3D1");
        assert_eq!(read("CC=GL%3D1", ""), Account::Shares(vec![odd]));
    }

    #[test]
    fn amounts_become_percentages_that_make_a_hundred() {
        let of = |code: &str, amount: i64| Share { amount: Decimal::new(amount, 2), ..share(&[("cost_center", code)], None) };
        assert_eq!(write(&[of("1", 100), of("2", 100), of("3", 100)], "").0, "CC=1@33.3333;CC=2@33.3333;CC=3@33.3334");
    }

    #[test]
    fn what_follows_no_rule_stands_for_itself() {
        for text in ["4711/12", "CC=", "XX=1", "CC=1;CC=2", "CC=1@60;CC=2", "CC=1@60;GL=2", "CC=%zz", "CC=1@1.00001", "CC=1@101", "CC=1@-1", ""] {
            assert_eq!(read(text, ""), Account::Opaque(text.into()), "{text}");
        }
    }

    #[test]
    fn a_template_describes_another_form() {
        let one = share(&[("cost_center", "4711"), ("gl_account", "520010")], None);
        assert_eq!(write(std::slice::from_ref(&one), "K{CC}/{GL}"), ("K4711/520010".to_string(), vec![]));
        assert_eq!(read("K4711/520010", "K{CC}/{GL}"), Account::Shares(vec![one.clone()]));
        assert_eq!(read("4711", "K{CC}/{GL}"), Account::Opaque("4711".into()));
        assert_eq!(write(&[one.clone(), one], "{CC}").1, [Loss::Split]);
        for (template, is) in [("", true), ("{CC}", true), ("{CC}{GL}", false), ("{XX}", false), ("{CC}-{CC}", false), ("CC", false), ("{CC", false)]
        {
            assert_eq!(is_template(template), is, "{template}");
        }
    }

    #[test]
    fn what_has_no_key_is_a_loss() {
        let odd = share(&[("cost_center", "1"), ("asset", "2")], None);
        assert_eq!(write(&[odd], ""), ("1".to_string(), vec![Loss::Segment("asset".into())]));
        let shares = [share(&[("cost_center", "1")], Some("60")), share(&[("asset", "2")], Some("40"))];
        assert_eq!(write(&shares, ""), (String::new(), vec![Loss::Segment("asset".into()), Loss::Split]));
    }
}
