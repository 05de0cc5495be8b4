//! Check digits of identifiers, each computed as the official rules compute it, oddities with them. Takes a text, says whether it passes, or that
//! there is no answer because the computation meets what it cannot read. Never looks anything up.

use super::decimal::Decimal;
use super::value::{Answer, Fault, integer_of};

/// What a character counts in the sums: its code less that of the digit 0.
fn weight(character: char) -> i64 {
    i64::from(u32::from(character)) - 48
}

/// A text that is one number of one digit, as far as it is compared with a sum.
fn digit(text: Option<char>) -> Option<i64> {
    text.filter(char::is_ascii_digit).map(weight)
}

fn weighted(text: &str, weights: impl Fn(usize) -> i64) -> (i64, Option<i64>) {
    let characters: Vec<char> = text.chars().collect();
    let Some((last, digits)) = characters.split_last() else { return (0, None) };
    let sum = digits.iter().rev().enumerate().map(|(place, character)| weight(*character) * weights(place)).sum();
    (sum, digit(Some(*last)))
}

/// Global location number (GS1): weights 3 and 1 by turns, from the right.
pub fn gln(text: &str) -> bool {
    let (sum, last) = weighted(text, |place| if place % 2 == 0 { 3 } else { 1 });
    last == Some((10 - sum % 10) % 10)
}

/// Norwegian organisation number: weights 2 to 7 from the right, modulo 11.
pub fn norwegian_organisation(text: &str) -> bool {
    let (sum, last) = weighted(text, |place| place as i64 % 6 + 2);
    let above_zero = Decimal::parse(text).is_some_and(|number| !number.is_negative() && !number.is_zero());
    above_zero && last == Some((11 - sum % 11) % 11)
}

/// Belgian enterprise number: the last two digits are 97 less the rest of the first eight by 97.
pub fn belgian_enterprise(text: &str) -> Answer<bool> {
    let first: String = text.chars().take(8).collect();
    let given: String = text.chars().skip(8).take(2).collect();
    let rest = integer_of(&first)?.remainder(&Decimal::from(97)).ok_or(Fault::Cast)?;
    let expected = Decimal::from(97).subtract(&rest);
    Ok(Decimal::parse(&given).is_some_and(|given| given.compare(&expected).is_eq()))
}

/// Whether a number is one of its scheme (ISO 6523), as far as schemes are known here: those whose rules are fatal. Any other passes.
pub fn identifier(scheme: &str, number: &str) -> bool {
    let digits = |len: usize| number.len() == len && number.bytes().all(|byte| byte.is_ascii_digit());
    match scheme {
        "0088" => digits(13) && gln(number),
        "0192" => digits(9) && norwegian_organisation(number),
        "0208" => digits(10) && belgian_enterprise(number).unwrap_or(false),
        "0007" => digits(10) && swedish_organisation(number).unwrap_or(false),
        "0151" => digits(11) && australian_business(number).unwrap_or(false),
        _ => true,
    }
}

fn only(text: &str, allowed: impl Fn(char) -> bool) -> bool {
    text.chars().all(allowed)
}

/// Code of an Italian public office: six letters or digits.
pub fn italian_office(text: &str) -> bool {
    text.chars().count() == 6 && only(text, |character| character.is_ascii_alphanumeric())
}

/// Italian tax code: eleven digits of a company, or sixteen places of letters and numbers of a person.
pub fn italian_tax_code(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let part = |from: usize, len: usize| characters[from..from + len].iter().collect::<String>();
    let letters = |from, len| only(&part(from, len), |character| character.is_ascii_alphabetic());
    let number = |from, len| integer_of(&part(from, len)).is_ok();
    match characters.len() {
        11 => integer_of(text).is_ok(),
        16 => letters(0, 6) && number(6, 2) && letters(8, 1) && number(9, 2) && number(14, 1) && letters(15, 1),
        _ => false,
    }
}

/// Italian VAT number, where it begins with the country: eleven digits whose sum, every second one doubled and its digits added, ends in 0.
pub fn italian_vat(text: &str) -> Answer<bool> {
    let country: String = text.chars().take(2).collect();
    if !matches!(country.as_str(), "IT" | "it") {
        return Ok(true);
    }
    let code: String = text.chars().skip(2).collect();
    if code.chars().count() != 11 || integer_of(&code).is_err() {
        return Ok(false);
    }
    // A number may have a sign, which the sum then cannot read.
    let mut sum = 0;
    for (place, character) in code.chars().enumerate() {
        let value = digit(Some(character)).ok_or(Fault::Cast)?;
        sum += if place % 2 == 1 { value * 2 / 10 + value * 2 % 10 } else { value };
    }
    Ok(sum % 10 == 0)
}

/// Swedish organisation number: ten digits with the check digit of Luhn.
pub fn swedish_organisation(text: &str) -> Answer<bool> {
    if text.is_empty() || !text.chars().all(char::is_numeric) {
        return Ok(false);
    }
    let digits: Vec<Option<i64>> = text.chars().map(|character| digit(Some(character))).collect();
    let main = &digits[..digits.len().min(9)];
    let mut sum = 0;
    for (place, value) in main.iter().rev().enumerate() {
        let value = value.ok_or(Fault::Cast)?;
        sum += if place % 2 == 0 { value * 2 % 10 + value * 2 / 10 } else { value };
    }
    Ok(digits.get(9).copied().flatten() == Some((10 - sum % 10) % 10))
}

/// Australian business number: eleven digits, weights of their own, modulo 89.
pub fn australian_business(text: &str) -> Answer<bool> {
    const WEIGHTS: [i64; 11] = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
    let characters: Vec<char> = text.chars().take(11).collect();
    if characters.len() < 11 {
        return Ok(false);
    }
    let sum: i64 = characters.iter().zip(WEIGHTS).map(|(character, factor)| weight(*character) * factor).sum::<i64>() - 10;
    Ok(sum % 89 == 0)
}

/// Greek tax number: eight digits weighted by powers of two, modulo 11 and 10, and the ninth.
pub fn greek_tax(text: &str) -> bool {
    let mut characters = text.chars();
    let mut sum = 0;
    for place in 0..8 {
        let Some(value) = digit(characters.next()) else { return false };
        sum += value << (8 - place);
    }
    digit(characters.next()) == Some(sum % 11 % 10)
}

/// IBAN without its spaces: the first four places at the end, letters as numbers from 10, modulo 97 is 1.
pub fn iban(text: &str) -> Answer<bool> {
    let characters: Vec<char> = text.chars().collect();
    let (head, tail) = characters.split_at(characters.len().min(4));
    let country: String = head.iter().take(2).collect::<String>().to_uppercase();
    let number = |character: char| {
        let code = i64::from(u32::from(character));
        (if code > 64 { code - 55 } else { code - 48 }).to_string()
    };
    let all = tail.iter().copied().chain(country.chars()).chain(head.iter().skip(2).copied());
    let digits: String = all.map(number).collect();
    let rest = integer_of(&digits)?.remainder(&Decimal::from(97)).ok_or(Fault::Cast)?;
    Ok(rest.compare(&Decimal::from(1)).is_eq())
}
