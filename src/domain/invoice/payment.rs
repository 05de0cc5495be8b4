//! What a payer needs: account numbers that are right, references that a bank can check, and the code that a phone reads (reference einvoicing,
//! section 11). Pure.

use super::super::money::Money;

/// How the reference of a payment is made from the number of an invoice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reference {
    /// The number itself.
    #[default]
    Number,
    /// Belgian structured communication, from the digits of the number.
    Ogm,
    /// ISO 11649, from its letters and digits.
    Creditor,
}

impl Reference {
    pub const ALL: [Reference; 3] = [Reference::Number, Reference::Ogm, Reference::Creditor];

    pub fn as_str(self) -> &'static str {
        match self {
            Reference::Number => "number",
            Reference::Ogm => "ogm",
            Reference::Creditor => "rf",
        }
    }

    pub fn parse(text: &str) -> Option<Reference> {
        Reference::ALL.into_iter().find(|reference| reference.as_str() == text)
    }

    /// BT-83 for an invoice's number.
    pub fn of(self, number: &str) -> String {
        match self {
            Reference::Number => number.to_string(),
            Reference::Ogm => ogm(number),
            Reference::Creditor => creditor_reference(number),
        }
    }
}

/// Ten digits and two that check them, 97 instead of 0: `+++123/4567/89002+++`. Of more digits the last ten count.
fn ogm(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let last: String = digits[digits.len().saturating_sub(10)..].iter().collect();
    let base = format!("{last:0>10}");
    let rest = base.parse::<u64>().unwrap_or_default() % 97;
    let check = if rest == 0 { 97 } else { rest };
    format!("+++{}/{}/{}{check:02}+++", &base[..3], &base[3..7], &base[7..])
}

/// `RF`, two digits that check, and up to 21 letters and digits; of more the last 21 count.
fn creditor_reference(number: &str) -> String {
    let kept: Vec<char> = number.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let base: String = kept[kept.len().saturating_sub(21)..].iter().collect();
    let check = 98 - modulo_97(&format!("{base}RF00"));
    format!("RF{check:02}{base}")
}

/// Letters count from 10, and all digits are one long number.
fn modulo_97(text: &str) -> u32 {
    let value = |c: char| c.to_digit(36).unwrap_or_default();
    text.chars().map(value).fold(0, |rest, digit| if digit < 10 { (rest * 10 + digit) % 97 } else { (rest * 100 + digit) % 97 })
}

/// Whether it is an account number: country, two digits that check, at most 30 letters and digits. Blanks do not count.
pub fn is_iban(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let shaped = (15..=34).contains(&bare.len())
        && bare.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && bare.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && bare.bytes().skip(2).take(2).all(|b| b.is_ascii_digit());
    let length = match bare.get(..2) {
        Some("NL") => bare.len() == 18,
        Some("BE") => bare.len() == 16,
        _ => true,
    };
    shaped && length && modulo_97(&format!("{}{}", &bare[4..], &bare[..4])) == 1
}

/// What a bank's app reads to fill in a transfer (EPC069-12, version 002): in euro only, at most 70 characters of a name, at most 140 of a text.
/// `None` where such a code cannot be: another currency, no account, nothing to pay.
pub fn transfer_code(payee: &str, iban: &str, amount: Money, reference: &str) -> Option<String> {
    let account: String = iban.chars().filter(|c| !c.is_whitespace()).collect();
    if amount.currency.as_str() != "EUR" || !(1..=99_999_999_999).contains(&amount.minor) || !is_iban(&account) {
        return None;
    }
    let name: String = payee.chars().filter(|c| !c.is_control()).take(70).collect();
    let (structured, text) = if reference.starts_with("RF") { (reference, "") } else { ("", reference) };
    let text: String = text.chars().take(140).collect();
    Some(["BCD", "002", "1", "SCT", "", &name, &account, &format!("EUR{}", amount.decimal()), "", structured, &text].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    #[test]
    fn references_that_a_bank_can_check() {
        // The example of the reference, section 11; 97 instead of 0; more digits than fit.
        for (number, expected) in [
            ("1234567890", "+++123/4567/89002+++"),
            ("97", "+++000/0000/09797+++"),
            ("2026-BIEB-000123", "+++202/6000/12320+++"),
            ("", "+++000/0000/00097+++"),
        ] {
            assert_eq!(Reference::Ogm.of(number), expected, "{number}");
        }
        // ISO 11649: the example that the standard's explanations use, RF18 5390 0754 7034.
        assert_eq!(Reference::Creditor.of("539007547034"), "RF18539007547034");
        assert_eq!(Reference::Number.of("2026-1"), "2026-1");
        for number in ["2026-BIEB-000123", "a", "0000000000000000000000000000012"] {
            let made = Reference::Creditor.of(number);
            assert_eq!(modulo_97(&format!("{}{}", &made[4..], &made[..4])), 1, "{made}");
        }
    }

    #[test]
    fn account_numbers() {
        for right in ["NL91ABNA0417164300", "NL91 ABNA 0417 1643 00", "BE68539007547034", "DE89370400440532013000"] {
            assert!(is_iban(right), "{right}");
        }
        for wrong in [
            "",
            "NL91ABNA0417164301",
            "NL91ABNA041716430",
            "BE6853900754703",
            "nl91abna0417164300",
            "91NLABNA0417164300",
            "NL91é",
            "DE893704004405320130é0",
        ] {
            assert!(!is_iban(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_code_of_a_transfer() {
        let euro = |minor| Money::new(minor, Currency::EUR);
        let code = transfer_code("Boekhuis", "NL91 ABNA 0417 1643 00", euro(12_345), "2026-1").expect("an amount in euro");
        assert_eq!(code, "BCD\n002\n1\nSCT\n\nBoekhuis\nNL91ABNA0417164300\nEUR123.45\n\n\n2026-1");
        let structured = transfer_code("Boekhuis", "NL91ABNA0417164300", euro(1), "RF18539007547034").expect("an amount in euro");
        assert!(structured.ends_with("EUR0.01\n\nRF18539007547034\n"), "{structured}");
        assert_eq!(transfer_code("B", "NL91ABNA0417164300", euro(0), ""), None);
        assert_eq!(transfer_code("B", "NL00", euro(1), ""), None);
        assert_eq!(transfer_code("B", "NL91ABNA0417164300", Money::new(1, Currency::parse("USD").expect("three capitals")), ""), None);
    }
}
