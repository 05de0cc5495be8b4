//! An article of a catalogue, with its price for one buyer, its texts and the options sold with it.
//! Knows nothing about where it is stored or shown.

use rust_decimal::Decimal;

use super::money::{Price, discount_percent};
use super::name::Language;

/// A text in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub language: Option<Language>,
    pub description: String,
    pub long_text: String,
}

/// Something sold with an article at its own price: shelf-ready processing, a gift card with text and logo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    pub name: String,
    pub price: Decimal,
    /// The buyer types a text with it (a card's message); at most this many characters, 0 = none.
    pub text_max: usize,
    /// The buyer brings a picture with it: its logo, to be printed.
    pub logo: bool,
    pub required: bool,
}

/// What the supplier's own shop calls a line of its cart: the supplier knows it by both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InShop {
    pub part: String,
    /// The shop's own id of the line (`SupplierPartAuxiliaryID`); empty where it gave none.
    pub aux: String,
    /// The price as the shop quoted it: so much for so many of a unit, of which the order's unit has so many.
    pub price: Decimal,
    pub basis: Decimal,
    pub factor: Decimal,
    /// Empty where it is the order's unit.
    pub basis_unit: String,
    /// Domain and code of its classification; empty where it gave none.
    pub classification: (String, String),
}

/// An article as one connection sees it: `price` is the buyer's net price, `shop_price` what everybody else pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    pub number: String,
    pub unit: String,
    pub price: Price,
    pub shop_price: Option<Decimal>,
    pub texts: Vec<Text>,
    pub quantity_step: Decimal,
    pub lead_days: Option<u32>,
    pub stock: Option<i64>,
    /// VAT in percent, as the catalogue says it.
    pub vat: Decimal,
    pub service: bool,
    pub group: String,
    pub brand: String,
    /// A drawn picture by its name.
    pub picture: String,
    /// The supplier's own picture by its hash; it goes before a drawn one.
    pub own_picture: Option<String>,
    pub manufacturer_part: String,
    pub manufacturer_code: String,
    pub unspsc: String,
    pub gtin: String,
    pub certificate: String,
    pub buyer_material: String,
    pub contract: String,
    pub contract_item: String,
    pub schema: String,
    pub category: String,
    pub category_id: String,
    pub choices: Vec<Choice>,
    /// Of an article that came in the cart of another shop.
    pub in_shop: Option<InShop>,
}

/// The fields a mapping can name (`article.<name>`).
pub const ARTICLE_FIELDS: [&str; 18] = [
    "number",
    "unit",
    "vat",
    "group",
    "brand",
    "manufacturer_part",
    "manufacturer_code",
    "unspsc",
    "gtin",
    "certificate",
    "buyer_material",
    "contract",
    "contract_item",
    "schema",
    "category",
    "category_id",
    "stock",
    "lead_days",
];

impl Article {
    /// The text for a reader: the language asked for, else the one without a language, else the first.
    pub fn text(&self, language: Language) -> &Text {
        static EMPTY: Text = Text { language: None, description: String::new(), long_text: String::new() };
        self.texts
            .iter()
            .find(|text| text.language == Some(language))
            .or_else(|| self.texts.iter().find(|text| text.language.is_none()))
            .or_else(|| self.texts.first())
            .unwrap_or(&EMPTY)
    }

    pub fn description(&self, language: Language) -> &str {
        &self.text(language).description
    }

    /// Discount against the shop price, in whole percent.
    pub fn discount_percent(&self) -> Option<Decimal> {
        discount_percent(self.shop_price?, self.price.amount)
    }

    /// A field by the name that mappings use (`article.<name>`); `None` when there is no such field.
    pub fn field(&self, name: &str) -> Option<String> {
        let text = match name {
            "number" => self.number.clone(),
            "unit" => self.unit.clone(),
            "vat" => self.vat.normalize().to_string(),
            "group" => self.group.clone(),
            "brand" => self.brand.clone(),
            "manufacturer_part" => self.manufacturer_part.clone(),
            "manufacturer_code" => self.manufacturer_code.clone(),
            "unspsc" => self.unspsc.clone(),
            "gtin" => self.gtin.clone(),
            "certificate" => self.certificate.clone(),
            "buyer_material" => self.buyer_material.clone(),
            "contract" => self.contract.clone(),
            "contract_item" => self.contract_item.clone(),
            "schema" => self.schema.clone(),
            "category" => self.category.clone(),
            "category_id" => self.category_id.clone(),
            "stock" => self.stock.map(|n| n.to_string()).unwrap_or_default(),
            "lead_days" => self.lead_days.map(|n| n.to_string()).unwrap_or_default(),
            _ => return None,
        };
        Some(text)
    }
}
