//! An invoice or credit note as it was read, by the business terms of EN 16931. What a credit note takes back is negative, so that it and a
//! negative invoice are one thing. Never corrected: a figure that could not be read is absent.

use rust_decimal::Decimal;

use super::normal::{folded, identifier};
use crate::domain::invoice::{BUDGET_CODE, SHARED_QUANTITY};

/// Who somebody is: identifiers, and a name that nobody is recognised by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    /// BT-31, BT-48
    pub vat_number: String,
    /// BT-30, BT-47
    pub company_id: String,
    /// BT-34, BT-49
    pub endpoint: String,
}

impl Identity {
    /// The identifiers that are there, each in one form.
    pub fn identifiers(&self) -> [String; 3] {
        [identifier(&self.vat_number), identifier(&self.company_id), identifier(&self.endpoint)]
    }

    /// Whether an identifier is shared. One kind may stand in the place of another: a VAT number as an electronic address.
    pub fn is_same(&self, other: &Identity) -> bool {
        let theirs = other.identifiers();
        self.identifiers().iter().any(|own| !own.is_empty() && theirs.contains(own))
    }

    /// Whether both have an identifier of the same kind, and it differs.
    pub fn contradicts(&self, other: &Identity) -> bool {
        let pairs = self.identifiers().into_iter().zip(other.identifiers());
        pairs.into_iter().any(|(own, other)| !own.is_empty() && !other.is_empty() && own != other)
    }
}

/// A charge on the whole invoice (BG-21), or an allowance (BG-20), which is negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    pub reason: String,
    pub amount: Decimal,
    pub vat: Option<Decimal>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillLine {
    /// BT-126
    pub id: String,
    /// BT-129, negative for what is taken back.
    pub quantity: Decimal,
    /// BT-130: a code of UN/ECE recommendation 20 or 21.
    pub unit: String,
    /// BT-131
    pub net: Decimal,
    /// BT-146
    pub price: Option<Decimal>,
    /// BT-149; one where it is not said.
    pub per: Option<Decimal>,
    /// BT-132
    pub order_line: String,
    /// The order's number where a line names its own.
    pub order: String,
    /// BT-127 and BT-161: texts in which a number may stand.
    pub notes: Vec<String>,
    /// BT-160 and BT-161
    pub properties: Vec<(String, String)>,
    /// BT-156, BT-155, BT-157
    pub buyers_article: String,
    pub sellers_article: String,
    pub standard_article: String,
    /// BT-153
    pub name: String,
    /// BT-152; absent for what is outside VAT.
    pub vat: Option<Decimal>,
}

impl BillLine {
    /// What one of its unit costs, as the invoice says it. `None` where nothing says it.
    pub fn unit_price(&self) -> Option<Decimal> {
        match self.price {
            Some(price) => price.checked_div(self.per.unwrap_or(Decimal::ONE)),
            None => self.net.checked_div(self.quantity),
        }
    }

    /// Of a share of a line of the order, which has one piece at the price of the share: its pieces, negative for what is taken back, and the budget
    /// whose share it is. Only suppliers that use our own properties say so.
    pub fn share(&self) -> Option<(Decimal, &str)> {
        let property = |name: &str| self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let pieces: Decimal = property(SHARED_QUANTITY)?.parse().ok()?;
        let budget = property(BUDGET_CODE)?;
        (self.quantity.abs() == Decimal::ONE && pieces >= Decimal::ZERO).then(|| (pieces * self.quantity, budget))
    }

    pub fn has_article(&self) -> bool {
        [&self.buyers_article, &self.sellers_article, &self.standard_article].iter().any(|number| !number.trim().is_empty())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// BT-1
    pub number: String,
    /// BT-2, ISO 8601
    pub issued_on: String,
    /// BT-3
    pub kind: String,
    /// BT-5
    pub currency: String,
    /// BT-20 of documents that can be paid: the due date, BT-9.
    pub due_on: String,
    pub seller: Identity,
    pub seller_mail: String,
    pub buyer: Identity,
    /// BT-13
    pub order: String,
    /// BT-14
    pub sales_order: String,
    /// BT-10, BT-12, BT-22, BT-83: texts in which an order number may stand.
    pub mentions: Vec<String>,
    /// BT-16
    pub despatches: Vec<String>,
    /// BT-25
    pub preceding: Vec<String>,
    /// BT-84
    pub accounts: Vec<String>,
    pub lines: Vec<BillLine>,
    pub charges: Vec<Charge>,
    /// BT-109, BT-110, BT-112; negative for a credit note.
    pub net: Option<Decimal>,
    pub tax: Option<Decimal>,
    pub gross: Option<Decimal>,
}

impl Bill {
    /// The same document, whichever way it comes: seller, number, year, type (section 16).
    pub fn identity(&self) -> String {
        let seller = self.seller.identifiers().into_iter().find(|identifier| !identifier.is_empty());
        let seller = seller.unwrap_or_else(|| folded(&self.seller.name));
        let year: String = self.issued_on.chars().take(4).collect();
        format!("{seller}/{}/{year}/{}", folded(&self.number), self.kind.trim())
    }

    /// Whether it only takes back.
    pub fn is_credit(&self) -> bool {
        let sums = self.lines.iter().map(|line| line.net).chain(self.charges.iter().map(|charge| charge.amount));
        !self.lines.is_empty() && sums.clone().all(|net| net <= Decimal::ZERO) && sums.clone().any(|net| net < Decimal::ZERO)
    }
}
