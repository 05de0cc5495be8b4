//! What is wrong or worth saying about a document: a code, the place, and the numbers a person needs to mend it.
//! Never a sentence: sentences are the business of the locale files (`finding-<code>`), in four languages.

use std::fmt;

/// How much a finding weighs. Only an `Error` stops what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Note,
    Error,
}

/// Every kind of finding, with the rule or chapter it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// a quantity is a plain decimal number.
    QuantityNotANumber,
    /// zero and negative quantities are impossible.
    QuantityNotPositive,
    /// a multiple of the article's quantity step.
    QuantityStep,
    /// the connection demands whole numbers.
    QuantityWhole,
    /// at most 11 digits before the point.
    NumberTooLarge,
    /// identifiers and codes are never cut.
    ValueTooLong,
    /// no entry in the unit table and no valid 2–3 character code.
    UnitUnknown,
    /// an identifier of which the charset of the return shows nothing.
    NotInCharset,
    /// the connection refuses price zero.
    PriceZero,
    /// R-35 and 5.2: a field needs another one.
    FieldNeedsField,
    /// the price was rounded to three decimals.
    PriceRounded,
    /// characters were transliterated for the return's charset.
    Transliterated,
    /// a text was cut to its limit.
    TextCut,
    /// The article is not in this catalogue (any more).
    ArticleUnknown,
    /// The buyer's list does not hold this code.
    CodeUnknown,
    /// A wish date is a date, today or later.
    DateInvalid,
    /// An option asked for is not offered on the article, or a required one is missing.
    OptionInvalid,
    /// A limit on the number of things.
    TooMany,
    /// A setting in a file: unknown, missing or of the wrong kind.
    Setting,
    /// A field of a request is missing.
    Missing,
    /// A field of a request has a value that cannot be used.
    Unusable,
    /// The order differs from the basket it came from.
    DiffersFromBasket,
    /// The invoice would be rejected: an official rule (EN 16931, Peppol BIS Billing) says so.
    InvoiceRule,
    /// The order names a quote that nobody handed back.
    QuoteUnknown,
    /// A budget code nobody set up.
    BudgetUnknown,
    /// The text of one connection holds none, several, or something else.
    OneConnection,
    /// A connection's name is the address of another one.
    NameTaken,
    /// More pieces of a line than are open.
    QuantityNotOpen,
    /// An offer for some pieces of a line of an order that came as a document: the buyer's system knows one price and one article for it.
    OfferInPart,
    /// A shipment that is to be taken back has pieces of a line that are on an invoice.
    ShipmentInvoiced,
    /// A picture is neither PNG nor JPEG nor WebP, or is damaged.
    PictureUnreadable,
    /// A picture has too many bytes or pixels.
    PictureTooLarge,
    FileTooLarge,
    /// A punch-out cart came where no session waits for it.
    CartElsewhere,
    /// A punch-out cart, or a line of it, is not offered any more.
    OfferEnded,
    /// A rule of Peppol refuses a punch-out cart.
    CartRule,
    /// A cart that its shop sells only as a whole was changed.
    OnlyWhole,
}

impl Code {
    /// The stable text of the code: part of the locale key and of machine-readable answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::QuantityNotANumber => "quantity-not-a-number",
            Code::QuantityNotPositive => "quantity-not-positive",
            Code::QuantityStep => "quantity-step",
            Code::QuantityWhole => "quantity-whole",
            Code::NumberTooLarge => "number-too-large",
            Code::ValueTooLong => "value-too-long",
            Code::UnitUnknown => "unit-unknown",
            Code::NotInCharset => "not-in-charset",
            Code::PriceZero => "price-zero",
            Code::FieldNeedsField => "field-needs-field",
            Code::PriceRounded => "price-rounded",
            Code::Transliterated => "transliterated",
            Code::TextCut => "text-cut",
            Code::ArticleUnknown => "article-unknown",
            Code::CodeUnknown => "code-unknown",
            Code::DateInvalid => "date-invalid",
            Code::OptionInvalid => "option-invalid",
            Code::TooMany => "too-many",
            Code::Setting => "setting",
            Code::Missing => "missing",
            Code::Unusable => "unusable",
            Code::DiffersFromBasket => "differs-from-basket",
            Code::InvoiceRule => "invoice-rule",
            Code::QuoteUnknown => "quote-unknown",
            Code::BudgetUnknown => "budget-unknown",
            Code::OneConnection => "one-connection",
            Code::NameTaken => "name-taken",
            Code::QuantityNotOpen => "quantity-not-open",
            Code::OfferInPart => "offer-in-part",
            Code::ShipmentInvoiced => "shipment-invoiced",
            Code::PictureUnreadable => "picture-unreadable",
            Code::PictureTooLarge => "picture-too-large",
            Code::FileTooLarge => "file-too-large",
            Code::CartElsewhere => "cart-elsewhere",
            Code::OfferEnded => "offer-ended",
            Code::CartRule => "cart-rule",
            Code::OnlyWhole => "only-whole",
        }
    }
}

/// One finding. `line` counts from 1 as people do; `field` is the name the reader knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub code: Code,
    pub line: Option<u32>,
    pub field: String,
    pub value: String,
    pub limit: String,
}

impl Finding {
    pub fn error(code: Code, field: &str) -> Finding {
        Finding { severity: Severity::Error, code, line: None, field: field.into(), value: String::new(), limit: String::new() }
    }

    pub fn note(code: Code, field: &str) -> Finding {
        Finding { severity: Severity::Note, ..Finding::error(code, field) }
    }

    pub fn line(mut self, line: u32) -> Finding {
        self.line = Some(line);
        self
    }

    pub fn value(mut self, value: impl fmt::Display) -> Finding {
        self.value = value.to_string();
        self
    }

    pub fn limit(mut self, limit: impl fmt::Display) -> Finding {
        self.limit = limit.to_string();
        self
    }
}

/// For logs and evidence: code, place and limit in one line; pages use the locale files.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code.as_str())?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        for (word, text) in [("field", &self.field), ("value", &self.value), ("limit", &self.limit)] {
            if !text.is_empty() {
                write!(f, " {word} {text}")?;
            }
        }
        Ok(())
    }
}

/// Findings in the order they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    pub fn has_error(&self) -> bool {
        self.errors().next().is_some()
    }

    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter().filter(|finding| finding.severity == Severity::Error)
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Findings {
        Findings(vec![finding])
    }
}
