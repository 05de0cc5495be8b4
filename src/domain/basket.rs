//! A basket: lines of article, quantity, coding and options. Prices are never in it: they are looked up when shown and frozen
//! when handed back (reliability, money and flow). Pure: what may be put in, and what a line costs.

use rust_decimal::Decimal;

use super::article::{Article, Choice};
use super::coding::Coding;
use super::finding::{Code, Finding};
use super::money::Money;
use super::quantity;

/// The most lines a basket may have.
pub const LINES_MAX: usize = 500;

/// An option the buyer chose, with the text typed for it (a card's message).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub id: String,
    pub text: String,
    /// The hash of the buyer's picture that goes with it; empty without one.
    pub logo: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub line: u32,
    pub article: String,
    pub quantity: Decimal,
    pub coding: Coding,
    pub chosen: Vec<Chosen>,
}

/// Lines in the order the buyer sees them; numbers have gaps after a removal and are never used twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basket {
    pub lines: Vec<Line>,
    pub coding: Coding,
}

impl Basket {
    /// Puts an article in: the same article with the same options and no coding of its own adds up, else a new line.
    /// Gives the number of the line touched.
    pub fn put(&mut self, article: &Article, typed: &str, chosen: Vec<Chosen>) -> Result<u32, Finding> {
        let amount = read_quantity(article, typed)?;
        check_chosen(article, &chosen)?;
        if let Some(line) = self.lines.iter_mut().find(|l| l.article == article.number && l.chosen == chosen && l.coding.is_empty()) {
            let sum = line.quantity.checked_add(amount).filter(|sum| quantity::fits_wire(*sum));
            line.quantity = sum.ok_or_else(|| Finding::error(Code::NumberTooLarge, "QUANTITY").limit(quantity::INTEGER_DIGITS_MAX))?;
            return Ok(line.line);
        }
        if self.lines.len() >= LINES_MAX {
            return Err(Finding::error(Code::TooMany, "basket").limit(LINES_MAX));
        }
        let line = self.lines.iter().map(|l| l.line).max().unwrap_or(0) + 1;
        self.lines.push(Line { line, article: article.number.clone(), quantity: amount, coding: Coding::default(), chosen });
        Ok(line)
    }

    pub fn line(&self, line: u32) -> Option<&Line> {
        self.lines.iter().find(|l| l.line == line)
    }

    pub fn line_mut(&mut self, line: u32) -> Option<&mut Line> {
        self.lines.iter_mut().find(|l| l.line == line)
    }

    /// Gives an option of a line a logo, where the article takes one there.
    pub fn set_logo(&mut self, article: &Article, line: u32, option: &str, logo: &str) -> bool {
        let takes_one = article.choices.iter().any(|choice| choice.id == option && choice.logo);
        let chosen = self.line_mut(line).and_then(|l| l.chosen.iter_mut().find(|chosen| chosen.id == option)).filter(|_| takes_one);
        chosen.map(|chosen| chosen.logo = logo.to_string()).is_some()
    }

    pub fn remove(&mut self, line: u32) {
        self.lines.retain(|l| l.line != line);
    }
}

/// A quantity that this article can be sold in.
pub fn read_quantity(article: &Article, typed: &str) -> Result<Decimal, Finding> {
    let amount = quantity::read(typed)?;
    quantity::check_step(amount, article.quantity_step)?;
    if amount.scale() > 3 {
        return Err(Finding::error(Code::QuantityStep, "QUANTITY").value(amount).limit("0.001"));
    }
    Ok(amount)
}

fn check_chosen(article: &Article, chosen: &[Chosen]) -> Result<(), Finding> {
    let refuse = |field: &str| Finding::error(Code::OptionInvalid, field);
    for option in chosen {
        let offered = article.choices.iter().find(|choice| choice.id == option.id).ok_or_else(|| refuse(&option.id))?;
        if option.text.chars().count() > offered.text_max {
            return Err(Finding::error(Code::ValueTooLong, &offered.name).limit(offered.text_max));
        }
    }
    match article.choices.iter().find(|choice| choice.required && !chosen.iter().any(|c| c.id == choice.id)) {
        Some(missing) => Err(refuse(&missing.name)),
        None => Ok(()),
    }
}

/// The options of a line as the article offers them now; what is no longer offered is left out.
pub fn choices<'a>(article: &'a Article, chosen: &'a [Chosen]) -> impl Iterator<Item = (&'a Choice, &'a Chosen)> {
    chosen.iter().filter_map(|c| article.choices.iter().find(|choice| choice.id == c.id).map(|choice| (choice, c)))
}

/// What a line costs with its options, net; an option's price is per unit of the article.
pub fn line_total(article: &Article, line: &Line) -> Option<Money> {
    let mut total = article.price.total(line.quantity)?;
    for (choice, _) in choices(article, &line.chosen) {
        let extra = choice.price.checked_mul(line.quantity)?;
        total = total.checked_add(Money::round(extra, total.currency)?)?;
    }
    Some(total)
}
