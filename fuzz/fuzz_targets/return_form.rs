//! Any article and quantity into a return form: no panic; what is sent has its index, fits its field, and is read back to the same price.
#![no_main]

use std::borrow::Cow;

use hookline_fuzz::domain::callup::CallUp;
use hookline_fuzz::domain::coding::Coding;
use hookline_fuzz::domain::connection::Connection;
use hookline_fuzz::domain::name::Language;
use hookline_fuzz::domain::quantity;
use hookline_fuzz::wire::oci::check;
use hookline_fuzz::wire::oci::preset::PRESETS;
use hookline_fuzz::wire::oci::returns::{Context, Line, write};
use hookline_fuzz::wire::settings::ArticleSettings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split('\n');
    let mut next = || parts.next().unwrap_or_default().to_string();
    let (charset, quantity_text) = (next(), next());
    let settings = ArticleSettings {
        number: next(),
        description: next(),
        unit: next(),
        price: next(),
        currency: "EUR".into(),
        price_quantity: next().parse().ok(),
        long_text_html: Some(next()),
        contract: Some(next()),
        contract_item: Some(next()),
        ..ArticleSettings::default()
    };
    let (Some(article), Ok(quantity)) = (settings.article().0, quantity::read(&quantity_text)) else { return };
    let exact = article.price;
    let connection = Connection { default_return_charset: charset, ..Connection::default() };
    let call_up = CallUp::default();
    let context = Context { connection: &connection, call_up: &call_up, language: Language::En, quote: "HL-1" };
    let line = Line { article: Cow::Owned(article), quantity, coding: Coding::default() };
    let (form, findings) = write(context, &[line]);
    if findings.has_error() {
        return;
    }
    for (_, value) in &form.pairs {
        assert_eq!(form.charset.transliterate(value).1, 0, "a value outside the charset");
    }
    let lines = check::read(&form.pairs);
    let sent = lines.get(&1).expect("one line was written");
    let number = |name: &str| sent.get(name).and_then(|text| check::read_number(text));
    let rounded = findings.0.iter().any(|finding| finding.code.as_str() == "price-rounded");
    if !rounded {
        let (price, per) = (number("PRICE").expect("a price"), number("PRICEUNIT").expect("a price unit"));
        assert_eq!(price * rust_decimal::Decimal::from(exact.per), exact.amount * per, "the price is not exact");
    }
    assert!(!check::check(&form.pairs, &PRESETS[0].receiver).has_error() || sent.get("DESCRIPTION").is_none());
});
