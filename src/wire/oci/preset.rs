//! Presets: the habits of known purchasing systems as data (reference oci, section 10), and what such a system would accept.
//! A connection is a preset plus the buyer's own settings. A preset that needs an `if` elsewhere is missing a field here.

use std::collections::BTreeMap;

use crate::domain::connection::{Connection, NumberStyle, ReturnMethod};
use crate::wire::cxml::preset as cxml;

/// How a receiver reads a basket, so that the virtual ERP can play it.
#[derive(Clone, Copy, Debug)]
pub struct Receiver {
    /// Units it knows; empty = any two- or three-character code.
    pub units: &'static [&'static str],
    /// Fields it drops a line for when they are missing (5.2).
    pub required: &'static [&'static str],
    pub start_index: u32,
    /// The most characters it takes in any field; 0 = the table's own limits.
    pub field_max: usize,
    pub reads_priceunit: bool,
}

const STRICT: &[&str] = &["DESCRIPTION", "QUANTITY", "UNIT", "PRICE", "CURRENCY", "VENDORMAT"];
const SAP_UNITS: &[&str] = &["ST", "M", "STD", "KG", "G", "L", "KAR", "PAK", "PAL", "M2", "M3", "CM", "MM", "TAG", "PAA", "SET", "ROL", "LE", "DZ"];

const GENERIC_RECEIVER: Receiver = Receiver { units: &[], required: STRICT, start_index: 1, field_max: 0, reads_priceunit: true };

/// One known system. `id` stays put: it stands in configuration files.
pub struct Preset {
    pub id: &'static str,
    pub name: &'static str,
    /// How the system calls the address, for the set-up sheet: `GET` or `POST`.
    pub call: &'static str,
    pub version: &'static str,
    pub receiver: Receiver,
    settings: fn(&mut Connection),
}

impl Preset {
    /// A connection as this system wants it, before the buyer's own settings.
    pub fn connection(&self) -> Connection {
        let mut connection = Connection { preset: self.id.to_string(), ..Connection::default() };
        (self.settings)(&mut connection);
        connection
    }
}

fn sap_units(connection: &mut Connection) {
    let table = [
        ("PCE", "ST"),
        ("C62", "ST"),
        ("H87", "ST"),
        ("EA", "ST"),
        ("MTR", "M"),
        ("HUR", "STD"),
        ("KGM", "KG"),
        ("GRM", "G"),
        ("LTR", "L"),
        ("CT", "KAR"),
        ("PK", "PAK"),
        ("DZN", "DZ"),
        ("SET", "SET"),
        ("RO", "ROL"),
    ];
    connection.unit_table = table.into_iter().map(|(from, to)| (from.to_string(), to.to_string())).collect::<BTreeMap<_, _>>();
}

/// Every preset, in the order the pages offer them.
pub const PRESETS: &[Preset] = &[
    Preset { id: "generic", name: "OCI 4.0", call: "POST", version: "4.0", receiver: GENERIC_RECEIVER, settings: |_| {} },
    Preset { id: "sap-srm", name: "SAP SRM", call: "GET", version: "4.0", receiver: GENERIC_RECEIVER, settings: |_| {} },
    Preset {
        id: "sap-ecc-gui",
        name: "SAP ECC (SAP GUI)",
        call: "GET",
        version: "4.0",
        receiver: Receiver { units: SAP_UNITS, ..GENERIC_RECEIVER },
        settings: |connection| {
            connection.allow_sapgui = true;
            connection.allow_http_return = true;
            connection.default_return_charset = "iso-8859-1".to_string();
            sap_units(connection);
        },
    },
    Preset { id: "s4hana", name: "SAP S/4HANA", call: "GET", version: "4.0", receiver: GENERIC_RECEIVER, settings: |_| {} },
    Preset {
        id: "sap-internal-units",
        name: "SAP (internal units)",
        call: "GET",
        version: "4.0",
        receiver: Receiver { units: SAP_UNITS, ..GENERIC_RECEIVER },
        settings: sap_units,
    },
    Preset { id: "afas", name: "AFAS Profit", call: "POST", version: "4.0", receiver: GENERIC_RECEIVER, settings: |_| {} },
    Preset { id: "ultimo", name: "Ultimo", call: "POST", version: "5.0", receiver: GENERIC_RECEIVER, settings: |_| {} },
    Preset { id: "ifs", name: "IFS Cloud", call: "GET", version: "4.0", receiver: GENERIC_RECEIVER, settings: |_| {} },
    Preset { id: "basware", name: "Basware", call: "POST", version: "4.0", receiver: GENERIC_RECEIVER, settings: |_| {} },
    Preset {
        id: "odoo",
        name: "Odoo",
        call: "POST",
        version: "4.0",
        receiver: GENERIC_RECEIVER,
        settings: |connection| connection.number_style = NumberStyle::Plain3,
    },
    Preset {
        id: "get-return",
        name: "OCI 4.0 (GET)",
        call: "GET",
        version: "4.0",
        receiver: GENERIC_RECEIVER,
        settings: |connection| connection.return_method = ReturnMethod::Get,
    },
    Preset {
        id: "zero-based",
        name: "OCI (0…)",
        call: "POST",
        version: "4.0",
        receiver: Receiver { start_index: 0, ..GENERIC_RECEIVER },
        settings: |connection| connection.start_index = 0,
    },
    Preset { id: "cxml", name: "cXML 1.2", call: "POST", version: "1.2", receiver: GENERIC_RECEIVER, settings: cxml::generic },
    Preset { id: "cxml-sap", name: "cXML 1.2 (SAP)", call: "POST", version: "1.2", receiver: GENERIC_RECEIVER, settings: cxml::german_sap },
    Preset { id: "ariba", name: "SAP Business Network", call: "POST", version: "1.2", receiver: GENERIC_RECEIVER, settings: cxml::ariba },
    Preset { id: "coupa", name: "Coupa", call: "POST", version: "1.2", receiver: GENERIC_RECEIVER, settings: cxml::coupa },
    Preset { id: "jaggaer", name: "JAGGAER", call: "POST", version: "1.2", receiver: GENERIC_RECEIVER, settings: cxml::jaggaer },
    Preset {
        id: "oracle",
        name: "Oracle E-Business Suite, Fusion",
        call: "POST",
        version: "1.1",
        receiver: GENERIC_RECEIVER,
        settings: cxml::oracle,
    },
    Preset { id: "unimarket", name: "Unimarket", call: "POST", version: "1.2", receiver: GENERIC_RECEIVER, settings: cxml::unimarket },
    Preset { id: "unite", name: "Unite", call: "POST", version: "4.0", receiver: Receiver { field_max: 255, ..GENERIC_RECEIVER }, settings: |_| {} },
];

pub fn find(id: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.id == id)
}

/// The preset of a connection; an unknown one plays the generic receiver.
pub fn of(connection: &Connection) -> &'static Preset {
    find(&connection.preset).unwrap_or(&PRESETS[0])
}
