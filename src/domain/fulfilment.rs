//! What a supplier says of a line of an order (cxml-and-peppol-ordering, sections 32 and 35): so many pieces confirmed, back-ordered, offered
//! otherwise, refused, shipped. One model for page, API and documents of every protocol; what of it moves money is decided by the books.
//! Pure: an answer either fits the pieces of its line or is refused with the number that does.

use rust_decimal::Decimal;

/// What is said of some pieces. What nobody said anything of is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    Confirmed,
    Backordered,
    /// At another price, or another article in its place: waits for the buyer.
    Offered,
    Refused,
    /// Takes back what was said before.
    Pending,
}

impl Says {
    pub const ALL: [Says; 5] = [Says::Confirmed, Says::Backordered, Says::Offered, Says::Refused, Says::Pending];

    pub fn as_str(self) -> &'static str {
        match self {
            Says::Confirmed => "confirmed",
            Says::Backordered => "backordered",
            Says::Offered => "offered",
            Says::Refused => "refused",
            Says::Pending => "pending",
        }
    }

    pub fn parse(text: &str) -> Option<Says> {
        Says::ALL.into_iter().find(|says| says.as_str() == text)
    }
}

/// Which way an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Page,
    Api,
    Cxml,
    Peppol,
    /// The link in a mail.
    Mail,
}

impl Source {
    pub const ALL: [Source; 5] = [Source::Page, Source::Api, Source::Cxml, Source::Peppol, Source::Mail];

    pub fn as_str(self) -> &'static str {
        match self {
            Source::Page => "page",
            Source::Api => "api",
            Source::Cxml => "cxml",
            Source::Peppol => "peppol",
            Source::Mail => "mail",
        }
    }

    pub fn parse(text: &str) -> Option<Source> {
        Source::ALL.into_iter().find(|source| source.as_str() == text)
    }
}

/// One statement about some pieces of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub says: Says,
    pub quantity: Decimal,
    /// The day that is promised, as `2026-03-20`.
    pub date: Option<String>,
    /// Another price per price quantity of the line.
    pub price: Option<Decimal>,
    /// Another article in its place, and its name.
    pub article: Option<String>,
    pub name: Option<String>,
    pub reason: Option<String>,
}

impl Said {
    pub fn of(says: Says, quantity: Decimal) -> Said {
        Said { says, quantity, date: None, price: None, article: None, name: None, reason: None }
    }

    /// Whether it offers the same price and article, for whatever day.
    pub fn offers_as(&self, other: &Said) -> bool {
        self.says == Says::Offered && (self.price, &self.article) == (other.price, &other.article)
    }

    /// Whether it says the same of its pieces.
    fn is_like(&self, other: &Said) -> bool {
        Said { quantity: Decimal::ZERO, ..self.clone() } == Said { quantity: Decimal::ZERO, ..other.clone() }
    }
}

/// What is known of the pieces of a line that are neither shipped nor refused, and why others were refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Confirmed, back-ordered or offered; each kind of statement once.
    pub said: Vec<Said>,
    pub reason: Option<String>,
}

/// What was ordered of a line, as far as an answer may differ from it.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub price: Option<Decimal>,
    pub article: &'a str,
}

/// A line with everything that was said of it. The five sums and what is shipped and refused add up to the quantity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub quantity: Decimal,
    pub shipped: Decimal,
    pub refused: Decimal,
    pub answer: Answer,
}

/// Why an answer does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// More pieces than are open.
    NotOpen { open: Decimal, asked: Decimal },
    /// Statements about a whole line that are for more or fewer pieces.
    Sum { ordered: Decimal, stated: Decimal },
    /// What was shipped cannot be refused.
    Shipped(Decimal),
    /// An offer of the same article at the same price.
    NothingOffered,
    /// No pieces at all.
    NoPieces,
}

/// Which pieces are meant where nobody says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// They leave the house: what was promised first.
    Leaving,
    /// Something else is said of them: what was promised last.
    Restated,
}

impl Taken {
    fn order(self) -> [Says; 4] {
        match self {
            Taken::Leaving => [Says::Confirmed, Says::Pending, Says::Backordered, Says::Offered],
            Taken::Restated => [Says::Pending, Says::Offered, Says::Backordered, Says::Confirmed],
        }
    }
}

impl Standing {
    /// Neither shipped nor refused.
    pub fn open(&self) -> Decimal {
        self.quantity - self.shipped - self.refused
    }

    /// How many pieces this is said of.
    pub fn count(&self, says: Says) -> Decimal {
        let said: Decimal = self.answer.said.iter().filter(|said| says == Says::Pending || said.says == says).map(|said| said.quantity).sum();
        match says {
            Says::Refused => self.refused,
            Says::Pending => self.open() - said,
            Says::Confirmed | Says::Backordered | Says::Offered => said,
        }
    }

    /// The earliest day that is promised for pieces of this kind.
    pub fn date(&self, says: Says) -> Option<&str> {
        self.answer.said.iter().filter(|said| said.says == says).filter_map(|said| said.date.as_deref()).min()
    }

    /// The offer that waits for the buyer first, with the pieces of all days; another price or article is another offer, which has its turn after it.
    pub fn offer(&self) -> Option<Said> {
        let first = self.answer.said.iter().find(|said| said.says == Says::Offered)?;
        let quantity = self.answer.said.iter().filter(|said| said.offers_as(first)).map(|said| said.quantity).sum();
        Some(Said { quantity, ..first.clone() })
    }

    /// Statements about the line as a whole, in the place of all that was said before; what was shipped stays shipped.
    pub fn restated(&self, terms: Terms<'_>, all: &[Said]) -> Result<Standing, Fault> {
        let stated: Decimal = all.iter().map(|said| said.quantity).sum();
        if stated != self.quantity {
            return Err(Fault::Sum { ordered: self.quantity, stated });
        }
        let mut next = Standing { refused: Decimal::ZERO, answer: Answer::default(), ..self.clone() };
        let mut said = Vec::new();
        for one in all.iter().map(|one| as_offer(one, terms)) {
            match one.says {
                Says::Refused => next.refuse(&one),
                Says::Confirmed | Says::Backordered | Says::Offered => said.push(one),
                Says::Pending => {}
            }
        }
        if next.refused > self.quantity - self.shipped {
            return Err(Fault::Shipped(self.shipped));
        }
        // What was shipped is among the pieces that were stated.
        let before = Standing { shipped: Decimal::ZERO, ..next.clone() };
        next.answer.said =
            Standing { answer: Answer { said: merged(said), ..before.answer.clone() }, ..before }.without(Taken::Leaving, self.shipped);
        Ok(next)
    }

    /// Statements about some open pieces; what was said of the others stands.
    pub fn amended(&self, terms: Terms<'_>, some: &[Said]) -> Result<Standing, Fault> {
        let asked: Decimal = some.iter().map(|said| said.quantity).sum();
        if some.iter().any(|said| said.quantity <= Decimal::ZERO) {
            return Err(Fault::NoPieces);
        }
        if asked > self.open() {
            return Err(Fault::NotOpen { open: self.open(), asked });
        }
        let same =
            |said: &Said| said.price.is_none_or(|price| Some(price) == terms.price) && said.article.as_deref().is_none_or(|a| a == terms.article);
        if some.iter().any(|said| said.says == Says::Offered && same(said)) {
            return Err(Fault::NothingOffered);
        }
        let mut next = self.clone();
        next.answer.said = self.without(Taken::Restated, asked);
        for one in some.iter().map(|one| as_offer(one, terms)) {
            match one.says {
                Says::Refused => next.refuse(&one),
                Says::Confirmed | Says::Backordered | Says::Offered => next.answer.said.push(one),
                Says::Pending => {}
            }
        }
        next.answer.said = merged(next.answer.said);
        Ok(next)
    }

    /// So many pieces leave the house.
    pub fn shipping(&self, quantity: Decimal) -> Result<Standing, Fault> {
        if quantity <= Decimal::ZERO {
            return Err(Fault::NoPieces);
        }
        if quantity > self.open() {
            return Err(Fault::NotOpen { open: self.open(), asked: quantity });
        }
        let mut next = self.clone();
        next.answer.said = self.without(Taken::Leaving, quantity);
        next.shipped += quantity;
        Ok(next)
    }

    /// So many pieces that were said to have left did not; never more than had left. They are promised as before, for no day.
    pub fn returning(&self, quantity: Decimal) -> Standing {
        let mut next = self.clone();
        let back = quantity.min(self.shipped).max(Decimal::ZERO);
        next.shipped -= back;
        next.answer.said.push(Said::of(Says::Confirmed, back));
        next.answer.said = merged(next.answer.said);
        next
    }

    /// What still stands of the answer where fewer pieces are open than it speaks of: the buyer called some off.
    pub fn fitted(mut self) -> Standing {
        let said: Decimal = self.answer.said.iter().map(|said| said.quantity).sum();
        if said > self.open() {
            let all = Standing { quantity: said, shipped: Decimal::ZERO, refused: Decimal::ZERO, answer: self.answer.clone() };
            self.answer.said = all.without(Taken::Restated, said - self.open().max(Decimal::ZERO));
        }
        self
    }

    fn refuse(&mut self, said: &Said) {
        self.refused += said.quantity;
        self.answer.reason = said.reason.clone().or(self.answer.reason.take());
    }

    /// What is said of the pieces that are left when some are taken, kind after kind.
    fn without(&self, taken: Taken, mut quantity: Decimal) -> Vec<Said> {
        let mut left = self.answer.said.clone();
        left.sort_by(|a, b| (a.date.is_none(), &a.date).cmp(&(b.date.is_none(), &b.date)));
        if taken == Taken::Restated {
            left.reverse();
        }
        for says in taken.order() {
            if says == Says::Pending {
                quantity -= quantity.min(self.count(Says::Pending));
            }
            for said in left.iter_mut().filter(|said| said.says == says) {
                let taken = quantity.min(said.quantity);
                said.quantity -= taken;
                quantity -= taken;
            }
        }
        left.retain(|said| said.quantity > Decimal::ZERO);
        left
    }
}

/// Whoever confirms at a higher price or with another article offers: only the buyer can take that. A lower price is a gift.
fn as_offer(said: &Said, terms: Terms<'_>) -> Said {
    let dearer = said.price.zip(terms.price).is_some_and(|(offered, ordered)| offered > ordered);
    let article = said.article.clone().filter(|article| article != terms.article);
    let is_offer = said.says == Says::Offered || (said.says == Says::Confirmed && (dearer || article.is_some()));
    match is_offer {
        true => Said { says: Says::Offered, article, ..said.clone() },
        false => Said { price: None, article: None, name: None, ..said.clone() },
    }
}

/// Equal statements as one.
fn merged(all: Vec<Said>) -> Vec<Said> {
    let mut merged: Vec<Said> = Vec::with_capacity(all.len());
    for said in all.into_iter().filter(|said| said.quantity > Decimal::ZERO) {
        match merged.iter_mut().find(|known| known.is_like(&said)) {
            Some(known) => known.quantity += said.quantity,
            None => merged.push(said),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TERMS: Terms<'_> = Terms { price: Some(Decimal::TEN), article: "A" };

    fn d(number: i64) -> Decimal {
        Decimal::from(number)
    }

    fn line(quantity: i64) -> Standing {
        Standing { quantity: d(quantity), ..Standing::default() }
    }

    fn said(says: Says, quantity: i64) -> Said {
        Said::of(says, d(quantity))
    }

    fn dated(says: Says, quantity: i64, date: &str) -> Said {
        Said { date: Some(date.into()), ..said(says, quantity) }
    }

    /// Pending, confirmed, back-ordered, offered, refused, shipped.
    fn counts(standing: &Standing) -> [i64; 6] {
        let of = |says| i64::try_from(standing.count(says)).expect("a whole number of this test");
        let shipped = i64::try_from(standing.shipped).expect("a whole number of this test");
        [of(Says::Pending), of(Says::Confirmed), of(Says::Backordered), of(Says::Offered), of(Says::Refused), shipped]
    }

    #[test]
    fn statements_divide_the_open_pieces() {
        let first = line(10).amended(TERMS, &[said(Says::Confirmed, 4), dated(Says::Backordered, 3, "2026-04-15")]).expect("it fits");
        assert_eq!(counts(&first), [3, 4, 3, 0, 0, 0]);
        let second = first.amended(TERMS, &[said(Says::Refused, 4)]).expect("it fits");
        assert_eq!(counts(&second), [0, 4, 2, 0, 4, 0], "what nobody spoke of goes first, then what comes later");
        let shipped = second.shipping(d(5)).expect("it fits");
        assert_eq!(counts(&shipped), [0, 0, 1, 0, 4, 5], "confirmed pieces leave first");
        assert_eq!(shipped.shipping(d(2)), Err(Fault::NotOpen { open: d(1), asked: d(2) }));
    }

    #[test]
    fn a_line_may_come_on_several_days() {
        let split = [dated(Says::Confirmed, 2, "2026-03-20"), dated(Says::Confirmed, 3, "2026-03-10"), dated(Says::Confirmed, 1, "2026-03-20")];
        let standing = line(6).amended(TERMS, &split).expect("it fits");
        assert_eq!(standing.answer.said, [dated(Says::Confirmed, 3, "2026-03-20"), dated(Says::Confirmed, 3, "2026-03-10")]);
        assert_eq!(standing.date(Says::Confirmed), Some("2026-03-10"));
        assert_eq!(standing.shipping(d(3)).expect("it fits").date(Says::Confirmed), Some("2026-03-20"), "the earliest leave first");
    }

    #[test]
    fn a_higher_price_or_another_article_is_an_offer() {
        let priced = |price: i64| Said { price: Some(d(price)), ..said(Says::Confirmed, 2) };
        assert_eq!(counts(&line(2).amended(TERMS, &[priced(11)]).expect("it fits")), [0, 0, 0, 2, 0, 0]);
        assert_eq!(counts(&line(2).amended(TERMS, &[priced(9)]).expect("it fits")), [0, 2, 0, 0, 0, 0], "a gift needs nobody");
        let other = Said { article: Some("B".into()), ..said(Says::Confirmed, 2) };
        assert_eq!(counts(&line(2).amended(TERMS, &[other]).expect("it fits")), [0, 0, 0, 2, 0, 0]);
        assert_eq!(line(2).amended(TERMS, &[said(Says::Offered, 2)]), Err(Fault::NothingOffered));
    }

    #[test]
    fn offers_have_their_turn_one_after_the_other() {
        let offered = |quantity: i64, price: i64, date: &str| Said { price: Some(d(price)), ..dated(Says::Offered, quantity, date) };
        let all = [offered(2, 11, "2026-03-10"), offered(1, 12, "2026-03-10"), offered(1, 11, "2026-03-20")];
        let standing = line(5).amended(TERMS, &all).expect("it fits");
        assert_eq!(standing.offer(), Some(offered(3, 11, "2026-03-10")));
    }

    #[test]
    fn statements_of_a_whole_line_replace_what_was_said() {
        let before = line(5).restated(TERMS, &[said(Says::Refused, 5)]).expect("all of it");
        let after = before.restated(TERMS, &[said(Says::Confirmed, 5)]).expect("taken back");
        assert_eq!(counts(&after), [0, 5, 0, 0, 0, 0]);
        assert_eq!(after.restated(TERMS, &[said(Says::Confirmed, 4)]), Err(Fault::Sum { ordered: d(5), stated: d(4) }));
        let shipped = after.shipping(d(2)).expect("it fits");
        assert_eq!(shipped.restated(TERMS, &[said(Says::Refused, 4), said(Says::Confirmed, 1)]), Err(Fault::Shipped(d(2))));
        let rest = shipped.restated(TERMS, &[said(Says::Confirmed, 3), said(Says::Refused, 2)]).expect("it fits");
        assert_eq!(counts(&rest), [0, 1, 0, 0, 2, 2], "two of the three that are confirmed are gone already");
    }

    #[test]
    fn what_is_called_off_was_promised_last() {
        let standing = line(6).amended(TERMS, &[said(Says::Confirmed, 4), said(Says::Backordered, 2)]).expect("it fits");
        let called_off = Standing { refused: d(3), ..standing }.fitted();
        assert_eq!(counts(&called_off), [0, 3, 0, 0, 3, 0]);
    }

    #[test]
    fn what_did_not_leave_is_promised_again() {
        let shipped = line(6).amended(TERMS, &[dated(Says::Confirmed, 4, "2026-03-10")]).and_then(|line| line.shipping(d(4))).expect("it fits");
        assert_eq!(counts(&shipped.returning(d(3))), [2, 3, 0, 0, 0, 1]);
        assert_eq!(counts(&shipped.returning(d(9))), [2, 4, 0, 0, 0, 0], "no more comes back than had left");
    }

    fn any_said() -> impl Strategy<Value = Said> {
        (0..Says::ALL.len(), 0i64..8, prop::option::of(1u8..4), prop::option::of(5i64..15)).prop_map(|(says, quantity, day, price)| Said {
            date: day.map(|day| format!("2026-03-0{day}")),
            price: price.map(d),
            ..said(Says::ALL[says], quantity)
        })
    }

    proptest! {
        #[test]
        fn pieces_are_never_lost_or_made(quantity in 1i64..20, steps in prop::collection::vec((prop::collection::vec(any_said(), 1..4), 0i64..6), 0..8)) {
            let mut standing = line(quantity);
            for (some, shipped) in steps {
                standing = standing.amended(TERMS, &some).unwrap_or(standing);
                standing = standing.restated(TERMS, &some).unwrap_or(standing);
                standing = standing.shipping(d(shipped)).unwrap_or(standing);
                standing = standing.returning(d(shipped / 2));
                let counts = counts(&standing);
                prop_assert_eq!(counts.iter().sum::<i64>(), quantity);
                prop_assert!(counts.iter().all(|count| *count >= 0), "{:?}", counts);
                prop_assert_eq!(standing.clone().fitted(), standing.clone());
            }
        }
    }
}
