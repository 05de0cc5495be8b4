//! What of an order a format has no place for, or only as words: told by whoever writes the format, line by line. Pure; decides nothing about
//! whether the order goes all the same.

use std::fmt;

/// What is not carried, or only as text, and of which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    pub line: Option<String>,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Shares stand in one account string.
    SplitAccounting,
    /// The connection's account string has no place for shares: the first stands alone.
    SharesLost,
    /// A kind of accounting segment that the account string does not know.
    Segment,
    /// The text of a line's address: its id alone travels.
    LineAddress,
    /// Contracts differ between lines and travel as properties of the items.
    LineContract,
    /// The dates of a schedule: the latest travels, all stand in a note.
    Schedule,
    Manufacturer,
    ManufacturerPart,
    Classification,
    Attachments,
    Card,
    Tax,
    OrderedBy,
    Requisition,
    Agreement,
    /// More of a delivery address than there is a place for.
    Address,
    /// The address that invoices go to, or a part of it.
    BillTo,
    /// What else the buyer's document said.
    Extras,
    /// A change has no place for the catalogue and the project.
    Catalogue,
    Project,
    /// What the supplier has of the order is not known: every line is said to be changed.
    LineStates,
    // Refusals, for the order would be another one.
    /// An address of a line that has no id.
    AddressWithoutId,
    /// No price per unit of the order comes out in four decimals.
    PriceNotExact,
    PriceMissing,
    /// Its unit is no code of UN/ECE Recommendation 20.
    Unit,
    /// What the line costs is more than two hundredths from what quantity and price come to: rounded to whole units, or stated so.
    LineAmount,
    /// Amounts of this currency have more than two decimals.
    CurrencyDecimals,
    /// A discount on the whole is more than the lines come to.
    TotalNegative,
    /// The supplier's country, or an address of one of the two.
    PartyIncomplete,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = &self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(match self.what {
            What::SplitAccounting => "shares stand in one account string",
            What::SharesLost => "the account string has no place for shares",
            What::Segment => "the account string does not know a segment",
            What::LineAddress => "of the delivery address the id alone travels",
            What::LineContract => "the contract travels as a property of the item",
            What::Schedule => "of the delivery dates the latest travels",
            What::Manufacturer => "the manufacturer's name does not travel",
            What::ManufacturerPart => "the manufacturer's number does not travel",
            What::Classification => "the classification does not travel",
            What::Attachments => "attachments do not travel",
            What::Card => "the card does not travel",
            What::Tax => "the tax does not travel",
            What::OrderedBy => "who ordered does not travel",
            What::Requisition => "the requisition does not travel",
            What::Agreement => "the contract does not travel",
            What::Address => "a part of the delivery address does not travel",
            What::BillTo => "a part of the address for invoices does not travel",
            What::Extras => "what else the buyer said does not travel",
            What::Catalogue => "the catalogue does not travel",
            What::Project => "the project of the order does not travel",
            What::LineStates => "what the supplier had before is not known, so every line is said to be changed",
            What::AddressWithoutId => "the delivery address has no id",
            What::PriceNotExact => "no price per unit of the order comes out exactly",
            What::LineAmount => "its amount is not what quantity and price come to",
            What::PriceMissing => "there is no price",
            What::Unit => "its unit is no code of UN/ECE Recommendation 20",
            What::CurrencyDecimals => "amounts of this currency have more than two decimals",
            What::TotalNegative => "the discount on the whole is more than the lines come to",
            What::PartyIncomplete => "an electronic address, a name or the supplier's country is missing",
        })
    }
}
