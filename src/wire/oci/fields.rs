//! The fields of the return form: names, lengths and kinds (reference oci, 5.1 and 5.2). A table, not code.
//! Extensions of single partners are not in it; they are reached through a connection's mapping only.

/// How a value may be treated when it is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// May be cut at a character boundary.
    Text,
    /// Never cut: identifiers, codes and numbers.
    Code,
}

pub struct Field {
    /// Without `NEW_ITEM-` and index.
    pub name: &'static str,
    /// With it.
    pub full_name: &'static str,
    pub max: usize,
    pub kind: Kind,
    /// Sent empty where the receiver wants every optional field (5.2).
    pub optional: bool,
}

macro_rules! field {
    ($name:literal, $max:expr, $kind:expr, $optional:literal) => {
        Field { name: $name, full_name: concat!("NEW_ITEM-", $name), max: $max, kind: $kind, optional: $optional }
    };
}

/// Table 5.1 in its order. LONGTEXT has no limit and a name of its own ([`super::returns::field_name`]).
pub static FIELDS: [Field; 35] = [
    field!("DESCRIPTION", 40, Kind::Text, false),
    field!("MATNR", 40, Kind::Code, true),
    field!("QUANTITY", 15, Kind::Code, false),
    field!("UNIT", 3, Kind::Code, false),
    field!("PRICE", 15, Kind::Code, false),
    field!("CURRENCY", 5, Kind::Code, false),
    field!("PRICEUNIT", 5, Kind::Code, false),
    field!("LEADTIME", 5, Kind::Code, true),
    field!("LONGTEXT", usize::MAX, Kind::Text, true),
    field!("VENDOR", 10, Kind::Code, true),
    field!("VENDORMAT", 40, Kind::Code, false),
    field!("MANUFACTCODE", 10, Kind::Code, true),
    field!("MANUFACTMAT", 40, Kind::Code, true),
    field!("MATGROUP", 10, Kind::Code, true),
    field!("SERVICE", 1, Kind::Code, true),
    field!("CONTRACT", 10, Kind::Code, true),
    field!("CONTRACT_ITEM", 5, Kind::Code, true),
    field!("EXT_QUOTE_ID", 35, Kind::Code, false),
    field!("EXT_QUOTE_ITEM", 10, Kind::Code, false),
    field!("EXT_PRODUCT_ID", 40, Kind::Code, false),
    field!("ATTACHMENT", 255, Kind::Code, true),
    field!("ATTACHMENT_TITLE", 255, Kind::Text, true),
    field!("ATTACHMENT_PURPOSE", 1, Kind::Code, true),
    field!("EXT_SCHEMA_TYPE", 10, Kind::Code, true),
    field!("EXT_CATEGORY_ID", 60, Kind::Code, true),
    field!("EXT_CATEGORY", 40, Kind::Code, true),
    field!("SLD_SYS_NAME", 60, Kind::Code, true),
    field!("CUST_FIELD1", 10, Kind::Code, true),
    field!("CUST_FIELD2", 10, Kind::Code, true),
    field!("CUST_FIELD3", 10, Kind::Code, true),
    field!("CUST_FIELD4", 20, Kind::Code, true),
    field!("CUST_FIELD5", 50, Kind::Code, true),
    field!("TAX", 5, Kind::Code, true),
    field!("PARENT_ID", 255, Kind::Code, true),
    field!("ITEM_TYPE", 1, Kind::Code, true),
];

/// 5.2: a field, and the one that must be filled with it.
pub const NEEDS: &[(&str, &str)] = &[
    ("PRICE", "CURRENCY"),
    ("EXT_CATEGORY_ID", "EXT_SCHEMA_TYPE"),
    ("EXT_CATEGORY", "EXT_SCHEMA_TYPE"),
    ("EXT_QUOTE_ITEM", "EXT_QUOTE_ID"),
    ("CONTRACT_ITEM", "CONTRACT"),
    ("PARENT_ID", "ITEM_TYPE"),
];

pub fn find(name: &str) -> Option<&'static Field> {
    place(name).and_then(|place| FIELDS.get(place))
}

/// Where in the table a field stands, from 0.
pub fn place(name: &str) -> Option<usize> {
    FIELDS.iter().position(|field| field.name == name)
}

/// Fields outside the table have no public limit; longer values have been accepted everywhere up to this (5.1, `CUST_FIELD6` and on).
pub const EXTENSION_MAX: usize = 255;
