//! Several values as one text, `length:bytes,` each (lengths in bytes): written by the program or by either database, and read back. A row of
//! one text is taken over faster than one of as many columns. Never cuts a value.

/// A value as one.
pub(super) fn of(value: &str) -> String {
    format!("{}:{value},", value.len())
}

/// The values of a text. `None` unless it is so many and nothing else.
pub(super) fn values<const N: usize>(text: &str) -> Option<[&str; N]> {
    let (mut found, mut rest) = ([""; N], text);
    for place in &mut found {
        let (length, behind) = rest.split_once(':')?;
        let (value, behind) = behind.split_at_checked(length.parse().ok()?)?;
        (*place, rest) = (value, behind.strip_prefix(',')?);
    }
    rest.is_empty().then_some(found)
}

/// The expression with which a database writes these expressions of type text as one; none may be NULL.
macro_rules! netstrings {
    ($first:literal $(, $other:literal)*) => {
        concat!("octet_length(", $first, ") || ':' || ", $first, " || ','", $(" || octet_length(", $other, ") || ':' || ", $other, " || ','"),*)
    };
}
pub(super) use netstrings;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let text = ["", "4:€uro", ",", "12"].map(of).concat();
        assert_eq!(text, "0:,8:4:€uro,1:,,2:12,");
        assert_eq!(values(&text), Some(["", "4:€uro", ",", "12"]));
        assert_eq!(values::<3>(&text), None, "more than asked for");
        assert_eq!(values::<5>(&text), None, "fewer");
        for wrong in ["", "1", "1:", "1:ab,", "3:ab,", "x:ab,", "-1:a,", "2:€,", "1:a"] {
            assert_eq!(values::<1>(wrong), None, "{wrong}");
        }
    }
}
