//! Many values as one text, `length:bytes,` each (lengths in bytes): written by the program or by either database, and read back. One text is
//! taken over much faster than rows and columns, each of which is a turn between threads. Never cuts a value.

/// Writes a value behind what is there.
pub(super) fn push(text: &mut String, value: &str) {
    text.push_str(&value.len().to_string());
    text.push(':');
    text.push_str(value);
    text.push(',');
}

/// The first value of a text, which then begins behind it. `None` where there is none.
pub(super) fn next<'t>(text: &mut &'t str) -> Option<&'t str> {
    let (length, behind) = text.split_once(':')?;
    let (value, behind) = behind.split_at_checked(length.parse().ok()?)?;
    *text = behind.strip_prefix(',')?;
    Some(value)
}

/// The first values of a text, as many as are asked for; the text then begins behind them.
pub(super) fn values<'t, const N: usize>(text: &mut &'t str) -> Option<[&'t str; N]> {
    let mut found = [""; N];
    for place in &mut found {
        *place = next(text)?;
    }
    Some(found)
}

/// The expression with which a database writes these expressions of type text as one; none may be NULL.
macro_rules! netstrings {
    ($first:literal $(, $other:literal)*) => {
        concat!("concat(octet_length(", $first, "), ':', ", $first, ", ','", $(", octet_length(", $other, "), ':', ", $other, ", ','",)* ")")
    };
}
pub(super) use netstrings;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let mut text = String::new();
        ["", "4:€uro", ",", "12"].iter().for_each(|value| push(&mut text, value));
        assert_eq!(text, "0:,8:4:€uro,1:,,2:12,");
        let mut rest = text.as_str();
        assert_eq!(values(&mut rest), Some(["", "4:€uro", ","]));
        assert_eq!((values(&mut rest), rest), (Some(["12"]), ""));
        assert_eq!(values::<5>(&mut text.as_str()), None, "fewer");
        for wrong in ["", "1", "1:", "1:ab,", "3:ab,", "x:ab,", "-1:a,", "2:€,", "1:a"] {
            assert_eq!(next(&mut &*wrong), None, "{wrong}");
        }
    }
}
